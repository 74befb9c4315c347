"""`xyashui check`: what is wrong with a key, a model or an address."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

import xyashui
from tests.commands import pointed_at, run, run_alone
from xyashui.emulator import Emulator


def test_check_finds_both_services_well(emulator: Emulator) -> None:
    done = run_alone("check", **pointed_at(emulator))
    assert done.returncode == 0, done.stdout
    assert "max_tokens=1" in done.stdout
    assert done.stdout.count("all is well") == 2
    tried = [one.body for one in emulator.requests if one.body and one.body.get("max_tokens") == 1]
    assert {body["model"] for body in tried} >= {"gpt-4-turbo", "ashuiai-4.0"}


def row(output: str, title: str) -> list[str]:
    line = next(one for one in output.splitlines() if one.startswith(title) and "  " in one)
    return re.split(r"\s{2,}", line.strip())


@pytest.mark.parametrize(
    ("provider", "key", "marks", "verdict"),
    [
        ("xingyun", "invalid", "✓✗?", "the key is wrong"),
        ("xingyun", "expired", "✓✗?", "the key is wrong"),
        ("xingyun", "no-quota", "✓✓?", "no money is left"),
        ("xingyun", "wrong-network", "✓✗?", "the key may not do this"),
        ("ashui", "invalid", "✓✗?", "the key is wrong"),
        ("ashui", "no-quota", "✓✓?", "no money is left"),
        ("ashui", "", "?✗?", "there is no key"),
        ("ashui", "not a key", "?✗?", "the key is damaged"),
    ],
)
def test_check_tells_what_is_wrong_with_a_key(
    emulator: Emulator, provider: str, key: str, marks: str, verdict: str
) -> None:
    done = run("check", "-p", provider, **pointed_at(emulator, key=key))
    title = xyashui.PROVIDERS[provider].title
    found = row(done.stdout, title)
    assert (done.returncode, found[-1]) == (1, verdict)
    assert "".join(cell[0] for cell in found[1:4]) == marks
    assert f"{provider.upper()}_API_KEY" in done.stdout or "another key" in done.stdout


def test_check_does_not_call_a_key_wrong_that_is_not_there() -> None:
    done = run("check", "-p", "ashui")
    assert row(done.stdout, "阿水AI")[2:] == ["✗ missing", "? unknown", "there is no key"]
    assert "Set ASHUI_API_KEY" in done.stdout
    damaged = run("check", "-p", "ashui", ASHUI_API_KEY="not a key")
    assert row(damaged.stdout, "阿水AI")[2] == "✗ wrong"


def test_check_tells_that_a_model_is_not_there(emulator: Emulator) -> None:
    done = run("check", "-p", "xingyun", "-m", "no-channel", **pointed_at(emulator))
    found = row(done.stdout, "星芸AI")
    assert (done.returncode, found[-1]) == (1, "the model is not available")
    assert "".join(cell[0] for cell in found[1:4]) == "✓✓✗"


def test_check_looks_at_what_is_configured(emulator: Emulator) -> None:
    settings = {"ASHUI_API_KEY": "any", "ASHUI_BASE_URL": emulator.ashui_url}
    done = run("check", **settings)
    assert done.returncode == 0
    assert "星芸AI (XingYun AI): not checked, XINGYUN_API_KEY is not set" in done.stdout


@contextmanager
def listener(*, answers: bytes | None) -> Iterator[str]:
    """Something else at the address: a web server, or one that never says a word."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = (answers or b"").split(b" ", 1)
            self.send_response(int(status))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    if answers is None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            yield f"127.0.0.1:{silent.getsockname()[1]}"
        return
    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("scheme", "answers", "verdict"),
    [
        ("http", b"200 <html><title>Welcome</title></html>", "something else answers there"),
        ("http", b"200 {}", "something else answers there"),
        ("http", b"404 <html><title>404 Not Found</title></html>", "something else answers there"),
        ("http", b"403 <html><title>403 Forbidden</title></html>", "something else answers there"),
        (
            "http",
            '401 {"error": {"message": "无效的令牌", "code": null}}'.encode(),
            "the key is wrong",
        ),
        ("http", b"502 <html><title>502 Bad Gateway</title></html>", "the service has a fault"),
        ("http", None, "no answer in time"),
        ("https", b"200 ", "no safe connection"),
    ],
)
def test_check_tells_what_is_wrong_with_an_address(
    scheme: str, answers: bytes | None, verdict: str
) -> None:
    with listener(answers=answers) as place:
        done = run(
            "check", "-p", "ashui", "--base-url", f"{scheme}://{place}",
            "--timeout", "1" if answers is None else "15", ASHUI_API_KEY="any",
        )  # fmt: skip
    assert (done.returncode, row(done.stdout, "阿水AI")[-1]) == (1, verdict), done.stdout


@pytest.mark.parametrize(
    ("address", "verdict"),
    [
        ("http://127.0.0.1:9", "nothing listens there"),
        ("http://nowhere.invalid", "no such address"),
        ("nonsense", "the address is malformed"),
    ],
)
def test_check_tells_that_nobody_is_there(address: str, verdict: str) -> None:
    done = run("check", "-p", "xingyun", XINGYUN_API_KEY="any", XINGYUN_BASE_URL=address)
    assert (done.returncode, row(done.stdout, "星芸AI")[-1]) == (1, verdict), done.stdout
