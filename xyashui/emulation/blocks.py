"""Text that streams -> what is said, and the insides of `<tool_call>` blocks. Sans-IO.

A block ends where its JSON ends, not at the first closing tag, which may stand inside a string.
"""

from __future__ import annotations

__all__ = ["CLOSE", "OPEN", "Block", "BlockReader"]

OPEN = "<tool_call>"
CLOSE = "</tool_call>"
_LONGEST_ODD_BLOCK = 2000  # characters of what is no JSON, before the tag is taken for prose
_STRAY = frozenset("}],;` \t\r\n")


class Block(str):
    """The inside of a `<tool_call>` block."""

    __slots__ = ()


class BlockReader:
    """Text in; text and the insides of `<tool_call>` blocks out, in order.

    A line break right before and after a block belongs to the block.

    Attributes:
        size: How many characters are held.
    """

    def __init__(self) -> None:
        self.size = 0
        self._state = self._in_text
        self._held = ""
        self._more: list[str] = []  # what follows it of a call that has not ended yet
        self._json = _JSONEnd()
        self._certain: list[str] = []

    @property
    def held(self) -> str:
        """What is certain to be neither text nor a block yet."""
        tag = OPEN if self._state == self._in_call else ""
        return "".join((tag, self._held, *self._more))

    def feed(self, text: str, *, last: bool) -> list[str]:
        """Return the text and the blocks (`Block`) that are certain by now.

        Args:
            text: What is new.
            last: Whether nothing follows it.
        """
        if self._state == self._in_text and not self._held:
            # Nearly all text: nothing in it begins a tag, or belongs to one that follows.
            if "<" not in text and not text.endswith("\n"):
                return [text]
        elif self._state == self._in_call and not last and self._json.goes_on(text):
            self._more.append(text)
            self.size += len(text)
            return []
        self._held = "".join((self._held, *self._more, text))
        self._more.clear()
        while (self._held or last) and self._state(last):
            pass
        self.size = len(self._held)
        certain, self._certain = self._certain, []
        return certain

    # Each state takes what it can off `_held`, and is true where the next may go on.

    def _in_text(self, last: bool) -> bool:
        held = self._held
        start = held.find(OPEN)
        if start >= 0:
            self._certain.append(held[:start].removesuffix("\n"))
            self._held = held[start + len(OPEN) :]
            self._json = _JSONEnd()
            self._state = self._in_call
            return True
        keep = 0 if last else _possible(held, "\n" + OPEN, OPEN)
        self._certain.append(held[: len(held) - keep])
        self._held = held[len(held) - keep :]
        return False

    def _in_call(self, last: bool) -> bool:
        end = self._json.find(self._held)
        if self._json.unlike and self._is_prose(last):
            return True
        if end is None and not last:
            return False
        if end is not None:
            self._certain.append(Block(self._held[:end].strip()))
            self._held = self._held[end:]
            self._state = self._after_json
            return True
        # No JSON that ends: the first closing tag ends the block, be it inside a broken string.
        inside, _, rest = self._held.partition(CLOSE)
        self._certain.append(Block(inside))
        self._held = rest.removeprefix("\n")
        self._state = self._in_text
        return True

    def _is_prose(self, last: bool) -> bool:
        """Whether the tag was only spoken of; what it stood before is text then."""
        inside, again, _ = self._held.partition(OPEN)
        # What closes it later does not: it depends on no cut whether that has come by now.
        closed = inside.find(CLOSE, 0, _LONGEST_ODD_BLOCK) >= 0
        if closed or not (again or last or len(inside) > _LONGEST_ODD_BLOCK):
            return False
        keep = "" if last else inside[len(inside) - _possible(inside, "\n" + OPEN, OPEN) :]
        text = inside[: len(inside) - len(keep)] if not again else inside.removesuffix("\n")
        self._certain.append(OPEN + text)
        self._held = self._held[len(inside) :] if again else keep
        self._state = self._in_text
        return True

    def _after_json(self, last: bool) -> bool:
        held = self._held.lstrip()
        if len(self._held) - len(held) > _LONGEST_ODD_BLOCK:
            self._state = self._in_text  # nothing of the kind comes any more
            return True
        if held.startswith(CLOSE):
            self._held = held[len(CLOSE) :]
            self._state = self._after_close
            return True
        if CLOSE.startswith(held):
            if last:
                self._held = ""  # half a tag is no text
            return False
        if held[:1] in ("{", "["):
            self._json = _JSONEnd()
            self._state = self._in_call  # several calls in one block
        elif held[:1] in _STRAY:
            self._held = held[1:]  # a brace too many
        else:
            self._state = self._in_text  # the closing tag was forgotten
        return True

    def _after_close(self, last: bool) -> bool:
        self._held = self._held.removeprefix("\n")
        self._state = self._in_text
        return True


class _JSONEnd:
    """Finds where a JSON value ends in a text that grows; reads each character once.

    Broken JSON has an end here, too: `json_beginnings.Beginning` would give it up where it breaks.

    Attributes:
        begun: Whether the text begins as a JSON object or array does.
        unlike: Whether it begins as neither.
    """

    def __init__(self) -> None:
        self.begun = False
        self.unlike = False
        self._at = 0
        self._depth = 0
        self._quoted = False
        self._escaped = False

    def find(self, text: str) -> int | None:
        """Return where the value ends in `text`, which begins as it did before."""
        for at in range(self._at, len(text)):
            character = text[at]
            if self._quoted:
                if self._escaped:
                    self._escaped = False
                elif character == "\\":
                    self._escaped = True
                elif character == '"':
                    self._quoted = False
            elif character in "{[":
                self.begun = True
                self._depth += 1
            elif not self.begun:
                if not character.isspace() or at > _LONGEST_ODD_BLOCK:
                    self.unlike = True
                    return self._unlike_json(text)
            elif character == '"':
                self._quoted = True
            elif character in "}]":
                self._depth -= 1
                if self._depth == 0:
                    return at + 1
        self._at = len(text)
        return None

    def goes_on(self, text: str) -> bool:
        """Whether the value has begun and does not end in `text`, which comes next.

        Then it has been read: `find` will go on behind it.
        """
        if not self.begun or self.unlike:
            return False
        before = self._at, self._depth, self._quoted, self._escaped
        self._at = 0
        if self.find(text) is None:
            self._at += before[0]
            return True
        self._at, self._depth, self._quoted, self._escaped = before
        return False

    def _unlike_json(self, text: str) -> int | None:
        """A block that does not begin as JSON ends at its closing tag."""
        end = text.find(CLOSE, max(0, self._at - len(CLOSE)))
        return end if end >= 0 else None


def _possible(text: str, *marks: str) -> int:
    """Return the length of the longest end of `text` with which one of `marks` may begin."""
    longest = 0
    for mark in marks:
        for length in range(min(len(mark) - 1, len(text)), longest, -1):
            if text.endswith(mark[:length]):
                longest = length
                break
    return longest
