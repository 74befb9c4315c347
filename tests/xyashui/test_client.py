"""`Client` and `AsyncClient`, end to end, on the emulator and on a server that misbehaves."""

from __future__ import annotations

import asyncio
import copy
import gzip
import json
import pickle
import zlib
from typing import Any

import pytest

from tests.servers import (
    CHUNKED,
    LAST_CHUNK,
    FaultServer,
    chunk,
    chunked,
    close,
    head,
    hold,
    http,
    reset,
    trickle,
    wait,
)
from tests.wire import DONE, STREAM, completion, delta, envelope, error, event, piece
from tests.xyashui.conftest import patience
from xyashui import ASHUI, PROVIDERS, XINGYUN, AsyncClient, Client, errors
from xyashui.emulator import TRIGGERS
from xyashui.errors import ConfigurationError, ProtocolError, StreamInterruptedError, XyashuiError

BOTH = pytest.mark.parametrize("provider", [XINGYUN, ASHUI], ids=["xingyun", "ashui"])


def address(emulator: Any, provider: Any) -> str:
    return {XINGYUN.name: emulator.xingyun_url, ASHUI.name: emulator.ashui_url}[provider.name]


class TestOnTheEmulator:
    @BOTH
    async def test_an_answer(self, provider, ask, emulator):
        answer = await ask(address(emulator, provider), "What is 2+3?", provider=provider)
        assert answer.text == "2 + 3 = 5."
        assert answer.finish_reason == "stop"
        assert answer.model == provider.default_model
        assert answer.reported_model == ("kfzmxmc" if provider is ASHUI else "gpt-4-turbo")
        assert (answer.usage is None) == (provider is ASHUI)
        assert answer.id

    @BOTH
    async def test_a_web_search_has_sources(self, provider, ask, emulator):
        url = address(emulator, provider)
        answer = await ask(url, "济南今天天气怎么样?", provider=provider, web_search=True)
        assert answer.citations
        for one in answer.citations:
            assert one.url.startswith("http")

    async def test_stop_is_cut_here_where_the_service_has_none(self, ask, emulator):
        answer = await ask(emulator.ashui_url, "What is 2+3?", provider=ASHUI, stop=["="])
        assert (answer.text, answer.finish_reason) == ("2 + 3 ", "stop")
        assert "stop" not in emulator.requests[-1].body

    @pytest.mark.parametrize(
        "one", TRIGGERS, ids=lambda one: f"{one.service} {one.kind} {one.name}"
    )
    async def test_every_documented_error(self, one, ask, emulator):
        """Its own class, the service's own words and code, in calls and in streams."""
        provider = PROVIDERS[one.service]
        given = {"api_key": one.name} if one.kind == "key" else {"model": one.name}
        with pytest.raises(errors.APIError) as caught:
            await ask(address(emulator, provider), provider=provider, **given)
        model = given.get("model", provider.default_model)
        assert type(caught.value) is not errors.APIError
        assert one.message.format(model=model) in caught.value.message
        assert str(caught.value.code or "") == str(one.code) or one.arrives == "page"
        assert caught.value.status_code == one.status
        assert caught.value.retry_after == one.retry_after
        assert f"'{model}'" in str(caught.value)


SAMPLES = {
    "LF": STREAM,
    "CRLF and heartbeats": (b": ping\n\n" + STREAM).replace(b"\n", b"\r\n"),
    "阿水's page": b"data:\n"
    + json.dumps(piece("你好。", "stop"), indent=1).encode()
    + b"\ndata:[DONE]",
    "a document": json.dumps(completion(), ensure_ascii=False).encode(),
}


