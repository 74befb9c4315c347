"""The text as notes: sixteen of a pentatonic scale, each of which spells half a byte.

opening   eight notes that nothing else begins with, at a pace of their own
pace      two notes: how many milliseconds each note that follows lasts
length    four notes: how many bytes the text has, in UTF-8
check     eight notes: the CRC-32 of those bytes
text      two notes for each byte; rests after sentences and clauses, for the ear
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

OPENING = (0, 5, 10, 15, 12, 7, 3, 8)
OPENING_PACE = 24
"""Milliseconds of each note of the opening and of the pace."""

REST = -1
VOICES = {
    "alloy": 587.3,
    "echo": 523.3,
    "fable": 622.3,
    "onyx": 466.2,
    "nova": 698.5,
    "shimmer": 740.0,
}
"""The lowest note of each voice, in Hz."""

_PENTATONIC = (1, 9 / 8, 5 / 4, 3 / 2, 5 / 3)
_USUAL_PACE = 30
_FASTEST, _SLOWEST = 12, 120  # below, the notes are too short to be told apart
_HEAD = 2 + 4 + 8
_AFTER_SENTENCE, _AFTER_CLAUSE = 8, 4
_SENTENCE_ENDS, _CLAUSE_ENDS = "。！？!?\n；;", "，、,：:"


@dataclass(frozen=True)
class Segment:
    """A sentence of a text, and when it is spoken, in seconds."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Score:
    """A text as it is to be sung.

    Attributes:
        notes: Numbers of notes, 0 to 15, or `REST`; the opening is not among them.
        pace: Milliseconds for each.
    """

    notes: tuple[int, ...]
    pace: int


def scale(voice: str) -> list[float]:
    """Return the sixteen notes of a voice, in Hz; any other name has one of the six voices."""
    names = list(VOICES)
    name = voice if voice in VOICES else names[zlib.crc32(voice.encode()) % len(names)]
    return [VOICES[name] * 2**octave * step for octave in range(4) for step in _PENTATONIC][:16]


def write(text: str, speed: float) -> Score:
    """Set a text to notes; twice the speed is half the length, within what can be told apart."""
    data = text.encode()
    pace = round(min(max(_USUAL_PACE / speed, _FASTEST), _SLOWEST))
    head = bytes([pace]) + len(data).to_bytes(2, "big") + zlib.crc32(data).to_bytes(4, "big")
    notes = _notes_of(head)
    for index, character in enumerate(text):
        notes += _notes_of(character.encode())
        notes += [REST] * _pause_after(text, index)
    return Score(tuple(notes), pace)


def pace_of(notes: Sequence[int]) -> int | None:
    """Read the pace off the two notes after the opening; None where it can be none."""
    pace = _byte(notes)
    return pace if _FASTEST <= pace <= _SLOWEST else None


def length_of(notes: Sequence[int]) -> int:
    """Read off the four notes after the pace how many bytes the text has."""
    return _byte(notes) << 8 | _byte(notes[2:])


def read(notes: Sequence[int], start: float, pace: int) -> list[Segment] | None:
    """Read a text from all notes after the pace, rests among them.

    Args:
        notes: What was heard.
        start: The second at which the first of them begins.
        pace: Milliseconds for each.

    Returns:
        The sentences; None where the notes do not spell a text.
    """
    head = _HEAD - 2
    sung = [place for place in range(head, len(notes)) if notes[place] != REST]
    if len(notes) < head or any(note == REST for note in notes[:head]):
        return None
    length = length_of(notes)
    checked = bytes(_byte(notes[4 + 2 * index :]) for index in range(4))
    if len(sung) < 2 * length:
        return None
    data = bytes(
        notes[sung[2 * index]] << 4 | notes[sung[2 * index + 1]] for index in range(length)
    )
    if zlib.crc32(data).to_bytes(4, "big") != checked:
        return None
    times = [start + sung[2 * index] * pace / 1000 for index in range(length)]
    return _segments(data.decode(), times, 2 * pace / 1000)


def _notes_of(data: bytes) -> list[int]:
    return [half for byte in data for half in (byte >> 4, byte & 15)]


def _byte(notes: Sequence[int]) -> int:
    return notes[0] << 4 | notes[1]


def _pause_after(text: str, index: int) -> int:
    if _ends_sentence(text, index):
        return _AFTER_SENTENCE
    return _AFTER_CLAUSE if text[index] in _CLAUSE_ENDS else 0


def _ends_sentence(text: str, index: int) -> bool:
    """Whether a sentence ends with a character; a full stop ends one where a space follows."""
    character, after = text[index], text[index + 1 : index + 2]
    if character == ".":
        return not after.strip()
    return character in _SENTENCE_ENDS and after not in tuple(_SENTENCE_ENDS)


def _segments(text: str, times: Sequence[float], each: float) -> list[Segment]:
    """Cut a text into its sentences; `times` says when each of its bytes begins."""
    segments: list[Segment] = []
    begun, place = 0, 0
    sentence = ""
    for index, character in enumerate(text):
        sentence += character
        place += len(character.encode())
        if index == len(text) - 1 or _ends_sentence(text, index):
            if sentence.strip():
                segments.append(Segment(sentence.strip(), times[begun], times[place - 1] + each))
            sentence, begun = "", place
    return segments
