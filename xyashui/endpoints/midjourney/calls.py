"""`client.midjourney`: what can be asked of Midjourney."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, Unpack

from xyashui.endpoints.midjourney.records import task_id
from xyashui.endpoints.midjourney.tasks import AsyncMidjourneyTask, MidjourneyTask
from xyashui.endpoints.midjourney.wire import Dimensions, Record, SubmitOptions, Wire, data_uri
from xyashui.images import ImageLike
from xyashui.pictures import Picture
from xyashui.sending import AsyncSender, Sender

__all__ = ["AsyncMidjourney", "AsyncMidjourneyCalls", "Midjourney", "MidjourneyCalls"]

Images: TypeAlias = ImageLike | Picture | Sequence[ImageLike | Picture]
"""One picture or several: anything image-like but an address, or what a service painted."""

Tasks: TypeAlias = list[MidjourneyTask]  # `list` is a method of these classes
AsyncTasks: TypeAlias = list[AsyncMidjourneyTask]


class Midjourney:
    """Midjourney on 星芸AI [gw]; `client.midjourney` is one.

    A call that begins a task returns it at once, unfinished: `wait` waits for it. Such calls cost
    money, and are made again only where they were refused or never arrived. They all take `state`
    (your own text, kept with the task), `notify_hook` (an address that the service calls whenever
    the task changes), `extra_body`, `timeout` and `deadline` as `chat` does, and they all raise
    `ConfigurationError`, `APIError` and `TransportError` as `chat` does. A task that exists already
    is given back as it is.

    Example:
        >>> task = client.midjourney.imagine("一只戴帽子的猫")  # doctest: +SKIP
        >>> task.wait(timeout=300).upscale(2).wait().image.save("cat.png")  # doctest: +SKIP
        PosixPath('cat.png')
    """

    def __init__(self, client: Sender) -> None:
        self.client = client
        self._wire = Wire(client.provider)

    def imagine(
        self, prompt: str, *, images: Images = (), **options: Unpack[SubmitOptions]
    ) -> MidjourneyTask:
        """Paint a grid of four pictures.

        Args:
            prompt: What they shall show, with Midjourney's own parameters: "a cat --ar 3:2".
            images: Pictures to start from: paths, bytes, data URIs, Pillow images, pictures that a
                service painted. Addresses are not fetched.
            **options: See the class.
        """
        uris = [_uri(one) for one in _several(images)]
        return self._begun(self._wire.imagine(prompt, uris, options))

    def action(
        self, task: str | int | MidjourneyTask, custom_id: str, **options: Unpack[SubmitOptions]
    ) -> MidjourneyTask:
        """Press a button of a finished task; `MidjourneyTask.press` knows them by their labels."""
        return self._begun(self._wire.action(task, custom_id, options))

    def blend(
        self,
        images: Sequence[ImageLike | Picture],
        *,
        dimensions: Dimensions = "SQUARE",
        **options: Unpack[SubmitOptions],
    ) -> MidjourneyTask:
        """Make one picture of 2 to 5.

        Args:
            images: The pictures, as `imagine` takes them.
            dimensions: The shape of the result: "PORTRAIT", "SQUARE" or "LANDSCAPE".
            **options: See the class.
        """
        uris = [_uri(one) for one in _several(images)]
        return self._begun(self._wire.blend(uris, dimensions, options))

    def describe(
        self, image: ImageLike | Picture, **options: Unpack[SubmitOptions]
    ) -> MidjourneyTask:
        """Find prompts that may lead to a picture: the finished task's `descriptions`."""
        return self._begun(self._wire.describe(_uri(image), options))

    def modal(
        self,
        task: str | int | MidjourneyTask,
        *,
        prompt: str | None = None,
        mask: ImageLike | Picture | None = None,
        **options: Unpack[SubmitOptions],
    ) -> MidjourneyTask:
        """Answer the window that a task has opened (`waits_for_modal`), so that it goes on.

        Args:
            task: The task, or its id.
            prompt: What the region shall show, or how to go on.
            mask: The region to paint anew: white in a picture of the same size.
            **options: See the class.
        """
        uri = None if mask is None else _uri(mask, "mask")
        return self._begun(self._wire.modal(task, prompt, uri, options)).continued()

    def shorten(self, prompt: str, **options: Unpack[SubmitOptions]) -> MidjourneyTask:
        """Find the words of a prompt that count: the finished task's `prompts`."""
        return self._begun(self._wire.shorten(prompt, options))

    def task(self, id: str | int) -> MidjourneyTask:  # noqa: A002 - as everybody calls it
        """Take a task up again from its id; asks the service nothing yet."""
        return MidjourneyTask.of(self, {"id": task_id(id)})

    def fetch(self, id: str | int) -> MidjourneyTask:  # noqa: A002
        """Ask how far a task is."""
        return MidjourneyTask.of(self, self.record(task_id(id)))

    def list(self) -> Tasks:
        """Return the tasks that the service keeps for this key."""
        return [MidjourneyTask.of(self, one) for one in self.client.perform(self._wire.list())]

    def list_by_ids(self, ids: Sequence[str | int]) -> Tasks:
        """Return the tasks of these ids; what the service does not know is left out."""
        records = self.client.perform(self._wire.list_by_ids(ids))
        return [MidjourneyTask.of(self, one) for one in records]

    def queue(self) -> Tasks:
        """Return the tasks that wait for their turn."""
        return [MidjourneyTask.of(self, one) for one in self.client.perform(self._wire.queue())]

    def seed(self, task: str | int | MidjourneyTask) -> str:
        """Return the seed of a finished task."""
        return self.client.perform(self._wire.seed(task))

    def record(self, id: str, deadline: float | None = None) -> Record:  # noqa: A002
        """Return all that the service says of a task; `deadline` as in `chat`."""
        return self.client.perform(self._wire.fetch(id, deadline=deadline))

    def _begun(self, operation: Any) -> MidjourneyTask:
        return MidjourneyTask.of(self, self.client.perform(operation))


