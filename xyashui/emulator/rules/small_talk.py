"""Greetings, sums, counting, lists, and the answer when no rule has a better one."""

import re

from ..bundle.pages import PAGES
from . import arithmetic as sums
from .language import end, is_question, sentences
from .task import Said, Task

_GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|"
    r"你好|您好|嗨|哈喽|早上好|下午好|晚上好)"
    r"(?!\w*\s+world)\b",
    re.IGNORECASE,
)
_GREETING_ZH = re.compile(r"^\W*(?:你好|您好|嗨|哈喽|早上好|下午好|晚上好)")
_THANKS = re.compile(r"^\W*(?:thanks|thank you|谢谢|多谢|感谢)", re.IGNORECASE)
_COUNT = re.compile(
    r"\bcount(?:ing)?\s+(?:(?:from|up)\s+)*(?:(-?\d+)\s*(?:to|through|-|until)\s*)?(?:to\s+)?(-?\d+)|"
    r"(?:从\s*(-?\d+)\s*)?(?:数|计数|报数)\s*到\s*(-?\d+)",
    re.IGNORECASE,
)
_LIST = re.compile(
    r"\b(?:list|name|give(?: me)?|write|suggest|tell me)\s+(?:me\s+)?(?:the\s+|some\s+)?"
    r"(?:top\s+)?(\d{1,3}|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty)\s+"
    r"(?!words|sentences|paragraphs)(.+?)[.?!]*$|"
    r"(?:列出|列举|说出|给我|写出|推荐)\s*(\d{1,3}|[两二三四五六七八九十]+)\s*[个条种项点]\s*(.+?)[。？！]*$",
    re.IGNORECASE | re.DOTALL,
)
_WRITE = re.compile(
    r"\b(?:write|compose|tell)\b.{0,30}?\b(?P<kind_en>poem|essay|story|article|song|letter|haiku|"
    r"paragraphs?|sentences?|joke|text)\b(?:\s+(?:about|on|of)\s+(?P<en>.+?))?[.?!]*$|"
    r"(?:写|讲|说)一?[首篇个段则]?(?:(?:关于|有关)?(?P<zh>.+?)的?)??"
    r"(?P<kind_zh>诗|文章|故事|作文|散文|短文|笑话)[。？！]*$",
    re.IGNORECASE | re.DOTALL,
)
_WHO = re.compile(
    r"\bwho are you\b|\bwhat are you\b|\byour name\b|\bwhat model\b|"
    r"你是谁|你叫什么|你的名字|什么模型",
    re.IGNORECASE,
)
_NUMBER_WORDS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBERS = {word: number for number, word in enumerate(_NUMBER_WORDS, start=2)} | {
    "twelve": 12,
    "twenty": 20,
}
_NUMBERS_ZH = {
    character: number for number, character in enumerate("一二三四五六七八九十", start=1)
}
_MAX_COUNT = 2_000
_MAX_LIST = 100


def greeting(task: Task) -> Said | None:
    """Greet back, or take thanks."""
    text = task.last.text.strip()
    if len(text) > 80:
        return None
    because = task.say("It is a courtesy.", "这是寒暄。")
    if _THANKS.match(text):
        return Said(task.say("You're welcome!", "不客气！"), because)
    if _GREETING.match(text) or _GREETING_ZH.match(text):
        return Said(
            task.say(
                "Hello! This is the xyashui offline emulator. How can I help you?",
                "你好！这里是 xyashui 离线模拟器，有什么可以帮你？",
            ),
            because,
        )
    return None


def is_small_talk(text: str) -> bool:
    """Say whether a text is a greeting, thanks, or a question who is answering."""
    return any(each.search(text.strip()) for each in (_GREETING, _GREETING_ZH, _THANKS, _WHO))


def identity(task: Task) -> Said | None:
    """Say who answers: what the system message says, else the emulator."""
    if not _WHO.search(task.question):
        return None
    because = task.say("The question is who answers.", "问题是谁在回答。")
    for line in sentences(task.system):
        if match := re.match(r"(you are|you're|你是|你叫)(.+)", line, re.IGNORECASE | re.DOTALL):
            first = {"你是": "我是", "你叫": "我叫"}.get(match[1], "I am")
            return Said(end(first + match[2]), because)
    return Said(
        task.say(
            "I am the xyashui offline emulator: I answer by rules, without a network.",
            "我是 xyashui 离线模拟器：不联网，按规则回答。",
        ),
        because,
    )


