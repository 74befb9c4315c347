"""Every row of both error tables can be brought about by a key or a model."""

import json

import pytest

from xyashui.emulator import TRIGGERS, Trigger

XINGYUN = [each for each in TRIGGERS if each.service == "xingyun"]
ASHUI = [each for each in TRIGGERS if each.service == "ashui"]


def asked(trigger: Trigger) -> dict[str, str]:
    return {trigger.kind: trigger.name}


@pytest.mark.parametrize("trigger", XINGYUN, ids=lambda each: f"{each.kind}-{each.name}")
def test_xingyun(xingyun, trigger) -> None:
    response = xingyun.post("hi", **asked(trigger))
    assert response.status_code == trigger.status
    if trigger.arrives == "page":
        assert response.headers["content-type"].startswith("text/html")
        assert trigger.message in response.text
        return
    error = response.json()["error"]
    model = trigger.name if trigger.kind == "model" else "gpt-4-turbo"
    assert error["message"].startswith(trigger.message.format(model=model))
    assert "(request id: " in error["message"]
    assert error["code"] == trigger.code
    assert ("retry-after" in response.headers) == (trigger.retry_after is not None)


@pytest.mark.parametrize("trigger", ASHUI, ids=lambda each: f"{each.kind}-{each.name}")
@pytest.mark.parametrize("stream", [False, True])
def test_ashui(ashui, trigger, stream) -> None:
    response = ashui.post("count to 9", stream=stream, **asked(trigger))
    assert response.status_code == 200
    last = response.text.strip().split("\n\n")[-1].removeprefix("data:")
    envelope = {"Type": "string", "Data": None, "Err": trigger.message, "Code": trigger.code}
    assert json.loads(last) == envelope


def test_every_documented_status_and_code_has_a_trigger() -> None:
    assert {each.status for each in XINGYUN} == {
        200,
        400,
        401,
        403,
        404,
        429,
        500,
        502,
        503,
        504,
        524,
    }
    assert {each.code for each in ASHUI} == {400, 401, 500, 600, 601, 700, 701, 800, 900}


def test_names_are_unique_and_described() -> None:
    names = [(each.service, each.kind, each.name) for each in TRIGGERS]
    assert len(set(names)) == len(names)
    assert all(each.meaning for each in TRIGGERS)


def test_a_missing_key_is_refused(xingyun, ashui) -> None:
    response = xingyun.post("hi", key=None)
    assert response.status_code == 401
    assert response.json()["error"]["message"].startswith("未提供令牌")
    assert ashui.post("hi", key=None).json()["Code"] == 600


@pytest.mark.parametrize("service", ["xingyun", "ashui"])
def test_a_stream_can_begin_well_and_then_fail(request, service) -> None:
    client = request.getfixturevalue(service)
    response = client.post("count to 9", model="error-mid-stream", stream=True)
    assert response.status_code == 200
    assert '"content":"1"' in response.text
    assert '"finish_reason":"stop"' not in response.text
    assert ('"error":{' in response.text) or ('"Code":500' in response.text)


def test_an_error_in_the_body_comes_with_http_200(xingyun) -> None:
    text = xingyun.post("hi", model="error-in-body", stream=True).text
    assert text.startswith('data: {"error":{')
