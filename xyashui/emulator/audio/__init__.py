"""Speech that this emulator can make and understand: a tune that spells a text.

There is no speech synthesis here, and no recognition. A text is sung instead, note by
note, in a way that can be heard back without any memory: what one emulator spoke,
another transcribes, from any file format that keeps the notes.

score      the text as notes, and back
singing    notes -> sound
hearing    sound -> notes
files      sound <-> the bytes of a file
"""
