"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from xyashui.errors import ConfigurationError
from xyashui.saving import NewFile, new_file, save_as_new, target_path


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def write(path: Path, *, then: BaseException, overwrite: bool = False) -> None:
    with new_file(path, overwrite=overwrite) as file:
        file.write(b"one")
        raise then


class TestNewFile:
    def test_has_its_name_once_it_is_whole(self, tmp_path: Path) -> None:
        with new_file(tmp_path / "a.mp3") as file:
            file.write(b"one")
            assert "a.mp3" not in names(tmp_path)
            file.write(b"two")
        assert names(tmp_path) == ["a.mp3"]
        assert (tmp_path / "a.mp3").read_bytes() == b"onetwo"

    def test_is_not_there_where_something_went_wrong(self, tmp_path: Path) -> None:
        with pytest.raises(KeyboardInterrupt):
            write(tmp_path / "a.mp3", then=KeyboardInterrupt())
        assert names(tmp_path) == []

    def test_leaves_the_old_one_where_something_went_wrong(self, tmp_path: Path) -> None:
        (tmp_path / "a.mp3").write_bytes(b"old")
        with pytest.raises(OSError, match="lost"):
            write(tmp_path / "a.mp3", then=OSError("lost"), overwrite=True)
        assert names(tmp_path) == ["a.mp3"]
        assert (tmp_path / "a.mp3").read_bytes() == b"old"

    def test_replaces_the_old_one_only_if_told(self, tmp_path: Path) -> None:
        (tmp_path / "a.mp3").write_bytes(b"old")
        with pytest.raises(ConfigurationError, match=r"'.*a\.mp3' exists already: pass overwrite"):
            NewFile(tmp_path / "a.mp3")
        with new_file(tmp_path / "a.mp3", overwrite=True) as file:
            file.write(b"new")
        assert (tmp_path / "a.mp3").read_bytes() == b"new"

    def test_replaces_no_file_that_came_in_the_meantime(self, tmp_path: Path) -> None:
        file = NewFile(tmp_path / "a.mp3")
        file.write(b"new")
        (tmp_path / "a.mp3").write_bytes(b"theirs")
        with pytest.raises(ConfigurationError, match="exists already"):
            file.commit()
        file.discard()
        assert names(tmp_path) == ["a.mp3"]
        assert (tmp_path / "a.mp3").read_bytes() == b"theirs"

    def test_one_of_many_at_once_has_the_name(self, tmp_path: Path) -> None:
        files = [NewFile(tmp_path / "a.mp3") for _ in range(8)]
        for number, file in enumerate(files):
            file.write(str(number).encode())
        failed: list[NewFile] = []

        def commit(file: NewFile) -> None:
            try:
                file.commit()
            except ConfigurationError:
                failed.append(file)
                file.discard()

        threads = [threading.Thread(target=commit, args=(file,)) for file in files]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(failed) == 7
        assert names(tmp_path) == ["a.mp3"]
        (whole,) = set(files) - set(failed)
        assert (tmp_path / "a.mp3").read_bytes() == str(files.index(whole)).encode()

    @pytest.mark.skipif(os.name == "nt", reason="there are no such modes")
    def test_may_be_read_by_whom_the_system_says(self, tmp_path: Path) -> None:
        before = os.umask(0o022)
        try:
            with new_file(tmp_path / "a.mp3") as file:
                file.write(b"one")
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / "a.mp3").stat().st_mode) == 0o644

    def test_a_folder_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="cannot be written: No such file"):
            NewFile(tmp_path / "nowhere" / "a.mp3")

    def test_the_home_folder_may_be_written_short(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        assert target_path("~/a.mp3") == tmp_path / "a.mp3"

    @pytest.mark.parametrize("path", [None, 5, b"a.mp3", ["a.mp3"]])
    def test_what_is_no_path_is_told(self, path: Any) -> None:
        with pytest.raises(ConfigurationError, match="must be a str or a path"):
            target_path(path)

    def test_a_directory_is_no_name_for_a_file(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="is a directory: name the file in it"):
            target_path(tmp_path)


class TestSavingAsNew:
    def test_takes_the_first_name_that_is_free(self, tmp_path: Path) -> None:
        folder = tmp_path / "made" / "here"
        paths = [save_as_new(str(n).encode(), folder, "hello", "mp3") for n in range(3)]
        assert [path.name for path in paths] == ["hello.mp3", "hello-2.mp3", "hello-3.mp3"]
        assert [path.read_bytes() for path in paths] == [b"0", b"1", b"2"]

    def test_where_it_cannot_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(ConfigurationError, match="cannot be saved in"):
            save_as_new(b"", tmp_path / "file", "hello", "mp3")

    def test_leaves_nothing_of_what_could_not_be_written(self, tmp_path: Path) -> None:
        broken: Any = "text, where bytes are written"
        with pytest.raises(TypeError):
            save_as_new(broken, tmp_path, "hello", "mp3")
        assert names(tmp_path) == []
