"""Text completion: what is sent to `/v1/completions`, and what comes back, in all four ways."""

from __future__ import annotations

import json
import pickle
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.servers import CHUNKED, FaultServer, chunk, chunked, close, http
from tests.wire import DONE, error, event
from xyashui import ASHUI, XINGYUN, Answer, errors
from xyashui.emulator import Emulator
from xyashui.errors import ConfigurationError, StreamInterruptedError

from .conftest import async_client, sync_client

Complete = Callable[..., Awaitable[Answer]]


def settings(url: str, given: dict[str, Any]) -> dict[str, Any]:
    names = ("api_key", "max_retries")
    own = {name: given.pop(name) for name in names if name in given}
    return {"api_key": "test-key", "base_url": url, "max_retries": 0, "timeout": 15} | own


async def whole(url: str, prompt: Any = "One, two,", **given: Any) -> Answer:
    with sync_client(XINGYUN, settings(url, given)) as client:
        return client.complete(prompt, **given)


async def streamed(url: str, prompt: Any = "One, two,", **given: Any) -> Answer:
    with (
        sync_client(XINGYUN, settings(url, given)) as client,
        client.stream_complete(prompt, **given) as stream,
    ):
        texts = [piece.text for piece in stream]
    assert "".join(texts) == stream.answer.text
    return stream.answer


async def awhole(url: str, prompt: Any = "One, two,", **given: Any) -> Answer:
    async with async_client(XINGYUN, settings(url, given), plain=False) as client:
        return await client.complete(prompt, **given)


async def astreamed(url: str, prompt: Any = "One, two,", **given: Any) -> Answer:
    async with (
        async_client(XINGYUN, settings(url, given), plain=False) as client,
        client.stream_complete(prompt, **given) as stream,
    ):
        texts = [piece.text async for piece in stream]
    assert "".join(texts) == stream.answer.text
    return stream.answer


@pytest.fixture(params=[whole, streamed, awhole, astreamed], ids=lambda way: way.__name__)
def complete(request: pytest.FixtureRequest) -> Complete:
    return request.param


@pytest.fixture(params=[streamed, astreamed], ids=lambda way: way.__name__)
def stream(request: pytest.FixtureRequest) -> Complete:
    return request.param


class TestOnTheEmulator:
    async def test_a_text_is_gone_on_with(self, complete: Complete, emulator: Emulator) -> None:
        answer = await complete(emulator.xingyun_url, "Q: What is 2+3?\nA:")
        assert answer.text == " 2 + 3 = 5."
        assert answer.finish_reason == "stop"
        assert answer.model == answer.reported_model == "gpt-3.5-turbo-instruct"
        assert answer.usage is not None
        assert answer.usage.output_tokens > 0
        assert answer.id
        assert answer.id.startswith("cmpl-")

    async def test_what_is_sent_is_a_prompt_and_no_messages(
        self, complete: Complete, emulator: Emulator
    ) -> None:
        await complete(emulator.xingyun_url, "One, two,", temperature=0, suffix=" four")
        sent = emulator.requests[-1]
        assert sent.path == "/xingyun/v1/completions"
        sent.body.pop("stream_options", None)
        assert isinstance(sent.body.pop("stream"), bool)
        assert sent.body == {
            "model": "gpt-3.5-turbo-instruct",
            "prompt": "One, two,",
            "max_tokens": 256,
            "suffix": " four",
            "temperature": 0,
        }

    async def test_options_are_those_of_chat(self, complete: Complete, emulator: Emulator) -> None:
        given = {
            "max_tokens": 7, "top_p": 0.5, "presence_penalty": 1, "frequency_penalty": -1,
            "logit_bias": {"42": 3}, "user": "me", "extra_body": {"echo": True},
        }  # fmt: skip
        answer = await complete(emulator.xingyun_url, "Once upon a time", stop="zzz", **given)
        body = emulator.requests[-1].body
        extra = given.pop("extra_body")
        assert body.items() >= (given | extra | {"stop": ["zzz"]}).items()
        assert answer.text.startswith("Once upon a time")
        assert answer.finish_reason == "length"

    async def test_it_ends_before_a_stop_sequence(
        self, complete: Complete, emulator: Emulator
    ) -> None:
        answer = await complete(emulator.xingyun_url, "Q: What is 2+3?\nA:", stop=["="])
        assert (answer.text, answer.finish_reason) == (" 2 + 3 ", "stop")

    async def test_a_stream_ends_with_the_token_count_unless_that_is_not_wanted(
        self, stream: Complete, emulator: Emulator
    ) -> None:
        assert (await stream(emulator.xingyun_url)).usage is not None
        assert emulator.requests[-1].body["stream_options"] == {"include_usage": True}
        assert (await stream(emulator.xingyun_url, stream_usage=False)).usage is None

    @pytest.mark.parametrize("way", [whole, awhole])
    async def test_several_completions_at_once(self, way: Complete, emulator: Emulator) -> None:
        answer = await way(emulator.xingyun_url, "Once upon a time", n=3)
        assert len({choice.text for choice in answer.choices}) == 3

    async def test_errors_are_those_of_chat(self, complete: Complete, emulator: Emulator) -> None:
        with pytest.raises(errors.AuthenticationError, match="无效的令牌"):
            await complete(emulator.xingyun_url, api_key="invalid")
        with pytest.raises(errors.ModelNotFoundError, match="gpt-9"):
            await complete(emulator.xingyun_url, model="gpt-9")
        with pytest.raises(errors.ContextOverflowError):
            await complete(emulator.xingyun_url, "word " * 5000)


