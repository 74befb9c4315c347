"""The key: in the request, and nowhere else."""

from __future__ import annotations

import logging
import pickle
import traceback

import pytest

from tests.servers import FaultServer, chunked, close, http
from tests.wire import delta, envelope, error, event
from xyashui import ASHUI
from xyashui.errors import XyashuiError

# Where a service may repeat the key.
ECHOES = {
    "an error's message": [http(error("无效的令牌 test-key"), 401)],
    "an error's code": [http(error("x", "test-key"), 401)],
    "a header": [http(error("x"), 401, x_request_id="test-key")],
    "an error's page": [http(b"<html>test-key</html>", 502, "text/html")],
    "an error under HTTP 200": [http(error("test-key"))],
    "an error as an event": [chunked(delta("x"), event(error("test-key")))],
    "阿水's envelope": [http(envelope(600, "test-key"))],
    "a page under HTTP 200": [http(b"<html>test-key</html>", 200, "text/html")],
    "a page that is quoted up to the key": [http(b"<" + b"x" * 380 + b"test-key-of-many-letters")],
    "an event that is no JSON": [chunked(b"data: test-key\n\n")],
    "a choice": [chunked(event({"choices": [{"delta": "test-key"}]}))],
    "a redirect": [http(b"", 302, None, location="https://example.com/test-key")],
    "a redirect to nowhere": [http(b"", 302, None, location="http://test-key:x:y/")],
    "the status line": [b"HTTP/1.1 test-key\r\n\r\n", close],
}


@pytest.mark.parametrize("script", ECHOES.values(), ids=ECHOES)
async def test_the_key_is_in_no_error_though_the_service_repeats_it(script, ask, caplog):
    caplog.set_level(logging.DEBUG, "xyashui")
    key = "test-key-of-many-letters" if b"many-letters" in script[0] else "test-key"
    with FaultServer(script) as server, pytest.raises(XyashuiError) as caught:
        await ask(server.url, provider=ASHUI, api_key=key)
    error = caught.value
    assert "test-key" not in f"{error} {error!r} {vars(error)} {caplog.text}"
    assert b"test-key" not in pickle.dumps(error)
    assert "test-key" not in "".join(traceback.format_exception_only(error))
