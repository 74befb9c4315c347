"""What a model said: chunk by chunk (`Chunk`), and the whole of it (`Answer`).

An `Answer` is always built out of chunks, so that an answer that was streamed and one
that came in one piece are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from io import StringIO
from typing import TYPE_CHECKING, Any

from xyashui.joining import Joined
from xyashui.surrogates import well_formed_json

if TYPE_CHECKING:
    from xyashui.citations import Citation
    from xyashui.frames import Frame

__all__ = [
    "Answer", "AnswerBuilder", "Choice", "Chunk", "ToolCall", "ToolCallDelta", "Usage", "at_limit",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a call took, as the service counted them.

    阿水 documents no usage, so its answers have none.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    raw: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of a tool call. Pieces with the same `index` belong to one call.

    `error` says why the call cannot be made, where that is known: `arguments` is then what the
    model wrote, and no JSON.
    """

    index: int
    id: str | None = None
    name: str | None = None
    arguments: str = ""
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A whole tool call; `arguments` is the JSON text as the model wrote it, "" for none.

    `error` says why the call cannot be made, where that is known: an unknown tool, say.
    """

    id: str | None
    name: str
    arguments: str
    error: str | None = None


class Chunk:
    """A piece of an answer. A plain class with slots: thousands are made a second.

    Attributes:
        text: What is new of the answer; may be "".
        reasoning: What is new of the reasoning before the answer; may be "".
        tool_calls: Pieces of tool calls.
        finish_reason: Why the model stopped ("stop", "length", "tool_calls",
            "content_filter"), on the last chunk of a choice.
        index: Which of the `n` choices this belongs to.
        extra: Fields of the message that this package has no name for.
        raw: The parsed JSON that this came from; of deltas that were joined (`merge_buffered`), the
            last.
    """

    __slots__ = (
        "_raw",
        "extra",
        "finish_reason",
        "index",
        "reasoning",
        "text",
        "tool_calls",
    )

    def __init__(
        self,
        text: str = "",
        reasoning: str = "",
        tool_calls: tuple[ToolCallDelta, ...] = (),
        finish_reason: str | None = None,
        index: int = 0,
        extra: dict[str, Any] | None = None,
        raw: dict[str, Any] | Frame | tuple[Frame, str] | None = None,
    ) -> None:
        self.text = text
        self.reasoning = reasoning
        self.tool_calls = tool_calls
        self.finish_reason = finish_reason
        self.index = index
        self.extra = extra
        self._raw = raw

    @property
    def raw(self) -> dict[str, Any] | None:
        """The parsed JSON that this came from."""
        # What was read by its frame is parsed where somebody looks, which few do.
        raw = self.unread_raw
        self._raw = raw[0].payload(raw[1]) if type(raw) is tuple else raw
        return self._raw  # type: ignore[return-value]  # it is parsed

    @property
    def unread_raw(self) -> dict[str, Any] | tuple[Frame, str] | None:
        """The same, parsed or not, to hand on to a chunk that may have another text."""
        raw = self._raw
        if raw is None or type(raw) in (dict, tuple):
            return raw  # type: ignore[return-value]  # it is no frame
        return raw, self.text or self.reasoning  # type: ignore[return-value]  # it is a frame

    def __repr__(self) -> str:
        shown = (
            f"{name}={value!r}"
            for name in self.__slots__
            if name != "_raw" and (value := getattr(self, name))
        )
        return f"Chunk({', '.join(shown)})"


@dataclass(slots=True)
class Choice:
    """One of the answers that a call with `n` > 1 asks for."""

    text: str = ""
    reasoning: str = ""
    tool_calls: list[ToolCall] = field(default_factory=list)
    finish_reason: str | None = None
    citations: list[Citation] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Answer:
    """A whole answer.

    Attributes:
        choices: One `Choice`, or `n` of them where that was asked for.
        model: The model that was asked for.
        reported_model: The name that the service gave (阿水: an internal one).
        id: The service's name for the completion; may be "".
        created: When, in seconds since 1970.
        usage: Tokens taken, or `None` where the service does not say.
        system_fingerprint: What the service says of its back end, where it does.

    `text`, `reasoning`, `tool_calls`, `finish_reason`, `citations` and `extra` are those of the
    first choice.
    """

    choices: list[Choice] = field(default_factory=lambda: [Choice()])
    model: str = ""
    reported_model: str | None = None
    id: str | None = None
    created: int | None = None
    usage: Usage | None = None
    system_fingerprint: str | None = None

    @property
    def text(self) -> str:
        """The text of the first choice."""
        return self.choices[0].text

    @property
    def reasoning(self) -> str:
        """The reasoning of the first choice."""
        return self.choices[0].reasoning

    @property
    def tool_calls(self) -> list[ToolCall]:
        """The tool calls of the first choice."""
        return self.choices[0].tool_calls

    @property
    def finish_reason(self) -> str | None:
        """Why the first choice ended; `None` where the service did not say."""
        return self.choices[0].finish_reason

    @property
    def citations(self) -> list[Citation]:
        """The sources that the first choice names, if the web was searched."""
        return self.choices[0].citations

    @property
    def extra(self) -> dict[str, Any]:
        """Fields of the first choice's message that this package has no name for."""
        return self.choices[0].extra

    def __str__(self) -> str:
        return self.text

    # What a notebook asks for, where an answer is a cell's last line.

    def _repr_html_(self) -> str | None:
        from xyashui.notebook.representations import answer_html

        return answer_html(self)

    def _repr_markdown_(self) -> str | None:
        from xyashui.notebook.representations import answer_markdown

        return answer_markdown(self)