class AsyncMidjourney:
    """Does what `Midjourney` does, with `await`."""

    def __init__(self, client: AsyncSender) -> None:
        self.client = client
        self._wire = Wire(client.provider)

    async def imagine(
        self, prompt: str, *, images: Images = (), **options: Unpack[SubmitOptions]
    ) -> AsyncMidjourneyTask:
        """See `Midjourney.imagine`."""
        uris = [await _auri(one) for one in _several(images)]
        return await self._begun(self._wire.imagine(prompt, uris, options))

    async def action(
        self,
        task: str | int | AsyncMidjourneyTask,
        custom_id: str,
        **options: Unpack[SubmitOptions],
    ) -> AsyncMidjourneyTask:
        """See `Midjourney.action`."""
        return await self._begun(self._wire.action(task, custom_id, options))

    async def blend(
        self,
        images: Sequence[ImageLike | Picture],
        *,
        dimensions: Dimensions = "SQUARE",
        **options: Unpack[SubmitOptions],
    ) -> AsyncMidjourneyTask:
        """See `Midjourney.blend`."""
        uris = [await _auri(one) for one in _several(images)]
        return await self._begun(self._wire.blend(uris, dimensions, options))

    async def describe(
        self, image: ImageLike | Picture, **options: Unpack[SubmitOptions]
    ) -> AsyncMidjourneyTask:
        """See `Midjourney.describe`."""
        return await self._begun(self._wire.describe(await _auri(image), options))

    async def modal(
        self,
        task: str | int | AsyncMidjourneyTask,
        *,
        prompt: str | None = None,
        mask: ImageLike | Picture | None = None,
        **options: Unpack[SubmitOptions],
    ) -> AsyncMidjourneyTask:
        """See `Midjourney.modal`."""
        uri = None if mask is None else await _auri(mask, "mask")
        return (await self._begun(self._wire.modal(task, prompt, uri, options))).continued()

    async def shorten(self, prompt: str, **options: Unpack[SubmitOptions]) -> AsyncMidjourneyTask:
        """See `Midjourney.shorten`."""
        return await self._begun(self._wire.shorten(prompt, options))

    def task(self, id: str | int) -> AsyncMidjourneyTask:  # noqa: A002
        """See `Midjourney.task`; there is nothing to await."""
        return AsyncMidjourneyTask.of(self, {"id": task_id(id)})

    async def fetch(self, id: str | int) -> AsyncMidjourneyTask:  # noqa: A002
        """See `Midjourney.fetch`."""
        return AsyncMidjourneyTask.of(self, await self.record(task_id(id)))

    async def list(self) -> AsyncTasks:
        """See `Midjourney.list`."""
        records = await self.client.perform(self._wire.list())
        return [AsyncMidjourneyTask.of(self, one) for one in records]

    async def list_by_ids(self, ids: Sequence[str | int]) -> AsyncTasks:
        """See `Midjourney.list_by_ids`."""
        records = await self.client.perform(self._wire.list_by_ids(ids))
        return [AsyncMidjourneyTask.of(self, one) for one in records]

    async def queue(self) -> AsyncTasks:
        """See `Midjourney.queue`."""
        records = await self.client.perform(self._wire.queue())
        return [AsyncMidjourneyTask.of(self, one) for one in records]

    async def seed(self, task: str | int | AsyncMidjourneyTask) -> str:
        """See `Midjourney.seed`."""
        return await self.client.perform(self._wire.seed(task))

    async def record(self, id: str, deadline: float | None = None) -> Record:  # noqa: A002
        """See `Midjourney.record`."""
        return await self.client.perform(self._wire.fetch(id, deadline=deadline))

    async def _begun(self, operation: Any) -> AsyncMidjourneyTask:
        return AsyncMidjourneyTask.of(self, await self.client.perform(operation))


class MidjourneyCalls(Sender):
    """Midjourney, for `Client`."""

    @property
    def midjourney(self) -> Midjourney:
        """Midjourney.

        Raises:
            ConfigurationError: The service has none (阿水AI documents nothing of the kind).
        """
        return Midjourney(self)


class AsyncMidjourneyCalls(AsyncSender):
    """Midjourney, for `AsyncClient`."""

    @property
    def midjourney(self) -> AsyncMidjourney:
        """See `Client.midjourney`."""
        return AsyncMidjourney(self)


def _several(images: Any) -> Sequence[Any]:
    """One picture may be given without a list around it."""
    return images if isinstance(images, list | tuple) else [images]


def _uri(image: Any, what: str = "image") -> str:
    return data_uri(image.bytes() if isinstance(image, Picture) else image, what)


async def _auri(image: Any, what: str = "image") -> str:
    return data_uri(await image.abytes() if isinstance(image, Picture) else image, what)
