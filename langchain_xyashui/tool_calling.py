"""`bind_tools` and `with_structured_output`, the same on a service with tools and one without.

What the service lacks is supplied below, in `xyashui.emulation`; nothing here asks which it is,
except for the method that structured output takes by default.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import (
    Runnable,
    RunnableConfig,
    RunnableLambda,
    RunnableMap,
    RunnablePassthrough,
)
from langchain_core.utils.function_calling import convert_to_json_schema, convert_to_openai_tool
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import ConfigDict

from langchain_xyashui.errors import MalformedOutputError, as_langchain
from xyashui import ConfigurationError, Provider
from xyashui.requests import nearest, shorten

if TYPE_CHECKING:
    from langchain_core.output_parsers.base import OutputParserLike

__all__ = ["ToolCallingChat"]

Method = Literal["json_schema", "function_calling", "json_mode"]

# Options by which an answer in a form is asked for.
_TAKEN = frozenset({"parallel_tool_calls", "response_format", "tool_choice", "tools"})
_ANYWAY: dict[str, Any] = {"parallel_tool_calls": False, "tools": []}


class ToolCallingChat(BaseChatModel):
    """A chat model with tools and structured output."""

    provider: ClassVar[Provider]

    model_config = ConfigDict(defer_build=True)

    def bind_tools(
        self,
        # LangChain reads these annotations; a `BaseTool` is a `Runnable`, and costs an import.
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | Runnable[Any, Any]],
        *,
        tool_choice: dict[str, Any] | str | bool | None = None,
        strict: bool | None = None,
        parallel_tool_calls: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        r"""Return this model with tools that it may call.

        Where a streamed call cannot be made, its arguments in `invalid_tool_calls` end in
        `\n[}"[}`, which keeps LangChain from closing what is open in them; what stands before it is
        what the model wrote.

        Args:
            tools: Functions, Pydantic classes, TypedDicts, LangChain tools, runnables or JSON
                schemas.
            tool_choice: "auto", "none", "any" or "required" (at least one), or the name of the one
                to call.
            strict: Whether the arguments must fit the schema, where the model can promise that.
            parallel_tool_calls: Whether one answer may call several tools.
            **kwargs: Other options to bind.

        Raises:
            langchain_xyashui.errors.ConfigurationError: `tool_choice` names no tool.

        Example:
            >>> model.bind_tools([get_weather]).invoke("北京天气?").tool_calls  # doctest: +SKIP
            [{'name': 'get_weather', 'args': {'city': '北京'}, ...}]
        """
        with as_langchain():
            formatted = [_tool(tool, strict) for tool in tools]
            choice = _choice(tool_choice, formatted)
        options = {"tool_choice": choice, "parallel_tool_calls": parallel_tool_calls}
        given = {name: value for name, value in options.items() if value is not None}
        return self.bind(tools=formatted, **given, **kwargs)

    def with_structured_output(
        self,
        schema: dict[str, Any] | type,
        *,
        include_raw: bool = False,
        method: Method | None = None,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:
        """Return this model with answers in the form of `schema`.

        Args:
            schema: A Pydantic class (answers are its instances), a TypedDict or a JSON schema
                (answers are dicts).
            include_raw: Whether to give `{"raw", "parsed", "parsing_error"}` and raise nothing
                over an answer that cannot be parsed.
            method: "function_calling" asks for a tool call, "json_schema" for JSON by the
                schema, "json_mode" for JSON whose form the prompt describes. By default the way
                that most models of the service know.
            strict: Whether the answer must fit the schema, where the model can promise that.
            **kwargs: Other options to bind.

        Raises:
            langchain_xyashui.errors.ConfigurationError: `method` is none of these, or there are
                `tools`, which an agent calls before it answers in a form.
            langchain_xyashui.errors.MalformedOutputError: When called: the answer does not fit.

        Example:
            >>> model.with_structured_output(City).invoke("介绍济南")  # doctest: +SKIP
            City(name='济南', province='山东')
        """
        with as_langchain():
            return self._structured(schema, include_raw, method, strict, kwargs)

    def _structured(
        self,
        schema: dict[str, Any] | type,
        include_raw: bool,
        method: Method | None,
        strict: bool | None,
        kwargs: dict[str, Any],
    ) -> Runnable[LanguageModelInput, Any]:
        # Frameworks hand on `None` for what they were not given, and what is done anyway may be
        # said. `None` for any other option stays: it takes the model's own away.
        kwargs = {
            name: value
            for name, value in kwargs.items()
            if name not in _TAKEN or value not in (None, _ANYWAY.get(name))
        }
        if taken := kwargs.keys() & _TAKEN:
            raise ConfigurationError(
                f"with_structured_output takes no {min(taken)}: the answer is made by a tool or a "
                "form of its own. For tools beside it there is create_agent, which takes tools and "
                "response_format"
            )
        native = self.provider.capabilities.json_output == "native"
        method = method or ("function_calling" if native else "json_schema")
        if method == "function_calling":
            model, parser = self._by_function(schema, strict, kwargs)
        elif method in ("json_schema", "json_mode"):
            model, parser = self._by_json(schema, method, strict, kwargs)
        else:
            raise ConfigurationError(
                "method must be 'json_schema', 'function_calling' or 'json_mode', "
                f"not {shorten(method)}"
            )
        return _with_raw(model, parser) if include_raw else model | parser

    def _by_function(
        self, schema: dict[str, Any] | type, strict: bool | None, kwargs: dict[str, Any]
    ) -> tuple[Runnable[Any, Any], OutputParserLike[Any]]:
        name = _tool(schema, None)["function"]["name"]
        model = self.bind_tools(
            [schema],
            tool_choice=name,
            strict=strict,
            parallel_tool_calls=False,
            ls_structured_output_format={
                "kwargs": {"method": "function_calling", "strict": strict},
                "schema": schema,
            },
            **kwargs,
        )
        from langchain_xyashui import parsers

        if isinstance(schema, type) and is_basemodel_subclass(schema):
            return model, parsers.PydanticCall(tools=[schema], first_tool_only=True)
        return model, parsers.DictCall(key_name=name, first_tool_only=True)

    def _by_json(
        self,
        schema: dict[str, Any] | type,
        method: Method,
        strict: bool | None,
        kwargs: dict[str, Any],
    ) -> tuple[Runnable[Any, Any], OutputParserLike[Any]]:
        response_format: dict[str, Any] = {"type": "json_object"}
        if method == "json_schema":
            function = _tool(schema, strict)["function"]
            form = {"name": function["name"], "schema": convert_to_json_schema(schema)}
            if description := function.get("description"):
                form["description"] = description
            if strict is not None:
                form |= {"strict": strict, "schema": function["parameters"]}
            response_format = {"type": "json_schema", "json_schema": form}
        model = self.bind(
            response_format=response_format,
            ls_structured_output_format={
                "kwargs": {"method": method, "strict": strict},
                "schema": schema,
            },
            **kwargs,
        )
        from langchain_xyashui import parsers

        if isinstance(schema, type) and is_basemodel_subclass(schema):
            return model, parsers.PydanticText(pydantic_object=schema)
        return model, parsers.DictText()


def _with_raw(
    model: Runnable[Any, Any], parser: OutputParserLike[Any]
) -> Runnable[Any, dict[str, Any]]:
    """Give the message, what was parsed of it, and what kept it from being parsed."""
    parsed = RunnablePassthrough.assign(
        parsed=itemgetter("raw") | parser, parsing_error=lambda _: None
    )
    unparsed = RunnablePassthrough.assign(parsed=lambda _: None)
    chain = RunnableMap(raw=model) | parsed.with_fallbacks(
        [unparsed], exception_key="parsing_error"
    )

    def invoke(question: Any, config: RunnableConfig) -> Any:
        try:
            return chain.invoke(question, config)
        except MalformedOutputError as error:
            return _rejected(error)

    async def ainvoke(question: Any, config: RunnableConfig) -> Any:
        try:
            return await chain.ainvoke(question, config)
        except MalformedOutputError as error:
            return _rejected(error)

    return RunnableLambda(invoke, ainvoke)


def _rejected(error: MalformedOutputError) -> dict[str, Any]:
    return {"raw": AIMessage(error.text), "parsed": None, "parsing_error": error}


def _tool(tool: Any, strict: bool | None) -> dict[str, Any]:
    """Return a tool as it is sent."""
    from langchain_core.tools import BaseTool

    try:
        if isinstance(tool, Runnable) and not isinstance(tool, BaseTool):
            tool = tool.as_tool()
        return convert_to_openai_tool(tool, strict=strict)
    except (ValueError, TypeError) as error:
        raise ConfigurationError(f"This cannot be made a tool: {shorten(tool)}: {error}") from error


def _choice(choice: Any, tools: Sequence[dict[str, Any]]) -> Any:
    """Return `tool_choice` as it is sent."""
    if choice is None or choice in ("auto", "none", "required") or isinstance(choice, dict):
        return choice
    if choice == "any" or choice is True:
        return "required"
    if choice is False:
        return None
    names = [tool["function"]["name"] for tool in tools if "function" in tool]
    if choice not in names:
        raise ConfigurationError(
            f"tool_choice: there is no tool {shorten(choice)}.{nearest(str(choice), names)}"
        )
    return {"type": "function", "function": {"name": choice}}
