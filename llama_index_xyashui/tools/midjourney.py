"""Midjourney as tools."""

# No `from __future__ import annotations`: models are shown the signatures, and without quotes.

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel

from llama_index_xyashui.tools.group import ToolGroup
from xyashui.tooling.orders import Order
from xyashui.tooling.workshop import Outcome, Workshop

__all__ = ["MidjourneyAnswer", "MidjourneyTools"]

TaskId = Annotated[str, "The id of the Midjourney task"]
Index = Annotated[int, "1 top left, 2 top right, 3 bottom left, 4 bottom right"]
Images = list[str]
Dimensions = Literal["PORTRAIT", "SQUARE", "LANDSCAPE"]


class MidjourneyAnswer(BaseModel):
    """What came of an order. Models are given the text; it is a tool output's `raw_output`.

    Attributes:
        text: How the task stands, where its picture is, its id and its buttons.
        result: The task (`xyashui.MidjourneyTask`, or `AsyncMidjourneyTask` where the tool was
            awaited), a list of them, or a seed.
        path: Where the picture was saved, if it was.
    """

    text: str
    result: Any
    path: Path | None = None

    def __str__(self) -> str:
        return self.text


class MidjourneyTools(ToolGroup):
    """Midjourney, for `XingYunToolSpec`: every tool waits until its task is finished."""

    _workshop: Workshop

    def imagine(
        self,
        prompt: Annotated[str, 'What to paint, with Midjourney\'s parameters ("a cat --ar 3:2")'],
        images: Annotated[
            Images | None, "Pictures to start from: ids of the tasks that painted them"
        ] = None,
    ) -> MidjourneyAnswer:
        """Paint a grid of four pictures with Midjourney.

        One of them can then be made large (upscale) or varied (vary), by the task's id.
        """
        return self._do("imagine", prompt=prompt, images=images or ())

    async def aimagine(self, prompt: str, images: Images | None = None) -> MidjourneyAnswer:
        """Do what `imagine` does, with `await`."""
        return await self._ado("imagine", prompt=prompt, images=images or ())

    def upscale(self, task_id: TaskId, index: Index) -> MidjourneyAnswer:
        """Make one of the four pictures of a finished Midjourney grid large."""
        return self._do("upscale", task_id=task_id, index=index)

    async def aupscale(self, task_id: str, index: int) -> MidjourneyAnswer:
        """Do what `upscale` does, with `await`."""
        return await self._ado("upscale", task_id=task_id, index=index)

    def vary(self, task_id: TaskId, index: Index) -> MidjourneyAnswer:
        """Paint four more pictures like one of a finished Midjourney grid."""
        return self._do("vary", task_id=task_id, index=index)

    async def avary(self, task_id: str, index: int) -> MidjourneyAnswer:
        """Do what `vary` does, with `await`."""
        return await self._ado("vary", task_id=task_id, index=index)

    def reroll(self, task_id: TaskId) -> MidjourneyAnswer:
        """Paint the prompt of a finished Midjourney task again."""
        return self._do("reroll", task_id=task_id)

    async def areroll(self, task_id: str) -> MidjourneyAnswer:
        """Do what `reroll` does, with `await`."""
        return await self._ado("reroll", task_id=task_id)

    def press(
        self,
        task_id: TaskId,
        button: Annotated[str, 'What is written on the button: "Vary (Strong)"'],
    ) -> MidjourneyAnswer:
        """Press a button of a finished Midjourney task; a task says which buttons it has."""
        return self._do("press", task_id=task_id, button=button)

    async def apress(self, task_id: str, button: str) -> MidjourneyAnswer:
        """Do what `press` does, with `await`."""
        return await self._ado("press", task_id=task_id, button=button)

    def blend(
        self,
        images: Annotated[Images, "2 to 5 pictures: ids of the Midjourney tasks that painted them"],
        dimensions: Annotated[Dimensions, "The shape of the result"] = "SQUARE",
    ) -> MidjourneyAnswer:
        """Make one picture of several with Midjourney."""
        return self._do("blend", images=images, dimensions=dimensions)

    async def ablend(self, images: Images, dimensions: Dimensions = "SQUARE") -> MidjourneyAnswer:
        """Do what `blend` does, with `await`."""
        return await self._ado("blend", images=images, dimensions=dimensions)

    def describe(
        self,
        image: Annotated[str, "The picture: the id of the Midjourney task that painted it"],
    ) -> MidjourneyAnswer:
        """Find prompts that may lead to a picture, with Midjourney."""
        return self._do("describe", images=[image])

    async def adescribe(self, image: str) -> MidjourneyAnswer:
        """Do what `describe` does, with `await`."""
        return await self._ado("describe", images=[image])

    def shorten(self, prompt: Annotated[str, "The prompt"]) -> MidjourneyAnswer:
        """Find the words of a prompt that count for Midjourney."""
        return self._do("shorten", prompt=prompt)

    async def ashorten(self, prompt: str) -> MidjourneyAnswer:
        """Do what `shorten` does, with `await`."""
        return await self._ado("shorten", prompt=prompt)

    def modal(
        self,
        task_id: TaskId,
        prompt: Annotated[str | None, "What to paint there"] = None,
        region: Annotated[
            list[float] | None,
            "The region to paint anew: left, top, right and bottom in percent of the picture",
        ] = None,
        image: Annotated[
            str | None, "The picture of which that is a region: the id of the task that painted it"
        ] = None,
    ) -> MidjourneyAnswer:
        """Answer the window that a button ("Vary (Region)") has opened: the task goes on then."""
        images = [image] if image else ()
        return self._do("modal", task_id=task_id, prompt=prompt, region=region, images=images)

    async def amodal(
        self,
        task_id: str,
        prompt: str | None = None,
        region: list[float] | None = None,
        image: str | None = None,
    ) -> MidjourneyAnswer:
        """Do what `modal` does, with `await`."""
        given = {"prompt": prompt, "region": region, "images": [image] if image else ()}
        return await self._ado("modal", task_id=task_id, **given)

    def fetch_task(self, task_id: TaskId) -> MidjourneyAnswer:
        """Look at a Midjourney task again, and wait until it is finished."""
        return self._do("fetch", task_id=task_id)

    async def afetch_task(self, task_id: str) -> MidjourneyAnswer:
        """Do what `fetch_task` does, with `await`."""
        return await self._ado("fetch", task_id=task_id)

    def list_tasks(
        self, task_ids: Annotated[list[str] | None, "Which; all where none are named"] = None
    ) -> MidjourneyAnswer:
        """List Midjourney tasks, and how they stand."""
        return self._do("list", task_ids=task_ids or ())

    async def alist_tasks(self, task_ids: list[str] | None = None) -> MidjourneyAnswer:
        """Do what `list_tasks` does, with `await`."""
        return await self._ado("list", task_ids=task_ids or ())

    def queued_tasks(self) -> MidjourneyAnswer:
        """List the Midjourney tasks that wait for their turn."""
        return self._do("queue")

    async def aqueued_tasks(self) -> MidjourneyAnswer:
        """Do what `queued_tasks` does, with `await`."""
        return await self._ado("queue")

    def task_seed(self, task_id: TaskId) -> MidjourneyAnswer:
        """Tell the seed of a finished Midjourney task: with `--seed` it paints much the same."""
        return self._do("seed", task_id=task_id)

    async def atask_seed(self, task_id: str) -> MidjourneyAnswer:
        """Do what `task_seed` does, with `await`."""
        return await self._ado("seed", task_id=task_id)

    def _do(self, action: str, **order: Any) -> MidjourneyAnswer:
        midjourney = self._client.midjourney
        return _answer(self._workshop.carry_out(midjourney, Order(action=action, **order)))

    async def _ado(self, action: str, **order: Any) -> MidjourneyAnswer:
        midjourney = self._async_client.midjourney
        done = await self._workshop.acarry_out(midjourney, Order(action=action, **order))
        return _answer(done)


def _answer(done: Outcome) -> MidjourneyAnswer:
    return MidjourneyAnswer(text=done.text, result=done.result, path=done.path)
