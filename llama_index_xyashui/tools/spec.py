"""`XingYunToolSpec`: all the tools, over one connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, Final

from llama_index.core.tools.tool_spec.base import SPEC_FUNCTION_TYPE, BaseToolSpec

from llama_index_xyashui.tools.midjourney import MidjourneyTools
from llama_index_xyashui.tools.pictures import PictureTools
from llama_index_xyashui.tools.speech import SpeechTools
from llama_index_xyashui.tools.web_search import WebSearchTools
from llama_index_xyashui.web_search import WebSearcher
from xyashui import ConfigurationError, Provider
from xyashui.requests import nearest, shorten
from xyashui.secrecy import conceal
from xyashui.tooling.gallery import Gallery
from xyashui.tooling.painting import Painter
from xyashui.tooling.speaking import Speaker
from xyashui.tooling.workshop import DEFAULT_WAIT, POLL_INTERVAL, Workshop
from xyashui.types import Endpoint

__all__ = ["XingYunToolSpec"]

# The tools, and what a service must offer for each besides chat. The async twin of `name` is
# `aname`.
_TOOLS: Final[Mapping[str, Endpoint | None]] = {
    "web_search": None,
    "generate_image": "images",
    "speak": "speech",
    "imagine": "midjourney",
    "upscale": "midjourney",
    "vary": "midjourney",
    "reroll": "midjourney",
    "press": "midjourney",
    "blend": "midjourney",
    "describe": "midjourney",
    "shorten": "midjourney",
    "modal": "midjourney",
    "fetch_task": "midjourney",
    "list_tasks": "midjourney",
    "queued_tasks": "midjourney",
    "task_seed": "midjourney",
}


class XingYunToolSpec(WebSearchTools, PictureTools, SpeechTools, MidjourneyTools, BaseToolSpec):
    """Tools of the services, for agents on any LLM.

    `web_search` on both services. On 星芸: `generate_image`, `speak`; and Midjourney by `imagine`,
    `upscale`, `vary`, `reroll`, `press`, `blend`, `describe`, `shorten`, `modal`, `fetch_task`,
    `list_tasks`, `queued_tasks` and `task_seed`. What the service does not offer is left out.

    Args:
        provider: Which service works: "xingyun" or "ashui".
        model: The model that searches; by default the one that the service documents.
        tools: The names of the tools to give to agents; by default all that the service offers.
        image_model: The model that `generate_image` asks ("dall-e-3").
        speech_model: The model that `speak` asks ("tts-1").
        voice: The voice of `speak`, where the agent names none ("alloy").
        directory: Where pictures and sounds are saved; by default they are not, and pictures have
            an address that expires. No file is ever overwritten.
        wait: Seconds to wait until a Midjourney task is finished (600); one that takes longer goes
            on, and `fetch_task` takes it up again. 0 comes back at once.
        poll_interval: Seconds between the first two looks at a task (1).
        **connection: `api_key` (by default what the service's environment variable holds),
            `base_url`, `timeout`, `max_retries`, `default_headers`, `http_client` and
            `http_async_client`, as the LLMs take them.

    Raises:
        ConfigurationError: A setting cannot be, the key is missing, or the service does not offer
            a tool that `tools` names.

    Example:
        >>> spec = XingYunToolSpec(provider="ashui")  # doctest: +SKIP
        >>> spec.web_search("今天济南天气怎么样?").citations[0]["url"]  # doctest: +SKIP
        'https://www.tianqi.com/jinan/'
        >>> tools = XingYunToolSpec(tools=["generate_image"]).to_tool_list()  # doctest: +SKIP
        >>> agent = FunctionAgent(tools=tools, llm=llm)  # doctest: +SKIP
        >>> result = await agent.run("画一只猫")  # doctest: +SKIP
        >>> result.tool_calls[0].tool_output.raw_output.picture  # doctest: +SKIP
    """

    spec_functions: list[SPEC_FUNCTION_TYPE] = [(name, f"a{name}") for name in _TOOLS]  # noqa: RUF012 - LlamaIndex's way

    def __init__(
        self,
        *,
        provider: Provider | str = "xingyun",
        model: str | None = None,
        tools: Sequence[str] | None = None,
        image_model: str | None = None,
        speech_model: str | None = None,
        voice: str | None = None,
        directory: str | PathLike[str] | None = None,
        wait: float = DEFAULT_WAIT,
        poll_interval: float = POLL_INTERVAL,
        **connection: Any,
    ) -> None:
        conceal(connection)
        self._searcher = WebSearcher(provider=provider, model=model, **connection)
        self._connection = self._searcher
        gallery = Gallery(directory)
        self._painter = Painter(gallery, {"model": image_model})
        self._speaker = Speaker(gallery, {"model": speech_model, "voice": voice})
        self._workshop = Workshop(gallery, wait, poll_interval)
        names = _chosen(tools, self._connection.service)
        self.spec_functions = [(name, f"a{name}") for name in names]


def _chosen(tools: Sequence[str] | None, service: Provider) -> Sequence[str]:
    """Return the names of the tools to give; refuse what is none, or not offered."""
    if tools is None:
        offered = {None, *service.capabilities.endpoints}
        return [name for name, endpoint in _TOOLS.items() if endpoint in offered]
    if isinstance(tools, str) or not isinstance(tools, Sequence) or not tools:
        raise ConfigurationError(f"tools must be a list of names, not {shorten(tools)}")
    for name in tools:
        if name not in list(_TOOLS):
            raise ConfigurationError(
                f"There is no tool {shorten(name)}.{nearest(str(name), _TOOLS)} There are "
                f"{', '.join(_TOOLS)}"
            )
        if endpoint := _TOOLS[name]:
            service.check_endpoint(endpoint)
    return list(dict.fromkeys(tools))
