"""The commands of `xyashui`. Needs the extra `cli`.

    app       what they are called and which options they take
    chat      asks one question; `sheets` is where the answer is written
    check     are the key and the address right?
    emulate   runs the emulator
    outcome   how a command ends: exit codes, and what is said on stderr

What `xyashui demo` shows is in `xyashui.demo`.
"""
