"""What a caller asks for: checked here, before anything is sent.

`Option` says what one setting may be; `ChatRequest` is a checked request, still in no
service's own shape: `Provider.request` makes it, `Provider.shape` turns it into a body.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from pydantic import ValidationError

from xyashui.addresses import bare, host_of
from xyashui.errors import ConfigurationError
from xyashui.types import Message

if TYPE_CHECKING:
    import httpx

    from xyashui.images import ImageLike

__all__ = [
    "ChatOptions",
    "ChatRequest",
    "CompletionOptions",
    "Option",
    "check_count",
    "check_flag",
    "check_mapping",
    "check_name",
    "check_query",
    "check_seconds",
    "check_token_biases",
    "check_urls",
    "explain_invalid",
    "folded",
    "near",
    "nearest",
    "shorten",
    "stop_sequences",
    "streaming",
]


@dataclass(frozen=True, slots=True)
class Option:
    """One setting of a request, and what it may be.

    Attributes:
        name: The field of the JSON body.
        types: What its value may be an instance of.
        minimum: The least that a number may be, as the service documents it.
        maximum: The most.
        entries: Looks into a value that has entries, and raises where one cannot be.
    """

    name: str
    types: tuple[type, ...]
    minimum: float | None = None
    maximum: float | None = None
    entries: Callable[[Any], None] | None = None

    def check(self, value: object, provider: str) -> None:
        """Raise `ConfigurationError` where `value` cannot be sent."""
        wrong_kind = not isinstance(value, self.types) or (
            isinstance(value, bool) and bool not in self.types
        )
        if wrong_kind:
            kinds = " or ".join(kind.__name__ for kind in self.types)
            raise ConfigurationError(
                f"{self.name} must be {kinds}, not {type(value).__name__}: {shorten(value)}"
            )
        if isinstance(value, int | float) and not self._in_range(value):
            raise ConfigurationError(
                f"{self.name}={value!r} is outside what {provider} documents: "
                f"{self._range()}. To send it all the same, use "
                f"extra_body={{{self.name!r}: {value!r}}}"
            )
        if self.entries is not None:
            self.entries(value)

    def _in_range(self, value: float) -> bool:
        if isinstance(value, float) and not math.isfinite(value):
            return False
        above = self.minimum is None or value >= self.minimum
        return above and (self.maximum is None or value <= self.maximum)

    def _range(self) -> str:
        if self.maximum is None:
            return f"{self.minimum} or more" if self.minimum is not None else "a finite number"
        if self.minimum is None:
            return f"{self.maximum} or less"
        return f"{self.minimum} to {self.maximum}"


class ChatOptions(TypedDict, total=False):
    """Every option of a call, for type checkers; which of them a service has is its own.

    See `ChatRequest`, `langchain_xyashui.ChatXingYun` and `ChatAShui` for what they mean. `stream`
    is none: a stream has a method of its own.
    """

    model: str | None
    temperature: float | None
    top_p: float | None
    n: int | None
    max_tokens: float | None
    presence_penalty: float | None
    frequency_penalty: float | None
    logit_bias: Mapping[str, float] | Mapping[int, float] | None
    user: str | None
    stop: str | Sequence[str] | None
    stream_usage: bool | None
    merge_buffered: bool | None
    web_search: bool | None
    web_search_model: str | None
    images: ImageLike | Sequence[ImageLike] | None
    file_list: str | Sequence[str] | None
    tools: Sequence[dict[str, Any]] | None
    tool_choice: str | bool | Mapping[str, Any] | None
    parallel_tool_calls: bool | None
    tool_calling: Literal["auto", "native", "prompted"] | None
    response_format: Mapping[str, Any] | None
    extra_body: Mapping[str, Any] | None
    timeout: float | httpx.Timeout | None
    deadline: float | None


class CompletionOptions(TypedDict, total=False):
    """Every option of a text completion, for type checkers; see `Client.complete`."""

    model: str | None
    suffix: str | None
    temperature: float | None
    top_p: float | None
    n: int | None
    max_tokens: int | None
    presence_penalty: float | None
    frequency_penalty: float | None
    logit_bias: Mapping[str, float] | Mapping[int, float] | None
    user: str | None
    stop: str | Sequence[str] | None
    stream_usage: bool | None
    merge_buffered: bool | None
    extra_body: Mapping[str, Any] | None
    timeout: float | httpx.Timeout | None
    deadline: float | None


@dataclass(slots=True)
class ChatRequest:
    """A checked request for an answer.

    Attributes:
        messages: The conversation, images in place.
        model: The model to ask.
        stream: Whether the answer is wanted piece by piece.
        options: Sampling options, by the names of the body's fields.
        stop: Sequences at which the answer ends; they are not part of it.
        web_search: Whether the answer may draw on the web.
        file_list: http(s) addresses of files to read.
        stream_usage: Whether a streamed answer should end with its token count.
        merge_buffered: Whether pieces of text that one read brings come as one chunk; `None` for
            the client's own.
        tools: Tools that the model may call, in OpenAI's shape.
        tool_choice: "auto", "none", "required", or the one tool to call in OpenAI's shape.
        parallel_tool_calls: Whether one answer may call several tools.
        tool_calling: Who sees to tool calls: the service ("native"), this package by way of the
            prompt ("prompted"), or whichever the service calls for ("auto").
        response_format: JSON output, in OpenAI's shape.
        extra_body: Fields to put into the body as they are.
        timeout: Seconds of silence to allow in this call; `None` for the client's own.
        deadline: Seconds that the whole call may take; `None` for the client's own.
        path: Where it goes, from the service's root.
        prompt: The text to go on with, where that is asked for and no answer: then there are no
            messages.
    """

    messages: list[Message]
    model: str
    stream: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    stop: list[str] = field(default_factory=list)
    web_search: bool = False
    file_list: list[str] = field(default_factory=list)
    stream_usage: bool = True
    merge_buffered: bool | None = None
    tools: list[dict[str, Any]] = field(default_factory=list)
    tool_choice: Any = None
    parallel_tool_calls: bool | None = None
    tool_calling: Literal["auto", "native", "prompted"] = "auto"
    response_format: dict[str, Any] | None = None
    extra_body: dict[str, Any] = field(default_factory=dict)
    timeout: Any = None
    deadline: float | None = None
    path: str = "/v1/chat/completions"
    prompt: str | None = None

    def body(self) -> dict[str, Any]:
        """The part of the body that Chat Completions has in common."""
        fields = {
            "model": self.model,
            "messages": self.messages if self.prompt is None else None,
            "prompt": self.prompt,
            **self.options,
            "stream": self.stream,
            "stop": self.stop or None,
            "tools": self.tools or None,
            "tool_choice": self.tool_choice if self.tools else None,
            "parallel_tool_calls": self.parallel_tool_calls if self.tools else None,
            "response_format": self.response_format,
        }
        return {name: value for name, value in fields.items() if value is not None}


def nearest(name: str, known: Iterable[str]) -> str:
    """Return " Did you mean ...?" where a known name is near `name`, else ""."""
    found = near(name, known, 0.6)  # tools, say, are few: get_weather for get_current_weather
    return "" if found is None else f" Did you mean {found!r}?"


def near(name: str, known: Iterable[str], alike: float = 0.75) -> str | None:
    """Return the known name that `name` is likely to be a slip for, or `None`."""
    by_letters = {folded(one): one for one in known}
    # A model's name for a tool may have any length, and what is very long is near to nothing. 0.75
    # alike are siez and size; max_retries and max_tokens are less.
    close = difflib.get_close_matches(folded(name[:200]), by_letters, n=1, cutoff=alike)
    return by_letters[close[0]] if close else None


def folded(name: str) -> str:
    """Return a name by its letters alone: maxTokens, max-tokens and max_tokens are the same."""
    return re.sub(r"[-_\s]", "", name).casefold()


def shorten(value: object, limit: int = 80) -> str:
    """Return `value` for a message: its repr, cut to `limit` characters."""
    try:
        shown = repr(value[: limit * 2]) if isinstance(value, str | bytes) else repr(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits; too deep a nest
        shown = f"<{type(value).__name__}>"
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def streaming(options: Mapping[str, object], wanted: bool, other: str) -> dict[str, Any]:
    """Return the options of a method that streams, or of one that does not (`wanted`).

    Where they ask for the contrary, raise `ConfigurationError`: that is for `other` to do.
    """
    check_flag("stream", given := options.get("stream"))
    if given is not None and given is not wanted:
        here = "gives the answer piece by piece" if wanted else "waits for the whole answer"
        raise ConfigurationError(f"stream={shorten(given)}: this call {here}; use {other} instead")
    return {**options, "stream": wanted}


def stop_sequences(stop: object, limit: int | None) -> list[str]:
    """Return `stop` as a list, or raise `ConfigurationError`.

    Args:
        stop: A string, a list of them, or `None`.
        limit: How many the service takes; `None` for any number.
    """
    if stop is None:
        return []
    sequences = [stop] if isinstance(stop, str) else stop
    well_formed = isinstance(sequences, Sequence) and all(
        isinstance(one, str) and one for one in sequences
    )
    if not well_formed:
        raise ConfigurationError(
            f"stop must be a string or a list of strings, none of them empty: {shorten(stop)}"
        )
    assert isinstance(sequences, Sequence)  # noqa: S101 - for the type checker: checked above
    if limit is not None and len(sequences) > limit:
        raise ConfigurationError(f"stop takes at most {limit} sequences, not {len(sequences)}")
    return list(sequences)


def check_urls(name: str, urls: object) -> list[str]:
    """Return `urls` as a list of http(s) addresses, or raise `ConfigurationError`."""
    if urls is None:
        return []
    if isinstance(urls, str):
        urls = [urls]
    if not isinstance(urls, Sequence):
        raise ConfigurationError(
            f"{name} must be a list of http(s) addresses, not {type(urls).__name__}"
        )
    for url in urls:
        _check_url(name, url)
    return list(urls)


def _check_url(name: str, url: object) -> None:
    problem = None
    if not isinstance(url, str):
        problem = f"{type(url).__name__} is no address"
    elif any(character <= " " or character == "\x7f" for character in url):
        problem = "it has white space or control characters in it"
    elif (host := host_of(url)) is None:
        problem = "it is malformed: write https://host/path, with a port from 0 to 65535 if any"
    elif not host or url.partition(":")[0].lower() not in {"http", "https"}:
        problem = (
            "the service fetches the file itself, so it must lie at an http(s) address; "
            "put a local file where the service can reach it"
        )
    if problem:
        shown = shorten(bare(url) if isinstance(url, str) else url)
        raise ConfigurationError(f"{name}: cannot send {shown}: {problem}")


def check_mapping(name: str, value: object) -> dict[str, Any]:
    """Return `value` as a dict with string keys, or raise `ConfigurationError`."""
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ConfigurationError(f"{name} must be a dict with string keys: {shorten(value)}")
    return dict(value)


def check_flag(name: str, value: object) -> bool:
    """Return `value` if it is a bool, `False` for `None`, or raise `ConfigurationError`."""
    if value is None:
        return False
    if not isinstance(value, bool):
        raise ConfigurationError(f"{name} must be True or False, not {shorten(value)}")
    return value


def check_count(name: str, value: object, least: int = 1) -> None:
    """Raise `ConfigurationError` unless `value` is a whole number of `least` or more."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ConfigurationError(f"{name} must be {least} or more, not {shorten(value)}")


