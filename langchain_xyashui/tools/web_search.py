"""The services' web search as a tool, for any model that calls tools."""

from __future__ import annotations

from typing import Any, Literal

from langchain_core.callbacks import AsyncCallbackManagerForToolRun, CallbackManagerForToolRun
from langchain_core.tools import BaseTool
from pydantic import BaseModel, Field

from langchain_xyashui.errors import as_langchain
from langchain_xyashui.web_search import WebSearcher
from xyashui import Answer

__all__ = ["XingYunWebSearch"]


class _Query(BaseModel):
    """What the web search takes."""

    query: str = Field(description="The question to answer from the web, as a whole sentence")


class XingYunWebSearch(WebSearcher, BaseTool):
    """Answers a question from the web: the answer is the content, its sources are the artifact.

    Args:
        provider: Which service searches: "xingyun" or "ashui", or `xyashui.XINGYUN` or `ASHUI`.
        model: The model that searches; by default the one that the service documents.
        api_key: The key; by default what the service's environment variable holds.
        base_url: The address; by default the environment's, or else the service's own.
        timeout: Seconds of silence to bear (300).
        max_retries: How often a call that may pass is made again (2).
        name: What models call the tool ("web_search").
        description: What models are told of it.

    Raises:
        langchain_xyashui.errors.ConfigurationError: A setting cannot be, or the key is missing.

    Example:
        >>> search = XingYunWebSearch(provider="ashui")  # doctest: +SKIP
        >>> search.invoke("今天济南天气怎么样?")  # doctest: +SKIP
        '今天济南的天气是晴天……'
        >>> create_agent(model, tools=[search])  # doctest: +SKIP
    """

    name: str = "web_search"
    description: str = (
        "Searches the web and answers a question from what it finds, with links to the sources. "
        "Use it for news, weather, prices and anything else that changes."
    )
    args_schema: Any = _Query
    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"

    def _run(
        self, query: str, run_manager: CallbackManagerForToolRun | None = None
    ) -> tuple[str, list[dict[str, Any]]]:
        with as_langchain():
            return _result(self._search(query))

    async def _arun(
        self, query: str, run_manager: AsyncCallbackManagerForToolRun | None = None
    ) -> tuple[str, list[dict[str, Any]]]:
        with as_langchain():
            return _result(await self._asearch(query))


def _result(answer: Answer) -> tuple[str, list[dict[str, Any]]]:
    return answer.text, [citation.to_dict() for citation in answer.citations]
