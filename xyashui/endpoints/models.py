"""The models that a key may ask: `GET /v1/models`, in OpenAI's list shape [gw]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from xyashui.operations import Operation, Reply
from xyashui.requests import shorten
from xyashui.sending import AsyncSender, Sender

__all__ = ["AsyncModelCalls", "Model", "ModelCalls"]


@dataclass(frozen=True, slots=True)
class Model:
    """A model that a key may ask.

    Attributes:
        id: Its name, as `model` takes it.
        owned_by: Whose it is, as the service says; "" where it does not.
        raw: All that the service says of it.
    """

    id: str
    owned_by: str
    raw: dict[str, Any]


class ModelCalls(Sender):
    """The list of models, for `Client`."""

    def models(self) -> list[Model]:
        """Return the models that the key may ask, in the service's order.

        Raises:
            ConfigurationError: The service has no such list (阿水AI documents none).
            APIError: The service refuses.
            TransportError: No whole answer arrived.

        Example:
            >>> [model.id for model in client.models()]  # doctest: +SKIP
            ['gpt-3.5-turbo', 'gpt-4-turbo', ...]
        """
        return self.perform(_LIST)


class AsyncModelCalls(AsyncSender):
    """The list of models, for `AsyncClient`."""

    async def models(self) -> list[Model]:
        """See `Client.models`."""
        return await self.perform(_LIST)


def _read(reply: Reply) -> list[Model]:
    entries = reply.json()["data"]
    if not isinstance(entries, list):
        raise TypeError("'data' should be a list of models")
    return [_model(entry) for entry in entries]


def _model(entry: dict[str, Any]) -> Model:
    name, owner = entry["id"], entry.get("owned_by")
    if isinstance(name, int) and not isinstance(name, bool):
        name = str(name)
    if not isinstance(name, str) or not name:
        raise TypeError(f"the id of a model is {shorten(name)}")
    return Model(name, owner if isinstance(owner, str) else "", entry)


_LIST: Final = Operation("models", "/v1/models", _read, method="GET")
