"""Texts as vectors: in batches, at once, in order; and what is left when one fails."""

from __future__ import annotations

import asyncio
import contextvars
import copy
import math
import pickle
import subprocess
import sys
import textwrap
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import numpy
import pytest

from tests.servers import FaultServer, close, http
from tests.vectors import (
    VectorService,
    answered,
    encoded,
    refuse_any_with,
    refused,
    serve_vectors,
    vector,
    vectors,
)
from xyashui import ASHUI, AsyncClient, Client, Embeddings, errors
from xyashui.emulator import Emulator, Faults, serve
from xyashui.endpoints.embeddings import Kept

Embed = Callable[..., Awaitable[Embeddings]]

SETTINGS = {"default_headers", "http_client", "max_retries", "provider", "deadline_of_client"}
TEN = [f"text {number}" for number in range(10)]
PATIENCE = 20  # seconds after which nothing may hold a test any longer


@pytest.fixture(autouse=True, scope="module")
def _connections_stay_open() -> Iterator[None]:
    with Client(api_key="test-key"):
        yield


@pytest.fixture
def service() -> Iterator[VectorService]:
    with serve_vectors() as running:
        yield running


@pytest.fixture(params=["sync", "async"])
def embed(request: pytest.FixtureRequest) -> Embed:
    """Embed with either client: options that are a client's are given to it."""

    async def embed(url: str, texts: Any, **options: Any) -> Embeddings:
        settings = {"api_key": "test-key", "base_url": url, "max_retries": 0}
        settings |= {name: options.pop(name) for name in SETTINGS & options.keys()}
        if "deadline_of_client" in settings:
            settings["deadline"] = settings.pop("deadline_of_client")
        if request.param == "sync":
            with Client(**settings) as client:
                return client.embed(texts, **options)
        async with AsyncClient(**settings) as client:
            return await client.embed(texts, **options)

    return embed


async def failure(embed: Embed, *args: Any, **options: Any) -> errors.XyashuiError:
    with pytest.raises(errors.XyashuiError) as caught:
        await embed(*args, **options)
    return caught.value


def embedded(error: errors.XyashuiError) -> Embeddings:
    assert error.embedded is not None
    return error.embedded


class TestVectors:
    async def test_are_those_of_their_texts(self, embed, service):
        found = await embed(service.url, ["济南", "青岛"])
        assert found.tolist() == vectors("济南", "青岛")
        assert (found.model, found.reported_model) == ("text-embedding-ada-002", "reported")
        assert (len(found), found.dimensions) == (2, 4)
        assert found.usage.input_tokens == 2
        assert service.bodies == [
            {
                "model": "text-embedding-ada-002",
                "input": ["济南", "青岛"],
                "encoding_format": "base64",
            }
        ]

    async def test_one_text_needs_no_list(self, embed, service):
        assert (await embed(service.url, "济南")).tolist() == vectors("济南")

    async def test_texts_may_come_from_anything_with_an_order(self, embed, service):
        found = await embed(service.url, (f"text {number}" for number in range(3)))
        assert found.texts == ("text 0", "text 1", "text 2")

    async def test_no_text_is_no_request(self, embed, service):
        found = await embed(service.url, [])
        assert (found.tolist(), found.dimensions, found.usage) == ([], None, None)
        assert service.bodies == []

    async def test_options_are_sent(self, embed, service):
        await embed(
            service.url, "x", model="m", dimensions=4, user="u", extra_body={"input_type": "query"}
        )
        assert service.bodies == [
            {
                "model": "m",
                "input": ["x"],
                "encoding_format": "base64",
                "dimensions": 4,
                "user": "u",
                "input_type": "query",
            }
        ]

    @pytest.mark.parametrize("asked", ["base64", "float"])
    @pytest.mark.parametrize("given", ["base64", "float"])
    async def test_are_read_in_either_encoding_whichever_was_asked(
        self, embed, service, asked, given
    ):
        write = encoded if given == "base64" else list
        data = [{"index": 0, "embedding": write([0.1, -2.5, 0.0])}]
        service.answer = lambda texts, service: {"data": data}
        found = await embed(service.url, "x", encoding_format=asked)
        assert found[0].tolist() == pytest.approx([0.1, -2.5, 0.0])
        assert service.bodies[0]["encoding_format"] == asked

    async def test_numbers_are_not_rounded_where_they_come_as_json(self, embed, service):
        service.answer = lambda texts, service: {"data": [{"embedding": [0.1, 1 / 3]}]}
        assert (await embed(service.url, "x")).tolist() == [[0.1, 1 / 3]]

    async def test_are_put_in_order_by_index(self, embed, service):
        def answer(texts: list[str], service: VectorService) -> Any:
            body = answered(texts)
            return body | {"data": body["data"][::-1]}

        service.answer = answer
        assert (await embed(service.url, TEN)).tolist() == vectors(*TEN)

    async def test_are_in_the_order_of_their_coming_without_an_index(self, embed, service):
        service.answer = lambda texts, service: {
            "data": [{"embedding": vector(text)} for text in texts]
        }
        found = await embed(service.url, TEN)
        assert found.tolist() == vectors(*TEN)
        assert (found.usage, found.reported_model) == (None, None)


