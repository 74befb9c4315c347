"""Headers, addresses and forms: what is put into them stays where it was put."""

from __future__ import annotations

from email import policy
from email.parser import BytesParser
from typing import Any

import pytest

from langchain_xyashui import ChatXingYun
from llama_index_xyashui import XingYun
from tests.servers import FaultServer, Request, http
from tests.wire import completion
from xyashui import AsyncClient, Client, ConfigurationError

EVIL = "x\r\nX-Injected: yes\r\n\r\nGET /v1/models HTTP/1.1"
CLASSES = (Client, AsyncClient, ChatXingYun, XingYun)

NO_NAMES = ("", " ", "X Y", "X:", "X-\r\nY", "X\0", "X-名", "(X)", "X\t", EVIL)
NO_VALUES = (
    "\r",
    "\n",
    "a\r\nb",
    "a\nX-Injected: yes",
    "\0",
    "a\x7f",
    "a\x1b[2J",
    "名",
    "\u2028",
    EVIL,
)


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("name", NO_NAMES)
def test_a_header_whose_name_is_none_is_refused(cls, name):
    with pytest.raises(ConfigurationError, match="must be the name of a header"):
        cls(api_key="test-key", default_headers={name: "x"})


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("value", NO_VALUES)
def test_a_header_of_several_lines_is_refused(cls, value):
    with pytest.raises(ConfigurationError, match="one line of ASCII text"):
        cls(api_key="test-key", default_headers={"X-A": value})


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("key", ["a\r\nX-Injected: yes", "a\nb", "a\0", "a b", "钥匙", "a\x7f"])
def test_a_key_that_is_more_than_one_word_is_refused(cls, key):
    with pytest.raises(ConfigurationError, match="characters in it that cannot be sent"):
        cls(api_key=key)


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize(
    "url",
    [
        "https://a.cn/\r\nX-Injected: yes",
        "https://a.cn\nX-Injected: yes",
        "https://a.cn/v1?a=x",
        "https://a.cn/v1#x",
        "https://a.cn/v1?key=1#x",
        "https://user@a.cn",
        "https://api.xing-yun.cn@evil.example",
        "https://a.cn\0.evil.example",
        "https://a.cn/\x7f",
        "https://a.cn/a b",
        "https://a.cn:0",
        "https://a.cn:99999",
        "https://[::1",
        "https://",
        "//a.cn",
        "ftp://a.cn",
        "file:///etc/hosts",
        "javascript:alert(1)",
    ],
)
def test_an_address_that_is_more_than_one_is_refused(cls, url):
    with pytest.raises(ConfigurationError, match="base_url="):
        cls(api_key="test-key", base_url=url)


def sent(call: Any, answer: Any = None) -> Request:
    """Return the one request that `call` has a client send."""
    with FaultServer([http(answer or completion())]) as server:
        with Client(api_key="test-key", base_url=server.url, max_retries=0) as client:
            call(client)
        [request] = server.requests
    return request


OPTIONS: dict[str, Any] = {
    "model": EVIL,
    "user": EVIL,
    "stop": [EVIL],
    "logit_bias": {"1": 1},
    "extra_body": {EVIL: EVIL},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_goes_into_the_body_and_nowhere_else(name):
    plain = sent(lambda client: client.chat("hi"))
    request = sent(lambda client: client.chat("hi", **{name: OPTIONS[name]}))
    assert request.target == "/v1/chat/completions"
    assert [one for one, _ in request.headers] == [one for one, _ in plain.headers]
    assert b"X-Injected" not in request.head


def test_so_does_a_message():
    request = sent(lambda client: client.chat(EVIL))
    assert request.json["messages"] == [{"role": "user", "content": EVIL}]
    assert b"X-Injected" not in request.head


TASKS = {
    "../../v1/models": "/mj/task/..%2F..%2Fv1%2Fmodels",
    "1/fetch?a=b#c": "/mj/task/1%2Ffetch%3Fa%3Db%23c",
    "1\\..\\2": "/mj/task/1%5C..%5C2",
    "%2e%2e": "/mj/task/%252e%252e",
    "//evil.example/": "/mj/task/%2F%2Fevil.example%2F",
    "http://evil.example": "/mj/task/http%3A%2F%2Fevil.example",
    "任务 1": "/mj/task/%E4%BB%BB%E5%8A%A1%201",
}


@pytest.mark.parametrize(("task", "path"), TASKS.items())
def test_the_id_of_a_task_is_one_step_of_the_address(task, path):
    request = sent(lambda client: client.midjourney.fetch(task), {"id": task, "status": "OK"})
    assert request.target == f"{path}/fetch"


@pytest.mark.parametrize("task", [".", "..", " .. ", "...", "", " ", "a\r\nb", "a\0b", "a\x7f"])
@pytest.mark.parametrize("call", ["fetch", "seed"])
def test_an_id_that_leads_elsewhere_is_refused(task, call):
    with FaultServer([http({})]) as server:
        client = Client(api_key="test-key", base_url=server.url)
        with pytest.raises(ConfigurationError, match="The id of a task"):
            getattr(client.midjourney, call)(task)
        assert not server.connections


FIELDS = {
    'a"; filename="evil.exe': "x",
    'a"\r\nX-Injected: yes\r\n\r\nz': "x",
    "名": "值\r\n--boundary--\r\n",
    "a\nb": '--\r\nContent-Disposition: form-data; name="model"\r\n\r\nevil',
}


def test_the_fields_of_a_form_stay_fields():
    options = {"language": EVIL, "prompt": '"\r\n--x--', "extra_body": FIELDS}
    request = sent(
        lambda client: client.transcribe(b"fLaC" + bytes(400), **options), {"text": "好"}
    )
    parts = list(form(request).iter_parts())
    disposed = [part["content-disposition"] for part in parts]
    files = [part for part, one in zip(parts, disposed, strict=True) if "filename" in one.params]
    names = [one.params["name"] for one in disposed]
    assert len(parts) == 1 + len({"model", "response_format", "language", "prompt"}) + len(FIELDS)
    assert [part.get_filename() for part in files] == ["audio.flac"]
    assert names.count("model") == 1
    assert all(set(part.keys()) <= {"Content-Disposition", "Content-Type"} for part in parts)
    texts = [part.get_payload(decode=True).decode() for part in parts if part not in files]
    for value in (EVIL, *FIELDS.values()):
        assert value in texts


def form(request: Request) -> Any:
    """Return a form as Python's own parser of mail reads it."""
    kind = request.header("content-type") or ""
    return BytesParser(policy=policy.HTTP).parsebytes(
        f"Content-Type: {kind}\r\n\r\n".encode() + request.body
    )


def test_the_name_of_a_file_tells_nothing_of_this_machine(tmp_path):
    path = tmp_path / 'a"; x="\r\nb.flac'
    path.write_bytes(b"fLaC" + bytes(400))
    request = sent(lambda client: client.transcribe(path), {"text": "好"})
    assert b'filename="audio.flac"' in request.body
    assert tmp_path.name.encode() not in request.body
