"""Tasks, and how far they are: from the clock, so that nothing has to run.

As many tasks as there are slots run at a time, and the others wait for one. How long a
task takes is known when it is submitted, so its beginning and its end are as well.
"""

import heapq
import time
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from ..failures import Failure
from .works import Make, Work

Status = Literal["NOT_START", "SUBMITTED", "MODAL", "IN_PROGRESS", "FAILURE", "SUCCESS"]

SLOTS = 3
"""How many tasks run at a time: what an account of Midjourney's has [gw]."""

QUEUE = 10
"""How many more may wait; the next one is refused with code 23 [gw]."""

_KEPT = 200  # their pictures stay with them
_LISTED = 100
# Of the time that a task takes: when it is taken on, and when its first percent is seen.
_TAKEN_ON = 0.05
_BEGUN = 0.15
_FAILS = 0.5
_NEVER = float("inf")


@dataclass(frozen=True)
class Window:
    """What a task that has opened a window goes on from: a finished work, and its own seed."""

    work: Work
    seed: int


@dataclass
class Task:
    """One task.

    Attributes:
        id: Its name: 16 digits.
        owner: Whose it is: a digest of the key.
        action: What it does: `IMAGINE`, `UPSCALE` and so on.
        prompt: What was asked for.
        description: The command that it stands for.
        state: The caller's own text.
        notify_hook: The address to call back, which is never called.
        numbered: Whether its id is a number where it is submitted, and not a string.
        make: Makes its work anew with another seed, where that can be asked for.
        work: What it makes; None until it is known.
        window: What it goes on from, while its window waits for an answer.
        parent: The task and the button that it was begun with, if any.
        submitted: When it was submitted, in seconds of the monotonic clock.
        start: When it begins to run.
        end: When it will have ended; infinite for one that waits for its window.
        pressed: How often each of its buttons was pressed.
    """

    id: str
    owner: str
    action: str
    prompt: str
    description: str
    state: str = ""
    notify_hook: str = ""
    numbered: bool = True
    make: Make | None = None
    work: Work | None = None
    window: Window | None = None
    parent: tuple[str, str] | None = None
    submitted: float = 0.0
    start: float = _NEVER
    end: float = _NEVER
    pressed: Counter[str] = field(default_factory=Counter)

    @property
    def hash(self) -> str:
        """What its buttons are named after."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"midjourney/{self.id}"))

    def status(self, now: float) -> tuple[Status, int]:
        """Say how it stands, and how far it is in percent."""
        if self.work is None or self.end == _NEVER:
            return "MODAL", 0
        if now >= self.end:
            return ("FAILURE", int(_FAILS * 100)) if self.work.fail_reason else ("SUCCESS", 100)
        done = (now - self.start) / (self.end - self.start)
        if done < _TAKEN_ON:
            return "NOT_START", 0
        if done < _BEGUN:
            return "SUBMITTED", 0
        return "IN_PROGRESS", min(99, int(done * (_FAILS if self.work.fail_reason else 1) * 100))

    def waits(self, now: float) -> bool:
        """Say whether it waits for a slot."""
        return now < self.start < _NEVER


class Tasks:
    """All tasks of one emulator, the newest two hundred of them."""

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}
        self._slots = [0.0] * SLOTS  # when each will be free; a heap
        self._last_id = 0
        self._created = 0
        self._epoch = time.time() - time.monotonic()

    def create(
        self,
        *,
        owner: str,
        action: str,
        prompt: str,
        description: str,
        state: str,
        notify_hook: str,
    ) -> Task:
        """Make a task, which `schedule` or `open_window` keeps."""
        # Ids are the time in microseconds, and never the same twice.
        self._last_id = max(self._last_id + 1, time.time_ns() // 1_000)
        self._created += 1
        return Task(
            id=str(self._last_id),
            owner=owner,
            action=action,
            prompt=prompt,
            description=description,
            state=state,
            notify_hook=notify_hook,
            # The service writes some as numbers and some as strings: here they take turns.
            numbered=self._created % 2 == 1,
        )

    def schedule(self, task: Task, seconds: float) -> int:
        """Let a task run as soon as a slot is free.

        Args:
            task: The task, whose `work` is there.
            seconds: How long it takes in all; half of it where it fails.

        Returns:
            How many tasks have to end before it begins; 0 if it runs at once.

        Raises:
            Failure: If the queue is full.
        """
        now = time.monotonic()
        ahead = sum(other.waits(now) for other in self._tasks.values())
        if ahead >= QUEUE:
            raise Failure("队列已满，请稍后尝试", 23, detail=f"{QUEUE} tasks wait already")
        task.submitted = task.submitted or now
        fails = task.work is not None and task.work.fail_reason
        task.start = max(now, self._slots[0])
        task.end = task.start + seconds * (_FAILS if fails else 1)
        heapq.heapreplace(self._slots, task.end)
        self._keep(task)
        return ahead + 1 if task.start > now else 0

    def open_window(self, task: Task) -> None:
        """Keep a task that waits for an answer, and takes no slot."""
        task.submitted = time.monotonic()
        self._keep(task)

    def _keep(self, task: Task) -> None:
        self._tasks[task.id] = task
        if len(self._tasks) > _KEPT:
            del self._tasks[next(iter(self._tasks))]

    def find(self, owner: str, id_: str) -> Task | None:
        """Find a task of this owner."""
        task = self._tasks.get(id_)
        return task if task is not None and task.owner == owner else None

    def begun_by(self, parent: Task, custom_id: str) -> Task | None:
        """Find the task that a button began, unless it failed."""
        now = time.monotonic()
        for task in self._newest(parent.owner):
            if task.parent == (parent.id, custom_id) and task.status(now)[0] != "FAILURE":
                return task
        return None

    def succeeded(self, task: Task) -> bool:
        """Say whether a task has ended well."""
        return task.status(time.monotonic())[0] == "SUCCESS"

    def listed(self, owner: str) -> list[Task]:
        """The newest hundred tasks of this owner, the newest first."""
        return list(self._newest(owner))[:_LISTED]

    def queued(self, owner: str) -> list[Task]:
        """The tasks of this owner that wait for a slot, in their order."""
        now = time.monotonic()
        return [task for task in reversed(list(self._newest(owner))) if task.waits(now)]

    def _newest(self, owner: str) -> Iterable[Task]:
        # A copy, since tasks are added by other threads.
        everyone = list(self._tasks.values())
        return (task for task in reversed(everyone) if task.owner == owner)

    def record(self, task: Task, root: str) -> dict[str, Any]:
        """Show a task as the service does [gw]; `root` is this server's address."""
        now = time.monotonic()
        status, percent = task.status(now)
        ended = now >= task.end
        work = task.work if status == "SUCCESS" else None
        properties = {"notifyHook": task.notify_hook, "finalPrompt": task.prompt}
        shown = {
            "id": task.id,
            "action": task.action,
            "prompt": task.prompt,
            "promptEn": task.prompt,
            "description": task.description,
            "state": task.state,
            "submitTime": self._milliseconds(task.submitted),
            "startTime": self._milliseconds(task.start) if task.start <= now else 0,
            "finishTime": self._milliseconds(task.end) if ended else 0,
            "imageUrl": f"{root}{work.picture.path}" if work and work.picture else "",
            "status": status,
            "progress": f"{percent}%",
            "failReason": task.work.fail_reason if task.work and ended else "",
            "buttons": [button.shown(task.pressed) for button in work.buttons] if work else [],
            "properties": properties,
        }
        if work and work.text:
            properties["finalPrompt"] = work.text
            shown |= {"promptEn": work.text, "description": work.text}
            # What was described has no prompt of its own: the ones found take its place.
            shown["prompt"] = task.prompt or work.text
        return shown

    def _milliseconds(self, moment: float) -> int:
        return round((self._epoch + moment) * 1_000)
