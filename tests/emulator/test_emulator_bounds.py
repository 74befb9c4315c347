"""What clients may make the emulator hold and do, and what it says when they leave."""

import json
import logging
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import xyashui.emulator
from xyashui.emulator import Emulator
from xyashui.emulator.rules.filling import Filler

CHAT = "/v1/chat/completions"
LARGEST = 64 * 1024 * 1024
KEY = {"Authorization": "Bearer k"}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with xyashui.emulator.serve() as emulator:
        yield emulator


def body_of(size: int, media_type: str) -> Iterator[bytes]:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    yield (head if media_type.startswith("multipart") else b"").ljust(2**20, b"\0")
    for _ in range(size // 2**20 - 1):
        yield bytes(2**20)


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "chunked"])
@pytest.mark.parametrize("media_type", ["application/json", "multipart/form-data; boundary=x"])
def test_a_body_of_more_than_64_mb_is_refused(
    emulator: Emulator, announced: bool, media_type: str
) -> None:
    size = LARGEST + 16 * 2**20
    headers = {**KEY, "Content-Type": media_type}
    if announced:
        headers["Content-Length"] = str(size)
    url = f"{emulator.xingyun_url}/v1/audio/transcriptions"
    response = httpx.post(url, content=body_of(size, media_type), headers=headers, timeout=60)
    assert response.status_code == 413
    assert "request body too large" in response.json()["error"]["message"]
    assert response.headers["x-oneapi-request-id"]
    assert emulator.requests[-1].outcome == "refused"


def test_a_body_that_is_announced_as_too_large_is_not_waited_for(emulator: Emulator) -> None:
    with socket.create_connection((emulator.host, emulator.port), timeout=20) as raw:
        raw.sendall(b"POST /ashui%b HTTP/1.1\r\nHost: x\r\n" % CHAT.encode())
        raw.sendall(b"Content-Length: 99999999999999999999\r\n\r\n{")
        answer = raw.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_ashuis_proxy_refuses_it_in_plain_text(emulator: Emulator) -> None:
    size = LARGEST + 1
    headers = {**KEY, "Content-Length": str(size)}
    response = httpx.post(
        f"{emulator.ashui_url}{CHAT}", content=iter([bytes(size)]), headers=headers, timeout=60
    )
    assert (response.status_code, response.text) == (413, "413 Request Entity Too Large")


def test_a_body_of_20_mb_in_base64_is_taken(emulator: Emulator) -> None:
    asked = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}], "x": "A" * 2**25}
    response = httpx.post(f"{emulator.xingyun_url}{CHAT}", json=asked, headers=KEY, timeout=60)
    assert response.status_code == 200


NESTED: dict[str, Any] = {"type": "string", "minLength": 10}
for _ in range(6):
    NESTED = {"type": "array", "items": NESTED, "minItems": 1000}
ENDLESS = {"type": "array", "items": {"$ref": "#"}, "minItems": 2}
MANY = {f"p{number}": {"type": "string", "minLength": 10**9} for number in range(50)}
DEMANDS = {
    "many long strings": {"type": "object", "properties": MANY, "required": list(MANY)},
    "many items": {"type": "array", "items": {"type": "string"}, "minItems": 10**9},
    "many numbers": {"type": "array", "items": {"type": "integer"}, "minItems": 10**9},
    "long strings": {"type": "string", "minLength": 10**9},
    "many in many": NESTED,
    "itself, twice": ENDLESS,
    "a number that is none": {"type": "array", "items": {"type": "string"}, "minItems": 1e308},
}


def asked_for(schema: dict[str, Any], content: str) -> dict[str, Any]:
    json_schema = {"name": "x", "schema": schema}
    return {
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": content}],
        "response_format": {"type": "json_schema", "json_schema": json_schema},
    }


@pytest.mark.parametrize("schema", DEMANDS.values(), ids=DEMANDS)
def test_a_schema_has_no_more_made_than_an_answer_holds(
    emulator: Emulator, schema: dict[str, Any]
) -> None:
    text = "Buy 3 apples, 4 pears and 5 plums"
    assert len(json.dumps(Filler(text, schema).fill())) < 400_000  # 100,000 characters, escaped
    asked = asked_for(schema, text)
    response = httpx.post(f"{emulator.xingyun_url}{CHAT}", json=asked, headers=KEY, timeout=60)
    assert response.status_code == 200


def test_a_schema_that_demands_what_is_usual_has_it(emulator: Emulator) -> None:
    schema = {
        "type": "object",
        "properties": {
            "notes": {"type": "array", "items": {"type": "string"}, "minItems": 50},
            "code": {"type": "string", "minLength": 200},
        },
        "required": ["notes", "code"],
    }
    asked = asked_for(schema, "Buy apples, pears and plums")
    response = httpx.post(f"{emulator.xingyun_url}{CHAT}", json=asked, headers=KEY, timeout=60)
    made = json.loads(response.json()["choices"][0]["message"]["content"])
    assert len(made["notes"]) == 50
    assert len(made["code"]) >= 200


@pytest.mark.parametrize("media_type", [b"application/json", b"multipart/form-data; boundary=x"])
def test_a_client_that_leaves_in_the_middle_of_its_body_is_recorded_and_no_error(
    emulator: Emulator, media_type: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    known = len(emulator.requests)
    with (
        caplog.at_level(logging.DEBUG, "uvicorn"),
        socket.create_connection((emulator.host, emulator.port)) as raw,
    ):
        raw.sendall(b"POST /xingyun/v1/chat/completions HTTP/1.1\r\nHost: x\r\n")
        raw.sendall(b"Content-Type: " + media_type + b"\r\nContent-Length: 100\r\n\r\n--x\r\n")
    for _ in range(300):  # while it answers others, it takes note of who has left
        httpx.get(emulator.url)
        if len(emulator.requests) > known and emulator.requests[-1].outcome != "pending":
            break
    assert emulator.requests[-1].outcome == "disconnected"
    httpx.get(emulator.url)  # by then the connection that was left has been dealt with
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]
