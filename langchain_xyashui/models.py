"""What chat models and text models have in common."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import ConfigDict

from langchain_xyashui.connection import Connection
from langchain_xyashui.errors import as_langchain
from xyashui import Provider
from xyashui.methods import on_class_too

__all__ = ["Model"]


class Model(Connection):
    """A model of one service, with the options that every model has.

    See `ChatXingYun`, `ChatAShui` and `XingYunLLM` for what they mean.
    """

    provider: ClassVar[Provider]

    model: str
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: list[str] | str | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    extra_body: dict[str, Any] | None = None
    merge_buffered: bool | None = None

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid", defer_build=True)

    @property
    def service(self) -> Provider:
        """The service that is called."""
        return self.provider

    @on_class_too
    def available_models(self) -> list[str]:
        """Return the names of the models that the key may ask: `GET /v1/models` [gw].

        Can be called on the class too, with the settings of a model.

        Raises:
            langchain_xyashui.errors.ConfigurationError: The service has no such list (阿水AI
                documents none).
            langchain_xyashui.errors.APIError: The service refuses.

        Example:
            >>> ChatXingYun.available_models(api_key="...")  # doctest: +SKIP
            ['gpt-3.5-turbo', 'gpt-4-turbo', ...]
        """
        with as_langchain():
            return [model.id for model in self._sync_client().models()]

    @on_class_too
    async def aavailable_models(self) -> list[str]:
        """Do what `available_models` does, with `await`."""
        with as_langchain():
            return [model.id for model in await self._asynchronous_client().models()]

    def _options(self) -> dict[str, Any]:
        """The options that were set when the model was made."""
        fields = self.__dict__
        return {
            name: value for name in self._option_names() if (value := fields.get(name)) is not None
        }

    @classmethod
    def _option_names(cls) -> frozenset[str]:
        return cls.provider.option_names

    # What LangChain asks about a model

    @property
    def _identifying_params(self) -> dict[str, Any]:
        shown = {name: value for name, value in self._options().items() if name != "images"}
        return {"model": self.model, "base_url": self.base_url, **shown}

    def __repr_args__(self) -> Any:
        # LangChain leaves out what is as by default, the model's name among it.
        shown = [(name, value) for name, value in super().__repr_args__() if name != "model"]
        # There is none yet where a traceback shows a model that could not be made.
        return [*((name, value) for name, value in vars(self).items() if name == "model"), *shown]

    def get_num_tokens(self, text: str) -> int:
        """Return about how many tokens `text` is; neither service documents its tokenizer."""
        from xyashui.tokens import estimate_tokens

        return estimate_tokens(text)

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """LangChain may write this model out, and read it back."""
        return True

    @property
    def lc_secrets(self) -> dict[str, str]:
        """What is written out by name only."""
        return {"api_key": self.provider.api_key_variable}
