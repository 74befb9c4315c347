"""The emulated model: from a conversation to a reply, by rules alone.

Tool calling and JSON output are asked first, then each rule of `rules.answering`
in turn; the first that has something to say answers.
"""

from .completion import Reply
from .conversation import Inquiry
from .rules import answering
from .rules.language import end
from .rules.task import Said, Task


def reply(inquiry: Inquiry) -> Reply:
    """Answer a conversation.

    Raises:
        vision.UnreadableImage: If an image in it is none.
        files.UnknownFile: If it names a file of this server that is none.
    """
    task = Task(inquiry)
    said = answering.answer(task)
    return Reply(said.text, reasoning=_reasoning(task, said) if inquiry.reasoning else "")


def _reasoning(task: Task, said: Said) -> str:
    asked = " ".join(task.question.split())[:200]
    return task.say(
        f"The user asks: {end(asked)} {end(said.because)}",
        f"用户的问题是：{end(asked)}{end(said.because)}",
    )
