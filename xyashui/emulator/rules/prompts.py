"""Taking a prompt apart: the question, the context it is asked over, an earlier answer.

Frameworks write prompts with a few common marks: lines of dashes around the
context, XML-like tags, labels at the start of lines (`Query:`, `Context:`,
`Answer:`, 问题：). Where there are none, the question is the last sentence that
asks something, and the rest is context.
"""

import re
from dataclasses import dataclass, field

from .language import Language, is_question, language_of, sentences

_RULE = re.compile(r"(?<![-=_*])[-=_*]{5,}[ \t]*$", re.MULTILINE)
_TAG = re.compile(
    r"<(context|contexts|documents?|text|passages?|article|sources?|资料|上下文)\b[^>\n]*>"
    r"(.*?)</\1>",
    re.DOTALL | re.IGNORECASE,
)
_QUESTION_TAG = re.compile(r"<(question|query|问题)>(.*?)</\1>", re.DOTALL | re.IGNORECASE)

_QUESTION_LABELS = (
    "user question|question|query|follow up input|follow up message|user query|"
    "问题|提问|用户问题|查询|the original query is as follows|task"
)
_CONTEXT_LABELS = (
    "context information|new context|context|documents?|passages?|text|article|background|"
    "retrieved context|sources?|上下文|背景|背景信息|资料|参考资料|已知信息|已知|文档|内容|文章"
)
_EXISTING_LABELS = (
    "original answer|existing answer|we have provided an existing answer|原答案|已有答案|原回答"
)
_ANSWER_LABELS = (
    "new answer|refined answer|answer|helpful answer|final answer|summary|standalone question|"
    "response|output|回答|答案|答"
)
_LABEL = re.compile(
    rf"^[ \t>#*]*(?:(?P<question>{_QUESTION_LABELS})|(?P<context>{_CONTEXT_LABELS})|"
    rf"(?P<existing>{_EXISTING_LABELS})|(?P<answer>{_ANSWER_LABELS}))[ \t*]*[:：][ \t*]*",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTED = re.compile(r"\b(?:question|query)\s*:?\s*'(.+)'\s*(?:$|\n)", re.IGNORECASE)
_INSTRUCTION = re.compile(
    r"^(?:you are|you must|use the|using|given|based on|answer (?:the|in|only|concisely|with)|"
    r"if (?:you|the context|the answer)|please|always|never|do not|don't|keep|here (?:is|are)|"
    r"context information|write a summary|try to|summari[sz]e|"
    r"some rules|the following is a|we have|read the|think|respond|reply|"
    r"你是|请|根据|如果|使用|不要|以下|基于|仅|只能|阅读|回答时)",
    re.IGNORECASE,
)
_WHERE_CONTEXT_STARTS = re.compile(
    r"(?:relevant documents for the context|context(?: information)?(?: is)? below|"
    r"following (?:pieces of )?(?:retrieved )?(?:context|documents?|information|text)[^\n:]*|"
    r"(?:以下|下面)(?:是|为)?[^\n:：]{0,12}(?:资料|信息|内容|文档|上下文))[^\n]*[:：.。]\s*\n",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Prompt:
    """One message, taken apart.

    Attributes:
        question: What is asked.
        context: The passages it is asked over, marked as such; empty if none are.
        prose: The other sentences of the message, which may be context unmarked.
        existing: An earlier answer that is to be refined.
    """

    question: str
    context: list[str] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)
    existing: str | None = None

    @property
    def language(self) -> Language:
        """The language of the question, in which it is answered."""
        return language_of(self.question)


def read(text: str) -> Prompt:
    """Take a user's message apart."""
    blocks, rest = _blocks(text)
    sections = _sections(rest)
    question = _labelled_question(rest, sections)
    existing = _last(sections["existing"])
    context = blocks + sections["context"]
    loose = sections["loose"]
    if question is None:
        question, prose = _ask_last(loose)
        # After a marked context everything else is an instruction or the question.
        return Prompt(question, context, [] if context else prose, existing)
    prose = [line for part in loose for line in sentences(part) if not _INSTRUCTION.match(line)]
    if not context and prose:
        context, prose = ["\n".join(prose)], []
    return Prompt(question, context, prose, existing)


def marked_context(text: str) -> list[str]:
    """Find the context that a system message carries, marked as such."""
    blocks, rest = _blocks(text)
    context = blocks + _sections(rest)["context"]
    if not context and (match := _WHERE_CONTEXT_STARTS.search(rest)):
        following = rest[match.end() :]
        context = [re.split(r"\n\s*(?:Instruction|指令)\s*[:：]", following)[0]]
    return [each for each in context if each.strip()]


def is_instruction(sentence: str) -> bool:
    """Say whether a sentence tells the model how to behave, rather than a fact."""
    return bool(_INSTRUCTION.match(sentence.strip()))


def _blocks(text: str) -> tuple[list[str], str]:
    """Cut out what stands between lines of dashes or in tags."""
    blocks = [match[2].strip() for match in _TAG.finditer(text)]
    text = _TAG.sub("\n", text)
    parts = _RULE.split(text)
    # An odd part stands between two rules; one rule alone is mere decoration.
    if len(parts) < 3:
        return blocks, text
    inside = parts[1::2] if len(parts) % 2 else parts[1:-1:2]
    outside = [part for part in parts if not any(part is each for each in inside)]
    return blocks + [part.strip() for part in inside if part.strip()], "\n\n".join(outside)


def _sections(text: str) -> dict[str, list[str]]:
    """Sort a text by the labels at the starts of its lines."""
    sections: dict[str, list[str]] = {
        "question": [],
        "context": [],
        "existing": [],
        "answer": [],
        "loose": [],
    }
    matches = list(_LABEL.finditer(text))
    sections["loose"].append(text[: matches[0].start()] if matches else text)
    ends = [match.start() for match in matches[1:]] + [len(text)]
    for match, stop in zip(matches, ends, strict=False):
        body = text[match.end() : stop]
        kind = match.lastgroup or "loose"
        if kind in ("question", "existing"):
            # One line, or until a blank line: what follows belongs to no label.
            body, _, loose = body.strip("\n").partition("\n\n")
            first, _, instructions = body.partition("\n")
            if is_instruction(instructions):
                body, loose = first, f"{instructions}\n{loose}"
            sections["loose"].append(loose)
        sections[kind].append(body.strip())
    return {kind: [body for body in bodies if body.strip()] for kind, bodies in sections.items()}


def _labelled_question(text: str, sections: dict[str, list[str]]) -> str | None:
    if match := _QUESTION_TAG.search(text):
        return match[2].strip()
    if sections["question"]:
        return _last(sections["question"])
    quoted = _QUOTED.search(text)
    return quoted[1].strip() if quoted else None


def _last(bodies: list[str]) -> str | None:
    return bodies[-1].strip() if bodies else None


def _ask_last(loose: list[str]) -> tuple[str, list[str]]:
    """Take the last asking sentence as the question, and the others as prose."""
    lines = [line for part in loose for line in sentences(part)]
    asking = [index for index, line in enumerate(lines) if is_question(line)]
    if not asking:
        return "\n".join(lines), []
    # Questions asked in a row are one question.
    first = last = asking[-1]
    while first - 1 in asking:
        first -= 1
    question = " ".join(lines[first : last + 1])
    return question, lines[:first] + lines[last + 1 :]
