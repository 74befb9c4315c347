"""What is done to errors, logs and variables so that they tell no key."""

from __future__ import annotations

import json
import logging
import pickle
from typing import Any, NamedTuple

import pytest

from tests.steps import every_step
from xyashui import secrecy
from xyashui.errors import ProtocolError
from xyashui.secrecy import (
    Key,
    Secrets,
    conceal,
    keep_out_of_logs,
    keys_are_pickled,
    pickle_keys,
)

KEY = "test-key-of-many-letters"
SECRETS = Secrets(KEY, {"X-Api-Key": "Bearer another-secret", "X-Title": "harmless"})


def test_a_key_is_a_string_that_does_not_show_itself():
    key = Key(KEY)
    assert (key, f"Bearer {key}", hash(key)) == (KEY, f"Bearer {KEY}", hash(KEY))
    assert repr([key]) == "['***']"
    assert pickle.loads(pickle.dumps(key)) == KEY


def test_settings_are_concealed_by_what_they_are_called():
    settings: dict[str, Any] = {
        "api_key": KEY,
        "auth_token": KEY,
        "model": "gpt-4",
        "max_tokens": 5,
        "default_headers": {"X-A": KEY},
    }
    conceal(settings)
    assert KEY not in repr(settings)
    assert settings["default_headers"] == {"X-A": KEY}
    assert "'gpt-4'" in repr(settings)


def test_what_is_cut_off_is_hidden_as_well():
    assert SECRETS.hide(f"{KEY} {KEY[:15]} {KEY[:8]} harmless") == "*** *** test-key harmless"
    assert SECRETS.hide("another-secret") == "***"
    assert Secrets("key", {}).hide("key keys monkey 'key'") == "*** keys monkey '***'"
    assert Secrets(None, {}).hide("all of it") == "all of it"


class Request(NamedTuple):
    url: str
    headers: dict[str, str]


class StubbornError(Exception):
    """An error that does not let itself be changed."""

    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError(name)


def fail() -> None:
    try:
        try:
            json.loads(f'{{"a": {KEY}')
        except ValueError as error:
            error.add_note(f"a note on {KEY}")
            error.request = Request("https://a.cn", {"Authorization": KEY})  # type: ignore[attr-defined]
            raise ExceptionGroup("several", [LookupError(KEY), StubbornError(KEY)]) from error
    except ExceptionGroup as error:
        raise ProtocolError(f"It begins: {KEY}") from error


def test_errors_are_cleaned_with_all_that_they_came_of():
    with pytest.raises(ProtocolError) as caught:
        fail()
    SECRETS.clean(caught.value)
    group = caught.value.__cause__
    assert isinstance(group, ExceptionGroup)
    origin: Any = group.__cause__
    assert str(caught.value) == "It begins: ***"
    assert group.exceptions[0].args == ("***",)
    assert KEY not in f"{origin} {vars(origin)}"
    assert origin.request == Request("https://a.cn", {})


def test_places_whose_variables_show_it_are_taken_out():
    def innermost(text: str) -> None:
        raise LookupError("nothing")

    def between() -> None:
        innermost(KEY)

    with pytest.raises(LookupError) as caught:
        between()
    SECRETS.clean(caught.value)
    names = []
    place = caught.value.__traceback__
    while place is not None:
        names.append(place.tb_frame.f_code.co_name)
        place = place.tb_next
    assert names == ["test_places_whose_variables_show_it_are_taken_out", "between"]


def test_logs_are_cleaned_as_long_as_there_is_somebody_whose_key_it_is(caplog):
    key = "unlike-any-other"  # for clients of other tests may be alive, and keep theirs out

    class Keeper:
        def secrets(self) -> Secrets:
            return Secrets(key, {})

    caplog.set_level(logging.DEBUG, "httpx")
    logger = logging.getLogger("httpx")
    keeper = Keeper()
    keep_out_of_logs(keeper)
    logger.info("%s said %s", "somebody", key)
    assert caplog.messages == ["somebody said ***"]
    del keeper
    logger.info("%s", key)
    assert caplog.records[-1].getMessage() == key


class BrokenKeeper:
    """A client that cannot say what its secrets are."""

    def secrets(self) -> Secrets:
        raise LookupError(KEY)


@pytest.mark.parametrize(
    ("text", "given", "why"),
    [("said %s", KEY, "LookupError"), ("%d", KEY, "TypeError")],
    ids=["nobody knows the secrets", "it cannot be written"],
)
def test_what_nobody_can_clean_is_not_logged(caplog, text, given, why):
    caplog.set_level(logging.DEBUG, "httpx")
    keeper = BrokenKeeper() if why == "LookupError" else None
    if keeper is not None:
        keep_out_of_logs(keeper)
    logging.getLogger("httpx").info(text, given)
    assert caplog.messages == [f"(not shown: secrets cannot be hidden in it: {why})"]
    assert KEY not in caplog.text
    del keeper


def test_clients_come_and_go_while_something_is_logged():
    record, kept = logging.LogRecord("httpx", logging.INFO, "", 1, "%s", (KEY,), None), []

    class Keeper:
        def secrets(self) -> Secrets:
            return SECRETS

    there_always = Keeper()
    keep_out_of_logs(there_always)

    def come(number: int) -> None:
        kept[:] = [Keeper() for _ in range(number)]
        for one in kept:
            keep_out_of_logs(one)

    def scene():
        nonlocal record
        record = logging.LogRecord("httpx", logging.INFO, "", 1, "%s", (KEY,), None)
        come(3)
        return lambda: logging.getLogger("httpx").filter(record), lambda: come(5)

    for place in every_step(secrecy, scene):
        assert record.getMessage() == "***", place


def test_whether_keys_are_pickled_is_said_for_a_block():
    with pytest.raises(LookupError), pickle_keys():
        raise LookupError
    assert not keys_are_pickled()
