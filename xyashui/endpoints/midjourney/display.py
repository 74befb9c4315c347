"""A task as a notebook shows it. Sans-IO, and nothing is loaded.

All that comes from outside is escaped: prompts, reasons and labels are foreign words.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from xyashui.endpoints.midjourney.records import TaskRecord

__all__ = ["task_html"]

_LONGEST = 300
_MUTED: Final = "color:var(--jp-ui-font-color2,#666)"
_BAR: Final = "height:6px;border-radius:3px;margin:6px 0;background:var(--jp-border-color2,#ddd)"
_FILLED: Final = "height:6px;border-radius:3px;background:var(--jp-brand-color1,#2196f3)"
_FAILED: Final = "color:var(--jp-error-color1,#d32f2f)"
_BUTTON: Final = (
    "display:inline-block;margin:2px 4px 2px 0;padding:1px 8px;border-radius:4px;"
    "border:1px solid var(--jp-border-color1,#bbb)"
)
_NUMBER: Final = (
    "position:absolute;padding:0 6px;border-radius:4px;"
    "background:rgba(0,0,0,.55);color:#fff;font-size:85%"
)
_MIDDLE: Final = "calc(50% + 6px)"
_CORNERS: Final = (("6px", "6px"), ("6px", _MIDDLE), (_MIDDLE, "6px"), (_MIDDLE, _MIDDLE))


def task_html(task: TaskRecord) -> str:
    """Return a task as HTML: what it is, how far it is, its picture, what can be done with it."""
    parts = [_heading(task), _progress(task), _reason(task), _picture(task), _buttons(task)]
    return (
        f'<div style="max-width:36em;overflow-wrap:anywhere">{"".join(filter(None, parts))}</div>'
    )


def _heading(task: TaskRecord) -> str:
    words = task.prompt if len(task.prompt) <= _LONGEST else f"{task.prompt[:_LONGEST]}…"
    facts = " · ".join(filter(None, [task.action, task.status, task.id]))
    return (
        f"<div><b>{html.escape(words)}</b></div>"
        f'<div style="{_MUTED};font-size:85%">Midjourney · {html.escape(facts)}</div>'
    )


def _progress(task: TaskRecord) -> str:
    if task.done or not task.status:
        return ""
    return (
        f'<div style="{_BAR}" title="{task.progress}%">'
        f'<div style="{_FILLED};width:{task.progress}%"></div></div>'
    )


def _reason(task: TaskRecord) -> str:
    return f'<div style="{_FAILED}">{html.escape(task.fail_reason)}</div>' if task.failed else ""


def _picture(task: TaskRecord) -> str:
    if task.image is None:
        return ""
    picture = task.image.to_html()
    if not task.is_grid or task.image.media_type is None:
        return f'<div style="margin:6px 0">{picture}</div>'
    # The four are told by the numbers that the buttons have.
    numbers = "".join(
        f'<span style="{_NUMBER};top:{top};left:{left}">{number}</span>'
        for number, (top, left) in enumerate(_CORNERS, 1)
    )
    place = "margin:6px 0;position:relative;display:inline-block"
    return f'<div style="{place}">{picture}{numbers}</div>'


def _buttons(task: TaskRecord) -> str:
    shown = (
        f'<span style="{_BUTTON}">{html.escape(f"{button.emoji} {button.label}".strip())}</span>'
        for button in task.buttons
    )
    return f"<div>{''.join(shown)}</div>"
