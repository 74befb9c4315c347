"""What a caller wants to have embedded, and how: checked before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypedDict

from xyashui.endpoints.embeddings.results import Embeddings
from xyashui.endpoints.options import checked_fields
from xyashui.errors import ConfigurationError
from xyashui.providers import Provider
from xyashui.requests import Option, check_flag, check_mapping, check_name, shorten

if TYPE_CHECKING:
    import httpx

__all__ = [
    "BATCH_SIZE",
    "EMBEDDING_MODEL",
    "MAX_BATCH_SIZE",
    "MAX_CONCURRENCY",
    "EmbeddingOptions",
    "EmbeddingRequest",
    "check_texts",
]

EMBEDDING_MODEL: Final = "text-embedding-ada-002"
"""The model that is asked where none is named; the one that 星芸AI recommends [doc]."""

BATCH_SIZE: Final = 256
"""How many texts go in one request: with chunks of 1,024 tokens, as LlamaIndex cuts them, just
within the 300,000 tokens that OpenAI's models take at once, so that nobody need count."""

MAX_BATCH_SIZE: Final = 2048
"""The most texts that OpenAI's protocol takes in one request [gw]."""

MAX_CONCURRENCY: Final = 4
"""How many requests are under way at once: enough to hide the network, and few enough for the
limits that gateways set on a key."""

_FIELDS: Final = (Option("dimensions", (int,), 1), Option("user", (str,)))


class EmbeddingOptions(TypedDict, total=False):
    """Every option of `embed`, for type checkers; see `Client.embed` for what they mean."""

    model: str | None
    dimensions: int | None
    batch_size: int | None
    max_concurrency: int | None
    encoding_format: Literal["base64", "float"] | None
    show_progress: bool | None
    user: str | None
    extra_body: Mapping[str, Any] | None
    timeout: float | httpx.Timeout | None
    deadline: float | None
    resume: Embeddings | None


@dataclass(frozen=True, slots=True)
class EmbeddingRequest:
    """How texts are to be embedded, checked; see `Client.embed` for the options.

    Attributes:
        title: The service's name for people.
    """

    title: str
    model: str = EMBEDDING_MODEL
    dimensions: int | None = None
    batch_size: int = BATCH_SIZE
    max_concurrency: int = MAX_CONCURRENCY
    encoding_format: Literal["base64", "float"] = "base64"
    show_progress: bool = False
    user: str | None = None
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    timeout: Any = None
    deadline: float | None = None
    resume: Embeddings | None = None

    @classmethod
    def make(cls, provider: Provider, /, **given: Any) -> Self:
        """Check what a caller asks for.

        Args:
            provider: The service to ask.
            **given: Options by name; `None` counts as not given.

        Raises:
            ConfigurationError: The service embeds nothing, or an option is unknown or cannot be.
        """
        provider.check_endpoint("embeddings")
        checked_fields(given, _FIELDS, EmbeddingOptions.__annotations__, provider.title)
        given = {name: value for name, value in given.items() if value is not None}
        _check_whole("batch_size", given.get("batch_size", 1), MAX_BATCH_SIZE)
        _check_whole("max_concurrency", given.get("max_concurrency", 1), None)
        request = cls(title=provider.title, **given)
        check_name("model", request.model)
        check_flag("show_progress", request.show_progress)
        check_mapping("extra_body", request.extra_body)
        if request.encoding_format not in ("base64", "float"):
            raise ConfigurationError(
                "encoding_format must be 'base64' or 'float', not "
                f"{shorten(request.encoding_format)}"
            )
        request._check_resume()
        return request

    def _check_resume(self) -> None:
        if self.resume is None:
            return
        if not isinstance(self.resume, Embeddings):
            raise ConfigurationError(
                "resume must be what a failed call had embedded (error.embedded), not "
                f"{shorten(self.resume)}"
            )
        if self.resume.model != self.model:
            raise ConfigurationError(
                f"resume has vectors of {self.resume.model!r}, and {self.model!r} is asked: those "
                "of two models cannot be compared"
            )
        size = self.resume.dimensions
        if self.dimensions is not None and size not in (None, self.dimensions):
            raise ConfigurationError(
                f"resume has vectors of {size} numbers, and dimensions={self.dimensions} is asked"
            )

    def body(self, texts: list[str]) -> dict[str, Any]:
        """Return the JSON of one request."""
        fields = {
            "model": self.model,
            "input": texts,
            "encoding_format": self.encoding_format,
            "dimensions": self.dimensions,
            "user": self.user,
        }
        return {name: value for name, value in fields.items() if value is not None} | dict(
            self.extra_body
        )


def check_texts(texts: object) -> tuple[str, ...]:
    """Return `texts`, one or several, or raise `ConfigurationError`, with the index of the fault.

    A text that is empty is refused here: the service refuses it, and every text of its batch with
    it [gw].
    """
    if isinstance(texts, str):
        texts = (texts,)
    if not isinstance(texts, Iterable) or isinstance(texts, bytes | bytearray | Mapping | Set):
        raise ConfigurationError(
            f"The texts to embed must be a string or a list of strings, not {shorten(texts)}"
        )
    checked = tuple(texts)
    for index, text in enumerate(checked):
        if not isinstance(text, str) or not text:
            error = ConfigurationError(
                f"The text at index {index} cannot be embedded: "
                + ("it is empty; leave it out" if text == "" else f"{shorten(text)} is no string")
            )
            error.index = index
            raise error
    return checked


def _check_whole(name: str, value: object, most: int | None) -> None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or value < 1 or (most is not None and value > most):  # type: ignore[operator]
        limits = "1 or more" if most is None else f"1 to {most:,} texts in one request"
        raise ConfigurationError(f"{name} must be {limits}, not {shorten(value)}")
