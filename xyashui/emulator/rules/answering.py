"""The order in which the rules are tried. The first that has an answer gives it."""

from collections.abc import Callable

from . import context, looking, small_talk, templates
from .task import Said, Task

Rule = Callable[[Task], Said | None]

RULES: tuple[Rule, ...] = (
    looking.at_images,
    looking.at_files,
    templates.sub_questions,
    templates.choose,
    templates.keywords,
    templates.condense,
    context.refine,
    context.marked,
    small_talk.count,
    small_talk.arithmetic,
    looking.on_the_web,
    context.summary,
    small_talk.enumerate_topic,
    small_talk.write_text,
    context.system,
    context.prose,
    context.history,
    small_talk.identity,
    small_talk.greeting,
)


def answer(task: Task) -> Said:
    """Answer by the first rule that can."""
    for rule in RULES:
        if said := rule(task):
            return said
    return small_talk.fallback(task)