class TestBatches:
    async def test_have_the_size_that_is_asked_for(self, embed, service):
        found = await embed(service.url, TEN, batch_size=4, max_concurrency=1)
        assert service.inputs == [TEN[:4], TEN[4:8], TEN[8:]]
        assert found.tolist() == vectors(*TEN)
        assert found.usage.total_tokens == 10

    async def test_have_256_texts_unless_asked_for(self, embed, service):
        texts = [f"text {number}" for number in range(600)]
        found = await embed(service.url, texts)
        assert sorted(map(len, service.inputs)) == [88, 256, 256]
        assert found.tolist() == vectors(*texts)

    async def test_may_come_back_in_any_order(self, embed, service):
        last_is_answered = threading.Event()

        def answer(texts: list[str], service: VectorService) -> Any:
            if texts[0] == TEN[0]:
                assert last_is_answered.wait(PATIENCE)
            elif texts[-1] == TEN[-1]:
                last_is_answered.set()
            return answered(texts)

        service.answer = answer
        found = await embed(service.url, TEN, batch_size=2)
        assert found.tolist() == vectors(*TEN)

    async def test_go_at_once_up_to_the_limit(self, embed, service):
        meeting = threading.Barrier(3)

        def answer(texts: list[str], service: VectorService) -> Any:
            meeting.wait(PATIENCE)  # nobody passes unless three are there
            return answered(texts)

        service.answer = answer
        texts = [f"text {number}" for number in range(9)]
        found = await embed(service.url, texts, batch_size=1, max_concurrency=3)
        assert found.tolist() == vectors(*texts)
        assert service.most_at_once == 3

    async def test_are_shown_to_go_by_a_progress_bar(self, embed, service, capsys):
        await embed(service.url, TEN, batch_size=3, show_progress=True)
        shown = capsys.readouterr().err
        assert "Embedding" in shown
        assert "10/10" in shown

    async def test_go_by_in_silence_where_nobody_asks(self, embed, service, capsys):
        await embed(service.url, TEN, batch_size=3)
        assert capsys.readouterr().err == ""

    def test_see_the_context_of_their_caller(self, service):
        who = contextvars.ContextVar("who", default="nobody")
        seen = []
        hooks = {"request": [lambda request: seen.append(who.get())]}
        with httpx.Client(event_hooks=hooks) as http_client:
            client = Client(api_key="test-key", base_url=service.url, http_client=http_client)
            who.set("me")
            client.embed(TEN, batch_size=2)
        assert seen == ["me"] * 5

    @pytest.mark.parametrize(
        "message", ["array too long", "maximum context length is 300000 tokens in all"]
    )
    async def test_too_large_for_the_service_are_cut(self, embed, service, message):
        def answer(texts: list[str], service: VectorService) -> Any:
            return refused(message) if len(texts) > 3 else answered(texts)

        service.answer = answer
        found = await embed(service.url, TEN)
        assert found.tolist() == vectors(*TEN)
        assert set(service.embedded.values()) == {1}


