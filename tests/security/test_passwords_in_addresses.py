"""No error shows the password of an address, however malformed, and none of its causes does."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import pytest

from tests.security.canary import said
from xyashui import ASHUI, AsyncClient, Client, ConfigurationError
from xyashui.audio import audio_upload
from xyashui.images import image_part, message_image_part

SECRET = "s3cret-password"
ADDRESSES = (
    f"https://user:{SECRET}@ho\u2100st.example/cat.png",
    f"https://user:{SECRET}/x@host.example/cat.png",
    f"https://user:{SECRET}?x@host.example/cat.png",
    f"https://user:p@{SECRET}@host.example:99999/cat.png",
    f"https://user:{SECRET}@/cat.png",
    f"https://user:{SECRET}@host.example/cat .png",
    f"https://user:{SECRET}\uff20host.example/cat.png",
    f"http:user:{SECRET}@host.example/cat.png",
    f"http:/user:{SECRET}@host.example/cat.png",
    f"https:\\\\user:{SECRET}@host.example/cat.png",
    f"ftp://user:{SECRET}@host.example/cat.png",
    f"HTTPS://user:{SECRET}@[::1/cat.png",
)
TAKERS: dict[str, Callable[[str], Any]] = {
    "images": image_part,
    "messages": message_image_part,
    "file_list": lambda url: ASHUI.request("hi", file_list=[url]),
    "base_url": lambda url: Client(api_key="test-key", base_url=url),
}


def all_words(error: BaseException) -> str:
    """What a traceback shows of an error, of its causes and of what it came up in."""
    return "".join([*said(error), *traceback.format_exception(error)])


@pytest.mark.parametrize("url", ADDRESSES)
@pytest.mark.parametrize("take", TAKERS.values(), ids=TAKERS)
def test_an_address_is_refused_without_it(take: Callable[[str], Any], url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        take(url)
    assert SECRET not in all_words(caught.value)


@pytest.mark.parametrize("scheme", ["https", "HTTPS"])
def test_an_address_of_a_recording_is_refused_without_it(scheme: str) -> None:
    with pytest.raises(ConfigurationError, match="The service fetches no audio") as caught:
        audio_upload(f"{scheme}://user:{SECRET}@host.example/talk.mp3?token=1")
    assert SECRET not in all_words(caught.value)


@pytest.mark.parametrize(
    "proxy",
    [f"http://user:{SECRET}/x@127.0.0.1:1", f"http://user:{SECRET}@[::1", f"ftp://{SECRET}@h:1"],
)
async def test_a_proxy_that_cannot_be_is_told_without_it(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    settings: dict[str, Any] = {"api_key": "test-key", "base_url": "https://service.example"}
    with pytest.raises(ConfigurationError, match=r"\(HTTPS_PROXY.*of a proxy") as caught:
        Client(**settings).chat("x")
    with pytest.raises(ConfigurationError, match=r"\(HTTPS_PROXY.*of a proxy") as awaited:
        await AsyncClient(**settings).chat("x")
    assert SECRET not in all_words(caught.value) + all_words(awaited.value)
