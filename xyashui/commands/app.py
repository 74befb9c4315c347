"""What the commands of `xyashui` are called, and which options they take."""

from __future__ import annotations

import math
from typing import Annotated, Any

import typer

from xyashui import __version__
from xyashui.commands.outcome import exits, wrong_use
from xyashui.demo.scenes import FRAMEWORKS
from xyashui.errors import ConfigurationError
from xyashui.providers import PROVIDERS, Provider, by_name

__all__ = ["app"]

app = typer.Typer(
    name="xyashui",
    help="星芸AI (XingYun AI) and 阿水AI (AShui AI) from the command line. New here? "
    "Try: xyashui demo",
    no_args_is_help=True,
    rich_markup_mode="rich",
    add_completion=False,
    # A traceback with local variables would show the key.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _provider(name: str) -> Provider:
    try:
        return by_name(name)
    except ConfigurationError as error:
        raise typer.BadParameter(str(error)) from None


def _framework(name: str) -> str:
    if name not in FRAMEWORKS:
        raise typer.BadParameter(f"{name!r} is none of {', '.join(FRAMEWORKS)}")
    return name


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"xyashui {__version__}")
        raise typer.Exit


_ProviderOption = Annotated[
    Provider | None,
    typer.Option(
        "--provider", "-p", parser=_provider, metavar="|".join(PROVIDERS), help="Which service."
    ),
]


@app.callback()
def _options_of_all(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Say which version this is."
        ),
    ] = False,
) -> None:
    pass


@app.command()
def demo(
    provider: _ProviderOption = None,
    framework: Annotated[
        str | None,
        typer.Option(
            "--framework",
            "-f",
            parser=_framework,
            metavar="|".join(FRAMEWORKS),
            help="Show one framework only.",
        ),
    ] = None,
    fast: Annotated[bool, typer.Option("--fast", help="Stream without pauses.")] = False,
) -> None:
    """Show both services at work in both frameworks: no key, no network."""
    from xyashui.demo.show import run

    with exits(provider):
        shown = run(
            providers=[provider] if provider else list(PROVIDERS.values()),
            frameworks=[one for one in FRAMEWORKS if framework in (one, None)],
            fast=fast,
        )
    raise typer.Exit(0 if shown else 1)


