"""From what the emulated model would say to what the limits let it say."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from . import tokens

FinishReason = Literal["stop", "length", "tool_calls"]


@dataclass(frozen=True)
class ToolCall:
    """A call that the model asks for; `arguments` is JSON text, as on the wire."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Reply:
    """What the model would say if nothing limited it."""

    text: str
    reasoning: str = ""
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True)
class Usage:
    """Token counts of one request over all its choices."""

    prompt: int
    cached: int
    completion: int
    reasoning: int

    @property
    def brief(self) -> dict[str, int]:
        """The three counts that every service reports."""
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
        }

    @property
    def full(self) -> dict[str, Any]:
        """OpenAI's shape, with the details [gw]."""
        return {
            **self.brief,
            "prompt_tokens_details": {"cached_tokens": self.cached},
            "completion_tokens_details": {"reasoning_tokens": self.reasoning},
        }


@dataclass(frozen=True)
class Completion:
    """One choice: the tokens that are sent, and why there are no more."""

    content: list[str]
    finish_reason: FinishReason
    reasoning: list[str] = field(default_factory=list)
    calls: tuple[ToolCall, ...] = ()

    @property
    def text(self) -> str:
        """The content in one piece."""
        return "".join(self.content)

    @property
    def token_count(self) -> int:
        """What this choice costs."""
        calls = sum(tokens.count(call.name + call.arguments) for call in self.calls)
        return len(self.content) + len(self.reasoning) + calls


def complete(reply: Reply, *, stop: Sequence[str] = (), limit: int | None = None) -> Completion:
    """Apply stop sequences, then the token limit, to a reply.

    Reasoning is spent from the same limit and comes first, as with the real
    reasoning models, so that a low limit can leave no content at all.
    """
    reasoning, cut = tokens.take(tokens.split(reply.reasoning), limit)
    if cut:
        return Completion([], "length", reasoning)
    left = None if limit is None else limit - len(reasoning)
    content, cut = tokens.take(tokens.split(_before_stop(reply.text, stop)), left)
    if cut:
        return Completion(content, "length", reasoning)
    if reply.calls:
        return Completion(content, "tool_calls", reasoning, reply.calls)
    return Completion(content, "stop", reasoning)


def _before_stop(text: str, stop: Sequence[str]) -> str:
    ends = [text.find(sequence) for sequence in stop if sequence and sequence in text]
    return text[: min(ends)] if ends else text
