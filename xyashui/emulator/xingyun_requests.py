"""Reading and checking a chat request to 星芸AI.

The documented parameters have the documented ranges [doc]. Fields that only some
vendor knows pass through the gateway unread [gw], so unknown ones are accepted.
"""

from dataclasses import dataclass
from typing import Any

from . import tokens
from .completion import ToolCall
from .conversation import Inquiry, Turn
from .exchange import Exchange
from .failures import Failure
from .models import ModelCard
from .parameters import Parameter
from .xingyun_gate import (
    bad_request,
    check_generation,
    find_card,
    json_object,
    malformed,
    read_stop,
)

_PARAMETERS = {
    "temperature": Parameter("number", 0, 2),
    "top_p": Parameter("number", 0, 1),
    "n": Parameter("integer", 1, 128),
    "stream": Parameter("boolean"),
    "stream_options": Parameter("object"),
    "max_tokens": Parameter("integer", 1),
    "max_completion_tokens": Parameter("integer", 1),
    "presence_penalty": Parameter("number", -2, 2),
    "frequency_penalty": Parameter("number", -2, 2),
    "logit_bias": Parameter("object"),
    "user": Parameter("string"),
    "parallel_tool_calls": Parameter("boolean"),
    "response_format": Parameter("object"),
}
_ROLES = ("system", "developer", "user", "assistant", "tool", "function")


@dataclass(frozen=True)
class ChatRequest:
    """A checked request.

    Attributes:
        card: The model asked for.
        inquiry: What the emulated model is asked.
        prompt_tokens: What the prompt costs.
        max_tokens: The limit that the client set, if any.
        choices: How many choices (`n`).
        stop: The stop sequences.
        include_usage: Whether a stream ends with a usage chunk.
    """

    card: ModelCard
    inquiry: Inquiry
    prompt_tokens: int
    max_tokens: int | None
    choices: int
    stop: tuple[str, ...]
    include_usage: bool


def read_chat(exchange: Exchange) -> ChatRequest:
    """Check a request, or raise the `Failure` that the gateway would answer."""
    body = json_object(exchange)
    card = find_card(body.get("model"), "chat")
    check_generation(body, _PARAMETERS)
    stop = read_stop(body.get("stop"))
    turns = _turns(body.get("messages"))
    if any(turn.images for turn in turns) and not card.vision:
        raise bad_request("messages", f"模型 {card.name} 不支持图片输入", "no image input")
    inquiry = Inquiry(
        turns=turns,
        web_search=card.web_search,
        site=exchange.site,
        reasoning=card.reasoning,
        seed=exchange.number,
        **_tool_options(body),
        json_schema=_json_schema(body.get("response_format")),
    )
    prompt = sum(tokens.count_message(turn.text, len(turn.images)) for turn in turns)
    if prompt >= card.context:
        raise _too_long(card, prompt)
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    return ChatRequest(
        card=card,
        inquiry=inquiry,
        prompt_tokens=prompt,
        max_tokens=None if limit is None else int(limit),
        choices=int(body.get("n") or 1),
        stop=stop,
        include_usage=(body.get("stream_options") or {}).get("include_usage") is True,
    )


def _too_long(card: ModelCard, prompt: int) -> Failure:
    # The upstream vendor's own words, passed on by the gateway [gw].
    message = (
        f"This model's maximum context length is {card.context} tokens. "
        f"However, your messages resulted in {prompt} tokens."
    )
    code = "context_length_exceeded"
    return Failure(message, code, 400, "invalid_request_error", "messages", detail=message)


def _turns(messages: Any) -> tuple[Turn, ...]:
    if not isinstance(messages, list) or not messages:
        raise malformed("messages", "required, a non-empty array")
    turns = tuple(_turn(f"messages[{index}]", each) for index, each in enumerate(messages))
    _check_tool_results(turns)
    return turns


