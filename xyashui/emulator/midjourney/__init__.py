"""Midjourney under `/xingyun/mj`, as midjourney-proxy behind the gateway serves it [gw].

    service    which call does what; refusals
    requests   a call's fields, checked
    works      what a task makes: pictures or words, and the buttons below them
    tasks      tasks, the few that run at a time, the many that wait. Told by the clock
    prompts    a prompt's words and its `--parameters`
    pictures   grids, and what is made of their pictures
    proposals  the words that `describe` and `shorten` find
    buttons    what can be pressed, and under which custom id

What a task makes is made when it is submitted, in well under a second; how far it is follows
from the clock alone, so that nothing runs in the background. A `notifyHook` is recorded and
shown with its task, and never called: no traffic goes out of the emulator.
"""

from .service import Midjourney

__all__ = ["Midjourney"]
