"""Text completion: `POST /v1/completions`, in OpenAI's legacy shape [gw].

A prompt goes the way of a question: the same errors, retries, streams and stop sequences.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from xyashui.answers import Answer
from xyashui.requests import ChatRequest, CompletionOptions, streaming
from xyashui.sending import AsyncSender, Sender

if TYPE_CHECKING:
    from xyashui.client import AsyncChatStream, ChatStream

__all__ = ["AsyncCompletionCalls", "CompletionCalls"]


class CompletionCalls(Sender):
    """Text completion, for `Client`."""

    if TYPE_CHECKING:

        def send(self, request: ChatRequest) -> Answer:
            """See `Client`."""

        def open(self, request: ChatRequest) -> ChatStream:
            """See `Client`."""

    def complete(self, prompt: str, **options: Unpack[CompletionOptions]) -> Answer:
        """Go on with a text, and wait for the whole of it.

        Args:
            prompt: The text to go on with.
            **options: `model` ("gpt-3.5-turbo-instruct"), `max_tokens` (256; the service's own
                default is 16 [gw]), `suffix` (the text that comes after), `temperature` (0 to 2),
                `top_p` (0 to 1), `n`, `stop` (up to 4 sequences), `presence_penalty` and
                `frequency_penalty` (-2 to 2), `logit_bias` (token id -> -100 to 100), `user`;
                `extra_body`, `timeout` and `deadline` as in `chat`.

        Returns:
            An answer as chat gives it: `text` is the completion, without the prompt.

        Raises:
            ConfigurationError: The service completes no text (阿水AI documents nothing of the
                kind), an option is unknown or one of chat's, or it cannot be sent.
            APIError: The service refuses.
            TransportError: No whole answer arrived.

        Example:
            >>> client.complete("从前有座山，", max_tokens=20).text  # doctest: +SKIP
            '山里有座庙，庙里有个老和尚。'
        """
        given = streaming(options, False, "client.stream_complete(...)")
        return self.send(self.provider.completion(prompt, **given))

    def stream_complete(self, prompt: str, **options: Unpack[CompletionOptions]) -> ChatStream:
        """Go on with a text, piece by piece; takes and raises what `complete` does.

        Nothing is sent until the first piece is asked for.
        """
        given = streaming(options, True, "client.complete(...)")
        return self.open(self.provider.completion(prompt, **given))


class AsyncCompletionCalls(AsyncSender):
    """Text completion, for `AsyncClient`."""

    if TYPE_CHECKING:

        async def send(self, request: ChatRequest) -> Answer:
            """See `AsyncClient`."""

        def open(self, request: ChatRequest) -> AsyncChatStream:
            """See `AsyncClient`."""

    async def complete(self, prompt: str, **options: Unpack[CompletionOptions]) -> Answer:
        """See `Client.complete`."""
        given = streaming(options, False, "client.stream_complete(...)")
        return await self.send(self.provider.completion(prompt, **given))

    def stream_complete(self, prompt: str, **options: Unpack[CompletionOptions]) -> AsyncChatStream:
        """See `Client.stream_complete`."""
        given = streaming(options, True, "client.complete(...)")
        return self.open(self.provider.completion(prompt, **given))
