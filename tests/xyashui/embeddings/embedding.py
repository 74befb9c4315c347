"""Embedding with either client, and what is left where that fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from xyashui import AsyncClient, Client, Embeddings, errors

Embed = Callable[..., Awaitable[Embeddings]]

TEN = [f"text {number}" for number in range(10)]
PATIENCE = 20  # seconds after which nothing may hold a test any longer

_SETTINGS = {"default_headers", "http_client", "max_retries", "provider", "deadline_of_client"}


def embed_by(way: str) -> Embed:
    """Return a function that embeds with either client: a client's options are given to it."""

    async def embed(url: str, texts: Any, **options: Any) -> Embeddings:
        settings = {"api_key": "test-key", "base_url": url, "max_retries": 0}
        settings |= {name: options.pop(name) for name in _SETTINGS & options.keys()}
        if "deadline_of_client" in settings:
            settings["deadline"] = settings.pop("deadline_of_client")
        if way == "sync":
            with Client(**settings) as client:
                return client.embed(texts, **options)
        async with AsyncClient(**settings) as client:
            return await client.embed(texts, **options)

    return embed


async def failure(embed: Embed, *args: Any, **options: Any) -> errors.XyashuiError:
    with pytest.raises(errors.XyashuiError) as caught:
        await embed(*args, **options)
    return caught.value


def embedded(error: errors.XyashuiError) -> Embeddings:
    assert error.embedded is not None
    return error.embedded
