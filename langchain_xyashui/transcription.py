"""Recordings as LangChain documents."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.document_loaders import BaseBlobParser
from langchain_core.documents import Document
from langchain_core.documents.base import Blob

from langchain_xyashui.errors import as_langchain
from langchain_xyashui.service import ServiceConnection
from xyashui import ConfigurationError
from xyashui.secrecy import conceal
from xyashui.tooling.listening import Listener, Passage, Per

__all__ = ["XingYunTranscriptionParser"]


class XingYunTranscriptionParser(ServiceConnection, BaseBlobParser):
    """Writes down what is said in recordings: mp3, wav, flac, ogg, m4a, mp4 or webm.

    A document has `source`, `duration` (seconds) and `language` in its metadata, beside what the
    blob's says; a segment's also has `start` and `end`. A file is sent as it is read, and never
    held whole.

    Args:
        per: What becomes a document: "file" (by default), or each "segment" with its times.
        model: The model that listens ("whisper-1").
        language: What is spoken, as ISO 639-1 has it ("zh").
        prompt: Words that help to understand it: names, or what was said before.
        temperature: 0 to 1.
        response_format: "verbose_json" (by default), "json", "text", "srt" or "vtt": the content is
            then the text, or the subtitles.
        extra_body: Further fields of the form.
        provider: Which service listens: "xingyun", or a provider that offers "transcriptions".
        api_key: The key; by default what the service's environment variable holds.
        base_url: The address; by default the environment's, or else the service's own.
        timeout: Seconds of silence to bear (300).
        max_retries: How often a call that may pass is made again (2).

    Raises:
        langchain_xyashui.errors.ConfigurationError: A setting cannot be, the key is missing, or
            the service does not listen.

    Example:
        >>> parser = XingYunTranscriptionParser(language="zh")  # doctest: +SKIP
        >>> parser.parse(Blob.from_path("meeting.mp3"))  # doctest: +SKIP
        [Document(metadata={'source': 'meeting.mp3', ...}, page_content='大家好，我们开始吧。')]
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
        with as_langchain():
            self._listener().check(self.service)

    def lazy_parse(self, blob: Blob) -> Iterator[Document]:
        """Give the documents of a recording.

        Args:
            blob: Bytes, or a path.

        Raises:
            langchain_xyashui.errors.ConfigurationError: The recording cannot be read or sent.
            langchain_xyashui.errors.APIError: The service refuses.
            langchain_xyashui.errors.TransportError: No whole answer arrived.
        """
        with as_langchain():
            passages = self._listener().listen(self._sync_client(), _audio(blob))
        for passage in passages:
            yield _document(passage, blob)

    async def alazy_parse(self, blob: Blob) -> AsyncIterator[Document]:
        """Do what `lazy_parse` does, with `async for`."""
        with as_langchain():
            client = self._asynchronous_client()
            passages = await self._listener().alisten(client, _audio(blob))
        for passage in passages:
            yield _document(passage, blob)

    async def aparse(self, blob: Blob) -> list[Document]:
        """Do what `parse` does, with `await`."""
        return [document async for document in self.alazy_parse(blob)]

    def _listener(self) -> Listener:
        names = (
            "model", "language", "prompt", "temperature", "response_format", "extra_body",
        )  # fmt: skip
        return Listener(self.per, {name: getattr(self, name) for name in names})


def _audio(blob: Blob) -> Any:
    if isinstance(blob.data, str):
        raise ConfigurationError("The blob holds text, and a recording is bytes")
    return blob.path if blob.data is None else blob.data


def _document(passage: Passage, blob: Blob) -> Document:
    source = {"source": blob.source} if blob.source is not None else {}
    return Document(
        page_content=passage.text, metadata={**blob.metadata, **source, **passage.facts}
    )
