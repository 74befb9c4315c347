"""阿水AI (AShui AI): one chat endpoint, with web search, images and files.

What its page does not document is not sent to it: messages are `role` and `content` and nothing
else, and there is no `stop`, `tools`, `n` or `response_format`. Errors come as an envelope,
`{"Type", "Data", "Err", "Code"}`, under HTTP 200, whole or as an event of a stream.
"""

from __future__ import annotations

from typing import Any

from xyashui import errors
from xyashui.errors import APIError, ConfigurationError
from xyashui.failures import Failure, openai_failure
from xyashui.images import has_image
from xyashui.providers.provider import Capabilities, Provider
from xyashui.requests import ChatRequest, Option, shorten
from xyashui.types import ChatBody, Message

__all__ = ["ASHUI"]

_NUMBER = (int, float)

# The provider's error table, in its order. Its 401 is about `messages`, not about the key.
_CODES: dict[int, tuple[type[APIError], str]] = {
    400: (errors.BadRequestError, "a parameter is wrong"),
    401: (errors.BadRequestError, "`messages` is malformed (this is not about the key)"),
    500: (errors.ServerError, "the service had an internal fault"),
    600: (errors.AuthenticationError, "the key is invalid; check api_key"),
    601: (errors.PermissionDeniedError, "the user is banned"),
    700: (errors.ModelNotFoundError, "there is no such model; check model"),
    701: (errors.UnsupportedFeatureError, "the model does not support this"),
    800: (errors.QuotaExceededError, "the account is in arrears; top it up"),
    900: (errors.UnsupportedFeatureError, "files of this type cannot be read"),
}

# A code may come as text, and as 500.0, which is the same key as 500.
_NUMBERS: dict[str | float, int] = {
    key: number for number in (0, *_CODES) for key in (number, str(number))
}


def _shape(request: ChatRequest) -> ChatBody:
    if request.file_list and has_image(request.messages):
        raise ConfigurationError(
            "阿水AI reads files or images in one request, not both: "
            f"file_list has {len(request.file_list)} addresses, and a message has an image. "
            "Ask twice, or leave one of them out"
        )
    body = request.body()
    if request.tool_calling != "native":
        body["messages"] = [_turn(message) for message in request.messages]
    if request.web_search:
        body["web_search"] = True
    if request.file_list:
        body["file_list"] = request.file_list
    return body | request.extra_body


def _turn(message: Message) -> Message:
    role = "system" if message["role"] == "developer" else message["role"]
    content = message.get("content")
    return {"role": role, "content": "" if content is None else content}


def _failure(payload: dict[str, Any], status: int) -> Failure | None:
    code = payload.get("Code")
    if isinstance(code, bool) or not isinstance(code, str | int | float):
        return openai_failure(payload, status)
    number = _NUMBERS.get(code)
    if number == 0:
        return None
    words = payload.get("Err") or ""
    words = words if isinstance(words, str) else shorten(words)
    if number is not None:
        kind, meaning = _CODES[number]
        return Failure(kind, words, number, meaning)
    code = code if isinstance(code, str | int) else str(code)
    return Failure(errors.ServerError, words, code, "an error that the service does not document")


def _unwrap(payload: dict[str, Any]) -> dict[str, Any] | None:
    data = payload.get("Data")
    return data if isinstance(data, dict) else None


ASHUI = Provider(
    name="ashui",
    title="阿水AI (AShui AI)",
    root="https://open.api.ashuiai.cn",
    environment="ASHUI",
    default_model="ashuiai-4.0",
    capabilities=Capabilities(
        tools="prompted",
        json_output="prompted",
        stop=False,
        choices=False,
        usage=False,
        files=True,
        reasoning=False,
    ),
    options={
        option.name: option
        for option in (
            Option("temperature", _NUMBER),
            Option("top_p", _NUMBER, 0, 1),
            Option("max_tokens", _NUMBER, 1),
            Option("presence_penalty", _NUMBER, -2, 2),
            Option("frequency_penalty", _NUMBER, None, 2),
        )
    },
    settings=frozenset({"file_list"}),
    shape=_shape,
    failure=_failure,
    unwrap=_unwrap,
)
"""阿水AI, at https://open.api.ashuiai.cn."""
