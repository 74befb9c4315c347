"""Fuzzing: whatever bytes come, an answer or one error of ours.

    python -m fuzz                               a short run of every target
    python -m fuzz --target answer --executions 1000000 --seed 7

Each target is a function that takes bytes and fails where the principle is broken: any exception
but ours, another result when the same bytes are cut elsewhere, more out than can have come in. They
are driven by atheris where that is installed (`pip install 'xyashui[fuzz]'`), which looks for bytes
that reach new code, and by a loop of random mutations where it is not.
"""
