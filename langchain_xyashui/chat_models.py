"""`ChatXingYun` and `ChatAShui`: both services as LangChain chat models."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import LangSmithParams
from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field

from langchain_xyashui import content_blocks
from langchain_xyashui import messages as wire
from langchain_xyashui.errors import as_langchain
from langchain_xyashui.models import Model
from langchain_xyashui.tool_calling import ToolCallingChat
from langchain_xyashui.tool_pieces import ToolPieces
from xyashui import ASHUI, XINGYUN, ConfigurationError, Provider
from xyashui.images import image_part
from xyashui.requests import ChatRequest, check_urls
from xyashui.secrecy import conceal

if TYPE_CHECKING:
    from xyashui import Answer

__all__ = ["ChatAShui", "ChatXingYun"]

for _provider in (XINGYUN, ASHUI):
    content_blocks.register(_provider.name)


class _XyashuiChat(Model, ToolCallingChat):
    """What both chat models have in common; see them for the options."""

    web_search: bool | None = None
    # Not serialised: pictures are large.
    images: Any = Field(default=None, exclude=True, repr=False)
    tool_calling: Literal["auto", "native", "prompted"] | None = None
    # Not `False`, which LangChain takes for "never", once `configurable_fields` has passed it on.
    streaming: bool | None = None

    def __init__(self, **settings: Any) -> None:
        conceal(settings)
        with as_langchain():
            super().__init__(**settings)
            if self.images:
                self.images = [image_part(image) for image in wire.image_list(self.images)]
            # What is wrong is wrong now, and not at the first question.
            self.provider.shape(self._request([HumanMessage("")], None, {}, stream=False))

    @classmethod
    def _check_names(cls, settings: dict[str, Any]) -> None:
        cls.provider.check_settings(settings, cls.model_fields)

    # Asking

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with as_langchain():
            request = self._request(messages, stop, kwargs, stream=False)
            return self._result(self._sync_client().send(request))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with as_langchain():
            request = self._request(messages, stop, kwargs, stream=False)
            return self._result(await self._asynchronous_client().send(request))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        with as_langchain():
            request = self._request(messages, stop, kwargs, stream=True)
            next_part, provider = wire.next_part, self.provider.name
            with self._sync_client().open(request) as stream:
                calls = ToolPieces()
                for chunk in stream:
                    if chunk.index:
                        continue  # of an answer that was not asked for
                    part = next_part(chunk, provider, calls)
                    if run_manager is not None:
                        run_manager.on_llm_new_token(chunk.text, chunk=part)
                    yield part
            part = wire.last_part(stream.answer, self.provider.name, calls)
            if run_manager is not None:
                run_manager.on_llm_new_token("", chunk=part)
            yield part

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        with as_langchain():
            request = self._request(messages, stop, kwargs, stream=True)
            next_part, provider = wire.next_part, self.provider.name
            async with self._asynchronous_client().open(request) as stream:
                calls = ToolPieces()
                async for chunks in stream.batches():
                    for chunk in chunks:
                        if chunk.index:
                            continue
                        part = next_part(chunk, provider, calls)
                        if run_manager is not None:
                            await run_manager.on_llm_new_token(chunk.text, chunk=part)
                        yield part
                    del chunks  # while the next are waited for
            part = wire.last_part(stream.answer, self.provider.name, calls)
            if run_manager is not None:
                await run_manager.on_llm_new_token("", chunk=part)
            yield part

    def _result(self, answer: Answer) -> ChatResult:
        return ChatResult(
            generations=[
                ChatGeneration(
                    message=wire.message_of(answer, choice, self.provider.name),
                    generation_info={"finish_reason": choice.finish_reason},
                )
                for choice in answer.choices
            ],
            llm_output={"model_name": answer.model},
        )

    def _request(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        kwargs: dict[str, Any],
        *,
        stream: bool,
    ) -> ChatRequest:
        """Check what is asked, the model's own options and the call's put together."""
        turns, files = wire.to_wire(messages)
        options = self._options() | kwargs
        if options.get("images"):
            options["images"] = wire.image_list(options["images"])
        if files and not self.provider.capabilities.files:
            raise ConfigurationError(
                f"{self.provider.title} reads no files: take the file block ({files[0]}) out"
            )
        if files:
            options["file_list"] = [*check_urls("file_list", options.get("file_list")), *files]
        if stop is not None:
            options["stop"] = stop
        # LangChain decides: for it, `stream=True` in a call has `invoke` stream inside.
        request = self.provider.request(turns, **{**options, "stream": stream})
        if stream and (n := request.extra_body.get("n", request.options.get("n", 1))) != 1:
            raise ConfigurationError(
                f"n={n}: a stream carries one answer; to have several, use generate"
            )
        return request

    # What LangChain asks about a model

    @property
    def _llm_type(self) -> str:
        return f"{self.provider.name}-chat"

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        asked = self._options() | kwargs
        given = stop or asked.get("stop")
        params = super()._get_ls_params(stop=[given] if isinstance(given, str) else given, **kwargs)
        params["ls_provider"] = self.provider.name
        if asked.get("web_search") and (searches := self.provider.web_search_model):
            params["ls_model_name"] = asked.get("web_search_model") or searches
        return params

    def _get_invocation_params(
        self, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        # What traces show: how many pictures there are, and not their megabytes.
        if kwargs.get("images"):
            kwargs["images"] = f"{len(wire.image_list(kwargs['images']))} image(s)"
        return super()._get_invocation_params(stop=stop, **kwargs)

    def _get_llm_string(self, stop: list[str] | None = None, **kwargs: Any) -> str:
        # The key of a cache. LangChain's own is written once and kept, even by a copy of the model
        # that has other settings, and tells two pictures apart by no more than their paths.
        asked = self._options() | kwargs | ({"stop": stop} if stop is not None else {})
        if asked.get("images"):
            with as_langchain():
                asked["images"] = wire.fingerprint(asked["images"])
        who = (self._llm_type, self.base_url, self.output_version)
        return repr((who, sorted(asked.items())))

    def get_num_tokens_from_messages(self, messages: list[BaseMessage], tools: Any = None) -> int:
        """Return about how many tokens `messages` are, a few for each message's frame included."""
        from xyashui.tokens import estimate_tokens

        tokens = sum(4 + estimate_tokens(str(message.text)) for message in messages)
        return tokens + (estimate_tokens(str(tools)) if tools else 0)


