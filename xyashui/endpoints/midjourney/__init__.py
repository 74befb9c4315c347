"""Midjourney, as midjourney-proxy serves it under `/mj` [gw].

    calls      `client.midjourney`: what can be asked for
    tasks      a task that is under way, and what can be done with it
    waiting    how long to wait between two looks at a task, and when to give up. Sans-IO
    records    what the service says of a task. Sans-IO
    wire       what is sent, and how the answers are read. Sans-IO
    display    a task as a notebook shows it. Sans-IO

A call submits a task and comes back at once; the service works on it for a minute or so, and is
asked now and then how far it is.
"""

from xyashui.endpoints.midjourney.calls import (
    AsyncMidjourney,
    AsyncMidjourneyCalls,
    Midjourney,
    MidjourneyCalls,
)
from xyashui.endpoints.midjourney.records import Button
from xyashui.endpoints.midjourney.tasks import AsyncMidjourneyTask, MidjourneyTask

__all__ = [
    "AsyncMidjourney",
    "AsyncMidjourneyCalls",
    "AsyncMidjourneyTask",
    "Button",
    "Midjourney",
    "MidjourneyCalls",
    "MidjourneyTask",
]
