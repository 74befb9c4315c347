"""Starting and stopping the emulator: in a thread, or as a program."""

import asyncio
import atexit
import contextlib
import logging
import socket
import threading
from collections.abc import Callable
from types import TracebackType

import uvicorn

from . import app
from .delivery import QuietCuts
from .faults import Faults
from .state import MIDJOURNEY_SECONDS, RecordedRequest, State

_START_SECONDS = 10.0
_STOP_SECONDS = 5.0


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tokens_per_second: float | None = None,
    faults: Faults | None = None,
    midjourney_seconds: float = MIDJOURNEY_SECONDS,
) -> "Emulator":
    """Start both services in a thread of their own, and return once they answer.

    Works beside a running event loop (Jupyter) and in many processes at once
    (pytest-xdist). Use it in a `with` statement, or call `close()`; what is still
    running when the interpreter exits is closed then.

    Args:
        host: The address to listen on.
        port: The port; 0 takes a free one.
        tokens_per_second: The pace of answers; None sends them at once.
        faults: What should go wrong.
        midjourney_seconds: How long a task of Midjourney's takes once it runs.

    Raises:
        OSError: If the port is taken.
    """
    return Emulator(
        host=host,
        port=port,
        tokens_per_second=tokens_per_second,
        faults=faults,
        midjourney_seconds=midjourney_seconds,
    )


def run(
    *,
    host: str = "127.0.0.1",
    port: int = 8700,
    tokens_per_second: float | None = None,
    faults: Faults | None = None,
    midjourney_seconds: float = MIDJOURNEY_SECONDS,
    on_start: Callable[["Emulator"], None] | None = None,
) -> None:
    """Serve until interrupted (Ctrl-C).

    Args:
        host: The address to listen on.
        port: The port; 0 takes a free one.
        tokens_per_second: The pace of answers; None sends them at once.
        faults: What should go wrong.
        midjourney_seconds: How long a task of Midjourney's takes once it runs.
        on_start: Called once the services answer, for instance to print their URLs.

    Raises:
        OSError: If the port is taken.
    """
    with (
        contextlib.suppress(KeyboardInterrupt),
        serve(
            host=host,
            port=port,
            tokens_per_second=tokens_per_second,
            faults=faults,
            midjourney_seconds=midjourney_seconds,
        ) as emulator,
    ):
        if on_start is not None:
            on_start(emulator)
        emulator.wait()


class Emulator:
    """A running emulator. Made by `serve()`."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        tokens_per_second: float | None,
        faults: Faults | None,
        midjourney_seconds: float,
    ) -> None:
        # Listening here, before the thread starts, means that the port accepts
        # connections from the first moment and that a taken port raises here.
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=256)
        # Accepted connections inherit it. asyncio sets it only on sockets whose protocol is said,
        # and without it every answer on a kept connection waits for a delayed acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.host = host
        self.port: int = listener.getsockname()[1]
        self._state = State(
            tokens_per_second=tokens_per_second,
            faults=faults or Faults(),
            midjourney_seconds=midjourney_seconds,
        )
        self._state.netloc = self._netloc
        self._server = uvicorn.Server(_config(self._state))
        self._started = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(
            target=self._run, args=(listener,), name=f"xyashui-emulator-{self.port}", daemon=True
        )
        self._thread.start()
        if not self._started.wait(_START_SECONDS):
            raise RuntimeError("the emulator did not start")
        atexit.register(self.close)

    def __enter__(self) -> "Emulator":
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "running" if self._thread.is_alive() else "closed"
        return f"<Emulator {self.url} {state}>"

    @property
    def url(self) -> str:
        """The root, for instance `http://127.0.0.1:54321`."""
        return f"http://{self._netloc}"

    @property
    def xingyun_url(self) -> str:
        """The base URL of 星芸, without `/v1`."""
        return f"{self.url}/xingyun"

    @property
    def ashui_url(self) -> str:
        """The base URL of 阿水, without `/v1`."""
        return f"{self.url}/ashui"

    @property
    def files_url(self) -> str:
        """Where the bundled files are; `f"{emulator.files_url}/sales.csv"` is one."""
        return f"{self.url}/files"

    @property
    def requests(self) -> list[RecordedRequest]:
        """The requests received so far, oldest first, without their keys."""
        return self._state.requests

    @property
    def faults(self) -> Faults:
        """What goes wrong; may be set at any time, and counts anew from then."""
        return self._state.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._state.faults = faults

    @property
    def tokens_per_second(self) -> float | None:
        """The pace of answers; may be set at any time."""
        return self._state.tokens_per_second

    @tokens_per_second.setter
    def tokens_per_second(self, pace: float | None) -> None:
        self._state.tokens_per_second = pace

    @property
    def midjourney_seconds(self) -> float:
        """How long a task of Midjourney's takes once it runs; what is set holds for new ones."""
        return self._state.midjourney_seconds

    @midjourney_seconds.setter
    def midjourney_seconds(self, seconds: float) -> None:
        self._state.midjourney_seconds = seconds

    def wait(self) -> None:
        """Block until the emulator is closed."""
        while self._thread.is_alive():
            # A join without a timeout cannot be interrupted on every platform.
            self._thread.join(0.5)

    def close(self) -> None:
        """Stop, cutting off answers still under way. Closing twice does nothing."""
        atexit.unregister(self.close)
        if self._loop is not None and self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # the loop closed in between
                self._loop.call_soon_threadsafe(self._state.closing.set)
        self._server.should_exit = True
        self._thread.join(_STOP_SECONDS)

    @property
    def _netloc(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def _run(self, listener: socket.socket) -> None:
        asyncio.run(self._serve(listener))

    async def _serve(self, listener: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        started = asyncio.create_task(self._announce())
        try:
            await self._server.serve(sockets=[listener])
        finally:
            started.cancel()
            listener.close()

    async def _announce(self) -> None:
        # uvicorn offers a flag, and no event to wait for.
        while not self._server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        self._started.set()


def _config(state: State) -> uvicorn.Config:
    config = uvicorn.Config(
        app.create(state),
        log_level="warning",
        # The user's logging is left as it is: the default would reconfigure it.
        log_config=None,
        access_log=False,
        lifespan="off",
        loop="asyncio",
        # h11 is what uvicorn always has; and its behaviour on cuts is the tested one.
        http="h11",
        ws="none",
        # Longer than clients keep an idle connection: one that is closed as it is used again
        # fails a call.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    _quieten(logging.getLogger("uvicorn.error"))
    return config


def _quieten(logger: logging.Logger) -> None:
    if not any(isinstance(known, QuietCuts) for known in logger.filters):
        logger.addFilter(QuietCuts())
