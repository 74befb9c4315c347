"""`XyashuiLLM`: what both services have in common as LlamaIndex LLMs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseAsyncGen,
    CompletionResponseGen,
    LLMMetadata,
)
from llama_index.core.constants import DEFAULT_NUM_OUTPUTS
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from pydantic import Field

from llama_index_xyashui.completions import as_prompt
from llama_index_xyashui.connection import Connection
from llama_index_xyashui.messages import image_list, to_wire
from llama_index_xyashui.responses import (
    achat_responses,
    acompletion_responses,
    chat_response,
    chat_responses,
    completion_response,
    completion_responses,
)
from llama_index_xyashui.streams import aclosing, closing
from llama_index_xyashui.structured import StructuredOutput
from xyashui import ConfigurationError, Provider
from xyashui.images import image_part
from xyashui.methods import on_class_too
from xyashui.requests import ChatRequest, streaming
from xyashui.secrecy import conceal

__all__ = ["XyashuiLLM"]

# A hint to Anthropic's caches, which LlamaIndex's DocumentContextExtractor gives everybody.
_FOR_ANTHROPIC = {"anthropic-beta": "prompt-caching-2024-07-31"}


class XyashuiLLM(Connection, StructuredOutput):
    """What both LLMs have in common; see `XingYun` and `AShui` for the options."""

    provider: ClassVar[Provider]

    model: str
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: list[str] | str | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    web_search: bool | None = None
    is_chat_model: bool = True
    context_window: int | None = Field(default=None, gt=0)
    # Not serialised: pictures are large.
    images: Any = Field(default=None, exclude=True, repr=False)
    tool_calling: Literal["auto", "native", "prompted"] | None = None
    extra_body: dict[str, Any] | None = None
    merge_buffered: bool | None = None

    def __init__(self, **settings: Any) -> None:
        conceal(settings)
        super().__init__(**settings)
        if not self.is_chat_model and "model" not in settings:
            self.model = self.provider.completion_model or self.model
        if self.images:
            self.images = [image_part(image) for image in image_list(self.images)]
        # What is wrong is wrong now, and not at the first question.
        self.provider.shape(self._request([ChatMessage("")], {}))

    @property
    def service(self) -> Provider:
        """The service that is called."""
        return self.provider

    @classmethod
    def _check_names(cls, settings: dict[str, Any]) -> None:
        cls.provider.check_settings(settings, cls.model_fields)

    @classmethod
    def class_name(cls) -> str:
        """Return what LlamaIndex calls this class where it writes one out."""
        return f"{cls.provider.name}_llm"

    @property
    def metadata(self) -> LLMMetadata:
        """What LlamaIndex goes by: how much the model reads, and what it can do."""
        # Not always `model`: web search may be another one's work.
        asked = self.model
        if self.is_chat_model:
            asked = self.provider.request("", **(self._options() | {"images": None})).model
        return LLMMetadata(
            context_window=self.context_window or self.provider.context_window(asked),
            num_output=self.max_tokens or DEFAULT_NUM_OUTPUTS,
            is_chat_model=self.is_chat_model,
            is_function_calling_model=self.is_chat_model,
            model_name=asked,
        )

    # Asking

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Answer a conversation.

        Args:
            messages: The conversation so far.
            **kwargs: Options of this call; they win over the model's own.

        Raises:
            ConfigurationError: An option or a message cannot be sent.
            APIError: The service refuses.
            TransportError: No whole answer arrived.
        """
        return chat_response(self._sync().send(self._request(messages, kwargs)))

    @llm_chat_callback()
    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Do what `chat` does, with `await`."""
        return chat_response(await self._async().send(self._request(messages, kwargs)))

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Answer one question, or go on with a text where `is_chat_model` is `False`; see `chat`.

        Args:
            prompt: The question, or the text.
            formatted: Whether `completion_to_prompt` has been applied to the text already.
            **kwargs: Options of this call; they win over the model's own.
        """
        request = self._prompt_request(prompt, formatted, kwargs)
        return completion_response(self._sync().send(request))

    @llm_completion_callback()
    async def acomplete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponse:
        """Do what `complete` does, with `await`."""
        request = self._prompt_request(prompt, formatted, kwargs)
        return completion_response(await self._async().send(request))

    @closing(llm_chat_callback)
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """Answer a conversation piece by piece; see `chat`.

        Nothing is sent until the first piece is asked for. The last one has no text, but what is
        known only then: usage, citations, why the answer ended.
        """
        request = self._request(messages, kwargs, stream=True)
        one_call = request.parallel_tool_calls is False
        return chat_responses(self._sync().open(request), one_call=one_call)

    @aclosing(llm_chat_callback)
    async def astream_chat(
        self, messages: Sequence[ChatMessage], **kwargs: Any
    ) -> ChatResponseAsyncGen:
        """Do what `stream_chat` does, with `await` and `async for`."""
        request = self._request(messages, kwargs, stream=True)
        one_call = request.parallel_tool_calls is False
        return achat_responses(self._async().open(request), one_call=one_call)

    @closing(llm_completion_callback)
    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseGen:
        """Do what `complete` does, piece by piece; see `stream_chat`."""
        request = self._prompt_request(prompt, formatted, kwargs, stream=True)
        return completion_responses(self._sync().open(request))

    @aclosing(llm_completion_callback)
    async def astream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseAsyncGen:
        """Do what `stream_complete` does, with `await` and `async for`."""
        request = self._prompt_request(prompt, formatted, kwargs, stream=True)
        return acompletion_responses(self._async().open(request))

    @on_class_too
    def available_models(self) -> list[str]:
        """Return the names of the models that the key may ask: `GET /v1/models` [gw].

        Can be called on the class too, with the settings of an LLM.

        Raises:
            ConfigurationError: The service has no such list (阿水AI documents none).
            APIError: The service refuses.

        Example:
            >>> XingYun.available_models(api_key="...")  # doctest: +SKIP
            ['gpt-3.5-turbo', 'gpt-4-turbo', ...]
        """
        return [model.id for model in self._sync().models()]

    @on_class_too
    async def aavailable_models(self) -> list[str]:
        """Do what `available_models` does, with `await`."""
        return [model.id for model in await self._async().models()]

    # Requests

    def _request(
        self, messages: Sequence[ChatMessage], kwargs: dict[str, Any], *, stream: bool = False
    ) -> ChatRequest:
        """Check what is asked, the model's own options and the call's put together."""
        if not self.is_chat_model:
            return self._completion(as_prompt(messages, self), kwargs, stream)
        turns, files = to_wire(messages)
        options = self._asked(kwargs, stream)
        if options.get("images"):
            options["images"] = image_list(options["images"])
        if files and not self.provider.capabilities.files:
            raise ConfigurationError(
                f"{self.provider.title} reads no files: take the DocumentBlock ({files[0]}) out"
            )
        if files:
            options["file_list"] = [*(options.get("file_list") or ()), *files]
        return self.provider.request(turns, **options)

    def _prompt_request(
        self, prompt: str, formatted: bool, kwargs: dict[str, Any], *, stream: bool = False
    ) -> ChatRequest:
        if self.is_chat_model:
            return self._request([ChatMessage(prompt)], kwargs, stream=stream)
        # LlamaIndex puts one of its own where none is given.
        to_prompt: Any = self.completion_to_prompt
        return self._completion(prompt if formatted else to_prompt(prompt), kwargs, stream)

    def _completion(self, prompt: str, kwargs: dict[str, Any], stream: bool) -> ChatRequest:
        return self.provider.completion(prompt, **self._asked(kwargs, stream))

    def _asked(self, kwargs: dict[str, Any], stream: bool) -> dict[str, Any]:
        other = "chat or complete" if stream else "stream_chat or stream_complete"
        options = streaming(self._options() | kwargs, stream, other)
        if options.get("extra_headers") == _FOR_ANTHROPIC:
            del options["extra_headers"]
        if stream and (options.get("n") or 1) > 1:
            raise ConfigurationError(
                f"n={options['n']}: a stream carries one answer; use chat or complete for several"
            )
        return options

    def _options(self) -> dict[str, Any]:
        """The options that were set when the model was made."""
        fields = self.__dict__
        return {
            name: value
            for name in self.provider.option_names
            if (value := fields.get(name)) is not None
        }
