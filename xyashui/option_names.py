"""What options are called: here, elsewhere here, and by those who come from another package.

An option that is not known is told in one way, whoever was given it: a client or a model of either
framework, where it is made or in one of its calls.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from xyashui.errors import ConfigurationError
from xyashui.requests import folded, near

__all__ = [
    "A_SETTING",
    "CLIENT_SETTINGS",
    "Elsewhere",
    "by_name_only",
    "positional",
    "unknown_option",
]

CLIENT_SETTINGS: Final = frozenset(
    {
        "api_key", "base_url", "breaker", "deadline", "default_headers", "http_async_client",
        "http_client", "max_concurrency", "max_event_bytes", "max_retries", "merge_buffered",
        "requests_per_minute", "timeout",
    }
)  # fmt: skip
"""What a client is made with. Of these nothing goes into the body of a request."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Options that there are, but not where one was given.

    Attributes:
        names: What they are called.
        words: What they are, and where they can be given: "a setting: pass it ...".
    """

    names: Collection[str] = ()
    words: str = ""


A_SETTING: Final = Elsewhere(
    CLIENT_SETTINGS,
    "a setting and not an option of one call: pass it where the client or the model is made",
)

# By our names, what ChatOpenAI, OpenAILike, OpenAI's own package and ChatMistralAI call the same.
_THEIRS: Final[Mapping[str, tuple[str, ...]]] = {
    "base_url": (
        *("api_base", "openai_api_base", "openai_base_url", "mistral_api_base", "endpoint"),
        *("azure_endpoint", "url", "host"),
    ),
    "timeout": ("request_timeout",),
    "max_retries": ("retries", "num_retries"),
    "max_concurrency": ("max_concurrent_requests",),
    "default_headers": ("headers", "extra_headers"),
    "http_client": ("client",),
    "http_async_client": ("async_http_client", "async_client"),
    "model": ("model_name", "model_id", "engine"),
    "temperature": ("temp",),
    "max_tokens": ("max_completion_tokens", "max_output_tokens", "max_new_tokens"),
    "stop": ("stop_sequences",),
    "stream": ("streaming",),
    "stream_usage": ("stream_options",),
    "tools": ("functions",),
    "tool_choice": ("function_call",),
    "tool_calling": ("is_function_calling_model",),
    "batch_size": ("chunk_size", "embed_batch_size"),
    "embed_batch_size": ("chunk_size", "batch_size"),
    "extra_body": ("model_kwargs", "additional_kwargs"),
}

# What is said to an HTTP client, by what httpx calls it.
_OF_HTTP: Final[Mapping[str, tuple[str, ...]]] = {
    "proxy": ("proxy", "proxies", "openai_proxy"),
    "verify": ("verify", "verify_ssl", "ssl_verify"),
    "cert": ("cert",),
    "trust_env": ("trust_env",),
    "http2": ("http2",),
    "limits": ("limits",),
    "follow_redirects": ("follow_redirects",),
    "event_hooks": ("event_hooks",),
}

# Settings of theirs that mean nothing here, least of all in the body of a request.
_THEIRS_ALONE: Final = frozenset(
    {
        "api_type", "api_version", "azure_deployment", "default_query", "deployment_name",
        "extra_query", "include_response_headers", "openai_organization", "organization",
        "project", "reuse_client", "strict",
        "tiktoken_model_name", "tokenizer", "use_responses_api",
    }
)  # fmt: skip

# Fields of many models that are none of ours, though they look like top_p and max_tokens.
_NOT_MEANT: Final = frozenset({"min_tokens", "top_k"})

_LOOKS_LIKE_A_KEY: Final = re.compile(
    r"(?<!cache)key$|^(auth|bearer|jwt|token)$|(access|api|auth|bearer|refresh|session)token"
    r"|apikey|accesskey|authorization|credential|passw|secret|cookie"
)

_NO_FIELDS: Final = CLIENT_SETTINGS | {"extra_body", "stream", "tool_calling"}


def unknown_option(
    who: str, name: str, here: Collection[str], elsewhere: Elsewhere = Elsewhere()
) -> ConfigurationError:
    """Return the error for an option that cannot be given where it was.

    Args:
        who: To whom it was given: a service's name for people, or a class.
        name: What it is called.
        here: What can be given there. Where `extra_body` can, the error tells of it, but not for
            what looks like a key or is a setting of a client.
        elsewhere: What can be given in another place.
    """
    if name in elsewhere.names:
        return ConfigurationError(f"{name!r} is {elsewhere.words}")
    meant = _meant(name, {*here, *elsewhere.names})
    said = [f"{who} has no option {name!r}."]
    if argument := _ours(name, _OF_HTTP):
        meant = "http_client"
        said.append(
            "Where the client or the model is made, give an HTTP client that has it: "
            f"http_client=httpx.Client({argument}=...), "
            f"http_async_client=httpx.AsyncClient({argument}=...)"
        )
    elif meant is not None:
        said.append(f"Did you mean {meant!r}?")
        if meant not in here:
            said.append(f"It is {elsewhere.words}")
    field = not ({name, meant} & _NO_FIELDS or name in _THEIRS_ALONE)
    if "extra_body" in here and field and not _LOOKS_LIKE_A_KEY.search(folded(name)):
        said.append(f"To put a field into the request as it is, use extra_body={{{name!r}: ...}}")
    return ConfigurationError(" ".join(said))


def by_name_only(kind: Any) -> ConfigurationError:
    """Return the error for a setting that a class with fields was given without its name.

    The value is not shown: it may be a key.
    """
    name = kind.__name__
    example = "model" if {"model", "model_name"} & kind.model_fields.keys() else "api_key"
    return ConfigurationError(
        f"{name} takes its settings by name: write {name}({example}=...), and not {name}(...)"
    )


def positional(kind: Any) -> float:
    """Return how many arguments without a name a class takes: one that a program makes may."""
    taken = list(inspect.signature(kind.__init__).parameters.values())[1:]  # less `self`
    if any(one.kind is one.VAR_POSITIONAL for one in taken):
        return math.inf
    return sum(one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) for one in taken)


def _meant(name: str, known: Collection[str]) -> str | None:
    if _LOOKS_LIKE_A_KEY.search(folded(name)) and "api_key" in known:
        return "api_key"
    theirs = {ours: names for ours, names in _THEIRS.items() if ours in known}
    return _ours(name, theirs) or (None if name in _NOT_MEANT else near(name, known))


def _ours(name: str, table: Mapping[str, tuple[str, ...]]) -> str | None:
    for ours, names in table.items():
        if folded(name) in map(folded, names):
            return ours
    return None
