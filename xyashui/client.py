"""`Client` and `AsyncClient`: send, retry, stream.

The two do the same, once with and once without `await`; everything that needs no socket is
elsewhere, and shared.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Mapping, Sequence
from contextlib import aclosing, closing, suppress
from typing import Self, Unpack

import httpx
from tenacity import AsyncRetrying, Retrying

from xyashui import transport
from xyashui.answers import Answer, Chunk
from xyashui.calls import Call
from xyashui.endpoints.completions import AsyncCompletionCalls, CompletionCalls
from xyashui.endpoints.embeddings import AsyncEmbeddingCalls, EmbeddingCalls
from xyashui.endpoints.midjourney import AsyncMidjourneyCalls, MidjourneyCalls
from xyashui.endpoints.models import AsyncModelCalls, ModelCalls
from xyashui.endpoints.pictures import AsyncPictureCalls, PictureCalls
from xyashui.endpoints.speech import AsyncSpeechCalls, SpeechCalls
from xyashui.endpoints.transcriptions import AsyncTranscriptionCalls, TranscriptionCalls
from xyashui.errors import ConfigurationError
from xyashui.providers import XINGYUN, Provider
from xyashui.requests import ChatOptions, ChatRequest
from xyashui.sending import AsyncSender, Sender
from xyashui.sse import MAX_EVENT_BYTES
from xyashui.types import Message

__all__ = ["AsyncChatStream", "AsyncClient", "ChatStream", "Client"]


class Client(
    CompletionCalls,
    EmbeddingCalls,
    MidjourneyCalls,
    ModelCalls,
    PictureCalls,
    SpeechCalls,
    TranscriptionCalls,
    Sender,
):
    """Talks to a service, without a framework.

    Connections are shared by every client in the process and stay open between calls.

    Args:
        provider: `xyashui.XINGYUN` or `xyashui.ASHUI`, or the name: "xingyun" or "ashui".
        api_key: The key; by default what `XINGYUN_API_KEY` or `ASHUI_API_KEY` holds.
        base_url: The address, with or without `/v1`; by default what `XINGYUN_BASE_URL` or
            `ASHUI_BASE_URL` holds, or else the service's own.
        timeout: Seconds of silence to bear between two bytes (300); connecting has 10 s at most.
            An `httpx.Timeout` sets each phase.
        deadline: Seconds that a whole call may take, from the first byte sent to the last one
            read, other tries included; by default as long as it needs.
        max_retries: How often a call that may pass is made again (2).
        default_headers: HTTP headers to send with every call.
        max_event_bytes: The longest event of a stream that is read (64 MiB).
        http_client: An `httpx.Client` to use instead of the shared one, for a proxy or
            certificates. It is yours to close.

    Raises:
        ConfigurationError: A setting cannot be, or the key is missing.

    Example:
        >>> client = Client(xyashui.ASHUI, api_key="...")  # doctest: +SKIP
        >>> client.chat("今天有什么新闻?", web_search=True).citations  # doctest: +SKIP
    """

    def __init__(
        self,
        provider: Provider | str = XINGYUN,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | httpx.Timeout | None = None,
        deadline: float | None = None,
        max_retries: int = 2,
        default_headers: Mapping[str, str] | None = None,
        max_event_bytes: int = MAX_EVENT_BYTES,
        http_client: httpx.Client | None = None,
    ) -> None:
        super().__init__(
            provider,
            api_key=api_key,
            base_url=base_url,
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            default_headers=default_headers,
            max_event_bytes=max_event_bytes,
        )
        if http_client is not None and not isinstance(http_client, httpx.Client):
            raise ConfigurationError(
                f"http_client must be an httpx.Client, not {type(http_client).__name__}"
            )
        self._http = http_client
        transport.hold(self)

    def chat(self, messages: str | Sequence[Message], **options: Unpack[ChatOptions]) -> Answer:
        """Ask, and wait for the whole answer.

        Args:
            messages: A question, or the conversation so far.
            **options: `model`, `temperature`, `web_search`, `images` and the rest; see
                `Provider.option_names`.

        Raises:
            ConfigurationError: An option is unknown, or cannot be sent.
            APIError: The service refuses.
            TransportError: No whole answer arrived.
        """
        return self.send(self.provider.request(messages, **options))

    def stream(
        self, messages: str | Sequence[Message], **options: Unpack[ChatOptions]
    ) -> ChatStream:
        """Ask, and get the answer piece by piece; takes and raises what `chat` does.

        Nothing is sent until the first piece is asked for.
        """
        return self.open(self.provider.request(messages, **{**options, "stream": True}))

    def send(self, request: ChatRequest) -> Answer:
        """Send a request that `Provider.request` made, and wait for the whole answer."""
        call = self.prepare(request)
        call.start()
        while True:
            answer = Retrying(**self.policy(call))(self._whole, call)
            if not self.again(call):
                return answer

    def open(self, request: ChatRequest) -> ChatStream:
        """Send a request that `Provider.request` made, and get the answer piece by piece."""
        call = self.prepare(request)
        return ChatStream(call, self._retried(call))

    def _whole(self, call: Call) -> Answer:
        for _ in self._run(call):
            pass
        return call.answer

    def _retried(self, call: Call) -> Generator[Chunk, None, None]:
        # Only what comes before the first chunk is tried again: it has not been handed out.
        call.start()
        while True:
            run, first = Retrying(**self.policy(call))(self._begun, call)
            with closing(run):
                if first is not None:
                    yield first
                    yield from run
            if not self.again(call):
                return

    def _begun(self, call: Call) -> tuple[Generator[Chunk, None, None], Chunk | None]:
        run = self._run(call)
        return run, next(run, None)

    def _run(self, call: Call) -> Generator[Chunk, None, None]:
        """Send once, and give the chunks of the answer."""
        call.reader = None
        with self.clean_errors():
            response = self._send(call)
            reader = self.new_reader(call, response)
            plain = "content-encoding" not in response.headers
            body = response.iter_raw() if plain else response.iter_bytes()
            try:
                with transport.deadline(response, call.time_left()):
                    while not reader.done:
                        try:
                            if reader.finished:
                                with transport.deadline(response, transport.FAREWELL_TIMEOUT):
                                    data = next(body, None)
                            else:
                                call.check_deadline()
                                data = next(body, None)
                        except Exception as error:
                            if reader.finished:
                                break  # all that was missing was a farewell
                            raise self.broken(call, error, responded=True) from error
                        if data is None:
                            break
                        yield from reader.feed(data)
                    yield from reader.close()
            finally:
                transport.finish(response, body, reuse=reader.done and not reader.cut)


class ChatStream:
    """An answer that arrives piece by piece: iterate over it, once.

    Example:
        >>> with client.stream("你好") as stream:  # doctest: +SKIP
        ...     for chunk in stream:
        ...         print(chunk.text, end="")
        >>> stream.answer.finish_reason  # doctest: +SKIP
        'stop'
    """

    def __init__(self, call: Call, chunks: Generator[Chunk, None, None]) -> None:
        self._call = call
        self._chunks = chunks

    def __iter__(self) -> Iterator[Chunk]:
        return self._chunks

    def __next__(self) -> Chunk:
        return next(self._chunks)

    @property
    def answer(self) -> Answer:
        """What has arrived so far; the whole answer once the stream has ended."""
        return self._call.answer

    def close(self) -> None:
        """Stop listening and close the connection."""
        self._chunks.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class AsyncClient(
    AsyncCompletionCalls,
    AsyncEmbeddingCalls,
    AsyncMidjourneyCalls,
    AsyncModelCalls,
    AsyncPictureCalls,
    AsyncSpeechCalls,
    AsyncTranscriptionCalls,
    AsyncSender,
):
    """Does what `Client` does, with `await`.

    Connections belong to an event loop: every client in the same loop shares them, they are closed
    when the loop shuts down, and a client may be used in one loop after another. With
    `pip install 'xyashui[aiohttp]'` they are aiohttp's, which carry more streams at once.

    Args:
        provider: `xyashui.XINGYUN` or `xyashui.ASHUI`, or the name: "xingyun" or "ashui".
        http_async_client: An `httpx.AsyncClient` to use instead of the shared one. It is yours to
            close.
        api_key: See `Client`, as for all that follow.
        base_url: See `Client`.
        timeout: See `Client`.
        deadline: See `Client`.
        max_retries: See `Client`.
        default_headers: See `Client`.
        max_event_bytes: See `Client`.
    """

    def __init__(
        self,
        provider: Provider | str = XINGYUN,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | httpx.Timeout | None = None,
        deadline: float | None = None,
        max_retries: int = 2,
        default_headers: Mapping[str, str] | None = None,
        max_event_bytes: int = MAX_EVENT_BYTES,
        http_async_client: httpx.AsyncClient | None = None,
    ) -> None:
        super().__init__(
            provider,
            api_key=api_key,
            base_url=base_url,
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            default_headers=default_headers,
            max_event_bytes=max_event_bytes,
        )
        if http_async_client is not None and not isinstance(http_async_client, httpx.AsyncClient):
            raise ConfigurationError(
                "http_async_client must be an httpx.AsyncClient, "
                f"not {type(http_async_client).__name__}"
            )
        self._http = http_async_client
        transport.hold_async(self)

    async def chat(
        self, messages: str | Sequence[Message], **options: Unpack[ChatOptions]
    ) -> Answer:
        """See `Client.chat`."""
        return await self.send(self.provider.request(messages, **options))

    def stream(
        self, messages: str | Sequence[Message], **options: Unpack[ChatOptions]
    ) -> AsyncChatStream:
        """See `Client.stream`."""
        return self.open(self.provider.request(messages, **{**options, "stream": True}))

    async def send(self, request: ChatRequest) -> Answer:
        """See `Client.send`."""
        call = self.prepare(request)
        call.start()
        while True:
            answer: Answer = await AsyncRetrying(**self.policy(call))(self._whole, call)
            if not self.again(call):
                return answer

    def open(self, request: ChatRequest) -> AsyncChatStream:
        """See `Client.open`."""
        call = self.prepare(request)
        return AsyncChatStream(call, self._retried(call))

    async def _whole(self, call: Call) -> Answer:
        async with aclosing(self._run(call)) as run:
            async for _ in run:
                pass
        return call.answer

    async def _retried(self, call: Call) -> AsyncGenerator[Chunk, None]:
        begun: tuple[AsyncGenerator[Chunk, None], Chunk | None]
        call.start()
        while True:
            begun = await AsyncRetrying(**self.policy(call))(self._begun, call)
            run, first = begun
            try:
                if first is not None:
                    yield first
                    async for chunk in run:
                        yield chunk
            finally:
                await _close(run)
            if not self.again(call):
                return

    async def _begun(self, call: Call) -> tuple[AsyncGenerator[Chunk, None], Chunk | None]:
        run = self._run(call)
        try:
            return run, await anext(run, None)
        except BaseException:
            await run.aclose()
            raise

    async def _run(self, call: Call) -> AsyncGenerator[Chunk, None]:
        call.reader = None
        with self.clean_errors():
            response = await self._send(call)
            reader = self.new_reader(call, response)
            plain = "content-encoding" not in response.headers
            body = response.aiter_raw() if plain else response.aiter_bytes()
            try:
                while not reader.done:
                    try:
                        if reader.finished:
                            async with asyncio.timeout(transport.FAREWELL_TIMEOUT):
                                data = await anext(body, None)
                        elif call.ends is not None:
                            async with asyncio.timeout(call.time_left()):
                                data = await anext(body, None)
                        else:
                            data = await anext(body, None)
                    except Exception as error:
                        if reader.finished:
                            break
                        raise self.broken(call, error, responded=True) from error
                    if data is None:
                        break
                    for chunk in reader.feed(data):
                        yield chunk
                for chunk in reader.close():
                    yield chunk
            finally:
                await transport.afinish(response, body, reuse=reader.done and not reader.cut)


class AsyncChatStream:
    """An answer that arrives piece by piece: iterate over it, once, with `async for`."""

    def __init__(self, call: Call, chunks: AsyncGenerator[Chunk, None]) -> None:
        self._call = call
        self._chunks = chunks

    def __aiter__(self) -> AsyncIterator[Chunk]:
        return self._chunks

    async def __anext__(self) -> Chunk:
        return await anext(self._chunks)

    @property
    def answer(self) -> Answer:
        """What has arrived so far; the whole answer once the stream has ended."""
        return self._call.answer

    async def aclose(self) -> None:
        """Stop listening and close the connection."""
        await _close(self._chunks)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()


async def _close(chunks: AsyncGenerator[Chunk, None]) -> None:
    """Close a generator, even while the event loop shuts down.

    The loop closes all generators at once then, one inside the other, each in a task of its own.
    The inner ones go first, and who comes later finds them closing.
    """
    if getattr(chunks, "ag_frame", None) is not None:
        await asyncio.sleep(0)
    with suppress(RuntimeError):
        await chunks.aclose()
