"""What a failed call has embedded, kept for the next one: for adapters, whose callers cannot.

A framework's own interface takes texts and gives vectors, and has no place for what an earlier
call has paid for. So the object that embeds keeps it, by text, until a call with these texts ends
well.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from xyashui.endpoints.embeddings.results import Embeddings, Vector, locate
from xyashui.locks import Lock

__all__ = ["Kept", "Share"]

_MOST: Final = 100_000  # vectors: 600 MB at 1,536 numbers each, and as many texts as an index holds


class Share:
    """What one call of a framework's has, in however many requests it makes.

    Args:
        texts: All its texts.
        model: The model that is asked.
        known: The vectors that an earlier call has left.
    """

    def __init__(self, texts: Sequence[str], model: str, known: dict[str, Vector]) -> None:
        self._texts = tuple(texts)
        self._model = model
        self.vectors = known

    def known(self, texts: Sequence[str]) -> Embeddings | None:
        """Return what need not be embedded again of `texts`, as `embed` takes it for `resume`."""
        found = {text: self.vectors[text] for text in texts if text in self.vectors}
        return Embeddings(tuple(found), tuple(found.values()), self._model) if found else None

    def add(self, embedded: Embeddings) -> Embeddings:
        """Note what has come, and return it."""
        pairs = zip(embedded.texts, embedded.vectors, strict=True)
        self.vectors.update((text, vector) for text, vector in pairs if vector is not None)
        return embedded

    def tell(self, error: BaseException) -> None:
        """Have `error`, which is about some of the texts, be about all of them."""
        embedded: Embeddings | None = getattr(error, "embedded", None)
        index: int | None = getattr(error, "index", None)
        if embedded is not None:
            self.add(embedded)
            if index is not None:
                index = self._texts.index(embedded.texts[index])
        vectors = tuple(self.vectors.get(text) for text in self._texts)
        locate(error, Embeddings(self._texts, vectors, self._model), index)


class Kept:
    """Vectors that failed calls have left, for those that come after. Threads may share it.

    Copies and pickles of it are empty.

    Args:
        most: How many vectors are kept; of more, the oldest go.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._vectors: OrderedDict[tuple[Hashable, str], Vector] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._vectors)

    def __reduce__(self) -> tuple[Any, ...]:
        return Kept, (self._most,)

    @contextmanager
    def during(self, texts: Sequence[str], model: str, *settings: Hashable) -> Iterator[Share]:
        """Keep what the block has embedded if it fails, and forget it if it does not.

        Args:
            texts: What is to be embedded, checked.
            model: The model that is asked.
            *settings: What else decides what vectors are like: those of others are not used.
        """
        who = (model, *settings)
        share = Share(texts, model, self._known(who, texts))
        try:
            yield share
        except BaseException as error:
            share.tell(error)
            self._keep(who, share.vectors)
            raise
        self._forget(who, texts)

    def _known(self, who: Hashable, texts: Sequence[str]) -> dict[str, Vector]:
        with self._lock():
            found = ((text, self._vectors.get((who, text))) for text in texts)
            return {text: vector for text, vector in found if vector is not None}

    def _keep(self, who: Hashable, vectors: dict[str, Vector]) -> None:
        with self._lock():
            for text, vector in vectors.items():
                self._vectors[who, text] = vector
            while len(self._vectors) > self._most:
                self._vectors.popitem(last=False)

    def _forget(self, who: Hashable, texts: Sequence[str]) -> None:
        with self._lock():
            for text in texts:
                self._vectors.pop((who, text), None)
