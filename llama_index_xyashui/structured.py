"""Structured output: answers as objects of a Pydantic class.

LlamaIndex's own programs leave a model that streams free to answer in prose, give out what does
not fit, and forget what the model wrote. Here the form is demanded, the last object of a stream is
the whole one, and what does not fit raises with the text.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Generator
from typing import Any, Generic

from llama_index.core.base.llms.types import ChatResponse
from llama_index.core.instrumentation import get_dispatcher  # type: ignore[attr-defined]
from llama_index.core.instrumentation.events.llm import (
    LLMStructuredPredictEndEvent,
    LLMStructuredPredictInProgressEvent,
    LLMStructuredPredictStartEvent,
)
from llama_index.core.output_parsers.utils import extract_json_str
from llama_index.core.program.function_program import get_function_tool
from llama_index.core.program.utils import FlexibleModel, create_flexible_model
from llama_index.core.prompts import PromptTemplate
from llama_index.core.types import Model, PydanticProgramMode
from pydantic import ValidationError

from llama_index_xyashui.completions import with_schema
from llama_index_xyashui.responses import is_whole, selections
from llama_index_xyashui.tool_calling import ToolCallingLLM
from xyashui import MalformedOutputError
from xyashui.requests import explain_invalid
from xyashui.surrogates import well_formed_json

__all__ = ["StructuredOutput"]

_dispatcher = get_dispatcher(__name__)
# What LlamaIndex's programs set themselves, and callers of theirs may pass all the same.
_SETTLED = ("tool_required", "tool_choice", "allow_parallel_tool_calls")


class StructuredOutput(ToolCallingLLM):
    """An LLM whose answers can have a form.

    A `pydantic_program_mode` other than the default one is LlamaIndex's to follow.
    """

    def structured_predict(
        self,
        output_cls: type[Model],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Model:
        """Answer a prompt with an object.

        Args:
            output_cls: The class of the object.
            prompt: The prompt; `ChatPromptTemplate` for whole conversations.
            llm_kwargs: Options of this call.
            **prompt_args: What to fill into the prompt.

        Raises:
            MalformedOutputError: The answer does not fit the class; its `text` is what the model
                wrote.

        Example:
            >>> prompt = PromptTemplate("介绍{city}")
            >>> llm.structured_predict(City, prompt, city="济南")  # doctest: +SKIP
            City(name='济南', province='山东')
        """
        if self.pydantic_program_mode is not PydanticProgramMode.DEFAULT:
            found: Model = super().structured_predict(output_cls, prompt, llm_kwargs, **prompt_args)
            return found
        form = _Form(self, output_cls)
        return form.filled(self.chat(**form.demand(prompt, llm_kwargs, prompt_args)))

    async def astructured_predict(
        self,
        output_cls: type[Model],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Model:
        """Do what `structured_predict` does, with `await`."""
        if self.pydantic_program_mode is not PydanticProgramMode.DEFAULT:
            found: Model = await super().astructured_predict(
                output_cls, prompt, llm_kwargs, **prompt_args
            )
            return found
        form = _Form(self, output_cls)
        return form.filled(await self.achat(**form.demand(prompt, llm_kwargs, prompt_args)))

    def stream_structured_predict(
        self,
        output_cls: type[Model],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Generator[Model | FlexibleModel, None, None]:
        """Answer a prompt with an object that grows; see `structured_predict`.

        Yields:
            What there is of the object whenever there is more of it, and at last all of it. Before
            that, fields may be missing, and it may be no `output_cls` yet.
        """
        if self.pydantic_program_mode is not PydanticProgramMode.DEFAULT:
            yield from super().stream_structured_predict(
                output_cls, prompt, llm_kwargs, **prompt_args
            )
            return
        form = _Form(self, output_cls)
        demand = form.demand(prompt, llm_kwargs, prompt_args)
        with contextlib.closing(self.stream_chat(**demand)) as stream:
            for response in stream:
                if (found := form.grown(response)) is not None:
                    yield found

    async def astream_structured_predict(
        self,
        output_cls: type[Model],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> AsyncGenerator[Model | FlexibleModel, None]:
        """Do what `stream_structured_predict` does, with `await` and `async for`."""
        if self.pydantic_program_mode is not PydanticProgramMode.DEFAULT:
            return await super().astream_structured_predict(
                output_cls, prompt, llm_kwargs, **prompt_args
            )

        async def objects() -> AsyncGenerator[Model | FlexibleModel, None]:
            form = _Form(self, output_cls)
            demand = form.demand(prompt, llm_kwargs, prompt_args)
            async with contextlib.aclosing(await self.astream_chat(**demand)) as stream:
                async for response in stream:
                    if (found := form.grown(response)) is not None:
                        yield found

        return objects()


class _Form(Generic[Model]):
    """What one answer is to be: how to demand it, and how to read it."""

    def __init__(self, llm: ToolCallingLLM, output_cls: type[Model]) -> None:
        self._llm = llm
        self._cls = output_cls
        self._partial_cls = create_flexible_model(output_cls)
        self._seen: dict[str, Any] = {}

    def demand(
        self, prompt: PromptTemplate, llm_kwargs: dict[str, Any] | None, prompt_args: dict[str, Any]
    ) -> dict[str, Any]:
        """Return what to ask `chat`."""
        _dispatcher.event(
            LLMStructuredPredictStartEvent(
                output_cls=self._cls, template=prompt, template_args=prompt_args
            )
        )
        messages = self._llm._extend_messages(prompt.format_messages(llm=self._llm, **prompt_args))
        given = {name: it for name, it in (llm_kwargs or {}).items() if name not in _SETTLED}
        if not self._llm.metadata.is_function_calling_model:
            # In plain text, which is all that a text-completion model has.
            return {"messages": with_schema(messages, self._cls), **given}
        if self._llm.provider.capabilities.json_output != "native":
            # By prompt: checked against the schema, and asked for once more.
            form = {"name": self._cls.__name__, "schema": self._cls.model_json_schema()}
            response_format = {"type": "json_schema", "json_schema": form}
            return {"messages": messages, "response_format": response_format, **given}
        # By a tool call, which more models behind a gateway know than `json_schema`. By name,
        # which more of them know than "required".
        tool = get_function_tool(self._cls)
        asked = self._llm._prepare_chat_with_tools([tool], chat_history=messages, **given)
        name = asked["tools"][0]["function"]["name"]
        return asked | {"tool_choice": {"type": "function", "function": {"name": name}}}

    def grown(self, response: ChatResponse) -> Model | FlexibleModel | None:
        """Return the object as far as a stream has come; `None` where there is no more of it.

        The last response gives the whole object.

        Raises:
            MalformedOutputError: The whole answer does not fit.
        """
        if is_whole(response):
            return self.filled(response)
        calls = selections(response)
        if not calls or calls[0].tool_kwargs == self._seen:
            return None
        self._seen = calls[0].tool_kwargs
        found: Model | FlexibleModel
        try:
            found = self._cls.model_validate(self._seen)
        except Exception:  # validators of the class's own may stumble over what is missing so far
            found = self._partial_cls.model_validate(self._seen)
        _dispatcher.event(LLMStructuredPredictInProgressEvent(output=found))
        return found

    def filled(self, response: ChatResponse) -> Model:
        """Return the object that a whole response is.

        Raises:
            MalformedOutputError: It does not fit.
        """
        result = self._read(response)
        _dispatcher.event(LLMStructuredPredictEndEvent(output=result))
        return result

    def _read(self, response: ChatResponse) -> Model:
        calls = response.message.additional_kwargs.get("tool_calls")
        text = calls[0]["function"]["arguments"] if calls else response.message.content or ""
        text = well_formed_json(text)
        try:
            # A tool that needs no arguments may be called without.
            return self._cls.model_validate_json(text or "{}" if calls else text)
        except ValidationError as error:
            reason = explain_invalid(error)
        if not calls:
            # A model that knows no tools may still have written JSON, with words around it.
            with contextlib.suppress(ValueError):
                return self._cls.model_validate_json(extract_json_str(text))
        from xyashui import Answer, Choice
        from xyashui.answers import at_limit

        finish = response.additional_kwargs.get("finish_reason")
        malformed = MalformedOutputError(
            f"{self._llm.provider.title}: the answer is no {self._cls.__name__}: "
            f"{reason}{at_limit(finish)}. What the model wrote is in .text"
        )
        malformed.partial = Answer([Choice(text=text, finish_reason=finish)])
        raise malformed
