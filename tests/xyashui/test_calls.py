"""The settings of both clients: what they may be, and where they do not go."""

from __future__ import annotations

import pickle

import pytest

from tests.servers import FaultServer, http
from tests.wire import error
from xyashui import ASHUI, XINGYUN, AsyncClient, Client
from xyashui.errors import ConfigurationError, XyashuiError

KINDS = pytest.mark.parametrize("kind", [Client, AsyncClient])


@KINDS
class TestSettings:
    def test_an_unknown_one_is_told_with_the_name_of_the_class(self, kind):
        with pytest.raises(TypeError, match=rf"\b{kind.__name__}\b.*'max_retrys'"):
            kind(api_key="test-key", max_retrys=2)

    @pytest.mark.parametrize("given", ["x", 0, -1, 1.5, True, None])
    def test_max_event_bytes_is_a_number_of_bytes(self, kind, given):
        with pytest.raises(ConfigurationError, match="max_event_bytes must be 1 or more"):
            kind(api_key="test-key", max_event_bytes=given)

    @pytest.mark.parametrize("provider", [XINGYUN, ASHUI])
    def test_a_service_may_be_given_by_its_name(self, kind, provider):
        assert kind(provider.name, api_key="test-key").provider is provider
        assert kind(provider, api_key="test-key").provider is provider

    @pytest.mark.parametrize("provider", [5, None, ["xingyun"]])
    def test_nothing_else_is_a_service(self, kind, provider):
        with pytest.raises(ConfigurationError, match="provider must be 'xingyun' or 'ashui'"):
            kind(provider, api_key="test-key")

    def test_headers_stay_behind_when_it_is_pickled(self, kind):
        data = pickle.dumps(kind(api_key="test-key", default_headers={"X-Gate": "canary"}))
        assert b"canary" not in data
        assert b"X-Gate" not in data
        assert pickle.loads(data).provider == XINGYUN


class TestWhatIsHiddenInErrors:
    async def test_a_short_key_takes_no_words_apart(self, ask):
        words = "the key s is not the user's: 503 responses"
        with (
            FaultServer([http(error(words), 500)]) as server,
            pytest.raises(XyashuiError) as caught,
        ):
            await ask(server.url, api_key="s")
        assert "the key *** is not the user" in str(caught.value)
        assert "503 responses" in str(caught.value)
        assert "The service said" in str(caught.value)

    @pytest.mark.parametrize(
        "header",
        [{"Authorization": "Bearer canary-of-a-header"}, {"authorization": "canary-of-a-header"},
         {"X-API-Key": "canary-of-a-header"}],
        ids=str,
    )  # fmt: skip
    async def test_a_key_among_the_headers_is_one_too(self, header, ask):
        answer = http(error("no such key: canary-of-a-header"), 401)
        with FaultServer([answer]) as server, pytest.raises(XyashuiError) as caught:
            await ask(server.url, default_headers=header)
        assert "no such key: ***" in str(caught.value)
        assert "canary" not in f"{caught.value!r} {vars(caught.value)}"

    async def test_another_header_is_none(self, ask):
        answer = http(error("not from here"), 403)
        with FaultServer([answer]) as server, pytest.raises(XyashuiError) as caught:
            await ask(server.url, default_headers={"X-Origin": "here"})
        assert "not from here" in str(caught.value)


def test_the_async_client_says_that_it_needs_asyncio():
    """Driven by hand, as an event loop that is not asyncio's would drive it."""
    coroutine = AsyncClient(api_key="test-key", base_url="http://127.0.0.1:9").chat("你好")
    with pytest.raises(ConfigurationError, match="asyncio"):
        coroutine.send(None)
