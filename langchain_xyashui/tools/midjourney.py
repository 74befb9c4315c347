"""Midjourney as a tool, for any model that calls tools."""

from __future__ import annotations

from os import PathLike
from typing import Any, Literal

from langchain_core.callbacks import AsyncCallbackManagerForToolRun, CallbackManagerForToolRun
from langchain_core.tools import BaseTool
from pydantic import BaseModel, Field

from langchain_xyashui.service import ServiceConnection
from langchain_xyashui.tools.mistakes import told_to_models
from xyashui.tooling.gallery import Gallery
from xyashui.tooling.orders import Action, Order
from xyashui.tooling.workshop import DEFAULT_WAIT, POLL_INTERVAL, Workshop

__all__ = ["XingYunMidjourney"]


class _Order(BaseModel):
    """What Midjourney takes."""

    action: Action = Field(
        description="imagine: paint a grid of four pictures from a prompt. "
        "upscale: make one of a grid's four large. vary: paint four more like one of a grid's. "
        "reroll: paint the same again. press: press another of a task's buttons. "
        "blend: make one picture of several. describe: find prompts for a picture. "
        "shorten: find the words of a prompt that count. "
        "modal: answer the window that a button has opened. fetch: look at a task again. "
        "list: list tasks. queue: list those that wait. seed: tell a task's seed"
    )
    prompt: str | None = Field(
        default=None,
        description="For imagine, shorten and modal: the words, with Midjourney's parameters "
        '("a cat --ar 3:2")',
    )
    task_id: str | None = Field(
        default=None,
        description="For upscale, vary, reroll, press, modal, fetch and seed: the task's id",
    )
    index: int | None = Field(
        default=None,
        description="For upscale and vary: 1 top left, 2 top right, 3 bottom left, 4 bottom right",
    )
    button: str | None = Field(
        default=None, description='For press: what is written on the button, "Vary (Strong)"'
    )
    images: list[str] | None = Field(
        default=None,
        description="Pictures to start from (imagine), to blend (2 to 5) or to describe (1): each "
        "the id of the task that painted it, or the name of a file that this tool has saved",
    )
    task_ids: list[str] | None = Field(
        default=None, description="For list: ids of the tasks; all where there are none"
    )
    dimensions: Literal["PORTRAIT", "SQUARE", "LANDSCAPE"] | None = Field(
        default=None, description="For blend: the shape of the result"
    )
    region: list[float] | None = Field(
        default=None,
        description="For modal: what to paint anew, as left, top, right and bottom in percent of "
        "the picture; name the picture in images",
    )


class XingYunMidjourney(ServiceConnection, BaseTool):
    """Midjourney: what came of an order is the content, the task is the artifact.

    It waits until a task is finished, and tells the model the task's id and its buttons, so that
    the model can go on with it. The artifact is a `MidjourneyTask` (an `AsyncMidjourneyTask` where
    the tool was awaited), a list of them, or a seed.

    Args:
        directory: Where pictures are saved; by default they are not, and have an address that
            expires. No file is ever overwritten.
        wait: Seconds to wait until a task is finished (600); one that takes longer goes on, and
            the model may look at it again. 0 comes back at once.
        poll_interval: Seconds between the first two looks at a task (1); they grow to ten times as
            many.
        provider: Which service: "xingyun", or a provider that offers "midjourney".
        api_key: The key; by default what the service's environment variable holds.
        base_url: The address; by default the environment's, or else the service's own.
        timeout: Seconds of silence to bear (300).
        max_retries: How often a call that may pass is made again (2).
        name: What models call the tool ("midjourney").
        description: What models are told of it.
        handle_tool_error: Whether a model is told what it can mend, a refused prompt or a button
            that is not there say (`True`); `False` raises it as a `ToolException`.

    Raises:
        langchain_xyashui.errors.ConfigurationError: A setting cannot be, the key is missing, or
            the service has no Midjourney.

    Example:
        >>> midjourney = XingYunMidjourney(directory="pictures")  # doctest: +SKIP
        >>> midjourney.invoke({"action": "imagine", "prompt": "一只戴帽子的猫"})  # doctest: +SKIP
        'Task 1320098173412546 (IMAGINE), SUCCESS: 一只戴帽子的猫...'
        >>> create_agent(model, tools=[midjourney])  # doctest: +SKIP
    """

    name: str = "midjourney"
    description: str = (
        "Paints pictures with Midjourney, and works on them: makes one of four large, varies it, "
        "blends pictures, finds prompts for a picture. Each result has a task id to go on with."
    )
    args_schema: Any = _Order
    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"
    handle_tool_error: Any = True

    directory: str | PathLike[str] | None = None
    wait: float = DEFAULT_WAIT
    poll_interval: float = POLL_INTERVAL

    def model_post_init(self, context: Any, /) -> None:
        """Refuse at once what cannot be."""
        super().model_post_init(context)
        self.service.check_endpoint("midjourney")
        self._workshop()

    def _run(
        self, run_manager: CallbackManagerForToolRun | None = None, **order: Any
    ) -> tuple[str, Any]:
        with told_to_models():
            done = self._workshop().carry_out(self._sync_client().midjourney, _order(order))
            return done.text, done.result

    async def _arun(
        self, run_manager: AsyncCallbackManagerForToolRun | None = None, **order: Any
    ) -> tuple[str, Any]:
        with told_to_models():
            midjourney = self._asynchronous_client().midjourney
            done = await self._workshop().acarry_out(midjourney, _order(order))
            return done.text, done.result

    def _workshop(self) -> Workshop:
        return Workshop(Gallery(self.directory), self.wait, self.poll_interval)


def _order(given: dict[str, Any]) -> Order:
    return Order(**{name: value for name, value in given.items() if value is not None})
