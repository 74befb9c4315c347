"""Answers from text that the conversation itself holds: context, prose, history."""

import re

from . import prompts, tables
from .language import Language, end, is_question, language_of, sentences
from .relevance import Corpus, best
from .task import Said, Task

_LABELLED = re.compile(r"^\s*(?:response|answer|a|回答|答)\s*[:：]\s*", re.IGNORECASE)
_ASKED = re.compile(r"^\s*(?:sub[ -]?question|question|query|q|问题|问)\s*[:：]", re.IGNORECASE)
_SUMMARY = re.compile(
    r"\bsummar(?:y|i[sz]e|i[sz]ation)\b|\btl;?dr\b|\bkey points\b|总结|概括|摘要|归纳",
    re.IGNORECASE,
)
_SUMMARY_SENTENCES = 3


def marked(task: Task) -> Said | None:
    """Answer from the context that the prompt marks as such."""
    passages = task.prompt.context
    if not passages:
        return None
    if _SUMMARY.search(task.question):
        return _summary(task, "\n".join(passages))
    found = from_text(task.question, "\n".join(passages), task.language)
    because = task.say(
        "The context holds the sentence that fits the question best.",
        "资料中有与问题最相符的句子。",
    )
    if found:
        return Said(found, because)
    return Said(
        task.say(
            "The given context does not answer this question.", "所给资料中没有这个问题的答案。"
        ),
        task.say("No sentence of the context fits.", "资料中没有相符的句子。"),
    )


def refine(task: Task) -> Said | None:
    """Keep an earlier answer, unless the new context fits the question better."""
    existing = task.prompt.existing
    question, passages = task.question, task.prompt.context
    if existing is None:
        # A chat engine refines in its system message, and asks in the user's.
        in_system = prompts.read(task.system) if task.system else None
        if in_system is None or in_system.existing is None:
            return None
        existing, passages = in_system.existing, in_system.context
    candidates = _candidates("\n".join(passages))
    ranked = Corpus([existing, *candidates]).rank(question)
    scores = {match.index: match.score for match in ranked}
    new = [match for match in ranked if match.index > 0]
    if new and new[0].score > scores.get(0, 0.0) + 0.1:
        better = from_text(question, "\n".join(passages), task.language)
        if better:
            return Said(
                better,
                task.say("The new context fits better.", "新的资料更符合问题。"),
            )
    return Said(existing, task.say("The earlier answer stands.", "原来的回答仍然成立。"))


def system(task: Task) -> Said | None:
    """Answer from context, or else from facts, in the system messages."""
    if not task.system:
        return None
    passages = prompts.marked_context(task.system)
    if passages and not _is_small_talk(task.question):
        found = from_text(task.question, "\n".join(passages), task.language)
        if found:
            because = task.say(
                "The system message gives the context.", "系统消息中给出了相关资料。"
            )
            return Said(found, because)
    facts = [line for line in sentences(task.system) if not prompts.is_instruction(line)]
    found_facts = best(task.question, facts, least=0.4)
    if not found_facts or passages:
        return None
    text = " ".join(match.text for match in found_facts)
    return Said(text, task.say("The system message says so.", "系统消息中提到了这一点。"))


def prose(task: Task) -> Said | None:
    """Answer from the other sentences of the same message."""
    found = from_text(task.question, "\n".join(task.prompt.prose), task.language, least=0.25)
    if not found:
        return None
    found = _to_the_user(found) if _about_the_user(task.question) else found
    return Said(found, task.say("The message itself says so.", "消息本身给出了答案。"))


def summary(task: Task) -> Said | None:
    """Summarise the text that a message holds beside the request to do so."""
    if not _SUMMARY.search(task.last.text):
        return None
    text = "\n".join(
        line
        for line in sentences(_beside_request(task.last.text))
        if not prompts.is_instruction(line)
    )
    if not text.strip():
        text = "\n".join(turn.text for turn in task.earlier)
    return _summary(task, text) if text.strip() else None


