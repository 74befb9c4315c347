"""Addresses as errors show them, and where they lead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xyashui.addresses import bare, host_of


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.com/cat.png", "https://example.com/cat.png"),
        ("https://example.com/cat.png?token=1#me", "https://example.com/cat.png"),
        ("https://me:pw@example.com/cat.png", "https://***@example.com/cat.png"),
        ("https://example.com/a b@2x.png", "https://example.com/a b@2x.png"),
        ("https://example.com/@me/cat@2x.png?token=1", "https://example.com/@me/cat@2x.png"),
        ("https://example.com/cat.png?to=me@example.com", "https://example.com/cat.png"),
        ("https://me/w@example.com", "https://***@example.com"),
        ("https://me:1/w@example.com", "https://***@example.com"),
        ("https://me.x/y:pw@example.com", "https://***@example.com"),
        ("https://me.x\\y/pw@example.com", "https://***@example.com"),
        ("https://me@example.com/a@2x.png", "https://***@2x.png"),
        ("https://me:p@w@example.com", "https://***@example.com"),
        ("https://me:p/w@example.com", "https://***@example.com"),
        ("https://me:p?w@example.com", "https://***@example.com"),
        ("https://me:p#w@example.com", "https://***@example.com"),
        ("https://me:pw\uff20example.com", "https://***@example.com"),
        ("http:me:pw@example.com", "http:***@example.com"),
        ("http:\\\\me:pw@example.com", "http:\\\\***@example.com"),
        (" https://me:pw@example.com", " https://***@example.com"),
        ("//me:pw@example.com", "***@example.com"),
        ("@", "***@"),
        ("", ""),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(url: str, shown: str) -> None:
    assert bare(url) == shown


@given(st.text(), st.text())
def test_no_password_is_shown_whatever_it_is(before: str, after: str) -> None:
    for user in ("", "me", "me.x", "me.x/"):
        assert "SECRET" not in bare(f"https://{user}:{before}SECRET{before}@{after}")


@given(st.text(st.characters(exclude_characters=".")), st.text())
def test_nor_is_a_user_that_is_no_host_with_a_path(user: str, after: str) -> None:
    assert "SECRET" not in bare(f"https://{user}SECRET{user}@{after}")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://me:pw@Example.com:443/cat.png", "example.com"),
        ("https://[::1]:80", "::1"),
        ("https:///cat.png", ""),
        ("cat.png", ""),
        ("https://[::1/cat.png", None),
        ("https://example.com:port", None),
        ("https://example.com:99999", None),
        ("https://ho\u2100st.example", None),
    ],
)
def test_a_host_is_told_from_none_and_from_what_is_malformed(url: str, host: str | None) -> None:
    assert host_of(url) == host
