"""Recordings as LlamaIndex documents."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import contextmanager
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document

from llama_index_xyashui.service import ServiceConnection
from xyashui.secrecy import conceal
from xyashui.tooling.listening import Listener, Passage, Per

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["XingYunAudioReader"]


class XingYunAudioReader(ServiceConnection, BaseReader):
    """Writes down what is said in recordings: mp3, wav, flac, ogg, m4a, mp4 or webm.

    A document has `source`, `duration` (seconds) and `language` in its metadata, beside what the
    caller says; a segment's also has `start` and `end`. A file is sent as it is read, and never
    held whole.

    Args:
        per: What becomes a document: "file" (by default), or each "segment" with its times.
        model: The model that listens ("whisper-1").
        language: What is spoken, as ISO 639-1 has it ("zh").
        prompt: Words that help to understand it: names, or what was said before.
        temperature: 0 to 1.
        response_format: "verbose_json" (by default), "json", "text", "srt" or "vtt": the text is
            then the text, or the subtitles.
        extra_body: Further fields of the form.
        provider: Which service listens: "xingyun", or a provider that offers "transcriptions".
        api_key: The key; by default what the service's environment variable holds.
        base_url: The address; by default the environment's, or else the service's own.
        timeout: Seconds of silence to bear (300).
        max_retries: How often a call that may pass is made again (2).

    Raises:
        ConfigurationError: A setting cannot be, the key is missing, or the service does not listen.

    Example:
        >>> reader = XingYunAudioReader(language="zh")  # doctest: +SKIP
        >>> reader.load_data("meeting.mp3")[0].text  # doctest: +SKIP
        '大家好，我们开始吧。'
        >>> SimpleDirectoryReader("talks", file_extractor={".mp3": reader})  # doctest: +SKIP
    """

    per: Per = "file"
    model: str | None = None
    language: str | None = None
    prompt: str | None = None
    temperature: float | None = None
    response_format: str | None = None
    extra_body: dict[str, Any] | None = None

    def __init__(self, **settings: Any) -> None:
        conceal(settings)
        super().__init__(**settings)
        self._listener().check(self.service)

    def lazy_load_data(
        self, file: Any, extra_info: dict[str, Any] | None = None, fs: Any = None
    ) -> Iterable[Document]:
        """Give the documents of a recording.

        Args:
            file: A path, bytes, a binary file object, or what `speak` gave.
            extra_info: Metadata for the documents.
            fs: The file system (fsspec) that a path belongs to, where it is not this machine's.

        Raises:
            ConfigurationError: The recording cannot be read or sent.
            APIError: The service refuses.
            TransportError: No whole answer arrived.
        """
        with _opened(file, fs) as audio:
            passages = self._listener().listen(self._sync(), audio)
        return [_document(passage, file, extra_info) for passage in passages]

    def load_data(
        self, file: Any, extra_info: dict[str, Any] | None = None, fs: Any = None
    ) -> list[Document]:
        """Return the documents of a recording; see `lazy_load_data`."""
        return list(self.lazy_load_data(file, extra_info, fs))

    async def aload_data(
        self, file: Any, extra_info: dict[str, Any] | None = None, fs: Any = None
    ) -> list[Document]:
        """Do what `load_data` does, with `await`."""
        with _opened(file, fs) as audio:
            passages = await self._listener().alisten(self._async(), audio)
        return [_document(passage, file, extra_info) for passage in passages]

    async def alazy_load_data(
        self, file: Any, extra_info: dict[str, Any] | None = None, fs: Any = None
    ) -> Iterable[Document]:
        """Do what `lazy_load_data` does, with `await`."""
        return await self.aload_data(file, extra_info, fs)

    def _listener(self) -> Listener:
        names = (
            "model", "language", "prompt", "temperature", "response_format", "extra_body",
        )  # fmt: skip
        return Listener(self.per, {name: getattr(self, name) for name in names})


@contextmanager
def _opened(file: Any, fs: Any) -> Iterator[Any]:
    if fs is None or not isinstance(file, str | PathLike):
        yield file
        return
    with fs.open(fspath(file), "rb") as opened:
        yield opened


def _document(passage: Passage, file: Any, extra_info: dict[str, Any] | None) -> Document:
    source = {"source": fspath(file)} if isinstance(file, str | PathLike) else {}
    metadata = {**source, **(extra_info or {}), **passage.facts}
    return Document(text=passage.text, metadata=metadata)