class TestForms:
    @pytest.mark.parametrize("size", [1, 7])
    @pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
    async def test_in_packets_of_a_few_bytes(self, sample, size, ask):
        script = [head(), trickle(sample, size), close]
        with FaultServer(script) as server:
            assert (await ask(server.url)).text == "你好。"

    async def test_in_http_chunks_of_a_few_bytes(self, ask):
        pieces = [STREAM[start : start + 5] for start in range(0, len(STREAM), 5)]
        with FaultServer([chunked(*pieces)]) as server:
            assert (await ask(server.url)).text == "你好。"

    @pytest.mark.parametrize(
        "content_type",
        ["text/event-stream", "text/event-stream;charset=gbk", "application/json", "text/html",
         "text/plain", "application/octet-stream", "nonsense", None],
    )  # fmt: skip
    @pytest.mark.parametrize(
        "body", [STREAM, json.dumps(completion()).encode()], ids=["stream", "JSON"]
    )
    async def test_the_content_type_makes_no_difference(self, content_type, body, ask):
        with FaultServer([http(body, 200, content_type)]) as server:
            assert (await ask(server.url)).text == "你好。"

    @pytest.mark.parametrize("pack", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
    @pytest.mark.parametrize(
        "body", [STREAM, json.dumps(completion()).encode()], ids=["stream", "JSON"]
    )
    async def test_compressed(self, pack, body, ask):
        encoding = "gzip" if pack is gzip.compress else "deflate"
        packed = pack(body)
        start = head(
            200, "text/event-stream", content_encoding=encoding, transfer_encoding="chunked"
        )
        middle = len(packed) // 2
        with FaultServer(
            [start + chunk(packed[:middle]), chunk(packed[middle:]) + LAST_CHUNK]
        ) as server:
            assert (await ask(server.url)).text == "你好。"

    async def test_http_1_0(self, ask):
        with FaultServer([b"HTTP/1.0 200 OK\r\n\r\n" + STREAM, close]) as server:
            assert (await ask(server.url)).text == "你好。"

    async def test_until_the_connection_closes(self, ask):
        with FaultServer([head(connection="close") + STREAM, close]) as server:
            assert (await ask(server.url)).text == "你好。"

    async def test_interim_responses(self, ask):
        interim = b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"
        with FaultServer([b"HTTP/1.1 100 Continue\r\n\r\n" + interim + chunked(STREAM)]) as server:
            assert (await ask(server.url)).text == "你好。"

    async def test_no_choice_of_several_is_lost(self, ask):
        stream = delta("a", None, 0) + delta("b", "stop", 1) + delta("", "stop", 0)
        with FaultServer([chunked(stream)]) as server:
            answer = await ask(server.url, n=2)
        assert [choice.text for choice in answer.choices] == ["a", "b"]


# What makes the end after the finish reason, or after the closing brace of a document.
FAREWELLS = {
    "close without the end of HTTP": [CHUNKED, chunk(delta("你好。", "stop")), close],
    "reset": [CHUNKED, chunk(delta("你好。", "stop")), reset],
    "silence": [CHUNKED, chunk(delta("你好。", "stop")), hold],
    "fewer bytes than announced": [head(content_length=9999) + delta("你好。", "stop"), close],
    "half an event": [CHUNKED, chunk(delta("你好。", "stop") + b'data: {"usa'), close],
    "silence after a document": [CHUNKED, chunk(json.dumps(completion()).encode()), hold],
    "reset after a document": [CHUNKED, chunk(json.dumps(completion()).encode()), reset],
}


@pytest.mark.parametrize("script", FAREWELLS.values(), ids=FAREWELLS)
async def test_what_is_complete_is_complete_however_it_ends(script, ask):
    with FaultServer(script) as server:
        assert (await ask(server.url, timeout=patience(script))).text == "你好。"


INTERRUPTED = StreamInterruptedError
CUTS = {
    "close": ([CHUNKED, chunk(delta("你")), close], INTERRUPTED),
    "reset": ([CHUNKED, chunk(delta("你")), reset], INTERRUPTED),
    "an end in good order": ([chunked(delta("你"))], INTERRUPTED),
    "an end in good order, no length": ([head() + delta("你"), close], INTERRUPTED),
    "fewer bytes than announced": ([head(content_length=999) + delta("你"), close], INTERRUPTED),
    "no chunk where one should be": (
        [CHUNKED + chunk(delta("你")), wait(0.1), b"zz\r\n", close],
        INTERRUPTED,
    ),
    "silence": ([CHUNKED, chunk(delta("你")), hold], errors.APITimeoutError),
    "an error": ([chunked(delta("你"), event(error("坏了")))], errors.ServerError),
    "no JSON": ([chunked(delta("你"), b"data: oops\n\n")], ProtocolError),
    "a document": ([http(json.dumps(completion("你"))[:-9].encode())], INTERRUPTED),
    "a document with fewer bytes than announced": (
        [head(content_length=999) + json.dumps(completion("你"))[:-9].encode(), close],
        INTERRUPTED,
    ),
}


@pytest.mark.parametrize(("script", "kind"), CUTS.values(), ids=CUTS)
async def test_an_answer_that_is_cut_short_is_an_error_that_holds_it(script, kind, ask):
    with FaultServer(script) as server, pytest.raises(XyashuiError) as caught:
        await ask(server.url, timeout=patience(script))
    assert type(caught.value) is kind
    assert caught.value.provider == "xingyun"
    assert caught.value.text == "你"


STRANGE = {
    "nothing": ([http(b"")], StreamInterruptedError),
    "no content": ([b"HTTP/1.1 204 No Content\r\n\r\n"], StreamInterruptedError),
    "heartbeats": ([chunked(b": ping\n\n" * 3)], StreamInterruptedError),
    "[DONE] alone": ([chunked(DONE)], ProtocolError),
    "a page": ([http(b"<html>login</html>", 200, "text/html")], ProtocolError),
    "text": ([http(b"hello", 200, "text/plain")], ProtocolError),
    "what is said to be gzip": (
        [http(b"hello", 200, None, content_encoding="gzip")],
        ProtocolError,
    ),
    "gzip cut short": (
        [http(gzip.compress(STREAM)[:-30], 200, None, content_encoding="gzip")],
        StreamInterruptedError,
    ),
    "阿水's envelope of nothing": ([http(envelope(0))], ProtocolError),
}


@pytest.mark.parametrize(("script", "kind"), STRANGE.values(), ids=STRANGE)
async def test_what_is_no_answer_is_an_error(script, kind, ask):
    with FaultServer(script) as server, pytest.raises(XyashuiError) as caught:
        await ask(server.url, provider=ASHUI)
    assert type(caught.value) is kind


ENDLESS = {
    "an event": [head(), *[b"data: " + b"x" * 65536] * 200],
    "a document": [head(), *[b'{"a": "' + b"x" * 65536] * 200],
    "a page": [head(), *[b"<html>" + b"x" * 65536] * 200],
    "a compressed event": [
        head(200, None, content_encoding="gzip") + gzip.compress(b"data: " + b"x" * 10**7),
    ],
}


@pytest.mark.parametrize("script", ENDLESS.values(), ids=ENDLESS)
async def test_what_is_too_long_is_not_read_to_the_end(script, ask):
    with FaultServer([*script, hold]) as server:
        with pytest.raises(ProtocolError, match="max_event_bytes"):
            await ask(server.url, max_event_bytes=100_000, timeout=60)
        assert await asyncio.to_thread(server.client_left), "and not the server, after 20 s"


async def test_a_refusal_without_end_is_not_read_to_the_end(ask):
    page = [head(500, "text/html"), *[b"x" * 65536] * 40, hold]
    with FaultServer(page) as server:
        with pytest.raises(errors.ServerError) as caught:
            await ask(server.url, timeout=60)
        assert await asyncio.to_thread(server.client_left), "and not the server, after 20 s"
    assert len(str(caught.value)) < 3000


class TestRequest:
    async def test_what_is_sent(self, ask_stream):
        with FaultServer([chunked(STREAM)]) as server:
            await ask_stream(server.url, temperature=1, extra_body={"top_k": 3})
        (request,) = server.requests
        assert request.target == "/v1/chat/completions"
        assert request.header("authorization") == "Bearer test-key"
        assert request.header("content-type") == "application/json"
        assert request.header("accept") == "text/event-stream"
        assert request.header("accept-encoding") == "identity"
        assert request.header("user-agent").startswith("xyashui/")
        assert "cookie" not in dict(request.headers)
        assert request.json == {
            "model": "gpt-4-turbo",
            "messages": [{"role": "user", "content": "你好"}],
            "temperature": 1,
            "stream": True,
            "stream_options": {"include_usage": True},
            "top_k": 3,
        }

    async def test_headers_of_ones_own_replace_and_do_not_double(self, ask):
        own = {"USER-AGENT": "mine/1", "authorization": "Bearer other", "X-Trace": "a b"}
        with FaultServer([chunked(STREAM)]) as server:
            await ask(server.url, default_headers=own)
        (request,) = server.requests
        assert request.header("user-agent") == "mine/1"
        assert request.header("authorization") == "Bearer other"
        assert request.header("x-trace") == "a b"

    async def test_half_a_surrogate_pair_is_sent(self, ask):
        with FaultServer([chunked(STREAM)]) as server:
            await ask(server.url, "a\ud83d")
        assert server.requests[0].json["messages"][0]["content"] == "a\ud83d"

    async def test_what_is_no_json_is_not_sent(self, ask):
        with FaultServer([chunked(STREAM)]) as server, pytest.raises(ConfigurationError):
            await ask(server.url, extra_body={"a": object()})
        assert server.connections == 0

    async def test_a_timeout_of_one_call(self, ask):
        with FaultServer([hold]) as server, pytest.raises(errors.APITimeoutError):
            await ask(server.url, timeout=0.3)

    @pytest.mark.parametrize("kind", [Client, AsyncClient])
    def test_the_key_and_the_address_from_the_environment(self, kind, monkeypatch):
        monkeypatch.setenv("ASHUI_API_KEY", "test-key")
        monkeypatch.setenv("ASHUI_BASE_URL", "http://127.0.0.1:9/v1")
        assert kind(ASHUI).base_url == "http://127.0.0.1:9/v1"


def test_a_provider_may_be_given_by_name():
    assert Client("ashui", api_key="test-key").provider is ASHUI


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"api_key": None}, "XINGYUN_API_KEY"),
        ({"api_key": "a b"}, "cannot be sent"),
        ({"provider": "xingyu"}, "xingyu"),
        ({"provider": 5}, "provider must be"),
        ({"max_retries": -1}, "max_retries"),
        ({"max_retries": True}, "max_retries"),
        ({"max_retries": 1.5}, "max_retries"),
        ({"timeout": 0}, "timeout"),
        ({"base_url": "example.com"}, "base_url"),
        ({"base_url": "https://-x-.\u200d"}, "base_url"),
        ({"default_headers": [("a", "b")]}, "default_headers"),
        ({"default_headers": {"a": 1}}, "default_headers"),
        ({"default_headers": {"a": "b\r\nc: d"}}, "default_headers"),
        ({"default_headers": {"a\r\nb": "c"}}, "default_headers"),
        ({"default_headers": {"a b": "c"}}, "default_headers"),
        ({"default_headers": {"a:": "c"}}, "default_headers"),
        ({"default_headers": {"": "c"}}, "default_headers"),
        ({"default_headers": {"a": "你好"}}, "default_headers"),
        ({"default_headers": {"a": "b\0"}}, "default_headers"),
    ],
)
def test_a_setting_that_cannot_be(kind, settings, words):
    with pytest.raises(ConfigurationError, match=words) as caught:
        kind(**{"api_key": "test-key", **settings})
    assert "test-key" not in str(caught.value)


