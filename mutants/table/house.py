"""What this project promises of itself: nothing to publish that is secret, nothing deprecated."""

from __future__ import annotations

from mutants.protection import Protection

__all__ = ["HOUSE"]

_SCAN = "tests/security/test_secret_scan.py"
_WARNINGS = "tests/xyashui/test_warnings.py"

HOUSE = (
    Protection(
        name="secret-scan",
        promise="A scan of the project finds keys that must not be published.",
        file="scripts/secrets",
        find='r"\\b(?:sk|pk|rk)-(?!test)[A-Za-z0-9_-]{20,}"',
        put='r"(?!)"',
        tests=[f"{_SCAN}::test_it_finds[a key of an AI service]"],
    ),
    Protection(
        name="deprecations",
        promise="What a framework deprecates fails the tests.",
        file="pyproject.toml",
        find='  "error::DeprecationWarning",\n',
        put="",
        tests=[
            f"{_WARNINGS}::test_a_deprecation_is_an_error[DeprecationWarning]",
            f"{_WARNINGS}::test_a_deprecation_is_an_error[LangChainDeprecationWarning]",
        ],
    ),
    Protection(
        name="own-mistakes",
        promise="A mistake in this package is told as one, with what had arrived.",
        file="xyashui/mistakes.py",
        find="        raise told if call is None else call.explained(told) from error\n",
        put="        raise\n",
        tests=[
            "tests/xyashui/test_mistakes.py::test_it_is_told_as_one_with_what_had_arrived"
            "[identity-an answer]",
        ],
    ),
    Protection(
        name="own-mistakes-below",
        promise="And is not taken for trouble with the network.",
        file="xyashui/transport.py",
        find="    if is_mistake(error):\n",
        put="    if False:\n",
        tests=[
            "tests/xyashui/test_mistakes.py::test_it_is_told_as_one_with_what_had_arrived"
            "[gzip-an answer]",
        ],
    ),
)
