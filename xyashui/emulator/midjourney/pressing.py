"""What pressing a button begins."""

from dataclasses import dataclass

from .pictures import quadrant, reduce
from .tasks import Task
from .works import Kept, Make, Studio, Work


@dataclass(frozen=True)
class Press:
    """What is to be begun.

    Attributes:
        name: What the button is called in commands: `U1`, `R`.
        action: What the new task does; `INPAINT` opens a window first.
        prompt: The new task's prompt.
        make: Makes its work; None for what the window's answer decides.
        once: Whether pressing again gives the task that there is.
    """

    name: str
    action: str
    prompt: str
    make: Make | None
    once: bool = False


def press(task: Task, work: Work, custom_id: str) -> Press:
    """Say what one of a finished task's own buttons begins."""
    picture = work.picture
    match custom_id.split("::"):
        case ["MJ", "JOB", "upsample", number, *_] if picture:
            return _upscale(task, picture, int(number))
        case ["MJ", "JOB", "variation", number, *_] if picture:
            make = _vary(picture, int(number), "variation")
            return Press(f"V{number}", "VARIATION", task.prompt, make)
        case ["MJ", "JOB", "low_variation" | "high_variation" as how, *_] if picture:
            return Press(how, how.upper(), task.prompt, _vary(picture, 0, how))
        case ["MJ", "Outpaint", percent, *_] if picture:
            return _zoom_out(task, picture, int(percent))
        case ["MJ", "Inpaint", *_]:
            return Press("inpaint", "INPAINT", task.prompt, None)
        case ["MJ", "Job", "PicReader" | "PromptAnalyzer", number]:
            return _imagine(work.proposals[int(number) - 1], number)
        case ["MJ", "Picread", "Retry"]:
            return Press("R", "DESCRIBE", task.prompt, task.make)
        case _:  # reroll is the only one left
            return Press("R", "REROLL", task.prompt, task.make)


def _upscale(task: Task, picture: Kept, number: int) -> Press:
    def make(studio: Studio, seed: int) -> Work:
        return studio.enlarge(quadrant(picture.open(), number), seed)

    return Press(f"U{number}", "UPSCALE", task.prompt, make, once=True)


def _vary(picture: Kept, number: int, how: str) -> Make:
    """Vary one of a grid's pictures, or the picture itself where the number is 0."""

    def make(studio: Studio, seed: int) -> Work:
        image = picture.open()
        one = quadrant(image, number) if number else reduce(image)
        return studio.vary(one, how, seed)

    return make


def _zoom_out(task: Task, picture: Kept, percent: int) -> Press:
    def make(studio: Studio, seed: int) -> Work:
        return studio.zoom_out(reduce(picture.open()), percent, seed)

    return Press(f"zoom {percent}", "ZOOM", task.prompt, make)


def _imagine(words: str, number: str) -> Press:
    def make(studio: Studio, seed: int) -> Work:
        return studio.imagine(words, [], seed)

    return Press(number, "IMAGINE", words, make)
