"""The fields of a call, checked; refusals are in midjourney-proxy's words [gw]."""

from typing import Any

from PIL import Image

from .. import triggers, vision
from ..exchange import Exchange
from ..failures import Failure
from .pictures import read_mask
from .works import DIMENSIONS

NOT_FOUND, INVALID = 3, 4
_MOST_BLENDED = 5
_LARGEST = 1_024  # pixels of a side: what is painted is no larger


def body_of(exchange: Exchange) -> dict[str, Any]:
    """Return the body, or raise the gateway's refusal of one that is no JSON object."""
    if not exchange.is_json or not isinstance(exchange.body, dict):
        detail = "the body must be a JSON object"
        raise Failure("bind_request_body_failed", INVALID, 400, detail=detail)
    for name in ("state", "notifyHook"):
        if not isinstance(exchange.body.get(name), str | None):
            raise invalid(f"{name}参数错误", f"{name} must be a string")
    return exchange.body


def invalid(words: str, detail: str) -> Failure:
    """Make the refusal of a field."""
    return Failure(words, INVALID, detail=detail)


def text(body: dict[str, Any], name: str) -> str:
    """Return a field that must have words."""
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise invalid(f"{name}不能为空", f"{name}: a string, not empty")
    return value.strip()


def prompt(body: dict[str, Any]) -> str:
    """Return the prompt, or raise where it has a banned word."""
    words = text(body, "prompt")
    check_words(words)
    return words


def check_words(words: str) -> None:
    """Raise where a prompt has a banned word."""
    trigger = triggers.find_in_prompt("midjourney", words)
    if trigger is not None and not trigger.half_way:
        raise trigger.failure()


def fail_reason(words: str) -> str:
    """Say why a task with this prompt fails half-way; empty where it does not."""
    trigger = triggers.find_in_prompt("midjourney", words)
    return trigger.message if trigger is not None and trigger.half_way else ""


def task_id(body: dict[str, Any]) -> str:
    """Return the id of the task that a call is about; it may be a number."""
    value = body.get("taskId")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text(body, "taskId")


def ids(body: dict[str, Any]) -> list[str]:
    """Return the ids of `list-by-condition`."""
    given = body.get("ids")
    if not isinstance(given, list):
        raise invalid("ids参数错误", "ids: an array of task ids")
    return [str(each) for each in given]


def image_data(uri: Any, name: str) -> bytes:
    """Return the bytes of an image in a data URI, which is the only way to send one."""
    try:
        data = vision.content_of(uri) if isinstance(uri, str) else None
        if data is None:
            raise invalid(f"{name}参数错误", f"{name}: an image as a data URI")
        vision.open_image(data)
    except vision.UnreadableImage as error:
        raise invalid(f"{name}格式错误", f"{name}: {error}") from None
    return data


def image(uri: Any, name: str) -> Image.Image:
    """Return the image in a data URI, on white where it is transparent."""
    opened = vision.open_image(image_data(uri, name)).convert("RGBA")
    opened.thumbnail((_LARGEST, _LARGEST))
    flat = Image.new("RGBA", opened.size, "white")
    flat.alpha_composite(opened)
    return flat.convert("RGB")


def images(body: dict[str, Any], least: int = 0) -> list[Image.Image]:
    """Return the images of `base64Array`; none, where it may be missing and is."""
    given = body.get("base64Array")
    if given is None and not least:
        return []
    if not isinstance(given, list) or len(given) < least or len(given) > _MOST_BLENDED:
        detail = f"base64Array: {least} to {_MOST_BLENDED} images as data URIs"
        raise invalid("base64Array参数错误", detail)
    return [image(uri, "base64Array") for uri in given]


def mask(body: dict[str, Any]) -> Image.Image:
    """Return the region to paint anew: white where `maskBase64` is white and can be seen."""
    return read_mask(vision.open_image(image_data(body.get("maskBase64"), "maskBase64")))


def dimensions(body: dict[str, Any]) -> str:
    """Return the shape of a blended picture."""
    value = body.get("dimensions") or "SQUARE"
    if value not in DIMENSIONS:
        raise invalid("dimensions参数错误", f"dimensions: one of {', '.join(DIMENSIONS)}")
    return str(value)
