"""What 星芸AI's gateway checks of every request, whichever endpoint it is for.

The key, the faults that were asked for, the model and its trigger come first; then
the body's shape and the ranges of its parameters. Refusals are in OpenAI's shape,
with the gateway's words or those of the vendor that it passes on [gw].
"""

from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

from . import triggers
from .exchange import Exchange
from .failures import Failure
from .models import XINGYUN_MODELS, Kind, ModelCard
from .parameters import BadParameter, Parameter, check_all

_MAX_STOPS = 4

# The request is well until a trigger's name makes it fail, so any able model will do.
_ABLE: dict[Kind, str] = {
    "chat": "gpt-4o",
    "completion": "gpt-3.5-turbo-instruct",
    "embedding": "text-embedding-3-small",
    "image": "dall-e-3",
    "midjourney": "midjourney",
    "speech": "tts-1",
    "transcription": "whisper-1",
}
_ENDPOINT: dict[Kind, str] = {
    "chat": "对话",
    "completion": "文本补全",
    "embedding": "向量嵌入",
    "image": "图像生成",
    "midjourney": "AI绘图",
    "speech": "文本转语音",
    "transcription": "语音转文本",
}


def admit(exchange: Exchange, model: str | None = None) -> Failure | None:
    """Check the key, commit the faults, and pull the model's trigger.

    Args:
        exchange: The request.
        model: The model asked for; None takes the one that a JSON body names.

    Returns:
        A failure that comes half-way through a stream; an answer that is no stream
        raises it.

    Raises:
        Failure: Whatever refuses the request at once.
    """
    if model is None:
        named = exchange.body.get("model") if isinstance(exchange.body, dict) else None
        model = named if isinstance(named, str) else ""
    check_key(exchange, model)
    _raise_faults(exchange)
    trigger = triggers.find("xingyun", "model", model)
    if trigger is not None and trigger.arrives != "stream":
        raise trigger.failure(model)
    if exchange.strike.error_mid_stream:
        return Failure("上游返回错误，请稍后再试", "bad_response_body", detail="fault")
    return trigger.failure(model) if trigger else None


def check_key(exchange: Exchange, model: str = "") -> None:
    """Raise the `Failure` that the key brings about, or its absence."""
    if not exchange.key:
        raise Failure("未提供令牌", "", 401, detail="send `Authorization: Bearer <key>`")
    if trigger := triggers.find("xingyun", "key", exchange.key):
        raise trigger.failure(model)


def _raise_faults(exchange: Exchange) -> None:
    if exchange.strike.rate_limit:
        raise Failure(
            "当前分组上游负载已饱和，请稍后再试",
            "",
            429,
            detail="fault: rate_limit",
            retry_after=exchange.faults.retry_after,
        )
    if exchange.strike.server_error:
        raise Failure(
            "bad response status code 500",
            "bad_response_status_code",
            500,
            detail="fault: server_error",
        )


def bad_request(param: str | None, message: str, detail: str = "") -> Failure:
    """Make a 400 in OpenAI's shape."""
    code = "invalid_request_error"
    return Failure(message, code, 400, "invalid_request_error", param, detail=detail or message)


def malformed(where: str, detail: str) -> Failure:
    """Make the refusal of one parameter, in the gateway's words."""
    return bad_request(where, f"参数 {where} 不合法: {detail}", f"{where}: {detail}")


def json_object(exchange: Exchange) -> dict[str, Any]:
    """Return the body, or raise unless it is a JSON object."""
    if not exchange.is_json or not isinstance(exchange.body, dict):
        raise bad_request(None, "请求体不是有效的 JSON 对象", "the body must be a JSON object")
    return exchange.body


def find_card(model: Any, kind: Kind) -> ModelCard:
    """Find the card of the model asked for, or raise unless it serves this endpoint."""
    if not isinstance(model, str) or not model:
        raise bad_request("model", "未指定模型名称，模型名称不能为空", "model: required")
    if trigger := triggers.find("xingyun", "model", model):
        return replace(XINGYUN_MODELS[_ABLE[kind]], name=trigger.name)
    if model not in XINGYUN_MODELS:
        raise Failure(
            f"模型 {model} 不存在",
            "model_not_found",
            404,
            detail="GET /v1/models lists the models",
        )
    card = XINGYUN_MODELS[model]
    if card.kind != kind:
        raise bad_request(
            "model",
            f"模型 {model} 不支持{_ENDPOINT[kind]}接口",
            f"{model} is no {kind} model, but one for {card.kind}",
        )
    return card


def check_parameters(body: Mapping[str, Any], parameters: Mapping[str, Parameter]) -> None:
    """Raise unless every parameter that is there and not null is allowed."""
    try:
        check_all(body, parameters)
    except BadParameter as bad:
        raise malformed(bad.name, bad.detail) from None


def need(package: str) -> None:
    """Raise a 501 that names what to install, unless a package that an endpoint needs is there."""
    if find_spec(package) is None:
        raise Failure(
            f"模拟器缺少 {package}：pip install 'xyashui[emulator]'",
            "not_implemented",
            501,
            detail=f"the emulator needs {package}: pip install 'xyashui[emulator]'",
        )


def check_generation(body: Mapping[str, Any], parameters: Mapping[str, Parameter]) -> None:
    """Check the parameters of an endpoint that writes text, those of its streams with them."""
    check_parameters(body, parameters)
    if body.get("stream_options") is not None and body.get("stream") is not True:
        raise malformed("stream_options", "is only allowed when stream is true")
    for token, bias in (body.get("logit_bias") or {}).items():
        if not token.isdecimal():
            raise malformed("logit_bias", "keys must be token ids")
        check_parameters({"logit_bias": bias}, {"logit_bias": Parameter("number", -100, 100)})


def read_stop(value: Any) -> tuple[str, ...]:
    """Read `stop`: one sequence, or up to four [doc]."""
    stops = [value] if isinstance(value, str) else value or []
    if not isinstance(stops, list) or not all(isinstance(stop, str) for stop in stops):
        raise malformed("stop", "must be a string or an array of strings")
    if len(stops) > _MAX_STOPS:
        raise malformed("stop", f"at most {_MAX_STOPS} sequences")
    return tuple(stops)