def arithmetic(task: Task) -> Said | None:
    """Compute what is to be computed."""
    if len(task.question) > 300:
        return None
    parts = re.split(r"[?？;；。]|\band also\b|\balso\b", task.question)
    results = [str(found) for part in parts if (found := sums.find(part))]
    if not results:
        return None
    joined = task.say(", ".join(results), "，".join(results))
    return Said(joined + task.say(".", "。"), task.say("It is arithmetic.", "这是算术题。"))


def count(task: Task) -> Said | None:
    """Count, as far as asked: a text as long as one likes, for watching a stream."""
    match = _COUNT.search(task.question)
    if not match:
        return None
    first = int(match[1] or match[3] or 1)
    last = int(match[2] or match[4])
    step = 1 if last >= first else -1
    last = max(min(last, first + _MAX_COUNT), first - _MAX_COUNT)
    numbers = [str(number) for number in range(first, last + step, step)]
    return Said(
        task.say(", ".join(numbers), "，".join(numbers)),
        task.say("It is about counting.", "这是要数数。"),
    )


def enumerate_topic(task: Task) -> Said | None:
    """Write a numbered list as long as asked for."""
    match = _LIST.search(task.question)
    if not match:
        return None
    size = min(_read_number(match[1] or match[3]), _MAX_LIST)
    topic = (match[2] or match[4]).strip()
    return Said(
        "\n".join(
            task.say(f"{n}. Item {n} of {size}: {topic}.", f"{n}. 第{n}项，共{size}项：{topic}。")
            for n in range(1, size + 1)
        ),
        task.say(f"A list of {size} is asked for.", f"需要列出{size}项。"),
    )


def write_text(task: Task) -> Said | None:
    """Write a few lines about a topic, for a request to write something."""
    match = _WRITE.search(task.question)
    if not match:
        return None
    kind = match["kind_en"] or match["kind_zh"]
    topic = (match["en"] or match["zh"] or task.say("nothing in particular", "什么都行")).strip()
    lines = (
        task.say(f"Here is a {kind} about {topic}.", f"这是关于{topic}的{kind}。"),
        task.say(
            f"Once, someone asked an offline emulator for a {kind} about {topic}.",
            f"从前，有人请离线模拟器写一写{topic}。",
        ),
        task.say(
            f"It knew little of {topic}, but it wrote these lines all the same.",
            f"它对{topic}所知不多，却还是写下了这几行。",
        ),
        task.say(
            f"A real model would do {topic} more justice.", f"真正的模型会把{topic}写得更好。"
        ),
    )
    return Said("\n".join(lines), task.say("A text is asked for.", "需要写一段文字。"))


def fallback(task: Task) -> Said:
    """Restate the question, and say honestly who is answering."""
    asked = " ".join(task.question.split())
    asked = asked if len(asked) <= 160 else asked[:160] + "…"
    role = " ".join(task.system.split())
    note = ""
    if role:
        role = role if len(role) <= 80 else role[:80] + "…"
        note = task.say(f' The system message says: "{role}"', f"系统消息为：“{role}”。")
    said = task.say("asked", "问") if is_question(task.question) else task.say("said", "说")
    return Said(
        task.say(
            f'You {said}: "{asked}" This is the xyashui offline emulator: it answers by rules '
            f"and knows nothing beyond this conversation and {len(PAGES)} bundled pages.{note}",
            f"您{said}的是：“{asked}”这里是 xyashui 离线模拟器，按规则作答，"
            f"除本次对话和{len(PAGES)}个内置网页外一无所知。{note}",
        ),
        task.say("Nothing in the conversation answers it.", "对话中没有答案。"),
    )


def _read_number(text: str) -> int:
    if text.isdecimal():
        return max(int(text), 1)
    if text.lower() in _NUMBERS:
        return _NUMBERS[text.lower()]
    text = text.replace("两", "二")
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return _NUMBERS_ZH.get(text, 1)
    return _NUMBERS_ZH.get(tens, 1) * 10 + _NUMBERS_ZH.get(ones, 0)
