"""The key: in the request, and in nothing that anybody sees."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from IPython.core.formatters import DisplayFormatter
from langchain_core.load import dumps
from pydantic_core import PydanticSerializationError

from tests.security.canary import HEADER, KEY, OBJECTS, seen, settings, shown, told
from tests.servers import FaultServer, http
from tests.wire import completion
from xyashui import pickle_keys

NOWHERE = "http://127.0.0.1:9/v1"
VARIABLES = ("XINGYUN_API_KEY", "ASHUI_API_KEY")
ASK = {"Client": "chat", "ChatXingYun": "invoke", "XingYun": "complete"}


@pytest.fixture(params=OBJECTS.values(), ids=OBJECTS)
def thing(request: pytest.FixtureRequest) -> Any:
    return request.param(**settings(NOWHERE))


def test_an_object_shows_nothing_of_it(thing):
    for text in (*shown(thing), f"{thing}", f"{[thing]}"):
        assert not seen(text)


@pytest.mark.parametrize("way", ["model_dump", "model_dump_json", "to_dict", "to_json"])
def test_nor_what_it_is_dumped_as(thing, way):
    if not hasattr(thing, way):
        return
    try:
        text = repr(getattr(thing, way)())
    except PydanticSerializationError as error:  # the arguments' schema of LangChain's tools
        text = "".join(told(error))
    assert not seen(text)


def test_nor_what_langchain_writes_out(thing):
    assert not seen(dumps(thing))


def test_nor_a_notebook(thing):
    data, metadata = DisplayFormatter().format(thing)
    assert not seen(f"{data} {metadata}")


@pytest.mark.parametrize("copied", [lambda one: one, copy.copy, copy.deepcopy])
def test_a_pickle_has_none_and_takes_it_from_the_environment(thing, copied, monkeypatch):
    data = pickle.dumps(copied(thing))
    assert not seen(data)
    for variable in VARIABLES:
        monkeypatch.setenv(variable, "test-key")
    assert type(pickle.loads(data)) is type(thing)


def test_a_pickle_has_it_where_that_is_asked_for(thing):
    with pickle_keys():
        data = pickle.dumps(thing)
    assert set(seen(data)) == {KEY, HEADER}
    assert type(pickle.loads(data)) is type(thing)
    assert not seen(pickle.dumps(thing)), "and not afterwards"


@pytest.mark.parametrize("name", ASK)
def test_what_was_pickled_with_it_asks_with_it(name):
    with FaultServer([http(completion())]) as server:
        with pickle_keys():
            data = pickle.dumps(OBJECTS[name](**settings(server.url)))
        getattr(pickle.loads(data), ASK[name])("hi")
        assert server.requests[0].header("authorization") == f"Bearer {KEY}"
        assert server.requests[0].header("x-api-key") == HEADER


@pytest.mark.parametrize("name", ASK)
def test_the_request_has_it_in_its_header_and_nowhere_else(name):
    script = [http(completion())]
    with FaultServer([http(b"", 307, None, location="/elsewhere")], script) as server:
        getattr(OBJECTS[name](**settings(server.url)), ASK[name])("hi")
        for request in server.requests:
            others = [pair for pair in request.headers if not seen(pair[1])]
            assert len(request.headers) - len(others) == 2
            assert not seen(f"{request.target} {others} {request.body!r}")
            assert request.header("user-agent").startswith("xyashui/")
