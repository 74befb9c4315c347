"""Options: in the constructor and per call, with one clear error each for what cannot be."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from llama_index.core import Settings
from llama_index.core.llms import ChatMessage

from llama_index_xyashui import AShui, XingYun
from xyashui import ConfigurationError

SAMPLING = {
    "temperature": 0.5,
    "top_p": 0.9,
    "max_tokens": 50,
    "presence_penalty": 0.1,
    "frequency_penalty": 0.2,
}


def test_the_key_and_the_address_come_from_the_environment(emulator, monkeypatch) -> None:
    monkeypatch.setenv("XINGYUN_API_KEY", "test-key")
    monkeypatch.setenv("XINGYUN_BASE_URL", emulator.xingyun_url)
    Settings.llm = XingYun()
    assert Settings.llm.complete("What is 1+1?").text == "1 + 1 = 2."


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/"])
def test_the_address_is_taken_with_and_without_v1(emulator, suffix: str) -> None:
    llm = XingYun(api_key="test-key", base_url=emulator.xingyun_url + suffix)
    assert llm.complete("What is 1+1?").text == "1 + 1 = 2."


def test_sampling_options(make, sent) -> None:
    make(**SAMPLING).complete("Hi")
    assert {name: sent()[name] for name in SAMPLING} == SAMPLING
    make().complete("Hi", **SAMPLING)
    assert {name: sent()[name] for name in SAMPLING} == SAMPLING
    list(make().stream_chat([ChatMessage("Hi")], **SAMPLING))
    assert {name: sent()[name] for name in SAMPLING} == SAMPLING


def test_what_is_not_given_is_not_sent(make, sent) -> None:
    make().complete("Hi")
    assert set(sent()) == {"model", "messages", "stream"}
    assert sent()["stream"] is False


def test_the_calls_options_win(make, sent) -> None:
    llm = make(temperature=0.1, max_tokens=5)
    llm.complete("Hi", temperature=0.9)
    assert (sent()["temperature"], sent()["max_tokens"]) == (0.9, 5)
    llm.temperature = 0.3
    llm.complete("Hi")
    assert sent()["temperature"] == 0.3


def test_options_of_xingyun(xingyun, sent) -> None:
    xingyun(user="li", logit_bias={"50256": -100}, stop=["END"]).complete("Hi")
    assert (sent()["user"], sent()["logit_bias"]) == ("li", {"50256": -100})
    assert sent()["stop"] == ["END"]


def test_stop_works_where_the_service_has_none(make) -> None:
    llm = make(stop=" = ")
    assert llm.complete("What is 17 * 3?").text == "17 * 3"
    assert [*llm.stream_complete("What is 17 * 3?")][-1].text == "17 * 3"


def test_web_search_on_each_service(xingyun, ashui, sent) -> None:
    ashui(web_search=True).complete("Hi")
    assert sent()["web_search"] is True
    xingyun(web_search=True).complete("Hi")
    assert sent()["model"] == "gpt-4-web"
    assert "web_search" not in sent()
    xingyun(web_search=True).complete("Hi", web_search=False)
    assert sent()["model"] == "gpt-4-turbo"


def test_extra_body_goes_in_as_it_is(xingyun, sent) -> None:
    xingyun(extra_body={"seed": 7}).complete("Hi")
    assert sent()["seed"] == 7


def test_headers(make, emulator) -> None:
    make(default_headers={"X-Team": "blue"}).complete("Hi")
    assert emulator.requests[-1].headers["x-team"] == "blue"


def test_anthropics_cache_header_from_llamaindex_harms_nobody(make) -> None:
    # DocumentContextExtractor gives it to every LLM.
    headers = {"anthropic-beta": "prompt-caching-2024-07-31"}
    assert make().complete("What is 1+1?", extra_headers=headers).text == "1 + 1 = 2."


async def test_clients_of_ones_own(make) -> None:
    seen = []
    with httpx.Client(event_hooks={"request": [lambda request: seen.append("sync")]}) as client:
        make(http_client=client).complete("Hi")

    async def note(request: httpx.Request) -> None:
        seen.append("async")

    async with httpx.AsyncClient(event_hooks={"request": [note]}) as client:
        await make(http_async_client=client).acomplete("Hi")
    assert seen == ["sync", "async"]


# What LlamaIndex goes by


@pytest.mark.parametrize(
    ("model", "window"),
    [("gpt-4-turbo", 128_000), ("gpt-3.5-turbo", 4096), ("gpt-4", 8192), ("brand-new", 8192)],
)
def test_metadata(xingyun, model: str, window: int) -> None:
    metadata = xingyun(model=model, max_tokens=99).metadata
    assert metadata.context_window == window
    assert metadata.num_output == 99
    assert metadata.model_name == model
    assert metadata.is_chat_model
    assert metadata.is_function_calling_model


def test_the_context_window_can_be_known_better(make) -> None:
    assert make(context_window=32_000).metadata.context_window == 32_000


def test_metadata_is_of_the_model_that_is_asked(xingyun) -> None:
    assert xingyun(web_search=True).metadata.model_name == "gpt-4-web"
    assert xingyun(web_search=True, web_search_model="qwen-turbo").metadata.context_window == 8192


# What cannot be


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"temprature": 1}, "no option 'temprature'. Did you mean 'temperature'"),
        ({"max_token": 1}, "Did you mean 'max_tokens'"),
        ({"temperature": "hot"}, "temperature: .*number"),
        ({"top_p": 1.5}, "top_p=1.5 is outside"),
        ({"max_tokens": 0}, "max_tokens=0"),
        ({"max_retries": -1}, "max_retries"),
        ({"context_window": 0}, "context_window"),
        ({"base_url": "localhost:80"}, "no http"),
        ({"timeout": -1}, "timeout"),
        ({"images": "no/such.png"}, "does not exist"),
        ({"extra_body": {"a": 1}, "api_key": " "}, "needs a key"),
        ({"default_headers": {"X": "a\nb"}}, "default_headers"),
        ({"http_client": 7}, "http_client must be an httpx.Client"),
    ],
)
def test_settings_that_cannot_be(make, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        make(**settings)


def test_a_missing_key_is_named(monkeypatch) -> None:
    with pytest.raises(ConfigurationError, match="ASHUI_API_KEY"):
        AShui()


def test_no_error_repeats_the_key() -> None:
    with pytest.raises(ConfigurationError) as caught:
        XingYun(api_key="very-secret", temperature="hot")
    assert "very-secret" not in f"{caught.value} {caught.value!r}"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"temprature": 1}, "Did you mean 'temperature'"),
        ({"temperature": "hot"}, "temperature must be"),
        ({"images": ["no/such.png"]}, "does not exist"),
        ({"images": [b"plain text, no image"]}, "is no image"),
        ({"web_search": "yes"}, "web_search must be True or False"),
        ({"api_key": "other"}, "'api_key' is a setting and not an option of one call"),
    ],
)
@pytest.mark.parametrize("way", ["complete", "stream_complete"])
def test_options_of_a_call_that_cannot_be(
    make, emulator, way: str, options: dict[str, Any], words: str
) -> None:
    llm, before = make(), len(emulator.requests)
    with pytest.raises(ConfigurationError, match=words):
        getattr(llm, way)("Hi", **options)  # at once, even where nothing is read from the stream
    assert len(emulator.requests) == before


async def test_options_of_an_async_call_that_cannot_be(make) -> None:
    with pytest.raises(ConfigurationError, match="Did you mean 'temperature'"):
        await make().achat([ChatMessage("Hi")], temprature=1)
    with pytest.raises(ConfigurationError, match="Did you mean 'temperature'"):
        await make().astream_chat([ChatMessage("Hi")], temprature=1)


def test_options_of_the_other_service_are_unknown(xingyun, ashui) -> None:
    with pytest.raises(ConfigurationError, match="no option 'file_list'"):
        xingyun(file_list=["https://example.com/a.pdf"])
    with pytest.raises(ConfigurationError, match="no option 'n'"):
        ashui(n=2)
    with pytest.raises(ConfigurationError, match="file_list"):
        ashui(file_list=["report.pdf"])


@pytest.mark.parametrize("name", ["tools", "tool_choice", "response_format", "stream"])
@pytest.mark.parametrize("model", [XingYun, AShui])
def test_an_option_of_one_call_is_no_setting_of_a_model(model, name):
    with pytest.raises(ConfigurationError, match="option of one call"):
        model(api_key="test-key", **{name: "auto"})
