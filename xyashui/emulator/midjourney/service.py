"""Which call does what, and how calls are refused.

midjourney-proxy answers HTTP 200 and says in `code` whether a task was taken on: 1 it
was, 21 it exists already or opens a window, 22 it waits for its turn; 3 not found, 4 a
field is wrong, 23 the queue is full, 24 a banned word. The gateway in front of it
refuses with an HTTP status and `{"description", "type", "code"}` [gw].
"""

import hashlib
import threading
from collections.abc import Callable
from typing import Any

from .. import vision
from ..delivery import Body, json_body
from ..exchange import Exchange
from ..failures import Failure
from ..state import State
from ..xingyun_gate import admit, check_key
from ..xingyun_wire import answer_headers, refusal_headers, request_id
from . import requests
from .pictures import reduce
from .pressing import Press, press
from .prompts import seed_in, seed_of
from .tasks import Task, Tasks, Window
from .works import Kept, Make, Studio, Work

_TAKEN_ON, _EXISTS, _QUEUED = 1, 21, 22
_UNKNOWN_ERROR = 5  # the gateway's code of what has none of its own [gw]

Fields = dict[str, Any]


class Midjourney:
    """The section under `/xingyun/mj`."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._tasks = Tasks()
        # Submits draw in threads; one at a time keeps the queue's order and its limits.
        self._submitting = threading.Lock()

    def imagine(self, exchange: Exchange) -> Body:
        """Answer `POST /mj/submit/imagine`: paint a grid of four."""

        def submit(fields: Fields) -> Fields:
            words, tints = requests.prompt(fields), requests.images(fields)
            task = self._task(exchange, "IMAGINE", words, f"/imagine {words}")

            def make(studio: Studio, seed: int) -> Work:
                return studio.imagine(words, tints, seed)

            return self._begin(task, make, seed_in(words))

        return self._submit(exchange, submit)

    def action(self, exchange: Exchange) -> Body:
        """Answer `POST /mj/submit/action` [doc]: press a button of a finished task."""
        return self._submit(exchange, lambda fields: self._action(exchange, fields))

    def blend(self, exchange: Exchange) -> Body:
        """Answer `POST /mj/submit/blend`: make one grid of 2 to 5 pictures."""

        def submit(fields: Fields) -> Fields:
            images, shape = requests.images(fields, least=2), requests.dimensions(fields)
            task = self._task(exchange, "BLEND", "", f"/blend {len(images)} {shape}")
            return self._begin(task, lambda studio, seed: studio.blend(images, shape, seed))

        return self._submit(exchange, submit)

    def describe(self, exchange: Exchange) -> Body:
        """Answer `POST /mj/submit/describe`: find prompts for a picture."""

        def submit(fields: Fields) -> Fields:
            picture = self._keep(requests.image_data(fields.get("base64"), "base64"))
            task = self._task(exchange, "DESCRIBE", "", "/describe")
            return self._begin(task, lambda studio, seed: studio.describe(picture, seed))

        return self._submit(exchange, submit)

    def modal(self, exchange: Exchange) -> Body:
        """Answer `POST /mj/submit/modal`: say what a window asks for."""
        return self._submit(exchange, lambda fields: self._modal(exchange, fields))

    def shorten(self, exchange: Exchange) -> Body:
        """Answer `POST /mj/submit/shorten`: find the words of a prompt that count."""

        def submit(fields: Fields) -> Fields:
            words = requests.prompt(fields)
            task = self._task(exchange, "SHORTEN", words, f"/shorten {words}")
            return self._begin(task, lambda studio, seed: studio.shorten(words))

        return self._submit(exchange, submit)

    def fetch(self, exchange: Exchange) -> Body:
        """Answer `GET /mj/task/{id}/fetch`."""
        return self._query(exchange, lambda: self._record(exchange, self._named(exchange)))

    def image_seed(self, exchange: Exchange) -> Body:
        """Answer `GET /mj/task/{id}/image-seed`."""
        return self._query(exchange, lambda: self._seed(self._named(exchange)))

    def list(self, exchange: Exchange) -> Body:
        """Answer `GET /mj/task/list`: the key's newest hundred tasks."""
        return self._query(exchange, lambda: self._records(exchange, self._tasks.listed))

    def queue(self, exchange: Exchange) -> Body:
        """Answer `GET /mj/task/queue`: the key's tasks that wait for their turn."""
        return self._query(exchange, lambda: self._records(exchange, self._tasks.queued))

    def list_by_condition(self, exchange: Exchange) -> Body:
        """Answer `POST /mj/task/list-by-condition`: the tasks of these ids that there are."""

        def find() -> Any:
            wanted = requests.ids(requests.body_of(exchange))
            found = [self._tasks.find(_owner(exchange), id_) for id_ in wanted]
            return [self._record(exchange, task) for task in found if task]

        return self._query(exchange, find)

    def _submit(self, exchange: Exchange, submit: Callable[[Fields], Fields]) -> Body:
        def answer() -> Fields:
            fields = requests.body_of(exchange)
            with self._submitting:
                return submit(fields)

        return self._query(exchange, answer)

    def _query(self, exchange: Exchange, answer: Callable[[], Any]) -> Body:
        try:
            _admit(exchange)
            return json_body(answer(), headers=answer_headers(exchange.number))
        except Failure as failure:
            exchange.record.outcome = "refused"
            return _refusal(failure, exchange.number)

    def _task(self, exchange: Exchange, action: str, prompt: str, description: str) -> Task:
        return self._tasks.create(
            owner=_owner(exchange),
            action=action,
            prompt=prompt,
            description=description,
            state=exchange.body.get("state") or "",
            notify_hook=exchange.body.get("notifyHook") or "",
        )

    def _begin(self, task: Task, make: Make, seed: int = 0) -> Fields:
        """Make a task's work, and let it run."""
        reason = requests.fail_reason(task.prompt)
        task.make = make
        task.work = (
            Work(fail_reason=reason) if reason else make(Studio(self._keep, task.hash), seed)
        )
        ahead = self._tasks.schedule(task, self._state.midjourney_seconds)
        if ahead:
            words = f"排队中，前面还有{ahead}个任务"
            return _accepted(task, _QUEUED, words, {"numberOfQueues": ahead})
        return _accepted(task, _TAKEN_ON, "提交成功")

    def _action(self, exchange: Exchange, fields: Fields) -> Fields:
        custom_id = requests.text(fields, "customId")
        parent, work = self._finished(exchange, requests.task_id(fields))
        if custom_id not in {button.custom_id for button in work.buttons}:
            raise Failure("关联动作不存在", requests.NOT_FOUND, detail=f"no button {custom_id!r}")
        pressed = press(parent, work, custom_id)
        before = self._tasks.begun_by(parent, custom_id) if pressed.once else None
        if before is not None:
            record = self._record(exchange, before)
            known = {"status": record["status"], "imageUrl": record["imageUrl"]}
            return _accepted(before, _EXISTS, "任务已存在", known)
        answer = self._press(exchange, parent, work, custom_id, pressed)
        parent.pressed[custom_id] += 1
        return answer

    def _press(
        self, exchange: Exchange, parent: Task, work: Work, custom_id: str, pressed: Press
    ) -> Fields:
        description = f"/up {parent.id} {pressed.name}"
        task = self._task(exchange, pressed.action, pressed.prompt, description)
        task.parent = (parent.id, custom_id)
        # Pressing again gives other pictures, the same ones each time the same is done.
        seed = seed_of(work.seed, pressed.name, parent.pressed[custom_id])
        if pressed.make is not None:
            return self._begin(task, pressed.make, work.seed if pressed.once else seed)
        task.window = Window(work, seed)
        self._tasks.open_window(task)
        known = {"finalPrompt": task.prompt, "remix": True, "status": "MODAL"}
        return _accepted(task, _EXISTS, "Waiting for window confirm", known)

    def _modal(self, exchange: Exchange, fields: Fields) -> Fields:
        task = self._find(exchange, requests.task_id(fields))
        window = task.window
        if window is None:
            raise requests.invalid("关联任务状态错误", "the task waits for no answer")
        words = requests.prompt(fields) if fields.get("prompt") else task.prompt
        mask = requests.mask(fields)
        picture = window.work.picture

        def make(studio: Studio, seed: int) -> Work:
            assert picture is not None  # noqa: S101 - only what has one has such a button
            return studio.repaint(reduce(picture.open()), mask, words, seed)

        task.prompt = words
        answer = self._begin(task, make, window.seed)
        task.window = None
        return answer

    def _finished(self, exchange: Exchange, id_: str) -> tuple[Task, Work]:
        """Find a task that has succeeded, whose buttons can be pressed."""
        task = self._find(exchange, id_)
        if task.work is None or not self._tasks.succeeded(task):
            raise requests.invalid("关联任务状态错误", "the task has not succeeded (yet)")
        return task, task.work

    def _find(self, exchange: Exchange, id_: str) -> Task:
        task = self._tasks.find(_owner(exchange), id_)
        if task is None:
            raise Failure("关联任务不存在或已失效", requests.NOT_FOUND, detail=f"no task {id_}")
        return task

    def _named(self, exchange: Exchange) -> Task:
        """Find the task that a path names, or refuse as the gateway does."""
        id_ = exchange.record.path.partition("?")[0].split("/")[-2]
        task = self._tasks.find(_owner(exchange), id_)
        if task is None:
            raise Failure("task_no_found", requests.INVALID, 400, detail=f"no task {id_}")
        return task

    def _seed(self, task: Task) -> Fields:
        if task.work is None or task.work.text or not self._tasks.succeeded(task):
            raise requests.invalid("关联任务状态错误", "the task has painted no picture (yet)")
        return {"code": _TAKEN_ON, "description": "成功", "result": str(task.work.seed)}

    def _record(self, exchange: Exchange, task: Task) -> Fields:
        return self._tasks.record(task, exchange.site.root)

    def _records(self, exchange: Exchange, find: Callable[[str], Any]) -> Any:
        return [self._record(exchange, task) for task in find(_owner(exchange))]

    def _keep(self, data: bytes) -> Kept:
        image_format = vision.see(data).format.lower()
        name = f"mj-{hashlib.sha256(data).hexdigest()[:24]}.{image_format}"
        return Kept(data, self._state.keep(name, data, f"image/{image_format}"))


def _admit(exchange: Exchange) -> None:
    """Check the key, and let the faults strike what is posted."""
    if exchange.record.method == "POST":
        if late := admit(exchange, "midjourney"):
            raise late
    else:
        check_key(exchange, "midjourney")


def _owner(exchange: Exchange) -> str:
    """Name the owner of tasks by the key, which is not kept itself."""
    return hashlib.sha256(exchange.key.encode("utf-8", "replace")).hexdigest()


def _accepted(task: Task, code: int, words: str, properties: Fields | None = None) -> Fields:
    result: int | str = int(task.id) if task.numbered else task.id
    return {"code": code, "description": words, "properties": properties or {}, "result": result}


def _refusal(failure: Failure, number: int) -> Body:
    headers = refusal_headers(failure, request_id(number))
    if failure.status == 200:
        body: Fields = {"code": failure.code, "description": failure.message, "properties": {}}
        return json_body(body, headers=headers)
    code = _UNKNOWN_ERROR if failure.code in ("", None) else failure.code
    body = {"description": failure.message, "type": "new_api_error", "code": code}
    return json_body(body, status=failure.status, headers=headers)
