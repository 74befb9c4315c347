"""星芸AI (XingYun AI): a new-api gateway in front of many vendors' models.

The provider documents the sampling options, `gpt-4-web` and the model names; that its gateway
passes on the rest of OpenAI's protocol is how that software behaves, not a promise.
"""

from __future__ import annotations

from typing import get_args

from xyashui.failures import openai_failure
from xyashui.providers.provider import Capabilities, Provider
from xyashui.requests import ChatRequest, Option, check_token_biases
from xyashui.types import ChatBody, Endpoint

__all__ = ["XINGYUN"]

_NUMBER = (int, float)


def _shape(request: ChatRequest) -> ChatBody:
    body = request.body()
    if request.stream and request.stream_usage:
        body["stream_options"] = {"include_usage": True}
    return body | request.extra_body


XINGYUN = Provider(
    name="xingyun",
    title="星芸AI (XingYun AI)",
    root="https://aiapi.xing-yun.cn",
    environment="XINGYUN",
    default_model="gpt-4-turbo",
    capabilities=Capabilities(endpoints=frozenset(get_args(Endpoint))),
    options={
        option.name: option
        for option in (
            Option("temperature", _NUMBER, 0, 2),
            Option("top_p", _NUMBER, 0, 1),
            Option("n", (int,), 1),
            Option("max_tokens", (int,), 1),
            Option("presence_penalty", _NUMBER, -2, 2),
            Option("frequency_penalty", _NUMBER, -2, 2),
            Option("logit_bias", (dict,), entries=check_token_biases),
            Option("user", (str,)),
        )
    },
    settings=frozenset({"stream_usage", "web_search_model"}),
    shape=_shape,
    failure=openai_failure,
    web_search_model="gpt-4-web",
    web_models=frozenset({"gpt-4-web"}),
    context_windows={
        "gpt-3.5-turbo": 4096,
        "gpt-3.5-turbo-instruct": 4096,  # [gw]
        "gpt-3.5-turbo-16k": 16384,
        "gpt-4": 8192,
        "gpt-4-1106-preview": 128_000,
        "gpt-4-turbo": 128_000,
        "qwen-turbo": 8192,
    },
    max_stop=4,
    completion_model="gpt-3.5-turbo-instruct",
)
"""星芸AI, at https://aiapi.xing-yun.cn."""
