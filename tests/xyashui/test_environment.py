"""What the environment sets and cannot be is told as that."""

from __future__ import annotations

import pytest

from xyashui import AsyncClient, Client
from xyashui.errors import ConfigurationError

URL = "https://service.example"
WRONG = {
    "certificates that are not there": ("SSL_CERT_FILE", "/nowhere/at/all.pem", "No such file"),
    "certificates that are none": ("SSL_CERT_FILE", "/dev/null", "no certificate"),
    "a proxy of no known kind": ("HTTPS_PROXY", "ftp://127.0.0.1:1", "Unknown scheme"),
    "hosts that are none": ("NO_PROXY", "http://,[::1", "Invalid"),
}


@pytest.fixture(params=WRONG.values(), ids=WRONG, autouse=True)
def words(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    name, value, words = request.param
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv(name, value)
    return rf"(?s)as the environment wants it \(.*{name}.*\): .*{words}"


def test_a_client_says_so(words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        Client(api_key="test-key", base_url=URL).chat("x")


async def test_an_async_client_says_so(words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        await AsyncClient(api_key="test-key", base_url=URL).chat("x")
