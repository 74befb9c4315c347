"""What goes wrong tells no key: no message, cause, variable of a traceback, line of a log."""

from __future__ import annotations

import asyncio
import traceback
from typing import Any

import httpx
import pytest

from tests.reliability.ways import WAYS, Way
from tests.security.canary import (
    BOTH,
    HEADER,
    KEY,
    OBJECTS,
    by_ipython,
    by_rich,
    seen,
    settings,
    told,
    written,
)
from tests.servers import CHUNKED, FaultServer, chunk, chunked, close, hold, http, reset
from tests.wire import delta, envelope, error, event
from xyashui import AsyncClient, Client, ConfigurationError, XyashuiError

pytestmark = pytest.mark.usefixtures("log")


def echo(connection: Any) -> None:
    """Show a page with the request's headers, as many a proxy does."""
    connection.send(
        http(b"<html><pre>" + connection.request.head + b"</pre></html>", 502, "text/html")
    )


# What goes wrong, and where a service or a proxy may repeat what it was sent.
SCRIPTS: dict[str, list[Any]] = {
    "closed": [close],
    "broken off": [reset],
    "silence": [hold],
    "cut short": [CHUNKED + chunk(delta("x")), reset],
    "no gzip": [http(b"x" * 30, content_encoding="gzip")],
    "refused": [http(error("无效的令牌"), 401)],
    "the headers on a page": [echo],
    "a message": [http(error(f"无效的令牌 {BOTH}"), 401)],
    "阿水's envelope": [http(envelope(600, BOTH))],
    "an event": [chunked(delta("x"), event(error(BOTH)))],
    "a page instead of an answer": [http(f"<html>{BOTH}</html>".encode(), 200, "text/html")],
    "an answer of no shape": [http({"choices": BOTH})],
    "broken JSON": [http(f'{{"choices": "{BOTH}'.encode())],
    "a header": [http(error("x"), 500, x_request_id=KEY, set_cookie=HEADER)],
    "a redirect": [http(b"", 302, None, location=f"https://example.com/{KEY}?{HEADER}")],
    "a redirect in a circle": [http(b"", 307, None, location=f"/{KEY}")],
    "a reason phrase": [f"HTTP/1.1 502 {BOTH}\r\ncontent-length: 0\r\n\r\n".encode()],
    "no HTTP": [f"HTTP/1.1 {BOTH}\r\n\r\n".encode(), close],
    "a broken header": [f"HTTP/1.1 200 OK\r\n{BOTH}\r\n\r\n".encode(), close],
    "a broken chunk": [CHUNKED + f"{BOTH}\r\n".encode(), close],
}
# By their names: the variables of a test are looked through, too.
each_script = pytest.mark.parametrize("script", SCRIPTS)


def model_settings(url: str, **more: Any) -> dict[str, Any]:
    given = settings(url, **more)
    return {"url": given.pop("base_url"), **given}


def check(error: BaseException) -> None:
    for text in told(error):
        assert not seen(text), text[:1000]
    assert not seen("".join(traceback.format_exception(error)))
    assert not seen(written(error))


@each_script
@pytest.mark.parametrize("way", [way for way in WAYS if "XingYun" in way])
async def test_of_a_model(script, way, log):
    with FaultServer(SCRIPTS[script]) as server:
        asked = Way(way, **model_settings(server.url, timeout=0.5))
        outcome = await asked.ask()
    assert outcome.error is not None
    check(outcome.error)
    assert not seen(log.text)


@pytest.mark.parametrize("way", [way for way in WAYS if "AShui" in way])
async def test_of_the_other_service(way, log):
    await test_of_a_model("阿水's envelope", way, log)


# Fewer scripts for all that is called the same way.
ENDPOINTS: dict[str, Any] = {
    "chat": lambda client: client.chat("hi"),
    "complete": lambda client: client.complete("hi"),
    "embed": lambda client: client.embed("hi"),
    "generate_image": lambda client: client.generate_image("hi"),
    "imagine": lambda client: client.midjourney.imagine("hi"),
    "fetch": lambda client: client.midjourney.fetch("1"),
    "models": lambda client: client.models(),
    "transcribe": lambda client: client.transcribe(b"fLaC" + bytes(400)),
}
each_endpoint = pytest.mark.parametrize("call", ENDPOINTS.values(), ids=ENDPOINTS)
some_scripts = pytest.mark.parametrize("script", ["closed", "the headers on a page", "broken JSON"])


@some_scripts
@each_endpoint
def test_of_any_endpoint(script, call, log):
    with FaultServer(SCRIPTS[script]) as server, Client(**settings(server.url)) as client:
        with pytest.raises(XyashuiError) as caught:
            call(client)
        check(caught.value)
    assert not seen(log.text)


