"""Charts as SVG, without a library: what a notebook shows of results and explanations."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Optional

_WIDTH, _BAR = 640, 22
_COLOURS = {"matched": "#2e7d32", "duplicate": "#2e7d32", "review": "#f9a825", "unmatched": "#9e9e9e", "failed": "#c62828"}
_BINS = 20


class Svg:
    """A chart: notebooks show it, `str` is its source."""

    def __init__(self, source: str) -> None:
        self._source = source

    def __str__(self) -> str:
        return self._source

    def _repr_html_(self) -> str:
        return self._source


def histogram(scores: Sequence[Optional[float]], outcomes: Sequence[str]) -> Svg:
    """Rows by score, each bin coloured by outcome."""
    bins = [dict.fromkeys(_COLOURS, 0) for _ in range(_BINS)]
    for score, outcome in zip(scores, outcomes):
        if score is not None and outcome in _COLOURS:
            bins[min(int(score * _BINS), _BINS - 1)][outcome] += 1
    highest = max(sum(counts.values()) for counts in bins) or 1
    height, width = 140, _WIDTH / _BINS
    parts = []
    for place, counts in enumerate(bins):
        top = float(height)
        for outcome, count in counts.items():
            tall = height * count / highest
            top -= tall
            if count:
                title = f"{place / _BINS:.2f} to {(place + 1) / _BINS:.2f}: {count:,} {outcome}"
                parts.append(_rect(place * width, top, width - 2, tall, _COLOURS[outcome], title))
    for place, label in ((0.0, "0"), (_WIDTH / 2, "0.5"), (_WIDTH - 10.0, "1")):
        parts.append(_text(place, height + 16, label))
    return _svg(height + 24, parts)


def waterfall(steps: Sequence[tuple[str, float]]) -> Svg:
    """Match weights in bits, each bar from where the one before ended."""
    ends = [0.0]
    for _, bits in steps:
        ends.append(ends[-1] + bits)
    low, high = min(ends), max(ends)
    scale = (_WIDTH - 320) / ((high - low) or 1)
    parts = []
    for place, (name, bits) in enumerate(steps):
        left = min(ends[place], ends[place + 1])
        colour = _COLOURS["matched"] if bits >= 0 else _COLOURS["failed"]
        top = place * _BAR
        parts.append(_text(0, top + 15, name))
        parts.append(_rect(250 + (left - low) * scale, top + 3, max(abs(bits) * scale, 1), _BAR - 6, colour, f"{bits:+.2f} bits"))
        parts.append(_text(_WIDTH - 60, top + 15, f"{bits:+.1f}"))
    parts.append(_text(0, len(steps) * _BAR + 15, "match weight"))
    parts.append(_text(_WIDTH - 60, len(steps) * _BAR + 15, f"{ends[-1]:+.1f}"))
    return _svg((len(steps) + 1) * _BAR + 4, parts)


def _svg(height: float, parts: Sequence[str]) -> Svg:
    style = "font:12px sans-serif;max-width:100%"
    body = "".join(parts)
    return Svg(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:g}" width="{_WIDTH}" style="{style}">{body}</svg>')


def _rect(left: float, top: float, width: float, height: float, colour: str, title: str) -> str:
    place = f'x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect {place} fill="{colour}"><title>{html.escape(title)}</title></rect>'


def _text(left: float, top: float, text: str) -> str:
    return f'<text x="{left:.1f}" y="{top:.1f}" fill="currentColor">{html.escape(text)}</text>'