class TestWhatCannotBe:
    @pytest.mark.parametrize("text", ["", None, 5, b"bytes"])
    async def test_a_text_is_named(self, embed, service, text):
        error = await failure(embed, service.url, ["a", "b", text])
        assert isinstance(error, errors.ConfigurationError)
        assert error.index == 2
        assert "index 2" in str(error)
        assert service.bodies == []

    @pytest.mark.parametrize("texts", [None, 5, b"bytes", {"a": 1}, {"a"}])
    async def test_texts(self, embed, service, texts):
        error = await failure(embed, service.url, texts)
        assert isinstance(error, errors.ConfigurationError)
        assert "list of strings" in str(error)

    @pytest.mark.parametrize(
        ("options", "reason"),
        [
            ({"batch_size": 2049}, "1 to 2,048"),
            ({"batch_size": 0}, "1 to 2,048"),
            ({"batch_size": True}, "1 to 2,048"),
            ({"batch_size": "10"}, "1 to 2,048"),
            ({"max_concurrency": 0}, "1 or more"),
            ({"max_concurrency": 1.5}, "1 or more"),
            ({"dimensions": 0}, "dimensions=0 is outside"),
            ({"dimensions": "256"}, "dimensions must be int"),
            ({"user": 5}, "user must be str"),
            ({"encoding_format": "hex"}, "'base64' or 'float'"),
            ({"show_progress": "yes"}, "True or False"),
            ({"model": " "}, "name of a model"),
            ({"extra_body": ["x"]}, "dict with string keys"),
            ({"timeout": -1}, "timeout must be"),
            ({"deadline": -1}, "deadline must be"),
            ({"resume": [1.0]}, r"error\.embedded"),
            ({"dimension": 5}, "Did you mean 'dimensions'.*extra_body"),
        ],
    )
    async def test_options(self, embed, service, options, reason):
        with pytest.raises(errors.ConfigurationError, match=reason):
            await embed(service.url, TEN, **options)
        assert service.bodies == []

    async def test_a_service_without_embeddings(self, embed, service):
        with pytest.raises(errors.ConfigurationError, match="documents no embeddings"):
            await embed(service.url, [], provider=ASHUI)

    @pytest.mark.parametrize("given", [{"model": "other"}, {"dimensions": 5}])
    async def test_vectors_of_another_model_or_length_to_go_on_from(self, embed, service, given):
        before = await embed(service.url, "x")
        with pytest.raises(errors.ConfigurationError, match="resume has vectors"):
            await embed(service.url, TEN, resume=before, **given)


def entries(*embeddings: Any, **fields: Any) -> dict[str, Any]:
    return {"data": [{"index": i, "embedding": one} for i, one in enumerate(embeddings)], **fields}


NOT_VECTORS = {
    "too few": entries([1.0]),
    "too many": entries([1.0], [1.0], [1.0]),
    "of two lengths": entries([1.0], [1.0, 2.0]),
    "one index twice": {"data": [{"index": 0, "embedding": [1.0]}] * 2},
    "an index that is no text's": {
        "data": [{"index": 1, "embedding": [1.0]}, {"index": 2, "embedding": [1.0]}]
    },
    "an index for some": {"data": [{"index": 0, "embedding": [1.0]}, {"embedding": [1.0]}]},
    "an index that is no number": {"data": [{"index": "0", "embedding": [1.0]}] * 2},
    "empty": entries([], []),
    "empty base64": entries("", ""),
    "not of numbers": entries(["a"], ["b"]),
    "null": entries(None, None),
    "numbers in lists": entries([[1.0]], [[1.0]]),
    "not a number": entries([1.0, math.nan], [1.0, 2.0]),
    "infinite": entries([1.0, -math.inf], [1.0, math.inf]),
    "infinite both ways": entries(encoded([math.inf, -math.inf]), encoded([1.0, 2.0])),
    "beyond all numbers": entries([10**400], [1.0]),
    "no base64": entries("*" * 8, "*" * 8),
    "cut base64": entries(encoded([1.0])[:-3], encoded([1.0])),
    "bytes that are no floats": entries("AAAA", "AAAA"),
    "no embedding": {"data": [{"index": 0}, {"index": 1}]},
    "no data": {"object": "list"},
    "data that is null": {"data": None},
    "entries that are none": {"data": [[1.0], [1.0]]},
    "a list": [[1.0], [1.0]],
}


