"""What a model wants of Midjourney, in words and numbers that a model can write. Sans-IO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from xyashui.errors import ConfigurationError
from xyashui.requests import nearest, shorten
from xyashui.tooling.masks import check_region

__all__ = ["Action", "Order"]

Action = Literal[
    "imagine", "upscale", "vary", "reroll", "press", "blend", "describe", "shorten", "modal",
    "fetch", "list", "queue", "seed",
]  # fmt: skip
"""What can be ordered."""

# What each action needs; of the others it takes what helps it.
_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "imagine": ("prompt",),
    "upscale": ("task_id", "index"),
    "vary": ("task_id", "index"),
    "reroll": ("task_id",),
    "press": ("task_id", "button"),
    "blend": ("images",),
    "describe": ("images",),
    "shorten": ("prompt",),
    "modal": ("task_id",),
    "fetch": ("task_id",),
    "seed": ("task_id",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a model wants of Midjourney.

    Attributes:
        action: What to do.
        prompt: The words, for imagine, shorten and modal.
        task_id: The task, for what is done with one.
        index: Which picture of a grid: 1 top left, 2 top right, 3 bottom left, 4 bottom right.
        button: The button to press, by its label or sign.
        images: Pictures to start from, to blend or to describe: ids of the tasks that painted
            them, names of files that the tool has saved, or data URIs.
        task_ids: The tasks to list; none means all.
        dimensions: The shape of a blended picture.
        region: What modal paints anew: left, top, right and bottom in percent of the picture.

    Raises:
        ConfigurationError: Something is missing for the action, or is not what it should be.
    """

    action: str
    prompt: str | None = None
    task_id: str | None = None
    index: int | None = None
    button: str | None = None
    images: Sequence[str] = ()
    task_ids: Sequence[str] = ()
    dimensions: str = "SQUARE"
    region: Sequence[float] | None = None

    def __post_init__(self) -> None:
        known = get_args(Action)
        if self.action not in known:
            raise ConfigurationError(
                f"There is no action {shorten(self.action)}.{nearest(str(self.action), known)} "
                f"There are {', '.join(known)}"
            )
        for name in _NEEDS.get(self.action, ()):
            if getattr(self, name) in (None, "", (), []):
                raise ConfigurationError(f"The action {self.action!r} needs {name!r}")
        if self.action == "describe" and len(self.images) > 1:
            raise ConfigurationError("describe takes one image at a time")
        if self.region is not None:
            check_region(self.region)
            if len(self.images) != 1:
                raise ConfigurationError(
                    "A region is one of a picture: name the task that painted it in 'images'"
                )
        elif self.action == "modal" and self.images:
            raise ConfigurationError("The action 'modal' takes a picture with a 'region' of it")
