"""Carries a model's orders for Midjourney out, with and without `await`."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

from xyashui.endpoints.midjourney import AsyncMidjourney, AsyncMidjourneyTask, Midjourney
from xyashui.endpoints.midjourney.records import TaskRecord
from xyashui.endpoints.midjourney.waiting import POLL_INTERVAL
from xyashui.endpoints.midjourney.wire import data_uri
from xyashui.errors import (
    ConfigurationError,
    RateLimitError,
    ServerError,
    TransportError,
    XyashuiError,
)
from xyashui.pictures import Picture
from xyashui.requests import check_seconds, shorten
from xyashui.tooling.either import over_at_once, settled
from xyashui.tooling.gallery import Gallery
from xyashui.tooling.masks import region_mask
from xyashui.tooling.orders import Order
from xyashui.tooling.telling import tell_task, tell_tasks

__all__ = ["DEFAULT_WAIT", "POLL_INTERVAL", "Outcome", "Workshop"]

Service: TypeAlias = Midjourney | AsyncMidjourney
Source: TypeAlias = Picture | Path | str | bytes

DEFAULT_WAIT: Final = 600.0
"""Seconds that a tool waits for a task: a queue may be long, but no model waits for ever."""

_TASK_ID: Final = re.compile(r"[\w-]{1,64}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an order.

    Attributes:
        text: What the model is told.
        result: The task, the list of tasks, or the seed.
        path: Where the picture was saved, if it was.
    """

    text: str
    result: Any
    path: Path | None = None


# The same calls with and without `await`; only what they return differs.
_WITH_A_TASK: Final[Mapping[str, Callable[[Any, Order], Any]]] = {
    "upscale": lambda task, order: task.upscale(order.index),
    "vary": lambda task, order: task.vary(order.index),
    "reroll": lambda task, order: task.reroll(),
    "press": lambda task, order: task.press(order.button),
}
_WITHOUT: Final[Mapping[str, Callable[[Any, Order, Sequence[Source]], Any]]] = {
    "imagine": lambda service, order, images: service.imagine(order.prompt, images=images),
    "blend": lambda service, order, images: service.blend(images, dimensions=order.dimensions),
    "describe": lambda service, order, images: service.describe(images[0]),
    "shorten": lambda service, order, images: service.shorten(order.prompt),
    "modal": lambda service, order, images: service.modal(
        order.task_id, prompt=order.prompt, mask=images[0] if images else None
    ),
    "fetch": lambda service, order, images: service.fetch(order.task_id),
    "list": lambda service, order, images: (
        service.list_by_ids(order.task_ids) if order.task_ids else service.list()
    ),
    "queue": lambda service, order, images: service.queue(),
    "seed": lambda service, order, images: service.seed(order.task_id),
}


@dataclass(frozen=True, slots=True)
class Workshop:
    """Carries orders out, as patiently as its settings say.

    Attributes:
        gallery: Where finished pictures are kept.
        wait: Seconds to wait until a task is finished; 0 comes back at once.
        poll_interval: Seconds between the first two looks at a task.

    Raises:
        ConfigurationError: A number of seconds is none.
    """

    gallery: Gallery = field(default_factory=Gallery)
    wait: float = DEFAULT_WAIT
    poll_interval: float = POLL_INTERVAL

    def __post_init__(self) -> None:
        if self.wait != 0 or isinstance(self.wait, bool):
            check_seconds("wait", self.wait)
        check_seconds("poll_interval", self.poll_interval)

    def carry_out(self, midjourney: Midjourney, order: Order) -> Outcome:
        """Do what is wanted, and wait until it is done; what takes longer goes on by itself.

        Raises:
            ConfigurationError: A picture is not there, or a task has no such button.
            TaskFailedError: The task failed.
            APIError: The service refuses.
            TransportError: No whole answer arrived.
        """
        return over_at_once(self._carried_out(midjourney, order))

    async def acarry_out(self, midjourney: AsyncMidjourney, order: Order) -> Outcome:
        """Do what `carry_out` does, with `await`."""
        return await self._carried_out(midjourney, order)

    async def _carried_out(self, midjourney: Service, order: Order) -> Outcome:
        if order.action in _WITH_A_TASK:
            task = await settled(midjourney.fetch(str(order.task_id)))
            result = await settled(_WITH_A_TASK[order.action](task, order))
        else:
            images: list[Source]
            if order.region is not None:
                images = [await self._mask(midjourney, order)]
            else:
                images = [await self._source(midjourney, name) for name in order.images]
            result = await settled(_WITHOUT[order.action](midjourney, order, images))
        if isinstance(result, list):
            return Outcome(tell_tasks(result), result)
        if not isinstance(result, TaskRecord):
            return Outcome(f"The seed of task {order.task_id} is {result}", result)
        return await self._finished(result)

    async def _finished(self, task: Any) -> Outcome:
        unseen = None
        if self.wait:
            try:
                await settled(task.wait(timeout=self.wait, poll_interval=self.poll_interval))
            except (TransportError, RateLimitError, ServerError) as error:
                unseen = error  # it goes on, and its id must not be lost
        path, unsaved = await self._kept(task)
        said = [tell_task(task, path), *(str(one) for one in (unseen, unsaved) if one)]
        return Outcome("\n".join(said), task, path)

    async def _kept(self, task: Any) -> tuple[Path | None, XyashuiError | None]:
        if task.status != "SUCCESS" or task.image is None:
            return None, None
        keep = self.gallery.akeep if isinstance(task, AsyncMidjourneyTask) else self.gallery.keep
        try:
            return await settled(keep(task.image, task.prompt)), None
        except XyashuiError as error:  # the picture was paid for, and has its address all the same
            return None, error

    async def _source(self, midjourney: Service, name: str) -> Source:
        """Return the picture that a model means."""
        if not isinstance(name, str) or not name.strip():
            raise ConfigurationError(f"A picture is named by some text, not by {shorten(name)}")
        if name.startswith("data:"):
            return name
        if path := self.gallery.find(name.strip()):
            return path
        if not _TASK_ID.fullmatch(name.strip()):
            raise ConfigurationError(
                f"There is no picture {shorten(name)} here: name the task that painted it by its "
                "id, or a file that this tool has saved by its name"
            )
        task = await settled(midjourney.fetch(name.strip()))
        if task.image is None:
            raise ConfigurationError(f"Midjourney task {task.id} has no picture ({task.status})")
        return cast("Picture", task.image)

    async def _mask(self, midjourney: Service, order: Order) -> bytes:
        """Draw the mask for a region of the picture that is named."""
        source = await self._source(midjourney, order.images[0])
        if isinstance(source, Picture):
            asynchronous = isinstance(midjourney, AsyncMidjourney)
            read = source.abytes if asynchronous else source.bytes
            source = await settled(read())
        elif isinstance(source, Path):
            source = source.read_bytes()
        elif isinstance(source, str):
            source = b64decode(data_uri(source).partition(",")[2])
        return region_mask(source, order.region or ())
