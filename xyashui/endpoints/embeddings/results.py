"""`Embeddings`: vectors, in the order of their texts."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, overload

from xyashui.answers import Usage
from xyashui.errors import ConfigurationError, XyashuiError
from xyashui.requests import shorten

__all__ = ["Embeddings", "Vector", "locate"]

if TYPE_CHECKING:
    Vector: TypeAlias = array[float]
else:
    Vector = array  # which takes no parameters before Python 3.12


@dataclass(frozen=True, slots=True, repr=False)
class Embeddings(Sequence[Vector]):
    """Vectors, in the order of the texts that they are of.

    A vector is an `array.array` of floats: 4 bytes a number where a list takes 32, for 1,536 of
    them. `numpy.array(embeddings.vectors)` makes a matrix of them, and `tolist` makes lists.

    Attributes:
        texts: What was to be embedded.
        vectors: A vector for each text; `None` where there is none yet, which is so in
            `error.embedded` only.
        model: The model that was asked for.
        reported_model: The name that the service gave.
        usage: Tokens taken, by earlier tries that these go on from as well; `None` where the
            service does not say.

    Example:
        >>> found = client.embed(["济南的泉水", "青岛的海"])  # doctest: +SKIP
        >>> len(found), found.dimensions, found[0][:2].tolist()  # doctest: +SKIP
        (2, 1536, [0.0123, -0.0045])
    """

    texts: tuple[str, ...]
    vectors: tuple[Vector | None, ...]
    model: str
    reported_model: str | None = None
    usage: Usage | None = None

    @property
    def dimensions(self) -> int | None:
        """How many numbers a vector has; `None` where there is no vector."""
        return next((len(vector) for vector in self.vectors if vector is not None), None)

    @property
    def missing(self) -> tuple[int, ...]:
        """The indexes of the texts that have no vector yet."""
        return tuple(index for index, vector in enumerate(self.vectors) if vector is None)

    def tolist(self) -> list[list[float]]:
        """Return the vectors as lists of Python's floats.

        Raises:
            LookupError: A text has no vector.
        """
        return [vector.tolist() for vector in self]

    def __len__(self) -> int:
        return len(self.texts)

    @overload
    def __getitem__(self, index: int) -> Vector: ...
    @overload
    def __getitem__(self, index: slice) -> list[Vector]: ...
    def __getitem__(self, index: int | slice) -> Vector | list[Vector]:
        if isinstance(index, slice):
            return [self[place] for place in range(len(self))[index]]
        vector = self.vectors[index]
        if vector is None:
            # No IndexError, with which an iteration would end as if all had been seen.
            raise LookupError(f"The text at index {index} has no vector: it was not embedded")
        return vector

    def __repr__(self) -> str:
        gaps = f", {len(self.missing)} of them missing" if self.missing else ""
        return (
            f"Embeddings(<{len(self)} vectors of {self.dimensions or 0} numbers{gaps}>, "
            f"model={self.model!r})"
        )


def locate(error: BaseException, embedded: Embeddings, index: int | None) -> None:
    """Note in `error` which text it is about, and what has been embedded all the same.

    Args:
        error: What ended the call. One that is not ours (an interruption from the keyboard, a
            task that was cancelled) carries `embedded` too, where it can carry anything.
        embedded: All the texts, with the vectors that there are.
        index: Which of them is at fault, where one is.
    """
    with suppress(AttributeError):
        error.embedded = embedded  # type: ignore[attr-defined]
    # What a program got wrong has to do with no text that was sent.
    if isinstance(error, XyashuiError) and not isinstance(error, ConfigurationError):
        error.index = index
        error.args = (*error.args[:1], *_whereabouts(embedded, index))


def _whereabouts(embedded: Embeddings, index: int | None) -> list[str]:
    count, missing = len(embedded), embedded.missing
    if count < 2 or not missing:
        return []
    place = missing[0] if index is None else index
    what = "The first text without a vector" if index is None else "The text at fault"
    said = [f"{what} is at index {place}: {shorten(embedded.texts[place], 60)}."]
    if len(missing) < count:
        said.append(f"{count - len(missing)} of {count} have one, in error.embedded.")
    return [" ".join(said)]
