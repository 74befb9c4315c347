"""Anything image-like -> an `image_url` part, checked before anything is sent.

    image_part           what the program itself passes as `images=[...]`; may read a file
    message_image_part   a URL that stands inside a message; never reads a file
    base64_image_part    base64 that stands inside a message
    checked_part         a part that stands inside a message, or was made before
    put_images           parts onto the last user message

What bytes are is for `xyashui.image_formats` to say, which decodes none. Pillow is not imported:
its images are known by what they can do.
"""

from __future__ import annotations

import binascii
import os
import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, BinaryIO, Final, Protocol, TypeAlias, cast

from xyashui.addresses import bare, host_of
from xyashui.errors import ConfigurationError
from xyashui.image_formats import HEAD, MAX_IMAGE_BYTES, checked_type, refuse_large
from xyashui.paths import name_of, nearby, path_of, read_from, reading
from xyashui.types import ContentPart, ImagePart, ImageURL, Message

__all__ = ["MAX_IMAGE_BYTES", "ImageLike", "base64_image_part", "checked_part", "has_image",
           "image_part", "message_image_part", "put_images"]  # fmt: skip


class _Savable(Protocol):
    """A Pillow image, as far as a type checker needs to know."""

    def save(self, fp: Any, format: str | None = None) -> Any: ...  # noqa: A002 - Pillow's name


_Bytes: TypeAlias = bytes | bytearray | memoryview
ImageLike: TypeAlias = str | os.PathLike[str] | _Bytes | BinaryIO | _Savable | Mapping[str, Any]
"""An http(s) URL, a data URI, a path, bytes, a binary file object, a Pillow image or a part."""


def image_part(source: ImageLike, *, detail: str | None = None) -> ImagePart:
    """Turn anything image-like into a part of a message.

    A string that is neither a URL nor a data URI is a path, and is read: pass only what the
    program itself chose. For what stands inside messages, see `message_image_part`.

    Args:
        source: An http(s) URL, a base64 data URI, a path (`~` is expanded), the bytes of an
            image, a binary file object (read from where it stands, not closed), a Pillow
            image (sent as PNG), or a part that is already made (other keys are kept).
        detail: How closely the model shall look: "low", "high" or "auto". A part that has
            its own detail keeps it.

    Returns:
        `{"type": "image_url", "image_url": {"url": str[, "detail": str]}}`.

    Raises:
        ConfigurationError: It cannot be read, is no image, or is over `MAX_IMAGE_BYTES`, or over
            `MAX_IMAGE_PIXELS` by its header.

    Example:
        >>> image_part("https://example.com/cat.png", detail="low")
        {'type': 'image_url', 'image_url': {'url': 'https://example.com/cat.png', 'detail': 'low'}}
    """
    if isinstance(source, str) and _scheme(source) is not None:
        return message_image_part(source, detail)
    if isinstance(source, str | os.PathLike):
        return _part_of_bytes(*_read_path(source), detail)
    if isinstance(source, bytes | bytearray | memoryview):
        return _part_of_bytes(source, f"The {type(source).__name__} object", detail)
    if isinstance(source, Mapping):
        return checked_part(source, detail)
    if callable(getattr(source, "read", None)):
        return _part_of_bytes(*_read_file_object(cast("BinaryIO", source)), detail)
    if all(hasattr(source, name) for name in ("save", "size", "mode")):
        return _part_of_bytes(_as_png(source), "The Pillow image", detail)
    raise ConfigurationError(
        f"{type(source).__name__} cannot be made an image. Pass an http(s) URL, a base64 data "
        "URI, a path, bytes, a binary file object, a Pillow image, or a part "
        '{"type": "image_url", ...}'
    )


def message_image_part(url: str, detail: str | None = None) -> ImagePart:
    """Turn the URL of an image inside a message into a part. Reads no file, whatever it says.

    Messages may come from anywhere; were a path in them read, whoever writes a message could
    have any file of this machine sent away.

    Args:
        url: An http(s) URL or a base64 data URI.
        detail: "low", "high" or "auto".

    Returns:
        The part, as `image_part` does.

    Raises:
        ConfigurationError: It is neither, or a data URI that holds no image.

    Example:
        >>> message_image_part("https://example.com/cat.png")
        {'type': 'image_url', 'image_url': {'url': 'https://example.com/cat.png'}}
    """
    scheme = _scheme(url) if isinstance(url, str) else None
    if scheme in ("http", "https"):
        return _part(_checked_url(url), detail)
    if scheme == "data":
        return _part(_checked_data_uri(url), detail)
    what = _shown(url) if isinstance(url, str) else f"of type {type(url).__name__}"
    raise ConfigurationError(
        f"The image URL {what} is neither an http(s) URL nor a base64 data URI"
        f"{f': {scheme}: is not supported' if scheme else ''}. "
        "To send a file of this machine, pass its path as images=[...]"
    )


