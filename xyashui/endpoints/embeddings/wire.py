"""One request for vectors, and how its answer is read. Sans-IO.

OpenAI's shape [gw]: `{"data": [{"index", "embedding"}], "model", "usage"}`, an embedding being a
list of numbers or, where `encoding_format` is "base64", the bytes of little-endian floats of 4
bytes each. Either may come, whichever was asked for: gateways do not all heed it.
"""

from __future__ import annotations

import sys
from array import array
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import isfinite
from typing import Any

from xyashui.answers import Usage
from xyashui.deltas import usage_of
from xyashui.endpoints.embeddings.options import EmbeddingRequest
from xyashui.endpoints.embeddings.results import Vector
from xyashui.errors import ProtocolError
from xyashui.operations import Operation, Reply

__all__ = ["Part", "operation"]


@dataclass(frozen=True, slots=True)
class Part:
    """What one request brings: vectors in the order of its texts.

    Attributes:
        vectors: As many as texts were sent, all of one length.
        model: The service's name for the model.
        usage: Tokens taken.
    """

    vectors: list[Vector]
    model: str | None
    usage: Usage | None


def operation(request: EmbeddingRequest, texts: Sequence[str]) -> Operation[Part]:
    """Return the request that has `texts` embedded.

    Its reader raises `ProtocolError` for an answer that does not give each text its vector; `index`
    is then the text's among `texts`, where it is one vector that cannot be.
    """
    return Operation(
        "embeddings",
        "/v1/embeddings",
        partial(_read, count=len(texts), dimensions=request.dimensions),
        body=request.body(list(texts)),
        model=request.model,
        timeout=request.timeout,
        deadline=request.deadline,
    )


def _read(reply: Reply, *, count: int, dimensions: int | None) -> Part:
    payload = reply.json()
    entries: list[dict[str, Any]] = payload["data"]
    if len(entries) != count:
        raise reply.unreadable(f"it has {len(entries)} vectors for {count} texts")
    places = _places(reply, entries)
    vectors = [array("f")] * count
    for place, entry in zip(places, entries, strict=True):
        vectors[place] = _vector(reply, place, entry["embedding"])
    _check_lengths(reply, vectors, dimensions)
    model = payload.get("model")
    return Part(vectors, model if isinstance(model, str) else None, usage_of(payload.get("usage")))


def _places(reply: Reply, entries: list[dict[str, Any]]) -> list[int]:
    """Return which text each vector is of."""
    given = [entry.get("index") for entry in entries]
    if all(index is None for index in given):
        return list(range(len(entries)))
    places = [index for index in given if isinstance(index, int) and not isinstance(index, bool)]
    if sorted(places) != list(range(len(entries))):
        raise reply.unreadable(
            "it does not say which vector is whose: each must have an index of its own, from 0 to "
            f"{len(entries) - 1}. One text in a request (batch_size=1) leaves no doubt"
        )
    return places


def _vector(reply: Reply, place: int, embedding: Any) -> Vector:
    try:
        vector = _decoded(embedding) if isinstance(embedding, str) else _listed(embedding)
    except (ValueError, TypeError) as error:
        raise _at(place, reply.unreadable(f"a vector is none: {error}")) from error
    # Whatever is added to infinity or to what is no number, the sum tells.
    if not vector or not isfinite(sum(vector)):
        what = "numbers that are none (NaN or infinity)" if vector else "no numbers"
        raise _at(place, reply.unreadable(f"a vector holds {what}"))
    return vector


def _listed(numbers: Any) -> Vector:
    if bool in set(map(type, numbers)):
        raise TypeError("true and false are no numbers")  # though they are to Python
    return array("d", numbers)


def _decoded(text: str) -> Vector:
    vector = array("f")
    vector.frombytes(b64decode(text, validate=True))
    if sys.byteorder == "big":
        vector.byteswap()
    return vector


def _check_lengths(reply: Reply, vectors: list[Vector], dimensions: int | None) -> None:
    wanted = dimensions or len(vectors[0])
    for place, vector in enumerate(vectors):
        if len(vector) != wanted:
            asked = f"dimensions={wanted} was asked for" if dimensions else f"others have {wanted}"
            raise _at(place, reply.unreadable(f"a vector has {len(vector)} numbers, and {asked}"))


def _at(place: int, error: ProtocolError) -> ProtocolError:
    error.index = place
    return error
