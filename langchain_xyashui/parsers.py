"""LangChain's parsers of structured output, made to say when there is nothing to parse.

LangChain's own give `None` for an answer without a call, and let Pydantic's errors through. These
raise `MalformedOutputError`, with what the model wrote in `text`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser
from langchain_core.output_parsers.openai_tools import JsonOutputKeyToolsParser, PydanticToolsParser
from langchain_core.output_parsers.transform import BaseCumulativeTransformOutputParser
from langchain_core.outputs import ChatGeneration, Generation
from langchain_core.utils.pydantic import TBaseModel  # noqa: F401 - the annotations of a base need it
from pydantic import BaseModel

from langchain_xyashui.depths import DEEPEST, is_deep
from langchain_xyashui.errors import MalformedOutputError
from langchain_xyashui.tool_calls import written
from xyashui import Answer, Choice
from xyashui.answers import at_limit
from xyashui.json_texts import json_in, json_so_far

__all__ = ["DictCall", "DictText", "PydanticCall", "PydanticText"]


class _Strict(BaseCumulativeTransformOutputParser[Any]):
    """Raises where a whole answer cannot be parsed; while it streams, it waits."""

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        try:
            parsed = super().parse_result(result, partial=partial)
        except (OutputParserException, ValueError, RecursionError) as error:
            if partial:
                return None
            raise _malformed(result, str(error)) from error
        if parsed is None and not partial:
            raise _malformed(result, _fault(result) or "there is nothing of that form in it")
        return parsed

    def _transform(self, input: Iterator[Any]) -> Iterator[Any]:  # noqa: A002 - LangChain's name
        seen = _Sum()
        yield from super()._transform(seen.of(input))
        self.parse_result(seen.result())

    async def _atransform(self, input: AsyncIterator[Any]) -> AsyncIterator[Any]:  # noqa: A002
        seen = _Sum()
        async for parsed in super()._atransform(seen.aof(input)):
            yield parsed
        self.parse_result(seen.result())


class _Sum:
    """Adds up what passes."""

    def __init__(self) -> None:
        self._pieces: list[Any] = []

    def of(self, pieces: Iterator[Any]) -> Iterator[Any]:
        for piece in pieces:
            self._pieces.append(piece)
            yield piece

    async def aof(self, pieces: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for piece in pieces:
            self._pieces.append(piece)
            yield piece

    def result(self) -> list[Generation]:
        first, *rest = self._pieces
        whole = first + rest if isinstance(first, BaseMessage) else "".join(self._pieces)
        if isinstance(whole, BaseMessage):
            return [ChatGeneration(message=whole)]
        return [Generation(text=whole)]


class PydanticCall(_Strict, PydanticToolsParser):
    """A tool call as an instance of a Pydantic class."""


class DictCall(_Strict, JsonOutputKeyToolsParser):
    """A tool call's arguments as a dict."""


class _Text(JsonOutputParser):
    """Reads JSON in the time that it takes to read a text, and no JSON that breaks off as whole.

    LangChain's own closes the brackets of what breaks off, and tries again with a character less
    for every one that is in its way.
    """

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        text = result[0].text
        if partial:
            return json_so_far(text)
        value = json_in(text)
        if is_deep(self._kept(value)):
            raise ValueError(f"its lists and objects nest more than {DEEPEST} deep")
        return value

    def _kept(self, value: dict[str, Any]) -> Any:
        """Return what is kept of a value."""
        return value


class _PydanticText(_Text, PydanticOutputParser[Any]):
    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        value = super().parse_result(result, partial=partial)
        return None if value is None else self._parse_obj(value)

    def _kept(self, value: dict[str, Any]) -> Any:
        if not is_deep(value):
            return value
        parsed = self._parse_obj(value)  # a class may ignore what is deep
        return parsed.model_dump() if isinstance(parsed, BaseModel) else value


class PydanticText(_Strict, _PydanticText):
    """JSON text as an instance of a Pydantic class."""


class DictText(_Strict, _Text):
    """JSON text as a dict."""


def _malformed(result: list[Generation], reason: str) -> MalformedOutputError:
    said = Choice(_written(result[0]), finish_reason=_finish(result[0])) if result else Choice()
    error = MalformedOutputError(
        f"The answer is not in the form that was asked for: {reason}{at_limit(said.finish_reason)}."
        " What the model wrote is in .text"
    )
    error.partial = Answer([said])
    return error


def _finish(generation: Generation) -> str | None:
    """Return why the model stopped, where that is known."""
    facts = generation.generation_info or {}
    if isinstance(generation, ChatGeneration):
        facts = generation.message.response_metadata
    return facts.get("finish_reason")


def _fault(result: list[Generation]) -> str:
    """Return why the first call that cannot be made cannot; "" where there is none."""
    message = getattr(result[0], "message", None) if result else None
    if not isinstance(message, AIMessage):
        return ""
    reasons = message.additional_kwargs.get("tool_call_errors") or {}
    told = (call["error"] or reasons.get(call["id"]) for call in message.invalid_tool_calls)
    return str(next(told, None) or "")


def _written(generation: Generation) -> str:
    """Return what the model wrote: text, and the arguments of calls."""
    message = generation.message if isinstance(generation, ChatGeneration) else None
    if not isinstance(message, AIMessage):
        return generation.text
    calls = [written(call["args"]) for call in (*message.tool_calls, *message.invalid_tool_calls)]
    return "\n".join([text for text in (str(message.text), *calls) if text])
