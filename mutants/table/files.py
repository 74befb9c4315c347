"""Files are read where the program says so, whole or not at all, and never over one another."""

from __future__ import annotations

from mutants.protection import Protection

__all__ = ["FILES"]

_FILES = "tests/security/test_untrusted_files.py"
_SWAPPED = "tests/security/test_swapped_files.py"
_IMAGES = "tests/xyashui/test_images.py"
_ODD = "tests/xyashui/test_odd_sources.py"
_SAVING = "tests/xyashui/test_saving.py"
_PICTURES = "tests/xyashui/test_pictures.py"
_TOOLING = "tests/xyashui/test_tooling.py"

FILES = (
    Protection(
        name="symbolic-links",
        promise="A symbolic link is refused, wherever it leads.",
        file="xyashui/paths.py",
        find="    if stat.S_ISLNK(mode):\n",
        put="    if False:\n",
        tests=[f"{_FILES}::test_a_link_is_refused_wherever_it_leads"],
    ),
    Protection(
        name="swapped-links",
        promise="So is one that takes the file's place after it was looked at.",
        file="xyashui/paths.py",
        find='getattr(os, "O_NOFOLLOW", 0) | ',
        put="",
        tests=[f"{_SWAPPED}::test_is_refused_and_nobody_waits_for_it[picture-link]"],
    ),
    Protection(
        name="swapped-fifos",
        promise="A FIFO that does so does not hold the program.",
        file="xyashui/paths.py",
        find=' | getattr(os, "O_NONBLOCK", 0)',
        put="",
        tests=[f"{_SWAPPED}::test_is_refused_and_nobody_waits_for_it[picture-fifo]"],
    ),
    Protection(
        name="swapped-files",
        promise="What was opened is looked at again.",
        file="xyashui/paths.py",
        find="            _refuse_irregular(os.fstat(file.fileno()).st_mode, path, what, many)\n",
        put="            pass\n",
        tests=[f"{_SWAPPED}::test_is_refused_and_nobody_waits_for_it[picture-fifo]"],
    ),
    Protection(
        name="directories",
        promise="A directory is refused.",
        file="xyashui/paths.py",
        find="    if stat.S_ISDIR(mode):\n",
        put="    if False:\n",
        tests=[f"{_FILES}::test_a_directory_is_refused"],
    ),
    Protection(
        name="devices",
        promise="So are FIFOs and devices.",
        file="xyashui/paths.py",
        find="    if not stat.S_ISREG(mode):\n",
        put="    if False:\n",
        tests=[
            f"{_FILES}::test_a_device_is_refused",
            f"{_FILES}::test_a_fifo_is_refused_and_nobody_waits_for_its_other_end",
        ],
    ),
    Protection(
        name="large-pictures",
        promise="A picture of more than 20 MB is refused.",
        file="xyashui/image_formats.py",
        find="    if size > MAX_IMAGE_BYTES:\n",
        put="    if False:\n",
        tests=[
            f"{_IMAGES}::TestSize::test_over_the_limit_is_refused",
            f"{_FILES}::test_a_file_of_gigabytes_is_refused_unread[picture]",
        ],
    ),
    Protection(
        name="large-files-unread",
        promise="It is refused before it is read.",
        file="xyashui/images.py",
        find="        refuse_large(os.fstat(file.fileno()).st_size, what)\n",
        put="",
        tests=[f"{_FILES}::test_a_file_of_gigabytes_is_refused_unread[picture]"],
    ),
    Protection(
        name="endless-files",
        promise="Nor of a file object that never ends.",
        file="xyashui/images.py",
        find="read_from(file, MAX_IMAGE_BYTES + 1)",
        put="read_from(file, 4 * MAX_IMAGE_BYTES)",
        tests=[f"{_FILES}::test_a_stream_without_end_is_read_as_far_as_could_be_sent[picture]"],
    ),
    Protection(
        name="large-recordings",
        promise="A recording of more than 25 MB is refused.",
        file="xyashui/audio.py",
        find="    if size > MAX_AUDIO_BYTES:\n",
        put="    if False:\n",
        tests=[
            f"{_FILES}::test_a_file_of_gigabytes_is_refused_unread[recording]",
            "tests/xyashui/test_audio.py::TestSize::test_what_is_larger_is_refused",
        ],
    ),
    Protection(
        name="magic",
        promise="A picture is told by its first bytes, whatever its name or declared type.",
        file="xyashui/image_formats.py",
        find=(
            "        looks = next(looks for looks, magic in _OTHERS.items() if re.match(magic, "
            "head, re.DOTALL))\n"
        ),
        put=(
            '        return "image/png"\n'
            "        looks = next(looks for looks, magic in _OTHERS.items() if re.match(magic, "
            "head, re.DOTALL))\n"
        ),
        tests=[f"{_FILES}::test_a_name_and_a_declared_type_are_not_believed"],
    ),
    Protection(
        name="decompression-bombs",
        promise="A picture that would unfold into gigabytes is refused by its header.",
        file="xyashui/image_formats.py",
        find="    _refuse_bomb(*(size or (0, 0)), what)\n",
        put="",
        tests=[f"{_FILES}::test_a_picture_that_would_unfold_is_refused_by_its_header"],
    ),
    Protection(
        name="bombs-behind-metadata",
        promise="Also by that of a JPEG behind metadata of any length.",
        file="xyashui/image_formats.py",
        find="        size = dimensions(whole())\n",
        put="        size = (1, 1)\n",
        tests=[f"{_FILES}::test_a_picture_that_would_unfold_is_refused_by_its_header"],
    ),
    Protection(
        name="bombs-behind-junk",
        promise="And behind bytes that decoders skip.",
        file="xyashui/dimensions.py",
        find="        if kind not in _ALONE:\n",
        put="        if True:\n",
        tests=[f"{_FILES}::test_a_picture_that_would_unfold_is_refused_by_its_header"],
    ),
    Protection(
        name="sizes-that-are-hidden",
        promise="A PNG or JPEG that does not tell its size where it must is refused.",
        file="xyashui/image_formats.py",
        find="    if size is None and mime in _SIZED:\n",
        put="    if False:\n",
        tests=[f"{_FILES}::test_a_picture_that_does_not_tell_its_size_is_refused"],
    ),
    Protection(
        name="odd-paths",
        promise="An object that gives no path is refused in words.",
        file="xyashui/paths.py",
        find="    except Exception as error:  # `__fspath__` may be anybody's\n",
        put="    except OSError as error:\n",
        tests=[f"{_ODD}::test_is_refused_with_what_was_wrong"],
    ),
    Protection(
        name="odd-files",
        promise="So is a file object that raises whatever it pleases.",
        file="xyashui/images.py",
        find="    except Exception as error:  # it may be any object that has a method `read`\n",
        put="    except OSError as error:\n",
        tests=[f"{_ODD}::test_is_refused_with_what_was_wrong"],
    ),
    Protection(
        name="odd-recordings",
        promise="So is one that is to be transcribed.",
        file="xyashui/audio.py",
        find="    except Exception as error:  # it may be any object that has a method `read`\n",
        put="    except OSError as error:\n",
        tests=[f"{_ODD}::test_is_refused_with_what_was_wrong"],
    ),
    Protection(
        name="bytes-let-go",
        promise="So are bytes that are there no more.",
        file="xyashui/images.py",
        find="    except ValueError as error:  # it has been released\n",
        put="    except OSError as error:\n",
        tests=[f"{_ODD}::test_is_refused_with_what_was_wrong"],
    ),
    Protection(
        name="bombs-of-every-format",
        promise="By the header of every format that has one.",
        file="xyashui/dimensions.py",
        find=('        if head.startswith(b"\\xff\\xd8"):\n            return _of_jpeg(head)\n'),
        put="",
        tests=[f"{_FILES}::test_a_picture_that_would_unfold_is_refused_by_its_header[JPEG]"],
    ),
    Protection(
        name="headers-that-end-early",
        promise="A header that ends too early, or is nonsense, breaks nothing.",
        file="xyashui/dimensions.py",
        find="    except (IndexError, struct.error):\n",
        put="    except ZeroDivisionError:\n",
        tests=["tests/xyashui/test_dimensions.py::test_of_what_ends_too_early"],
    ),
    Protection(
        name="paths-in-messages",
        promise="A path in a message is never read.",
        file="xyashui/images.py",
        find='    checked = message_image_part(inner["url"], inner.get("detail", detail))\n',
        put='    checked = image_part(inner["url"], detail=inner.get("detail", detail))\n',
        tests=[
            f"{_FILES}::test_a_path_in_a_message_is_never_read",
            f"{_IMAGES}::test_a_url_in_a_message_never_names_a_file",
        ],
    ),
    Protection(
        name="files-that-are-there",
        promise="A file that is there is not written over unasked.",
        file="xyashui/saving.py",
        find="    if target.exists() and not overwrite:\n",
        put="    if False:\n",
        tests=[
            f"{_SAVING}::TestNewFile::test_replaces_the_old_one_only_if_told",
            f"{_PICTURES}::TestSaving::test_writes_none_of_several_where_one_has_no_place",
        ],
    ),
    Protection(
        name="files-that-came-meanwhile",
        promise="Nor is one that came while it was written.",
        file="xyashui/saving.py",
        find='                open(self.path, "xb").close()\n',
        put="                pass\n",
        tests=[
            f"{_SAVING}::TestNewFile::test_replaces_no_file_that_came_in_the_meantime",
            f"{_SAVING}::TestNewFile::test_one_of_many_at_once_has_the_name",
        ],
    ),
    Protection(
        name="half-a-file",
        promise="Where writing fails, no half of a file stays behind.",
        file="xyashui/saving.py",
        find=("    except BaseException:\n        file.discard()\n        raise\n"),
        put=("    except BaseException:\n        file.commit()\n        raise\n"),
        tests=[
            f"{_SAVING}::TestNewFile::test_is_not_there_where_something_went_wrong",
            f"{_SAVING}::TestNewFile::test_leaves_the_old_one_where_something_went_wrong",
        ],
    ),
    Protection(
        name="names-that-are-taken",
        promise="What a tool saves gets a name that no file has.",
        file="xyashui/saving.py",
        find='                file = path.open("xb")  # never',
        put='                file = path.open("wb")  # never',
        tests=[
            f"{_SAVING}::TestSavingAsNew::test_takes_the_first_name_that_is_free",
            f"{_TOOLING}::TestAGallery::test_never_gives_a_name_twice",
        ],
    ),
    Protection(
        name="names-of-words",
        promise="Nothing but letters and digits of a prompt gets into the name of a file.",
        file="xyashui/tooling/folder.py",
        find='    return "-".join(re.findall(r"\\w+", words))[:_LONGEST_NAME].strip("-_")\n',
        put="    return words[:_LONGEST_NAME]\n",
        tests=[f"{_TOOLING}::TestAGallery::test_names_a_file_by_the_words_of_the_prompt"],
    ),
    Protection(
        name="a-tools-own-files",
        promise="A model can name the files of a tool's own directory, and no others.",
        file="xyashui/tooling/gallery.py",
        find="        if self.directory is None or Path(name).name != name:\n",
        put="        if self.directory is None:\n",
        tests=[f"{_TOOLING}::TestAGallery::test_finds_its_own_files_and_no_others"],
    ),
    Protection(
        name="a-tools-own-links",
        promise="Nor what a link in it leads to.",
        file="xyashui/tooling/gallery.py",
        find="path.is_file() and not path.is_symlink()",
        put="path.is_file()",
        tests=[f"{_TOOLING}::TestAGallery::test_finds_its_own_files_and_no_others"],
    ),
)
