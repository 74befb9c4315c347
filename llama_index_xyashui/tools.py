"""What the services can do, as tools for any model that calls tools."""

# No `from __future__ import annotations`: models are shown the signatures, and without quotes.

from typing import Annotated, Any, ClassVar

from llama_index.core.tools.tool_spec.base import SPEC_FUNCTION_TYPE, BaseToolSpec
from pydantic import BaseModel

from llama_index_xyashui.web_search import WebSearcher
from xyashui import Answer, Provider

__all__ = ["WebAnswer", "XingYunToolSpec"]


class WebAnswer(BaseModel):
    """An answer from the web. Models are given its text; it is a tool output's `raw_output`.

    Attributes:
        text: The answer, with links to its sources.
        citations: The sources: `url`, `title`, `cited_text`, and where the link stands in the
            text (`start`, `end`).
    """

    text: str
    citations: list[dict[str, Any]] = []

    def __str__(self) -> str:
        return self.text


class XingYunToolSpec(BaseToolSpec):
    """Tools of the services, for agents on any LLM. So far: `web_search`.

    Args:
        provider: Which service works: "xingyun" or "ashui".
        model: The model that searches; by default the one that the service documents.
        **connection: `api_key` (by default what the service's environment variable holds),
            `base_url`, `timeout`, `max_retries`, `default_headers`, `http_client` and
            `http_async_client`, as the LLMs take them.

    Raises:
        ConfigurationError: A setting cannot be, or the key is missing.

    Example:
        >>> spec = XingYunToolSpec(provider="ashui")  # doctest: +SKIP
        >>> spec.web_search("今天济南天气怎么样?").citations[0]["url"]  # doctest: +SKIP
        'https://www.tianqi.com/jinan/'
        >>> agent = FunctionAgent(tools=spec.to_tool_list(), llm=llm)  # doctest: +SKIP
        >>> result = await agent.run("济南天气怎么样?")  # doctest: +SKIP
        >>> result.tool_calls[0].tool_output.raw_output.citations  # doctest: +SKIP
    """

    spec_functions: ClassVar[list[SPEC_FUNCTION_TYPE]] = [  # type: ignore[misc]
        ("web_search", "aweb_search")
    ]

    def __init__(
        self, *, provider: Provider | str = "xingyun", model: str | None = None, **connection: Any
    ) -> None:
        self._searcher = WebSearcher(provider=provider, model=model, **connection)

    # What models are told of a tool is its signature and its docstring.

    def web_search(
        self,
        query: Annotated[str, "The question to answer from the web, as a whole sentence"],
    ) -> WebAnswer:
        """Search the web and answer a question from what is found, with links to the sources.

        Use it for news, weather, prices and anything else that changes.
        """
        return _web_answer(self._searcher.search(query))

    async def aweb_search(self, query: str) -> WebAnswer:
        """Do what `web_search` does, with `await`."""
        return _web_answer(await self._searcher.asearch(query))


def _web_answer(answer: Answer) -> WebAnswer:
    citations = [citation.to_dict() for citation in answer.citations]
    return WebAnswer(text=answer.text, citations=citations)
