"""What all endpoints have in common: the list of models, keys, triggers, and faults."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

import xyashui.emulator
from xyashui.emulator import TRIGGERS, XINGYUN_MODELS, Emulator, Faults, Trigger

KEY = {"Authorization": "Bearer test-key"}
MESSAGES = [{"role": "user", "content": "hi"}]

POSTS: dict[str, tuple[str, dict[str, Any]]] = {
    "chat": ("/v1/chat/completions", {"model": "gpt-4", "messages": MESSAGES}),
    "completion": ("/v1/completions", {"model": "gpt-3.5-turbo-instruct", "prompt": "hi"}),
    "embedding": ("/v1/embeddings", {"model": "text-embedding-ada-002", "input": "hi"}),
    "image": (
        "/v1/images/generations",
        {"model": "dall-e-2", "prompt": "hi", "size": "256x256"},
    ),
}
ANSWERS = [each for each in TRIGGERS if each.service == "xingyun" and each.arrives != "stream"]

Post = Callable[..., httpx.Response]

every_endpoint = pytest.mark.parametrize("endpoint", POSTS)


@pytest.fixture
def own() -> Iterator[Emulator]:
    with xyashui.emulator.serve() as emulator:
        yield emulator


def poster(http: httpx.Client) -> Post:
    def post(endpoint: str, key: str = "test-key", **body: Any) -> httpx.Response:
        path, sent = POSTS[endpoint]
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return http.post(path, json={**sent, **body}, headers=headers)

    return post


@pytest.fixture
def post(xingyun) -> Post:
    """Posts to the emulator that all tests share."""
    return poster(xingyun.http)


@pytest.fixture
def own_post(own: Emulator) -> Iterator[Post]:
    with httpx.Client(base_url=own.xingyun_url, trust_env=False, timeout=10) as http:
        yield poster(http)


def test_the_list_has_the_models_of_every_endpoint(xingyun) -> None:
    listed = xingyun.http.get("/v1/models", headers=KEY).json()["data"]
    assert [model["id"] for model in listed] == list(XINGYUN_MODELS)
    kinds = {card.kind for card in XINGYUN_MODELS.values()}
    assert kinds == {*POSTS, "midjourney", "speech", "transcription"}


@every_endpoint
def test_every_endpoint_answers_and_gives_a_request_id(post, endpoint) -> None:
    response = post(endpoint)
    assert response.status_code == 200
    assert response.headers["x-oneapi-request-id"]


@every_endpoint
@pytest.mark.parametrize("trigger", ANSWERS, ids=lambda each: f"{each.kind}-{each.name}")
def test_every_trigger_works_everywhere(post, endpoint, trigger: Trigger) -> None:
    response = post(endpoint, **{trigger.kind: trigger.name})
    assert response.status_code == trigger.status
    if trigger.arrives == "page":
        assert trigger.message in response.text
    else:
        assert response.json()["error"]["code"] == trigger.code


@every_endpoint
def test_a_missing_key_or_body_or_model_is_refused_everywhere(own, own_post, endpoint) -> None:
    assert own_post(endpoint, key="").status_code == 401
    url = own.xingyun_url + POSTS[endpoint][0]
    assert httpx.post(url, content=b"{", headers=KEY).status_code == 400
    assert httpx.post(url, json=["hi"], headers=KEY).status_code == 400
    assert own_post(endpoint, model="gpt-99").json()["error"]["code"] == "model_not_found"
    assert {request.outcome for request in own.requests} == {"refused"}


@every_endpoint
@pytest.mark.parametrize(
    ("fault", "status"), [("rate_limit", 429), ("server_error", 500), ("error_mid_stream", 200)]
)
def test_refusals_strike_every_endpoint(own, own_post, endpoint, fault, status) -> None:
    own.faults = Faults(**{fault: 0.5})
    assert "error" not in own_post(endpoint).json()
    struck = own_post(endpoint)
    assert struck.status_code == status
    assert struck.json()["error"]["message"]


@every_endpoint
def test_cuts_and_stalls_strike_every_endpoint(own, own_post, endpoint) -> None:
    own.faults = Faults(cut=1, only_first=1)
    with pytest.raises(httpx.RemoteProtocolError):
        own_post(endpoint)
    assert own_post(endpoint).status_code == 200
    assert own.requests[0].outcome == "cut"
    own.faults = Faults(stall=1, stall_seconds=0.01)
    assert own_post(endpoint).json()


def test_faults_are_counted_over_all_endpoints_together(own, own_post) -> None:
    own.faults = Faults(rate_limit=0.25)
    statuses = [own_post(endpoint).status_code for endpoint in [*POSTS, *POSTS]]
    assert statuses == [200, 200, 200, 429] * 2
    assert [request.number for request in own.requests] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_what_is_no_post_to_an_endpoint_is_neither_counted_nor_struck(own, own_post) -> None:
    own.faults = Faults(rate_limit=1, only_first=1)
    assert httpx.get(f"{own.xingyun_url}/v1/models", headers=KEY).status_code == 200
    assert httpx.post(f"{own.xingyun_url}/v1/moderations", headers=KEY).status_code == 404
    assert httpx.get(f"{own.files_url}/cat.png").status_code == 200
    assert own_post("chat").status_code == 429
    assert [request.number for request in own.requests] == [0, 0, 0, 1]


def test_the_faults_of_streams_hold_for_text_completion_too(own, own_post) -> None:
    own.faults = Faults(no_done=True, no_finish_reason=True, heartbeats=True)
    text = own_post("completion", stream=True).text
    assert "[DONE]" not in text
    assert '"finish_reason":"stop"' not in text
    assert text.startswith(": keep-alive\n\n")
    own.faults = Faults(stream_for_whole=True, whole_for_stream=True)
    assert own_post("completion", stream=True).json()["object"] == "text_completion"
    assert own_post("completion").text.endswith("data: [DONE]\n\n")
