"""`embed`, for `Client` and for `AsyncClient`: several batches at once, in threads or in tasks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from typing import Any, Unpack

from xyashui.calls import Settings
from xyashui.endpoints.embeddings.options import EmbeddingOptions, EmbeddingRequest, check_texts
from xyashui.endpoints.embeddings.results import Embeddings
from xyashui.endpoints.embeddings.wire import Part
from xyashui.endpoints.embeddings.work import Batch, Over, Work
from xyashui.operations import Operation
from xyashui.outgoing import Outgoing
from xyashui.progress import progress_bar
from xyashui.retries import aretried, retried
from xyashui.sending import AsyncSender, Sender

__all__ = ["AsyncEmbeddingCalls", "EmbeddingCalls"]


class _Embedding(Settings):
    """What both classes of calls have in common."""

    def _work(self, texts: object, given: EmbeddingOptions, over: Over) -> Work:
        request = EmbeddingRequest.make(self.provider, **given)
        if (most := self.limits.max_concurrency) is not None:
            request = replace(request, max_concurrency=min(request.max_concurrency, most))
        return Work(request, check_texts(texts), over, self._deadline(request.deadline))

    def _call(
        self, work: Work, operation: Operation[Part], pause: Callable[[float], object]
    ) -> tuple[Outgoing, Callable[[], dict[str, Any]]]:
        """Return a request made ready, and how often and when it may be made again."""
        call = self.prepare_operation(operation)
        call.ends = work.ends  # the deadline is one for all

        def policy() -> dict[str, Any]:
            usual = self.policy(call)
            enough = usual["stop"]
            over = {"stop": lambda state: work.over.is_set() or enough(state), "sleep": pause}
            return usual | over

        return call, policy


class EmbeddingCalls(_Embedding, Sender):
    """Texts as vectors, for `Client`."""

    def embed(self, texts: str | Sequence[str], **options: Unpack[EmbeddingOptions]) -> Embeddings:
        """Turn texts into vectors, for search by meaning.

        The texts go in batches, several at once; the vectors are in the order of the texts,
        whatever order they come in.

        Args:
            texts: A text, or several. None may be empty.
            **options: `model` ("text-embedding-ada-002"); `dimensions`, how many numbers a vector
                should have, where the model leaves a choice; `batch_size`, texts in a request (256,
                at most 2,048); `max_concurrency`, requests at the same time (4, or fewer where the
                client has a limit); `encoding_format`, how vectors travel: "base64" (a quarter of
                the bytes) or "float"; `show_progress`, for a progress bar; `user`, your name for
                the person who asks; `extra_body`, fields to put into each request as they are;
                `timeout`, seconds of silence to bear; `deadline`, seconds that all of it may take;
                and `resume`, what a call that failed had embedded (`error.embedded`): a text that
                has its vector in there is not sent again, whatever has become of the others.

        Raises:
            ConfigurationError: The service embeds nothing (阿水AI documents nothing of the kind),
                an option is unknown or cannot be, or a text is empty.
            APIError: The service refuses.
            TransportError: Not all vectors arrived.

        After the first failure nothing more is sent, what is under way is waited for, and the error
        has `embedded`, all vectors that came, and `index`, the text at fault where it is one
        text's. If the service does not name it, it is found by sending the refused batch again in
        halves; where every half goes through, the batch had been too large, and there is no error.

        Example:
            >>> found = client.embed(["济南的泉水", "青岛的海"])  # doctest: +SKIP
            >>> try:  # doctest: +SKIP
            ...     found = client.embed(texts)
            ... except xyashui.XyashuiError as error:
            ...     texts.pop(error.index)
            ...     found = client.embed(texts, resume=error.embedded)
        """
        over = threading.Event()
        work = self._work(texts, options, over)
        with work.told(), self.guarded(), _bar(work, options) as work.advance:
            work.advance(work.known)
            self._embed(work, over)
            return work.result()

    def _embed(self, work: Work, over: threading.Event) -> None:
        if work.workers < 2:
            self._embed_batches(work, over)
            return
        pool = ThreadPoolExecutor(work.workers, "xyashui-embed")
        try:
            # Each in a copy of the context, so that what goes by it (tracing, say) sees its caller.
            workers = [
                pool.submit(copy_context().run, self._embed_batches, work, over)
                for _ in range(work.workers)
            ]
            for worker in workers:
                worker.result()
        finally:
            # An interruption from the keyboard waits for nobody, but nothing is sent after it.
            over.set()
            pool.shutdown(wait=False)

    def _embed_batches(self, work: Work, over: threading.Event) -> None:
        while (batch := work.take()) is not None:
            try:
                part = self._part(work, batch, over)
            except Exception as error:
                work.failed(batch, error)
            else:
                work.arrived(batch, part)

    def _part(self, work: Work, batch: Batch, over: threading.Event) -> Part:
        operation = work.operation(batch)
        call, policy = self._call(work, operation, over.wait)

        def perform() -> Part:
            work.check()
            return self._performed(operation, call)

        return retried(policy, perform)


class AsyncEmbeddingCalls(_Embedding, AsyncSender):
    """Texts as vectors, for `AsyncClient`."""

    async def embed(
        self, texts: str | Sequence[str], **options: Unpack[EmbeddingOptions]
    ) -> Embeddings:
        """See `Client.embed`. A task that is cancelled cancels what is under way."""
        over = asyncio.Event()
        work = self._work(texts, options, over)
        with work.told(), self.guarded(), _bar(work, options) as work.advance:
            work.advance(work.known)
            async with asyncio.TaskGroup() as tasks:
                for _ in range(work.workers):
                    tasks.create_task(self._embed_batches(work, over))
            return work.result()

    async def _embed_batches(self, work: Work, over: asyncio.Event) -> None:
        while (batch := work.take()) is not None:
            try:
                part = await self._part(work, batch, over)
            except Exception as error:
                work.failed(batch, error)
            else:
                work.arrived(batch, part)

    async def _part(self, work: Work, batch: Batch, over: asyncio.Event) -> Part:
        operation = work.operation(batch)
        call, policy = self._call(work, operation, partial(_pause, over))

        async def perform() -> Part:
            work.check()
            return await self._performed(operation, call)

        return await aretried(policy, perform)


async def _pause(over: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await over.wait()


def _bar(work: Work, options: EmbeddingOptions) -> Any:
    wanted = options.get("show_progress") or False
    return progress_bar(work.total, "Embedding", unit="text", wanted=wanted)
