"""The two services: where they are, who calls, and what they can do."""

from __future__ import annotations

import copy
import pickle
import traceback

import pytest

from xyashui import ASHUI, PROVIDERS, XINGYUN, Client, Provider
from xyashui.errors import ConfigurationError
from xyashui.providers import by_name

BOTH = pytest.mark.parametrize("provider", [XINGYUN, ASHUI], ids=["xingyun", "ashui"])


class TestBaseURL:
    @pytest.mark.parametrize(
        "given",
        ["https://example.com", "https://example.com/", "https://example.com/v1",
         "https://example.com/v1/", "https://example.com/v1//", " https://example.com/v1\n",
         "https://example.com/v1/chat/completions", "https://example.com/v1/chat/completions/"],
    )  # fmt: skip
    def test_with_and_without_v1(self, given):
        assert XINGYUN.base_url(given) == "https://example.com/v1"

    @pytest.mark.parametrize(
        ("given", "url"),
        [
            ("http://127.0.0.1:8700/xingyun", "http://127.0.0.1:8700/xingyun/v1"),
            ("http://[::1]:8700/v1", "http://[::1]:8700/v1"),
            ("https://example.com/a/v1/b", "https://example.com/a/v1/b/v1"),
            ("https://例子.cn", "https://例子.cn/v1"),
        ],
    )
    def test_any_path_and_port(self, given, url):
        assert XINGYUN.base_url(given) == url

    @BOTH
    def test_the_services_own_by_default(self, provider):
        assert provider.base_url() == f"{provider.root}/v1"
        assert provider.base_url("") == f"{provider.root}/v1"

    @BOTH
    def test_the_environment_comes_before_it_and_the_program_before_both(
        self, provider, monkeypatch
    ):
        monkeypatch.setenv(provider.base_url_variable, "https://environment.example")
        assert provider.base_url() == "https://environment.example/v1"
        assert provider.base_url("https://program.example") == "https://program.example/v1"

    @pytest.mark.parametrize(
        "given",
        ["example.com", "ftp://example.com", "file:///etc/passwd", "https://", "https:///v1",
         "//example.com", "https://example.com?key=x", "https://example.com/#x",
         "https://user:hidden@example.com", "https://@example.com", "https://exa mple.com",
         "https://example.com/\r\nX: y", "https://[::1", "https://example.com:port",
         "https://example.com:99999", "https://example.com:0", 5, ["https://example.com"], b"x"],
    )  # fmt: skip
    def test_what_is_no_address(self, given):
        with pytest.raises(ConfigurationError, match="base_url") as caught:
            XINGYUN.base_url(given)
        assert "hidden" not in str(caught.value)


class TestKey:
    @BOTH
    def test_what_the_program_gives_or_the_environment_holds(self, provider, monkeypatch):
        monkeypatch.setenv(provider.api_key_variable, "from-environment")
        assert provider.api_key() == "from-environment"
        assert provider.api_key(" from-program\n") == "from-program"

    @BOTH
    @pytest.mark.parametrize("given", [None, "", "  \n"])
    def test_a_missing_key_says_where_to_put_it(self, provider, given):
        with pytest.raises(ConfigurationError, match=f"{provider.environment}_API_KEY"):
            provider.api_key(given)

    def test_an_empty_key_in_the_program_is_not_looked_up(self, monkeypatch):
        monkeypatch.setenv("XINGYUN_API_KEY", "from-environment")
        with pytest.raises(ConfigurationError):
            XINGYUN.api_key("")

    @pytest.mark.parametrize(
        "given", ["a b", "a\nb", "a\r\nX-Header: y", "a\0b", "钥匙", "a\u200bb", "a\tb", "a\x7f"]
    )
    def test_what_cannot_be_sent_is_refused_and_not_repeated(self, given):
        with pytest.raises(ConfigurationError, match="cannot be sent") as caught:
            XINGYUN.api_key(given)
        assert given not in str(caught.value)

    @pytest.mark.parametrize("given", [5, ["a"], b"a", True])
    def test_another_type_is_refused(self, given):
        with pytest.raises(ConfigurationError, match="api_key must be a string"):
            XINGYUN.api_key(given)


def test_names():
    assert {"xingyun": XINGYUN, "ashui": ASHUI} == PROVIDERS
    assert by_name("ashui") is ASHUI
    assert by_name(ASHUI) is ASHUI
    with pytest.raises(ConfigurationError, match="Did you mean 'xingyun'"):
        by_name("xingyu")
    with pytest.raises(ConfigurationError, match="provider must be"):
        by_name(["xingyun"])


@pytest.mark.parametrize("name", ["test-canary-1", "canary" * 6])
def test_a_key_that_is_given_as_a_name_is_not_shown(name):
    with pytest.raises(ConfigurationError, match="A key is given as api_key=") as caught:
        Client(name)
    assert "canary" not in "".join(traceback.format_exception(caught.value))


@BOTH
def test_a_provider_can_be_pickled_and_copied(provider):
    assert pickle.loads(pickle.dumps(provider)) == provider
    assert copy.deepcopy(provider) == provider


@BOTH
def test_a_provider_cannot_be_changed(provider):
    with pytest.raises(AttributeError):
        provider.root = "https://elsewhere.example"


def test_context_windows():
    assert XINGYUN.context_window("gpt-4-turbo") == 128_000
    assert XINGYUN.context_window("qwen-turbo") == 8192
    assert XINGYUN.context_window("unheard-of") == XINGYUN.default_context_window


def test_whose_links_are_sources():
    assert ASHUI.cites(ASHUI.request("x", web_search=True))
    assert not ASHUI.cites(ASHUI.request("x"))
    assert XINGYUN.cites(XINGYUN.request("x", model="gpt-4-web"))
    assert XINGYUN.cites(XINGYUN.request("x", web_search=True))
    assert not XINGYUN.cites(XINGYUN.request("x"))


def test_a_third_service_is_a_matter_of_data():
    third = Provider(
        name="third",
        title="Third",
        root="https://third.example",
        environment="THIRD",
        default_model="m",
        capabilities=XINGYUN.capabilities,
        options={},
        shape=lambda request: request.body(),
        failure=lambda payload, status: None,
    )
    assert third.unwrap({"Data": {}}) is None
    request = third.request("你好")
    assert third.shape(request) == {
        "model": "m",
        "messages": [{"role": "user", "content": "你好"}],
        "stream": False,
    }
    with pytest.raises(ConfigurationError, match="THIRD_API_KEY"):
        third.api_key()
