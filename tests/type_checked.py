"""A program as its users write it: what is right passes a type checker, and what is wrong does not.

`scripts/check` has mypy read it without Pydantic's plugin, which users need not have. Nobody runs
it. Each line that is wrong says which error it must have, and mypy minds where it has none.
"""

import httpx

import xyashui
from langchain_xyashui import ChatAShui, ChatXingYun, XingYunWebRetriever, XingYunWebSearch

ChatXingYun(api_key="...", timeout=3, default_headers={"a": "b"}, http_client=httpx.Client())
ChatAShui(api_key="...", timeout=httpx.Timeout(3), http_async_client=httpx.AsyncClient())
XingYunWebSearch(provider=xyashui.ASHUI, api_key="...")
XingYunWebRetriever(provider="ashui", api_key="...", k=3)
client = xyashui.Client("ashui", api_key="...", max_retries=0)
client.chat("?", temperature=1, images=["a.png", b""], stop="x", timeout=httpx.Timeout(1))
client.stream([{"role": "user", "content": "?"}], logit_bias={"1": 2}, tool_choice="any")

ChatXingYun(apikey="...")  # type: ignore[call-arg]
ChatXingYun(api_key=5)  # type: ignore[arg-type]
ChatXingYun(timeout="3")  # type: ignore[arg-type]
ChatXingYun(http_client=httpx.AsyncClient())  # type: ignore[arg-type]
client.chat("?", temprature=1)  # type: ignore[call-arg]
client.chat("?", stream=True)  # type: ignore[call-arg]
ChatXingYun("gpt-4")  # type: ignore[call-arg]
xyashui.AsyncClient(max_retrys=2)  # type: ignore[call-arg]
