"""Soak: tens of thousands of streams, with everything going wrong now and then, and nothing left.

    python -m soak                                        20,000 streams, 200 at a time
    python -m soak --streams 300 --concurrency 40         a small run, as the tests make one

A server in a process of its own does to each question what the question asks for: it answers,
breaks off, is silent, sends an error or nonsense. Half of those who ask leave before the end: they
break out of the loop, drop the stream, or are cancelled. Every outcome is compared with the one
that must come, and afterwards nothing may be left: no connection, task, thread, file descriptor or
memory. Where something is, the exit status is 1.
"""
