"""A conversation as a program gives it: what is sent, and what is refused before anything is."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest

from tests.servers import FaultServer, chunked
from tests.wire import STREAM
from xyashui.errors import ConfigurationError
from xyashui.images import checked_part, image_part
from xyashui.messages import checked_messages

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\2\0\0\0\1" + b"the rest is never read"
URL = "https://example.com/cat.png"
CALL = {"id": "1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}


def said(**fields: Any) -> dict[str, Any]:
    return {"role": "user", **fields}


def picture(url: Any) -> dict[str, Any]:
    return said(content=[{"type": "image_url", "image_url": url}])


def call(**fields: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": None, "tool_calls": [CALL | fields]}


REFUSED = {
    "no content": (said(), "needs content"),
    "content that is None": (said(content=None), "needs content"),
    "an assistant that neither speaks nor calls": (
        {"role": "assistant", "content": None, "tool_calls": []},
        "needs content",
    ),
    "a number": (said(content=3), "string or a list of parts"),
    "a dict": (said(content={"type": "text", "text": "a"}), "string or a list of parts"),
    "a part that is a number": (said(content=[3]), "part of a message must be"),
    "a part that is a string": (said(content=["你好"]), "part of a message must be"),
    "a part without a type": (said(content=[{"text": "你好"}]), "part of a message must be"),
    "a part of another type": (said(content=[{"type": "audio"}]), "part of a message must be"),
    "text that is none": (said(content=[{"type": "text", "text": 3}]), "part of a message"),
    "a path": (picture({"url": "/etc/passwd"}), "neither an http"),
    "a path in short": (picture("cat.png"), "neither an http"),
    "a file: URL": (picture({"url": "file:///etc/passwd"}), "file: is not supported"),
    "an image without a URL": (picture({}), "no image part"),
    "base64 of no image": (picture({"url": "data:image/png;base64,AAAA"}), "no image"),
    "a result of nothing": ({"role": "tool", "content": "25℃"}, "tool_call_id"),
    "a result of a number": ({"role": "tool", "content": "a", "tool_call_id": 1}, "tool_call_id"),
    "calls that are no list": (
        {"role": "assistant", "content": "", "tool_calls": {"a": 1}},
        "must be a list",
    ),
    "a call that is none": (
        {"role": "assistant", "content": "", "tool_calls": [3]},
        "tool call must be",
    ),
    "a call of nothing": (call(function=None), "tool call must be"),
    "a call without a name": (call(function={"arguments": "{}"}), "tool call must be"),
    "a call without an id": (call(id=None), "tool call must be"),
    "arguments that are no text": (
        call(function={"name": "weather", "arguments": {}}),
        "a string of JSON",
    ),
}


@pytest.mark.parametrize(("message", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_sent_is_refused(message, words):
    with pytest.raises(ConfigurationError, match=words):
        checked_messages([said(content="你好"), message])


@pytest.mark.parametrize("message", [said(content=[3]), call(function=None), said()])
async def test_nothing_of_it_is_sent(message, ask):
    with FaultServer([chunked(STREAM)]) as server, pytest.raises(ConfigurationError):
        await ask(server.url, [message])
    assert server.connections == 0


@pytest.mark.parametrize(
    "message",
    [
        said(content=""),
        said(content=[]),
        said(content=[{"type": "text", "text": "你好"}]),
        picture({"url": URL, "detail": "low"}),
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "assistant", "content": None, "function_call": CALL["function"]},
        {"role": "tool", "content": "25℃", "tool_call_id": "1"},
        {"role": "user", "content": "你好", "name": "a", "unheard-of": {"b": 1}},
    ],
    ids=lambda message: json.dumps(message, ensure_ascii=False)[:60],
)
def test_what_can_be_sent_is_sent_as_it_is(message):
    before = copy.deepcopy(message)
    assert checked_messages([message]) == [message]
    assert message == before


def test_the_nothings_that_other_libraries_write_out_are_left_out():
    dumped = {"content": "你好", "role": "assistant", "refusal": None, "tool_calls": None}
    assert checked_messages([dumped]) == [{"role": "assistant", "content": "你好"}]


def test_the_short_form_of_an_image_is_sent_as_the_long_one():
    (message,) = checked_messages([picture(URL)])
    assert message["content"] == [{"type": "image_url", "image_url": {"url": URL}}]


class TestPartsThatHaveBeenChecked:
    """To look through 20 MB of base64 at every call would take longer than all else together."""

    def test_are_not_looked_through_again(self):
        part = image_part(PNG)
        assert image_part(part) is part
        assert checked_part(part) is part
        (message,) = checked_messages([said(content=[part])])
        assert message["content"][0] is part

    def test_are_still_known_when_they_have_been_copied_or_pickled(self):
        part = image_part(PNG)
        for twin in (copy.copy(part), copy.deepcopy(part), pickle.loads(pickle.dumps(part))):
            assert twin == part
            assert checked_part(twin) is twin

    @pytest.mark.parametrize("url", ["/etc/passwd", "file:///etc/passwd"])
    def test_are_looked_through_when_they_were_changed(self, url):
        part: Any = image_part(PNG)
        part["image_url"]["url"] = url
        with pytest.raises(ConfigurationError):
            checked_messages([said(content=[part])])
        part["image_url"] = url
        with pytest.raises(ConfigurationError):
            checked_messages([said(content=[part])])

    def test_can_be_given_a_detail(self):
        part = image_part(URL)
        assert image_part(part, detail="low")["image_url"] == {"url": URL, "detail": "low"}
        assert part["image_url"] == {"url": URL}

    async def test_are_sent_like_any_other(self, ask_stream):
        with FaultServer([chunked(STREAM)]) as server:
            await ask_stream(server.url, images=[image_part(URL)])
        (message,) = server.requests[0].json["messages"]
        assert message["content"][1] == {"type": "image_url", "image_url": {"url": URL}}
