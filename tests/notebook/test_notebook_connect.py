"""A notebook's first cell: whom it talks to."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.conftest import ENVIRONMENT
from tests.servers import FaultServer
from xyashui import ASHUI, XINGYUN, APIConnectionError, Client
from xyashui.notebook import Connection, connect

_SET = dict.fromkeys(ENVIRONMENT)


@pytest.fixture
def connection() -> Iterator[Connection]:
    with connect() as made:
        yield made


def test_without_a_key_it_is_the_emulator(
    connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    assert connection.emulator is not None
    for provider in (XINGYUN, ASHUI):
        assert Client(provider).chat("What is 2+2?").text == "2 + 2 = 4."
    assert len(connection.emulator.requests) == 2
    url = connection.emulator.url
    assert repr(connection).startswith(f"<The offline emulator at {url}: no key, no network")


def test_it_says_so_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with connect() as made:
        assert made.emulator is not None
        out = capsys.readouterr().out
        assert out == f"{made}.\n"
        assert made.emulator.url in out


def test_called_again_it_goes_on_with_what_is_running(connection: Connection) -> None:
    again = connect(tokens_per_second=50)
    assert again is connection
    assert connection.emulator is not None
    assert connection.emulator.tokens_per_second == 50


def test_closing_it_puts_the_environment_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XINGYUN_BASE_URL", "http://127.0.0.1:9/")
    made = connect()
    assert os.environ["XINGYUN_BASE_URL"] != "http://127.0.0.1:9/"
    assert all(os.environ[name] for name in ENVIRONMENT)
    url = os.environ["ASHUI_BASE_URL"]
    made.close()
    made.close()
    assert os.environ["XINGYUN_BASE_URL"] == "http://127.0.0.1:9/"
    assert not [name for name in ENVIRONMENT if name in os.environ and name != "XINGYUN_BASE_URL"]
    assert "closed" in repr(made)
    with pytest.raises(APIConnectionError):
        Client(ASHUI, api_key="test-key", base_url=url, max_retries=0).chat("hi")


def test_what_was_set_since_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    made = connect()
    monkeypatch.setenv("ASHUI_API_KEY", "test-key-of-somebody")
    made.close()
    assert os.environ["ASHUI_API_KEY"] == "test-key-of-somebody"


def test_it_can_be_closed_and_begun_again() -> None:
    for _ in range(2):
        with connect() as made:
            assert made.emulator is not None
            assert Client(XINGYUN).chat("What is 2+2?").text == "2 + 2 = 4."


def test_with_a_key_it_is_the_service_and_nothing_is_sent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with FaultServer([]) as server:
        monkeypatch.setenv("ASHUI_API_KEY", "test-key-of-somebody")
        monkeypatch.setenv("ASHUI_BASE_URL", server.url)
        made = connect()
        assert made.emulator is None
        assert server.connections == 0
    out = capsys.readouterr().out
    assert "ASHUI_API_KEY is set" in out
    assert server.url in out
    assert "星芸" not in out
    assert "test-key-of-somebody" not in out + repr(made)
    made.close()
    assert os.environ["ASHUI_API_KEY"] == "test-key-of-somebody"
