"""Options: in the constructor, per call, bound; checked before anything is sent."""

from __future__ import annotations

import base64
import contextlib
import io

import httpx
import pytest
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.messages import HumanMessage, SystemMessage
from PIL import Image

import xyashui as core
from langchain_xyashui import ChatAShui, ChatXingYun
from langchain_xyashui.errors import ConfigurationError
from tests.drawing import drawn

URI = f"data:image/png;base64,{base64.b64encode(drawn()).decode()}"

SAMPLING = {
    "temperature": (0, 0.7),
    "top_p": (0.5, 0.9),
    "max_tokens": (100, 50),
    "presence_penalty": (0.1, -1.0),
    "frequency_penalty": (0.1, 1.5),
    "model": ("gpt-4", "gpt-4o"),
    "extra_body": ({"seed": 1}, {"seed": 2}),
}
XINGYUN_ONLY = {
    "n": (1, 2),
    "logit_bias": ({"1": -100}, {"2": 5}),
    "user": ("Lin", "Wang"),
    "stop": (["a", "b"], ["c"]),
}
ALL = [
    *(("xingyun", name, *values) for name, values in (SAMPLING | XINGYUN_ONLY).items()),
    *(("ashui", name, *values) for name, values in SAMPLING.items() if name != "model"),
    ("ashui", "file_list", ["https://e.cn/a.txt"], ["https://e.cn/b.txt"]),
    ("ashui", "web_search", True, False),
]


def on_the_wire(body: dict, name: str) -> object:
    return {"seed": body.get("seed")} if name == "extra_body" else body.get(name)


@pytest.mark.parametrize(("provider", "name", "made", "called"), ALL)
async def test_the_calls_option_wins(provider, name, made, called, request, emulator):
    settings = {"model": "qwen-turbo"} if provider == "xingyun" and name != "model" else {}
    model = request.getfixturevalue(provider)(**{**settings, name: made})
    expected = None if called is False else called

    def sent(messages: str = "hi", **options: object) -> object:
        asked = model._request([HumanMessage(messages)], None, options, stream=False)
        return on_the_wire(model.provider.shape(asked), name)

    assert sent() == made
    assert sent(**{name: called}) == expected
    before = len(emulator.requests)
    ask = model.bind(**{name: called})
    for call in (lambda: model.invoke("hi"), lambda: ask.invoke("hi")):
        # What the emulator does not know it refuses; what counts is what was sent.
        with contextlib.suppress(core.APIError):
            call()
    bodies = [one.body for one in emulator.requests[before:] if one.service != "files"]
    assert [on_the_wire(body, name) for body in bodies] == [made, expected]


def test_zero_is_a_value_and_none_is_none(either, sent):
    either(temperature=0).invoke("hi")
    either(temperature=0).invoke("hi", temperature=None)
    first, second = sent()
    assert first["temperature"] == 0
    assert "temperature" not in second


def test_what_is_not_set_is_not_sent(xingyun, ashui, sent):
    xingyun().invoke("hi")
    ashui().invoke("hi")
    assert [body.keys() for body in sent()] == [{"model", "messages", "stream"}] * 2


def test_stop_by_argument_and_by_option(xingyun, sent):
    model = xingyun(stop=["a"])
    model.invoke("hi")
    model.invoke("hi", stop=["b"])
    model.bind(stop="c").invoke("hi")
    assert [body["stop"] for body in sent()] == [["a"], ["b"], ["c"]]