def piece(text: str, finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "text": text, "logprobs": None, "finish_reason": finish}]}


class TestOnTheWire:
    async def test_a_document_for_a_stream_and_a_stream_for_a_document(
        self, complete: Complete
    ) -> None:
        document = http({**piece(" three", "stop"), "usage": {"total_tokens": 3}})
        events = chunked(event(piece(" th")), event(piece("ree")), event(piece("", "stop")), DONE)
        for script in (document, events):
            with FaultServer([script]) as server:
                assert (await complete(server.url)).text == " three"

    async def test_what_is_cut_short_is_no_completion(self, complete: Complete) -> None:
        script = [CHUNKED + chunk(event(piece(" three")) + event(piece(", fo"))), close]
        with FaultServer(script) as server, pytest.raises(StreamInterruptedError) as caught:
            await complete(server.url)
        assert caught.value.text == " three, fo"

    async def test_what_may_pass_is_tried_again(self, complete: Complete) -> None:
        busy = http(error("负载已饱和"), 429, "application/json", retry_after=0)
        with FaultServer([busy], [http(piece(" three", "stop"))]) as server:
            assert (await complete(server.url, max_retries=1)).text == " three"
            assert [json.loads(one.body)["prompt"] for one in server.requests] == ["One, two,"] * 2


class TestWhatIsRefusedBeforeAnythingIsSent:
    @pytest.mark.parametrize(
        ("given", "reason"),
        [
            ({"tools": []}, "'tools' is an option of chat"),
            ({"images": None}, "'images' is an option of chat"),
            ({"web_search": True}, "'web_search' is an option of chat"),
            ({"response_format": {}}, "'response_format' is an option of chat"),
            ({"temprature": 1}, "no option 'temprature'. Did you mean 'temperature'.*extra_body"),
            ({"temperature": 3}, "temperature=3 is outside"),
            ({"suffix": 5}, "suffix must be str"),
            ({"max_tokens": 0}, "max_tokens=0 is outside"),
            ({"model": ""}, "model must be the name"),
            ({"stop": ["a"] * 5}, "at most 4"),
        ],
    )
    async def test_options_that_cannot_be(
        self, given: dict[str, Any], reason: str, complete: Complete
    ) -> None:
        with FaultServer([http({})]) as server:
            with pytest.raises(ConfigurationError, match=reason):
                await complete(server.url, **given)
            assert not server.requests

    @pytest.mark.parametrize("prompt", ["", None, 5, ["One"], b"One"])
    async def test_what_is_no_text(self, prompt: Any, complete: Complete) -> None:
        with FaultServer([http({})]) as server:
            with pytest.raises(ConfigurationError, match="nothing to complete"):
                await complete(server.url, prompt)
            assert not server.requests

    def test_a_service_that_completes_none(self, emulator: Emulator) -> None:
        given = {"api_key": "test-key", "base_url": emulator.ashui_url}
        before = len(emulator.requests)
        with (
            sync_client(ASHUI, given) as client,
            pytest.raises(ConfigurationError, match="documents no completions: it offers chat"),
        ):
            client.complete("One, two,")
        assert len(emulator.requests) == before


def test_a_provider_has_options_of_completion_that_chat_has_not() -> None:
    chat, completion = XINGYUN.option_names, XINGYUN.completion_option_names
    assert completion - chat == {"suffix"}
    assert {"tools", "images", "web_search", "response_format"} <= chat - completion
    assert pickle.loads(pickle.dumps(XINGYUN)).completion_model == "gpt-3.5-turbo-instruct"