@app.command()
def chat(
    question: Annotated[
        str | None,
        typer.Argument(
            help='The question; "-" or nothing reads it from stdin.', show_default=False
        ),
    ] = None,
    provider: _ProviderOption = None,
    model: Annotated[str | None, typer.Option("--model", "-m", help="Which model.")] = None,
    web_search: Annotated[
        bool, typer.Option("--web-search", "-w", help="Let it search the web.")
    ] = False,
    image: Annotated[
        list[str] | None,
        typer.Option("--image", "-i", metavar="PATH|URL", help="Show it a picture. Repeatable."),
    ] = None,
    file: Annotated[
        list[str] | None,
        typer.Option("--file", metavar="URL", help="Let it read a file. Repeatable."),
    ] = None,
    system: Annotated[
        str | None, typer.Option("--system", "-s", help="What it is told beforehand.")
    ] = None,
    temperature: Annotated[float | None, typer.Option(help="How varied it answers.")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="How long it answers at most.")] = None,
    stop: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="Where it ends. Repeatable.")
    ] = None,
    base_url: Annotated[str | None, typer.Option(help="Where the service is.")] = None,
    emulator: Annotated[
        bool, typer.Option("--emulator", help="Ask the offline emulator: no key, no network.")
    ] = False,
    no_stream: Annotated[
        bool, typer.Option("--no-stream", help="Wait for the whole answer.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Ask one question. The key comes from XINGYUN_API_KEY or ASHUI_API_KEY.

    Text piped in is put below the question: git diff | xyashui chat "Explain this".
    The answer goes to stdout, everything else to stderr.
    """
    from xyashui.commands import chat as command

    chosen = provider or command.choose_provider(quiet=emulator)
    with exits(chosen):
        settings: dict[str, Any] = {
            "model": model,
            "web_search": web_search or None,
            "images": image or None,
            "file_list": file or None,
            "temperature": temperature,
            "max_tokens": max_tokens,
            "stop": stop or None,
        }
        options = {name: value for name, value in settings.items() if value is not None}
        command.ask(
            command.Question(chosen, command.read_question(question), system, options),
            base_url=base_url,
            emulator=emulator,
            stream=not no_stream,
            as_json=as_json,
        )


@app.command()
def check(
    provider: _ProviderOption = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Which model to ask; with --provider.")
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(help="Where the service is; with --provider.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for an answer.")] = 30.0,
) -> None:
    """Are the key and the address right? Asks each service for one token to find out."""
    from xyashui.commands import check as command

    if provider is None and (model or base_url):
        wrong_use("--model and --base-url belong to one service; say which with --provider")
    with exits(provider):
        fine = command.run(provider, model=model, base_url=base_url, timeout=timeout)
    raise typer.Exit(0 if fine else 1)


@app.command()
def models(
    provider: _ProviderOption = None,
    base_url: Annotated[str | None, typer.Option(help="Where the service is.")] = None,
    emulator: Annotated[
        bool, typer.Option("--emulator", help="Ask the offline emulator: no key, no network.")
    ] = False,
) -> None:
    """Which models may the key ask? Lists them; only 星芸AI documents a list."""
    from xyashui.commands import models as command

    chosen = provider or command.default_provider()
    with exits(chosen):
        command.show(chosen, base_url=base_url, emulator=emulator)


_FAULTS = "What goes wrong. A SHARE of 0.5 strikes every second request, 1 every one."


def _fault(
    flag: str, help_text: str, metavar: str | None = None, low: float = 0, high: float = math.inf
) -> Any:
    # Typer has ranges of its own, but its help then has no room left for the rest.
    def checked(value: float | None) -> float | None:
        if value is not None and not low <= value <= high:
            raise typer.BadParameter(f"{value:g} is not between {low:g} and {high:g}")
        return value

    return typer.Option(
        flag,
        help=help_text,
        metavar=metavar,
        callback=checked,
        rich_help_panel=_FAULTS,
        show_default=False,
    )


def _share(flag: str, help_text: str) -> Any:
    return _fault(flag, help_text, "SHARE", high=1)


@app.command()
def emulate(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where to listen; 0 takes a free port.")
    ] = 8700,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    tokens_per_second: Annotated[
        float | None, typer.Option(min=0.01, help="The pace of answers; at once by default.")
    ] = None,
    triggers: Annotated[
        bool,
        typer.Option(
            "--triggers", help="List the keys and models that bring errors about, and exit."
        ),
    ] = False,
    rate_limit: Annotated[float, _share("--rate-limit", "Refused with HTTP 429.")] = 0,
    server_error: Annotated[float, _share("--server-error", "Refused as its own fault.")] = 0,
    cut: Annotated[float, _share("--cut", "Cut off half-way, without an error.")] = 0,
    stall: Annotated[float, _share("--stall", "Silent for a while half-way.")] = 0,
    error_mid_stream: Annotated[float, _share("--error-mid-stream", "Failing half-way.")] = 0,
    only_first: Annotated[
        int | None, _fault("--only-first", "How many requests are struck at most.", "N")
    ] = None,
    retry_after: Annotated[
        float, _fault("--retry-after", "How long a 429 asks to wait (1).", "SECONDS")
    ] = 1,
    stall_seconds: Annotated[
        float, _fault("--stall-seconds", "How long a silence lasts (5).", "SECONDS")
    ] = 5,
    latency: Annotated[
        float, _fault("--latency", "How long every first byte takes (0).", "SECONDS")
    ] = 0,
    split_bytes: Annotated[
        int | None, _fault("--split-bytes", "How many bytes are sent at a time.", "N", low=1)
    ] = None,
    whole_for_stream: Annotated[
        bool, _fault("--whole-for-stream", "Not streamed where a stream is asked for.")
    ] = False,
    stream_for_whole: Annotated[
        bool, _fault("--stream-for-whole", "Streamed where no stream is asked for.")
    ] = False,
    no_done: Annotated[bool, _fault("--no-done", "Streams end without [DONE].")] = False,
    no_finish_reason: Annotated[
        bool, _fault("--no-finish-reason", "Streams end without a finish reason.")
    ] = False,
    heartbeats: Annotated[
        bool, _fault("--heartbeats", "A comment comes before every event.")
    ] = False,
    crlf: Annotated[bool, _fault("--crlf", "Lines end with CRLF.")] = False,
    pretty_json: Annotated[
        bool, _fault("--pretty-json", "Events are spread over several lines.")
    ] = False,
) -> None:
    """Run both services on this machine, offline, until Ctrl-C."""
    from xyashui.commands import emulate as command

    with exits(None):
        if triggers:
            command.list_triggers()
            return
        # The faults have the names of the emulator's own; `command` picks them out.
        command.run(
            host=host,
            port=port,
            pace=tokens_per_second,
            settings=context.params,
        )
