"""A key that must be seen nowhere, and all the places to look for it in."""

from __future__ import annotations

import io
import pickle
import traceback
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from IPython.core.ultratb import VerboseTB
from rich.console import Console
from rich.traceback import Traceback

import langchain_xyashui as lc
import llama_index_xyashui as li
from xyashui import ASHUI, AsyncClient, Client

# In variables of a module, for those of functions are looked through.
KEY = "test-key-canary-0123456789"
HEADER = "test-header-canary-0123456789"
CANARIES = (KEY, HEADER)
BOTH = f"{KEY} {HEADER}"


def settings(url: str, **more: Any) -> dict[str, Any]:
    """What every object takes: the key, and one more in a header."""
    headers = {"X-Api-Key": HEADER}
    return {"api_key": KEY, "base_url": url, "default_headers": headers, "max_retries": 0} | more


OBJECTS: dict[str, Callable[..., Any]] = {
    "Client": Client,
    "AsyncClient": AsyncClient,
    "Client of 阿水": partial(Client, ASHUI),
    "ChatXingYun": lc.ChatXingYun,
    "ChatAShui": lc.ChatAShui,
    "XingYunLLM": lc.XingYunLLM,
    "XingYunEmbeddings": lc.XingYunEmbeddings,
    "XingYunImageGeneration": lc.XingYunImageGeneration,
    "XingYunMidjourney": lc.XingYunMidjourney,
    "XingYunSpeech": lc.XingYunSpeech,
    "XingYunTranscriptionParser": lc.XingYunTranscriptionParser,
    "XingYunWebRetriever of LangChain": lc.XingYunWebRetriever,
    "XingYunWebSearch": lc.XingYunWebSearch,
    "XingYun": li.XingYun,
    "AShui": li.AShui,
    "XingYunEmbedding": li.XingYunEmbedding,
    "XingYunAudioReader": li.XingYunAudioReader,
    "XingYunToolSpec": li.XingYunToolSpec,
    "XingYunWebRetriever of LlamaIndex": li.XingYunWebRetriever,
    "Fallback": lambda **given: li.Fallback([li.XingYun(**given), li.AShui(**given)]),
}


def seen(text: str | bytes) -> list[str]:
    """Return what a key-hunter finds in `text`: a canary, or enough of its beginning."""
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    return [canary for canary in CANARIES if canary[:18] in text]


def shown(thing: object, depth: int = 5) -> Iterator[str]:
    """Give all that is shown of an object, of its attributes, and of theirs."""
    yield repr(thing)
    yield str(thing) if type(thing).__str__ is not str.__str__ else ""
    if depth == 0 or isinstance(thing, str | bytes | int | float | type | None):
        return
    inner: list[Any] = []
    if isinstance(thing, Mapping):
        inner = [*thing.keys(), *thing.values()]
    elif isinstance(thing, list | tuple | set | frozenset):
        inner = list(thing)
    elif type(thing).__module__.partition(".")[0].endswith("xyashui"):
        inner = [getattr(thing, "__dict__", {}), getattr(thing, "__pydantic_private__", None)]
    for one in inner:
        yield from shown(one, depth - 1)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Give an error and all that it came of."""
    waiting, known = [error], set()
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in known:
            known.add(id(one))
            yield one
            waiting += [one.__cause__, one.__context__]


def said(error: BaseException) -> Iterator[str]:
    """Give the words of an error and of all that it came of."""
    for one in chain(error):
        yield f"{one} {one!r} {vars(one)!r} {one.args!r}"


def told(error: BaseException) -> Iterator[str]:
    """Give all that an error tells: its words, its causes', and every variable on the way."""
    yield from said(error)
    for one in chain(error):
        request = vars(one).get("_request") or vars(one).get("request_info")
        yield str(getattr(request, "headers", {}).items()) if request is not None else ""
        # One by one: a whole traceback leaves out contexts that are suppressed.
        places = traceback.walk_tb(one.__traceback__)
        stack = traceback.StackSummary.extract(places, lookup_lines=False, capture_locals=True)
        yield from (f"{frame.name}: {frame.locals}" for frame in stack)


def written(error: BaseException) -> str:
    """Return what is written of an error of ours that is taken to another process."""
    return pickle.dumps(error).decode("latin-1")


def by_rich(error: BaseException) -> str:
    """Return a traceback with variables, as rich draws it."""
    out = io.StringIO()
    drawn = Traceback.from_exception(
        type(error), error, error.__traceback__, show_locals=True, locals_max_string=None
    )
    Console(file=out, width=500).print(drawn)
    return out.getvalue()


def by_ipython(error: BaseException) -> str:
    """Return a traceback with variables, as a notebook shows it after `%xmode Verbose`."""
    return VerboseTB().text(type(error), error, error.__traceback__)
