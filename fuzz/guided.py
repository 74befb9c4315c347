"""One target under atheris: `python -m fuzz.guided TARGET [libFuzzer's options]`."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["xyashui", "json", "httpx"]):
    from fuzz.targets import TARGETS


def main() -> None:
    """Fuzz until libFuzzer has done as many runs as it was told to."""
    name, *options = sys.argv[1:]
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
