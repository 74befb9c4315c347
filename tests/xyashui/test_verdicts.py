"""What an error says of a service, and of asking another one."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from openai import APIConnectionError, OpenAI

from tests.servers import FaultServer, closed_port, http, reset
from xyashui import errors, verdicts
from xyashui.errors import XyashuiError
from xyashui.verdicts import Verdict, described, verdict

DOWN = Verdict(up=False, elsewhere=True)
UP = Verdict(up=True, elsewhere=True)
AT_FAULT = Verdict(up=True, elsewhere=False)
UNKNOWN = Verdict(up=None, elsewhere=True)


def leaves(cls: type[XyashuiError]) -> list[type[XyashuiError]]:
    below = [one for one in cls.__subclasses__() if one.__module__ == errors.__name__]
    return [leaf for one in below for leaf in leaves(one)] or [cls]


def table() -> dict[str, tuple[bool, bool]]:
    """Read the table at the top of the file: name -> counts, elsewhere."""
    rows: dict[str, tuple[bool, bool]] = {}
    said = (False, False)
    for line in (verdicts.__doc__ or "").splitlines():
        if not re.match(r" {4,6}[A-Z]\w+Error", line):
            continue
        if found := re.search(r" (yes|no) +(yes|no)\b", line):
            said = (found[1] == "yes", found[2] == "yes")
        rows |= dict.fromkeys(re.findall(r"[A-Z]\w+Error", line), said)
    return rows


def test_the_table_has_every_error():
    assert set(table()) == {cls.__name__ for cls in leaves(XyashuiError)}


@pytest.mark.parametrize("cls", leaves(XyashuiError), ids=lambda cls: cls.__name__)
def test_the_table_is_what_is_done(cls):
    counts, elsewhere = table()[cls.__name__]
    said = verdict(cls("explained"))
    assert ((said.up is False), said.elsewhere) == (counts, elsewhere)


def test_an_adapters_class_is_as_the_one_it_is_of():
    class Adapted(errors.ServerError):
        pass

    assert verdict(Adapted("explained")) == DOWN


def test_nothing_is_known_of_a_service_that_was_not_called():
    error = errors.APITimeoutError("it waited for its turn")
    error.sent = False
    assert verdict(error) == UNKNOWN


# Errors of other libraries


class ForeignError(Exception):
    """What another library raises for an HTTP status."""

    def __init__(self, status: Any, words: str = "") -> None:
        super().__init__(words)
        self.status_code = status


@pytest.mark.parametrize(
    ("status", "words", "said"),
    [
        (400, "invalid value", AT_FAULT),
        (400, "This model's maximum context length is 8192 tokens", UP),
        (400, "code: context_length_exceeded", UP),
        (401, "", DOWN),
        (403, "", UP),
        (403, "insufficient_quota", DOWN),
        (404, "", UP),
        (408, "", DOWN),
        (422, "", AT_FAULT),
        (429, "", DOWN),
        (500, "", DOWN),
        (503, "overloaded", DOWN),
        (529, "", DOWN),
        (503, "model_not_found", UP),
        ("500", "no status", UNKNOWN),
        (200, "no error", UNKNOWN),
    ],
)
def test_a_status_means_what_it_means_here(status, words, said):
    assert verdict(ForeignError(status, words)) == said


def test_the_status_may_be_the_responses():
    request = httpx.Request("POST", "http://127.0.0.1")
    error = httpx.HTTPStatusError("no", request=request, response=httpx.Response(502))
    assert verdict(error) == DOWN


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConnectionRefusedError(), DOWN),
        (TimeoutError(), DOWN),
        (httpx.RemoteProtocolError("Server disconnected"), DOWN),
        (FileNotFoundError(2, "No such file", "picture.png"), UNKNOWN),
        (ValueError("no JSON"), UNKNOWN),
        (NotImplementedError(), UNKNOWN),
    ],
    ids=lambda it: type(it).__name__,
)
def test_trouble_with_a_connection_counts_and_others_do_not(error, said):
    assert verdict(error) == said


def test_what_wraps_trouble_is_trouble():
    error = RuntimeError("the library's own error")
    error.__cause__ = httpx.ReadTimeout("silence")
    assert verdict(error) == DOWN


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ([http({"error": {"message": "overloaded"}}, 503)], DOWN),
        ([http({"error": {"message": "Invalid key"}}, 401)], DOWN),
        ([http({"error": {"message": "no such field"}}, 400)], AT_FAULT),
        ([reset], DOWN),
    ],
)
def test_the_openai_librarys_errors_are_understood(script, said):
    with FaultServer(script) as server:
        client = OpenAI(api_key="test-key", base_url=server.url, max_retries=0)
        with pytest.raises(Exception) as caught:  # noqa: PT011 - which it is, is theirs to say
            client.chat.completions.create(model="m", messages=[])
    assert verdict(caught.value) == said


def test_the_openai_librarys_closed_port_is_understood():
    with closed_port() as port, pytest.raises(APIConnectionError) as caught:
        OpenAI(api_key="k", base_url=f"http://127.0.0.1:{port}", max_retries=0).models.list()
    assert verdict(caught.value) == DOWN


def test_an_error_is_described_by_its_class_and_not_too_many_of_its_words():
    assert described(ValueError("no JSON")) == "ValueError: no JSON"
    assert described(KeyError()) == "KeyError"
    assert len(described(ValueError("x" * 1000))) < 320
