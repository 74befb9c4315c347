"""Addresses of pictures and files are handed on: nothing is fetched from here."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from llama_index.core.base.llms.types import ChatMessage, DocumentBlock, ImageBlock, TextBlock

from tests.reliability.ways import WAYS, Way
from tests.servers import FaultServer, chunked, http
from tests.wire import STREAM, completion
from xyashui import Client

FILES = [way for way in WAYS if "AShui" in way]


@pytest.fixture
def elsewhere() -> Any:
    with FaultServer([http(b"\x89PNG\r\n\x1a\n", 200, "image/png")]) as server:
        yield server


async def asked(way: str, question: Any = "hi", made_with: Any = None, **options: Any) -> bytes:
    """Ask in a way; return the body that was sent."""
    script = [chunked(STREAM) if way.endswith("stream") else http(completion())]
    with FaultServer(script) as server:
        outcome = await Way(way, server.url, **(made_with or {})).ask(question, **options)
        assert outcome.error is None, outcome.error
        [request] = server.requests
    return request.body


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("when", ["call", "model"])
async def test_a_picture(way, when, elsewhere):
    url = f"{elsewhere.url}/cat.png?a=b"
    given = {"images": [url]}
    body = await asked(way, **(given if when == "call" else {"made_with": given}))
    assert url.encode() in body
    assert elsewhere.connections == 0


@pytest.mark.parametrize("way", FILES)
@pytest.mark.parametrize("when", ["call", "model"])
async def test_a_file(way, when, elsewhere):
    url = f"{elsewhere.url}/sales.xlsx"
    given = {"file_list": [url]}
    body = await asked(way, **(given if when == "call" else {"made_with": given}))
    assert url.encode() in body
    assert elsewhere.connections == 0


LANGCHAIN = {
    "image_url": lambda url: {"type": "image_url", "image_url": {"url": url}},
    "image": lambda url: {"type": "image", "url": url},
}


@pytest.mark.parametrize("way", [way for way in WAYS if way.startswith("Chat")])
@pytest.mark.parametrize("block", LANGCHAIN.values(), ids=LANGCHAIN)
async def test_a_block_of_langchain(way, block, elsewhere):
    url = f"{elsewhere.url}/cat.png"
    body = await asked(way, [HumanMessage([{"type": "text", "text": "?"}, block(url)])])
    assert url.encode() in body
    assert elsewhere.connections == 0


@pytest.mark.parametrize(
    ("name", "kind"), [("XingYun", ImageBlock), ("AShui", ImageBlock), ("AShui", DocumentBlock)]
)
async def test_a_block_of_llama_index(name, kind, elsewhere):
    url = f"{elsewhere.url}/cat.png"
    with FaultServer([http(completion())]) as server:
        model = Way(f"{name} sync call", server.url).model
        message = ChatMessage(role="user", blocks=[TextBlock(text="?"), kind(url=url)])
        model.chat([message])
        await model.achat([message])
        assert all(url.encode() in request.body for request in server.requests)
    assert elsewhere.connections == 0


async def test_nor_is_a_picture_that_a_service_names_before_it_is_asked_for(elsewhere):
    answer = {"created": 1, "data": [{"url": f"{elsewhere.url}/cat.png"}]}
    with FaultServer([http(answer)]) as server:
        client = Client(api_key="test-key", base_url=server.url)
        picture = client.generate_image("一只猫").first
        repr(picture), picture._repr_html_(), picture.to_html()
        assert elsewhere.connections == 0
        picture.bytes()
        [request] = elsewhere.requests
        assert request.header("authorization") is None, "and then without the key"
