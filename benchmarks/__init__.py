"""How fast this package is, beside what it stands on and beside other clients.

`python -m benchmarks` measures; `python -m benchmarks.profile` shows where the time goes.
README.md says what is compared with what, and why that is fair.
"""
