"""What the service says of a task, by names and types of ours. Sans-IO."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from xyashui.endpoints.midjourney.display import task_html
from xyashui.errors import ConfigurationError
from xyashui.pictures import Picture
from xyashui.requests import nearest, shorten

__all__ = ["Button", "TaskRecord", "checked_record", "task_id"]

_FINISHED: Final = ("SUCCESS", "FAILURE", "CANCEL")
_MODAL: Final = "MODAL"
# The first row is Midjourney's; gateways have words of their own, and none until they look [gw].
_UNDER_WAY: Final = (
    *("NOT_START", "SUBMITTED", "IN_PROGRESS", _MODAL),
    *("", "QUEUED", "QUEUING", "PENDING", "WAITING", "PROCESSING", "RUNNING"),
)
# How gateways that translate between services call the ends [gw].
_ALIASES: Final = {
    "SUCCEEDED": "SUCCESS",
    "COMPLETED": "SUCCESS",
    "FAILED": "FAILURE",
    "ERROR": "FAILURE",
    "TIMEOUT": "FAILURE",
    "CANCELED": "CANCEL",
    "CANCELLED": "CANCEL",
}
_LONGEST_NAME: Final = 60  # characters of a button's name to quote
_MOST_NAMES: Final = 30
# "1️⃣ a cat", or "1. a cat" at the start of a line: how numbered proposals come [gw].
_NUMBERED: Final = re.compile(r"[1-9]\ufe0f?\u20e3|^[1-9][.)、]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Button:
    """A button of a finished task, which begins another one.

    Attributes:
        label: What is written on it: "U1", "Vary (Strong)"; may be "".
        emoji: The sign on it: "🔄"; may be "".
        custom_id: The service's name for it.
    """

    label: str
    emoji: str
    custom_id: str

    @property
    def name(self) -> str:
        """What people call it: its label, or else its sign."""
        return self.label or self.emoji or self.custom_id


@dataclass(eq=False, repr=False)
class TaskRecord:
    """A task, as the service described it last.

    Attributes:
        id: The service's name for it, as a string.
        raw: All that the service says of it.
        image: Its picture so far, or `None` where there is none.
    """

    id: str
    raw: dict[str, Any] = field(default_factory=dict)
    image: Picture | None = None

    def __post_init__(self) -> None:
        self._answered = False  # whether the window that it opened has been: it waits no more

    def update(self, raw: dict[str, Any]) -> None:
        """Take over what the service says now."""
        self.raw = raw
        url = _text(raw.get("imageUrl"))
        if not url:
            self.image = None
        elif self.image is None or self.image.url != url:  # the same one may be held already
            self.image = Picture(url)

    @property
    def status(self) -> str:
        """How it stands; "" for a task that was only named, or that nobody has looked at yet.

        "NOT_START", "SUBMITTED", "MODAL", "IN_PROGRESS", "FAILURE", "SUCCESS" or "CANCEL", however
        the service spells the last three; what it says besides is given as it is. What has a reason
        for its failure and nothing left to do has failed, whatever it is called.
        """
        given = _text(self.raw.get("status")).strip()
        word = given[:_LONGEST_NAME].upper()
        known = word in _ALIASES or word in _FINISHED or word in _UNDER_WAY
        status = _ALIASES.get(word, word) if known else given
        failed = self.fail_reason and self._percent == 100
        return "FAILURE" if failed and status not in _FINISHED else status

    @property
    def action(self) -> str:
        """What it does: "IMAGINE", "UPSCALE", "VARIATION", "DESCRIBE", "BLEND" and so on."""
        return _text(self.raw.get("action")).upper()

    @property
    def progress(self) -> int:
        """How far it is, in percent."""
        return 100 if self.status == "SUCCESS" else self._percent

    @property
    def _percent(self) -> int:
        found = re.match(r"\s*(\d{1,3})", _text(self.raw.get("progress")))
        return min(100, int(found[1])) if found else 0

    @property
    def prompt(self) -> str:
        """What was asked for; the result, where it is words."""
        return _text(self.raw.get("prompt"))

    @property
    def prompt_en(self) -> str:
        """The prompt in English, as Midjourney was given it."""
        return _text(self.raw.get("promptEn"))

    @property
    def description(self) -> str:
        """What the service says of it in words, for example its place in the queue."""
        return _text(self.raw.get("description"))

    @property
    def state(self) -> str:
        """Your own text, as it was given with the call."""
        return _text(self.raw.get("state"))

    @property
    def fail_reason(self) -> str:
        """Why it failed, in the service's words; "" where it did not."""
        return _text(self.raw.get("failReason"))

    @property
    def submitted_at(self) -> datetime | None:
        """When the service took it on, in UTC; `None` where it does not say."""
        return _moment(self.raw.get("submitTime"))

    @property
    def started_at(self) -> datetime | None:
        """When the work on it began, in UTC."""
        return _moment(self.raw.get("startTime"))

    @property
    def finished_at(self) -> datetime | None:
        """When it ended, in UTC."""
        return _moment(self.raw.get("finishTime"))

    @property
    def buttons(self) -> list[Button]:
        """What can be done with it now that it is finished."""
        given = self.raw.get("buttons")
        entries = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
        return [
            Button(_text(one.get("label")), _text(one.get("emoji")), _text(one.get("customId")))
            for one in entries
        ]

    @property
    def standing(self) -> str:
        """Its status, in no more characters than are worth quoting."""
        return _cut(self.status, _LONGEST_NAME)

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return self.status in _FINISHED

    @property
    def understood(self) -> bool:
        """Whether its status is one that is known."""
        return self.status in (*_FINISHED, *_UNDER_WAY)

    @property
    def failed(self) -> bool:
        """Whether it has ended without a result."""
        return self.done and self.status != "SUCCESS"

    @property
    def waits_for_modal(self) -> bool:
        """Whether the service has opened a window for it: it goes on when `modal` answers."""
        return self.status == _MODAL and not self._answered

    @property
    def is_grid(self) -> bool:
        """Whether its picture is four in one, of which one can be chosen."""
        return any("::upsample::" in button.custom_id for button in self.buttons)

    @property
    def descriptions(self) -> list[str]:
        """What `describe` found: prompts that may lead to the picture."""
        return _numbered(self._words()) if self.action == "DESCRIBE" else []

    @property
    def prompts(self) -> list[str]:
        """What `shorten` proposes instead of the prompt."""
        return _numbered(self._words()) if self.action == "SHORTEN" else []

    def _words(self) -> list[str]:
        properties = self.raw.get("properties")
        final = properties.get("finalPrompt") if isinstance(properties, dict) else None
        return [_text(final), self.prompt_en, self.prompt, self.description]

    def find_button(self, wanted: Button | str) -> Button:
        """Return the button that is meant.

        Args:
            wanted: The button itself, or its label, sign or custom id.

        Raises:
            ConfigurationError: The task is not finished, or has no such button.
        """
        name = wanted.custom_id if isinstance(wanted, Button) else wanted
        if not isinstance(name, str) or not name.strip():
            raise ConfigurationError(f"A button is named by its label, not by {shorten(wanted)}")
        sought = name.strip().casefold()
        for button in self.buttons:
            names = {button.custom_id.casefold(), button.label.casefold(), button.emoji.casefold()}
            if sought in names:
                return button
        raise self._no_button(name)

    def find_choice(self, action: str, label: str) -> Button:
        """Return the button whose custom id begins with `MJ::JOB::` and `action` [gw]."""
        for button in self.buttons:
            if button.custom_id.startswith(f"MJ::JOB::{action}"):
                return button
        return self.find_button(label)

    def _no_button(self, name: str) -> ConfigurationError:
        about = f"Midjourney task {self.id} has no button {shorten(name)}"
        if not self.done and not self.buttons:
            return ConfigurationError(
                f"{about} yet: it is {self.standing or 'not asked for'} ({self.progress}%). "
                "wait() until it is finished"
            )
        if not self.buttons:
            return ConfigurationError(f"{about}: it has none")
        near = nearest(name, [_cut(one.name, _LONGEST_NAME) for one in self.buttons[:_MOST_NAMES]])
        return ConfigurationError(f"{about}.{near} It has {', '.join(self._button_names())}")

    def _button_names(self) -> list[str]:
        """Return what its buttons are called, in no more words than somebody reads."""
        names = [_cut(button.name, _LONGEST_NAME) for button in self.buttons]
        more = [f"and {len(names) - _MOST_NAMES} more"] if len(names) > _MOST_NAMES else []
        return names[:_MOST_NAMES] + more

    def __repr__(self) -> str:
        about = [repr(self.id), *(filter(None, [_cut(self.action, _LONGEST_NAME), self.standing]))]
        if not self.done and self.status:
            about.append(f"{self.progress}%")
        if self.prompt:
            about.append(f"prompt={shorten(self.prompt)}")
        if self.fail_reason:
            about.append(f"fail_reason={shorten(self.fail_reason)}")
        if self.image is not None:
            about.append(repr(self.image))
        if self.buttons:
            about.append(f"buttons: {' '.join(self._button_names())}")
        return f"{type(self).__name__}({', '.join(about)})"

    def _repr_html_(self) -> str:
        return task_html(self)


def task_id(given: object) -> str:
    """Return the id of a task as a string; the service writes it as a number or as a string.

    Raises:
        ConfigurationError: It is none.
    """
    if isinstance(given, TaskRecord):
        given = given.id
    if isinstance(given, int) and not isinstance(given, bool) and given > 0:
        return str(given)
    # It becomes a step of a path, where dots would lead elsewhere.
    if isinstance(given, str) and given.strip(" .") and given.strip().isprintable():
        return given.strip()
    raise ConfigurationError(f"The id of a task must be a string or a number, not {shorten(given)}")


def checked_record(raw: Any) -> dict[str, Any]:
    """Return what the service says of a task, or raise `LookupError` where it is no task."""
    if not isinstance(raw, dict) or raw.get("id") in (None, ""):
        raise LookupError("a task has an 'id'")
    return raw


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _moment(milliseconds: Any) -> datetime | None:
    try:
        seconds = float(milliseconds) / 1000
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _numbered(texts: list[str]) -> list[str]:
    for text in texts:
        pieces = _NUMBERED.split(text)[1:]
        if pieces:
            return [" ".join(piece.split()) for piece in pieces if piece.strip()]
    return []