class TestAnAnswerThatIsNone:
    @pytest.mark.parametrize("payload", NOT_VECTORS.values(), ids=NOT_VECTORS)
    async def test_is_an_error_of_its_own(self, embed, service, payload):
        service.answer = lambda texts, service: payload
        error = await failure(embed, service.url, ["a", "b"])
        assert type(error) is errors.ProtocolError
        assert error.provider == "xingyun"
        assert embedded(error).missing == (0, 1)

    async def test_names_the_text_whose_vector_it_is(self, embed, service):
        def answer(texts: list[str], service: VectorService) -> Any:
            numbers = [[math.nan if text == TEN[7] else 1.0, 2.0] for text in texts]
            return entries(*numbers)

        service.answer = answer
        error = await failure(embed, service.url, TEN, batch_size=5, max_concurrency=1)
        assert (error.index, embedded(error).missing) == (7, (5, 6, 7, 8, 9))
        assert "NaN" in str(error)
        assert "index 7: 'text 7'" in str(error)

    async def test_has_vectors_of_another_length_than_the_last(self, embed, service):
        service.answer = lambda texts, service: entries([1.0] * len(service.bodies))
        error = await failure(embed, service.url, TEN[:3], batch_size=1, max_concurrency=1)
        assert type(error) is errors.ProtocolError
        assert "2 numbers, after others of 1" in str(error)
        assert embedded(error).missing == (1, 2)

    async def test_has_vectors_of_another_length_than_was_asked(self, embed, service):
        error = await failure(embed, service.url, TEN[:2], dimensions=3)
        assert type(error) is errors.ProtocolError
        assert "has 4 numbers, and dimensions=3 was asked for" in str(error)

    async def test_is_an_error_under_http_200(self, embed, service):
        service.answer = lambda texts, service: (refused("额度不足", 200)[0], 200)
        error = await failure(embed, service.url, TEN)
        assert type(error) is errors.QuotaExceededError


class TestATextAtFault:
    @pytest.mark.parametrize("place", [0, 1, 4, 5, 9])
    @pytest.mark.parametrize("batch_size", [10, 4, 1])
    async def test_is_found(self, embed, service, place, batch_size):
        texts = [*TEN[:place], "bad", *TEN[place + 1 :]]
        service.answer = refuse_any_with("bad")
        error = await failure(embed, service.url, texts, batch_size=batch_size, max_concurrency=1)
        assert type(error) is errors.BadRequestError
        assert error.index == place
        assert f"at index {place}: 'bad'" in str(error)
        assert error.message == "no such text, please"

    @pytest.mark.parametrize("place", [0, 3, 9])
    async def test_is_taken_from_the_services_words(self, embed, service, place):
        texts = [*TEN[:place], "bad", *TEN[place + 1 :]]
        service.answer = refuse_any_with("bad", named=True)
        error = await failure(embed, service.url, texts, batch_size=5, max_concurrency=1)
        assert error.index == place
        assert len(service.bodies) == 1 + place // 5  # nothing is sent to find it

    async def test_is_found_where_it_is_too_long(self, embed, service):
        def answer(texts: list[str], service: VectorService) -> Any:
            long = any(len(text) > 10 for text in texts)
            words = "This model's maximum context length is 10 tokens"
            return refused(words, code="context_length_exceeded") if long else answered(texts)

        service.answer = answer
        error = await failure(embed, service.url, ["x" * 11, *TEN])
        assert type(error) is errors.ContextOverflowError
        assert error.index == 0

    async def test_costs_nothing_twice(self, embed, service):
        texts = [*TEN[:7], "bad", *TEN[8:]]
        service.answer = refuse_any_with("bad")
        error = await failure(embed, service.url, texts)
        kept = embedded(error)
        assert 0 < len(kept.missing) < len(TEN)
        for index, text in enumerate(texts):
            assert (index in kept.missing) == (service.embedded[text] == 0)

        texts[error.index] = "good"
        found = await embed(service.url, texts, resume=kept)
        assert found.tolist() == vectors(*texts)
        assert dict(service.embedded) == dict.fromkeys(texts, 1)

    async def test_alone_is_at_fault(self, embed, service):
        service.answer = refuse_any_with("bad")
        error = await failure(embed, service.url, "bad")
        assert error.index == 0
        assert len(service.bodies) == 1


