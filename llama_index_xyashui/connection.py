"""What everything that calls a service has in common: whom to call, as whom, how patiently."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, Field, PrivateAttr, SecretStr, ValidationError, field_serializer

from xyashui import ConfigurationError, Provider
from xyashui.option_names import by_name_only, positional, unknown_option
from xyashui.requests import explain_invalid
from xyashui.secrecy import conceal, keys_are_pickled
from xyashui.tooling.connecting import ConnectionSettings, revealed

__all__ = ["Connection"]

# What programs may pass, for type checkers. At run time a key becomes a secret, and the rest is
# checked by the client.
if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from xyashui import AsyncClient, CircuitBreaker, Client

    Key = SecretStr | str | None
    Timeout = float | httpx.Timeout | None
    Breaker = CircuitBreaker | None
    Headers = Mapping[str, str] | None
    HTTPClient = httpx.Client | None
    HTTPAsyncClient = httpx.AsyncClient | None
else:
    Key = SecretStr | None
    Timeout = Breaker = Headers = HTTPClient = HTTPAsyncClient = Any


class Connection(BaseModel):
    """The settings of a connection, and the clients that are made of them.

    A class says with `service` whom it calls. A pickle holds neither the key, nor
    `default_headers`, nor HTTP clients: the first is taken from the environment where it is opened,
    the others are not there. `xyashui.pickle_keys` has it hold the first two.
    """

    api_key: Key = Field(default=None, exclude=True, repr=False)
    base_url: str | None = None
    timeout: Timeout = None
    deadline: float | None = None
    max_retries: int = 2
    max_concurrency: int | None = None
    requests_per_minute: int | None = None
    # Not serialised: it is about the service as it is now.
    breaker: Breaker = Field(default=None, exclude=True, repr=False)
    # Not serialised: headers and clients may hold secrets.
    default_headers: Headers = Field(default=None, exclude=True, repr=False)
    http_client: HTTPClient = Field(default=None, exclude=True, repr=False)
    http_async_client: HTTPAsyncClient = Field(default=None, exclude=True, repr=False)

    # The settings that a client was made for, and the client: a copy may have others.
    _client: Any = PrivateAttr(default=None)
    _async_client: Any = PrivateAttr(default=None)

    def __init__(self, **settings: Any) -> None:
        conceal(settings)
        self._check_names(settings)
        try:
            super().__init__(**settings)
        except ValidationError as error:
            raise ConfigurationError(explain_invalid(error)) from None
        # What is wrong is wrong now, and not at the first question.
        self.base_url = self.service.base_url(self.base_url)
        self.api_key = SecretStr(str(self.service.api_key(revealed(self.api_key))))
        self._sync()
        self._async()

    if not TYPE_CHECKING:  # who go by `__init__`, which takes nothing without a name

        @wraps(__init__, assigned=())  # its signature is the one to show
        def __new__(cls, *given: object, **settings: object) -> Self:
            """Refuse settings without a name, in better words than Python's."""
            if given and len(given) > positional(cls):
                del given, settings  # a traceback may show variables, and there may be a key
                raise by_name_only(cls)
            return super().__new__(cls)

    @property
    def service(self) -> Provider:
        """The service that is called."""
        raise NotImplementedError

    @classmethod
    def _check_names(cls, settings: dict[str, Any]) -> None:
        for name in settings:
            if name not in cls.model_fields:
                raise unknown_option(cls.__name__, name, cls.model_fields)

    def _sync(self) -> Client:
        settings = ConnectionSettings(self), self.http_client
        if self._client is None or self._client[0] != settings:
            from xyashui import Client  # it is not needed to import a model

            made = Client(self.service, **settings[0].arguments(), http_client=settings[1])
            self._client = settings, made
        client: Client = self._client[1]
        return client

    def _async(self) -> AsyncClient:
        settings = ConnectionSettings(self), self.http_async_client
        if self._async_client is None or self._async_client[0] != settings:
            from xyashui import AsyncClient

            own = settings[1]
            made = AsyncClient(self.service, **settings[0].arguments(), http_async_client=own)
            self._async_client = settings, made
        client: AsyncClient = self._async_client[1]
        return client

    # Copies and written forms

    @field_serializer("timeout")
    def _plain_timeout(self, timeout: Any) -> float | None:
        return timeout if isinstance(timeout, int | float) else None  # an httpx.Timeout is no JSON

    def __getstate__(self) -> dict[Any, Any]:
        # A pickle holds no key: where it is opened, the environment is asked for one. It is taken
        # of a copy, because LlamaIndex removes from the model itself what cannot be pickled.
        dropped = ["http_client", "http_async_client"]
        if not keys_are_pickled():
            dropped += ["api_key", "default_headers"]
        copy = self.model_copy(update=dict.fromkeys(dropped))
        copy._client = copy._async_client = None
        return super(Connection, copy).__getstate__()

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        # Connections, a limit on calls and those who look on have no copy: they are shared.
        names = ("http_client", "http_async_client", "callback_manager", "rate_limiter")
        memo = {} if memo is None else memo
        memo |= {id(one): one for name in names if (one := getattr(self, name, None))}
        return super().__deepcopy__(memo)