def base64_image_part(data: str, mime_type: str | None, detail: str | None = None) -> ImagePart:
    """Turn the base64 of an image inside a message into a part.

    Args:
        data: Base64 in the standard alphabet, padded; line breaks are taken out.
        mime_type: What the message says it is, or `None`. The bytes know better: theirs is
            the type that is sent.
        detail: "low", "high" or "auto".

    Returns:
        The part, as `image_part` does, with a data URI.

    Raises:
        ConfigurationError: It is not base64, no image, or over `MAX_IMAGE_BYTES`.

    Example:
        >>> base64_image_part("R0lGODlhAQABAAAAACw=", "image/png")["image_url"]["url"]
        'data:image/gif;base64,R0lGODlhAQABAAAAACw='
    """
    what = f"The base64 image declared as {_shown(mime_type)}" if mime_type else "The base64 image"
    if not isinstance(data, str):
        raise ConfigurationError(f"{what} must be a str, not {type(data).__name__}")
    return _part(_data_uri_of_base64(data, 0, what), detail)


def put_images(messages: Sequence[Message], parts: Sequence[ImagePart]) -> list[Message]:
    """Return the messages with `parts` after the content of the last user message.

    Args:
        messages: The conversation. It is not changed.
        parts: What `image_part` gives. None: the messages come back as they are.

    Returns:
        A new list, with a new last user message; the other messages are the same objects.

    Raises:
        ConfigurationError: There are parts, but no user message.

    Example:
        >>> put_images([{"role": "user", "content": ""}], [image_part("https://a.cn/b.png")])
        [{'role': 'user', 'content': [{'type': 'image_url', 'image_url': {'url': ...}}]}]
    """
    if not parts:
        return list(messages)
    for index, message in reversed(list(enumerate(messages))):
        if message.get("role") == "user":
            extended = message.copy()
            extended["content"] = [*_content_parts(message.get("content")), *parts]
            return [*messages[:index], extended, *messages[index + 1 :]]
    raise ConfigurationError(
        "Images go onto the last user message, but there is none: add a message of role 'user'"
    )


def has_image(messages: Sequence[Message]) -> bool:
    """Return whether any message has an `image_url` part."""
    contents = [message.get("content") for message in messages]
    parts = [part for content in contents if isinstance(content, list) for part in content]
    return any(part.get("type") == "image_url" for part in parts)


def _content_parts(content: str | list[ContentPart] | None) -> list[ContentPart]:
    if isinstance(content, list):
        return [part for part in content if part != {"type": "text", "text": ""}]
    return [{"type": "text", "text": content}] if content else []


def _part(url: str, detail: str | None) -> ImagePart:
    image_url: ImageURL = {"url": url} if detail is None else {"url": url, "detail": detail}
    return _marked({"type": "image_url", "image_url": image_url})


class _Checked(dict[str, Any]):
    """A part that has been checked: 20 MB of base64 take a while to look through.

    Attributes:
        url: The very string that was checked. A part whose URL is another one was changed since.
    """

    __slots__ = ("url",)

    url: str


def _marked(part: ImagePart) -> ImagePart:
    checked = _Checked(part)
    checked.url = part["image_url"]["url"]
    return cast("ImagePart", checked)


def _part_of_bytes(data: _Bytes, what: str, detail: str | None) -> ImagePart:
    flat = _flat(data, what)
    mime = checked_type(bytes(flat[:HEAD]), flat.tobytes, what)
    prefix = f"data:{mime};base64,".encode()
    # One join, one decode: beside the image, two copies of its base64 at most are in memory.
    uri = b"".join((prefix, binascii.b2a_base64(flat, newline=False))).decode("ascii")
    return _part(uri, detail)


def _flat(data: _Bytes, what: str) -> memoryview:
    try:
        view = memoryview(data)
    except ValueError as error:  # it has been released
        raise ConfigurationError(f"{what} cannot be read: {error}; pass the bytes") from None
    refuse_large(view.nbytes, what)
    return view.cast("B") if view.c_contiguous and view.nbytes else memoryview(view.tobytes())


def checked_part(part: Mapping[str, Any], detail: str | None = None) -> ImagePart:
    """Check a part that is already made. Fields that services add to it are kept.

    What this module has made or checked is known, and not looked through again.

    Args:
        part: `{"type": "image_url", "image_url": {"url": str}}`, or the URL in place of the dict.
        detail: "low", "high" or "auto". A part that has its own detail keeps it.

    Returns:
        The part; the same object where there was nothing to do.

    Raises:
        ConfigurationError: It is no image part, or as `message_image_part` says.
    """
    inner = part.get("image_url")
    if isinstance(inner, str):
        inner = {"url": inner}
    if isinstance(part, _Checked) and isinstance(inner, dict) and inner.get("url") is part.url:
        if detail is None or "detail" in inner:
            return cast("ImagePart", part)
        return _marked(cast("ImagePart", {**part, "image_url": {**inner, "detail": detail}}))
    if part.get("type") != "image_url" or not isinstance(inner, Mapping) or "url" not in inner:
        given = f"A dict of type {_shown(part.get('type'))} is no image part"
        raise ConfigurationError(
            f"{given}: write {{'type': 'image_url', 'image_url': {{'url': ...}}}}"
        )
    checked = message_image_part(inner["url"], inner.get("detail", detail))
    return _marked(cast("ImagePart", {**part, "image_url": {**inner, **checked["image_url"]}}))


