"""An address that is not https: a warning, once."""

from __future__ import annotations

import itertools
import warnings

import pytest

from langchain_xyashui import ChatXingYun
from llama_index_xyashui import XingYun
from xyashui import AsyncClient, Client, InsecureConnectionWarning

_numbers = itertools.count(1)


@pytest.fixture
def url() -> str:
    """An address that nobody has been warned of."""
    return f"http://insecure-{next(_numbers)}.example.com"


@pytest.mark.parametrize("cls", [Client, AsyncClient, ChatXingYun, XingYun])
def test_is_warned_of_once_where_it_is_given(cls, url):
    with pytest.warns(InsecureConnectionWarning) as caught:
        cls(api_key="test-key", base_url=url)
    assert len(caught) == 1
    assert f"{url}/v1 is not https" in str(caught[0].message)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cls(api_key="test-key", base_url=url)


def test_each_address_has_a_warning_of_its_own(url):
    for address in (url, f"{url}:8080"):
        with pytest.warns(InsecureConnectionWarning):
            Client(api_key="test-key", base_url=address)


def test_it_may_be_an_address_of_the_environment(url, monkeypatch):
    monkeypatch.setenv("XINGYUN_BASE_URL", url.upper())
    with pytest.warns(InsecureConnectionWarning):
        Client(api_key="test-key")


@pytest.mark.parametrize(
    "safe",
    [
        "https://example.com",
        "HTTPS://example.com/v1",
        "http://127.0.0.1:8000",
        "http://127.8.9.10",
        "http://localhost:1/v1",
        "http://[::1]:80",
    ],
)
def test_none_of_https_nor_of_this_machine(safe):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Client(api_key="test-key", base_url=safe)


@pytest.mark.parametrize("other", ["127.0.0.1.example.com", "localhost.example.com", "0.0.0.0"])
def test_a_name_that_looks_like_this_machine_is_not(other):
    with pytest.warns(InsecureConnectionWarning):
        Client(api_key="test-key", base_url=f"http://{other}:{next(_numbers)}")


def test_who_makes_it_an_error_has_no_client(url):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InsecureConnectionWarning):
            Client(api_key="test-key", base_url=url)
