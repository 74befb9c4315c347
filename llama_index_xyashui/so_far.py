"""Responses of a stream, whose text so far is put together only where somebody looks.

Every response of LlamaIndex's has all the text so far. Were it copied into each of them, a stream
would take time and, where its responses are kept, memory that grow with the square of its length.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import StringIO
from typing import TYPE_CHECKING, Any, ClassVar, Self

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    MessageRole,
    TextBlock,
    ThinkingBlock,
)
from pydantic import BaseModel

if TYPE_CHECKING:
    from xyashui import Chunk

__all__ = ["CompletionSoFar", "TextSoFar", "ThinkingSoFar", "text_response"]

# The four places in which Pydantic keeps a model, written to without a detour by their names.
_new = object.__new__
_places: Any = BaseModel.__dict__
_contents = _places["__dict__"]  # the descriptor of an instance's real `__dict__`
_set_contents = _contents.__set__
_set_fields_set = _places["__pydantic_fields_set__"].__set__
_set_extra = _places["__pydantic_extra__"].__set__
_set_private = _places["__pydantic_private__"].__set__


class _SoFar:
    """Makes a model some of whose fields are made of something else where somebody looks.

    Looking means `__getattr__` (the field is not there) or `__dict__`, which is what Pydantic goes
    by for all that it does: dumping, copying, comparing, pickling. Once all fields are filled in,
    the instance is one of the plain class, so that nobody ever sees anything else.
    """

    __slots__ = ()  # with more, `__class__` could not be assigned

    plain: ClassVar[type[BaseModel]]
    made_of: ClassVar[Mapping[str, Callable[[Any], Any]]]
    """The fields that are missing, and how each is made of what is in the place `""`."""

    @classmethod
    def of(cls, text: StringIO, **fields: Any) -> Self:
        """Make an instance that has what is in `text` now; `text` may grow afterwards.

        Args:
            text: Where the stream is written to. It must stand at its end.
            **fields: All other fields of the model: nothing is checked.
        """
        model = _new(cls)
        _set_contents(model, {**fields, "": (text, text.tell())})
        _set_fields_set(model, {*fields, *cls.made_of})
        _set_extra(model, None)
        _set_private(model, None)
        return model

    def __getattr__(self, name: str) -> Any:
        return _looked_up(self, name)

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]
        return _settled(self)

    # What asks for the class first, and for the contents later.

    def __eq__(self, other: object) -> bool:
        _settled(self)
        return bool(self == other)

    __hash__ = None  # type: ignore[assignment]  # as the plain classes have it

    def __repr__(self) -> str:
        _settled(self)
        return repr(self)

    def __str__(self) -> str:
        _settled(self)
        return str(self)

    def __copy__(self) -> Any:
        _settled(self)
        return self.__copy__()

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Any:
        _settled(self)
        return self.__deepcopy__(memo)

    def __reduce_ex__(self, protocol: Any) -> Any:
        _settled(self)
        return self.__reduce_ex__(protocol)


# Two threads may look at once, of which one makes the instance a plain one under the other's eyes:
# so the class is asked for once, first of all, and nothing goes through the instance.


def _looked_up(model: Any, name: str) -> Any:
    cls = type(model)
    contents = _contents.__get__(model)
    if issubclass(cls, _SoFar) and name in cls.made_of:
        if "" in contents:
            contents.setdefault(name, cls.made_of[name](contents[""]))
        if name in contents:
            value = contents[name]
            if contents.keys() >= cls.made_of.keys():
                _settled(model)
            return value
    _settled(model)
    return getattr(model, name)


def _settled(model: Any) -> dict[str, Any]:
    """Fill in all fields, make the instance one of the plain class, and return its contents."""
    cls = type(model)
    contents: dict[str, Any] = _contents.__get__(model)
    if not issubclass(cls, _SoFar):
        return contents
    if (made_of := contents.get("")) is not None:
        for name, make in cls.made_of.items():
            contents.setdefault(name, make(made_of))
        contents = {name: contents[name] for name in cls.plain.model_fields}
        _set_contents(model, contents)
    model.__class__ = cls.plain
    return contents


def _text(so_far: tuple[StringIO, int]) -> str:
    text, length = so_far
    return text.getvalue()[:length]


class TextSoFar(_SoFar, TextBlock):
    """A `TextBlock` of a stream."""

    plain: ClassVar[type[BaseModel]] = TextBlock
    made_of: ClassVar[Mapping[str, Callable[[Any], Any]]] = {"text": _text}


class ThinkingSoFar(_SoFar, ThinkingBlock):
    """A `ThinkingBlock` of a stream."""

    plain: ClassVar[type[BaseModel]] = ThinkingBlock
    made_of: ClassVar[Mapping[str, Callable[[Any], Any]]] = {"content": _text}


class CompletionSoFar(_SoFar, CompletionResponse):
    """A `CompletionResponse` of a stream."""

    plain: ClassVar[type[BaseModel]] = CompletionResponse
    made_of: ClassVar[Mapping[str, Callable[[Any], Any]]] = {"text": _text}


# A response with nothing in it but text. Pydantic takes 4 microseconds to make one, its message and
# its block, and a stream makes thousands a second, of which most are asked for their `delta` alone.


def _message(made_of: tuple[StringIO, int, Chunk]) -> ChatMessage:
    text, length, _ = made_of
    block = TextBlock(text=text.getvalue()[:length], block_type="text")
    return ChatMessage(role=MessageRole.ASSISTANT, blocks=[block], additional_kwargs={})


def _raw(made_of: tuple[StringIO, int, Chunk]) -> Any:
    return made_of[2].raw


class ChatResponseSoFar(_SoFar, ChatResponse):
    """A `ChatResponse` of a stream, with text only."""

    plain: ClassVar[type[BaseModel]] = ChatResponse
    made_of: ClassVar[Mapping[str, Callable[[Any], Any]]] = {"message": _message, "raw": _raw}


_RESPONSE = dict(ChatResponse(message=ChatMessage(), delta="", raw=None, additional_kwargs={}))
_PRESENT = {
    name: value for name, value in _RESPONSE.items() if name not in ChatResponseSoFar.made_of
}
_FIELDS_SET = {"message", "delta", "raw", "additional_kwargs"}


def text_response(text: StringIO, chunk: Chunk) -> ChatResponse:
    """Return the response for a chunk of text.

    Args:
        text: All there is so far, the chunk's own included. It may grow afterwards.
        chunk: What is new.
    """
    response = _new(ChatResponseSoFar)
    made_of = (text, text.tell(), chunk)
    _set_contents(response, {**_PRESENT, "delta": chunk.text, "additional_kwargs": {}, "": made_of})
    _set_fields_set(response, _FIELDS_SET.copy())
    _set_extra(response, None)
    _set_private(response, None)
    return response
