"""Both LLMs, talking to the emulator, and a server that says exactly what a test wants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events import BaseEvent

from llama_index_xyashui import AShui, XingYun
from tests.answering import Answering
from xyashui.emulator import Emulator

Make = Callable[..., XingYun | AShui]


@pytest.fixture
def xingyun(emulator: Emulator) -> Callable[..., XingYun]:
    def make(**settings: Any) -> XingYun:
        return XingYun(**{"api_key": "test-key", "base_url": emulator.xingyun_url, **settings})

    return make


@pytest.fixture
def ashui(emulator: Emulator) -> Callable[..., AShui]:
    def make(**settings: Any) -> AShui:
        return AShui(**{"api_key": "test-key", "base_url": emulator.ashui_url, **settings})

    return make


@pytest.fixture(params=["xingyun", "ashui"])
def make(request: pytest.FixtureRequest) -> Make:
    """Each service in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def sent(emulator: Emulator) -> Callable[[], dict[str, Any]]:
    """The body that was sent last."""
    return lambda: emulator.requests[-1].body


@pytest.fixture
def service() -> Iterator[Answering]:
    with Answering([]) as running:
        yield running


class Recorder(BaseEventHandler):
    """Keeps the LLM events that it sees."""

    events: list[Any] = []  # noqa: RUF012 - a Pydantic field

    @classmethod
    def class_name(cls) -> str:
        return "Recorder"

    def handle(self, event: BaseEvent, **kwargs: Any) -> None:
        self.events.append(event)

    def counts(self) -> Counter[str]:
        return Counter(type(event).__name__ for event in self.events)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    handler, dispatcher = Recorder(), get_dispatcher()
    dispatcher.add_event_handler(handler)
    yield handler
    dispatcher.event_handlers.remove(handler)
