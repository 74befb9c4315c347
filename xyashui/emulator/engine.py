"""The emulated model: from a conversation to a reply, by rules alone.

Tool calling and JSON output are asked first, then each rule of `rules.answering`
in turn; the first that has something to say answers. Tools may come with the
request, or in the prompt in one of two conventions. A text to complete is answered
in the same way where it asks for something, and carried on where it does not.
"""

from .completion import Reply
from .conversation import Inquiry, Turn
from .rules import (
    answering,
    calling,
    continuing,
    hermes,
    react,
    rejections,
    structured,
    transcripts,
)
from .rules.language import end
from .rules.task import Said, Task
from .site import Site


def reply(inquiry: Inquiry) -> Reply:
    """Answer a conversation.

    Raises:
        vision.UnreadableImage: If an image in it is none.
        files.UnknownFile: If it names a file of this server that is none.
    """
    inquiry = rejections.forget(inquiry)
    if inquiry.tools:
        return _native(Task(inquiry))
    if translated := hermes.translate(inquiry):
        return _written(Task(translated))
    if translated := react.translate(inquiry):
        return _reacted(Task(translated))
    return _native(Task(inquiry))


def complete(prompt: str, site: Site, suffix: str = "", variant: int = 0) -> str:
    """Write what follows a prompt, as an instruct model would.

    Args:
        prompt: A question or an instruction, a conversation written out as one text,
            or any other text, which is carried on.
        site: This server.
        suffix: What comes after the completion.
        variant: Which of several completions, where the text is carried on.
    """
    turns = transcripts.read(prompt)
    if suffix or not (turns or continuing.asks(prompt)):
        return continuing.carry_on(prompt, suffix, variant)
    answer = reply(Inquiry(turns=turns or (Turn("user", prompt),), site=site)).text
    if prompt[-1].isspace() or prompt.endswith("："):
        return answer
    # Instruct models leave a blank line below a question.
    return f" {answer}" if prompt.endswith(":") else f"\n\n{answer}"


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
