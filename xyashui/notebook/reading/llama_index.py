"""What LlamaIndex streams -> a view.

Chat and completion responses; the tokens of query and chat engines, with their sources; the events
of agent workflows; nodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from llama_index.core.agent.workflow import AgentOutput, AgentStream, ToolCall, ToolCallResult
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from llama_index.core.base.response.schema import PydanticResponse, Response
from llama_index.core.chat_engine.types import AgentChatResponse
from llama_index.core.schema import NodeWithScore
from llama_index.core.tools import ToolOutput
from llama_index.core.workflow import Event, StopEvent

from xyashui.citations import Source
from xyashui.notebook.reading.readers import counted, unreadable
from xyashui.notebook.views import Picture, ToolUse, Turn, View
from xyashui.types import as_json

__all__ = ["LlamaIndexReader", "add_nodes", "add_outputs", "say", "settle"]

_USUAL_AGENT = "Agent"  # what an agent without a name is called


class LlamaIndexReader:
    """Reads what LlamaIndex streams.

    The finished message is the last response, the result of a workflow, the nodes, or the text.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self._last: Any = None
        self._text = StringIO()
        self._nodes: list[NodeWithScore] = []
        self._step = 0
        self._agent = _USUAL_AGENT

    def feed(self, item: Any) -> None:
        """Take the next item of a stream, or a whole response."""
        if isinstance(item, ChatResponse | CompletionResponse):
            self._last = item
            say(self._view.turn("response"), item)
        elif isinstance(item, str):
            self._text.write(item)
            self._view.turn("response").say(item)
        elif isinstance(item, NodeWithScore):
            self._nodes.append(item)
            add_nodes(self._view, [item])
        elif isinstance(item, Event):
            self._event(item)
        elif isinstance(item, ChatMessage):
            self._last = item
            _say_message(self._view.turn("response"), item)
            _add_facts(self._view, item.additional_kwargs, None)
        elif isinstance(item, Response | PydanticResponse | AgentChatResponse):
            self._response(item)
        else:
            raise unreadable(item)

    def finish(self) -> Any:
        """Add sources and facts, and return the finished message."""
        if isinstance(self._last, ChatResponse | CompletionResponse):
            settle(self._view, self._last)
        if self._last is not None:
            return self._last
        return self._nodes or self._text.getvalue()

    def _response(self, response: Response | PydanticResponse | AgentChatResponse) -> None:
        self._last = response
        if isinstance(response, AgentChatResponse):
            add_outputs(self._view, response.sources)
        self._view.turn("response").say(str(response))
        add_nodes(self._view, response.source_nodes)

    # Workflows

    def _event(self, event: Event) -> None:
        if isinstance(event, AgentStream):
            turn = self._turn(event.current_agent_name)
            turn.think(event.thinking_delta or "")
            turn.say(event.delta)
        elif isinstance(event, AgentOutput):
            self._output(event)
        elif isinstance(event, ToolCallResult):
            call = self._call(event)
            call.result, call.failed = _result(event.tool_output), event.tool_output.is_error
        elif isinstance(event, ToolCall):
            self._call(event)
        elif isinstance(event, StopEvent):
            self._last = event.result

    def _output(self, event: AgentOutput) -> None:
        self._last = event
        turn = self._turn(event.current_agent_name)
        if not turn.parts:
            _say_message(turn, event.response)
        _add_facts(self._view, event.response.additional_kwargs, event.raw)
        self._step += 1

    def _turn(self, agent: str) -> Turn:
        """The turn of the step that is being taken, with the agent's name where it is another."""
        heading, self._agent = ("" if agent == self._agent else agent), agent
        return self._view.turn(self._step, heading)

    def _call(self, event: ToolCall | ToolCallResult) -> ToolUse:
        call = self._view.find_call(event.tool_id)
        if call is None:
            # The call belongs to the step before, whose output asked for it.
            call = self._view.turn(max(self._step - 1, 0)).row((event.tool_id, event.tool_name))
            call.id, call.name = event.tool_id, event.tool_name
            call.arguments = as_json(event.tool_kwargs)
        return call


