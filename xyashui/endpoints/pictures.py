"""Pictures from words: `POST /v1/images/generations`, in OpenAI's shape [gw]."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypedDict, Unpack

from xyashui.endpoints.options import checked_fields
from xyashui.errors import ConfigurationError
from xyashui.operations import Operation, Reply
from xyashui.pictures import Picture, Pictures, checked_base64
from xyashui.requests import Option, check_flag, check_mapping, check_name, shorten
from xyashui.sending import AsyncSender, Sender
from xyashui.surroundings import in_notebook

if TYPE_CHECKING:
    import httpx

__all__ = [
    "DEFAULT_PICTURE_MODEL",
    "AsyncPictureCalls",
    "PictureCalls",
    "PictureOptions",
    "wanted_at_once",
]

DEFAULT_PICTURE_MODEL: Final = "dall-e-3"
"""The model that paints where none is named."""


class PictureOptions(TypedDict, total=False):
    """Every option of a call, for type checkers; see `Client.generate_image`."""

    model: str | None
    n: int | None
    size: str | None
    quality: str | None
    style: str | None
    response_format: Literal["url", "b64_json"] | None
    user: str | None
    download: bool | None
    extra_body: Mapping[str, Any] | None
    timeout: float | httpx.Timeout | None
    deadline: float | None


class PictureCalls(Sender):
    """Pictures, for `Client`."""

    def generate_image(self, prompt: str, **options: Unpack[PictureOptions]) -> Pictures:
        """Have a picture painted, and wait for it.

        A call is made again only where it was refused or never arrived: it costs money.

        Args:
            prompt: What it shall show.
            **options: `model` ("dall-e-3"); `n`, how many (1; dall-e-3 paints no more); `size` in
                pixels, "1024x1024"; `quality`, "standard" or "hd"; `style`, "vivid" or "natural";
                `response_format`, "url" or "b64_json" (the service's own choice is mostly "url",
                which expires); `user`. Fields [gw]; which values a model takes is its own matter.
                `download=True` fetches the pictures at once (by default that is done in a notebook,
                so that they show themselves). `extra_body`, `timeout` and `deadline` as in `chat`.

        Returns:
            The pictures: a sequence, mostly of one. `.save("cat.png")` writes them, `.first` is
            the first.

        Raises:
            ConfigurationError: The service paints none (阿水AI documents nothing of the kind), or
                an option is unknown or cannot be sent.
            APIError: The service refuses.
            TransportError: No whole answer arrived. Where some of several pictures cannot be read,
                the others are the error's `received`.

        Example:
            >>> client.generate_image("一只戴帽子的猫").save("cat.png")  # doctest: +SKIP
            [PosixPath('cat.png')]
        """
        pictures = self.perform(_operation(self, prompt, options))
        for picture in pictures:
            if wanted_at_once(options.get("download")):
                picture.prefetch()
        return pictures


class AsyncPictureCalls(AsyncSender):
    """Pictures, for `AsyncClient`."""

    async def generate_image(self, prompt: str, **options: Unpack[PictureOptions]) -> Pictures:
        """See `Client.generate_image`."""
        pictures = await self.perform(_operation(self, prompt, options))
        for picture in pictures:
            if wanted_at_once(options.get("download")):
                await picture.aprefetch()
        return pictures


def wanted_at_once(download: bool | None) -> bool:
    """Whether to fetch a picture before anybody asks for it: in a notebook, it shows itself."""
    return in_notebook() if download is None else download


def _operation(
    sender: Sender | AsyncSender, prompt: str, options: Mapping[str, Any]
) -> Operation[Pictures]:
    provider = sender.provider
    provider.check_endpoint("images")
    fields = checked_fields(options, _OPTIONS, _SETTINGS, provider.title)
    if not isinstance(prompt, str) or not prompt.strip():
        raise ConfigurationError(f"There is nothing to paint: the prompt is {shorten(prompt)}")
    check_flag("download", options.get("download"))
    model = check_name("model", options.get("model") or DEFAULT_PICTURE_MODEL)
    extra = check_mapping("extra_body", options.get("extra_body"))
    return Operation(
        "images",
        "/v1/images/generations",
        partial(_read, sender),
        body={"model": model, "prompt": prompt, **fields, **extra},
        model=model,
        paid_once_sent=True,
        timeout=options.get("timeout"),
        deadline=options.get("deadline"),
    )


def _read(sender: Sender | AsyncSender, reply: Reply) -> Pictures:
    payload = reply.json()
    entries = payload["data"]
    if not isinstance(entries, list) or not entries:
        raise reply.unreadable("there is no picture in it")
    pictures, problems = [], []
    for number, entry in enumerate(entries, 1):
        try:
            pictures.append(_picture(entry).fetched_by(sender))
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            problems.append(f"picture {number} of {len(entries)}: {error}")
    created = payload.get("created")
    extra = {name: value for name, value in payload.items() if name not in ("created", "data")}
    whole = Pictures(tuple(pictures), created if isinstance(created, int) else None, extra)
    if problems:
        unreadable = reply.unreadable(problems[0])
        unreadable.received = whole if pictures else None  # they have been paid for
        raise unreadable
    return whole


def _picture(entry: Mapping[str, Any]) -> Picture:
    url, text = entry.get("url"), entry.get("b64_json")
    if not isinstance(url, str | None):
        raise TypeError(f"'url' is {shorten(url)}")
    if url and url[:5].lower() == "data:":  # some gateways know no other way
        url, text = None, text or url
    if not url and not text:
        raise LookupError("neither 'url' nor 'b64_json'")
    revised = entry.get("revised_prompt")
    return Picture(
        url=url or None,
        base64=checked_base64(text) if text else None,
        revised_prompt=revised if revised and isinstance(revised, str) else None,
    )


def _check_form(form: str) -> None:
    if form not in _FORMS:
        raise ConfigurationError(
            f"response_format must be one of {', '.join(map(repr, _FORMS))}, not {shorten(form)}"
        )


_FORMS: Final = ("url", "b64_json")
_OPTIONS: Final = (
    Option("n", (int,), 1),
    Option("size", (str,)),
    Option("quality", (str,)),
    Option("style", (str,)),
    Option("response_format", (str,), entries=_check_form),
    Option("user", (str,)),
)
_SETTINGS: Final = ("model", "download", "extra_body", "timeout", "deadline")
