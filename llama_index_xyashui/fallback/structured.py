"""`StructuredFallback`: answers as objects, as whichever LLM answers makes them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import Any

from llama_index.core.program.utils import FlexibleModel
from llama_index.core.prompts import ChatPromptTemplate, PromptTemplate
from llama_index.core.types import Model, PydanticProgramMode

from llama_index_xyashui.fallback.several import SeveralLLMs

__all__ = ["StructuredFallback"]


class StructuredFallback(SeveralLLMs):
    """Several LLMs whose answers can have a form: how it is demanded is each's own."""

    def structured_predict(
        self,
        output_cls: type[Model],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Model:
        """Answer a prompt with an object; takes what LlamaIndex's own does.

        Raises:
            AllFailedError: Nobody answers, or nobody in the form.
        """
        if self.pydantic_program_mode is not PydanticProgramMode.DEFAULT:
            found: Model = super().structured_predict(output_cls, prompt, llm_kwargs, **prompt_args)
            return found
        prompt, prompt_args = self._prompt(prompt, prompt_args)
        answer: Model = self._whole(
            lambda llm: llm.structured_predict(output_cls, prompt, llm_kwargs, **prompt_args)
        )
        return answer

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
        prompt, prompt_args = self._prompt(prompt, prompt_args)
        return await self._awhole(
            lambda llm: llm.astructured_predict(output_cls, prompt, llm_kwargs, **prompt_args)
        )

    def stream_structured_predict(
        self,
        output_cls: type[Model],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Generator[Model | FlexibleModel, None, None]:
        """Answer a prompt with an object that grows; see `structured_predict`."""
        if self.pydantic_program_mode is not PydanticProgramMode.DEFAULT:
            yield from super().stream_structured_predict(
                output_cls, prompt, llm_kwargs, **prompt_args
            )
            return
        prompt, prompt_args = self._prompt(prompt, prompt_args)
        yield from self._pieces(
            lambda llm: llm.stream_structured_predict(output_cls, prompt, llm_kwargs, **prompt_args)
        )

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
        prompt, args = self._prompt(prompt, prompt_args)
        return self._apieces(
            lambda llm: llm.astream_structured_predict(output_cls, prompt, llm_kwargs, **args)
        )

    def _prompt(
        self, prompt: PromptTemplate, prompt_args: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        # An LLM puts its own system prompt before a prompt; where this one has one, it does.
        if not self.system_prompt:
            return prompt, prompt_args
        messages = self._extend_messages(prompt.format_messages(llm=self, **prompt_args))
        return ChatPromptTemplate(message_templates=messages), {}
