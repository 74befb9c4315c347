"""Answers that are made to break whoever reads them."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.servers import FaultServer, chunked, http
from tests.wire import completion, delta, envelope, error, event
from xyashui import ASHUI, XINGYUN, AsyncClient, errors
from xyashui.errors import APIError, XyashuiError
from xyashui.failures import Failure, api_error
from xyashui.providers import Provider
from xyashui.streaming import AnswerReader

DEPTHS = (100, 199, 300, 450, 600, 900, 2000, 100_000)


def nest(depth: int) -> str:
    return "[" * depth + "]" * depth


@pytest.mark.parametrize("depth", DEPTHS)
async def test_a_refusal_may_nest_as_deeply_as_it_likes(depth, ask):
    page = f'{{"error": {{"message": "坏了", "param": {nest(depth)}}}}}'.encode()
    with FaultServer([http(page, 400)]) as server, pytest.raises(errors.BadRequestError):
        await ask(server.url)


# What is no JSON to a strict parser goes through a patient one.
ODD = {"plain": "x", "odd": "\\ud83d"}


def outcome(provider: Provider, body: bytes) -> str:
    reader = AnswerReader(provider, "m")
    try:
        return "".join(chunk.text for chunk in (*reader.feed(body), *reader.close()))
    except errors.TransportError as error:
        return f"an error of {error.provider}"


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
@pytest.mark.parametrize("depth", DEPTHS)
def test_so_may_an_answer_which_is_read_or_refused(depth, odd):
    answer = json.dumps(completion()).replace('"index"', f'"{odd}": {nest(depth)}, "index"')
    envelopes = f'{{"Code": 0, "{odd}": 1, "Data": ' * depth + "5" + "}" * depth
    for provider, document in ((XINGYUN, answer), (ASHUI, envelopes)):
        for body in (document.encode(), f"data: {document}\n\n".encode()):
            assert outcome(provider, body) in ("你好。", f"an error of {provider.name}")


def test_what_a_refusal_says_can_be_written_down():
    failure = Failure(errors.ServerError, "坏\ud83d了", "\udc00")
    told = api_error(failure, provider="xingyun", title="星芸", model="m", status=500, headers={})
    assert (told.message, told.code) == ("坏\ufffd了", "\ufffd")
    str(told).encode()


async def test_so_can_what_it_says_in_a_stream(ask):
    said = event(json.dumps(error("坏\ud83d了")))
    with FaultServer([chunked(delta("你"), said)]) as server, pytest.raises(APIError) as caught:
        await ask(server.url)
    assert caught.value.message == "坏\ufffd了"
    assert caught.value.text == "你"


@pytest.mark.parametrize("plain", [False, True], ids=["aiohttp", "httpx"])
async def test_what_comes_in_one_read_with_an_error_is_handed_out_before_it(plain):
    said = chunked(delta("你") + delta("好") + event(error("坏了")))
    async with httpx.AsyncClient(trust_env=False, verify=False) as own:
        given = {"http_async_client": own} if plain else {}
        with FaultServer([said]) as server:
            client = AsyncClient(api_key="test-key", base_url=server.url, max_retries=0, **given)
            stream = client.stream("hi")
            assert [(await anext(stream)).text, (await anext(stream)).text] == ["你", "好"]
            with pytest.raises(errors.ServerError) as caught:
                await anext(stream)
    assert caught.value.text == "你好"


@pytest.mark.parametrize("data", [5, "no", [1], {"choices": 5}, {"choices": ["no"]}])
async def test_an_envelope_of_nonsense_is_refused(data, ask):
    with FaultServer([http(envelope(0, "", data))]) as server, pytest.raises(XyashuiError) as told:
        await ask(server.url, provider=ASHUI)
    assert type(told.value) is errors.ProtocolError
