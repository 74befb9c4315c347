"""Written out, pickled, copied, printed: the model comes back, and the key stays at home."""

from __future__ import annotations

import copy
import pickle

import httpx
import pytest
from langchain_core.load import dumpd, dumps, load, loads
from langchain_core.rate_limiters import InMemoryRateLimiter

from langchain_xyashui import ChatAShui, ChatXingYun
from langchain_xyashui.errors import AuthenticationError, ConfigurationError

pytestmark = pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")


def variable(model) -> str:
    return model.provider.api_key_variable


def test_it_is_written_out_without_the_key(either):
    written = dumps(either(temperature=0, web_search=True), pretty=True)
    assert "test-key" not in written
    kwargs = dumpd(either(temperature=0, web_search=True))["kwargs"]
    assert (kwargs["temperature"], kwargs["web_search"]) == (0, True)
    assert kwargs["api_key"]["type"] == "secret"


@pytest.mark.parametrize("allowed", ["all", [ChatXingYun, ChatAShui]])
def test_it_is_read_back_with_the_key_of_the_environment(either, monkeypatch, allowed):
    model = either(temperature=0, stop=["x"])
    written = dumps(model)
    monkeypatch.setenv(variable(model), "another-key")
    settings = {"allowed_objects": allowed, "valid_namespaces": ["langchain_xyashui"]}
    back = loads(written, secrets_from_env=True, **settings)
    assert type(back) is type(model)
    assert (back.temperature, back.stop, back.base_url) == (0, ["x"], model.base_url)
    assert back.api_key.get_secret_value() == "another-key"
    assert back.invoke("2+3?").content
    by_map = load(dumpd(model), secrets_map={variable(model): "a-third"}, **settings)
    assert by_map.api_key.get_secret_value() == "a-third"


def test_a_chain_is_written_out_without_the_key(either):
    chain = (either() | (lambda message: message.content)).with_config(tags=["x"])
    assert "test-key" not in dumps(chain)
    assert "test-key" not in dumps(either().bind(temperature=0))


async def test_it_is_pickled_without_the_key(either, monkeypatch):
    model = either(temperature=0, http_client=httpx.Client())
    model.invoke("2+3?")
    await model.ainvoke("2+3?")
    pickled = pickle.dumps(model)
    assert b"test-key" not in pickled
    monkeypatch.setenv(variable(model), "another-key")
    back = pickle.loads(pickled)
    assert back.temperature == 0
    assert back.invoke("2+3?").content == "2 + 3 = 5."
    assert (await back.ainvoke("2+3?")).content == "2 + 3 = 5."


def test_a_pickle_has_no_headers_either_for_they_may_be_secrets(either):
    pickled = pickle.dumps(either(default_headers={"X-Gate": "canary"}))
    assert b"canary" not in pickled
    assert pickle.loads(pickled).default_headers is None


def test_a_pickle_without_a_key_in_the_environment_says_so(either):
    model = pickle.loads(pickle.dumps(either()))
    with pytest.raises(ConfigurationError, match=variable(model)):
        model.invoke("hi")


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda model: model.model_copy()])
async def test_a_copy_works_and_shares_the_connections(either, copied):
    model = either(
        temperature=0,
        http_client=httpx.Client(),
        http_async_client=httpx.AsyncClient(),
        rate_limiter=InMemoryRateLimiter(requests_per_second=1000),
    )
    model.invoke("2+3?")
    again = copied(model)
    assert again.http_client is model.http_client
    assert again.http_async_client is model.http_async_client
    assert again.rate_limiter is model.rate_limiter
    assert again.invoke("2+3?").content == "2 + 3 = 5."
    assert (await again.ainvoke("2+3?")).content == "2 + 3 = 5."


def test_a_deep_copy_has_its_own_settings(either):
    model = either(extra_body={"a": {"b": 1}})
    again = copy.deepcopy(model)
    again.extra_body["a"]["b"] = 2
    assert model.extra_body == {"a": {"b": 1}}


def test_a_copy_with_another_address_goes_there(xingyun, emulator):
    model = xingyun()
    model.invoke("hi")
    model.model_copy(
        update={"base_url": f"{emulator.ashui_url}/v1", "model": "ashuiai-4.0"}
    ).invoke("hi")
    assert emulator.requests[-1].service == "ashui"
    with pytest.raises(AuthenticationError):
        model.model_copy(update={"api_key": "invalid"}).invoke("hi")


def test_it_is_printed_with_its_model_and_without_the_key(either):
    model = either(temperature=0.5, images=[], default_headers={"X-Secret": "hidden"})
    for shown in (repr(model), str(model), f"{model}", repr(model.bind(temperature=1))):
        assert model.model in shown
        assert "test-key" not in shown
        assert "hidden" not in shown
    assert "temperature=0.5" in repr(model)
    assert "test-key" not in repr(model.model_dump())
    assert "test-key" not in model.model_dump_json()


def test_it_names_itself(xingyun, ashui):
    assert (xingyun()._llm_type, ashui()._llm_type) == ("xingyun-chat", "ashui-chat")
    assert xingyun()._identifying_params["model"] == "gpt-4-turbo"
    assert ChatXingYun.lc_id() == ["langchain_xyashui", "chat_models", "ChatXingYun"]
