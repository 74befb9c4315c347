"""Ways in which the emulator can be told to misbehave.

Nothing is random: a fraction of `0.25` strikes every fourth request, so a test
that saw a fault once sees it each time.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Faults:
    """What goes wrong, and how often.

    The first five are fractions of the POSTs to the endpoints of both services (0 never,
    0.5 every second, 1 always); the rest hold for every answer. The last group are
    things that resellers' gateways are known to do.

    Attributes:
        rate_limit: Refused with HTTP 429 and `Retry-After`.
        server_error: Refused as the service reports its own failure.
        cut: The connection is closed half-way through the answer, without an error.
        stall: The answer stops half-way for `stall_seconds`, then goes on.
        error_mid_stream: A stream fails half-way with an error event; an answer that is no
            stream is the error instead.
        only_first: Only the first so many requests are struck at all.
        retry_after: Seconds in the `Retry-After` header of a 429; None leaves it out.
        stall_seconds: How long a stall lasts.
        latency: Seconds before the first byte of every answer.
        whole_for_stream: `stream: true` is answered with one whole JSON body.
        stream_for_whole: `stream: false` is answered with a stream.
        no_done: Streams end without `[DONE]`.
        no_finish_reason: Streams end without a `finish_reason`.
        heartbeats: A comment line comes before every event.
        crlf: Lines end with CRLF.
        split_bytes: Streams are written so many bytes at a time, even inside a character.
        pretty_json: Events carry indented JSON over several lines, as 阿水's page prints it.
    """

    rate_limit: float = 0.0
    server_error: float = 0.0
    cut: float = 0.0
    stall: float = 0.0
    error_mid_stream: float = 0.0
    only_first: int | None = None
    retry_after: float | None = 1
    stall_seconds: float = 5.0
    latency: float = 0.0
    whole_for_stream: bool = False
    stream_for_whole: bool = False
    no_done: bool = False
    no_finish_reason: bool = False
    heartbeats: bool = False
    crlf: bool = False
    split_bytes: int | None = None
    pretty_json: bool = False

    def strike(self, number: int) -> "Strike":
        """Decide what happens to the `number`-th request, counted from 1."""
        if self.only_first is not None and number > self.only_first:
            return Strike()
        return Strike(
            rate_limit=_hit(self.rate_limit, number),
            server_error=_hit(self.server_error, number),
            cut=_hit(self.cut, number),
            stall=_hit(self.stall, number),
            error_mid_stream=_hit(self.error_mid_stream, number),
        )


@dataclass(frozen=True)
class Strike:
    """Which of the occasional faults strike one request."""

    rate_limit: bool = False
    server_error: bool = False
    cut: bool = False
    stall: bool = False
    error_mid_stream: bool = False


def _hit(fraction: float, number: int) -> bool:
    # The running total passes a whole number exactly when a strike is due. The
    # small addend keeps thirds and tenths from falling just short of it.
    return int(number * fraction + 1e-9) > int((number - 1) * fraction + 1e-9)
