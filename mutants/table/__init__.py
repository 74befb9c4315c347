"""Every protection there is, by themes."""

from __future__ import annotations

from mutants.protection import Protection
from mutants.table.addresses import ADDRESSES
from mutants.table.answers import ANSWERS
from mutants.table.arguments import ARGUMENTS
from mutants.table.bounds import BOUNDS
from mutants.table.characters import CHARACTERS
from mutants.table.choices import CHOICES
from mutants.table.connections import CONNECTIONS
from mutants.table.files import FILES
from mutants.table.house import HOUSE
from mutants.table.keys import KEYS
from mutants.table.limits import LIMITS
from mutants.table.options import OPTIONS
from mutants.table.results import RESULTS
from mutants.table.showing import SHOWING
from mutants.table.staying_up import STAYING_UP
from mutants.table.tool_calls import TOOL_CALLS
from mutants.table.trying_again import TRYING_AGAIN
from mutants.table.waiting import WAITING

__all__ = ["PROTECTIONS"]

PROTECTIONS: tuple[Protection, ...] = (
    *ANSWERS,
    *CHOICES,
    *RESULTS,
    *CHARACTERS,
    *TOOL_CALLS,
    *ARGUMENTS,
    *TRYING_AGAIN,
    *WAITING,
    *BOUNDS,
    *CONNECTIONS,
    *KEYS,
    *ADDRESSES,
    *OPTIONS,
    *FILES,
    *SHOWING,
    *STAYING_UP,
    *LIMITS,
    *HOUSE,
)