class ChatXingYun(_XyashuiChat):
    """星芸AI (XingYun AI) as a LangChain chat model.

    Args:
        model: The model to ask ("gpt-4-turbo").
        api_key: The key; by default what `XINGYUN_API_KEY` holds.
        base_url: The address, with or without `/v1`; by default what `XINGYUN_BASE_URL` holds,
            or else the service's own.
        temperature: 0 to 2.
        top_p: 0 to 1.
        max_tokens: The most tokens to answer with.
        stop: Up to 4 sequences at which the answer ends.
        presence_penalty: -2 to 2.
        frequency_penalty: -2 to 2.
        n: How many answers to give; more than one only where the answer is not streamed. `invoke`
            gives the first, and all are paid for and counted in its usage; `generate` gives all.
        logit_bias: Token id -> -100 to 100.
        user: Your name for the person who asks.
        web_search: Whether to answer from the web: `web_search_model` is asked then, and the
            sources come in `additional_kwargs["citations"]` and as annotations in
            `content_blocks`.
        web_search_model: The model that searches ("gpt-4-web").
        images: Pictures to put to the last user message: URLs, data URIs, paths, bytes, PIL
            images or image blocks. Read when the model is made.
        stream_usage: Whether a streamed answer ends with its token count (`True`).
        tool_calling: Who sees to tools: the service ("native"), this side ("prompted"), or "auto".
        extra_body: Fields to put into the request as they are.
        merge_buffered: Whether pieces of text that one read of the network brings come as one chunk
            (`False`); tool calls, finish reasons and usage never do. See `xyashui.Client`.
        timeout: Seconds of silence to bear (300), or an `httpx.Timeout`.
        deadline: Seconds that a whole call may take, other tries included; by default as long as it
            needs.
        max_retries: How often a call that may pass is made again (2).
        max_concurrency: How many calls with this key may be under way when this model makes one;
            it waits its turn otherwise. All of the process are counted.
        requests_per_minute: The same for requests begun within 60 seconds.
        breaker: A `xyashui.CircuitBreaker`, which refuses calls while the service is down; several
            models may share one.
        default_headers: HTTP headers to send with every call.
        http_client: An `httpx.Client` of your own.
        http_async_client: An `httpx.AsyncClient` of your own.
        streaming: Whether `invoke` streams inside, for callbacks that want every token.

    All options that shape an answer can also be given per call and by `bind`; the call's wins.

    Raises:
        langchain_xyashui.errors.ConfigurationError: An option is unknown or cannot be; the key
            is missing.

    Example:
        >>> from langchain_xyashui import ChatXingYun
        >>> model = ChatXingYun(model="gpt-4-turbo", temperature=0)  # doctest: +SKIP
        >>> model.invoke("用一句话介绍济南").content  # doctest: +SKIP
    """

    provider: ClassVar[Provider] = XINGYUN

    model: str = XINGYUN.default_model
    n: int | None = None
    logit_bias: dict[str, float] | None = None
    user: str | None = None
    web_search_model: str | None = None
    stream_usage: bool | None = None


