"""An error as a service words it -> the error of ours that it means. Sans-IO.

Gateways of the new-api family answer `{"error": {"message", "type", "param", "code"}}`, with
an HTTP status that fits or with 200, as a whole body or as an event of a stream. `type` and
`code` come in many spellings and the message is often Chinese, so the meaning is read from all
of them, the most telling first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from math import isfinite
from time import time
from typing import Any

from xyashui import errors
from xyashui.errors import APIError
from xyashui.requests import shorten
from xyashui.surrogates import well_formed

__all__ = ["Failure", "api_error", "openai_failure", "plain_failure", "retry_after"]

_MESSAGE_LIMIT = 2000
_LONGEST_CODE = 200  # characters of a code or an id to quote
_LONGEST_TITLE = 200
_TITLE = re.compile("<title>", re.IGNORECASE)
_TITLE_END = re.compile("</title>", re.IGNORECASE)
_REQUEST_ID = re.compile(r"request id: ?([\w-]+)", re.IGNORECASE)
_REQUEST_ID_HEADERS = ("x-oneapi-request-id", "x-request-id", "request-id")


@dataclass(frozen=True, slots=True)
class Failure:
    """What a service's error means.

    Attributes:
        kind: The error class.
        message: The service's own words.
        code: The service's own code.
        meaning: The same in English, for people.
        retryable: Whether another try may help; `None` for what is usual for `kind`.
        param: Which part of the request is at fault, as the service names it; "" where it does not.
    """

    kind: type[APIError]
    message: str
    code: str | int | None = None
    meaning: str = ""
    retryable: bool | None = None
    param: str = ""


_MEANINGS: dict[type[APIError], str] = {
    errors.AuthenticationError: "the key is missing, wrong or expired; check api_key",
    errors.PermissionDeniedError: "this key may not do that; ask the service to allow it",
    errors.QuotaExceededError: "the account or the key has no money left; top it up",
    errors.BadRequestError: "the request was refused as malformed",
    errors.ContextOverflowError: "the messages are longer than the model reads; shorten them",
    errors.ModelNotFoundError: "there is no such model on this account; check model",
    errors.UnsupportedFeatureError: "the model does not support this",
    errors.RateLimitError: "too many requests for now; try again later",
    errors.ServerError: "the service had a fault",
}

# What the codes and messages of new-api and of the vendors behind it say [gw]. The order
# matters: "model_not_found" comes with a 503 whose words also speak of load.
_TELLING: tuple[tuple[type[APIError], tuple[str, ...]], ...] = (
    (
        errors.ContextOverflowError,
        ("context_length_exceeded", "maximum context length", "context window", "上下文长度"),
    ),
    (
        errors.QuotaExceededError,
        (
            "insufficient_user_quota",
            "insufficient_quota",
            "pre_consume_token_quota_failed",
            "额度已用尽",
            "额度不足",
            "余额不足",
            "欠费",
        ),
    ),
    (
        errors.PermissionDeniedError,
        ("无权使用", "无权访问", "只能在指定网段", "access_denied", "permission_denied"),
    ),
    (errors.ModelNotFoundError, ("无可用渠道", "model_not_found", "不存在的模型")),
    (
        errors.AuthenticationError,
        ("无效的令牌", "令牌已过期", "未提供令牌", "invalid_api_key", "令牌不可用"),
    ),
    (
        errors.RateLimitError,
        ("负载已饱和", "rate_limit", "请求过于频繁", "too many requests", "请求数限制"),
    ),
)

_BY_STATUS: dict[int, type[APIError]] = {
    400: errors.BadRequestError,
    401: errors.AuthenticationError,
    402: errors.QuotaExceededError,
    403: errors.PermissionDeniedError,
    404: errors.BadRequestError,
    413: errors.BadRequestError,
    415: errors.BadRequestError,
    422: errors.BadRequestError,
    429: errors.RateLimitError,
}

# A service that has no such model and one that has no such path both answer 404.
_NO_SUCH_MODEL = re.compile(
    r"\bmodel\b.{0,120}?(?:\bnot exist|\bnot (?:be )?found|\bis unknown|\bunavailable)"
    r"|(?:no such|unknown|could not find the) model\b"
    r"|模型.{0,120}?(?:不存在|未找到|找不到)|(?:不存在|没有|未知)(?:的|该|此|这个)?模型",
    re.DOTALL,
)
# What is of others must not be tried in many ways: these are read once, whatever stands there.
_OF_THE_ADDRESS = re.compile(
    r"\A\W*+(?:404)?\W*+(?:not found)?\W*+\Z|\b(?:ur[il]|path|route|page|endpoint|address)\b"
    r"|路径|地址|接口|页面"
)

_STATUSES = frozenset(str(status) for status in range(400, 600))
_NO_USE_TRYING_AGAIN = frozenset({501, 505, 511})
_WORTH_ANOTHER_TRY = frozenset({408, 425})


def openai_failure(payload: dict[str, Any], status: int) -> Failure | None:
    """Read OpenAI's shape of an error; `None` where the body holds none.

    Args:
        payload: The parsed body, or event of a stream.
        status: The HTTP status it came with.
    """
    error = payload.get("error")
    if not error:
        # Midjourney's refusals, and gateways' own, are flat [gw].
        flat = status >= 400 or payload.get("type") == "new_api_error"
        if not flat or payload.get("choices"):
            return None
        error = payload
    if not isinstance(error, Mapping):
        error = {"message": error if isinstance(error, str) else shorten(error)}
    code, kind, param = error.get("code"), error.get("type"), error.get("param")
    failure = _classified(
        _first(error, "message", "description", "detail", "msg", "Err"),
        code if isinstance(code, str | int) else None,
        kind if isinstance(kind, str) else "",
        status,
        structured=True,
    )
    return replace(failure, param=param) if isinstance(param, str) else failure


def plain_failure(body: bytes, status: int) -> Failure:
    """Read an error that is no JSON: a proxy's HTML page, plain text, or nothing at all."""
    text = body.decode("utf-8", "replace").strip()
    return _classified(_title(text) or text, None, "", status, structured=False)