async def test_images_in_every_form_go_to_the_last_user_message(either, ask, tmp_path, sent):
    path = tmp_path / "red.png"
    path.write_bytes(drawn())
    forms = [
        URI, str(path), path, drawn(), Image.new("RGB", (8, 8), "red"),
        {"type": "image_url", "image_url": {"url": URI}},
        {"type": "image", "base64": URI.partition(",")[2], "mime_type": "image/png"},
        {"type": "image", "url": URI}, io.BytesIO(drawn()),
    ]  # fmt: skip
    said = [SystemMessage("Be brief."), HumanMessage("What colour is it?")]
    answer = await ask(either(), said, images=forms)
    assert "red" in answer.content
    parts = sent()[-1]["messages"][-1]["content"]
    assert parts == [
        {"type": "text", "text": "What colour is it?"},
        *[{"type": "image_url", "image_url": {"url": URI}}] * len(forms),
    ]


def test_images_of_the_constructor_of_bind_and_of_one_without_a_list(either, sent):
    other = "https://example.com/cat.png"
    either(images=URI).invoke("?")
    either(images=[URI]).invoke("?", images=[other])
    either().bind(images=URI).invoke("?")
    assert [body["messages"][0]["content"][1]["image_url"]["url"] for body in sent()] == [
        URI, other, URI,
    ]  # fmt: skip


def test_a_file_question_on_ashui(ashui, emulator, sent):
    url = f"{emulator.files_url}/sales.csv"
    for model in (ashui(file_list=[url]), ashui().bind(file_list=[url]), ashui(file_list=url)):
        assert "May" in model.invoke("Which month sold best?").content
    assert all(body["file_list"] == [url] for body in sent())


def test_an_address_and_headers_of_ones_own(emulator, sent):
    model = ChatXingYun(
        api_key="test-key",
        base_url=f"{emulator.xingyun_url}/v1/",
        default_headers={"X-Team": "tests"},
        timeout=httpx.Timeout(10),
    )
    model.invoke("hi", timeout=5)
    assert emulator.requests[-1].headers["x-team"] == "tests"
    assert len(sent()) == 1


async def test_http_clients_of_ones_own_are_used(either):
    seen = []
    with httpx.Client(event_hooks={"request": [seen.append]}) as client:
        either(http_client=client).invoke("hi")

    async def note(request: httpx.Request) -> None:
        seen.append(request)

    async with httpx.AsyncClient(event_hooks={"request": [note]}) as client:
        await either(http_async_client=client).ainvoke("hi")
    assert len(seen) == 2


def test_key_and_address_come_from_the_environment(monkeypatch, emulator, sent):
    for name, url in (("XINGYUN", emulator.xingyun_url), ("ASHUI", emulator.ashui_url)):
        monkeypatch.setenv(f"{name}_API_KEY", "test-key")
        monkeypatch.setenv(f"{name}_BASE_URL", url)
    ChatXingYun().invoke("hi")
    ChatAShui().invoke("hi")
    assert [body["model"] for body in sent()] == ["gpt-4-turbo", "ashuiai-4.0"]


# What cannot be

WRONG = [
    ({"temprature": 1}, "Did you mean 'temperature'"),
    ({"websearch": True}, "Did you mean 'web_search'"),
    ({"temperature": "hot"}, "temperature"),
    ({"top_p": 3}, "top_p"),
    ({"max_tokens": 0}, "max_tokens"),
    ({"presence_penalty": 9}, "presence_penalty"),
    ({"stop": [""]}, "stop"),
    ({"extra_body": [1]}, "extra_body"),
    ({"model": ""}, "model"),
    ({"web_search": "maybe"}, "web_search"),
    ({"timeout": -1}, "timeout"),
    ({"images": ["no-such-file.png"]}, "no-such-file.png"),
    ({"images": [b"no image at all"]}, "image"),
    ({"images": [__file__]}, "image"),
    ({"images": [b"\x89PNG\r\n\x1a\n" + bytes(20 * 1024 * 1024)]}, "20"),
    ({"images": [3.5]}, "image"),
    ({"images": ["file:///etc/passwd"]}, "file"),
]