class TestAFailureThatIsNoTexts:
    @pytest.mark.parametrize("batch_size", [256, 4])
    async def test_of_the_request_itself_names_no_text(self, embed, service, batch_size):
        service.answer = lambda texts, service: refused("dimensions: not for this model")
        error = await failure(
            embed, service.url, TEN, batch_size=batch_size, max_concurrency=1, dimensions=4
        )
        assert type(error) is errors.BadRequestError
        assert error.index is None
        assert len(service.bodies) == 3  # the batch, one text alone, another alone

    @pytest.mark.parametrize(
        ("status", "message", "kind"),
        [
            (401, "无效的令牌", errors.AuthenticationError),
            (403, "该令牌额度已用尽", errors.QuotaExceededError),
            (404, "模型 m 不存在", errors.ModelNotFoundError),
            (404, "page not found", errors.BadRequestError),
            (429, "请求过于频繁", errors.RateLimitError),
            (500, "bad response", errors.ServerError),
        ],
    )
    async def test_keeps_what_came_before(self, embed, service, status, message, kind):
        def answer(texts: list[str], service: VectorService) -> Any:
            return refused(message, status) if len(service.bodies) == 2 else answered(texts)

        service.answer = answer
        error = await failure(embed, service.url, TEN, batch_size=4, max_concurrency=1)
        assert type(error) is kind
        assert error.index is None
        assert "without a vector is at index 4: 'text 4'. 4 of 10 have one" in str(error)
        assert len(service.bodies) == 2
        kept = embedded(error)
        assert [kept[place].tolist() for place in range(4)] == vectors(*TEN[:4])

        found = await embed(service.url, TEN, batch_size=4, resume=kept)
        assert found.tolist() == vectors(*TEN)
        assert sorted(service.inputs[2:]) == [TEN[4:8], TEN[8:]]
        assert found.usage.total_tokens == 10

    async def test_keeps_it_where_the_connection_breaks(self, embed):
        good = [http(answered(TEN[:5]))]
        with FaultServer(good, [close]) as server:
            error = await failure(
                embed, server.url, TEN, batch_size=5, max_concurrency=1, max_retries=0
            )
        assert isinstance(error, errors.TransportError)
        assert embedded(error).missing == (5, 6, 7, 8, 9)

    async def test_is_tried_again_where_it_may_pass(self, embed, service):
        service.headers = {"Retry-After": "0"}

        def answer(texts: list[str], service: VectorService) -> Any:
            again = service.inputs.count(texts) > 1
            return answered(texts) if again else refused("请求过于频繁", 429)

        service.answer = answer
        found = await embed(service.url, TEN, batch_size=5, max_retries=1)
        assert found.tolist() == vectors(*TEN)
        assert len(service.bodies) == 4

    async def test_goes_on_from_where_the_texts_have_changed(self, embed, service):
        before = await embed(service.url, TEN)
        texts = ["new", *TEN[5:], TEN[9], "newer"]
        found = await embed(service.url, texts, resume=before)
        assert found.tolist() == vectors(*texts)
        assert service.inputs[1:] == [["new", "newer"]]
        assert found.texts == tuple(texts)

    async def test_has_a_deadline_in_common(self, embed, service):
        released = threading.Event()

        def answer(texts: list[str], service: VectorService) -> Any:
            if texts != TEN[:5]:
                released.wait(PATIENCE)
            return answered(texts)

        service.answer = answer
        options = {"batch_size": 5, "max_concurrency": 1}
        try:
            error = await failure(embed, service.url, TEN, deadline=1, **options)
            other = await failure(embed, service.url, TEN, deadline_of_client=1, **options)
        finally:
            released.set()
        for one in (error, other):
            assert type(one) is errors.APITimeoutError
            assert "deadline of 1 s" in str(one)
            assert embedded(one).missing == (5, 6, 7, 8, 9)

    async def test_of_the_program_itself_speaks_of_no_text(self, service):
        async with AsyncClient(api_key="test-key", base_url=service.url) as client:
            pass
        error = await failure(lambda texts: client.embed(texts), TEN)
        assert str(error) == "This AsyncClient has been closed; make a new one"
        assert embedded(error).missing == tuple(range(10))


