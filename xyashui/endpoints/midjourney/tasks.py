"""A task that is under way, and what can be done with it: once with and once without `await`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Self, Unpack

from xyashui.calls import Settings
from xyashui.endpoints.midjourney.records import Button, TaskRecord
from xyashui.endpoints.midjourney.waiting import (
    LONGEST_TASK,
    POLL_INTERVAL,
    Patience,
    raise_if_failed,
)
from xyashui.endpoints.midjourney.wire import Record, SubmitOptions
from xyashui.endpoints.pictures import wanted_at_once
from xyashui.errors import ConfigurationError, XyashuiError
from xyashui.images import ImageLike
from xyashui.pictures import Picture
from xyashui.progress import progress_bar
from xyashui.requests import shorten
from xyashui.surroundings import shows_progress

if TYPE_CHECKING:
    from xyashui.endpoints.midjourney.calls import AsyncMidjourney, Midjourney

__all__ = ["AsyncMidjourneyTask", "MidjourneyTask"]


class _LiveTask(TaskRecord):
    """What both kinds of tasks have in common."""

    _midjourney: Midjourney | AsyncMidjourney | None

    def find_button(self, wanted: Button | str) -> Button:
        """See `TaskRecord.find_button`."""
        if self._midjourney is None:
            return super().find_button(wanted)
        with self._midjourney.client.clean_errors():  # which quote what the service says
            return super().find_button(wanted)

    def _patience(self, client: Settings, timeout: float | None, poll_interval: float) -> Patience:
        # Not the client's deadline, which is meant for a call: a task may take far longer.
        seconds = LONGEST_TASK if timeout is None else timeout
        return Patience(self, client.provider, seconds, poll_interval)

    def continued(self) -> Self:
        """Note that the window that it opened has been answered; return the task."""
        self._answered = True
        return self

    @property
    def _ended(self) -> bool:
        return self.done or self.waits_for_modal

    def _choice(self, action: str, label: str, index: int) -> Button:
        if isinstance(index, bool) or not isinstance(index, int) or not 1 <= index <= 4:
            raise ConfigurationError(
                f"A grid has the pictures 1 to 4, from left to right and from the top down, not "
                f"{shorten(index)}"
            )
        return self.find_choice(f"{action}::{index}::", f"{label}{index}")

    @contextmanager
    def _watched(self, show_progress: bool | None) -> Iterator[Callable[[], bool]]:
        """Show a bar while the block runs.

        Yields:
            A function that moves the bar to where the task is, and says whether anything has
            changed since it was called last.
        """
        wanted = shows_progress(show_progress)
        shown, before = 0, ("", -1)
        with progress_bar(100, f"Midjourney {self.id}", unit="%", wanted=wanted) as advance:

            def look() -> bool:
                nonlocal shown, before
                if self.progress > shown:
                    advance(self.progress - shown)
                    shown = self.progress
                now = (self.status, self.progress)
                changed, before = now != before, now
                return changed

            yield look


@dataclass(eq=False, repr=False)
class MidjourneyTask(_LiveTask):
    """A task of Midjourney's; `refresh` and `wait` keep it up to date.

    Nothing is asked of the service when a property is read. Whoever stops waiting, by a timeout or
    by interrupting the program, leaves the task going on: `client.midjourney.task(id)` takes it up
    again, from the id alone.

    Attributes:
        id: The service's name for it, as a string.
        raw: All that the service says of it.
        image: Its picture so far, or `None` where there is none.

    Example:
        >>> task = client.midjourney.imagine("一只戴帽子的猫 --ar 3:2").wait()  # doctest: +SKIP
        >>> task.upscale(2).wait().image.save("cat.png")  # doctest: +SKIP
        PosixPath('cat.png')
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self._midjourney: Midjourney | None = None

    @classmethod
    def of(cls, midjourney: Midjourney, record: Record) -> Self:
        """Make a task of what the service says of it."""
        task = cls(str(record["id"]))
        task._midjourney = midjourney
        task.update(record)
        return task

    def update(self, raw: dict[str, Any]) -> None:
        """Take over what the service says now."""
        super().update(raw)
        if self.image is not None and self._midjourney is not None:
            self.image.fetched_by(self._midjourney.client)

    @property
    def service(self) -> Midjourney:
        """Whom it is asked of.

        Raises:
            ConfigurationError: The task was written out and read again, and has none.
        """
        if self._midjourney is None:
            raise ConfigurationError(_LOST.format(id=self.id))
        return self._midjourney

    def refresh(self) -> Self:
        """Ask how far it is; return the task itself. A failed task raises nothing here.

        Raises:
            BadRequestError: The service knows no such task (any more).
            APIError: The service refuses.
            TransportError: No whole answer arrived.
        """
        self.update(self.service.record(self.id))
        return self

    def wait(
        self,
        *,
        timeout: float | None = None,
        on_progress: Callable[[MidjourneyTask], object] | None = None,
        show_progress: bool | None = None,
        download: bool | None = None,
        poll_interval: float = POLL_INTERVAL,
    ) -> Self:
        """Wait until it is finished, and return the task itself.

        A task that opens a window ("Vary (Region)") is given back as well: `waits_for_modal` says
        so, and `modal` lets it go on. A look that fails is borne where it may pass, up to five
        times in a row.

        Args:
            timeout: Seconds to wait in all; `None` for half an hour. The client's `deadline` counts
                for each look.
            on_progress: Called with the task whenever its status or progress has changed.
            show_progress: Whether to show a progress bar; by default where somebody looks on: in a
                notebook, and where stderr is a terminal.
            download: Whether to fetch the finished picture; by default in a notebook, so that it
                shows itself.
            poll_interval: Seconds between the first two looks; they grow to ten times as many.

        Raises:
            TaskFailedError: It failed; the message is the service's reason.
            APITimeoutError: It was not finished in time. It goes on.
            ConfigurationError: An argument cannot be, or a bar is asked for and tqdm is missing.
            APIError: The service refuses to say how far it is.
            TransportError: It could not be asked, or says again and again what nobody knows.
        """
        client = self.service.client
        patience = self._patience(client, timeout, poll_interval)
        with self._watched(show_progress) as look:
            while True:
                with client.clean_errors():
                    self._look(patience, client.deadline)
                if look() and on_progress is not None:
                    on_progress(self)
                if self._ended:
                    break
                time.sleep(patience.pause())
        with client.clean_errors():
            raise_if_failed(self, client.provider)
        if self.image is not None and wanted_at_once(download):
            self.image.prefetch()
        return self

    def _look(self, patience: Patience, usual: float | None) -> None:
        deadline = patience.deadline(usual)
        try:
            self.update(self.service.record(self.id, deadline))
        except XyashuiError as error:
            patience.bear(error)
        else:
            patience.seen()

    def press(self, button: Button | str, **options: Unpack[SubmitOptions]) -> MidjourneyTask:
        """Press one of its buttons, and return the task that this begins.

        Args:
            button: The button, or its label ("U1", "Vary (Strong)"), sign ("🔄") or custom id.
            **options: See `Midjourney`.

        Raises:
            ConfigurationError: It has no such button; the message names those that it has.
            APIError: The service refuses.
            TransportError: No whole answer arrived.
        """
        pressed = self.find_button(button)
        return self.service.action(self.id, pressed.custom_id, **options)

    def upscale(self, index: int, **options: Unpack[SubmitOptions]) -> MidjourneyTask:
        """Make one of a grid's four pictures large; 1 is top left, 4 is bottom right."""
        return self.press(self._choice("upsample", "U", index), **options)

    def vary(self, index: int, **options: Unpack[SubmitOptions]) -> MidjourneyTask:
        """Paint four more like one of a grid's; 1 is top left, 4 is bottom right."""
        return self.press(self._choice("variation", "V", index), **options)

    def reroll(self, **options: Unpack[SubmitOptions]) -> MidjourneyTask:
        """Paint the same prompt anew."""
        return self.press(self.find_choice("reroll", "🔄"), **options)

    def modal(
        self,
        *,
        prompt: str | None = None,
        mask: ImageLike | Picture | None = None,
        **options: Unpack[SubmitOptions],
    ) -> MidjourneyTask:
        """Answer the window that it has opened, so that it goes on; see `Midjourney.modal`."""
        task = self.service.modal(self.id, prompt=prompt, mask=mask, **options)
        self.continued()
        return task

    def seed(self) -> str:
        """Return its seed, with which the same prompt gives much the same pictures."""
        return self.service.seed(self.id)


