"""What a caller may ask for, and how what cannot be is told: before anything is sent."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr, ValidationError, field_validator

from xyashui import ASHUI, PROVIDERS, XINGYUN
from xyashui.errors import ConfigurationError
from xyashui.requests import (
    ChatOptions,
    Option,
    check_flag,
    check_mapping,
    check_urls,
    explain_invalid,
    nearest,
    shorten,
    stop_sequences,
)

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\2\0\0\0\1..."


def refused(provider: Any, messages: Any = "你好", **options: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        provider.shape(provider.request(messages, **options))
    return str(caught.value)


BOTH = pytest.mark.parametrize("provider", [XINGYUN, ASHUI], ids=["xingyun", "ashui"])


class TestNames:
    @pytest.mark.parametrize(
        ("provider", "name", "nearest_one"),
        [
            (XINGYUN, "temprature", "temperature"),
            (XINGYUN, "max_token", "max_tokens"),
            (XINGYUN, "websearch", "web_search"),
            (ASHUI, "filelist", "file_list"),
            (ASHUI, "image", "images"),
            (XINGYUN, "file_list", None),
            (ASHUI, "n", None),
            (ASHUI, "logit_bias", None),
            (ASHUI, "stream_usage", None),
            (XINGYUN, "zzz", None),
        ],
    )
    def test_an_unknown_one_is_an_error_that_names_the_nearest(self, provider, name, nearest_one):
        message = refused(provider, **{name: 1})
        assert provider.title in message
        assert repr(name) in message
        assert f"extra_body={{{name!r}: ...}}" in message
        assert ("Did you mean" in message) == bool(nearest_one)
        if nearest_one:
            assert f"Did you mean {nearest_one!r}?" in message

    @BOTH
    def test_none_is_not_given(self, provider):
        given = dict.fromkeys(provider.option_names)
        assert provider.shape(provider.request("你好", **given)) == provider.shape(
            provider.request("你好")
        )

    def test_none_is_not_given_but_the_name_must_be_right(self):
        assert "no option" in refused(XINGYUN, temprature=None)

    def test_nothing_near_is_nothing_said(self):
        assert nearest("zzz", ["temperature"]) == ""


RANGES = [
    (XINGYUN, "temperature", [0, 2, 0.7, 1], [-0.1, 2.1, 1e9]),
    (XINGYUN, "top_p", [0, 1, 0.5], [-0.1, 1.1]),
    (XINGYUN, "n", [1, 5], [0, -1]),
    (XINGYUN, "max_tokens", [1, 10**9, 10**400], [0, -1]),
    (XINGYUN, "presence_penalty", [-2, 2, 0], [-2.1, 2.1]),
    (XINGYUN, "frequency_penalty", [-2, 2, 0], [-2.1, 2.1]),
    (ASHUI, "temperature", [0, 5, -1], []),
    (ASHUI, "top_p", [0, 1], [-0.1, 1.1]),
    (ASHUI, "max_tokens", [1, 4096.0], [0, 0.5]),
    (ASHUI, "presence_penalty", [-2, 2], [-2.1, 2.1]),
    (ASHUI, "frequency_penalty", [-5, 2], [2.1]),
]


@pytest.mark.parametrize(
    ("provider", "name", "good", "bad"), RANGES, ids=[f"{p.name} {n}" for p, n, _, _ in RANGES]
)
class TestNumbers:
    def test_what_the_service_documents_is_sent(self, provider, name, good, bad):
        for value in good:
            assert provider.shape(provider.request("你好", **{name: value}))[name] == value

    def test_what_it_does_not_is_refused_and_how_to_send_it_all_the_same(
        self, provider, name, good, bad
    ):
        for value in bad:
            message = refused(provider, **{name: value})
            assert f"{name}={value!r}" in message
            assert f"extra_body={{{name!r}: {value!r}}}" in message

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    def test_no_number_is_refused(self, provider, name, good, bad, value):
        refused(provider, **{name: value})

    @pytest.mark.parametrize("value", [True, False, "1", [1], {"a": 1}, 1j, object()])
    def test_another_type_is_refused(self, provider, name, good, bad, value):
        message = refused(provider, **{name: value})
        assert message.startswith(f"{name} must be int")
        assert type(value).__name__ in message


@pytest.mark.parametrize(("name", "value"), [("n", 1.0), ("max_tokens", 2.5), ("logit_bias", [1]),
                                             ("user", 7)])  # fmt: skip
def test_xingyuns_other_types(name, value):
    assert f"{name} must be" in refused(XINGYUN, **{name: value})


@pytest.mark.parametrize("value", ["", " ", 5, ["gpt-4-web"]])
def test_the_model_that_searches_has_a_name(value):
    for options in ({}, {"web_search": True}):
        assert "web_search_model must be" in refused(XINGYUN, web_search_model=value, **options)


@pytest.mark.parametrize("value", [{}, {"50256": -100}, {50256: 100}, {"1": 0.5, 2: 0}])
def test_token_biases(value):
    assert XINGYUN.shape(XINGYUN.request("你好", logit_bias=value))["logit_bias"] == value


@pytest.mark.parametrize("value", [{"a": 1}, {"": 1}, {"1.5": 1}, {-1: 1}, {True: 1}, {None: 1},
                                   {"1": "1"}, {"1": None}, {"1": True}, {"1": 100.1},
                                   {"1": -101}, {"1": math.nan}, {"5": 1, "١": 1}])  # fmt: skip
def test_what_is_no_token_bias(value):
    assert "logit_bias must be token ids" in refused(XINGYUN, logit_bias=value)


def test_type_checkers_know_every_option():
    known = {name for provider in PROVIDERS.values() for name in provider.option_names}
    assert ChatOptions.__annotations__.keys() == known - {"stream"}  # which is a method


def test_the_range_is_told():
    option = {"low": Option("x", (int,), 1), "high": Option("x", (int,), None, 5)}
    with pytest.raises(ConfigurationError, match="1 or more"):
        option["low"].check(0, "S")
    with pytest.raises(ConfigurationError, match="5 or less"):
        option["high"].check(6, "S")


class TestStop:
    @pytest.mark.parametrize(
        ("stop", "sent"),
        [("。", ["。"]), (["a", "b"], ["a", "b"]), (("a",), ["a"]), ([], []), (None, [])],
    )
    def test_forms(self, stop, sent):
        assert stop_sequences(stop, 4) == sent
        assert XINGYUN.shape(XINGYUN.request("你好", stop=stop)).get("stop", []) == sent

    @pytest.mark.parametrize("stop", ["", [""], ["a", ""], [1], 5, b"x", {"a": 1}, {"a"}, True])
    def test_what_is_none(self, stop):
        with pytest.raises(ConfigurationError, match="stop must be"):
            stop_sequences(stop, 4)

    def test_more_than_xingyun_takes(self):
        assert "at most 4 sequences, not 5" in refused(XINGYUN, stop=list("abcde"))

    def test_ashui_has_no_limit_for_they_are_cut_here(self):
        assert ASHUI.request("你好", stop=list("abcdef")).stop == list("abcdef")


class TestFiles:
    URL = "https://example.com/表.xlsx?a=1"

    @pytest.mark.parametrize("given", [URL, [URL], (URL,)])
    def test_forms(self, given):
        assert ASHUI.shape(ASHUI.request("你好", file_list=given))["file_list"] == [self.URL]

    def test_none_is_not_sent(self):
        assert "file_list" not in ASHUI.shape(ASHUI.request("你好", file_list=[]))

    @pytest.mark.parametrize(
        "given",
        ["/etc/passwd", "file:///etc/passwd", "ftp://example.com/x", "data:text/plain,x", "x.pdf",
         "https://", "https:///x", "", "https://a b", "https://a\nb", "https://a/\x7f", "http://[::1",
         7, [7], {"a": 1}, b"https://example.com", [None]],
    )  # fmt: skip
    def test_what_is_no_address(self, given):
        assert "file_list" in refused(ASHUI, file_list=given)

    def test_a_file_with_an_image_is_refused(self):
        assert "files or images" in refused(ASHUI, file_list=[self.URL], images=[PNG])
        in_message = [
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
                ],
            }
        ]
        assert "files or images" in refused(ASHUI, in_message, file_list=[self.URL])


class TestMessages:
    @BOTH
    def test_a_question_is_a_message(self, provider):
        assert provider.request("你好").messages == [{"role": "user", "content": "你好"}]

    @BOTH
    @pytest.mark.parametrize("messages", [[], (), {}])
    def test_none_at_all(self, provider, messages):
        assert "nothing to answer" in refused(provider, messages)

    @BOTH
    @pytest.mark.parametrize(
        "messages",
        [
            ["你好"],
            [{}],
            [{"content": "x"}],
            [{"role": 1}],
            [None],
            {"role": "user"},
            5,
            None,
            b"x",
        ],
    )
    def test_what_is_no_message(self, provider, messages):
        assert "message" in refused(provider, messages)

    def test_ashui_is_sent_role_and_content_and_nothing_else(self):
        messages = [
            {"role": "developer", "content": "kurz"},
            {"role": "user", "content": "你好", "name": "a"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "1", "function": {"name": "a", "arguments": "{}"}}],
            },
        ]
        assert ASHUI.shape(ASHUI.request(messages))["messages"] == [
            {"role": "system", "content": "kurz"},
            {"role": "user", "content": "你好"},
            {"role": "assistant", "content": ""},
        ]
        assert messages[1]["name"] == "a", "what the caller gave stays as it was"

    def test_images_go_onto_the_last_message_of_the_user(self):
        messages = [{"role": "user", "content": "什么?"}, {"role": "assistant", "content": "?"}]
        first, second = ASHUI.request(messages, images="https://example.com/a.png").messages
        assert [part["type"] for part in first["content"]] == ["text", "image_url"]
        assert second == messages[1]
        assert messages[0]["content"] == "什么?"


FLAGS = ["stream", "web_search", "stream_usage"]


@pytest.mark.parametrize("name", FLAGS)
@pytest.mark.parametrize("value", [1, 0, "true", "no", [True]])
def test_a_flag_is_true_or_false(name, value):
    assert f"{name} must be True or False" in refused(XINGYUN, **{name: value})


def test_flags():
    assert (check_flag("x", None), check_flag("x", True), check_flag("x", False)) == (
        False, True, False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [("model", ""), ("model", " "), ("model", 5), ("extra_body", [1]), ("extra_body", {1: 2}),
     ("extra_body", "x"), ("tools", 5), ("tools", "abc"), ("tools", [1]), ("tools", {"a": 1}),
     ("tool_calling", "maybe"), ("tool_calling", [1])],
)  # fmt: skip
@BOTH
def test_what_cannot_be_sent(provider, name, value):
    assert name in refused(provider, **{name: value})


class TestBody:
    def test_extra_body_wins(self):
        for provider in (XINGYUN, ASHUI):
            extra = {"model": "other", "temperature": 9, "stream": True, "new": {"a": [1]}}
            request = provider.request("你好", model="m", temperature=1, extra_body=extra)
            assert provider.shape(request).items() >= extra.items()

    def test_stream_is_always_sent(self):
        for provider in (XINGYUN, ASHUI):
            assert provider.shape(provider.request("你好"))["stream"] is False
            assert provider.shape(provider.request("你好", stream=True))["stream"] is True

    def test_xingyun_counts_tokens_of_a_stream_unless_told_not_to(self):
        body = XINGYUN.shape(XINGYUN.request("你好", stream=True))
        assert body["stream_options"] == {"include_usage": True}
        for options in ({"stream": True, "stream_usage": False}, {"stream": False}):
            assert "stream_options" not in XINGYUN.shape(XINGYUN.request("你好", **options))
        assert "stream_options" not in ASHUI.shape(ASHUI.request("你好", stream=True))

    def test_web_search(self):
        assert ASHUI.shape(ASHUI.request("你好", web_search=True))["web_search"] is True
        assert "web_search" not in ASHUI.shape(ASHUI.request("你好", web_search=False))
        body = XINGYUN.shape(XINGYUN.request("你好", model="gpt-4", web_search=True))
        assert body["model"] == "gpt-4-web"
        assert "web_search" not in body
        body = XINGYUN.shape(XINGYUN.request("你好", web_search=True, web_search_model="other"))
        assert body["model"] == "other"

    def test_nothing_undocumented_is_sent_to_ashui(self):
        request = ASHUI.request("你好", temperature=1, stop=None, web_search=True, max_tokens=5)
        assert ASHUI.shape(request).keys() == {
            "model", "messages", "temperature", "max_tokens", "stream", "web_search",
        }  # fmt: skip


def test_a_mapping_is_copied():
    given = {"a": 1}
    assert check_mapping("x", given) == given
    assert check_mapping("x", given) is not given
    assert check_mapping("x", MappingProxyType(given)) == given
    assert check_mapping("x", None) == {}
    assert check_urls("x", None) == []


class TestShorten:
    def test_long_values_are_cut(self):
        assert shorten("x" * 10**6) == "'" + "x" * 78 + "…"
        assert len(shorten(list(range(1000)))) == 80

    def test_what_has_no_repr_is_named(self):
        deep: list[Any] = []
        for _ in range(100_000):
            deep = [deep]
        assert shorten(deep) == "<list>"
        assert shorten(10**5000) == "<int>"


def test_what_pydantic_finds_wrong_is_told_without_the_key():
    class Model(BaseModel):
        api_key: SecretStr
        n: int

        @field_validator("api_key", mode="before")
        @classmethod
        def check(cls, value: Any) -> Any:
            raise ValueError("is no key")

    with pytest.raises(ValidationError) as caught:
        Model(api_key="test-key", n="many")
    told = explain_invalid(caught.value)
    assert "test-key" not in told
    assert "api_key: " in told
    assert "n: " in told
    assert "'many'" in told