def _title(page: str) -> str:
    """Return the title of a page, or "" where it has none that is worth quoting."""
    start = _TITLE.search(page)
    end = _TITLE_END.search(page, start.end()) if start else None
    title = page[start.end() : end.start()].strip() if start and end else ""
    return title if len(title) <= _LONGEST_TITLE else ""


def _first(error: Mapping[str, Any], *names: str) -> str:
    for name in names:
        if value := error.get(name):
            return value if isinstance(value, str) else shorten(value, _MESSAGE_LIMIT)
    return ""


def _classified(
    message: str, code: str | int | None, kind: str, status: int, *, structured: bool
) -> Failure:
    message = message[:_MESSAGE_LIMIT]
    if status < 400:
        # A status that was lost on the way is sometimes kept as the code.
        if str(code) in _STATUSES and code is not None:
            status = int(code)
        else:
            status = 400 if "invalid_request" in f"{code} {kind}" else 500
    haystack = f"{code} {kind} {message}".lower()
    for telling, needles in _TELLING:
        if any(needle in haystack for needle in needles):
            return Failure(telling, message, code)
    meaning = ""
    if status == 404:
        if structured and _NO_SUCH_MODEL.search(haystack):
            return Failure(errors.ModelNotFoundError, message, code)
        nothing_there = not structured or _OF_THE_ADDRESS.search(message.lower())
        meaning = (
            "there is nothing at this address; check base_url"
            if nothing_there
            else "what was asked for does not exist"
        )
    if status in _WORTH_ANOTHER_TRY:
        return Failure(errors.ServerError, message, code, retryable=True)
    cls = _BY_STATUS.get(status, errors.ServerError if status >= 500 else errors.BadRequestError)
    return Failure(
        cls, message, code, meaning, retryable=False if status in _NO_USE_TRYING_AGAIN else None
    )


def api_error(
    failure: Failure,
    *,
    provider: str,
    title: str,
    model: str,
    status: int,
    headers: Mapping[str, str],
) -> APIError:
    """Make the error that `failure` means.

    Args:
        failure: What the service said.
        provider: The service's name in code.
        title: The service's name for people.
        model: The model that was asked.
        status: The HTTP status.
        headers: The response's headers, by lower-case names.
    """
    # What is quoted must be text that can be printed and written down.
    failure = replace(
        failure,
        message=well_formed(failure.message),
        code=well_formed(failure.code),
        param=well_formed(failure.param),
    )
    request_id = next((headers[name] for name in _REQUEST_ID_HEADERS if headers.get(name)), None)
    if request_id is None and (found := _REQUEST_ID.search(failure.message)):
        request_id = found.group(1)
    meaning = failure.meaning or _MEANINGS[failure.kind]
    facts = [f"HTTP {status}"]
    if model:
        facts.append(f"model {model!r}")
    if failure.code not in (None, ""):
        facts.insert(0, f"code {str(failure.code)[:_LONGEST_CODE]}")
    if failure.param and failure.param not in failure.message:
        facts.append(f"parameter {failure.param[:_LONGEST_CODE]}")
    if request_id and request_id not in failure.message:
        facts.append(f"request id {request_id[:_LONGEST_CODE]}")
    words = failure.message or "nothing"
    return failure.kind(
        f"{title}: {meaning} ({', '.join(facts)}). The service said: {words}",
        message=failure.message,
        provider=provider,
        status_code=status,
        code=failure.code,
        request_id=request_id,
        retry_after=retry_after(headers),
        retryable=failure.retryable,
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that the service asks to wait, or `None` where it does not."""
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time()
        except (ValueError, TypeError, OverflowError):
            return None
    return max(0.0, seconds) if isfinite(seconds) else None
