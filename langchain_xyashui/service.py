"""A connection to a service that is named, as tools and retrievers have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import field_validator

from langchain_xyashui.connection import Connection
from xyashui import Provider
from xyashui.providers import PROVIDERS, by_name

__all__ = ["ServiceConnection"]

if TYPE_CHECKING:
    Service = Provider | str
else:
    Service = Any  # Pydantic would look into a provider


class ServiceConnection(Connection):
    """A connection to the service that `provider` names."""

    provider: Service = "xingyun"

    @field_validator("provider")
    @classmethod
    def _named(cls, provider: Any) -> Any:
        # A name can be written out and compared; a service that is not known by one stays itself.
        return provider.name if provider in PROVIDERS.values() else provider

    @property
    def service(self) -> Provider:
        """The service that is called."""
        return by_name(self.provider)
