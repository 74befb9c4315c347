"""What a service lacks, supplied on this side. Sans-IO.

`Plan` decides for one request what the service does and what is done here: it rewrites the
request, names the stages that the answer goes through, and asks again where an answer is not in
the form that was asked for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from xyashui.answers import Answer, at_limit
from xyashui.citations import find_citations
from xyashui.emulation import structured, tools
from xyashui.emulation.stop import StopStage
from xyashui.emulation.structured import JSONStage
from xyashui.emulation.tool_parser import ToolCallStage
from xyashui.errors import ConfigurationError, MalformedOutputError
from xyashui.providers.provider import Provider
from xyashui.requests import ChatRequest
from xyashui.streaming import Stage

__all__ = ["Plan"]

_MOST_ROUNDS = 2


class Plan:
    """How one request is served.

    Attributes:
        request: What is to be sent, in terms that the service knows.
    """

    def __init__(self, provider: Provider, request: ChatRequest) -> None:
        self._provider = provider
        self._round = 1
        self._stop: list[str] = []
        self._schemas: dict[str, dict[str, Any]] = {}
        self._forced: str | None = None
        self._single = False
        self._json: dict[str, Any] | None = None
        self._tool_stage: ToolCallStage | None = None
        self._json_stage: JSONStage | None = None
        self.request = self._rewritten(request)
        self._refuse_several_answers()

    def _rewritten(self, request: ChatRequest) -> ChatRequest:
        has = self._provider.capabilities
        how = has.tools if request.tool_calling == "auto" else request.tool_calling
        if how == "prompted":
            if request.tools and request.tool_choice != "none":
                self._schemas = tools.tool_schemas(request.tools)
                self._forced = tools.forced_tool(request.tool_choice, list(self._schemas))
                self._single = request.parallel_tool_calls is False
            request = tools.prompted(request)
        # A service would find them in the markup of prompted calls as well, and cut those.
        if request.stop and (self._schemas or not has.stop):
            self._stop = request.stop
            request = replace(request, stop=[])
        if request.response_format is not None and has.json_output == "prompted":
            self._json = structured.json_schema(request.response_format)
            request = structured.prompted(request)
        return request

    def _refuse_several_answers(self) -> None:
        count = self.request.extra_body.get("n", self.request.options.get("n", 1))
        if count != 1 and (self._stop or self._schemas or self._json is not None):
            raise ConfigurationError(
                f"n={count}: tools, JSON output and stop sequences that are supplied on this side "
                "work on one answer at a time"
            )

    def stages(self) -> list[Stage]:
        """Return new stages for an answer to go through, in order."""
        stages: list[Stage] = []
        if self._schemas:
            self._tool_stage = ToolCallStage(
                self._schemas,
                stop=self._stop,
                forced=self._forced,
                single=self._single,
                final=self._round >= _MOST_ROUNDS,
            )
            stages.append(self._tool_stage)
        elif self._stop:
            stages.append(StopStage(self._stop))
        if self._json is not None:
            self._json_stage = JSONStage(self._json)
            stages.append(self._json_stage)
        return stages

    def again(self, answer: Answer) -> bool:
        """Whether to ask once more, because `answer` is not in the form that was asked for.

        `request` is what to send then.

        Raises:
            MalformedOutputError: It is not, and the model has been told already; or the answer was
                cut at its limit, as the next would be.
        """
        if self._tool_stage is not None and (fault := self._tool_stage.fault):
            which = f"the function {self._forced}" if self._forced else "a function"
            words = (
                f"That cannot be used: {fault}. Call {which} again, rightly this time: answer with "
                "a <tool_call> block and nothing else."
            )
            return self._told(answer, self._tool_stage, fault, words)
        if self._json_stage is not None and (fault := self._json_stage.fault):
            words = (
                f"That answer cannot be used: {fault}. Answer again, with the corrected JSON and "
                "nothing else."
            )
            return self._told(answer, self._json_stage, fault, words)
        return False

    def _told(
        self, answer: Answer, stage: ToolCallStage | JSONStage, fault: str, words: str
    ) -> bool:
        said = stage.rejected
        limited = at_limit(stage.finish)
        if limited or self._round >= _MOST_ROUNDS:
            choice = answer.choices[0]
            choice.text = said
            choice.finish_reason = stage.finish
            cites = self._provider.cites(self.request)
            choice.citations = find_citations(said) if cites else []
            error = MalformedOutputError(
                f"{self._provider.title}: {fault}{limited or ', even when asked again'}. What the "
                "model wrote is in .text"
            )
            error.partial = answer
            raise error
        self._round += 1
        self.request = tools.told(self.request, said, words)
        return True
