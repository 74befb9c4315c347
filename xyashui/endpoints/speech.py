"""Speech from text: `POST /v1/audio/speech`, in OpenAI's shape [gw]; answered with the sound."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Generator,
    Iterator,
    Mapping,
)
from contextlib import aclosing, closing, contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypedDict, Unpack

from xyashui.endpoints.options import checked_fields
from xyashui.errors import ConfigurationError, ProtocolError, XyashuiError
from xyashui.operations import Operation, Reply
from xyashui.providers import Provider
from xyashui.requests import Option, check_mapping, check_name, shorten
from xyashui.saving import NewFile, new_file
from xyashui.sending import AsyncSender, Sender
from xyashui.sounds import ENDINGS, MEDIA_TYPES, Sound, sound_format

if TYPE_CHECKING:
    import httpx

__all__ = [
    "DEFAULT_SPEECH_MODEL",
    "LONGEST_SPEECH",
    "AsyncSpeech",
    "AsyncSpeechCalls",
    "Speech",
    "SpeechCalls",
    "SpeechFormat",
    "SpeechOptions",
]

DEFAULT_SPEECH_MODEL: Final = "tts-1"
"""The model that speaks where none is named."""

LONGEST_SPEECH: Final = 4096
"""Characters that one call speaks [gw]."""

SpeechFormat = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]
"""What the sound can be asked for as."""

_DEFAULT_VOICE: Final = "alloy"
_DEFAULT_FORMAT: Final = "mp3"


class SpeechOptions(TypedDict, total=False):
    """Every option of a call, for type checkers; see `Client.speak`."""

    model: str | None
    voice: str | None
    response_format: SpeechFormat | None
    speed: float | None
    extra_body: Mapping[str, Any] | None
    timeout: float | httpx.Timeout | None
    deadline: float | None


class SpeechCalls(Sender):
    """Speech, for `Client`."""

    def speak(self, text: str, **options: Unpack[SpeechOptions]) -> Speech:
        """Have a text spoken.

        Nothing is sent until the speech is used: `save` it, `read` it, or iterate over its bytes
        as they come; once. A call is made again only where it was refused or never arrived: it
        costs money.

        Args:
            text: What to say: 4,096 characters at most [gw].
            **options: `model` ("tts-1"); `voice` ("alloy"; which there are is the model's own
                matter); `response_format`, "mp3" (by default), "opus", "aac", "flac", "wav" or
                "pcm"; `speed`, 0.25 to 4. Fields [gw]. `extra_body`, `timeout` and `deadline` as in
                `chat`.

        Raises:
            ConfigurationError: The service does not speak (阿水AI documents nothing of the kind),
                there is nothing to say or too much, or an option is unknown or cannot be sent.

        Example:
            >>> client.speak("你好", voice="nova").save("hello.mp3")  # doctest: +SKIP
            PosixPath('hello.mp3')
        """
        return Speech(self, _order(self.provider, text, options))


class AsyncSpeechCalls(AsyncSender):
    """Speech, for `AsyncClient`."""

    def speak(self, text: str, **options: Unpack[SpeechOptions]) -> AsyncSpeech:
        """See `Client.speak`. What is awaited is its use: `await client.speak(...).read()`."""
        return AsyncSpeech(self, _order(self.provider, text, options))


@dataclass(frozen=True, slots=True)
class _Order:
    """A checked request for speech.

    Attributes:
        title: The service's name for people.
        fields: The body, but for the format.
        form: The format that was asked for, if one was.
        extra: Fields to put into the body as they are.
        timeout: See `Operation`.
        deadline: See `Operation`.
    """

    title: str
    fields: dict[str, Any]
    form: str | None
    extra: dict[str, Any]
    timeout: Any
    deadline: float | None

    def operation(self, form: str) -> Operation[bytes]:
        body = {**self.fields, "response_format": form, **self.extra}
        return Operation(
            "speech",
            "/v1/audio/speech",
            _whole,
            body=body,
            accept=MEDIA_TYPES.get(form, "audio/*"),
            model=str(body["model"]),
            paid_once_sent=True,
            timeout=self.timeout,
            deadline=self.deadline,
        )

    def form_for(self, path: str | PathLike[str] | None) -> str:
        """Return the format to ask for: what was said, or what the file's name ends with."""
        ending = Path(path).suffix.lower() if isinstance(path, str | PathLike) else ""
        wanted = ENDINGS.get(ending)
        if self.form is None:
            return wanted if wanted in _FORMS else _DEFAULT_FORMAT
        if wanted is not None and wanted != self.form:
            raise ConfigurationError(
                f"{str(path)!r} is no name for {self.form!r}, which response_format asks for: name "
                f"it .{self.form}, or leave response_format out"
            )
        return self.form

    def sound(self, data: bytes, form: str) -> Sound:
        # Gateways have formats of their own mind: the bytes know better what they are.
        return Sound.of(data, sound_format(data) or form)

    @contextmanager
    def kept(self, form: str, so_far: Callable[[], bytes]) -> Iterator[None]:
        """Put what had arrived into an error that is raised in the block: it has been paid for."""
        try:
            yield
        except XyashuiError as error:
            if data := so_far():
                error.received = self.sound(data, form)
            raise

    def silence(self) -> ProtocolError:
        return ProtocolError(f"{self.title} sent no sound")


