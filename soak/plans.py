"""What is asked of the server, what the caller does, and what must come of it."""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass

from xyashui import errors

__all__ = ["BEHAVIOURS", "LEAVING", "Plan", "drawn", "judged", "requests_expected"]

BEHAVIOURS: dict[str, int] = {
    # What the server does, and how often compared with the others.
    "streams": 30,
    "streams slowly": 10,
    "streams packed": 4,
    "sends a document": 6,
    "stays connected": 4,
    "closes after it": 4,
    "is busy at first": 4,
    "breaks off": 8,
    "breaks off in JSON": 4,
    "gives up": 4,
    "resets": 8,
    "falls silent": 3,
    "reports an error": 8,
    "sends nonsense": 6,
    "refuses": 5,
}
LEAVING = ("breaks", "drops", "is cancelled")

_ERRORS: dict[str, type[errors.XyashuiError]] = {
    "breaks off": errors.StreamInterruptedError,
    "breaks off in JSON": errors.StreamInterruptedError,
    "gives up": errors.StreamInterruptedError,
    "resets": errors.StreamInterruptedError,
    "falls silent": errors.APITimeoutError,
    "reports an error": errors.QuotaExceededError,
    "sends nonsense": errors.ProtocolError,
    "refuses": errors.AuthenticationError,
}


@dataclass(frozen=True)
class Plan:
    """One question, and how it goes.

    Attributes:
        number: Which one it is.
        behaviour: What the server does.
        pieces: In how many pieces it answers.
        leaves: How the caller leaves before the end, or "".
        after: When it does: pieces, or milliseconds for one that is cancelled.
    """

    number: int
    behaviour: str
    pieces: int
    leaves: str
    after: int

    @property
    def text(self) -> str:
        """The whole answer: no two questions have the same."""
        return "".join(self.piece(one) for one in range(self.pieces))

    def piece(self, number: int) -> str:
        """One piece of the answer."""
        return f"{self.number}.{number}好"

    @property
    def half(self) -> str:
        """What has arrived when the server stops half-way."""
        return "".join(self.piece(one) for one in range(self.pieces // 2))

    def as_question(self) -> str:
        """Return the question that tells the server what to do."""
        return json.dumps(asdict(self))

    @classmethod
    def of_question(cls, question: str) -> Plan:
        """Return the plan that a question tells."""
        return cls(**json.loads(question))


def drawn(number: int, chance: random.Random, *, streams: bool, cancellable: bool) -> Plan:
    """Draw what happens to a question.

    Args:
        number: Which one it is.
        chance: Where chance comes from.
        streams: Whether the answer is streamed, so that one can leave in the middle.
        cancellable: Whether a task asks, which can be cancelled.
    """
    (behaviour,) = chance.choices(list(BEHAVIOURS), list(BEHAVIOURS.values()))
    ways = [*(LEAVING[:2] if streams else ()), *(LEAVING[2:] if cancellable else ())]
    leaves = chance.choice(ways) if ways and chance.random() < 0.4 else ""
    pieces = chance.choice((2, 5, 20, 60))
    after = chance.randint(0, 40) if leaves == "is cancelled" else chance.randint(1, pieces)
    return Plan(number, behaviour, pieces, leaves, after)


def judged(plan: Plan, error: errors.XyashuiError | None, text: str) -> str:
    """Return what is wrong with the end of a question, or "".

    Args:
        plan: How it was to go.
        error: The error that came, or `None`.
        text: The answer, or what the error holds of it.
    """
    kind = _ERRORS.get(plan.behaviour)
    if error is None:
        return "" if kind is None and text == plan.text else f"an answer: {text!r}"
    arrived = "" if plan.behaviour == "refuses" else plan.half
    # A reset throws away what has arrived and was not read yet.
    all_of_it = arrived.startswith(text) if plan.behaviour == "resets" else text == arrived
    if kind is not None and isinstance(error, kind) and all_of_it:
        return ""
    return f"{error!r} with {text!r}"


def requests_expected(plan: Plan, *, streams: bool) -> tuple[int, ...]:
    """Return how many requests the server may see of a caller who stays, with one retry.

    What broke before anything was handed out is asked for again, and nothing else. A stream has
    handed out its first half by then. A call has not, but one that fell silent half-way would cost
    as much again.
    """
    if plan.behaviour in ("is busy at first", "breaks off in JSON"):
        return (2,)
    if plan.behaviour in ("breaks off", "gives up", "resets") and not streams:
        return (2,)
    return (1, 2) if plan.behaviour == "resets" else (1,)
