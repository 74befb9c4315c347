"""The sixteen ways to ask: four models, sync and async, a call and a stream; what comes of it."""

from __future__ import annotations

from contextlib import aclosing, closing
from dataclasses import dataclass
from importlib import import_module
from itertools import product
from typing import Any

from xyashui.errors import XyashuiError

__all__ = ["FOUR_WAYS", "MODELS", "QUESTION", "WAYS", "Outcome", "Way"]

# The models, and the services that they ask.
MODELS = {"ChatXingYun": "xingyun", "ChatAShui": "ashui", "XingYun": "xingyun", "AShui": "ashui"}
WAYS = [" ".join(way) for way in product(MODELS, ("sync", "async"), ("call", "stream"))]
# One of each kind, and of each model: enough where the frameworks have little part in it.
FOUR_WAYS = [
    *("ChatXingYun sync call", "AShui sync stream"),
    *("XingYun async call", "ChatAShui async stream"),
]
QUESTION = "你好"


@dataclass(frozen=True)
class Outcome:
    """What came of asking: an answer, or an error; and the text that a stream had handed out."""

    text: str = ""
    calls: tuple[tuple[str, Any], ...] = ()
    handed_out: str = ""
    error: XyashuiError | None = None


class Way:
    """One of the sixteen, for example `Way("ChatAShui async stream", url)`.

    The same model serves every question, as it would in a program.
    """

    def __init__(self, name: str, url: str, **settings: Any) -> None:
        model, style, kind = name.split()
        self.name = name
        self.service = MODELS[model]
        self.is_sync = style == "sync"
        self.is_stream = kind == "stream"
        framework = "langchain" if model.startswith("Chat") else "llama_index"
        # A process that asks in one way needs one framework: either takes a second to import.
        self.form: Any = import_module(f"tests.reliability.asking_{framework}")
        given = {"api_key": "test-key", "max_retries": 0, "timeout": 10} | settings
        self.model = self.form.MODELS[model](base_url=url, **given)

    async def ask(self, question: str = QUESTION, **options: Any) -> Outcome:
        """Ask once. Errors of ours become an outcome; whatever else is raised, is raised."""
        texts: list[str] = []
        try:
            last = await self._last(texts, question, options)
        except XyashuiError as error:
            return Outcome(handed_out="".join(texts), error=error)
        text, calls = self.form.read(last)
        return Outcome(text, calls, "".join(texts))

    def ask_sync(self, question: str = QUESTION, **options: Any) -> Outcome:
        """Ask once in a sync way, without an event loop: nothing in it is awaited."""
        try:
            self.ask(question, **options).send(None)
        except StopIteration as stop:
            outcome: Outcome = stop.value
            return outcome
        raise AssertionError(f"{self.name} awaited something")

    async def _last(self, texts: list[str], question: str, options: dict[str, Any]) -> Any:
        form, model = self.form, self.model
        if not self.is_stream:
            if self.is_sync:
                return form.call(model, question, options)
            return await form.acall(model, question, options)
        last = None
        if self.is_sync:
            with closing(form.stream(model, question, options)) as stream:
                for piece in stream:
                    last = form.add(last, piece)
                    texts.append(form.delta(piece))
        else:
            async with aclosing(form.astream(model, question, options)) as stream:
                async for piece in stream:
                    last = form.add(last, piece)
                    texts.append(form.delta(piece))
        return last