@pytest.mark.parametrize(("options", "words"), WRONG, ids=lambda one: str(one)[:30])
async def test_what_cannot_be_is_one_clear_error(options, words, either, ask, sent):
    with pytest.raises(core.ConfigurationError, match=words) as made:
        either(**options)
    with pytest.raises(core.ConfigurationError, match=words) as called:
        await ask(either(), "hi", **options)
    with pytest.raises(core.ConfigurationError, match=words) as bound:
        await ask(either().bind(**options), "hi")
    for caught in (made, called, bound):
        assert type(caught.value) is ConfigurationError
        assert isinstance(caught.value, ModelInvalidRequestError)
        assert not caught.value.is_retryable
        assert "test-key" not in str(caught.value)
        assert len(str(caught.value)) < 400
    assert sent() == []


@pytest.mark.parametrize(
    "options",
    [{"file_list": ["https://e.cn/a.pdf"]}, {"n": 9.5}, {"logit_bias": 3}, {"stream_usage": 7}],
    ids=str,
)
def test_what_one_provider_does_not_know(options, xingyun, ashui, sent):
    wrong = [xingyun] if "file_list" in options else [xingyun, ashui]
    for make in wrong:
        with pytest.raises(ConfigurationError, match=next(iter(options))):
            make().invoke("hi", **options)
        with pytest.raises(ConfigurationError, match=next(iter(options))):
            make(**options)
    assert sent() == []


async def test_a_file_with_an_image_is_refused(ashui, ask, sent):
    both = {"file_list": ["https://e.cn/a.pdf"], "images": [URI]}
    in_message = HumanMessage([{"type": "image_url", "image_url": {"url": URI}}])
    with pytest.raises(ConfigurationError, match="file"):
        ashui(**both)
    with pytest.raises(ConfigurationError, match="file"):
        await ask(ashui(), "hi", **both)
    with pytest.raises(ConfigurationError, match="file"):
        await ask(ashui(file_list=both["file_list"]), [in_message])
    assert sent() == []


async def test_no_messages_are_refused(either, ask, sent):
    with pytest.raises(ConfigurationError, match="messages is empty"):
        await ask(either(), [])
    assert sent() == []


def test_images_without_a_user_message_are_refused(either, sent):
    with pytest.raises(ConfigurationError, match="user"):
        either().invoke([SystemMessage("Be brief.")], images=[URI])
    assert sent() == []


@pytest.mark.parametrize("key", [None, "", "  ", "with space", "含中文"])
@pytest.mark.parametrize("model", [ChatXingYun, ChatAShui])
def test_a_key_that_is_missing_or_cannot_be(model, key):
    with pytest.raises(ConfigurationError) as caught:
        model(api_key=key)
    if not (key or "").strip():
        assert model.provider.api_key_variable in str(caught.value)


@pytest.mark.parametrize(
    "settings",
    [
        {"base_url": "ftp://e.cn"}, {"base_url": "e.cn"}, {"max_retries": -1},
        {"default_headers": {"a": "b\nc"}}, {"default_headers": 3}, {"http_client": object()},
        {"http_async_client": object()}, {"timeout": "soon"}, {"streaming": "sometimes"},
    ],
    ids=lambda one: next(iter(one)),
)  # fmt: skip
def test_settings_that_cannot_be_are_refused_at_once(settings, either):
    with pytest.raises(ConfigurationError):
        either(**settings)


def test_the_nearest_name_counts_the_constructors_own(either):
    with pytest.raises(ConfigurationError, match="Did you mean 'base_url'"):
        either(baseurl="https://e.cn")
    with pytest.raises(ConfigurationError, match="Did you mean 'max_retries'"):
        either(max_retry=1)


@pytest.mark.parametrize("name", ["tools", "tool_choice", "response_format", "stream"])
@pytest.mark.parametrize("model", [ChatXingYun, ChatAShui])
def test_an_option_of_one_call_is_no_setting_of_a_model(model, name):
    with pytest.raises(ConfigurationError, match="option of one call"):
        model(api_key="test-key", **{name: "auto"})
