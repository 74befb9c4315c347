"""What the demo shows: the code of every scene, in each framework that has it.

`$name` stands for what differs between the services: see `_CAST`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from typing import Final, Literal

from xyashui.providers import Provider
from xyashui.types import Endpoint

__all__ = ["CORE", "FRAMEWORKS", "SCENES", "Code", "Framework", "Scene", "lines_of", "prelude_of"]

Framework = Literal["langchain", "llama-index"]
Code = Framework | Literal["core"]
"""What a scene's code is written for; what is written for the core needs no framework."""

FRAMEWORKS: Final[dict[Framework, str]] = {"langchain": "LangChain", "llama-index": "LlamaIndex"}
CORE: Final = "xyashui"


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing that the package does.

    Attributes:
        title: What it is, in English.
        chinese: The same in Chinese.
        code: A few lines for each framework that has it, the one to show first.
        before: A picture to show before the code runs.
        after: A picture that the code makes, to show when it has run.
        needs: What the service must offer for it: an endpoint, or to read files.
        fails: Whether an error is what is to be seen.
    """

    title: str
    chinese: str
    code: Mapping[Code, str]
    before: str | None = None
    after: str | None = None
    needs: Endpoint | Literal["files"] | None = None
    fails: bool = False

    def is_offered(self, provider: Provider) -> bool:
        """Whether `provider` has what the scene needs."""
        if self.needs == "files":
            return provider.capabilities.files
        return self.needs is None or self.needs in provider.capabilities.endpoints


SCENES: Final = (
    Scene(
        "a chain, streamed",
        "提示词、模型、解析器连成一条链，逐字流式输出",
        {
            "langchain": """\
from langchain_xyashui import $chat

prompt = ChatPromptTemplate.from_template("$poem")
chain = prompt | $chat() | StrOutputParser()
for token in chain.stream({"topic": "$topic"}):
    print(token, end="", flush=True)
"""
        },
    ),
    Scene(
        "a query engine over your texts",
        "查询引擎：在自己的文档里找答案",
        {
            "llama-index": """\
from llama_index_xyashui import $llms

embedding = $embedding
index = VectorStoreIndex.from_documents(documents, embed_model=embedding)
engine = index.as_query_engine(llm=$llm(), streaming=True)
response = engine.query("$query")
for token in response.response_gen:
    print(token, end="", flush=True)
print("\\n— found in:", response.source_nodes[0].metadata["title"])
"""
        },
    ),
    Scene(
        "a web search, and its sources",
        "联网搜索，并列出来源",
        {
            "langchain": """\
answer = $chat(web_search=True).invoke("$news")
print(answer.content)
sources = answer.additional_kwargs["citations"]
for number, source in enumerate(sources, 1):
    print(f"{number}. {source['title']}  {source['url']}")
""",
            "llama-index": """\
answer = $llm(web_search=True).complete("$news")
print(answer.text)
sources = answer.additional_kwargs["citations"]
for number, source in enumerate(sources, 1):
    print(f"{number}. {source['title']}  {source['url']}")
""",
        },
    ),
    Scene(
        "a picture, described",
        "看图说话",
        {
            "llama-index": """\
llm = $llm(images=["cat.png"])
for chunk in llm.stream_complete("$look"):
    print(chunk.delta, end="", flush=True)
""",
            "langchain": """\
model = $chat(images=["cat.png"])
for chunk in model.stream("$look"):
    print(chunk.content, end="", flush=True)
""",
        },
        before="cat.png",
    ),
    Scene(
        "a question about a file",
        "读文件，答问题",
        {
            "langchain": """\
model = $chat(file_list=["$file"])
print(model.invoke("$sales").content)
""",
            "llama-index": """\
llm = $llm(file_list=["$file"])
print(llm.complete("$sales").text)
""",
        },
        needs="files",
    ),
    Scene(
        "a picture, painted",
        "文生图",
        {
            "core": """\
client = xyashui.Client("xingyun")
picture = client.generate_image("$paint", size="1024x1024").first
print(picture.revised_prompt, "->", picture.save("painted.png"))
""",
        },
        after="painted.png",
        needs="images",
    ),
    Scene(
        "Midjourney: four drafts, one of them worked out",
        "Midjourney：四宫格，选一张放大",
        {
            "core": """\
def tell(task):
    print(task.progress, end="% ", flush=True)

task = client.midjourney.imagine("$imagine")
task.wait(on_progress=tell, poll_interval=0.2)
print()
print("Buttons:", *(button.name for button in task.buttons))
print(task.upscale(2).wait().image.save("second.png"))
""",
        },
        after="second.png",
        needs="midjourney",
    ),
    Scene(
        "a sentence, spoken and written down again",
        "文字变语音，语音变文字",
        {
            "core": """\
sound = client.speak("$speak").save("spoken.mp3")
transcript = client.transcribe(sound)
print(f"{sound}: {transcript.duration:.1f} s of sound. It says:")
print(transcript.text)
""",
        },
        needs="speech",
    ),
    Scene(
        "an error, as you would meet it",
        "出错时会看到什么",
        {
            "langchain": '$chat($mistake).invoke("你好")\n',
            "llama-index": '$llm($mistake).complete("你好")\n',
        },
        fails=True,
    ),
)

# One service is asked in Chinese and the other in English: both speak both.
_CAST: Final[dict[str, dict[str, str]]] = {
    "xingyun": {
        "chat": "ChatXingYun",
        "llm": "XingYun",
        "llms": "XingYun, XingYunEmbedding",
        "embedding": "XingYunEmbedding()",
        "paint": "雪山下的湖",
        "imagine": "a lighthouse at dusk, watercolour",
        "speak": "你好，济南今天晴。适合出门！",
        "poem": "写一首关于{topic}的诗",
        "topic": "西湖",
        "query": "龙井茶应该用多少度的水冲泡？",
        "news": "今天济南的天气怎么样？",
        "look": "这张图片里有什么？",
        "sales": "哪个月卖得最好？",
        "mistake": 'model="gpt-9"',
    },
    "ashui": {
        "chat": "ChatAShui",
        "llm": "AShui",
        "llms": "AShui",
        "embedding": "ngrams  # the service documents no embeddings",
        "poem": "Write a story about {topic}.",
        "topic": "the Moon",
        "query": "How long is the Grand Canal?",
        "news": "最近有什么大模型的新闻？",
        "look": "What is in this picture?",
        "sales": "Which month sold the most units?",
        # A key that the emulator takes for one of an account without money.
        "mistake": 'api_key="no-quota"',
    },
}

_PRELUDES: Final[dict[Code, str]] = {
    "core": "import xyashui\n",
    "langchain": """\
from langchain_xyashui import ChatAShui, ChatXingYun
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
""",
    "llama-index": """\
from llama_index_xyashui import AShui, XingYun
from llama_index.core import VectorStoreIndex
from llama_index_xyashui.demo import make_documents, make_embedding
documents, ngrams = make_documents(), make_embedding()
""",
}


def prelude_of(framework: Code) -> str:
    """Return the imports that the framework's scenes go without showing."""
    return _PRELUDES[framework]


def lines_of(scene: Scene, framework: Code, provider: Provider, files_url: str) -> str:
    """Return the code of a scene, as it is shown and run.

    Args:
        scene: The scene.
        framework: A framework that has it.
        provider: The service to show.
        files_url: Where the emulator's files are.
    """
    cast = _CAST[provider.name] | {"file": f"{files_url}/sales.csv"}
    return Template(scene.code[framework]).substitute(cast)
