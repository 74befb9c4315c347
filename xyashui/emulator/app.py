"""The ASGI application: which path goes where. Both services and the files.

Every endpoint is one line of `create`: the methods it takes, its path, and the method
of the service that answers it. Paths of a service that none of them has are refused
as that service's gateway refuses them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Literal

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from . import bodies
from .ashui import AShui
from .bundle import files
from .bundle.files import ServedFile
from .delivery import Body, Delivery, EventStream, json_body
from .exchange import Exchange
from .midjourney import Midjourney
from .site import Site
from .state import RecordedRequest, State, mask
from .xingyun import XingYun

Handle = Callable[[Exchange], Body | EventStream]
Endpoint = Callable[[Request], Awaitable[ASGIApp]]

_GET = ("GET",)
_POST = ("POST",)
_ANY = ("GET", "POST", "PUT", "PATCH", "DELETE")


def create(state: State) -> Starlette:
    """Build the application over one state."""
    xingyun, midjourney, ashui = XingYun(state), Midjourney(state), AShui(state)
    at_xingyun = partial(_route, state, "xingyun", xingyun.too_large)
    at_ashui = partial(_route, state, "ashui", ashui.too_large)
    routes = [
        at_xingyun(_GET, "/v1/models", xingyun.models),
        at_xingyun(_POST, "/v1/chat/completions", xingyun.chat),
        at_xingyun(_POST, "/v1/completions", xingyun.completions),
        at_xingyun(_POST, "/v1/embeddings", xingyun.embeddings, in_thread=True),
        at_xingyun(_POST, "/v1/images/generations", xingyun.images, in_thread=True),
        at_xingyun(_POST, "/v1/audio/speech", xingyun.speech, in_thread=True),
        at_xingyun(_POST, "/v1/audio/transcriptions", xingyun.transcriptions, in_thread=True),
        at_xingyun(_POST, "/mj/submit/imagine", midjourney.imagine, in_thread=True),
        at_xingyun(_POST, "/mj/submit/action", midjourney.action, in_thread=True),
        at_xingyun(_POST, "/mj/submit/blend", midjourney.blend, in_thread=True),
        at_xingyun(_POST, "/mj/submit/describe", midjourney.describe, in_thread=True),
        at_xingyun(_POST, "/mj/submit/modal", midjourney.modal, in_thread=True),
        at_xingyun(_POST, "/mj/submit/shorten", midjourney.shorten, in_thread=True),
        at_xingyun(_GET, "/mj/task/list", midjourney.list),
        at_xingyun(_POST, "/mj/task/list-by-condition", midjourney.list_by_condition),
        at_xingyun(_GET, "/mj/task/queue", midjourney.queue),
        at_xingyun(_GET, "/mj/task/{id}/fetch", midjourney.fetch),
        at_xingyun(_GET, "/mj/task/{id}/image-seed", midjourney.image_seed),
        at_xingyun(_ANY, "/{rest:path}", xingyun.unknown_path),
        at_ashui(_POST, "/v1/chat/completions", ashui.chat),
        at_ashui(_ANY, "/{rest:path}", ashui.unknown_path),
        Route("/files/{name}", _serve_file(state, files.find), methods=["GET"]),
        Route("/files/generated/{name}", _serve_file(state, state.kept.get), methods=["GET"]),
        Route("/", _index, methods=["GET"]),
    ]
    return Starlette(routes=routes)


def _route(
    state: State,
    service: Literal["xingyun", "ashui"],
    too_large: Handle,
    methods: tuple[str, ...],
    path: str,
    handle: Handle,
    *,
    in_thread: bool = False,
) -> Route:
    """Serve one endpoint; `in_thread` keeps long work from holding up other requests.

    `too_large` refuses a request whose body is.
    """

    async def endpoint(request: Request) -> ASGIApp:
        record = _record(request, service)
        state.requests.append(record)
        exchange = Exchange(
            record=record,
            key=_key(request),
            is_json=False,
            site=_site(request, state),
            faults=state.faults,
        )
        try:
            record.body, exchange.is_json, exchange.upload = await bodies.read(request)
        except bodies.TooLarge:
            return Delivery(too_large(exchange), state=state, record=record)
        except ClientDisconnect:
            record.outcome = "disconnected"
            return _nothing
        if methods == _POST:
            record.number, exchange.strike = state.count_post()
        answer = await asyncio.to_thread(handle, exchange) if in_thread else handle(exchange)
        return Delivery(answer, state=state, record=record, strike=exchange.strike)

    return Route(f"/{service}{path}", _as_response(endpoint), methods=list(methods))


def _as_response(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    # Starlette calls whatever an endpoint returns as an ASGI application, but its
    # type hints admit only its own Response class.
    return endpoint  # type: ignore[return-value]


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a client that has gone."""


def _record(request: Request, service: Literal["xingyun", "ashui"]) -> RecordedRequest:
    query = f"?{request.url.query}" if request.url.query else ""
    return RecordedRequest(
        service=service,
        method=request.method,
        path=request.url.path + query,
        headers=mask(request.headers),
        body=None,
        has_key=bool(_key(request)),
    )


def _key(request: Request) -> str:
    """Take the key of `Authorization: Bearer <key>` [doc]."""
    value = request.headers.get("authorization", "").strip()
    scheme, _, key = value.partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _site(request: Request, state: State) -> Site:
    return Site(
        root=str(request.base_url).rstrip("/"),
        netlocs=frozenset({request.headers.get("host", ""), state.netloc}),
        kept=state.kept,
    )


def _serve_file(
    state: State, find: Callable[[str], ServedFile | None]
) -> Callable[[Request], Awaitable[Response]]:
    async def serve_file(request: Request) -> Response:
        record = RecordedRequest(
            "files", request.method, request.url.path, mask(request.headers), None, False
        )
        state.requests.append(record)
        found = find(request.path_params["name"])
        record.outcome = "completed" if found else "refused"
        if found is None:
            return PlainTextResponse("Not Found", status_code=404)
        return Response(found.data, media_type=found.media_type)

    return serve_file


async def _index(request: Request) -> Response:
    """Say what runs here, to whoever opens the port in a browser."""
    root = str(request.base_url).rstrip("/")
    about = {
        "about": "xyashui offline emulator: no request leaves this machine",
        "xingyun": f"{root}/xingyun",
        "ashui": f"{root}/ashui",
        "files": [f"{root}/files/{name}" for name in files.names()],
    }
    body = json_body(about)
    return Response(body.content, media_type=body.media_type)
