"""`XingYun` and `AShui`: both services as LlamaIndex LLMs."""

from __future__ import annotations

from typing import ClassVar

from llama_index_xyashui.base import XyashuiLLM
from xyashui import ASHUI, XINGYUN, Provider

__all__ = ["AShui", "XingYun"]


class XingYun(XyashuiLLM):
    """星芸AI (XingYun AI) as a LlamaIndex LLM.

    Args:
        model: The model to ask ("gpt-4-turbo"; "gpt-3.5-turbo-instruct" where it is no chat model).
        api_key: The key; by default what `XINGYUN_API_KEY` holds.
        base_url: The address, with or without `/v1`; by default what `XINGYUN_BASE_URL` holds,
            or else the service's own.
        temperature: 0 to 2.
        top_p: 0 to 1.
        max_tokens: The most tokens to answer with.
        stop: Up to 4 sequences at which the answer ends.
        presence_penalty: -2 to 2.
        frequency_penalty: -2 to 2.
        n: How many answers to give, where the answer is not streamed; the first is the message or
            text, and all are in `raw["choices"]`, paid for and counted in the usage.
        logit_bias: Token id -> -100 to 100.
        user: Your name for the person who asks.
        web_search: Whether to answer from the web: `web_search_model` is asked then, and the
            sources come in `additional_kwargs["citations"]`.
        web_search_model: The model that searches ("gpt-4-web").
        images: Pictures to put to the last user message: URLs, data URIs, paths, bytes, PIL
            images, ImageBlocks or ImageDocuments. Read when the model is made.
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
        is_chat_model: `False` for a text-completion model (`/v1/completions` [gw]): `complete` goes
            on with the prompt, `chat` with the conversation as `messages_to_prompt` writes it.
            `max_tokens` is 256 then, unless given. It calls no tools, and reads nothing but text.
        context_window: How many tokens the model reads and writes, where that is known better.

    All options that shape an answer can also be given per call; the call's wins. LlamaIndex's own
    settings (`system_prompt`, `callback_manager` and so on) can be given as well.

    Raises:
        ConfigurationError: An option is unknown or cannot be; the key is missing.

    Example:
        >>> from llama_index_xyashui import XingYun
        >>> llm = XingYun(model="gpt-4-turbo", temperature=0)  # doctest: +SKIP
        >>> llm.complete("用一句话介绍济南").text  # doctest: +SKIP
    """

    provider: ClassVar[Provider] = XINGYUN

    model: str = XINGYUN.default_model
    n: int | None = None
    logit_bias: dict[str, float] | None = None
    user: str | None = None
    web_search_model: str | None = None
    stream_usage: bool | None = None


class AShui(XyashuiLLM):
    """阿水AI (AShui AI) as a LlamaIndex LLM.

    The service documents no stop sequences, tools, token counts or several answers: `stop` and
    tools are supplied on this side, there is no usage, and there is no `n`.

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
            `additional_kwargs["citations"]`.
        images: Pictures to put to the last user message: URLs, data URIs, paths, bytes, PIL
            images, ImageBlocks or ImageDocuments. Read when the model is made.
        file_list: http(s) addresses of files to read; a DocumentBlock with a url is one more. Not
            together with images.
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
        is_chat_model: `True`: the service documents no text completion.
        context_window: How many tokens the model reads and writes; the provider documents no
            number, so that 8,192 are assumed.

    All options that shape an answer can also be given per call; the call's wins. LlamaIndex's own
    settings (`system_prompt`, `callback_manager` and so on) can be given as well.

    Raises:
        ConfigurationError: An option is unknown or cannot be; the key is missing.

    Example:
        >>> from llama_index_xyashui import AShui
        >>> llm = AShui(file_list=["https://example.com/sales.xlsx"])  # doctest: +SKIP
        >>> llm.complete("哪个月卖得最好?").text  # doctest: +SKIP
    """

    provider: ClassVar[Provider] = ASHUI

    model: str = ASHUI.default_model
    file_list: list[str] | None = None
