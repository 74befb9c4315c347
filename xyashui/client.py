"""`Client` and `AsyncClient`: send, retry, stream.

The two do the same, once with and once without `await`; everything that needs no socket is
elsewhere, and shared.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import aclosing, closing
from typing import Unpack

import httpx

from xyashui import bodies, transport
from xyashui.answers import Answer, Chunk
from xyashui.breaker import CircuitBreaker
from xyashui.closing import closing_in_order
from xyashui.connections import heed_deadlines
from xyashui.deadlines import deadline
from xyashui.endpoints.completions import AsyncCompletionCalls, CompletionCalls
from xyashui.endpoints.embeddings import AsyncEmbeddingCalls, EmbeddingCalls
from xyashui.endpoints.midjourney import AsyncMidjourneyCalls, MidjourneyCalls
from xyashui.endpoints.models import AsyncModelCalls, ModelCalls
from xyashui.endpoints.pictures import AsyncPictureCalls, PictureCalls
from xyashui.endpoints.speech import AsyncSpeechCalls, SpeechCalls
from xyashui.endpoints.transcriptions import AsyncTranscriptionCalls, TranscriptionCalls
from xyashui.errors import ConfigurationError
from xyashui.outgoing import Call
from xyashui.providers import XINGYUN, Provider
from xyashui.requests import ChatOptions, ChatRequest, streaming
from xyashui.secrecy import concealed_headers, concealed_key
from xyashui.sending import AsyncSender, Sender
from xyashui.sse import MAX_EVENT_BYTES
from xyashui.streams import AsyncChatStream, ChatStream
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
            read, other tries included; by default as long as it needs. The system's look-up of a
            name cannot be cut short here: where no name server answers, it ends when the resolver
            gives up. `AsyncClient` leaves then too.
        max_concurrency: How many calls with this key may be under way when this client makes
            one; it waits its turn otherwise. All clients in the process are counted.
        requests_per_minute: The same for requests begun within 60 seconds.
        breaker: A `CircuitBreaker`, which refuses calls while the service is down; several clients
            may share one.
        max_retries: How often a call that may pass is made again (2).
        default_headers: HTTP headers to send with every call.
        max_event_bytes: The longest event of a stream that is read (64 MiB).
        merge_buffered: Whether pieces of text that one read of the network brings come as one chunk
            (`False`): fewer chunks for a caller that is slower than the service. Tool calls, finish
            reasons and usage are never merged. A read is what has arrived, up to 64 KiB (16 KiB
            over aiohttp).
        http_client: An `httpx.Client` to use instead of the shared one, for a proxy, certificates
            or hooks, or for a tool that records what passes through `httpx.Client.send`, where the
            shared one's requests do not pass. It is yours to close.

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
        max_concurrency: int | None = None,
        requests_per_minute: int | None = None,
        breaker: CircuitBreaker | None = None,
        max_retries: int = 2,
        default_headers: Mapping[str, str] | None = None,
        max_event_bytes: int = MAX_EVENT_BYTES,
        merge_buffered: bool = False,
        http_client: httpx.Client | None = None,
    ) -> None:
        api_key, default_headers = concealed_key(api_key), concealed_headers(default_headers)
        super().__init__(
            provider,
            api_key=api_key,
            base_url=base_url,
            timeout=timeout,
            deadline=deadline,
            max_concurrency=max_concurrency,
            requests_per_minute=requests_per_minute,
            breaker=breaker,
            max_retries=max_retries,
            default_headers=default_headers,
            max_event_bytes=max_event_bytes,
            merge_buffered=merge_buffered,
        )
        if http_client is not None and not isinstance(http_client, httpx.Client):
            raise ConfigurationError(
                f"http_client must be an httpx.Client, not {type(http_client).__name__}"
            )
        self._http = http_client and heed_deadlines(http_client)
        transport.hold(self)

    def chat(self, messages: str | Sequence[Message], **options: Unpack[ChatOptions]) -> Answer:
        """Ask, and wait for the whole answer.

        Args:
            messages: A question, or the conversation so far.
            **options: `model`, `temperature`, `web_search`, `images` and the rest; see
                `Provider.option_names`.

        Raises:
            ConfigurationError: An option is unknown, or cannot be sent; `stream=True`, which is
                what `stream` is for.
            APIError: The service refuses.
            TransportError: No whole answer arrived.
        """
        given = streaming(options, False, "client.stream(...)")
        return self.send(self.provider.request(messages, **given))

    def stream(
        self, messages: str | Sequence[Message], **options: Unpack[ChatOptions]
    ) -> ChatStream:
        """Ask, and get the answer piece by piece; takes and raises what `chat` does.

        Nothing is sent until the first piece is asked for.
        """
        given = streaming(options, True, "client.chat(...)")
        return self.open(self.provider.request(messages, **given))

    def send(self, request: ChatRequest) -> Answer:
        """Send a request that `Provider.request` made, and wait for the whole answer."""
        call = self.prepare(request)
        call.start()
        with self.guarded():
            while True:
                answer = self.retried(self._whole, call)
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
        with self.guarded() as passage:
            while True:
                run, first = self.retried(self._begun, call)
                with closing(run):
                    if first is not None:
                        passage.answered()
                        yield first
                        yield from run
                if not self.again(call):
                    return

    def _begun(self, call: Call) -> tuple[Generator[Chunk, None, None], Chunk | None]:
        run = self._run(call)
        return run, next(run, None)

    def _run(self, call: Call) -> Generator[Chunk, None, None]:
        """Send once, and give the chunks of the answer."""
        call.begin_again()
        with self.clean_errors(call), self._turn(call):
            response = self._send(call)
            reader = self.new_reader(call, response)
            body = bodies.body(response)
            try:
                while not reader.done:
                    try:
                        if reader.finished:
                            with deadline(call.farewell_left()):
                                data = next(body, None)
                        elif call.ends is not None:
                            call.check_deadline()
                            with deadline(call.time_left()):
                                data = next(body, None)
                        else:
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
                bodies.finish(response, body, reuse=reader.done and not reader.cut)


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
        max_concurrency: See `Client`.
        requests_per_minute: See `Client`.
        breaker: See `Client`.
        max_retries: See `Client`.
        default_headers: See `Client`.
        max_event_bytes: See `Client`.
        merge_buffered: See `Client`.
    """

    def __init__(
        self,
        provider: Provider | str = XINGYUN,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | httpx.Timeout | None = None,
        deadline: float | None = None,
        max_concurrency: int | None = None,
        requests_per_minute: int | None = None,
        breaker: CircuitBreaker | None = None,
        max_retries: int = 2,
        default_headers: Mapping[str, str] | None = None,
        max_event_bytes: int = MAX_EVENT_BYTES,
        merge_buffered: bool = False,
        http_async_client: httpx.AsyncClient | None = None,
    ) -> None:
        api_key, default_headers = concealed_key(api_key), concealed_headers(default_headers)
        super().__init__(
            provider,
            api_key=api_key,
            base_url=base_url,
            timeout=timeout,
            deadline=deadline,
            max_concurrency=max_concurrency,
            requests_per_minute=requests_per_minute,
            breaker=breaker,
            max_retries=max_retries,
            default_headers=default_headers,
            max_event_bytes=max_event_bytes,
            merge_buffered=merge_buffered,
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
        given = streaming(options, False, "client.stream(...)")
        return await self.send(self.provider.request(messages, **given))

    def stream(
        self, messages: str | Sequence[Message], **options: Unpack[ChatOptions]
    ) -> AsyncChatStream:
        """See `Client.stream`."""
        given = streaming(options, True, "client.chat(...)")
        return self.open(self.provider.request(messages, **given))

    async def send(self, request: ChatRequest) -> Answer:
        """See `Client.send`."""
        call = self.prepare(request)
        call.start()
        with self.guarded():
            while True:
                answer = await self.retried(self._whole, call)
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

    async def _retried(self, call: Call) -> AsyncGenerator[list[Chunk], None]:
        call.start()
        with self.guarded() as passage:
            while True:
                run, first = await self.retried(self._begun, call)
                async with closing_in_order(run):
                    if first:
                        passage.answered()
                        yield first
                    del first  # while the next are waited for, nobody shall hold these
                    async for batch in run:
                        yield batch
                        del batch
                if not self.again(call):
                    return

    async def _begun(self, call: Call) -> tuple[AsyncGenerator[list[Chunk], None], list[Chunk]]:
        run = self._run(call)
        try:
            return run, await anext(run, [])
        except BaseException:
            await run.aclose()
            raise

    async def _run(self, call: Call) -> AsyncGenerator[list[Chunk], None]:
        """Send once, and give the chunks of the answer, those of one read together."""
        call.begin_again()
        with self.clean_errors(call):
            async with self._turn(call):
                response = await self._send(call)
                reader = self.new_reader(call, response)
                body = bodies.abody(response)
                try:
                    while not reader.done:
                        try:
                            if reader.finished:
                                async with asyncio.timeout(call.farewell_left()):
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
                        if chunks := reader.batch(data):
                            yield chunks
                        del chunks, data
                        reader.check()
                    if chunks := reader.batch(None):
                        yield chunks
                    reader.check()
                finally:
                    await bodies.afinish(response, body, reuse=reader.done and not reader.cut)
