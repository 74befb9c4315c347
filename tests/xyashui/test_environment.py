"""What the environment sets and cannot be is told as that."""

from __future__ import annotations

from traceback import TracebackException

import pytest

from xyashui import AsyncClient, Client
from xyashui.errors import ConfigurationError

PASSWORD = "a-proxy-password"
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
    # Only what can be meant is named: certificates, or proxies and the hosts without one.
    other = "PROXY" if name.startswith("SSL") else "SSL"
    if other == "SSL":
        monkeypatch.setenv("SSL_CERT_DIR", "/")
    named = rf"((?!{other})[^)])*"
    return rf"(?s)as the environment wants it \({named}{name}{named}\): .*{words}"


def test_a_client_says_so(words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        Client(api_key="test-key", base_url=URL).chat("x")


async def test_an_async_client_says_so(words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        await AsyncClient(api_key="test-key", base_url=URL).chat("x")


async def test_a_password_of_a_proxy_is_not_among_the_variables_of_a_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"ftp://user:{PASSWORD}@127.0.0.1:1")
    with pytest.raises(ConfigurationError) as caught:
        Client(api_key="test-key", base_url=URL).chat("x")
    with pytest.raises(ConfigurationError) as awaited:
        await AsyncClient(api_key="test-key", base_url=URL).chat("x")
    for error in (caught.value, awaited.value):
        lines = TracebackException.from_exception(error, capture_locals=True).format()
        text = "".join(lines)
        assert "'***'" in text, "it is among them, and hidden"
        assert PASSWORD not in text
