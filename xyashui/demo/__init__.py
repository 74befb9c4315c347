"""`xyashui demo`: both services in both frameworks, on the emulator; no key, no network.

    show         the order of events
    scenes       what is shown: a few lines of code for each, and what to say about them
    paragraphs   the texts that a question is asked about, and how they are found
    theatre      an environment in which the code runs as it is shown
    stage        how it looks; `picture` is how a picture does

The code that is shown is the code that runs: `print` alone is the stage's own.
"""
