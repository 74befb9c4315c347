"""The services' web search as a tool."""

# No `from __future__ import annotations`: models are shown the signatures, and without quotes.

from typing import Annotated, Any

from pydantic import BaseModel

from llama_index_xyashui.tools.group import ToolGroup
from llama_index_xyashui.web_search import WebSearcher
from xyashui import Answer

__all__ = ["WebAnswer", "WebSearchTools"]


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


class WebSearchTools(ToolGroup):
    """The web search, for `XingYunToolSpec`."""

    _searcher: WebSearcher

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
