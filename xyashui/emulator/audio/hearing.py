"""Sound -> notes -> a text."""

from typing import TYPE_CHECKING, Any

from . import score
from .score import Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LISTEN = 1.0  # seconds in which the opening must begin
_STEP = 0.001  # seconds between the places at which it is looked for
_SURE = 0.6  # of the energy in the scale, that a note must have in the opening
_FAINT = (0.15, 0.05, 0.3)  # of a usual note's energy; below is a rest, more or less
_NUDGES = (0.0, 0.001, -0.001, 0.002, -0.002, 0.003, -0.003)  # seconds; encoders shift sound


def hear(samples: "NDArray[np.float32]", rate: int) -> list[Segment] | None:
    """Return the sentences that this emulator's own speech spells; None for any other sound."""
    found = {voice: _opening(samples, rate, score.scale(voice)) for voice in score.VOICES}
    voice = max(found, key=lambda one: found[one])
    sureness, start = found[voice]
    if sureness < _SURE:
        return None
    scale = score.scale(voice)
    for nudge in _NUDGES:
        if (segments := _read(samples, rate, scale, start + nudge)) is not None:
            return segments
    return None


def _opening(samples: "NDArray[Any]", rate: int, scale: list[float]) -> tuple[float, float]:
    """Return how sure it is that the opening is there, and the second at which it begins."""
    import numpy as np

    each = score.OPENING_PACE / 1000
    span = len(score.OPENING) * each
    heard = samples[: round((_LISTEN + span) * rate)]
    step, length = round(_STEP * rate), round(each * rate)
    places = np.arange(0, len(heard) - round(span * rate), step)
    if not len(places):
        return 0.0, 0.0
    times = np.arange(len(heard)) / rate
    energies = []
    for pitch in scale:
        sums = np.concatenate([[0], np.cumsum(heard * np.exp(-2j * np.pi * pitch * times))])
        energies.append(np.abs(sums[length:] - sums[:-length]) ** 2)
    energy = np.array(energies)
    total = energy.sum(axis=0) + 1e-9 * length
    shares = energy / total
    score_at = np.zeros(len(places))
    for number, note in enumerate(score.OPENING):
        score_at += shares[note, places + round(number * each * rate)]
    score_at /= len(score.OPENING)
    best = int(np.argmax(score_at))
    return float(score_at[best]), float(places[best] / rate)


def _read(
    samples: "NDArray[Any]", rate: int, scale: list[float], start: float
) -> list[Segment] | None:
    each = score.OPENING_PACE / 1000
    after_opening = start + len(score.OPENING) * each
    notes, _ = _notes(samples, rate, scale, after_opening, each, 2)
    pace = score.pace_of(notes) if len(notes) == 2 else None
    if pace is None:
        return None
    begin = after_opening + 2 * each
    count = int((len(samples) / rate - begin) * 1000 / pace)
    notes, energies = _notes(samples, rate, scale, begin, pace / 1000, count)
    if len(notes) < 4:
        return None
    usual = sorted(energies[: len(score.OPENING)])[len(score.OPENING) // 2]
    for faint in _FAINT:
        spelled = [
            note if energy >= faint * usual else score.REST
            for note, energy in zip(notes, energies, strict=True)
        ]
        if (segments := score.read(spelled, begin, pace)) is not None:
            return segments
    return None


def _notes(
    samples: "NDArray[Any]", rate: int, scale: list[float], start: float, each: float, count: int
) -> tuple[list[int], list[float]]:
    """Return the loudest of the scale in each stretch of `each` seconds, and how loud it is."""
    import numpy as np

    length = int(each * rate)
    places = np.round((start + np.arange(count) * each) * rate).astype(int)
    places = places[(places >= 0) & (places + length <= len(samples))]
    times = np.arange(length) / rate
    waves = np.exp(-2j * np.pi * np.outer(times, scale)) * np.hanning(length)[:, None]
    loudest: list[int] = []
    energies: list[float] = []
    for some in np.array_split(places, max(1, len(places) // 4096)):
        stretches = samples[some[:, None] + np.arange(length)]
        energy = np.abs(stretches @ waves) ** 2
        loudest += energy.argmax(axis=1).tolist()
        energies += energy.max(axis=1).tolist()
    return loudest, energies