def history(task: Task) -> Said | None:
    """Answer from what was said earlier in the conversation."""
    if not is_question(task.question):
        return None
    about_user = _about_the_user(task.question)
    roles = ("user",) if about_user else ("user", "assistant")
    said = [
        (line, turn.role)
        for turn in task.earlier
        if turn.role in roles
        for line in sentences(turn.text)
        if not is_question(line)
    ]
    # Of two statements that fit equally well the later one holds.
    said.reverse()
    least = 0.12 if about_user else 0.45
    found = best(task.question, [line for line, _ in said], least=least)
    if not found:
        return None
    line, role = said[max(found, key=lambda match: match.score).index]
    text = _to_the_user(line) if role == "user" else line
    return Said(
        end(text),
        task.say("It was said earlier in the conversation.", "前面的对话中提到过。"),
    )


def from_text(question: str, text: str, language: Language, *, least: float = 0.15) -> str | None:
    """Answer a question by the sentences of a text that fit it best."""
    rows = tables.parse(text)
    if rows and (found := tables.answer(question, rows, language)):
        return found
    matches = best(question, _candidates(text), least=least)
    if not matches:
        return None
    space = "" if all(language_of(match.text) == "zh" for match in matches) else " "
    return space.join(end(match.text) for match in matches)


def _beside_request(text: str) -> str:
    """Take out of a message the words that ask for the summary of the rest."""
    lines = []
    for line in sentences(text):
        if not _SUMMARY.search(line):
            lines.append(line)
        elif (match := re.match(r"[^:：]{0,60}[:：]\s*(?=[^\s\"'])", line)) and match.end() < len(
            line
        ):
            lines.append(line[match.end() :])
    return "\n".join(lines)


def _candidates(text: str) -> list[str]:
    """The statements of a text, without the labels of a dialogue or of sub-questions."""
    lines = [_LABELLED.sub("", line) for line in sentences(text) if not _ASKED.match(line)]
    statements = [line for line in lines if not line.endswith(("?", "？"))]
    return [line.lstrip("#-*• ").strip() or line for line in statements or lines]


def _summary(task: Task, text: str) -> Said:
    """Keep the sentences that share most with the whole, in their order."""
    lines = [line for line in _candidates(text) if not prompts.is_instruction(line)]
    kept = Corpus(lines).central(_SUMMARY_SENTENCES)
    space = "" if language_of(text) == "zh" else " "
    return Said(
        space.join(end(line) for line in kept) or text.strip(),
        task.say(
            "A summary keeps the sentences that share most with the whole text.",
            "摘要保留与全文关联最大的句子。",
        ),
    )


def _is_small_talk(question: str) -> bool:
    return not is_question(question) and len(question) < 12


def _about_the_user(question: str) -> bool:
    return bool(re.search(r"\b(?:i|my|me|mine|i'm)\b|我", question, re.IGNORECASE))


_TURNED = {
    "i'm": "you're",
    "i am": "you are",
    "i was": "you were",
    "i've": "you've",
    "i'd": "you'd",
    "i'll": "you'll",
    "myself": "yourself",
    "mine": "yours",
    "my": "your",
    "me": "you",
    "i": "you",
}
_FIRST_PERSON = re.compile(
    r"\b(?:" + "|".join(_TURNED).replace(" ", r"\s+") + r")\b", re.IGNORECASE
)


def _to_the_user(sentence: str) -> str:
    """Turn what the user said of themselves into what is said to them."""

    def turn(match: re.Match[str]) -> str:
        return _TURNED[" ".join(match[0].lower().replace("’", "'").split())]

    sentence = re.sub(
        r"^(?:(?:hi|hello|hey)(?:\s+there)?|你好|您好|嗨)[\s,，!！.。]*(?=\S)",
        "",
        sentence,
        flags=re.I,
    )
    turned = _FIRST_PERSON.sub(turn, sentence.replace("’", "'")).replace("我", "你")
    return turned[:1].upper() + turned[1:]