class TestLife:
    @BOTH
    def test_copies_have_no_key_and_take_it_from_the_environment(
        self, provider, emulator, monkeypatch
    ):
        client = Client(provider, api_key="test-key", base_url=address(emulator, provider))
        data = pickle.dumps(client)
        assert b"test-key" not in data
        twin = pickle.loads(data)
        with pytest.raises(ConfigurationError, match=f"{provider.environment}_API_KEY"):
            twin.chat("你好")
        monkeypatch.setenv(provider.api_key_variable, "test-key")
        assert twin.chat("What is 2+3?").text == "2 + 3 = 5."

    async def test_an_async_one_too(self, emulator, monkeypatch):
        client = AsyncClient(api_key="test-key", base_url=emulator.xingyun_url)
        monkeypatch.setenv("XINGYUN_API_KEY", "test-key")
        twin = pickle.loads(pickle.dumps(client))
        assert (await twin.chat("What is 2+3?")).text == "2 + 3 = 5."

    @pytest.mark.parametrize("kind", [Client, AsyncClient])
    def test_a_copy_is_the_same_client(self, kind):
        client = kind(api_key="test-key")
        assert copy.copy(client) is client
        assert copy.deepcopy({"a": client})["a"] is client

    @pytest.mark.parametrize("kind", [Client, AsyncClient])
    def test_repr_has_no_key(self, kind):
        client = kind(api_key="test-key", default_headers={"X": "test-key"})
        assert repr(client) == f"{kind.__name__}(xingyun, base_url='https://aiapi.xing-yun.cn/v1')"

    async def test_a_closed_client_says_so(self, ask):
        with Client(api_key="test-key") as client:
            pass
        with pytest.raises(ConfigurationError, match="has been closed"):
            client.chat("你好")
        async with AsyncClient(api_key="test-key") as client:
            pass
        with pytest.raises(ConfigurationError, match="has been closed"):
            await client.chat("你好")

    def test_a_stream_knows_what_has_arrived(self, emulator):
        with Client(api_key="test-key", base_url=emulator.xingyun_url).stream(
            "What is 2+3?"
        ) as stream:
            assert stream.answer.text == ""
            first = next(stream)
            assert stream.answer.text == first.text
            rest = "".join(chunk.text for chunk in stream)
            assert stream.answer.text == first.text + rest == "2 + 3 = 5."