class TestAfterAFailure:
    async def test_nothing_more_is_sent_and_what_is_under_way_is_kept(self, embed, service):
        both = threading.Barrier(2)
        refusal_is_out = threading.Event()

        def answer(texts: list[str], service: VectorService) -> Any:
            if texts in (["bad"], TEN[:1]):
                both.wait(PATIENCE)
            if texts == ["bad"]:
                refusal_is_out.set()
                return refused("无效的令牌", 401)
            assert refusal_is_out.wait(PATIENCE)
            return answered(texts)

        service.answer = answer
        texts = ["bad", *TEN]
        error = await failure(embed, service.url, texts, batch_size=1, max_concurrency=2)
        assert type(error) is errors.AuthenticationError
        kept = embedded(error)
        # The answer to the other may have been read first, and more have been on their way.
        assert kept[1].tolist() == vector(TEN[0])
        assert len(service.bodies) < len(texts)
        assert len(kept.missing) == len(texts) - sum(service.embedded.values())

    async def test_nothing_is_tried_again(self, embed, service):
        waiting = threading.Event()
        service.headers = {"Retry-After": "60"}

        def answer(texts: list[str], service: VectorService) -> Any:
            if texts == ["slow"]:
                waiting.set()
                return refused("请求过于频繁", 429)
            assert waiting.wait(PATIENCE)
            return refused("无效的令牌", 401)

        service.answer = answer
        error = await failure(
            embed, service.url, ["slow", "bad"], batch_size=1, max_concurrency=2, max_retries=5
        )
        assert type(error) is errors.AuthenticationError
        assert sorted(service.inputs) == [["bad"], ["slow"]]

    async def test_the_error_can_be_sent_elsewhere_with_its_vectors(self, embed, service):
        service.answer = refuse_any_with("bad")
        error = await failure(embed, service.url, [*TEN, "bad"], batch_size=5, max_concurrency=1)
        for twin in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
            assert (str(twin), twin.index) == (str(error), 10)
            assert twin.embedded == error.embedded

    async def test_no_error_has_the_key_in_it(self, embed, service):
        service.answer = lambda texts, service: refused("无效的令牌 test-key", 401)
        error = await failure(embed, service.url, TEN)
        assert "test-key" not in f"{error} {error!r} {vars(error)}"
        assert b"test-key" not in pickle.dumps(error)


class TestAnInterruption:
    async def test_of_a_task_keeps_what_has_come(self, service):
        second_is_there, released = threading.Event(), threading.Event()

        def answer(texts: list[str], service: VectorService) -> Any:
            if texts != TEN[:5]:
                second_is_there.set()
                released.wait(PATIENCE)
            return answered(texts)

        service.answer = answer
        async with AsyncClient(api_key="test-key", base_url=service.url) as client:
            task = asyncio.create_task(client.embed(TEN, batch_size=5, max_concurrency=1))
            assert await asyncio.to_thread(second_is_there.wait, PATIENCE)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
        released.set()
        assert caught.value.embedded.missing == (5, 6, 7, 8, 9)

    def test_from_the_keyboard_keeps_what_has_come(self):
        program = """
            import signal, threading
            from tests.vectors import answered, serve_vectors
            from xyashui import Client

            def answer(texts, service):
                if len(service.bodies) == 4:
                    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
                if len(service.bodies) > 2:
                    interrupted.wait(20)
                return answered(texts)

            interrupted = threading.Event()
            with serve_vectors() as service:
                service.answer = answer
                client = Client(api_key="test-key", base_url=service.url)
                texts = [f"text {number}" for number in range(6)]
                try:
                    client.embed(texts, batch_size=1, max_concurrency=2)
                except KeyboardInterrupt as error:
                    print(len(error.embedded.missing), len(service.bodies))
                interrupted.set()
        """
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program)],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == "4 4"


class TestTheResult:
    @pytest.fixture
    def found(self, service) -> Embeddings:
        with Client(api_key="test-key", base_url=service.url) as client:
            return client.embed(TEN[:3])

    def test_is_a_sequence_of_vectors(self, found):
        assert [one.tolist() for one in found] == vectors(*TEN[:3])
        assert found[-1].tolist() == vector(TEN[2])
        assert [one.tolist() for one in found[1:]] == vectors(*TEN[1:3])
        with pytest.raises(IndexError):
            found[3]

    def test_is_compact(self, found):
        assert {one.itemsize for one in found.vectors} == {4}
        assert numpy.array(found.vectors).dtype == numpy.float32
        assert numpy.array(found.vectors).tolist() == vectors(*TEN[:3])

    def test_has_a_short_repr(self, found):
        assert repr(found) == (
            "Embeddings(<3 vectors of 4 numbers>, model='text-embedding-ada-002')"
        )

    def test_can_be_pickled(self, found):
        assert pickle.loads(pickle.dumps(found)) == found

    def test_says_where_a_vector_is_missing(self, found):
        some = Embeddings(found.texts, (found[0], None, None), found.model)
        assert some.missing == (1, 2)
        assert repr(some) == (
            "Embeddings(<3 vectors of 4 numbers, 2 of them missing>, "
            "model='text-embedding-ada-002')"
        )
        with pytest.raises(LookupError, match="index 1 has no vector"):
            some.tolist()
        with pytest.raises(LookupError, match="index 2"):
            some[2]