class Speech:
    """A text that is being spoken. It can be used once.

    Example:
        >>> with client.speak("你好") as speech:  # doctest: +SKIP
        ...     for data in speech:
        ...         player.write(data)
    """

    def __init__(self, sender: Sender, order: _Order) -> None:
        self._sender = sender
        self._order = order
        self._pieces: Generator[bytes, None, None] | None = None

    def __iter__(self) -> Iterator[bytes]:
        """Give its bytes as they come.

        Raises:
            APIError: The service refuses.
            TransportError: Not all of it arrived.
        """
        return self._begun(self._order.form_for(None))

    def read(self) -> Sound:
        """Wait for all of it.

        Raises what iterating over it raises; `received` of the error is the sound as far as it
        came.
        """
        form = self._order.form_for(None)
        data = bytearray()
        with self._order.kept(form, lambda: bytes(data)), closing(self._begun(form)) as pieces:
            for piece in pieces:
                data += piece
                self._sender.check_size(len(data))
        return self._order.sound(bytes(data), form)

    def save(self, path: str | PathLike[str], *, overwrite: bool = False) -> Path:
        """Write it to a file as it comes.

        Where not all of it arrives, there is no file, and `received` of the error is the sound as
        far as it came.

        Args:
            path: The file (`~` is expanded). Where no `response_format` was asked for, its name
                says which: "hello.wav".
            overwrite: Whether a file that is there already may be replaced.

        Returns:
            The path.

        Raises:
            ConfigurationError: The file is there already or cannot be written, or its name is one
                for another format; then nothing has been sent.
            APIError: The service refuses.
            TransportError: Not all of it arrived.
        """
        form = self._order.form_for(path)
        with (
            new_file(path, overwrite=overwrite) as file,
            self._order.kept(form, file.so_far),
            closing(self._begun(form)) as pieces,
        ):
            for piece in pieces:
                file.write(piece)
        return file.path

    def close(self) -> None:
        """Stop listening and close the connection."""
        if self._pieces is not None:
            self._pieces.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _begun(self, form: str) -> Generator[bytes, None, None]:
        if self._pieces is not None:
            raise _used()
        self._pieces = self._received(form)
        return self._pieces

    def _received(self, form: str) -> Generator[bytes, None, None]:
        silent = True
        with closing(self._sender.receive(self._order.operation(form))) as pieces:
            for piece in pieces:
                silent = silent and not piece
                yield piece
        if silent:
            raise self._order.silence()


class AsyncSpeech:
    """A text that is being spoken. It can be used once: iterate with `async for`, or await."""

    def __init__(self, sender: AsyncSender, order: _Order) -> None:
        self._sender = sender
        self._order = order
        self._pieces: AsyncGenerator[bytes, None] | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        """See `Speech`."""
        return self._begun(self._order.form_for(None))

    async def read(self) -> Sound:
        """See `Speech.read`."""
        form = self._order.form_for(None)
        data = bytearray()
        with self._order.kept(form, lambda: bytes(data)):
            async with aclosing(self._begun(form)) as pieces:
                async for piece in pieces:
                    data += piece
                    self._sender.check_size(len(data))
        return self._order.sound(bytes(data), form)

    async def save(self, path: str | PathLike[str], *, overwrite: bool = False) -> Path:
        """See `Speech.save`."""
        form = self._order.form_for(path)
        file = await asyncio.to_thread(NewFile, path, overwrite=overwrite)
        try:
            with self._order.kept(form, file.so_far):
                async with aclosing(self._begun(form)) as pieces:
                    async for piece in pieces:
                        await asyncio.to_thread(file.write, piece)
            return await asyncio.to_thread(file.commit)
        except BaseException:
            file.discard()
            raise

    async def aclose(self) -> None:
        """Stop listening and close the connection."""
        if self._pieces is not None:
            await self._pieces.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    def _begun(self, form: str) -> AsyncGenerator[bytes, None]:
        if self._pieces is not None:
            raise _used()
        self._pieces = self._received(form)
        return self._pieces

    async def _received(self, form: str) -> AsyncGenerator[bytes, None]:
        silent = True
        async with aclosing(self._sender.receive(self._order.operation(form))) as pieces:
            async for piece in pieces:
                silent = silent and not piece
                yield piece
        if silent:
            raise self._order.silence()


def _order(provider: Provider, text: str, options: Mapping[str, Any]) -> _Order:
    provider.check_endpoint("speech")
    fields = checked_fields(options, _OPTIONS, _SETTINGS, provider.title)
    if not isinstance(text, str) or not text.strip():
        raise ConfigurationError(f"There is nothing to say: the text is {shorten(text)}")
    if len(text) > LONGEST_SPEECH:
        raise ConfigurationError(
            f"The text has {len(text):,} characters, and one call speaks {LONGEST_SPEECH:,} at "
            "most: split it, between sentences, into several"
        )
    model = check_name("model", options.get("model") or DEFAULT_SPEECH_MODEL)
    form = fields.pop("response_format", None)
    return _Order(
        title=provider.title,
        fields={"model": model, "input": text, "voice": _DEFAULT_VOICE, **fields},
        form=form,
        extra=check_mapping("extra_body", options.get("extra_body")),
        timeout=options.get("timeout"),
        deadline=options.get("deadline"),
    )


def _used() -> ConfigurationError:
    return ConfigurationError("This speech has been used, which it can be once: call speak again")


def _whole(reply: Reply) -> bytes:
    return reply.body


def _check_form(form: str) -> None:
    if form not in _FORMS:
        raise ConfigurationError(
            f"response_format must be one of {', '.join(map(repr, _FORMS))}, not {shorten(form)}"
        )


def _check_voice(voice: str) -> None:
    if not voice.strip():
        raise ConfigurationError(f"voice must be the name of a voice, not {shorten(voice)}")


_FORMS: Final = ("mp3", "opus", "aac", "flac", "wav", "pcm")
_OPTIONS: Final = (
    Option("voice", (str,), entries=_check_voice),
    Option("response_format", (str,), entries=_check_form),
    Option("speed", (int, float), 0.25, 4),
)
_SETTINGS: Final = ("model", "extra_body", "timeout", "deadline")
