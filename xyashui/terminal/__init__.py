"""What this package writes to a terminal: cleaned, wrapped, and in a voice of its own.

cleaning    what a model says -> what a terminal may be shown. No I/O
wrapping    text that arrives in pieces -> lines, Chinese among it. No I/O
advice      an error -> what to do about it. No I/O
calling     how the command is called from this terminal
consoles    stdout and stderr, and an error as a user meets it. Needs rich
"""
