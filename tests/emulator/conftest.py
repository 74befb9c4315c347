from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import xyashui.emulator
from xyashui.emulator import Emulator


@pytest.fixture(scope="session")
def shared() -> Iterator[Emulator]:
    """One emulator for every test that does not change it."""
    with xyashui.emulator.serve() as emulator:
        yield emulator


class Service:
    """Speaks to one emulated service, as a client without any of xyashui would."""

    def __init__(self, url: str, defaults: dict[str, Any]) -> None:
        # Neither proxies nor certificates matter on loopback, and both take time to load.
        self.http = httpx.Client(base_url=url, timeout=10, trust_env=False, verify=False)
        self.defaults = defaults

    def post(self, content: Any, *, key: str | None = "any-key", **body: Any) -> httpx.Response:
        messages = [{"role": "user", "content": content}] if _is_content(content) else content
        headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
        sent = {"messages": messages, **self.defaults, **body}
        sent = {name: value for name, value in sent.items() if value is not ...}
        return self.http.post("/v1/chat/completions", json=sent, headers=headers)

    def ask(self, content: Any, **body: Any) -> str:
        return self.message(content, **body)["content"]

    def message(self, content: Any, **body: Any) -> dict[str, Any]:
        return self.post(content, **body).json()["choices"][0]["message"]


def _is_content(content: Any) -> bool:
    if isinstance(content, str):
        return True
    return bool(content) and isinstance(content, list) and "type" in content[0]


@pytest.fixture
def connect() -> type[Service]:
    return Service


@pytest.fixture
def xingyun(shared: Emulator) -> Service:
    return Service(shared.xingyun_url, {"model": "gpt-4-turbo"})


@pytest.fixture
def ashui(shared: Emulator) -> Service:
    return Service(shared.ashui_url, {"model": "ashuiai-4.0", "stream": False})
