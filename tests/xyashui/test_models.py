"""The list of models, as the service has it and in odd shapes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.servers import FaultServer, http
from tests.wire import error
from xyashui import ASHUI, XINGYUN, AsyncClient, Client, Provider
from xyashui.emulator import XINGYUN_MODELS, Emulator
from xyashui.endpoints.models import Model
from xyashui.errors import AuthenticationError, ConfigurationError, ProtocolError, ServerError

List = Callable[..., Awaitable[list[Model]]]


async def _sync(url: str, provider: Provider = XINGYUN, **given: Any) -> list[Model]:
    given = {"api_key": "test-key", "max_retries": 0, **given}
    with Client(provider, base_url=url, **given) as client:
        return client.models()


async def _async(url: str, provider: Provider = XINGYUN, **given: Any) -> list[Model]:
    given = {"api_key": "test-key", "max_retries": 0, **given}
    async with AsyncClient(provider, base_url=url, **given) as client:
        return await client.models()


@pytest.fixture(params=[_sync, _async], ids=["sync", "async"])
def models(request: pytest.FixtureRequest) -> List:
    return request.param


async def test_they_are_those_of_the_service_in_its_order(models: List, emulator: Emulator) -> None:
    found = await models(emulator.xingyun_url)
    assert [model.id for model in found] == list(XINGYUN_MODELS)
    by_id = {model.id: model for model in found}
    assert by_id["qwen-turbo"].owned_by == "ali"
    assert by_id["qwen-turbo"].raw["object"] == "model"
    assert emulator.requests[-1].method == "GET"


async def test_a_wrong_key_is_told(models: List, emulator: Emulator) -> None:
    with pytest.raises(AuthenticationError, match="无效的令牌") as caught:
        await models(emulator.xingyun_url, api_key="invalid")
    assert "(HTTP 401)" in str(caught.value)  # no model was asked, and none is named


async def test_a_service_without_a_list_is_not_asked(models: List, emulator: Emulator) -> None:
    before = len(emulator.requests)
    with pytest.raises(ConfigurationError, match="documents no models: it offers chat"):
        await models(emulator.ashui_url, ASHUI)
    assert len(emulator.requests) == before


async def test_an_empty_list_is_one(models: List) -> None:
    with FaultServer([http({"object": "list", "data": []})]) as server:
        assert await models(server.url) == []
        assert server.requests[0].target == "/v1/models"


@pytest.mark.parametrize("name", [None, {}, ""], ids=repr)
async def test_an_entry_without_one_is_none(models: List, name: Any) -> None:
    with FaultServer([http({"data": [{"id": name}]})]) as server, pytest.raises(ProtocolError):
        await models(server.url)


async def test_what_is_no_list_is_none(models: List) -> None:
    with FaultServer([http({"data": {}})]) as server, pytest.raises(ProtocolError):
        await models(server.url)


@pytest.mark.parametrize("half", [b"\\ud800", b"\\uDFFF", b"\xed\xa0\x80"], ids=str)
async def test_half_a_character_is_told_as_one_that_is_missing(models: List, half: bytes) -> None:
    with FaultServer([http(b'{"data": [{"id": "a' + half + b'"}]}')]) as server:
        (model,) = await models(server.url)
    assert model.id.startswith("a\ufffd")
    assert f"{model}".encode()


async def test_an_entry_needs_a_name_and_nothing_else(models: List) -> None:
    with FaultServer([http({"data": [{"id": "a", "owned_by": None}]})]) as server:
        assert await models(server.url) == [Model("a", "", {"id": "a", "owned_by": None})]


@pytest.mark.parametrize(
    "body",
    [{}, {"data": None}, {"data": ["gpt-4"]}, {"data": [{"name": "gpt-4"}]}, [], b"<html>", b"",
     {"data": 5}, {"data": [None]}],
    ids=str,
)  # fmt: skip
async def test_another_shape_is_no_list(body: Any, models: List) -> None:
    with FaultServer([http(body)]) as server, pytest.raises(ProtocolError, match="cannot be read"):
        await models(server.url)


async def test_an_error_under_http_200_is_one(models: List) -> None:
    with (
        FaultServer([http(error("无效的令牌"))]) as server,
        pytest.raises(AuthenticationError, match="无效的令牌"),
    ):
        await models(server.url)


async def test_what_may_pass_is_tried_again(models: List) -> None:
    listed = http({"data": [{"id": "a"}]})
    broken = http(b"<html>Bad Gateway</html>", 502, "text/html")
    with FaultServer([broken], [listed]) as server:
        assert [model.id for model in await models(server.url, max_retries=1)] == ["a"]
    with FaultServer([broken]) as server:
        with pytest.raises(ServerError):
            await models(server.url)
        assert len(server.requests) == 1
