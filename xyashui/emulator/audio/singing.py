"""Notes -> sound."""

from typing import TYPE_CHECKING

from . import score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 24_000
"""Samples a second, as OpenAI's speech has."""

_LOUDNESS = 0.4
_OVERTONE = 0.12
_SOFT = 0.004  # seconds in which a note swells and fades
_SILENCE = 0.15  # seconds before and after


def sing(text: str, voice: str, speed: float) -> "NDArray[np.float32]":
    """Return a text as sound: samples between -1 and 1, at `RATE`."""
    import numpy as np

    written = score.write(text, speed)
    scale = score.scale(voice)
    opening = (*score.OPENING, *written.notes[:2])
    parts = [
        np.zeros(round(_SILENCE * RATE), np.float32),
        _notes(opening, scale, score.OPENING_PACE),
        _notes(written.notes[2:], scale, written.pace),
        np.zeros(round(_SILENCE * RATE), np.float32),
    ]
    return np.concatenate(parts)


def _notes(notes: tuple[int, ...], scale: list[float], pace: int) -> "NDArray[np.float32]":
    import numpy as np

    length = RATE * pace // 1000
    times = np.arange(length) / RATE
    ramp = np.minimum(1, np.minimum(times, times[::-1]) / _SOFT)
    envelope = _LOUDNESS * np.sin(np.pi / 2 * ramp) ** 2
    sounds = np.zeros((len(scale) + 1, length), np.float32)  # the last one is the rest
    for number, pitch in enumerate(scale):
        tone = np.sin(2 * np.pi * pitch * times) + _OVERTONE * np.sin(4 * np.pi * pitch * times)
        sounds[number] = envelope * tone
    return sounds[list(notes)].reshape(-1)