class ChatAShui(_XyashuiChat):
    """阿水AI (AShui AI) as a LangChain chat model.

    The service documents no stop sequences, token counts or several answers: `stop` is supplied on
    this side, `usage_metadata` is `None`, and there is no `n`.

    Args:
        model: The model to ask ("ashuiai-4.0").
        api_key: The key; by default what `ASHUI_API_KEY` holds.
        base_url: The address, with or without `/v1`; by default what `ASHUI_BASE_URL` holds, or
            else the service's own.
        temperature: As the model takes it.
        top_p: 0 to 1.
        max_tokens: The most tokens to answer with.
        stop: Sequences at which the answer ends; cut on this side, and the connection closed.
        presence_penalty: -2 to 2.
        frequency_penalty: Up to 2; the provider advises 0.1 to 1.
        web_search: Whether to answer from the web; the sources come in
            `additional_kwargs["citations"]` and as annotations in `content_blocks`.
        images: Pictures to put to the last user message: URLs, data URIs, paths, bytes, PIL
            images or image blocks. Read when the model is made.
        file_list: http(s) addresses of files to read. Not together with images.
        tool_calling: Who sees to tools: the service ("native"), this side ("prompted"), or "auto".
        extra_body: Fields to put into the request as they are.
        merge_buffered: Whether pieces of text that one read of the network brings come as one chunk
            (`False`); tool calls, finish reasons and usage never do. See `xyashui.Client`.
        timeout: Seconds of silence to bear (300), or an `httpx.Timeout`.
        deadline: Seconds that a whole call may take, other tries included; by default as long as it
            needs.
        max_retries: How often a call that may pass is made again (2).
        max_concurrency: How many calls with this key may be under way when this model makes one;
            it waits its turn otherwise. All of the process are counted.
        requests_per_minute: The same for requests begun within 60 seconds.
        breaker: A `xyashui.CircuitBreaker`, which refuses calls while the service is down; several
            models may share one.
        default_headers: HTTP headers to send with every call.
        http_client: An `httpx.Client` of your own.
        http_async_client: An `httpx.AsyncClient` of your own.
        streaming: Whether `invoke` streams inside, for callbacks that want every token.

    All options that shape an answer can also be given per call and by `bind`; the call's wins.

    Raises:
        langchain_xyashui.errors.ConfigurationError: An option is unknown or cannot be; the key
            is missing.

    Example:
        >>> from langchain_xyashui import ChatAShui
        >>> model = ChatAShui(file_list=["https://example.com/sales.xlsx"])  # doctest: +SKIP
        >>> model.invoke("哪个月卖得最好?").content  # doctest: +SKIP
    """

    provider: ClassVar[Provider] = ASHUI

    model: str = ASHUI.default_model
    file_list: list[str] | str | None = None