@some_scripts
@each_endpoint
@pytest.mark.parametrize("plain", [False, True])
async def test_of_any_endpoint_awaited(script, call, plain, log):
    own = httpx.AsyncClient(trust_env=False, verify=False) if plain else None
    given = {"http_async_client": own}
    with FaultServer(SCRIPTS[script]) as server:
        async with AsyncClient(**settings(server.url), **given) as client:
            with pytest.raises(XyashuiError) as caught:
                await call(client)
            check(caught.value)
    if own is not None:
        await own.aclose()
    assert not seen(log.text)


@some_scripts
@pytest.mark.parametrize("drawn", [by_rich, by_ipython])
def test_in_tracebacks_that_show_variables(script, drawn):
    with FaultServer(SCRIPTS[script]) as server, pytest.raises(XyashuiError) as caught:
        OBJECTS["ChatXingYun"](**settings(server.url)).invoke("hi")
    text = drawn(caught.value)
    assert "base_url" in text, "there are variables in it"
    assert not seen(text)


async def test_of_other_tries(log):
    with FaultServer([http(error(BOTH), 503, retry_after="0")]) as server:
        asked = Way("ChatXingYun sync call", **model_settings(server.url, max_retries=1))
        outcome = await asked.ask()
    assert outcome.error is not None
    assert "Trying again" in log.text
    assert not seen(log.text)


@pytest.mark.filterwarnings("ignore::xyashui.InsecureConnectionWarning")
@pytest.mark.parametrize("name", ["Client", "ChatXingYun", "XingYun"])
def test_of_a_proxy_that_shows_what_it_was_sent(name, log):
    with FaultServer([echo]) as proxy, httpx.Client(proxy=proxy.url) as own:
        asked = OBJECTS[name](**settings("http://service.invalid", http_client=own))
        ask = {"Client": "chat", "ChatXingYun": "invoke", "XingYun": "complete"}[name]
        with pytest.raises(XyashuiError) as caught:
            getattr(asked, ask)("hi")
        assert KEY.encode() in proxy.requests[0].head
    check(caught.value)
    assert not seen(log.text)


@pytest.mark.parametrize("plain", [False, True])
async def test_of_being_cancelled(plain):
    async with httpx.AsyncClient(trust_env=False, verify=False) as own:
        with FaultServer([hold]) as server:
            given = {"http_async_client": own} if plain else {}
            async with AsyncClient(**settings(server.url), **given) as client:
                task = asyncio.ensure_future(client.chat("hi"))
                while not server.requests:  # noqa: ASYNC110 - the server is a thread
                    await asyncio.sleep(0.01)
                task.cancel()
                with pytest.raises(asyncio.CancelledError) as caught:
                    await task
    for text in told(caught.value):
        assert not seen(text), text[:1000]


class Broken(httpx.BaseTransport):
    """A transport of the user's own, with a mistake in it."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise LookupError("no route")


def test_where_the_users_own_code_failed_is_still_told():
    with httpx.Client(transport=Broken()) as own, pytest.raises(XyashuiError) as caught:
        Client(**settings("http://127.0.0.1:9", http_client=own)).chat("hi")
    check(caught.value)
    assert "in handle_request" in "".join(traceback.format_exception(caught.value))


WRONG: dict[str, dict[str, Any]] = {
    "a number": {"max_retries": -1},
    "an address": {"base_url": "ftp://example.com"},
    "a timeout": {"timeout": "soon"},
    "an unknown option": {"nosuch": 1},
    "the key under another name": {"openai_api_key": KEY},
    "a key of two words": {"api_key": f"{KEY} {HEADER}"},
    "a key of bytes": {"api_key": KEY.encode() + b"\n!"},
    "a key that is a list": {"api_key": []},
    "a header of two lines": {"default_headers": {"X-Api-Key": f"{HEADER}\n"}},
    "a header that is no string": {"default_headers": {"X-Api-Key": HEADER.encode()}},
    "headers that are none": {"default_headers": f"X-Api-Key: {HEADER}"},
    "a client that is none": {"http_client": "x", "http_async_client": "x"},
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("name", [name for name in OBJECTS if name != "Fallback"])
def test_of_a_setting_that_cannot_be(name, wrong):
    try:
        OBJECTS[name](**settings("http://127.0.0.1:9") | WRONG[wrong])
    except (ConfigurationError, TypeError) as error:
        for text in told(error):
            assert not seen(text), text[:1500]


@pytest.mark.parametrize("url", [f"https://a.cn/v1?key={KEY}", f"https://a:{KEY}@a.cn/#{HEADER}"])
def test_of_an_address_that_holds_it(url):
    with pytest.raises(ConfigurationError, match="base_url=") as caught:
        Client(**settings(url))
    assert not seen(f"{caught.value!r}")
