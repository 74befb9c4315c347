"""An option that is not known is told in one way: what it is called here, and where it goes."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from xyashui import ASHUI, XINGYUN, AsyncClient, Client, ConfigurationError
from xyashui.option_names import A_SETTING, CLIENT_SETTINGS, Elsewhere, unknown_option
from xyashui.requests import near, nearest

FIELDS = XINGYUN.option_names | CLIENT_SETTINGS
"""What a model is made with, nearly."""


def told(name: str, here: Any = XINGYUN.option_names, elsewhere: Elsewhere = A_SETTING) -> str:
    return str(unknown_option("Someone", name, here, elsewhere))


class TestInACall:
    @pytest.mark.parametrize("name", sorted(CLIENT_SETTINGS - XINGYUN.option_names))
    @pytest.mark.parametrize("provider", [XINGYUN, ASHUI])
    def test_what_the_client_is_made_with_is_said_to_be_that(self, provider, name):
        with pytest.raises(ConfigurationError) as caught:
            provider.request("?", **{name: "x"})
        assert str(caught.value) == (
            f"{name!r} is a setting and not an option of one call: pass it where the client or "
            "the model is made"
        )

    @pytest.mark.parametrize(
        ("name", "ours"),
        [
            ("max_retrys", "max_retries"), ("api_base", "base_url"), ("baseURL", "base_url"),
            ("openai_api_key", "api_key"), ("apikey", "api_key"), ("headers", "default_headers"),
            ("extra_headers", "default_headers"), ("async_http_client", "http_async_client"),
        ],
    )  # fmt: skip
    def test_a_slip_for_such_a_setting_is_told_with_the_place_where_it_goes(self, name, ours):
        said = told(name)
        assert f"no option {name!r}. Did you mean {ours!r}? It is a setting" in said
        assert "extra_body" not in said

    @pytest.mark.parametrize("call", ["embed", "complete", "speak", "generate_image"])
    def test_the_calls_besides_chat_say_the_same(self, call):
        with Client(api_key="test-key") as client:
            for given, words in (("api_key", "is a setting"), ("api_base", "mean 'base_url'")):
                with pytest.raises(ConfigurationError, match=words) as caught:
                    getattr(client, call)("One, two,", **{given: "x"})
                assert "extra_body" not in str(caught.value)


class TestTheNamesOfOtherPackages:
    @pytest.mark.parametrize(
        ("name", "ours"),
        [
            ("api_base", "base_url"), ("openai_api_base", "base_url"), ("endpoint", "base_url"),
            ("openai_api_key", "api_key"), ("mistral_api_key", "api_key"), ("key", "api_key"),
            ("request_timeout", "timeout"), ("retries", "max_retries"), ("temp", "temperature"),
            ("model_name", "model"), ("max_completion_tokens", "max_tokens"),
            ("max_concurrent_requests", "max_concurrency"), ("stop_sequences", "stop"),
            ("model_kwargs", "extra_body"), ("additional_kwargs", "extra_body"),
            ("is_function_calling_model", "tool_calling"), ("maxTokens", "max_tokens"),
            ("apiBase", "base_url"), ("stream_options", "stream_usage"),
        ],
    )  # fmt: skip
    def test_lead_to_ours(self, name, ours):
        assert f"Did you mean {ours!r}?" in told(name, FIELDS, Elsewhere())

    def test_lead_to_ours_only_where_there_is_one(self):
        assert "Did you mean" not in told("stream_options", ASHUI.option_names)

    @pytest.mark.parametrize(
        ("name", "argument"),
        [
            *[("proxy", "proxy"), ("proxies", "proxy"), ("openai_proxy", "proxy")],
            *[("verify", "verify"), ("http2", "http2"), ("limits", "limits")],
        ],
    )
    def test_what_an_http_client_has_is_for_an_http_client_of_ones_own(self, name, argument):
        for said in (told(name), told(name, FIELDS, Elsewhere())):
            assert f"http_client=httpx.Client({argument}=...)" in said
            assert f"http_async_client=httpx.AsyncClient({argument}=...)" in said
            assert "extra_body" not in said
            assert "Did you mean" not in said

    @pytest.mark.parametrize("name", ["reasoning_effort", "seed", "top_k", "min_tokens", "safety"])
    def test_a_field_of_the_body_that_is_none_of_ours_is_taken_for_nothing_else(self, name):
        assert told(name) == (
            f"Someone has no option {name!r}. To put a field into the request as it is, use "
            f"extra_body={{{name!r}: ...}}"
        )

    @pytest.mark.parametrize(
        "name", ["max_completion_tokens", "stream_options", "max_token", "prompt_cache_key"]
    )
    def test_one_that_a_model_may_insist_on_can_be_sent(self, name):
        assert f"extra_body={{{name!r}: ...}}" in told(name)


class TestTheBody:
    @pytest.mark.parametrize(
        "name",
        [
            "api_key", "apikey", "API-Key", "key", "token", "openai_api_key", "access_token",
            "authorization", "password", "client_secret", "credentials", "cookie", "openai_key",
            "private_key", "xingyunKey", "api_token", "session_token", "jwt",
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("here", [XINGYUN.option_names, FIELDS - {"api_key"}, {"extra_body"}])
    def test_is_not_offered_for_what_looks_like_a_key(self, name, here):
        assert "extra_body" not in told(name, here)
        assert "extra_body" not in told(name, here, Elsewhere())

    @pytest.mark.parametrize("name", [*sorted(CLIENT_SETTINGS), "organization", "tokenizer"])
    def test_is_not_offered_for_settings_of_a_client_whosever(self, name):
        assert "extra_body" not in told(name, {"extra_body"}, Elsewhere())

    def test_is_not_offered_where_there_is_no_such_option(self):
        assert told("seed", {"wait"}, Elsewhere()) == "Someone has no option 'seed'."


@pytest.mark.parametrize(
    ("name", "known"),
    [("max_retries", "max_tokens"), ("reasoning_effort", "response_format"), ("temp", "stream"),
     ("request_timeout", "requests_per_minute"), ("zzz", "user")],
)  # fmt: skip
def test_what_has_little_in_common_is_not_near(name, known):
    assert near(name, [known]) is None


@pytest.mark.parametrize(
    ("name", "known"),
    [("get_current_weather", "get_weather"), ("read", "read_file"), ("xing", "xingyun")],
)
def test_what_there_are_few_of_may_be_less_alike(name, known):
    assert nearest(name, [known]) == f" Did you mean {known!r}?"


def test_letters_make_a_name_and_not_how_they_are_parted():
    assert near("maxTokens", ["max_tokens", "model"]) == "max_tokens"
    assert near("WEB-SEARCH", ["web_search"]) == "web_search"


def test_the_settings_of_a_client_are_those_that_the_clients_take():
    both = {
        name for kind in (Client, AsyncClient) for name in inspect.signature(kind).parameters
    } - {"provider"}
    assert both == CLIENT_SETTINGS
