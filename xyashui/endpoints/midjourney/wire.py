"""What is sent to `/mj`, and how the answers are read. Sans-IO [gw]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypedDict
from urllib.parse import quote

from xyashui.endpoints.midjourney.records import checked_record, task_id
from xyashui.endpoints.options import checked_fields
from xyashui.errors import ConfigurationError
from xyashui.failures import api_error, openai_failure
from xyashui.images import image_part
from xyashui.operations import Operation, Reply
from xyashui.providers import Provider
from xyashui.requests import Option, check_mapping, shorten

if TYPE_CHECKING:
    import httpx

__all__ = ["Dimensions", "Record", "SubmitOptions", "Wire", "data_uri"]

Dimensions = Literal["PORTRAIT", "SQUARE", "LANDSCAPE"]
"""The shape of a blended picture."""

Record = dict[str, Any]
"""What the service says of a task."""

Records = list[Record]  # `Wire.list` is a method


class SubmitOptions(TypedDict, total=False):
    """What every call takes that begins a task, for type checkers; see `Midjourney`."""

    state: str | None
    notify_hook: str | None
    extra_body: Mapping[str, Any] | None
    timeout: float | httpx.Timeout | None
    deadline: float | None


_MODEL: Final = "midjourney"
_TAKEN_ON: Final = frozenset({1, 21, 22})  # submitted, exists already, queued
_QUEUED: Final = 22
# What a refusal's code means, as the HTTP status that would say the same: nothing there, not
# valid, a fault, the queue is full, a banned word.
_STATUS_OF_CODE: Final = {3: 404, 4: 400, 9: 500, 23: 429, 24: 400}
_NO_ACCOUNT: Final = "账号"  # "无可用的账号实例" has the code of what does not exist
_LONGEST_ID: Final = 200  # characters
_ID_NAMES: Final = ("id", "mj_id", "taskId", "task_id")  # gateways have ids of their own too [gw]
_DIMENSIONS: Final = ("PORTRAIT", "SQUARE", "LANDSCAPE")
_OPTIONS: Final = (Option("state", (str,)), Option("notify_hook", (str,)))
_SETTINGS: Final = ("extra_body", "timeout", "deadline")


class Wire:
    """Makes the requests to one service.

    What begins a task costs money: it is made again only where it was refused, or never arrived.
    """

    def __init__(self, provider: Provider) -> None:
        provider.check_endpoint("midjourney")
        self.provider = provider

    def imagine(
        self, prompt: str, images: Sequence[str], options: Mapping[str, Any]
    ) -> Operation[Record]:
        """Paint; `images` are data URIs to start from."""
        body = {"prompt": _words("prompt", prompt), "base64Array": list(images)}
        return self._submit("imagine", body, options)

    def action(self, task: object, custom_id: str, options: Mapping[str, Any]) -> Operation[Record]:
        """Press a button of a task."""
        body = {"taskId": task_id(task), "customId": _words("custom_id", custom_id)}
        return self._submit("action", body, options)

    def blend(
        self, images: Sequence[str], dimensions: str, options: Mapping[str, Any]
    ) -> Operation[Record]:
        """Make one picture of several data URIs."""
        if not 2 <= len(images) <= 5:
            raise ConfigurationError(f"blend takes 2 to 5 images, not {len(images)}")
        shape = dimensions.upper() if isinstance(dimensions, str) else dimensions
        if shape not in _DIMENSIONS:
            raise ConfigurationError(
                f"dimensions must be one of {', '.join(_DIMENSIONS)}, not {shorten(dimensions)}"
            )
        return self._submit("blend", {"base64Array": list(images), "dimensions": shape}, options)

    def describe(self, image: str, options: Mapping[str, Any]) -> Operation[Record]:
        """Find prompts for a data URI."""
        return self._submit("describe", {"base64": image}, options)

    def modal(
        self, task: object, prompt: str | None, mask: str | None, options: Mapping[str, Any]
    ) -> Operation[Record]:
        """Answer the window that a task has opened."""
        body = {"taskId": task_id(task)}
        if prompt is not None:
            body["prompt"] = _words("prompt", prompt)
        if mask is not None:
            body["maskBase64"] = mask
        return self._submit("modal", body, options)

    def shorten(self, prompt: str, options: Mapping[str, Any]) -> Operation[Record]:
        """Find the words of a prompt that count."""
        return self._submit("shorten", {"prompt": _words("prompt", prompt)}, options)

    def fetch(self, task: object, *, deadline: float | None = None) -> Operation[Record]:
        """Ask how far a task is."""
        id_ = task_id(task)
        return Operation(
            "midjourney",
            f"/mj/task/{quote(id_, safe='')}/fetch",
            partial(self._read_task, id_),
            method="GET",
            model=_MODEL,
            deadline=deadline,
        )

    def seed(self, task: object) -> Operation[str]:
        """Ask for the seed of a finished task."""
        path = f"/mj/task/{quote(task_id(task), safe='')}/image-seed"
        return Operation("midjourney", path, self._read_seed, method="GET", model=_MODEL)

    def list(self) -> Operation[Records]:
        """Ask for all tasks."""
        return Operation("midjourney", "/mj/task/list", _read_list, method="GET", model=_MODEL)

    def queue(self) -> Operation[Records]:
        """Ask for the tasks that wait for their turn."""
        return Operation("midjourney", "/mj/task/queue", _read_list, method="GET", model=_MODEL)

    def list_by_ids(self, ids: Sequence[object]) -> Operation[Records]:
        """Ask for some tasks."""
        if isinstance(ids, str) or not isinstance(ids, Sequence):
            raise ConfigurationError(f"ids must be a list of task ids, not {shorten(ids)}")
        body = {"ids": [task_id(one) for one in ids]}
        path = "/mj/task/list-by-condition"
        return Operation("midjourney", path, _read_list, body=body, model=_MODEL)

    def _submit(
        self, what: str, body: Mapping[str, Any], options: Mapping[str, Any]
    ) -> Operation[Record]:
        fields = checked_fields(options, _OPTIONS, _SETTINGS, self.provider.title)
        if "notify_hook" in fields:
            fields["notifyHook"] = fields.pop("notify_hook")
        extra = check_mapping("extra_body", options.get("extra_body"))
        begun = {"action": what.upper(), "prompt": body.get("prompt"), "state": fields.get("state")}
        return Operation(
            "midjourney",
            f"/mj/submit/{what}",
            partial(self._read_submitted, begun),
            body={**body, **fields, **extra},
            model=_MODEL,
            paid_once_sent=True,
            timeout=options.get("timeout"),
            deadline=options.get("deadline"),
        )

    def _read_submitted(self, begun: Record, reply: Reply) -> Record:
        """Return what is known of a task that was taken on just now."""
        payload = self._accepted(reply)
        properties = payload.get("properties")
        known = properties if isinstance(properties, dict) else {}
        status = "NOT_START" if payload["code"] == _QUEUED else "SUBMITTED"
        return {
            **begun,
            "id": _id(payload["result"]),
            "status": known.get("status") or status,
            "description": payload.get("description"),
            "properties": properties,
        }

    def _read_seed(self, reply: Reply) -> str:
        return _id(self._accepted(reply)["result"])

    def _read_task(self, id_: str, reply: Reply) -> Record:
        if reply.body.strip() in (b"", b"null"):
            raise self._refusal(reply, 3, f"there is no task {id_}")
        payload = reply.json()
        if payload.get("id") in (None, "") and "code" in payload:
            self._accepted(reply)
        ids = [_id(payload[name]) for name in _ID_NAMES if payload.get(name) not in (None, "")]
        if not ids and "status" not in payload:
            raise LookupError("a task has an 'id', or a 'status' at least")
        if ids and id_ not in ids:
            raise reply.unreadable(f"it is about task {shorten(ids[0])}, not {shorten(id_)}")
        return {**payload, "id": id_}

    def _accepted(self, reply: Reply) -> Record:
        """Return the body, with its code as a number; raise what another code means."""
        payload = reply.json()
        code = payload["code"]
        if isinstance(code, bool):
            raise TypeError(f"'code' should be a number, and is {code}")
        number = int(code) if isinstance(code, str) and code.isdecimal() else code
        if number not in _TAKEN_ON:
            words = payload.get("description") or payload.get("result") or "nothing"
            raise self._refusal(reply, number, words if isinstance(words, str) else shorten(words))
        return {**payload, "code": number}

    def _refusal(self, reply: Reply, code: str | int, words: str) -> Exception:
        status = 503 if _NO_ACCOUNT in words else _STATUS_OF_CODE.get(_number(code), 500)
        failure = openai_failure({"error": {"message": words, "code": code}}, status)
        assert failure is not None  # noqa: S101 - there is an error in it
        return api_error(
            failure,
            provider=self.provider.name,
            title=self.provider.title,
            model=_MODEL,
            status=200,
            headers=reply.headers,
        )


def data_uri(image: Any, what: str = "image") -> str:
    """Return anything image-like as a data URI; Midjourney takes no addresses.

    Raises:
        ConfigurationError: It is an address, cannot be read, or is no image.
    """
    url: str = image_part(image)["image_url"]["url"]
    if not url.startswith("data:"):
        raise ConfigurationError(
            f"Midjourney takes the {what} itself and fetches no address: download "
            f"{shorten(url)} first, and pass the file or its bytes"
        )
    return url


def _words(name: str, given: object) -> str:
    if not isinstance(given, str) or not given.strip():
        raise ConfigurationError(f"{name} must be some text, not {shorten(given)}")
    return given


def _number(code: object) -> int:
    return code if isinstance(code, int) else -1


def _id(result: Any) -> str:
    """Return an id that came as a number or as a string."""
    if isinstance(result, float) and result.is_integer():
        result = int(result)
    known = isinstance(result, str | int) and not isinstance(result, bool)
    id_ = str(result).strip() if known else ""
    if not id_.strip(".") or not id_.isprintable() or len(id_) > _LONGEST_ID:
        raise TypeError(f"an id should have come, and not {shorten(result)}")
    return id_


def _record(raw: Any) -> Record:
    """Return what the service says of a task, with its id as a string."""
    record = checked_record(raw)
    return {**record, "id": _id(record["id"])}


def _read_list(reply: Reply) -> Records:
    payload = reply.value() if reply.body.strip() not in (b"", b"null") else []
    if isinstance(payload, dict):
        payload = payload["data"]
    if not isinstance(payload, list):
        raise TypeError("a list of tasks should have come")
    return [_record(one) for one in payload]
