"""Results as a bar chart (SVG), for READMEs.

    python -m benchmarks.chart    # benchmarks/results.json -> benchmarks/results.svg

It has a background of its own, so that it can be read on a light page and on a dark one, and
follows the reader's preference where the browser tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from benchmarks import results
from benchmarks.machine import PROJECT

__all__ = ["CHART", "RESULTS", "draw", "write"]

RESULTS = PROJECT / "benchmarks" / "results.json"
CHART = PROJECT / "benchmarks" / "results.svg"

_PANELS = ("stream", "concurrent")
_FAMILIES = ("LangChain", "LlamaIndex")

_WIDTH = 760
_MARGIN = 24
_LABELS = 236  # for the names, on the left
_NUMBERS = 140  # for what stands behind the longest bar
_BAR = 18
_STEP = 26  # from one bar to the next
_STYLE = """
  svg { font: 13px system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
  .page { fill: #ffffff; stroke: #d1d9e0; }
  text { fill: #1f2328; }
  .quiet { fill: #59636e; }
  .title { font-weight: 600; font-size: 15px; }
  .floor { fill: #afb8c1; }
  .ours { fill: #1a7f64; }
  .peer { fill: #8c7ae6; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; stroke: #3d444d; }
    text { fill: #f0f6fc; }
    .quiet { fill: #9198a1; }
    .floor { fill: #59636e; }
    .ours { fill: #2ea886; }
    .peer { fill: #8c7ae6; }
  }
"""


@dataclass(frozen=True, slots=True)
class _Bar:
    name: str
    role: str
    value: float
    floor: float

    @property
    def words(self) -> str:
        number = f"{self.value:.1f}" if self.value < 100 else f"{self.value:.0f}"
        if self.role == "floor":
            return number
        return f"{number}  ({self.value / self.floor:.2f} × floor)"


def draw(measured: Mapping[str, Any]) -> str:
    """Return an SVG of what a chunk costs, in one stream and in many at once.

    Args:
        measured: What `results.as_dict` returned.

    Raises:
        ValueError: None of the cases that it shows were measured.
    """
    cases = [measured["cases"][name] for name in _PANELS if name in measured["cases"]]
    if not cases:
        shown = " and ".join(_PANELS)
        raise ValueError(f"the chart shows the cases {shown}, and neither was measured")
    parts: list[str] = []
    top = _MARGIN
    for case in cases:
        top = _panel(parts, top, case)
    here = measured["machine"]
    footer = (
        f"CPU time, medians of {measured['runs']}; {here['cpu']}, {here['python']}, "
        f"{measured['date'][:10]}"
    )
    parts.append(_text(_MARGIN, top + 4, footer, "quiet"))
    height = top + _MARGIN
    title = "Microseconds of CPU that a chunk of a streamed answer costs"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" role="img" aria-label="{title}">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n"
        f'<rect class="page" x="0.5" y="0.5" width="{_WIDTH - 1}" height="{height - 1}" rx="8"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _panel(parts: list[str], top: int, case: Mapping[str, Any]) -> int:
    """Draw a case below `top`, and return where it ends."""
    groups = [(family, list(_bars(case, family))) for family in _FAMILIES]
    longest = max(bar.value for _, bars in groups for bar in bars)
    scale = (_WIDTH - 2 * _MARGIN - _LABELS - _NUMBERS) / longest
    parts.append(_text(_MARGIN, top + 14, case["title"], "title"))
    parts.append(_text(_MARGIN, top + 32, f"{case['unit']}, less is better", "quiet"))
    top += 44
    for family, bars in groups:
        parts.append(_text(_MARGIN, top + 14, family, "quiet"))
        top += 22
        for bar in bars:
            parts.append(_drawn(bar, top, scale))
            top += _STEP
        top += 8
    return top + 12


def _bars(case: Mapping[str, Any], family: str) -> Iterator[_Bar]:
    """Give the floor of a framework, then this package's models, then the others."""
    measure = case["measures"][0]
    rows = case["rows"]
    floor = rows[f"{family} floor"][measure]["median"]
    yield _Bar("floor: framework + httpx", "floor", floor, floor)
    for role in ("ours", "peer"):
        found = (
            _Bar(name, role, row[measure]["median"], floor)
            for name, row in rows.items()
            if row["family"] == family and row["role"] == role
        )
        yield from sorted(found, key=lambda bar: bar.value)


def _drawn(bar: _Bar, top: int, scale: float) -> str:
    left = _MARGIN + _LABELS
    width = max(1.0, bar.value * scale)
    name = _text(left - 8, top + 14, bar.name, end=True)
    rect = (
        f'<rect class="{bar.role}" x="{left}" y="{top}" width="{width:.1f}" '
        f'height="{_BAR}" rx="2"/>'
    )
    return f"{name}{rect}{_text(left + width + 6, top + 14, bar.words, 'quiet')}"


def _text(x: float, y: float, words: str, kind: str = "", *, end: bool = False) -> str:
    style = f' class="{kind}"' if kind else ""
    anchor = ' text-anchor="end"' if end else ""
    return f'<text x="{x:g}" y="{y:g}"{style}{anchor}>{escape(words)}</text>'


def write(measured: Mapping[str, Any], path: Path) -> None:
    """Draw a chart into a file."""
    path.write_text(draw(measured), encoding="utf-8")


if __name__ == "__main__":
    write(results.read(RESULTS), CHART)