# Two letters at least: "C:\cat.png" is a path. Without "//" only names that are known to be
# schemes count, because "shot:1.png" is a path as well.
_SCHEME: Final = re.compile(r"\s*+([a-z][a-z0-9+.-]{1,31}):(//)?", re.IGNORECASE)
_BARE_SCHEMES: Final = {"about", "blob", "data", "file", "ftp", "http", "https", "javascript"}
_DATA_HEADER: Final = re.compile(r"\s*+data:([^,]{0,100}),", re.IGNORECASE)
_BASE64_OF_IMAGES: Final = ("iVBORw0KG", "/9j/", "R0lGOD", "UklGR")
# A regex needs no memory, where decoding 20 MB only to look at them would take 20 MB more.
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]*+={0,2}")


def _scheme(text: str) -> str | None:
    match = _SCHEME.match(text)
    return match[1].lower() if match and (match[2] or match[1].lower() in _BARE_SCHEMES) else None


def _checked_url(url: str) -> str:
    what = f"The image URL {_shown(url)}"
    # What is not printable is what nobody means in a URL: line breaks, controls, invisibles.
    if " " in url or not url.isprintable():
        raise ConfigurationError(
            f"{what} contains white space or control characters: remove or percent-encode them"
        )
    host = host_of(url)
    if host is None:
        raise ConfigurationError(
            f"{what} is malformed: write https://host/path, with a port from 0 to 65535 if any"
        )
    if not host:
        raise ConfigurationError(f"{what} has no host: write https://host/path")
    return url


def _checked_data_uri(uri: str) -> str:
    match = _DATA_HEADER.match(uri)
    if match is None or match[1].lower().split(";")[-1] != "base64":
        raise ConfigurationError(
            f"The data URI {_shown(uri[:40])} is not base64: write data:image/png;base64,..."
        )
    return _data_uri_of_base64(uri, match.end(), f"The data URI {_shown(match[0] + '...')}")


def _data_uri_of_base64(text: str, start: int, what: str) -> str:
    """Return a data URI of the base64 at `text[start:]`: `text` itself where it is one."""
    if not _BASE64.fullmatch(text, start):
        # `base64 FILE` and `encodebytes` break lines, which a data URI must not have.
        text, start = "".join(text[start:].split()), 0
    if not _BASE64.fullmatch(text, start) or (len(text) - start) % 4:
        raise ConfigurationError(
            f"{what} is broken base64: it needs the standard alphabet (A-Z a-z 0-9 + /) and a "
            "length that is a multiple of 4, padded with ="
        )
    refuse_large((len(text) - start) // 4 * 3 - text.count("=", max(start, len(text) - 2)), what)
    head = binascii.a2b_base64(text[start : start + HEAD // 3 * 4])
    mime = checked_type(head, lambda: binascii.a2b_base64(text[start:]), what)
    prefix = f"data:{mime};base64,"
    return text if len(prefix) == start and text.startswith(prefix) else prefix + text[start:]


def _read_path(given: str | os.PathLike[str]) -> tuple[bytes, str]:
    """Return the bytes of a file, and how to speak of it."""
    path = path_of(given)
    what = f"The image file {_shown(path)}"
    with reading(path, what, many="images", hint=_hint) as file:
        refuse_large(os.fstat(file.fileno()).st_size, what)
        # The system has files that give nothing for want of news, which is `None`.
        return file.read(MAX_IMAGE_BYTES + 1) or b"", what


def _hint(path: str) -> str:
    """Return what the caller may have meant by a path that names nothing."""
    if path.startswith(_BASE64_OF_IMAGES):
        return '. It looks like base64: write "data:image/png;base64," before it'
    return nearby(path)


def _read_file_object(file: BinaryIO) -> tuple[bytearray, str]:
    """Return the bytes of a file object from its position on, and how to speak of it."""
    what = f"The file object {_shown(name_of(file))}, read from its position on,"
    try:
        return read_from(file, MAX_IMAGE_BYTES + 1), what
    except Exception as error:  # it may be any object that has a method `read`
        raise ConfigurationError(
            f"{what} gives no bytes: {error}. Is it open, and in binary mode ('rb')?"
        ) from error


def _as_png(image: Any) -> memoryview:
    buffer = BytesIO()
    try:
        savable = image.mode in {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}
        (image if savable else image.convert("RGB")).save(buffer, format="PNG")
    except Exception as error:  # Pillow's codecs raise whatever they please
        raise ConfigurationError(f"The Pillow image cannot be saved as PNG: {error}") from error
    return buffer.getbuffer()


def _shown(value: object) -> str:
    """Return a value as an error message may show it: short, no base64, no secrets of a URL."""
    text = str(value)
    if "://" in text or _scheme(text) is not None:
        text = bare(text)
    limit = 16 if text.startswith(_BASE64_OF_IMAGES) and len(text) > 200 else 200
    return repr(text if len(text) <= limit else f"{text[:limit]}...")
