"""`xyashui chat`: one question, and its answer as it comes.

The answer and its sources go to stdout; reasoning, errors and the footer go to stderr.
"""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass, field
from typing import Any

from xyashui.answers import Answer, Chunk
from xyashui.client import Client
from xyashui.commands.reaching import client_settings
from xyashui.commands.sheets import JSONSheet, Sheet, TextSheet
from xyashui.errors import ConfigurationError, XyashuiError
from xyashui.providers import PROVIDERS, XINGYUN, Provider
from xyashui.terminal.consoles import make_console, say
from xyashui.types import Message

__all__ = ["Question", "ask", "choose_provider", "read_question"]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and of whom."""

    provider: Provider
    text: str
    system: str | None = None
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def messages(self) -> list[Message]:
        """The conversation to send."""
        asked: list[Message] = [{"role": "user", "content": self.text}]
        return [{"role": "system", "content": self.system}, *asked] if self.system else asked


def choose_provider(*, quiet: bool) -> Provider:
    """Return the service whose key is set; the first where that does not decide it."""
    with_key = [one for one in PROVIDERS.values() if os.environ.get(one.api_key_variable)]
    if len(with_key) == 1:
        return with_key[0]
    if with_key and not quiet:
        others = " or ".join(f"--provider {one.name}" for one in with_key if one is not XINGYUN)
        say(make_console(stderr=True), f"Asking {XINGYUN.title}; {others} asks the other.", "dim")
    return XINGYUN


# The question


def read_question(argument: str | None) -> str:
    """Return the question: the argument, what is piped in, or both, the argument first."""
    given = "" if argument in (None, "-") else str(argument)
    piped = _read_stdin() if not given or _is_piped() else ""
    text = "\n\n".join(part for part in (given.strip(), piped.strip()) if part)
    if not text:
        raise ConfigurationError('There is no question: xyashui chat "..." or pipe one in')
    return text


def _is_piped() -> bool:
    # Beside a question, stdin is read only where somebody put something there: a script's own
    # stdin is often a device or closed, and waiting for it would be waiting for ever.
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def _read_stdin() -> str:
    if sys.stdin is None or sys.stdin.closed:
        return ""
    if sys.stdin.isatty():
        say(make_console(stderr=True), "Type the question; Ctrl-D ends it.", "dim")
    data = sys.stdin.buffer.read()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # The other encoding that Chinese text files have.
        return data.decode("gb18030", errors="replace")


# The answer


def ask(
    question: Question, *, base_url: str | None, emulator: bool, stream: bool, as_json: bool
) -> None:
    """Ask, and write the answer as it comes.

    Raises:
        XyashuiError: No whole answer came. What had come has been written.
    """
    provider = question.provider
    if "file_list" in question.options and not provider.capabilities.files:
        able = ", ".join(one.name for one in PROVIDERS.values() if one.capabilities.files)
        raise ConfigurationError(
            f"{provider.title} documents no file input; these do: --provider {able}"
        )
    sheet: Sheet = JSONSheet(question) if as_json else TextSheet()
    with client_settings(provider, base_url, emulator) as settings:
        client = Client(provider, **settings)
        stream_or_whole = _streamed if stream else _whole
        try:
            answer = stream_or_whole(client, question, sheet)
        except XyashuiError as error:
            sheet.break_off(error.partial, error)
            raise
        sheet.finish(answer)


def _streamed(client: Client, question: Question, sheet: Sheet) -> Answer:
    with client.stream(question.messages, **question.options) as stream:
        try:
            for chunk in stream:
                sheet.add(chunk)
        except KeyboardInterrupt:
            sheet.break_off(stream.answer, None)
            raise
        return stream.answer


def _whole(client: Client, question: Question, sheet: Sheet) -> Answer:
    answer = client.chat(question.messages, **question.options)
    sheet.add(Chunk(answer.text, answer.reasoning))
    return answer