def at_limit(finish_reason: str | None) -> str:
    """Return what to say of an answer that is not as it should be, if it was cut; "" if not.

    Example:
        >>> "It is no JSON" + at_limit("length")
        "It is no JSON; the answer was cut at its limit (finish_reason 'length'): raise max_tokens"
    """
    if finish_reason != "length":
        return ""
    return "; the answer was cut at its limit (finish_reason 'length'): raise max_tokens"


_CALL_WEIGHT = 1000  # values: no answer has a thousand tool calls, and frameworks compare each two


class _ChoiceBuilder:
    """Collects one choice. `StringIO` holds text compactly; a list of pieces does not."""

    __slots__ = ("calls", "extra", "finish_reason", "reasoning", "text")

    def __init__(self) -> None:
        self.text = StringIO()
        self.reasoning = StringIO()
        self.calls: dict[int, tuple[list[str | None], StringIO]] = {}  # id, name, error; arguments
        self.finish_reason: str | None = None
        self.extra = Joined()

    def add_call(self, delta: ToolCallDelta) -> None:
        head, arguments = self.calls.setdefault(delta.index, ([None, None, None], StringIO()))
        head[0] = head[0] or delta.id
        if delta.name:
            head[1] = (head[1] or "") + delta.name  # a name may come in pieces, too
        head[2] = head[2] or delta.error
        arguments.write(delta.arguments)

    def build(self) -> Choice:
        return Choice(
            text=self.text.getvalue(),
            reasoning=self.reasoning.getvalue(),
            tool_calls=[
                ToolCall(head[0], head[1] or "", _arguments(arguments.getvalue()), head[2])
                for _, (head, arguments) in sorted(self.calls.items())
            ],
            finish_reason=self.finish_reason,
            extra=self.extra.build(),
        )


def _arguments(text: str) -> str:
    """Return all arguments of a call as JSON that can be read; "" for none."""
    # `null` is how new-api hands on a call that Gemini makes without any [gw].
    return "" if text.strip() in ("", "null") else well_formed_json(text)


class AnswerBuilder:
    """Chunks in, an `Answer` out, at any moment: what has arrived so far.

    Args:
        model: The model that was asked.
        before: What an earlier round of the same call has handed on, and what it took.
    """

    __slots__ = (
        "_before", "_choices", "created", "id", "model", "reported_model", "system_fingerprint",
        "usage", "weight",
    )  # fmt: skip

    def __init__(self, model: str = "", before: Answer | None = None) -> None:
        self.model = model
        self.reported_model: str | None = None
        self.id: str | None = None
        self.created: int | None = None
        self.usage: Usage | None = None
        self.system_fingerprint: str | None = None
        self.weight = 0  # how many pieces have come, and values in them besides texts
        self._choices: dict[int, _ChoiceBuilder] = {}
        self._before = before.usage if before is not None else None
        for index, choice in enumerate(before.choices if before is not None else ()):
            self.add(Chunk(choice.text, choice.reasoning, index=index, extra=choice.extra))

    def add(self, chunk: Chunk) -> None:
        """Add a chunk."""
        self.weight += 1
        choice = self._choices.get(chunk.index)
        if choice is None:
            choice = self._choices[chunk.index] = _ChoiceBuilder()
        choice.text.write(chunk.text)
        if chunk.reasoning:
            choice.reasoning.write(chunk.reasoning)
        for delta in chunk.tool_calls:
            if delta.index not in choice.calls:
                self.weight += _CALL_WEIGHT
            choice.add_call(delta)
        if chunk.finish_reason is not None:
            choice.finish_reason = chunk.finish_reason
        if chunk.extra:
            before = choice.extra.size
            choice.extra.add(chunk.extra)
            self.weight += choice.extra.size - before

    @property
    def began(self) -> bool:
        """Whether there is anything of an answer, be it of an earlier round."""
        return bool(self._choices)

    def texts(self, index: int) -> tuple[str, str]:
        """Return the text and the reasoning of the choice with this number."""
        choice = self._choices.get(index)
        return (choice.text.getvalue(), choice.reasoning.getvalue()) if choice else ("", "")

    def writer(self, index: int, *, reasoning: bool) -> Callable[[str], object]:
        """Return what takes text alone, for a choice whose number is `index`."""
        choice = self._choices.get(index)
        if choice is None:
            choice = self._choices[index] = _ChoiceBuilder()
        return choice.reasoning.write if reasoning else choice.text.write

    def build(self) -> Answer:
        """Return what has arrived so far. The builder goes on afterwards."""
        return Answer(
            choices=[choice.build() for _, choice in sorted(self._choices.items())] or [Choice()],
            model=self.model,
            reported_model=self.reported_model,
            id=self.id,
            created=self.created,
            usage=_both(self._before, self.usage),
            system_fingerprint=self.system_fingerprint,
        )


def _both(before: Usage | None, now: Usage | None) -> Usage | None:
    """Add up what two rounds of one call took."""
    if before is None or now is None:
        return now or before
    return Usage(
        before.input_tokens + now.input_tokens,
        before.output_tokens + now.output_tokens,
        before.total_tokens + now.total_tokens,
        _sum(before.cached_tokens, now.cached_tokens),
        _sum(before.reasoning_tokens, now.reasoning_tokens),
        now.raw,
    )


def _sum(before: int | None, now: int | None) -> int | None:
    return None if before is None and now is None else (before or 0) + (now or 0)
