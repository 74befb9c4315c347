"""The ASGI application: which path goes where. Both services and the files.

Sections of 星芸's documentation that are not served here (embeddings, images,
Midjourney, speech) each become one more route of `_routes` and one method of
`XingYun`; until then they are refused as the gateway refuses unknown paths.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from .ashui import AShui
from .bundle import files
from .delivery import Body, Delivery, EventStream, json_body
from .exchange import Exchange
from .state import RecordedRequest, State, mask
from .xingyun import XingYun

Handle = Callable[[Exchange], Body | EventStream]
Endpoint = Callable[[Request], Awaitable[ASGIApp]]

_ANY = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def create(state: State) -> Starlette:
    """Build the application over one state."""
    xingyun, ashui = XingYun(state), AShui(state)
    routes = [
        _route(state, "xingyun", "/xingyun/v1/models", xingyun.models, ["GET"]),
        _route(state, "xingyun", "/xingyun/v1/chat/completions", xingyun.chat, ["POST"]),
        _route(state, "xingyun", "/xingyun/{rest:path}", xingyun.unknown_path, _ANY),
        _route(state, "ashui", "/ashui/v1/chat/completions", ashui.chat, ["POST"]),
        _route(state, "ashui", "/ashui/{rest:path}", ashui.unknown_path, _ANY),
        Route("/files/{name}", _serve_file(state), methods=["GET"]),
        Route("/", _index, methods=["GET"]),
    ]
    return Starlette(routes=routes)


def _route(
    state: State,
    service: Literal["xingyun", "ashui"],
    path: str,
    handle: Handle,
    methods: list[str],
) -> Route:
    async def endpoint(request: Request) -> ASGIApp:
        content = await request.body()
        record = _record(request, service, _parse(content))
        state.requests.append(record)
        exchange = Exchange(
            record=record,
            key=_key(request),
            is_json=_is_json(content),
            netlocs=frozenset({request.headers.get("host", ""), state.netloc}),
            faults=state.faults,
        )
        if path.endswith("/chat/completions"):
            record.number, exchange.strike = state.count_chat()
        answer = handle(exchange)
        return Delivery(answer, state=state, record=record, strike=exchange.strike)

    return Route(path, _as_response(endpoint), methods=methods)


def _as_response(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    # Starlette calls whatever an endpoint returns as an ASGI application, but its
    # type hints admit only its own Response class.
    return endpoint  # type: ignore[return-value]


def _record(request: Request, service: Literal["xingyun", "ashui"], body: Any) -> RecordedRequest:
    query = f"?{request.url.query}" if request.url.query else ""
    return RecordedRequest(
        service=service,
        method=request.method,
        path=request.url.path + query,
        headers=mask(request.headers),
        body=body,
        has_key=bool(_key(request)),
    )


def _key(request: Request) -> str:
    """Take the key of `Authorization: Bearer <key>` [doc]."""
    value = request.headers.get("authorization", "").strip()
    scheme, _, key = value.partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _parse(content: bytes) -> Any:
    if not content:
        return None
    try:
        return json.loads(content)
    except ValueError:
        return content.decode("utf-8", "replace")


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except ValueError:
        return False
    return True


def _serve_file(state: State) -> Callable[[Request], Awaitable[Response]]:
    async def serve_file(request: Request) -> Response:
        record = RecordedRequest(
            "files", request.method, request.url.path, mask(request.headers), None, False
        )
        state.requests.append(record)
        found = files.find(request.path_params["name"])
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
