"""`%%ask`: a question in a cell, its answer below. Needs IPython, which loads it."""

# mypy: disable-error-code="no-untyped-call,untyped-decorator"

from __future__ import annotations

import os
from argparse import Namespace
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from xyashui.client import Client
from xyashui.errors import ConfigurationError, XyashuiError
from xyashui.notebook.connecting import usual_provider
from xyashui.notebook.reading.opening import open_given
from xyashui.notebook.showing import show_stream
from xyashui.notebook.views import View
from xyashui.providers import PROVIDERS, Provider, by_name
from xyashui.requests import ChatRequest
from xyashui.terminal.advice import what_to_do
from xyashui.terminal.cleaning import one_line
from xyashui.types import Message

__all__ = ["AskMagics"]


@magics_class
class AskMagics(Magics):
    """Remembers the conversation between cells, for `--continue`."""

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self._conversation: list[Message] = []

    @magic_arguments()
    @argument("--provider", "-p", metavar="|".join(PROVIDERS), help="Which service.")
    @argument("--model", "-m", help="Which model.")
    @argument("--web-search", "-w", action="store_true", help="Let it search the web.")
    @argument("--image", "-i", action="append", metavar="PATH|URL", help="Show it a picture.")
    @argument("--file", "-f", action="append", metavar="URL", help="Let it read a file.")
    @argument("--system", "-s", help="What it is told beforehand.")
    @argument("--temperature", type=float, help="How varied it answers.")
    @argument("--max-tokens", type=int, help="How long it answers at most.")
    @argument("--continue", dest="go_on", action="store_true", help="Go on from the cell before.")
    @argument("--name", default="_answer", help="The variable that gets the answer (_answer).")
    @cell_magic
    def ask(self, line: str, cell: str) -> None:
        """Ask one question: the cell. The answer is shown as it arrives, and kept in a variable.

        --image and --file can be given several times. The key comes from XINGYUN_API_KEY or
        ASHUI_API_KEY; `xyashui.notebook.connect()` starts the offline emulator, which needs none.
        """
        given = parse_argstring(self.ask, line)
        if not given.name.isidentifier():
            raise UsageError(f"--name {given.name}: that is no name for a variable")
        provider = usual_provider()
        try:
            provider = by_name(given.provider) if given.provider else provider
            answer = self._ask(provider, given, cell.strip())
        except (XyashuiError, KeyboardInterrupt) as error:
            # IPython asks an exception whether it would rather show itself.
            row = _row(error, provider)
            error.__dict__["_render_traceback_"] = lambda: [row]
            raise
        if self.shell is not None:
            self.shell.push({given.name: answer})

    def _ask(self, provider: Provider, given: Namespace, question: str) -> Any:
        request = self._request(provider, given, question)
        with Client(provider) as client:
            view = View()
            answer = show_stream(open_given(client.open(request), view), view, explain=False)
        said: Message = {"role": "assistant", "content": answer.text}
        self._conversation = [*request.messages, said]
        return answer

    def _request(self, provider: Provider, given: Namespace, question: str) -> ChatRequest:
        if not question:
            raise ConfigurationError("There is no question: write it into the cell, below %%ask")
        if given.file and not provider.capabilities.files:
            able = ", ".join(one.name for one in PROVIDERS.values() if one.capabilities.files)
            raise ConfigurationError(
                f"{provider.title} documents no file input; these do: --provider {able}"
            )
        messages: list[Message] = [{"role": "user", "content": question}]
        if given.go_on:
            messages = self._conversation + messages
        if given.system:
            told: Message = {"role": "system", "content": given.system}
            messages = [told, *(one for one in messages if one["role"] != "system")]
        options = {
            "model": given.model,
            "web_search": given.web_search or None,
            "images": given.image,
            "file_list": given.file,
            "temperature": given.temperature,
            "max_tokens": given.max_tokens,
        }
        chosen = {name: value for name, value in options.items() if value is not None}
        return provider.request(messages, stream=True, **chosen)


def _row(error: BaseException, provider: Provider) -> str:
    """Say what went wrong and what to do about it, in one line."""
    if not isinstance(error, XyashuiError):
        return "Interrupted: the answer is not whole."
    row = f"{type(error).__name__}: {one_line(str(error))}"
    if isinstance(error, ConfigurationError) and not os.environ.get(provider.api_key_variable):
        return f"{row} → Or call xyashui.notebook.connect(): the offline emulator needs no key."
    advice = what_to_do(error, provider)
    return f"{row} → {advice}." if advice else row
