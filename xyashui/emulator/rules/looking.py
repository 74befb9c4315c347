"""Answers from outside the conversation: images, files, the bundled web."""

import re
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from .. import vision
from ..bundle.pages import PAGES, Page
from . import tables
from .context import from_text
from .language import end, is_question, join, language_of, sentences
from .relevance import Corpus, best
from .task import Said, Task

_LEAST_FIT = 0.4
_MAX_PAGES = 3
# Words that ask for a search rather than name what is searched for.
_NOISE = re.compile(
    r"\b(?:latest|recent|current|news|search(?: the web)?(?: for)?|look up|google|information)\b|"
    r"最新|新闻|消息|搜索|搜一下|查一下|联网|查询",
    re.IGNORECASE,
)
_ABOUT_IMAGES = ("image", "picture", "photo", "colour", "color", "图", "照片", "颜色")


def at_images(task: Task) -> Said | None:
    """Describe the images of the last message, or earlier ones that are asked about."""
    site = task.inquiry.site
    seen = [vision.look(url, site) for turn in task.inquiry.turns for url in turn.images]
    if not seen:
        return None
    if task.last.images:
        seen = seen[-len(task.last.images) :]
    elif not any(word in task.question.lower() for word in _ABOUT_IMAGES):
        return None
    described = [picture.describe(task.language) for picture in seen]
    if len(described) == 1:
        text = task.say(f"This is {described[0]}.", f"这是{described[0]}。")
    else:
        lines = [
            task.say(f"Image {number} is {each}.", f"第{number}张是{each}。")
            for number, each in enumerate(described, start=1)
        ]
        text = task.say(f"There are {len(seen)} images.", f"共有{len(seen)}张图片。")
        text = "\n".join([text, *lines])
    return Said(text, task.say("The image was decoded.", "已解码图片。"))


def at_files(task: Task) -> Said | None:
    """Answer from the files of the request."""
    if not task.inquiry.files:
        return None
    answers = [_about_file(task, url) for url in task.inquiry.files]
    named = len(answers) > 1
    text = "\n".join(
        (f"{_name(url)}{task.say(': ', '：')}" if named else "") + answer
        for url, answer in zip(task.inquiry.files, answers, strict=True)
    )
    return Said(text, task.say("The files were read.", "已阅读文件。"))


def _about_file(task: Task, url: str) -> str:
    found = task.inquiry.site.resolve(url)
    if found is None:
        return task.say(
            f"The offline emulator did not fetch {_name(url)} from {urlsplit(url).netloc}, "
            "so its contents are unknown.",
            f"离线模拟器没有从 {urlsplit(url).netloc} 下载 {_name(url)}，因此不知道其内容。",
        )
    if found.rows:
        answer = tables.answer(task.question, found.rows, task.language)
        return answer or tables.describe(found.rows, task.language)
    answer = from_text(task.question, found.text, task.language)
    if answer:
        return answer
    first = next(iter(sentences(found.text)), "").lstrip("# ")
    return task.say(
        f'Nothing in {found.name} answers this; it begins: "{first}"',
        f"{found.name} 中没有这个问题的答案，文件开头是：“{first}”",
    )


def _name(url: str) -> str:
    return PurePosixPath(unquote(urlsplit(url).path)).name or url


_PARTS = re.compile(r",?\s+(?:and|or)\s+|[,，、;；]|和|与|以及")


def on_the_web(task: Task) -> Said | None:
    """Search the bundled pages, and cite those used as Markdown links.

    Nothing relevant means that no search was needed: the other rules answer then,
    as the documentation says of `gpt-4-web` [doc].
    """
    if not task.inquiry.web_search or not task.question.strip():
        return None
    pages = search(task.question)
    if not pages or not (is_question(task.question) or len(task.question) < 200):
        return None
    facts: list[str] = []
    for page in pages:
        lines = sentences(page.text)
        own = [line for line in lines if language_of(line) == task.language]
        matches = best(task.question, own or lines, least=0.0)
        facts += [end(match.text) for match in matches]
    links = join([f"[{page.title}]({page.url})" for page in pages], task.language)
    return Said(
        task.say(
            f"{' '.join(facts)} See {links} for more details.",
            f"{''.join(facts)}您可以参考{links}获取更多详细信息。",
        ),
        task.say("A web search found pages on this.", "联网搜索找到了相关网页。"),
    )


def search(question: str) -> list[Page]:
    """Find the pages that fit a question well, at most three, the best first.

    A question after several things is looked up whole, and then thing by thing.
    """
    found = _search(question)
    for part in _PARTS.split(question) if len(found) < _MAX_PAGES else ():
        found += [page for page in _search(part)[:1] if page not in found]
    return found[:_MAX_PAGES]


def _search(question: str) -> list[Page]:
    question = _NOISE.sub(" ", question)
    corpus = Corpus([f"{page.title} {page.text}" for page in PAGES])
    ranked = [match for match in corpus.rank(question) if match.score >= _LEAST_FIT]
    found: list[Page] = []
    covered: set[str] = set()
    same = [m for m in ranked if language_of(PAGES[m.index].title) == language_of(question)]
    # A page in the question's own language comes first; another only if it adds something.
    for match in same + [other for other in ranked if other not in same]:
        close = not found or match.score >= 0.7 * ranked[0].score
        if close and match.covers - covered and len(found) < _MAX_PAGES:
            found.append(PAGES[match.index])
            covered |= match.covers
    return found
