"""What is taken for an image, what is refused, and what the refusal says."""

from __future__ import annotations

import base64
import binascii
import io
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xyashui.errors import ConfigurationError
from xyashui.images import (
    MAX_IMAGE_BYTES,
    base64_image_part,
    has_image,
    image_part,
    message_image_part,
    put_images,
)

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\2\0\0\0\1" + b"the rest is never read"
JPEG = b"\xff\xd8\xff\xc0\0\x11\x08\0\1\0\2" + b"the rest is never read"
FORMATS = {
    "png": (PNG, "image/png"),
    "jpeg": (JPEG, "image/jpeg"),
    "gif 87": (b"GIF87a...", "image/gif"),
    "gif 89": (b"GIF89a...", "image/gif"),
    "webp": (b"RIFF\n\0\0\0WEBPVP8 ", "image/webp"),
    "bmp": (b"BM" + bytes(12) + b"\x28\0\0\0", "image/bmp"),
    "tiff, little-endian": (b"II*\0...", "image/tiff"),
    "tiff, big-endian": (b"MM\0*...", "image/tiff"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic"),
    "heic, by a compatible brand": (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "image/heic"),
    "heif": (b"\0\0\0\x14ftypmif1\0\0\0\0mif1", "image/heif"),
    "avif": (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", "image/avif"),
    "avif, by a compatible brand": (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", "image/avif"),
}
each_format = pytest.mark.parametrize(("data", "mime"), FORMATS.values(), ids=FORMATS)


def data_uri(data: bytes, mime: str = "image/png") -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def url_of(part: Any) -> str:
    assert part["type"] == "image_url"
    return str(part["image_url"]["url"])


def refusal(function: Callable[..., object], *args: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        function(*args)
    return str(caught.value)


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    path = tmp_path / "cat.png"
    path.write_bytes(PNG)
    return path


class TestSources:
    def test_a_url_is_sent_as_it_is(self) -> None:
        for url in ("https://a.cn/b.png", "HTTP://a.cn:80/b?c=1#d", "https://例子.cn/猫.png"):
            expected = {"type": "image_url", "image_url": {"url": url}}
            assert image_part(url) == message_image_part(url) == expected

    @each_format
    def test_bytes_become_a_data_uri(self, data: bytes, mime: str) -> None:
        for source in (data, bytearray(data), memoryview(data), memoryview(data * 2)[: len(data)]):
            assert url_of(image_part(source)) == data_uri(data, mime)

    def test_a_memoryview_with_gaps_is_read_as_it_counts(self) -> None:
        spread = b"".join(bytes([byte, 0]) for byte in PNG)

        assert url_of(image_part(memoryview(spread)[::2])) == data_uri(PNG)

    def test_a_path_is_read_and_its_suffix_is_not_believed(self, cat: Path) -> None:
        cat.write_bytes(JPEG)

        for source in (cat, str(cat)):
            assert url_of(image_part(source)) == data_uri(JPEG, "image/jpeg")

    def test_a_path_may_start_at_home(self, cat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(cat.parent))
        monkeypatch.setenv("USERPROFILE", str(cat.parent))

        assert url_of(image_part("~/cat.png")) == data_uri(PNG)

    def test_a_path_may_have_a_colon(self, cat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(cat.rename(cat.with_name("shot:1.png")).parent)

        assert url_of(image_part("shot:1.png")) == data_uri(PNG)

    def test_a_file_object_is_read_from_its_position(self, cat: Path) -> None:
        cat.write_bytes(b"skip" + PNG)
        with cat.open("rb") as buffered, cat.open("rb", buffering=0) as raw:
            for file in (buffered, raw, io.BytesIO(b"skip" + PNG)):
                file.seek(4)
                assert url_of(image_part(file)) == data_uri(PNG)
                assert not file.closed

    def test_a_file_object_may_give_less_than_it_is_asked_for(self) -> None:
        class Trickle(io.BytesIO):
            def read(self, size: int | None = -1, /) -> bytes:
                return super().read(min(size or 0, 3))

        assert url_of(image_part(Trickle(PNG))) == data_uri(PNG)

    def test_a_pillow_image_becomes_png(self) -> None:
        for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I", "F"):
            uri = url_of(image_part(PIL.Image.new(mode, (3, 2))))
            prefix, _, payload = uri.partition(",")
            assert prefix == "data:image/png;base64"
            assert PIL.Image.open(io.BytesIO(base64.b64decode(payload))).size == (3, 2)

    def test_detail_goes_beside_the_url(self) -> None:
        for part in (
            image_part("https://a.cn/b", detail="low"),
            image_part(PNG, detail="low"),
            message_image_part(data_uri(PNG), "low"),
            base64_image_part(base64.b64encode(PNG).decode(), None, "low"),
        ):
            assert part["image_url"]["detail"] == "low"

    def test_a_part_is_checked_and_kept(self) -> None:
        image_url = {"url": "https://a.cn/b", "detail": "high"}
        part = {"type": "image_url", "image_url": image_url, "min_pixels": 3136}
        assert image_part(part, detail="low") == part

        short = {"type": "image_url", "image_url": "https://a.cn/b"}
        assert image_part(short, detail="low") == image_part("https://a.cn/b", detail="low")

    def test_pillow_is_not_imported(self) -> None:
        code = "import sys, xyashui.images; sys.exit('PIL' in sys.modules)"

        subprocess.run([sys.executable, "-c", code], check=True)


class TestDataURIs:
    @each_format
    def test_that_are_in_order_are_not_copied(self, data: bytes, mime: str) -> None:
        uri = data_uri(data, mime)

        assert url_of(image_part(uri)) is uri
        assert url_of(message_image_part(uri)) is uri

    def test_get_the_type_that_their_bytes_tell(self) -> None:
        payload = base64.b64encode(PNG).decode()
        for header in ("data:image/jpg;base64", "DATA:IMAGE/PNG;BASE64", " data:x;y=z;base64"):
            assert url_of(message_image_part(f"{header},{payload}")) == data_uri(PNG)

    def test_lose_their_line_breaks(self) -> None:
        wrapped = base64.encodebytes(PNG * 9).decode()
        assert "\n" in wrapped.strip()

        assert url_of(message_image_part(f"data:image/png;base64,{wrapped}")) == data_uri(PNG * 9)
        assert url_of(base64_image_part(wrapped, "image/png")) == data_uri(PNG * 9)

    def test_of_base64_blocks_believe_the_bytes(self) -> None:
        payload = base64.b64encode(JPEG).decode()

        for declared in ("image/png", "image/jpeg", "nonsense", None):
            assert url_of(base64_image_part(payload, declared)) == data_uri(JPEG, "image/jpeg")

    def test_with_broken_base64_are_refused(self) -> None:
        in_the_alphabet_for_urls = base64.urlsafe_b64encode(JPEG).decode()
        for payload in ("iVBORw0KGgo", "iVB*", "iV==Ggo=", "=", "A===", in_the_alphabet_for_urls):
            said = refusal(message_image_part, f"data:image/png;base64,{payload}")
            assert said.startswith("The data URI 'data:image/png;base64,...' is broken base64")
            assert "is broken base64" in refusal(base64_image_part, payload, "image/png")
        assert "must be a str, not bytes" in refusal(base64_image_part, b"iVBORw0KGgo=", None)

    @given(st.binary(max_size=200), st.sampled_from(["", "\n", "=", "*"]))
    def test_are_taken_or_refused_but_nothing_else(self, tail: bytes, junk: str) -> None:
        uri = data_uri(PNG + tail) + junk
        try:
            sent = url_of(message_image_part(uri))
        except ConfigurationError:
            assert junk in ("=", "*")
        else:
            assert binascii.a2b_base64(sent.partition(",")[2], strict_mode=True) == PNG + tail


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://a.cn/b.png", "ftp: is not supported"),
        ("file:///a.png", "file: is not supported"),
        ("javascript:alert(1)", "javascript: is not supported"),
        ("https://a.cn/b.png\n", "contains white space or control characters"),
        ("https://a.cn/b\0.png", "contains white space or control characters"),
        ("https://a.cn/b\u3000.png", "contains white space or control characters"),
        ("https://a.cn/b\u200b.png", "contains white space or control characters"),
        ("https://a.cn/b\ud800.png", "contains white space or control characters"),
        ("https:///b.png", "has no host"),
        ("https://:80/b.png", "has no host"),
        ("http:b.png", "has no host"),
        ("https://[::1/b.png", "is malformed"),
        ("https://a.cn:port/b.png", "is malformed"),
        ("https://user:pass@a.cn/b .png?c", "The image URL 'https://***@a.cn/b .png' contains"),
        ("data:image/svg+xml,%3Csvg", "is not base64: write data:image/png;base64,..."),
        ("data:image/png;base64", "is not base64: write data:image/png;base64,..."),
        ("data:image/png;base64,", "The data URI 'data:image/png;base64,...' is empty"),
        ("data:image/png;base64,JVBERi0=", "is no image: it looks like a PDF"),
    ],
)
def test_a_bad_url_is_refused(url: str, said: str) -> None:
    assert said in refusal(message_image_part, url)
    assert said in refusal(image_part, url)


@pytest.mark.parametrize("form", ["{}", "file://{}", "file:{}", "FILE://{}", " {}", " file://{}"])
def test_a_url_in_a_message_never_names_a_file(form: str, cat: Path) -> None:
    url = form.format(cat)
    part = {"type": "image_url", "image_url": {"url": url}}

    assert "pass its path as images=[...]" in refusal(message_image_part, url)
    assert "pass its path as images=[...]" in refusal(image_part, part)
    assert "pass its path as images=[...]" in refusal(message_image_part, cat)


class TestFiles:
    def test_that_do_not_exist_are_refused_with_the_nearest_name(self, tmp_path: Path) -> None:
        (tmp_path / "holiday.jpeg").write_bytes(JPEG)

        said = refusal(image_part, tmp_path / "holidy.jpeg")
        assert "does not exist. Did you mean 'holiday.jpeg'?" in said
        assert refusal(image_part, tmp_path / "zzz").endswith("does not exist")
        assert "does not exist" in refusal(image_part, tmp_path / "nowhere" / "cat.png")
        assert "does not exist" in refusal(image_part, tmp_path / "holiday.jpeg" / "cat.png")
        assert "does not exist" in refusal(image_part, "")

    @pytest.mark.skipif(
        not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything"
    )
    def test_that_may_not_be_read_are_refused(self, cat: Path) -> None:
        cat.chmod(0)

        assert refusal(image_part, cat).endswith("cannot be read: permission denied")

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
    def test_that_are_no_regular_files_are_refused_unopened(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "cat.png")

        assert "is no regular file" in refusal(image_part, tmp_path / "cat.png")
        assert "is no regular file" in refusal(image_part, os.devnull)
        assert "is a directory" in refusal(image_part, tmp_path)

    def test_that_are_links_are_refused_with_where_they_lead(self, cat: Path) -> None:
        link = cat.with_name("link.png")
        link.symlink_to("cat.png")

        said = refusal(image_part, link)
        assert said.endswith(f"is a symbolic link: pass the resolved path {str(cat.resolve())!r}")
        assert url_of(image_part(link.resolve())) == data_uri(PNG)

    def test_that_are_empty_are_refused(self, cat: Path) -> None:
        cat.write_bytes(b"")

        assert refusal(image_part, cat).endswith("is empty")
        assert refusal(image_part, b"") == "The bytes object is empty"
        assert "read from its position on, is empty" in refusal(image_part, io.BytesIO(b""))

    def test_with_impossible_names_are_refused(self) -> None:
        assert "cannot be read: embedded null byte" in refusal(image_part, "cat\0.png")
        assert "cannot be read: File name too long" in refusal(image_part, "x" * 5000)

    def test_that_are_base64_by_mistake_are_not_repeated(self) -> None:
        said = refusal(image_part, base64.b64encode(PNG * 100).decode())

        assert 'write "data:image/png;base64," before it' in said
        assert len(said) < 200


class TestWhatIsNoImage:
    @pytest.mark.parametrize(
        ("data", "looks"),
        [
            (b"%PDF-1.7", "a PDF; 阿水 takes files by URL: file_list=[...]"),
            (b"PK\x03\x04\0\0", "an Office document; 阿水 takes files by URL: file_list=[...]"),
            (b"<!DOCTYPE html><p>", "HTML; did a download give an error page?"),
            (b"\xef\xbb\xbf\n<HTML>", "HTML; did a download give an error page?"),
            (b"<?xml version='1.0'?>\n<svg/>", "SVG; SVG is text: render it to PNG first"),
            (b"BMWs are cars, and not pictures.", "text; put it into the message itself"),
            ("不是图片".encode("gbk"), "text; put it into the message itself"),
            (b"\0\0\0\x14ftypisom\0\0\0\0mp41", "a video; send a frame of it as PNG or JPEG"),
            (b"8BPS\0\1", "another binary format; convert it to PNG or JPEG first"),
            (b"RIFF\n\0\0\0WAVE", "another binary format; convert it to PNG or JPEG first"),
        ],
    )
    def test_is_refused_with_what_it_looks_like(self, data: bytes, looks: str) -> None:
        assert refusal(image_part, data) == f"The bytes object is no image: it looks like {looks}"

    def test_of_the_wrong_type_is_refused_with_the_right_ones(self) -> None:
        said = refusal(image_part, 42)
        assert said.startswith("int cannot be made an image. Pass an http(s) URL")
        for part in ({}, {"type": "text", "text": "x"}, {"type": "image_url", "image_url": {}}):
            assert "is no image part: write" in refusal(image_part, part)

    def test_as_a_file_object_is_refused(self, cat: Path) -> None:
        with cat.open(encoding="utf-8") as text:
            assert "in binary mode ('rb')?" in refusal(image_part, text)
        assert "in binary mode ('rb')?" in refusal(image_part, text)  # closed
        assert "in binary mode ('rb')?" in refusal(image_part, io.StringIO("text"))

    def test_that_pillow_cannot_save_is_refused(self) -> None:
        assert "cannot be saved as PNG" in refusal(image_part, PIL.Image.new("RGB", (0, 0)))


class TestSize:
    LARGEST = PNG + bytes(MAX_IMAGE_BYTES - len(PNG))

    def test_up_to_the_limit_is_taken(self, cat: Path) -> None:
        cat.write_bytes(self.LARGEST)
        uri = url_of(image_part(cat))

        assert url_of(image_part(uri)) is uri

    def test_over_the_limit_is_refused(self, cat: Path) -> None:
        data = self.LARGEST + b"\0"
        cat.write_bytes(data)
        for source in (cat, data, io.BytesIO(data), data_uri(data)):
            assert "is larger than 20 MB (20,971,520 bytes)" in refusal(image_part, source)

    def test_of_a_file_is_known_before_it_is_read(self, cat: Path) -> None:
        os.truncate(cat, 1 << 30)  # a hole: it takes no room on the disk

        assert "is larger than 20 MB" in refusal(image_part, cat)

    def test_in_memory_is_two_copies_of_the_base64_at_most(self) -> None:
        in_base64 = MAX_IMAGE_BYTES // 3 * 4
        tracemalloc.start()
        try:
            uri = url_of(image_part(self.LARGEST))
            assert tracemalloc.get_traced_memory()[1] < 2.1 * in_base64
            tracemalloc.reset_peak()
            message_image_part(uri)
            assert tracemalloc.get_traced_memory()[1] < 1.1 * in_base64
        finally:
            tracemalloc.stop()


class TestPutImages:
    PART = image_part("https://a.cn/b.png")

    @pytest.mark.parametrize(
        ("content", "before"),
        [
            ("What is it?", [{"type": "text", "text": "What is it?"}]),
            ("", []),
            (None, []),
            ([{"type": "text", "text": "What?"}], [{"type": "text", "text": "What?"}]),
            ([{"type": "text", "text": ""}, PART], [PART]),
        ],
    )
    def test_extends_the_content(self, content: Any, before: list[Any]) -> None:
        messages: list[Any] = [{"role": "user", "content": content, "name": "x"}]

        [message] = put_images(messages, [self.PART, self.PART])
        assert message == {"role": "user", "content": [*before, self.PART, self.PART], "name": "x"}
        assert messages == [{"role": "user", "content": content, "name": "x"}]

    def test_takes_the_last_user_message(self) -> None:
        messages: list[Any] = [
            {"role": role, "content": "x"}
            for role in ("system", "user", "assistant", "user", "tool")
        ]
        result = put_images(messages, [self.PART])

        assert [has_image([message]) for message in result] == [False, False, False, True, False]
        assert all(result[index] is messages[index] for index in (0, 1, 2, 4))

    def test_without_a_user_message_is_refused_unless_there_is_nothing_to_put(self) -> None:
        messages: list[Any] = [{"role": "system", "content": "x"}]

        assert "add a message of role 'user'" in refusal(put_images, messages, [self.PART])
        assert put_images(messages, []) == messages


def test_has_image() -> None:
    part = image_part("https://a.cn/b.png")
    text: Any = {"type": "text", "text": "image_url"}

    assert not has_image([])
    assert not has_image([{"role": "user", "content": None}, {"role": "user", "content": [text]}])
    assert not has_image([{"role": "user", "content": "image_url"}])
    assert has_image([{"role": "user", "content": [text, part]}, {"role": "user", "content": "x"}])
