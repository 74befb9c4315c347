"""What is left when embedding fails or is interrupted, and going on from there."""

from __future__ import annotations

import asyncio
import copy
import pickle
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.servers import FaultServer, close, http
from tests.vectors import VectorService, answered, refuse_any_with, refused, vector, vectors
from tests.xyashui.embeddings.embedding import PATIENCE, TEN, embedded, failure
from xyashui import AsyncClient, errors


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
                if texts[0] not in ("text 0", "text 1"):
                    both.wait(20)  # the third and the fourth are there
                    if texts == ["text 3"]:
                        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
                    interrupted.wait(20)
                return answered(texts)

            both, interrupted = threading.Barrier(2), threading.Event()
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
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == "4 4"
