"""Pictures and tasks in words: what a model is told of them. Sans-IO."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xyashui.endpoints.midjourney.records import TaskRecord
from xyashui.pictures import Picture

__all__ = ["tell_picture", "tell_task", "tell_tasks"]


def tell_picture(picture: Picture, path: Path | None = None, size: str | None = None) -> str:
    """Return what a model is told of a picture that was made.

    Args:
        picture: The picture.
        path: Where it was saved, if it was.
        size: The size that was asked for, where nobody knows better.
    """
    shows = f". It shows: {picture.revised_prompt}" if picture.revised_prompt else ""
    return f"Picture made: {_where(picture, path, size)}{shows}"


def tell_task(task: TaskRecord, path: Path | None = None) -> str:
    """Return what a model is told of a Midjourney task, so that it can go on with it.

    Args:
        task: The task.
        path: Where its picture was saved, if it was.
    """
    lines = [_heading(task)]
    if task.image is not None:
        kind = "Picture" if task.status == "SUCCESS" else "Picture so far"
        lines.append(f"{kind}: {_where(task.image, path)}")
    if task.is_grid:
        lines.append(
            "It is a grid of four: 1 top left, 2 top right, 3 bottom left, 4 bottom right."
        )
    proposals = task.descriptions or task.prompts
    lines += [f"{number}. {words}" for number, words in enumerate(proposals, 1)]
    if task.status == "SUCCESS" and task.image is None and not proposals:
        lines.append(task.prompt_en or task.prompt)
    if task.waits_for_modal:
        lines.append(
            "It waits for its window to be answered (modal): with what to paint, and which region."
        )
    elif not task.done:
        lines.append("It goes on: look at it again later (fetch).")
    if task.buttons:
        lines.append(f"Buttons: {', '.join(button.name for button in task.buttons)}")
    return "\n".join(filter(None, lines))


def tell_tasks(tasks: Sequence[TaskRecord]) -> str:
    """Return what a model is told of a list of tasks."""
    return "\n".join(_heading(task) for task in tasks) or "There are no tasks."


def _heading(task: TaskRecord) -> str:
    what = f" ({task.action})" if task.action else ""
    progress = "" if task.done else f", {task.progress}%"
    words = f": {task.prompt}" if task.prompt and task.action != "DESCRIBE" else ""
    reason = f". It failed: {task.fail_reason}" if task.failed and task.fail_reason else ""
    return f"Task {task.id}{what}, {task.status}{progress}{words}{reason}"


def _where(picture: Picture, path: Path | None, size: str | None = None) -> str:
    place = str(path) if path is not None else picture.url or "(it was handed to the program)"
    pixels = "x".join(map(str, picture.size)) if picture.size else size
    return f"{place}, {pixels}" if pixels else place
