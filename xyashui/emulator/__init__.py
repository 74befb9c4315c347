"""Both services on loopback, for tests, demos and notebooks, without a network.

    import xyashui.emulator

    with xyashui.emulator.serve() as emulator:
        emulator.xingyun_url, emulator.ashui_url   # base URLs for the clients
        emulator.requests                          # what was really sent

The emulator speaks the providers' documented protocols from the server's side:
their frames, errors and quirks. Its answers are made by rules: the sentence of
the given context that fits the question best, arithmetic, the look of an image,
a row of a table, a page of a small bundled "web". Its vectors point the same way where
texts share words, and its pictures are painted from their prompts; Midjourney's tasks
take a second each (`midjourney_seconds`). Keys and models that
bring each documented error about are in `TRIGGERS`, words in prompts in
`PROMPT_TRIGGERS`.
"""

try:
    import PIL  # noqa: F401
    import starlette  # noqa: F401
    import uvicorn  # noqa: F401
except ImportError as error:
    raise ImportError(
        f"the emulator needs {error.name}: pip install 'xyashui[emulator]'", name=error.name
    ) from error

from .faults import Faults
from .models import ASHUI_MODELS, XINGYUN_MODELS, ModelCard
from .server import Emulator, run, serve
from .state import RecordedRequest
from .triggers import PROMPT_TRIGGERS, TRIGGERS, PromptTrigger, Trigger

__all__ = [
    "ASHUI_MODELS",
    "PROMPT_TRIGGERS",
    "TRIGGERS",
    "XINGYUN_MODELS",
    "Emulator",
    "Faults",
    "ModelCard",
    "PromptTrigger",
    "RecordedRequest",
    "Trigger",
    "run",
    "serve",
]
