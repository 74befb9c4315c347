"""What a rule is given, and what it gives back."""

from dataclasses import dataclass, replace
from functools import cached_property

from ..conversation import Inquiry, Turn
from . import prompts
from .language import Language


@dataclass(frozen=True)
class Said:
    """An answer, and how it was come to (told by models that reason aloud)."""

    text: str
    because: str


class Task:
    """The conversation as a rule looks at it."""

    def __init__(self, inquiry: Inquiry) -> None:
        self.inquiry = inquiry

    @cached_property
    def last(self) -> Turn:
        """The message to answer: the user's last one, or the last one at all."""
        users = [turn for turn in self.inquiry.turns if turn.role == "user"]
        return users[-1] if users else self.inquiry.turns[-1]

    @cached_property
    def prompt(self) -> prompts.Prompt:
        """The last message, taken apart."""
        return prompts.read(self.last.text)

    @property
    def question(self) -> str:
        """What is asked."""
        return self.prompt.question

    @property
    def language(self) -> Language:
        """The language to answer in."""
        return self.prompt.language

    @cached_property
    def system(self) -> str:
        """The system messages, joined."""
        return "\n".join(turn.text for turn in self.inquiry.turns if turn.role == "system")

    @cached_property
    def earlier(self) -> list[Turn]:
        """What user and assistant said before the last message."""
        turns = []
        for turn in self.inquiry.turns:
            if turn is self.last:
                break
            if turn.role in ("user", "assistant") and turn.text:
                turns.append(turn)
        return turns

    def without_system(self) -> "Task":
        """The same conversation without its system messages."""
        turns = tuple(turn for turn in self.inquiry.turns if turn.role != "system")
        return Task(replace(self.inquiry, turns=turns))

    def say(self, english: str, chinese: str) -> str:
        """Choose the wording for the question's language."""
        return chinese if self.language == "zh" else english
