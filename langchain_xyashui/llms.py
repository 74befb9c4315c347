"""`XingYunLLM`: 星芸's text completion as a LangChain LLM."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, ClassVar

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseLLM, LangSmithParams
from langchain_core.outputs import Generation, GenerationChunk, LLMResult
from langchain_core.runnables.config import ContextThreadPoolExecutor

from langchain_xyashui.errors import as_langchain
from langchain_xyashui.models import Model
from xyashui import XINGYUN, Answer, Choice, Chunk, ConfigurationError, Provider
from xyashui.requests import ChatRequest, streaming
from xyashui.secrecy import conceal

__all__ = ["XingYunLLM"]


class XingYunLLM(Model, BaseLLM):
    """星芸AI (XingYun AI) as a LangChain LLM: it goes on with a text (`/v1/completions` [gw]).

    For questions and conversations there is `ChatXingYun`. Several prompts are completed at the
    same time, one request each; what each took is in its first generation's `generation_info`, and
    the sum in `llm_output["token_usage"]`.

    Args:
        model: The model to ask ("gpt-3.5-turbo-instruct").
        api_key: The key; by default what `XINGYUN_API_KEY` holds.
        base_url: The address, with or without `/v1`; by default what `XINGYUN_BASE_URL` holds,
            or else the service's own.
        temperature: 0 to 2.
        top_p: 0 to 1.
        max_tokens: The most tokens to write (256; the service's own default is 16 [gw]).
        stop: Up to 4 sequences at which the text ends.
        suffix: The text that comes after what is written.
        presence_penalty: -2 to 2.
        frequency_penalty: -2 to 2.
        n: How many completions to give of each prompt; more than one only where it is not
            streamed. `invoke` gives the first, and all are paid for; `generate` gives all.
        logit_bias: Token id -> -100 to 100.
        user: Your name for the person who asks.
        stream_usage: Whether a streamed completion ends with its token count (`True`).
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

    All options that shape a completion can also be given per call and by `bind`; the call's wins.

    Raises:
        langchain_xyashui.errors.ConfigurationError: An option is unknown or cannot be; the key
            is missing.

    Example:
        >>> from langchain_xyashui import XingYunLLM
        >>> XingYunLLM(max_tokens=40).invoke("从前有座山，")  # doctest: +SKIP
        '山里有座庙，庙里有个老和尚。'
    """

    provider: ClassVar[Provider] = XINGYUN

    model: str = XINGYUN.completion_model or ""
    suffix: str | None = None
    n: int | None = None
    logit_bias: dict[str, float] | None = None
    user: str | None = None
    stream_usage: bool | None = None

    def __init__(self, **settings: Any) -> None:
        conceal(settings)
        with as_langchain():
            super().__init__(**settings)
            self._request("-", None, {}, stream=False)  # what is wrong is wrong now

    @classmethod
    def _check_names(cls, settings: dict[str, Any]) -> None:
        cls.provider.check_settings(settings, cls.model_fields, completion=True)

    @classmethod
    def _option_names(cls) -> frozenset[str]:
        return cls.provider.completion_option_names

    # Asking

    def _generate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        with as_langchain():
            requests = [self._request(one, stop, kwargs, stream=False) for one in prompts]
            send = self._sync_client().send
            if len(requests) == 1:
                return self._result([send(requests[0])])
            with ContextThreadPoolExecutor() as threads:
                asked = [threads.submit(send, request) for request in requests]
                try:
                    return self._result([one.result() for one in asked])
                except BaseException:
                    # One has failed, and so has the whole: what has not been sent stays unsent.
                    threads.shutdown(wait=False, cancel_futures=True)
                    raise

    async def _agenerate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        with as_langchain():
            requests = [self._request(one, stop, kwargs, stream=False) for one in prompts]
            send = self._asynchronous_client().send
            asked = [asyncio.ensure_future(send(request)) for request in requests]
            try:
                return self._result(await asyncio.gather(*asked))
            finally:
                for one in asked:
                    one.cancel()
                await asyncio.gather(*asked, return_exceptions=True)

    def _stream(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[GenerationChunk]:
        with as_langchain():
            request = self._request(prompt, stop, kwargs, stream=True)
            with self._sync_client().open(request) as stream:
                for chunk in stream:
                    if chunk.index:
                        continue  # of a completion that was not asked for
                    part = _part(chunk)
                    if run_manager is not None:
                        run_manager.on_llm_new_token(part.text, chunk=part)
                    yield part
            part = _last_part(stream.answer)
            if run_manager is not None:
                run_manager.on_llm_new_token("", chunk=part)
            yield part

    async def _astream(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[GenerationChunk]:
        with as_langchain():
            request = self._request(prompt, stop, kwargs, stream=True)
            async with self._asynchronous_client().open(request) as stream:
                async for chunks in stream.batches():
                    for chunk in chunks:
                        if chunk.index:
                            continue
                        part = _part(chunk)
                        if run_manager is not None:
                            await run_manager.on_llm_new_token(part.text, chunk=part)
                        yield part
            part = _last_part(stream.answer)
            if run_manager is not None:
                await run_manager.on_llm_new_token("", chunk=part)
            yield part

    def _request(
        self, prompt: str, stop: list[str] | None, kwargs: dict[str, Any], *, stream: bool
    ) -> ChatRequest:
        """Check what is asked, the model's own options and the call's put together."""
        other = "invoke(...) or generate(...)" if stream else "stream(...)"
        options = streaming(self._options() | kwargs, stream, other)
        if stop is not None:
            options["stop"] = stop
        request = self.provider.completion(prompt, **options)
        if stream and (n := request.extra_body.get("n", request.options.get("n", 1))) != 1:
            raise ConfigurationError(
                f"n={n}: a stream carries one completion; to have several, use generate"
            )
        return request

    def _result(self, answers: Sequence[Answer]) -> LLMResult:
        return LLMResult(
            generations=[
                [
                    Generation(text=choice.text, generation_info=_facts(answer, choice, index))
                    for index, choice in enumerate(answer.choices)
                ]
                for answer in answers
            ],
            llm_output={
                "model_name": answers[0].model if answers else self.model,
                "token_usage": _added(answers),
            },
        )

    # What LangChain asks about a model

    def generate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        callbacks: Any = None,
        **kwargs: Any,
    ) -> LLMResult:
        """Complete several prompts; see `langchain_core.language_models.BaseLLM.generate`."""
        model, rest = self._with_options(kwargs)
        return super(XingYunLLM, model).generate(prompts, stop, callbacks, **rest)

    async def agenerate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        callbacks: Any = None,
        **kwargs: Any,
    ) -> LLMResult:
        """Do what `generate` does, with `await`."""
        model, rest = self._with_options(kwargs)
        return await super(XingYunLLM, model).agenerate(prompts, stop, callbacks, **rest)

    def _with_options(self, kwargs: dict[str, Any]) -> tuple[XingYunLLM, dict[str, Any]]:
        """Return a copy that has the call's options as its own, and the arguments that are none.

        LangChain's cache goes by a model's own options: it would give the answer to one call for
        another that asks for something else.
        """
        names = self._option_names() & type(self).model_fields.keys()
        own = {name: value for name, value in kwargs.items() if name in names}
        rest = {name: value for name, value in kwargs.items() if name not in names}
        return (self.model_copy(update=own) if own else self), rest

    @property
    def _llm_type(self) -> str:
        return f"{self.provider.name}-llm"

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        given = stop or kwargs.get("stop") or self.stop
        params = super()._get_ls_params(stop=[given] if isinstance(given, str) else given, **kwargs)
        params["ls_provider"] = self.provider.name
        return params


def _part(chunk: Chunk) -> GenerationChunk:
    info = {"reasoning_content": chunk.reasoning} if chunk.reasoning else None
    return GenerationChunk(text=chunk.text, generation_info=info)


def _last_part(answer: Answer) -> GenerationChunk:
    """Return what is known only when the completion is whole: why it ended, and what it took."""
    info = _facts(answer, answer.choices[0], 0)
    info.pop("reasoning_content", None)  # which the pieces have
    return GenerationChunk(text="", generation_info=info)


def _facts(answer: Answer, choice: Choice, index: int) -> dict[str, Any]:
    facts = {
        **choice.extra,
        "finish_reason": choice.finish_reason,
        "model_name": answer.model,
        "reported_model": answer.reported_model,
        "id": answer.id,
        "created": answer.created,
        "system_fingerprint": answer.system_fingerprint,
        "reasoning_content": choice.reasoning or None,
        # Of all completions of one prompt together, and therefore told once.
        "token_usage": _added([answer]) if index == 0 else None,
    }
    return {name: value for name, value in facts.items() if value}


def _added(answers: Sequence[Answer]) -> dict[str, int]:
    """Return the tokens that all answers took, by the names that LangChain's callbacks look for."""
    usages = [answer.usage for answer in answers if answer.usage is not None]
    if not usages:
        return {}
    return {
        "prompt_tokens": sum(usage.input_tokens for usage in usages),
        "completion_tokens": sum(usage.output_tokens for usage in usages),
        "total_tokens": sum(usage.total_tokens for usage in usages),
    }
