"""The emulated model: from a conversation to a reply, by rules alone.

Tool calling and JSON output are asked first, then each rule of `rules.answering`
in turn; the first that has something to say answers. Tools may come with the
request, or in the prompt in one of two conventions.
"""

from .completion import Reply
from .conversation import Inquiry
from .rules import answering, calling, hermes, react, structured
from .rules.language import end
from .rules.task import Said, Task


def reply(inquiry: Inquiry) -> Reply:
    """Answer a conversation.

    Raises:
        vision.UnreadableImage: If an image in it is none.
        files.UnknownFile: If it names a file of this server that is none.
    """
    if inquiry.tools:
        return _native(Task(inquiry))
    if translated := hermes.translate(inquiry):
        return _written(Task(translated))
    if translated := react.translate(inquiry):
        return _reacted(Task(translated))
    return _native(Task(inquiry))


def _native(task: Task) -> Reply:
    if calls := calling.calls(task):
        return Reply("", _reasoning(task, _called(task)), calls)
    return _answered(task)


def _written(task: Task) -> Reply:
    if calls := calling.calls(task):
        return Reply(hermes.write(calls), _reasoning(task, _called(task)))
    return _answered(task)


def _reacted(task: Task) -> Reply:
    if calls := calling.calls(task):
        return Reply(react.write_call(calls), _reasoning(task, _called(task)))
    # The prompt itself is no context to answer from, nor a schema to fill.
    text = calling.results(task) or answering.answer(task.without_system()).text
    return Reply(react.write_answer(text))


def _called(task: Task) -> Said:
    return Said("", task.say("A tool is called for.", "需要调用工具。"))


def _answered(task: Task) -> Reply:
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
