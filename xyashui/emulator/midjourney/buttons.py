"""The buttons below a finished task, by the names that Midjourney gives them [gw]."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

_PLAIN, _PRESSED = 2, 3
_BUTTON = 2  # what Discord calls the kind of component that a button is


@dataclass(frozen=True)
class Button:
    """One button: the id that presses it, and what is on it."""

    custom_id: str
    label: str = ""
    emoji: str = ""

    def shown(self, pressed: Counter[str]) -> dict[str, Any]:
        """Show it as the service does; one that was pressed has another style."""
        return {
            "customId": self.custom_id,
            "emoji": self.emoji,
            "label": self.label,
            "type": _BUTTON,
            "style": _PRESSED if pressed[self.custom_id] else _PLAIN,
        }


def keycap(number: int) -> str:
    """The sign of a digit, which numbers proposals and their buttons."""
    return f"{number}\ufe0f\u20e3"


def of_grid(hash_: str) -> tuple[Button, ...]:
    """Enlarge one of four, vary one of four, or paint all anew."""
    return (
        *(Button(f"MJ::JOB::upsample::{n}::{hash_}", f"U{n}") for n in range(1, 5)),
        Button(f"MJ::JOB::reroll::0::{hash_}::SOLO", emoji="🔄"),
        *(Button(f"MJ::JOB::variation::{n}::{hash_}", f"V{n}") for n in range(1, 5)),
    )


def of_picture(hash_: str) -> tuple[Button, ...]:
    """Vary a single picture, or see more of what is around it."""
    return (
        Button(f"MJ::JOB::low_variation::1::{hash_}::SOLO", "Vary (Subtle)", "🪄"),
        Button(f"MJ::JOB::high_variation::1::{hash_}::SOLO", "Vary (Strong)", "🪄"),
        Button(f"MJ::Inpaint::1::{hash_}::SOLO", "Vary (Region)", "🖌️"),
        Button(f"MJ::Outpaint::50::1::{hash_}::SOLO", "Zoom Out 2x", "🔍"),
        Button(f"MJ::Outpaint::75::1::{hash_}::SOLO", "Zoom Out 1.5x", "🔍"),
    )


def of_description(prompts: int) -> tuple[Button, ...]:
    """Paint one of the prompts found, or look for others."""
    readers = (Button(f"MJ::Job::PicReader::{n}", emoji=keycap(n)) for n in range(1, prompts + 1))
    return (*readers, Button("MJ::Picread::Retry", emoji="🔄"))


def of_shortening(prompts: int) -> tuple[Button, ...]:
    """Paint one of the shorter prompts."""
    return tuple(
        Button(f"MJ::Job::PromptAnalyzer::{n}", emoji=keycap(n)) for n in range(1, prompts + 1)
    )
