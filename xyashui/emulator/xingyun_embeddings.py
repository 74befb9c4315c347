"""Answering `POST /v1/embeddings` [doc], in OpenAI's shape and with its limits [gw].

Refusals are in OpenAI's own words, as the gateway passes them on.
"""

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import tokens, vectors
from .delivery import Body, json_body
from .exchange import Exchange
from .failures import Failure
from .models import ModelCard
from .parameters import Parameter
from .xingyun_gate import (
    admit,
    bad_request,
    check_parameters,
    find_card,
    json_object,
    malformed,
    need,
)
from .xingyun_wire import answer_headers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_INPUTS = 2_048
"""How many inputs one call takes."""

_SHORTENS = "text-embedding-3-small"
_INVALID = (
    "'$.input' is invalid. Please check the API reference: "
    "https://platform.openai.com/docs/api-reference."
)
_PARAMETERS = {"user": Parameter("string")}

Input = str | list[int]


def answer(exchange: Exchange) -> Body:
    """Make a vector of each input.

    Raises:
        Failure: If the request is refused.
    """
    if late := admit(exchange):
        raise late
    body = json_object(exchange)
    card = find_card(body.get("model"), "embedding")
    check_parameters(body, _PARAMETERS)
    size = _size(body, card)
    write = _writer(body.get("encoding_format"))
    inputs = _inputs(body.get("input"))
    count = sum(_count(f"input[{index}]", each, card) for index, each in enumerate(inputs))
    need("numpy")
    data = [
        {"object": "embedding", "index": index, "embedding": write(_vector(each, card, size))}
        for index, each in enumerate(inputs)
    ]
    usage = {"prompt_tokens": count, "total_tokens": count}
    return json_body(
        {"object": "list", "data": data, "model": card.name, "usage": usage},
        headers=answer_headers(exchange.number),
    )


def _vector(value: Input, card: ModelCard, size: int) -> "NDArray[np.float32]":
    if isinstance(value, str):
        return vectors.of_text(value, card.name, size)
    return vectors.of_tokens(value, card.name, size)


def _size(body: dict[str, Any], card: ModelCard) -> int:
    """How many dimensions are asked for; only the newer models shorten their vectors."""
    size = body.get("dimensions")
    if size is None:
        return vectors.SIZE
    if card.name != _SHORTENS:
        raise bad_request("dimensions", "This model does not support specifying dimensions.")
    check_parameters(body, {"dimensions": Parameter("integer", 1, vectors.SIZE)})
    return int(size)


def _writer(encoding: Any) -> Callable[["NDArray[np.float32]"], list[float] | str]:
    if encoding in (None, "float"):
        return lambda vector: vector.tolist()
    if encoding == "base64":
        return lambda vector: base64.b64encode(vector.astype("<f4").tobytes()).decode()
    raise malformed("encoding_format", "must be float or base64")


def _inputs(value: Any) -> list[Input]:
    """Read `input`: a text, token ids, or an array of either."""
    inputs = value if isinstance(value, list) and not _is_ids(value) else [value]
    if not inputs or not (
        all(isinstance(each, str) and each for each in inputs) or all(map(_is_ids, inputs))
    ):
        raise bad_request("input", _INVALID, _fault(inputs))
    if len(inputs) > MAX_INPUTS:
        message = (
            f"Invalid 'input': array too long. Expected an array with maximum length "
            f"{MAX_INPUTS}, but got an array with length {len(inputs)} instead."
        )
        raise bad_request("input", message)
    return inputs


def _is_ids(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(each, int) and not isinstance(each, bool) for each in value)
        and min(value) >= 0
    )


def _fault(inputs: list[Any]) -> str:
    """Say what OpenAI's words leave unsaid."""
    if not inputs:
        return "input: must not be empty"
    if "" in inputs:
        return f"input[{inputs.index('')}]: must not be empty"
    return "input: must be a string, an array of strings, or arrays of token ids"


def _count(where: str, value: Input, card: ModelCard) -> int:
    count = tokens.count(value) if isinstance(value, str) else len(value)
    if count <= card.context:
        return count
    message = (
        f"This model's maximum context length is {card.context} tokens, however you requested "
        f"{count} tokens ({count} in your prompt; 0 for the completion). "
        "Please reduce your prompt; or completion length."
    )
    code = "context_length_exceeded"
    raise Failure(message, code, 400, "invalid_request_error", where, detail=f"{where}: {message}")