_MOST_SECONDS = 1e9  # sockets take no more, and it is thirty years


def check_seconds(name: str, value: Any, *, otherwise: str = "") -> None:
    """Raise `ConfigurationError` unless `value` is a positive number of seconds, 1e9 at most.

    Args:
        name: What it is called.
        value: What was given.
        otherwise: What else it could be: "an httpx.Timeout".
    """
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (number and 0 < value <= _MOST_SECONDS):
        other = f" or {otherwise}" if otherwise else ""
        raise ConfigurationError(
            f"{name} must be a positive number of seconds{other}, not {shorten(value)}"
        )


def check_name(name: str, value: object) -> str:
    """Return `value` if it may be the name of a model, or raise `ConfigurationError`."""
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"{name} must be the name of a model, not {shorten(value)}")
    return value


def check_query(query: object) -> str:
    """Return `query` if there is something to search for, or raise `ConfigurationError`."""
    if not isinstance(query, str) or not query.strip():
        raise ConfigurationError(f"There is nothing to search for: the query is {shorten(query)}")
    return query


def check_token_biases(biases: Mapping[Any, Any]) -> None:
    """Raise `ConfigurationError` unless these are token ids -> -100 to 100."""
    for token, bias in biases.items():
        is_id = isinstance(token, int | str) and not isinstance(token, bool)
        number = isinstance(bias, int | float) and not isinstance(bias, bool)
        if not (is_id and _TOKEN_ID.fullmatch(str(token)) and number and -100 <= bias <= 100):
            raise ConfigurationError(
                "logit_bias must be token ids, each with a number from -100 to 100, not "
                f"{shorten(token)}: {shorten(bias)}"
            )


_TOKEN_ID = re.compile(r"[0-9]{1,10}")


def explain_invalid(error: ValidationError) -> str:
    """Say in one line what Pydantic found wrong, without the key.

    Pydantic's own words repeat the whole input.
    """
    found = []
    for one in error.errors(include_url=False, include_context=False):
        name = ".".join(str(step) for step in one["loc"][:1])
        value = "" if name in ("", "api_key") else f" (it is {shorten(one['input'])})"
        found.append(f"{name}: {one['msg']}{value}")
    return "; ".join(dict.fromkeys(found))
