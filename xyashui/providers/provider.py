"""What a service is (`Provider`) and what it can do (`Capabilities`).

Everything that differs between services is a field or a function here; the rest of the
package asks no service for its name.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from xyashui.addresses import bare
from xyashui.errors import ConfigurationError
from xyashui.failures import Failure
from xyashui.images import image_part, put_images
from xyashui.messages import checked_messages
from xyashui.option_names import A_SETTING, Elsewhere, unknown_option
from xyashui.requests import (
    ChatRequest,
    Option,
    check_flag,
    check_mapping,
    check_name,
    check_urls,
    shorten,
    stop_sequences,
)
from xyashui.secrecy import Key, concealed_key
from xyashui.tool_options import check_response_format, check_tool_choice, check_tools
from xyashui.types import ChatBody, Endpoint, Message

__all__ = ["COMPLETION_TOKENS", "Capabilities", "Provider"]

COMPLETION_TOKENS = 256
"""How many tokens a text completion has at most, where nobody says."""

Supply = Literal["native", "prompted"]
"""Who does it: the service, or this package by way of the prompt."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a service does by itself. What it does not is supplied on this side, or refused.

    Attributes:
        tools: Tool calls.
        json_output: Answers as JSON, by `response_format`.
        stop: Whether it cuts the answer at stop sequences, and how many it takes.
        choices: Whether one call may ask for several answers (`n`).
        usage: Whether it counts tokens.
        files: Whether it reads files by address (`file_list`).
        reasoning: Whether its models' reasoning comes beside the answer.
        endpoints: What it offers besides chat.
    """

    tools: Supply = "native"
    json_output: Supply = "native"
    stop: bool = True
    choices: bool = True
    usage: bool = True
    files: bool = False
    reasoning: bool = True
    endpoints: frozenset[Endpoint] = frozenset()


def _no_envelope(payload: dict[str, Any]) -> dict[str, Any] | None:
    return None  # a function and no lambda, so that a provider can be pickled


@dataclass(frozen=True, slots=True)
class Provider:
    """A service that speaks Chat Completions, or nearly.

    Attributes:
        name: Its name in code, for example "ashui".
        title: Its name for people, for example "阿水AI (AShui AI)".
        root: Where it is, without `/v1`.
        environment: What its environment variables begin with, for example "ASHUI".
        default_model: The model that is asked where none is named.
        capabilities: What it does by itself.
        options: Sampling options that it documents, by name.
        settings: Options of this package that only some services have.
        shape: Turns a request into the service's body.
        failure: Reads a body: an error in the service's own form, or `None`.
        unwrap: Takes a completion out of the service's own envelope, where it has one.
        web_search_model: The model that is asked instead where the web is to be searched.
        web_models: Models whose answers cite the web whether asked to or not.
        context_windows: Tokens that its models read and write in all, by model.
        default_context_window: The same for a model that it does not document.
        max_stop: How many stop sequences it takes.
        completion_model: The model that completes text where none is named.
    """

    name: str
    title: str
    root: str
    environment: str
    default_model: str
    capabilities: Capabilities
    options: Mapping[str, Option]
    shape: Callable[[ChatRequest], ChatBody]
    failure: Callable[[dict[str, Any], int], Failure | None]
    unwrap: Callable[[dict[str, Any]], dict[str, Any] | None] = _no_envelope
    settings: frozenset[str] = frozenset()
    web_search_model: str | None = None
    web_models: frozenset[str] = frozenset()
    context_windows: Mapping[str, int] = field(default_factory=dict)
    default_context_window: int = 8192
    max_stop: int | None = None
    completion_model: str | None = None

    @property
    def api_key_variable(self) -> str:
        """The environment variable that holds the key."""
        return f"{self.environment}_API_KEY"

    @property
    def base_url_variable(self) -> str:
        """The environment variable that holds the address."""
        return f"{self.environment}_BASE_URL"

    @property
    def option_names(self) -> frozenset[str]:
        """Every option that `request` takes."""
        return _COMMON | self.settings | frozenset(self.options)

    @property
    def completion_option_names(self) -> frozenset[str]:
        """Every option that `completion` takes."""
        shared = self.option_names - _COMMON - self.settings
        return _COMPLETION | shared | (self.settings & {"stream_usage"})

    def context_window(self, model: str) -> int:
        """Tokens that `model` reads and writes in all, as documented, or a careful guess."""
        return self.context_windows.get(model, self.default_context_window)

    def base_url(self, given: str | None = None) -> str:
        """Return the address to call, ending in `/v1`.

        Args:
            given: What the program says; with or without `/v1`. `None` looks into the
                environment, then takes the service's own.
        """
        url = given or os.environ.get(self.base_url_variable) or self.root
        if not isinstance(url, str):
            raise ConfigurationError(f"base_url must be a string, not {shorten(url)}")
        url = url.strip().rstrip("/").removesuffix("/chat/completions")
        try:
            parts = urlsplit(url)
            well_formed = parts.scheme in {"http", "https"} and bool(parts.hostname)
            well_formed = well_formed and not (parts.query or parts.fragment or "@" in parts.netloc)
            well_formed = well_formed and parts.port != 0  # which raises for what is no port
        except ValueError:
            well_formed = False
        if not well_formed or any(character <= " " for character in url):
            raise ConfigurationError(
                # Not what stands before an @ or in the query, which may be a secret.
                f"base_url={shorten(bare(url))} is no http(s) address; "
                f"{self.title} is at {self.root}"
            )
        return url if url.endswith("/v1") else f"{url}/v1"

    def api_key(self, given: str | None = None) -> str:
        """Return the key: what the program gives, or what the environment holds."""
        given = concealed_key(given)
        key = given if given is not None else os.environ.get(self.api_key_variable, "")
        if not isinstance(key, str):
            raise ConfigurationError(f"api_key must be a string, not {type(key).__name__}")
        key = Key(key.strip())
        if not key:
            raise ConfigurationError(
                f"{self.title} needs a key: pass api_key=... or set the environment variable "
                f"{self.api_key_variable}"
            )
        if not key.isascii() or not key.isprintable() or " " in key:
            raise ConfigurationError(
                f"The key for {self.title} has characters in it that cannot be sent "
                f"(white space, line breaks or non-ASCII); copy it again"
            )
        return key

    def check_names(self, names: Iterable[str], *, completion: bool = False) -> None:
        """Raise `ConfigurationError` for the first name that is no option of one call.

        Args:
            names: Names to check.
            completion: Whether they are for a text completion, and not for chat.
        """
        known = self.completion_option_names if completion else self.option_names
        for name in names:
            if name not in known:
                raise self._unknown(name, known, A_SETTING, completion)

    def check_settings(
        self, names: Iterable[str], fields: Collection[str], *, completion: bool = False
    ) -> None:
        """Raise `ConfigurationError` for the first name that a model cannot be made with.

        Args:
            names: What it is to be made with.
            fields: What a model of this service is made with.
            completion: Whether it completes text, and does not chat.
        """
        options = self.completion_option_names if completion else self.option_names
        of_one_call = Elsewhere(
            options.difference(fields),
            "an option of one call and not of a model: pass it when you ask",
        )
        for name in names:
            if name not in fields:
                raise self._unknown(name, fields, of_one_call, completion)

    def _unknown(
        self, name: str, here: Collection[str], elsewhere: Elsewhere, completion: bool
    ) -> ConfigurationError:
        if completion and name in self.option_names - self.completion_option_names:
            return ConfigurationError(
                f"{name!r} is an option of chat: text completion has nothing of the kind"
            )
        return unknown_option(self.title, name, here, elsewhere)

    def check_endpoint(self, endpoint: Endpoint) -> None:
        """Raise `ConfigurationError` where the service documents nothing of the kind."""
        if endpoint not in self.capabilities.endpoints:
            raise ConfigurationError(
                f"{self.title} documents no {endpoint}: it offers "
                f"{', '.join(['chat', *sorted(self.capabilities.endpoints)])}"
            )

    def request(self, messages: Sequence[Message] | str, /, **given: Any) -> ChatRequest:
        """Check what a caller asks for.

        Args:
            messages: The conversation, or one question.
            **given: Options by name; `None` counts as not given. An unknown one, and a value
                that cannot be sent, raise `ConfigurationError`.
        """
        self.check_names(given)
        given = {name: value for name, value in given.items() if value is not None}
        turns = checked_messages(messages)
        if images := given.get("images"):
            turns = put_images(turns, [image_part(image) for image in _sequence(images)])
        options = self._checked_options(given)
        model = check_name("model", given.get("model", self.default_model))
        searching = given.get("web_search_model", self.web_search_model)
        if searching is not None:
            check_name("web_search_model", searching)
        tools = check_tools(given.get("tools", ()))
        request = ChatRequest(
            messages=turns,
            model=model,
            stream=check_flag("stream", given.get("stream")),
            options=options,
            stop=stop_sequences(given.get("stop"), self.max_stop),
            web_search=check_flag("web_search", given.get("web_search")),
            file_list=check_urls("file_list", given.get("file_list")),
            stream_usage=check_flag("stream_usage", given.get("stream_usage", True)),
            merge_buffered=_flag_or_none(given, "merge_buffered"),
            tools=tools,
            tool_choice=check_tool_choice(given.get("tool_choice"), tools),
            parallel_tool_calls=_flag_or_none(given, "parallel_tool_calls"),
            tool_calling=_one_of("tool_calling", given.get("tool_calling", "auto")),
            response_format=check_response_format(given.get("response_format")),
            extra_body=check_mapping("extra_body", given.get("extra_body")),
            timeout=given.get("timeout"),
            deadline=given.get("deadline"),
        )
        if request.web_search:
            request.model = searching or model
        return request

    def completion(self, prompt: str, /, **given: Any) -> ChatRequest:
        """Check what a caller wants to have gone on with.

        Args:
            prompt: The text to go on with. The service refuses an empty one [gw].
            **given: Options by name, as `request` takes them; see `completion_option_names`.

        Returns:
            A request that goes where chat does not: to `/v1/completions`, in OpenAI's legacy
            shape [gw]. `max_tokens` is 256 unless given: the service's own default is 16 [gw],
            which is half a sentence.

        Raises:
            ConfigurationError: The service completes no text, or it cannot be sent.
        """
        self.check_endpoint("completions")
        self.check_names(given, completion=True)
        given = {name: value for name, value in given.items() if value is not None}
        if not isinstance(prompt, str) or not prompt:
            raise ConfigurationError(
                f"There is nothing to complete: the prompt is {shorten(prompt)}"
            )
        options = {"max_tokens": COMPLETION_TOKENS, **self._checked_options(given)}
        if "suffix" in given:
            _SUFFIX.check(given["suffix"], self.title)
            options["suffix"] = given["suffix"]
        return ChatRequest(
            messages=[],
            prompt=prompt,
            path="/v1/completions",
            model=check_name("model", given.get("model", self.completion_model)),
            stream=check_flag("stream", given.get("stream")),
            options=options,
            stop=stop_sequences(given.get("stop"), self.max_stop),
            stream_usage=check_flag("stream_usage", given.get("stream_usage", True)),
            merge_buffered=_flag_or_none(given, "merge_buffered"),
            extra_body=check_mapping("extra_body", given.get("extra_body")),
            timeout=given.get("timeout"),
            deadline=given.get("deadline"),
        )

    def _checked_options(self, given: Mapping[str, Any]) -> dict[str, Any]:
        options = {name: given[name] for name in self.options if name in given}
        for name, value in options.items():
            self.options[name].check(value, self.title)
        return options

    def cites(self, request: ChatRequest) -> bool:
        """Whether the links in the answer to `request` are sources."""
        return request.web_search or request.model in self.web_models


_COMMON = frozenset(
    {
        "deadline", "extra_body", "images", "merge_buffered", "model", "parallel_tool_calls",
        "response_format", "stop", "stream", "timeout", "tool_calling", "tool_choice", "tools",
        "web_search",
    }
)  # fmt: skip
_COMPLETION = frozenset(
    {"deadline", "extra_body", "merge_buffered", "model", "stop", "stream", "suffix", "timeout"}
)  # fmt: skip
_SUFFIX = Option("suffix", (str,))


def _one_of(name: str, value: Any) -> Any:
    if value not in _TOOL_CALLING:
        raise ConfigurationError(
            f"{name} must be one of {', '.join(map(repr, _TOOL_CALLING))}, not {shorten(value)}"
        )
    return value


_TOOL_CALLING = ("auto", "native", "prompted")


def _flag_or_none(given: Mapping[str, Any], name: str) -> bool | None:
    return check_flag(name, given[name]) if name in given else None


def _sequence(images: Any) -> Sequence[Any]:
    """One image may be given without a list around it."""
    return images if isinstance(images, list | tuple) else [images]