class TestWhatIsKeptForTheNextCall:
    @pytest.fixture
    def found(self, service) -> Embeddings:
        with Client(api_key="test-key", base_url=service.url) as client:
            return client.embed(TEN)

    def fail(self, kept: Kept, found: Embeddings, model: str = "m") -> None:
        with suppress(KeyError), kept.during(found.texts, model) as share:
            share.add(found)
            raise KeyError

    def test_is_what_a_failed_call_had(self, found):
        kept = Kept()
        self.fail(kept, found)
        with kept.during(TEN, "m") as share:
            assert share.known(TEN[:2]).tolist() == vectors(*TEN[:2])
            assert share.known(["other"]) is None

    def test_is_forgotten_once_all_went_well(self, found):
        kept = Kept()
        self.fail(kept, found)
        with kept.during(TEN[:4], "m"):
            pass
        assert len(kept) == 6

    def test_is_of_the_same_model_only(self, found):
        kept = Kept()
        self.fail(kept, found)
        with kept.during(TEN, "another") as share:
            assert share.known(TEN) is None

    def test_has_an_end(self, found):
        kept = Kept(most=4)
        self.fail(kept, found)
        with kept.during(TEN, "m") as share:
            assert share.known(TEN).texts == tuple(TEN[6:])

    @pytest.mark.parametrize(
        "copied", [copy.copy, copy.deepcopy, lambda kept: pickle.loads(pickle.dumps(kept))]
    )
    def test_is_not_copied(self, found, copied):
        kept = Kept()
        self.fail(kept, found)
        assert (len(kept), len(copied(kept))) == (10, 0)


class TestOnTheEmulator:
    async def test_either_encoding_has_the_same_numbers(self, embed, emulator: Emulator):
        texts = ["济南以泉水闻名。", "Qingdao lies by the sea."]
        compact = await embed(emulator.xingyun_url, texts)
        plain = await embed(emulator.xingyun_url, texts, encoding_format="float")
        assert compact.dimensions == 1536
        assert compact.tolist() == pytest.approx(numpy.array(plain.tolist()))
        assert compact.usage == plain.usage

    async def test_dimensions(self, embed, emulator: Emulator):
        options = {"model": "text-embedding-3-small", "dimensions": 256}
        assert (await embed(emulator.xingyun_url, TEN, **options)).dimensions == 256
        error = await failure(embed, emulator.xingyun_url, TEN, dimensions=256)
        assert isinstance(error, errors.BadRequestError)
        assert error.index is None

    async def test_a_text_that_is_too_long(self, embed, emulator: Emulator):
        texts = [*TEN, "长" * 9000, *TEN]
        error = await failure(embed, emulator.xingyun_url, texts)
        assert isinstance(error, errors.ContextOverflowError)
        assert error.index == 10

    @pytest.mark.parametrize(
        ("key", "kind"),
        [("invalid", errors.AuthenticationError), ("no-quota", errors.QuotaExceededError)],
    )
    async def test_refusals(self, emulator: Emulator, key: str, kind: type[Exception]):
        async with AsyncClient(api_key=key, base_url=emulator.xingyun_url) as client:
            with pytest.raises(kind):
                await client.embed(TEN)
        with (
            Client(api_key=key, base_url=emulator.xingyun_url) as client,
            pytest.raises(kind),
        ):
            client.embed(TEN)

    async def test_faults_that_pass(self, embed):
        with serve(faults=Faults(rate_limit=0.5, retry_after=0)) as emulator:
            found = await embed(emulator.xingyun_url, TEN, batch_size=1, max_retries=8)
        assert found.missing == ()
