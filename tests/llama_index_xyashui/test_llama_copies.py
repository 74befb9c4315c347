"""Models written out, copied and pickled: all of them work, and none of them tells the key."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import httpx
import pytest
from llama_index.core.callbacks import CallbackManager, LlamaDebugHandler

from llama_index_xyashui import AShui, XingYun
from tests.llama_index_xyashui.asking import ANSWER, QUESTION
from xyashui import ConfigurationError

KEY = "very-secret"


def test_to_dict_and_back(make, monkeypatch) -> None:
    llm = make(api_key=KEY, temperature=0.5, timeout=7, default_headers={"X-Token": KEY})
    written = llm.to_dict()
    assert KEY not in str(written)
    assert written["class_name"] == llm.class_name()
    with pytest.raises(ConfigurationError, match="needs a key"):
        type(llm).from_dict(written)
    monkeypatch.setenv(llm.provider.api_key_variable, KEY)
    back = type(llm).from_dict(written)
    assert (back.temperature, back.timeout, back.base_url) == (0.5, 7, llm.base_url)
    assert back.complete(QUESTION).text == ANSWER


def test_to_json_and_back(make, monkeypatch) -> None:
    llm = make(
        api_key=KEY,
        timeout=httpx.Timeout(5),
        http_client=httpx.Client(),
        images=["https://example.com/a.png"],
        extra_body={"seed": 1},
        system_prompt="Be brief.",
    )
    written = llm.to_json()
    assert KEY not in written
    assert json.loads(written)["extra_body"] == {"seed": 1}
    monkeypatch.setenv(llm.provider.api_key_variable, KEY)
    assert type(llm).from_json(written).system_prompt == "Be brief."


def test_class_names() -> None:
    assert (XingYun.class_name(), AShui.class_name()) == ("xingyun_llm", "ashui_llm")


def test_pickling(make, monkeypatch) -> None:
    llm = make(api_key=KEY, temperature=0.5, http_client=httpx.Client())
    llm.complete(QUESTION)
    data = pickle.dumps(llm)
    assert KEY.encode() not in data
    assert llm.complete(QUESTION).text == ANSWER, "the model itself is as before"
    monkeypatch.setenv(llm.provider.api_key_variable, KEY)
    back = pickle.loads(data)
    assert back.temperature == 0.5
    assert back.complete(QUESTION).text == ANSWER


def test_a_pickle_opened_without_a_key_says_so_when_asked(make) -> None:
    back = pickle.loads(pickle.dumps(make(api_key=KEY)))
    with pytest.raises(ConfigurationError, match=f"{back.provider.api_key_variable}"):
        back.complete(QUESTION)


def test_pickling_does_not_take_from_the_model_what_cannot_be_pickled(make) -> None:
    llm = make(messages_to_prompt=lambda messages: "all of them")
    pickle.dumps(llm)
    assert llm.messages_to_prompt([]) == "all of them"


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda llm: llm.model_copy()])
def test_copies(make, way: Any) -> None:
    manager = CallbackManager([LlamaDebugHandler(print_trace_on_end=False)])
    with httpx.Client() as client:
        llm = make(http_client=client, callback_manager=manager, temperature=0.1)
        twin = way(llm)
        twin.temperature = 0.9
        assert llm.temperature == 0.1
        assert twin.http_client is client
        assert twin.callback_manager is manager
        assert twin.complete(QUESTION).text == ANSWER


def test_a_copy_with_other_settings_uses_them(make, emulator) -> None:
    llm = make()
    llm.complete(QUESTION)
    twin = llm.model_copy(update={"default_headers": {"X-Twin": "yes"}})
    twin.complete(QUESTION)
    assert emulator.requests[-1].headers["x-twin"] == "yes"


def test_repr_has_no_key(make) -> None:
    llm = make(api_key=KEY, default_headers={"X-Token": KEY})
    assert KEY not in f"{llm!r} {llm}"
    assert llm.model in repr(llm)


def test_what_observers_get_has_neither_key_nor_headers(make) -> None:
    llm = make(api_key=KEY, default_headers={"X-Token": KEY})
    seen = llm.to_payload() if hasattr(llm, "to_payload") else llm.to_dict()
    assert KEY not in str(seen)
