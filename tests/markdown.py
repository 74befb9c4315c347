"""A Markdown file -> its headings, code blocks and tables, as far as the READMEs use them."""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
_FENCE = re.compile(r"```(\w*)")
_HEADING = re.compile(r"(#+) (.+)")
_CELL = re.compile(r"(?<!\\)\|")
_CODE = re.compile(r"`([^`]+)`")
_SHOWN = re.compile(r"# -> ?(.*)")


@dataclass(frozen=True)
class Block:
    """A code block.

    Attributes:
        language: What stands after the fence.
        text: The code.
        line: The number of its first line in the file.
    """

    language: str
    text: str
    line: int

    @property
    def shown(self) -> list[str]:
        """The lines that a Python block says it prints: its comments `# -> ...`."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        comments = (one.string for one in tokens if one.type == tokenize.COMMENT)
        return [match[1] for one in comments if (match := _SHOWN.fullmatch(one))]


@dataclass
class Document:
    """A Markdown file.

    Attributes:
        path: Its name.
        text: All of it.
        headings: Level and words of each heading.
        blocks: Its code blocks.
        tables: Its tables, each a list of rows of cells, the header first.
        prose: Its lines that are none of these.
    """

    path: str
    text: str
    headings: list[tuple[int, str]] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)

    def table(self, first: str) -> list[list[str]]:
        """Return the rows, without the header, of the table whose first row begins with `first`."""
        found = [table[1:] for table in self.tables if table[1][0] == first]
        assert len(found) == 1, f"{len(found)} tables begin with {first}"
        return found[0]

    def python(self) -> list[Block]:
        return [block for block in self.blocks if block.language == "python"]


def read(path: Path) -> Document:
    """Read a Markdown file."""
    document = Document(path.name, path.read_text(encoding="utf-8"))
    lines = iter(enumerate(document.text.splitlines(), 1))
    in_table = False
    for number, line in lines:
        if fence := _FENCE.fullmatch(line):
            code = []
            for _, inner in lines:
                if inner == "```":
                    break
                code.append(inner + "\n")
            else:
                raise AssertionError(f"{path.name}:{number}: a code block is not closed")
            document.blocks.append(Block(fence[1], "".join(code), number + 1))
        elif match := _HEADING.fullmatch(line):
            document.headings.append((len(match[1]), match[2]))
        elif line.startswith("|"):
            if not in_table:
                document.tables.append([])
            if not re.fullmatch(r"\|( -+ \|)+", line):
                document.tables[-1].append(_cells(line))
        else:
            document.prose.append(line)
        in_table = line.startswith("|")
    return document


def _cells(line: str) -> list[str]:
    return [cell.strip().replace(r"\|", "|") for cell in _CELL.split(line)[1:-1]]


def codes(cell: str) -> list[str]:
    """Return what stands between backticks."""
    return _CODE.findall(cell)


READMES = {"en": read(ROOT / "README.md"), "zh": read(ROOT / "README.zh-CN.md")}
"""Both READMEs, by language."""

both = pytest.mark.parametrize("document", READMES.values(), ids=READMES)
