"""Every way to misbehave that is known of servers, and what must come of it."""

from __future__ import annotations

from tests.reliability.cases.bodies import BODIES
from tests.reliability.cases.case import FIRST, GOOD, TEXT, Case
from tests.reliability.cases.connections import CONNECTIONS
from tests.reliability.cases.endings import ENDINGS
from tests.reliability.cases.parsing import PARSING
from tests.reliability.cases.payloads import PAYLOADS

__all__ = ["CASES", "FIRST", "GOOD", "TEXT", "Case"]

CASES: dict[str, Case] = CONNECTIONS | PARSING | BODIES | PAYLOADS | ENDINGS