def _turn(where: str, message: Any) -> Turn:
    if not isinstance(message, dict):
        raise malformed(where, "must be an object")
    role = message.get("role")
    if role not in _ROLES:
        raise malformed(f"{where}.role", f"must be one of {', '.join(_ROLES)}")
    calls = _calls(where, message.get("tool_calls"))
    content = message.get("content")
    if content is None and role == "assistant":
        content = ""
    text, images = _content(f"{where}.content", content)
    heard_as = {"developer": "system", "function": "tool"}.get(role, str(role))
    return Turn(heard_as, text, images, calls, message.get("tool_call_id"))


def _content(where: str, content: Any) -> tuple[str, tuple[str, ...]]:
    if isinstance(content, str):
        return content, ()
    if not isinstance(content, list):
        raise malformed(where, "must be a string or an array of parts")
    texts, images = [], []
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        image = part.get("image_url") if kind == "image_url" else None
        if kind == "text" and isinstance(part.get("text"), str):
            texts.append(part["text"])
        elif isinstance(image, dict) and isinstance(image.get("url"), str):
            images.append(image["url"])
        else:
            raise malformed(where, "parts must be text or image_url")
    return "\n".join(texts), tuple(images)


def _calls(where: str, calls: Any) -> tuple[ToolCall, ...]:
    if calls is None:
        return ()
    try:
        return tuple(
            ToolCall(call["id"], call["function"]["name"], call["function"]["arguments"])
            for call in calls
        )
    except (KeyError, TypeError):
        raise malformed(f"{where}.tool_calls", "id, function.name, .arguments") from None


def _check_tool_results(turns: tuple[Turn, ...]) -> None:
    """Every result answers a call, and every call is answered, as OpenAI demands [gw]."""
    open_calls: set[str] = set()
    for index, turn in enumerate(turns):
        where = f"messages[{index}]"
        if turn.role == "tool":
            if turn.call_id is not None and turn.call_id not in open_calls:
                raise malformed(where, "must answer a preceding message with tool_calls")
            open_calls.discard(turn.call_id or "")
            continue
        if open_calls:
            missing = ", ".join(sorted(open_calls))
            raise malformed(where, f"these tool_calls have no result: {missing}")
        open_calls = {call.id for call in turn.calls}
    if open_calls:
        raise malformed("messages", "the last tool_calls have no results")


def _tool_options(body: dict[str, Any]) -> dict[str, Any]:
    tools = body.get("tools") or []
    if not isinstance(tools, list):
        raise malformed("tools", "must be an array")
    schemas = tuple(_tool(f"tools[{index}]", tool) for index, tool in enumerate(tools))
    return {
        "tools": schemas,
        "tool_choice": _tool_choice(body.get("tool_choice"), schemas),
        "parallel_tool_calls": body.get("parallel_tool_calls") is not False,
    }


def _tool(where: str, tool: Any) -> dict[str, Any]:
    function = tool.get("function") if isinstance(tool, dict) else None
    if not isinstance(function, dict) or tool.get("type") != "function":
        raise malformed(where, "must be {type: function, function: {...}}")
    if not isinstance(function.get("name"), str) or not function["name"]:
        raise malformed(f"{where}.function.name", "required, a string")
    if not isinstance(function.get("parameters", {}), dict):
        raise malformed(f"{where}.function.parameters", "must be a JSON schema")
    return function


def _tool_choice(choice: Any, tools: tuple[dict[str, Any], ...]) -> str:
    if choice is None:
        return "auto"
    if choice in ("auto", "none", "required"):
        return str(choice)
    name = None
    if isinstance(choice, dict) and isinstance(choice.get("function"), dict):
        name = choice["function"].get("name")
    if name not in [tool["name"] for tool in tools]:
        raise malformed("tool_choice", "auto, none, required or one of the tools")
    return str(name)


def _json_schema(response_format: Any) -> dict[str, Any] | None:
    kind = (response_format or {}).get("type", "text")
    if kind == "text":
        return None
    if kind == "json_object":
        return {}
    schema = (response_format.get("json_schema") or {}).get("schema")
    if kind != "json_schema" or not isinstance(schema, dict):
        raise malformed("response_format", "text, json_object or json_schema with a schema")
    return schema
