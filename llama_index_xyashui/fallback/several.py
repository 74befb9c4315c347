"""`SeveralLLMs`: whom to ask, in turn, and what is known of them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, Self, TypeVar

from llama_index.core.base.llms.types import LLMMetadata
from llama_index.core.llms import LLM
from llama_index.core.llms.function_calling import FunctionCallingLLM
from pydantic import Field, PrivateAttr, SerializeAsAny, ValidationError

from llama_index_xyashui.fallback.rounds import Member, OnFallback, Round
from xyashui import CircuitBreaker, ConfigurationError
from xyashui.closing import closing_in_order
from xyashui.option_names import CLIENT_SETTINGS, Elsewhere, positional, unknown_option
from xyashui.requests import explain_invalid, shorten

__all__ = ["SeveralLLMs"]

_R = TypeVar("_R")

_OF_EACH = Elsewhere(CLIENT_SETTINGS, "a setting of each LLM: pass it where that is made")


class SeveralLLMs(FunctionCallingLLM):
    """Several LLMs, of which one is asked after another until one answers."""

    llms: list[SerializeAsAny[LLM]]
    failures: int = 3
    retry_after: float = 30.0
    on_fallback: OnFallback | None = Field(default=None, exclude=True, repr=False)

    _members: list[Member] = PrivateAttr(default_factory=list)

    def __init__(
        self,
        llms: Sequence[LLM],
        *,
        failures: int = 3,
        retry_after: float = 30.0,
        on_fallback: OnFallback | None = None,
        **settings: Any,
    ) -> None:
        fields = type(self).model_fields
        for name in settings:
            if name not in fields:
                raise unknown_option("Fallback", name, fields, _OF_EACH)
        CircuitBreaker(failures, retry_after)  # says what is wrong with its numbers
        settings |= {"failures": failures, "retry_after": retry_after, "on_fallback": on_fallback}
        given = _checked(llms)
        try:
            super().__init__(llms=given, **settings)
        except ValidationError as error:
            raise ConfigurationError(explain_invalid(error)) from None
        self._known()

    if not TYPE_CHECKING:  # who go by `__init__`, which takes nothing else without a name

        @wraps(__init__, assigned=())  # its signature is the one to show
        def __new__(cls, *llms: object, **settings: object) -> Self:
            """Refuse LLMs that are in no list, in better words than Python's."""
            if len(llms) > 1 and len(llms) > positional(cls):
                raise ConfigurationError(
                    f"{cls.__name__} takes its LLMs as one list, and the rest by name: "
                    f"write {cls.__name__}([first, second])"
                )
            return super().__new__(cls)

    @property
    def metadata(self) -> LLMMetadata:
        """The first LLM's, with what all of them read and can do."""
        every = [llm.metadata for llm in self.llms]
        update = {
            "context_window": min(one.context_window for one in every),
            "is_chat_model": all(one.is_chat_model for one in every),
            "is_function_calling_model": self._has_tools()
            and all(one.is_function_calling_model for one in every),
        }
        return every[0].model_copy(update=update)

    @property
    def breakers(self) -> tuple[CircuitBreaker, ...]:
        """What keeps calls from each LLM while it is down."""
        return tuple(member.breaker for member in self._known())

    @property
    def last_errors(self) -> tuple[Exception | None, ...]:
        """What each LLM failed with; `None` where it has answered since, or never failed."""
        return tuple(member.last_error for member in self._known())

    def _has_tools(self) -> bool:
        return all(isinstance(llm, FunctionCallingLLM) for llm in self.llms)

    # Copies

    def __getstate__(self) -> dict[Any, Any]:
        # LlamaIndex removes from the model itself what cannot be pickled: not from this one. What
        # is known of the LLMs stays behind: the errors of others may hold a request, with its key.
        copied = self.model_copy()
        copied._members = []
        return super(SeveralLLMs, copied).__getstate__()

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        # Those who look on and a limit on calls have no copy, and the copy's LLMs are new to it.
        memo = {} if memo is None else memo
        limiter = getattr(self, "rate_limiter", None)  # which LLMs have not had always
        memo |= {id(one): one for one in (self.callback_manager, limiter)}
        memo[id(self._members)] = []
        return super().__deepcopy__(memo)

    # Going round

    def _known(self) -> list[Member]:
        # `llms` may have been set anew, in a copy say: what is known of an LLM stays known.
        if [id(member.llm) for member in self._members] != [id(llm) for llm in self.llms]:
            before = {id(member.llm): member.breaker for member in self._members}
            self._members = [
                Member(index, llm, before.get(id(llm)) or self._new_breaker())
                for index, llm in enumerate(self.llms)
            ]
        return self._members

    def _new_breaker(self) -> CircuitBreaker:
        return CircuitBreaker(self.failures, self.retry_after)

    def _round(self) -> Round:
        return Round(self._known(), self.on_fallback)

    def _whole(self, ask: Callable[[FunctionCallingLLM], _R]) -> _R:
        turns = self._round()
        for turn in turns:
            with turn:
                return turn.signed(ask(turn.llm))
        raise turns.all_failed()

    async def _awhole(self, ask: Callable[[FunctionCallingLLM], Awaitable[_R]]) -> _R:
        turns = self._round()
        for turn in turns:
            with turn:
                return turn.signed(await ask(turn.llm))
        raise turns.all_failed()

    def _pieces(
        self, ask: Callable[[FunctionCallingLLM], Generator[_R, None, None]]
    ) -> Generator[_R, None, None]:
        turns = self._round()
        for turn in turns:
            with turn, contextlib.closing(ask(turn.llm)) as stream:
                for piece in stream:
                    yield from turn.received(piece)
                yield from turn.rest()
                return
        raise turns.all_failed()

    async def _apieces(
        self, ask: Callable[[FunctionCallingLLM], Awaitable[AsyncGenerator[_R, None]]]
    ) -> AsyncGenerator[_R, None]:
        turns = self._round()
        for turn in turns:
            with turn:
                async with closing_in_order(await ask(turn.llm)) as stream:
                    async for piece in stream:
                        for one in turn.received(piece):
                            yield one
                for one in turn.rest():
                    yield one
                return
        raise turns.all_failed()


def _checked(llms: object) -> list[LLM]:
    checked = []
    for llm in llms if isinstance(llms, Sequence) else [llms]:
        if not isinstance(llm, LLM):
            raise ConfigurationError(f"llms must be LlamaIndex LLMs, not {shorten(llm)}")
        checked.append(llm)
    if not checked:
        raise ConfigurationError("llms must have at least one LLM")
    return checked