def say(turn: Turn, response: ChatResponse | CompletionResponse) -> None:
    """Add what is new in a response of a stream; all of it where it is a whole one."""
    turn.think(str(response.additional_kwargs.get("thinking_delta") or ""))
    if isinstance(response, CompletionResponse):
        turn.say(response.text if response.delta is None else response.delta)
    elif response.delta is None:
        _say_message(turn, response.message)
    else:
        turn.say(response.delta)
        _add_calls(turn, response.message)


def _say_message(turn: Turn, message: ChatMessage) -> None:
    for block in message.blocks:
        if isinstance(block, ThinkingBlock):
            turn.think(block.content or "")
        elif isinstance(block, TextBlock):
            turn.say(block.text)
        elif isinstance(block, ImageBlock):
            _add_picture(turn, block)
    _add_calls(turn, message)


def _add_picture(turn: Turn, block: ImageBlock) -> None:
    if isinstance(block.image, bytes):  # base64, which LlamaIndex has made of them
        data = block.image.decode("ascii", "replace")
        turn.show(Picture(f"data:{block.image_mimetype};base64,{data}"))
    elif block.url is not None:
        turn.show(Picture(str(block.url)))


def _add_calls(turn: Turn, message: ChatMessage) -> None:
    # The text of a response that is being streamed is put together when somebody looks; this
    # looks at the calls only.
    blocks = [block for block in message.blocks if isinstance(block, ToolCallBlock)]
    for number, block in enumerate(blocks):
        call = turn.call(number)
        call.id, call.name = block.tool_call_id, block.tool_name
        given = block.tool_kwargs
        call.arguments = given if isinstance(given, str) else as_json(given)


def settle(view: View, response: ChatResponse | CompletionResponse) -> None:
    """Add what is known of a whole response: sources, tokens, calls that cannot be made."""
    known = dict(response.additional_kwargs)
    if isinstance(response, ChatResponse):
        for made in response.message.additional_kwargs.get("tool_calls") or ():
            call = view.find_call(made.get("id")) if isinstance(made, Mapping) else None
            if call is not None and made.get("error"):
                call.result, call.failed = str(made["error"]), True
        known = response.message.additional_kwargs | known
    _add_facts(view, known, response.raw)


def _add_facts(view: View, known: Mapping[str, Any], raw: Any) -> None:
    # `raw` is Chat Completions' own object in this package and in most others.
    raw = raw if isinstance(raw, Mapping) else {}
    usage = raw.get("usage") if isinstance(raw.get("usage"), Mapping) else {}
    view.cite(known.get("citations") or ())
    view.facts.add(
        model=known.get("model_name") or raw.get("model"),
        input_tokens=known.get("prompt_tokens", usage.get("prompt_tokens")),
        output_tokens=known.get("completion_tokens", usage.get("completion_tokens")),
        finish_reason=known.get("finish_reason"),
    )


def add_nodes(view: View, nodes: Sequence[NodeWithScore]) -> None:
    """Add nodes as sources."""
    for node in nodes:
        metadata = node.node.metadata
        where = str(metadata.get("url") or metadata.get("source") or "")
        title = metadata.get("title") or metadata.get("file_name") or where or node.node_id
        view.add_source(Source(where, str(title), node.node.get_content()))


def add_outputs(view: View, outputs: Sequence[ToolOutput]) -> None:
    """Add what tools were called with and gave back."""
    for number, output in enumerate(outputs):
        call = view.turn("tools").row(number)
        call.name, call.arguments = output.tool_name, as_json(output.raw_input)
        call.result, call.failed = _result(output), output.is_error


def _result(output: ToolOutput) -> str:
    found = output.raw_output
    if isinstance(found, list) and found and all(isinstance(one, NodeWithScore) for one in found):
        return counted(len(found), "node")  # which stand below as sources
    return output.content
