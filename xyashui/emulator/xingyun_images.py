"""Answering `POST /v1/images/generations` in OpenAI's shape, with its limits [gw].

The pictures are painted from their prompts and kept for a while, so that a `url` can
be opened, and shown to a model that sees. Refusals are in OpenAI's own words, as the
gateway passes them on.
"""

import base64
import hashlib
import io
import time
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageEnhance, ImageFilter

from . import captions, painting, triggers, vision
from .delivery import Body, json_body
from .exchange import Exchange
from .failures import Failure
from .models import ModelCard
from .parameters import Parameter
from .rules.language import end, language_of
from .state import State
from .xingyun_gate import (
    admit,
    bad_request,
    check_parameters,
    find_card,
    json_object,
)
from .xingyun_wire import answer_headers


@dataclass(frozen=True)
class _Limits:
    """What one model takes."""

    sizes: tuple[str, ...]
    prompt: int
    pictures: int
    qualities: tuple[str, ...] = ("standard",)
    styles: tuple[str, ...] = ()


_LIMITS = {
    "dall-e-2": _Limits(("256x256", "512x512", "1024x1024"), prompt=1_000, pictures=10),
    "dall-e-3": _Limits(
        ("1024x1024", "1792x1024", "1024x1792"),
        prompt=4_000,
        pictures=1,
        qualities=("standard", "hd"),
        styles=("vivid", "natural"),
    ),
}

_SIZES = {size for limits in _LIMITS.values() for size in limits.sizes}
_PARAMETERS = {
    "prompt": Parameter("string"),
    "n": Parameter("integer"),
    "size": Parameter("string"),
    "quality": Parameter("string"),
    "style": Parameter("string"),
    "response_format": Parameter("string"),
    "user": Parameter("string"),
}
_FORMATS = ("url", "b64_json")
_VIVID = 1.25
_FAST = 1  # zlib's level: more takes longer and saves little


@dataclass(frozen=True)
class ImageRequest:
    """A checked request.

    Attributes:
        card: The model asked for.
        prompt: What to draw.
        count: How many pictures (`n`).
        size: Width and height in pixels.
        fine: Whether details are asked for (`hd`).
        style: `vivid` or `natural`; empty where the model has no styles, and revises no
            prompts.
        as_base64: Whether the pictures come in the answer rather than by URL.
    """

    card: ModelCard
    prompt: str
    count: int
    size: tuple[int, int]
    fine: bool
    style: str
    as_base64: bool


def answer(exchange: Exchange, state: State) -> Body:
    """Draw what a prompt asks for.

    Raises:
        Failure: If the request is refused.
    """
    if late := admit(exchange):
        raise late
    request = _read(exchange)
    data = [_picture(exchange, state, request, variant) for variant in range(request.count)]
    return json_body(
        {"created": int(time.time()), "data": data}, headers=answer_headers(exchange.number)
    )


def _picture(
    exchange: Exchange, state: State, request: ImageRequest, variant: int
) -> dict[str, Any]:
    image = painting.paint(request.prompt, request.size, variant)
    if request.style == "vivid":
        image = ImageEnhance.Color(image).enhance(_VIVID)
    if request.fine:
        image = image.filter(ImageFilter.DETAIL)
    captions.write(image, request.prompt)
    content = _png(image)
    entry: dict[str, Any] = {}
    if request.style:
        entry["revised_prompt"] = _revise(request, content)
    if request.as_base64:
        return entry | {"b64_json": base64.b64encode(content).decode()}
    name = f"img-{hashlib.sha256(content).hexdigest()[:24]}.png"
    return entry | {"url": exchange.site.root + state.keep(name, content, "image/png")}


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=_FAST)
    return buffer.getvalue()


def _revise(request: ImageRequest, content: bytes) -> str:
    """Say what was drawn, as the real model says how it read the prompt."""
    language = language_of(request.prompt)
    seen = vision.see(content).describe(language)
    if language == "zh":
        style = "生动" if request.style == "vivid" else "自然"
        return f"{end(request.prompt)}这是{seen}，风格{style}。"
    return f"{end(request.prompt)} This is {seen}, in a {request.style} style."


def _read(exchange: Exchange) -> ImageRequest:
    body = json_object(exchange)
    card = find_card(body.get("model"), "image")
    check_parameters(body, _PARAMETERS)
    limits = _LIMITS[card.name]
    _check_prompt(body.get("prompt"), limits)
    if trigger := triggers.find_in_prompt("images", body["prompt"]):
        raise trigger.failure()
    width, height = _size(body.get("size"), limits).split("x")
    quality = _one_of("quality", body.get("quality"), limits.qualities)
    style = _one_of("style", body.get("style"), limits.styles)
    return ImageRequest(
        card=card,
        prompt=body["prompt"],
        count=_count(body.get("n"), limits),
        size=(int(width), int(height)),
        fine=quality == "hd",
        style=style,
        as_base64=_one_of("response_format", body.get("response_format"), _FORMATS) == "b64_json",
    )


def _check_prompt(prompt: str | None, limits: _Limits) -> None:
    if not prompt:
        raise bad_request("prompt", "prompt is required", "prompt: required")
    if len(prompt) > limits.prompt:
        message = (
            "Invalid 'prompt': string too long. Expected a string with maximum length "
            f"{limits.prompt}, but got a string with length {len(prompt)} instead."
        )
        raise bad_request("prompt", message)


def _size(size: Any, limits: _Limits) -> str:
    if size is None:
        return "1024x1024"
    if size in _SIZES and size not in limits.sizes:
        message = "The size is not supported by this model."
        raise Failure(
            message, "invalid_size", 400, "invalid_request_error", "size", detail=str(size)
        )
    return _one_of("size", size, limits.sizes)


def _count(count: Any, limits: _Limits) -> int:
    if count is None:
        return 1
    if limits.pictures == 1 and count > 1:
        raise bad_request("n", "You must provide n=1 for this model.")
    check_parameters({"n": count}, {"n": Parameter("integer", 1, limits.pictures)})
    return int(count)


def _one_of(name: str, value: Any, options: tuple[str, ...]) -> str:
    """Take one of a parameter's options, the first of them where nothing is said."""
    if value is None:
        return options[0] if options else ""
    if not options:
        raise bad_request(name, f"Unknown parameter: '{name}'.")
    if value not in options:
        raise bad_request(name, f"{value!r} is not one of {list(options)} - '{name}'")
    return str(value)
