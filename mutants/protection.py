"""`Protection`: something that is promised, how to take it out, and who must notice."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Protection", "check_table"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """Something that is promised, and how to take it out.

    Attributes:
        name: Its name on the command line.
        promise: What is promised, as a sentence.
        file: Where it is kept, from the project's root.
        find: The text that keeps it; it must stand there exactly once.
        put: What the file has instead when the protection is taken out.
        tests: The tests that must fail then, each of them: pytest's node ids. One with parameters
            that are not named fails where any of its cases does.
    """

    name: str
    promise: str
    file: str
    find: str
    put: str
    tests: Sequence[str]

    def taken_out(self, root: Path) -> str:
        """Return the file of the project at `root` without this protection.

        Raises:
            ValueError: The entry fits the file no more.
        """
        text = (root / self.file).read_text(encoding="utf-8")
        count = text.count(self.find)
        if count != 1:
            raise ValueError(f"{self.name}: its text stands {count} times in {self.file}, not once")
        mutated = text.replace(self.find, self.put)
        if mutated == text:
            raise ValueError(f"{self.name}: nothing is taken out")
        if self.file.endswith(".py"):
            try:
                ast.parse(mutated)
            except SyntaxError as error:
                raise ValueError(f"{self.name}: what is left is no Python: {error}") from None
        return mutated

    def covers(self, test: str) -> str | None:
        """Return which of `tests` the test that ran under this node id belongs to."""
        return next(
            (one for one in self.tests if test == one or test.startswith((f"{one}[", f"{one}::"))),
            None,
        )


def check_table(protections: Sequence[Protection], root: Path) -> list[str]:
    """Return what is wrong with a table: entries that do not fit the project at `root`."""
    wrong = []
    names = [one.name for one in protections]
    wrong += [f"{name}: there are several" for name in sorted({*names}) if names.count(name) > 1]
    for one in protections:
        try:
            one.taken_out(root)
        except (OSError, ValueError) as error:
            wrong.append(str(error))
        wrong += [f"{one.name}: {problem}" for problem in _wrong_tests(one, root)]
    return wrong


def _wrong_tests(protection: Protection, root: Path) -> list[str]:
    if not protection.tests:
        return ["no test is named"]
    wrong = []
    for test in protection.tests:
        file, *path = test.partition("[")[0].split("::")
        try:
            names = _names(ast.parse((root / file).read_text(encoding="utf-8")))
        except OSError:
            names = set()
        if "::".join(path) not in names:
            wrong.append(f"there is no test {test}")
    return wrong


def _names(module: ast.Module) -> set[str]:
    """Return what can be named in a file of tests: classes, functions, methods."""
    names = set()
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            names.add(node.name)
            names |= {
                f"{node.name}::{one.name}" for one in node.body if isinstance(one, _FUNCTIONS)
            }
        elif isinstance(node, _FUNCTIONS):
            names.add(node.name)
    return names


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
