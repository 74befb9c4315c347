"""What is told of a task, and of a picture that is fetched, tells no key: errors, and the log.

Variables are not looked through: the program has the task, and the picture, and what they say.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import pytest

from tests.security.canary import BOTH, HEADER, KEY, said, seen, settings, written
from tests.servers import FaultServer, http
from xyashui import AsyncClient, Client, XyashuiError

pytestmark = pytest.mark.usefixtures("log")

FAST = {"poll_interval": 0.001}

TASKS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a reason": ({"status": "FAILURE", "failReason": f"bad {BOTH}"}, FAST),
    "a description": ({"status": "FAILURE", "description": f"bad {BOTH}"}, FAST),
    "a status": ({"status": f"?{BOTH}"}, {"poll_interval": 5, "timeout": 0.2}),
}
BUTTONS: dict[str, Callable[[Any], Any]] = {
    "press": lambda task: task.press("nosuch"),
    "upscale": lambda task: task.upscale(1),
    "reroll": lambda task: task.reroll(),
    "find_button": lambda task: task.find_button("nosuch"),
}
PICTURES: dict[str, list[Any]] = {
    "gone": [http(b"", 404)],
    "elsewhere": [http(b"", 302, None, location=f"ftp://a.cn/{KEY}")],
    "in a circle": [http(b"", 302, None, location=f"/{KEY}?{HEADER}")],
    "a page": [http(f"<html>{BOTH}".encode(), 200, "text/html")],
}


def check(error: BaseException) -> None:
    for words in said(error):
        assert not seen(words)
    assert not seen("".join(traceback.format_exception(error)))
    assert not seen(written(error))


async def failure(server: FaultServer, asynchronous: bool, does: Callable[[Any], Any]) -> Any:
    """Do something with a client, and return the error."""
    given = settings(server.url)
    if asynchronous:
        async with AsyncClient(**given) as awaited:
            with pytest.raises(XyashuiError) as caught:
                await does(awaited)
    else:
        with Client(**given) as client, pytest.raises(XyashuiError) as caught:
            does(client)
    return caught.value


each_way = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])


@each_way
@pytest.mark.parametrize("said", TASKS)
async def test_of_a_task_that_is_waited_for(said, asynchronous):
    record, options = TASKS[said]
    with FaultServer([http({"id": "5", **record})]) as server:
        error = await failure(
            server, asynchronous, lambda client: client.midjourney.task("5").wait(**options)
        )
    assert "***" in str(error)
    check(error)


@pytest.mark.parametrize("press", BUTTONS.values(), ids=BUTTONS)
async def test_of_a_button(press):
    record = {"id": "5", "status": "SUCCESS", "buttons": [{"label": KEY, "customId": HEADER}]}
    with FaultServer([http(record)]) as server:
        error = await failure(server, False, lambda client: press(client.midjourney.fetch("5")))
    assert "***" in str(error)
    check(error)


@pytest.mark.parametrize("script", PICTURES)
@pytest.mark.parametrize("asynchronous", [False, True, "crossed"])
async def test_of_a_picture(script, asynchronous, log):
    async def fetched(client: AsyncClient) -> None:
        picture = (await client.generate_image("a cat")).first
        picture.bytes() if asynchronous == "crossed" else await picture.abytes()

    with FaultServer(PICTURES[script]) as place:
        painted = {"data": [{"url": f"{place.url}/{KEY}?{HEADER}"}]}
        with FaultServer([http(painted)]) as server:
            does = fetched if asynchronous else lambda one: one.generate_image("a").first.bytes()
            check(await failure(server, bool(asynchronous), does))
    assert not seen(log.text)


@each_way
async def test_of_a_picture_that_cannot_be_fetched_yet(asynchronous, log):
    with FaultServer([http(b"", 404)]) as place, FaultServer() as server:
        server.play([http({"data": [{"url": f"{place.url}/{KEY}"}]})])
        if asynchronous:
            async with AsyncClient(**settings(server.url)) as awaited:
                await awaited.generate_image("a cat", download=True)
        else:
            with Client(**settings(server.url)) as client:
                client.generate_image("a cat", download=True)
    assert "could not be fetched" in log.text
    assert not seen("\n".join(one.getMessage() for one in log.records if one.name == "xyashui"))


@pytest.mark.parametrize("url", [f"ftp://a.cn/{KEY}", f"http://127.0.0.1:1/{KEY}", f"//{KEY}"])
async def test_of_an_address_that_leads_nowhere(url):
    with FaultServer([http({"data": [{"url": url}]})]) as server:
        check(await failure(server, False, lambda one: one.generate_image("a").first.bytes()))
