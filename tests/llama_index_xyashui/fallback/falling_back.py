"""What the tests of a `Fallback` share."""

from __future__ import annotations

from tests.servers import http
from tests.wire import error

REFUSAL = http(error("overloaded"), 503)
SECOND = {"index": 1, "llm": "AShui", "model": "ashuiai-4.0"}
