"""Starting, stopping, recording; and misbehaving on demand."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

import xyashui.emulator
from xyashui.emulator import Emulator, Faults

CHAT = "/v1/chat/completions"
SLOW = {
    "model": "gpt-4o",
    "stream": True,
    "messages": [{"role": "user", "content": "count to 900"}],
}


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with xyashui.emulator.serve() as emulator:
        yield emulator


@pytest.fixture
def own(emulator: Emulator, connect):
    return connect(emulator.xingyun_url, {"model": "gpt-4-turbo"})


@pytest.fixture
def own_ashui(emulator: Emulator, connect):
    return connect(emulator.ashui_url, {"model": "ashuiai-4.0", "stream": False})


def test_it_answers_until_it_is_closed(emulator) -> None:
    assert httpx.get(emulator.url).status_code == 200
    emulator.close()
    emulator.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(emulator.url)


def test_a_taken_port_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        xyashui.emulator.serve(port=taken.getsockname()[1])


async def test_it_runs_beside_a_running_event_loop() -> None:
    with xyashui.emulator.serve() as emulator:
        async with httpx.AsyncClient() as http:
            responses = await asyncio.gather(*(http.get(emulator.url) for _ in range(20)))
    assert {response.status_code for response in responses} == {200}


def test_it_closes_with_the_interpreter() -> None:
    code = "import xyashui.emulator; xyashui.emulator.serve(); print('done')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def test_requests_are_recorded_without_keys(emulator, own) -> None:
    own.post("hi", key="a-secret", stream=False)
    own.post("hi", key="invalid")
    [first, second] = emulator.requests
    assert first.service == "xingyun"
    assert first.path == "/xingyun/v1/chat/completions"
    assert first.body["messages"] == [{"role": "user", "content": "hi"}]
    assert first.headers["authorization"] == "Bearer ***"
    assert first.has_key
    assert (first.outcome, second.outcome) == ("completed", "refused")
    assert "a-secret" not in repr(emulator.requests)


def test_a_clients_leaving_is_recorded(emulator, own) -> None:
    emulator.tokens_per_second = 20
    headers = {"Authorization": "Bearer k"}
    with own.http.stream("POST", CHAT, json=SLOW, headers=headers) as response:
        next(response.iter_raw())
    emulator.tokens_per_second = None
    for _ in range(500):
        if emulator.requests[0].outcome != "pending":
            break
        httpx.get(emulator.url)
    assert emulator.requests[0].outcome == "disconnected"


def test_closing_cuts_slow_answers(emulator, own) -> None:
    emulator.tokens_per_second = 1
    headers = {"Authorization": "Bearer k"}
    with own.http.stream("POST", CHAT, json=SLOW, headers=headers) as response:
        chunks = response.iter_raw()
        next(chunks)
        emulator.close()
        with pytest.raises(httpx.RemoteProtocolError):
            list(chunks)


@pytest.mark.parametrize(
    ("faults", "statuses"),
    [
        (Faults(rate_limit=1, only_first=2), [429, 429, 200, 200]),
        (Faults(rate_limit=0.5), [200, 429, 200, 429]),
        (Faults(server_error=0.25), [200, 200, 200, 500]),
    ],
)
def test_refusals_come_by_count_and_not_by_chance(emulator, own, faults, statuses) -> None:
    emulator.faults = faults
    responses = [own.post("hi") for _ in statuses]
    assert [response.status_code for response in responses] == statuses
    waits = {r.headers.get("retry-after") for r in responses if r.status_code == 429}
    assert waits <= {"1"}


def test_ashui_reports_its_failure_in_an_envelope(emulator, own_ashui) -> None:
    emulator.faults = Faults(server_error=1)
    assert own_ashui.post("hi").json()["Code"] == 500


@pytest.mark.parametrize("stream", [False, True])
def test_a_cut_closes_the_connection_half_way(emulator, own, stream) -> None:
    emulator.faults = Faults(cut=1)
    with pytest.raises(httpx.RemoteProtocolError):
        own.post("count to 50", stream=stream)
    assert emulator.requests[0].outcome == "cut"


def test_a_stall_waits_and_goes_on(emulator, own) -> None:
    emulator.faults = Faults(stall=1, stall_seconds=0.01)
    assert own.post("count to 5", stream=True).text.endswith("data: [DONE]\n\n")
    emulator.faults = Faults(stall=1, stall_seconds=60)
    own.http.timeout = httpx.Timeout(0.2)
    with pytest.raises(httpx.ReadTimeout):
        own.post("count to 5", stream=True)


def test_streams_can_lack_their_end(emulator, own) -> None:
    emulator.faults = Faults(no_done=True, no_finish_reason=True)
    text = own.post("count to 5", stream=True).text
    assert "[DONE]" not in text
    assert '"finish_reason":"stop"' not in text


def test_streams_can_be_written_oddly(emulator, own) -> None:
    plain = own.post("你好", stream=True).text
    emulator.faults = Faults(crlf=True, heartbeats=True, split_bytes=1, pretty_json=True)
    odd = own.post("你好", stream=True).text
    assert ": keep-alive\r\n\r\ndata: {\r\ndata:   " in odd

    def contents(text: str, end: str) -> str:
        found = ""
        for event in text.split(end * 2):
            data = "".join(line[6:] for line in event.split(end) if line.startswith("data: "))
            if data and data != "[DONE]":
                found += json.loads(data)["choices"][0]["delta"].get("content", "")
        return found

    assert contents(odd, "\r\n") == contents(plain, "\n") != ""


def test_answers_can_come_in_the_other_form(emulator, own) -> None:
    emulator.faults = Faults(whole_for_stream=True, stream_for_whole=True)
    assert own.post("hi", stream=True).json()["object"] == "chat.completion"
    assert own.post("hi").headers["content-type"].startswith("text/event-stream")


def test_a_stream_can_fail_half_way(emulator, own, own_ashui) -> None:
    emulator.faults = Faults(error_mid_stream=1)
    assert '"error":{' in own.post("count to 9", stream=True).text
    assert own_ashui.post("count to 9", stream=True).text.endswith('"Code":500}\n\n')


def test_a_missing_dependency_is_named_with_its_remedy() -> None:
    code = "import sys; sys.modules['uvicorn'] = None; import xyashui.emulator"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert "the emulator needs uvicorn: pip install 'xyashui[emulator]'" in done.stderr
