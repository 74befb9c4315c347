"""The emulated model: from a conversation to a reply, by rules alone.

Tool calling and JSON output are asked first, then each rule of `rules.answering`
in turn; the first that has something to say answers.
"""

from .completion import Reply
from .conversation import Inquiry
from .rules import answering, calling, hermes, structured
from .rules.language import end
from .rules.task import Said, Task


def reply(inquiry: Inquiry) -> Reply:
    """Answer a conversation.

    Raises:
        vision.UnreadableImage: If an image in it is none.
        files.UnknownFile: If it names a file of this server that is none.
    """
    translated = None if inquiry.tools else hermes.translate(inquiry)
    task = Task(translated or inquiry)
    if calls := calling.calls(task):
        said = Said("", task.say("A tool is called for.", "需要调用工具。"))
        if translated:
            return Reply(hermes.write(calls), _reasoning(task, said))
        return Reply("", _reasoning(task, said), calls)
    said = _said(task)
    return Reply(said.text, _reasoning(task, said))


def _said(task: Task) -> Said:
    for structure in (structured.by_request, structured.by_prompt):
        if text := structure(task):
            return Said(text, task.say("JSON is asked for.", "需要以 JSON 回答。"))
    if text := calling.results(task):
        return Said(text, task.say("The tools have answered.", "工具已给出结果。"))
    return answering.answer(task)


def _reasoning(task: Task, said: Said) -> str:
    if not task.inquiry.reasoning:
        return ""
    asked = " ".join(task.question.split())[:200]
    return task.say(
        f"The user asks: {end(asked)} {end(said.because)}",
        f"用户的问题是：{end(asked)}{end(said.because)}",
    )
