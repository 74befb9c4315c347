"""Either client, and a service that embeds as a test wants it to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.vectors import VectorService, serve_vectors
from tests.xyashui.embeddings.embedding import Embed, embed_by


@pytest.fixture
def service() -> Iterator[VectorService]:
    with serve_vectors() as running:
        yield running


@pytest.fixture(params=["sync", "async"])
def embed(request: pytest.FixtureRequest) -> Embed:
    """Embed with either client."""
    return embed_by(request.param)