@dataclass(eq=False, repr=False)
class AsyncMidjourneyTask(_LiveTask):
    """Does what `MidjourneyTask` does, with `await`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._midjourney: AsyncMidjourney | None = None

    @classmethod
    def of(cls, midjourney: AsyncMidjourney, record: Record) -> Self:
        """Make a task of what the service says of it."""
        task = cls(str(record["id"]))
        task._midjourney = midjourney
        task.update(record)
        return task

    def update(self, raw: dict[str, Any]) -> None:
        """Take over what the service says now."""
        super().update(raw)
        if self.image is not None and self._midjourney is not None:
            self.image.fetched_by(self._midjourney.client)

    @property
    def service(self) -> AsyncMidjourney:
        """See `MidjourneyTask.service`."""
        if self._midjourney is None:
            raise ConfigurationError(_LOST.format(id=self.id))
        return self._midjourney

    async def refresh(self) -> Self:
        """See `MidjourneyTask.refresh`."""
        self.update(await self.service.record(self.id))
        return self

    async def wait(
        self,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - the task goes on, so it is no cancellation
        on_progress: Callable[[AsyncMidjourneyTask], Awaitable[object] | object] | None = None,
        show_progress: bool | None = None,
        download: bool | None = None,
        poll_interval: float = POLL_INTERVAL,
    ) -> Self:
        """See `MidjourneyTask.wait`; `on_progress` may be a coroutine function."""
        client = self.service.client
        patience = self._patience(client, timeout, poll_interval)
        with self._watched(show_progress) as look:
            while True:
                with client.clean_errors():
                    await self._look(patience, client.deadline)
                if look() and on_progress is not None:
                    told = on_progress(self)
                    if isawaitable(told):
                        await told
                if self._ended:
                    break
                await asyncio.sleep(patience.pause())
        with client.clean_errors():
            raise_if_failed(self, client.provider)
        if self.image is not None and wanted_at_once(download):
            await self.image.aprefetch()
        return self

    async def _look(self, patience: Patience, usual: float | None) -> None:
        deadline = patience.deadline(usual)
        try:
            self.update(await self.service.record(self.id, deadline))
        except XyashuiError as error:
            patience.bear(error)
        else:
            patience.seen()

    async def press(
        self, button: Button | str, **options: Unpack[SubmitOptions]
    ) -> AsyncMidjourneyTask:
        """See `MidjourneyTask.press`."""
        pressed = self.find_button(button)
        return await self.service.action(self.id, pressed.custom_id, **options)

    async def upscale(self, index: int, **options: Unpack[SubmitOptions]) -> AsyncMidjourneyTask:
        """See `MidjourneyTask.upscale`."""
        return await self.press(self._choice("upsample", "U", index), **options)

    async def vary(self, index: int, **options: Unpack[SubmitOptions]) -> AsyncMidjourneyTask:
        """See `MidjourneyTask.vary`."""
        return await self.press(self._choice("variation", "V", index), **options)

    async def reroll(self, **options: Unpack[SubmitOptions]) -> AsyncMidjourneyTask:
        """See `MidjourneyTask.reroll`."""
        return await self.press(self.find_choice("reroll", "🔄"), **options)

    async def modal(
        self,
        *,
        prompt: str | None = None,
        mask: ImageLike | Picture | None = None,
        **options: Unpack[SubmitOptions],
    ) -> AsyncMidjourneyTask:
        """See `MidjourneyTask.modal`."""
        task = await self.service.modal(self.id, prompt=prompt, mask=mask, **options)
        self.continued()
        return task

    async def seed(self) -> str:
        """See `MidjourneyTask.seed`."""
        return await self.service.seed(self.id)


_LOST = (
    "This task was written out and read again, and knows no client any more: "
    "client.midjourney.task({id!r}) takes it up"
)
