"""LlamaIndex's messages, as they are sent."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from llama_index.core.base.llms.types import (
    AudioBlock,
    CacheControl,
    CachePoint,
    ChatMessage,
    CitableBlock,
    CitationBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)
from llama_index.core.schema import ImageDocument, ImageNode, NodeWithScore
from PIL import Image

from llama_index_xyashui.messages import to_wire
from tests.drawing import drawn
from xyashui import ConfigurationError

PNG = drawn(size=(32, 16))
DATA_URI = "data:image/png;base64," + base64.b64encode(PNG).decode()
PICTURE = {"type": "image_url", "image_url": {"url": DATA_URI}}
URL = "https://example.com/cat.png"


def wire(*blocks: Any, **fields: Any) -> dict[str, Any]:
    (message,), _ = to_wire([ChatMessage(blocks=list(blocks), **fields)])
    return message


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "red.png"
    file.write_bytes(PNG)
    return file


# Roles


@pytest.mark.parametrize(
    ("role", "sent"),
    [
        ("system", "system"),
        ("developer", "developer"),
        ("user", "user"),
        ("assistant", "assistant"),
        ("chatbot", "assistant"),
        ("model", "assistant"),
        ("function", "function"),
    ],
)
def test_roles(role: str, sent: str) -> None:
    assert wire(TextBlock(text="hi"), role=role) == {"role": sent, "content": "hi"}


def test_a_role_may_be_assigned_as_a_string() -> None:
    message = ChatMessage("42", additional_kwargs={"tool_call_id": "call_1"})
    message.role = "tool"
    assert to_wire([message])[0][0]["tool_call_id"] == "call_1"


def test_a_tools_result_names_its_call() -> None:
    kwargs = {"tool_call_id": "call_1", "session_id": "a memory's own"}
    assert wire(TextBlock(text="42"), role="tool", additional_kwargs=kwargs) == {
        "role": "tool",
        "content": "42",
        "tool_call_id": "call_1",
    }


def test_the_name_of_a_speaker_is_kept() -> None:
    kwargs = {"name": "lookup"}
    assert wire(TextBlock(text="42"), role="function", additional_kwargs=kwargs) == {
        "role": "function",
        "content": "42",
        "name": "lookup",
    }


def test_ashui_gets_role_and_content_and_nothing_else(ashui, sent) -> None:
    ashui().chat(
        [
            ChatMessage("Be brief.", role="developer"),
            ChatMessage("Hello", additional_kwargs={"name": "Li"}),
        ]
    )
    assert sent()["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
    ]


@pytest.mark.parametrize("message", ["hi", {"role": "user", "content": "hi"}, None])
def test_what_is_no_chat_message_is_refused(message: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"not {type(message).__name__}"):
        to_wire([message])


def test_no_messages_are_refused(make) -> None:
    with pytest.raises(ConfigurationError, match="messages is empty"):
        make().chat([])


# Text


def test_texts_are_joined_as_llamaindex_joins_them() -> None:
    message = ChatMessage(blocks=[TextBlock(text="one"), TextBlock(text="two")])
    assert to_wire([message])[0][0]["content"] == message.content == "one\ntwo"


def test_no_content_is_an_empty_text() -> None:
    assert wire() == {"role": "user", "content": ""}


def test_reasoning_and_cache_points_are_not_sent_back() -> None:
    cache = CachePoint(cache_control=CacheControl(type="ephemeral"))
    blocks = (ThinkingBlock(content="hmm"), TextBlock(text="Yes."), cache)
    assert wire(*blocks, role="assistant")["content"] == "Yes."


def test_citable_and_cited_texts_are_texts() -> None:
    citable = CitableBlock(title="t", source="s", content=[TextBlock(text="given")])
    cited = CitationBlock(
        cited_content=TextBlock(text="quoted"), source="s", title="t", additional_location_info={}
    )
    assert wire(citable, cited)["content"] == "given\nquoted"


# Images


@pytest.mark.parametrize(
    "block",
    [
        ImageBlock(image=PNG),
        ImageBlock(image=base64.b64encode(PNG)),
        ImageBlock(image=BytesIO(PNG)),
        ImageBlock(url=DATA_URI),
        ImageBlock(image=PNG, image_mimetype="image/jpeg"),  # the bytes know better
    ],
    ids=["bytes", "base64", "file", "data URI", "wrong type"],
)
def test_images(block: ImageBlock) -> None:
    assert wire(TextBlock(text="What is it?"), block)["content"] == [
        {"type": "text", "text": "What is it?"},
        PICTURE,
    ]


def test_an_image_by_url_keeps_its_detail() -> None:
    assert wire(ImageBlock(url=URL, detail="low"))["content"] == [
        {"type": "image_url", "image_url": {"url": URL, "detail": "low"}}
    ]


def test_an_image_by_path(path: Path) -> None:
    assert wire(ImageBlock(path=path))["content"] == [PICTURE]


def test_an_open_file_can_be_sent_twice() -> None:
    block = ImageBlock(image=BytesIO(PNG))
    assert wire(block) == wire(block)


def test_an_image_in_a_citable_block_is_an_image() -> None:
    citable = CitableBlock(title="t", source="s", content=[ImageBlock(image=PNG)])
    assert wire(citable)["content"] == [PICTURE]


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (ImageBlock(), "this one is empty"),
        (ImageBlock(image=b"no image at all, just text"), "is no image"),
        (ImageBlock(url="ftp://example.com/cat.png"), "neither an http"),
        (AudioBlock(audio=b"RIFF"), "type AudioBlock cannot be sent"),
        (VideoBlock(video=b"\0\0\0\x18ftypmp42"), "type VideoBlock cannot be sent"),
        (DocumentBlock(data=b"%PDF-1.7"), "must have a url"),
        (DocumentBlock(path="report.pdf"), "must have a url"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_once(make, emulator, block: Any, words: str) -> None:
    llm, before = make(), len(emulator.requests)
    with pytest.raises(ConfigurationError, match=words):
        llm.chat([ChatMessage(blocks=[TextBlock(text="?"), block])])
    assert len(emulator.requests) == before


def test_the_bytes_of_an_image_arrive(make) -> None:
    question = [ChatMessage(blocks=[TextBlock(text="Describe it."), ImageBlock(image=PNG)])]
    for response in (make().chat(question), [*make().stream_chat(question)][-1]):
        assert "PNG" in response.message.content
        assert "32" in response.message.content


@pytest.mark.parametrize(
    "images",
    [
        [ImageBlock(image=PNG)],
        ImageBlock(image=PNG),
        [ImageDocument(image=base64.b64encode(PNG).decode())],
        [ImageNode(image=base64.b64encode(PNG).decode())],
        [NodeWithScore(node=ImageNode(image=base64.b64encode(PNG).decode()), score=1.0)],
        [PNG],
        DATA_URI,
        [Image.open(BytesIO(PNG))],
    ],
    ids=["block", "one", "document", "node", "scored", "bytes", "data URI", "PIL"],
)
def test_images_as_an_option(make, sent, images: Any) -> None:
    make().complete("What is it?", images=images)
    text, image = sent()["messages"][-1]["content"]
    assert text == {"type": "text", "text": "What is it?"}
    assert image["image_url"]["url"].startswith("data:image/png;base64,")
    make(images=images).complete("What is it?")
    assert sent()["messages"][-1]["content"] == [text, image]


def test_image_documents_by_path_and_url(make, sent, path: Path) -> None:
    read = ImageDocument(metadata={"file_path": str(path)})
    make().complete("?", images=[ImageDocument(image_path=str(path)), read])
    assert sent()["messages"][0]["content"][1:] == [PICTURE, PICTURE]
    make().complete("?", images=ImageNode(image_url=DATA_URI))
    assert sent()["messages"][0]["content"][1:] == [PICTURE]
    with pytest.raises(ConfigurationError, match="neither an http"):
        make().complete("?", images=ImageNode(image_url=str(path)))  # a URL is no path
    with pytest.raises(ConfigurationError, match="ImageDocument needs an image"):
        make().complete("?", images=[ImageDocument(text="no picture")])


# Files


def test_a_document_by_url_is_a_file(ashui, sent, emulator) -> None:
    url = f"{emulator.files_url}/sales.csv"
    block = DocumentBlock(url=url)
    ashui().chat([ChatMessage(blocks=[TextBlock(text="Sum up."), block])])
    assert sent()["file_list"] == [url]
    assert sent()["messages"] == [{"role": "user", "content": "Sum up."}]


def test_documents_come_after_the_files_of_the_option(ashui, sent, emulator) -> None:
    first, second = f"{emulator.files_url}/sales.csv", f"{emulator.files_url}/sales.csv?2"
    ashui(file_list=[first]).chat([ChatMessage(blocks=[DocumentBlock(url=second)])])
    assert sent()["file_list"] == [first, second]


def test_files_and_images_do_not_go_together(ashui) -> None:
    blocks = [DocumentBlock(url="https://example.com/a.xlsx"), ImageBlock(image=PNG)]
    with pytest.raises(ConfigurationError, match="files or images in one request, not both"):
        ashui().chat([ChatMessage(blocks=blocks)])


def test_xingyun_reads_no_files(xingyun) -> None:
    with pytest.raises(ConfigurationError, match="reads no files"):
        xingyun().chat([ChatMessage(blocks=[DocumentBlock(url="https://example.com/a.pdf")])])


# Tool calls

CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "add", "arguments": '{"a":1,"city":"济南"}'},
}


def test_calls_of_the_past() -> None:
    block = ToolCallBlock(
        tool_call_id="call_1", tool_name="add", tool_kwargs={"a": 1, "city": "济南"}
    )
    assert wire(block, role="assistant") == {
        "role": "assistant",
        "content": None,
        "tool_calls": [CALL],
    }
    assert wire(TextBlock(text="So:"), block, role="assistant")["content"] == "So:"


def test_arguments_that_are_no_json_are_sent_back_as_they_came() -> None:
    block = ToolCallBlock(tool_call_id="call_1", tool_name="add", tool_kwargs='{"a": 1,')
    (call,) = wire(block, role="assistant")["tool_calls"]
    assert call["function"]["arguments"] == '{"a": 1,'


@pytest.mark.parametrize(
    "call",
    [
        CALL,
        SimpleNamespace(id="call_1", type="function", function=SimpleNamespace(**CALL["function"])),
    ],
    ids=["dict", "object"],
)
def test_calls_where_llamaindex_used_to_keep_them(call: Any) -> None:
    kwargs = {"tool_calls": [call]}
    assert wire(role="assistant", additional_kwargs=kwargs)["tool_calls"] == [CALL]
    block = ToolCallBlock(tool_call_id="call_2", tool_name="add", tool_kwargs={})
    (sent,) = wire(block, role="assistant", additional_kwargs=kwargs)["tool_calls"]
    assert sent["id"] == "call_2", "where there are both, the block counts, and only once"
