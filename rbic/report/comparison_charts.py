"""Charts of a comparison as SVG: accuracy against budget, and training losses.

The chart of budgets carries its text, so that it also stands alone in a README; the losses are laid
out as the histograms of the other report are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rbic.core.comparison import BASE, FULL, RANDOM, Arm, Comparison, Trial
from rbic.report.comparison_rows import (
    budget_words,
    budgets_of,
    method_words,
    rows_of,
    share,
    shares,
)
from rbic.report.comparison_words import Focus
from rbic.report.words import counted

CHART_STYLE = Path(__file__).parent / "comparison_chart.css"
_WIDTH, _HEIGHT = 900.0, 470.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, 205.0, 14.0, 46.0
_LABEL_HEIGHT = 15.0
_LOSS_POINTS = 60


@dataclass(frozen=True)
class _Frame:
    """Where budgets and accuracies lie."""

    budgets: list[float]
    ranks: list[str]
    """Methods, the most accurate first."""
    low: float
    high: float

    def x(self, method: str, budget: float) -> float:
        """Budgets lie on a logarithmic scale; at a single one the methods stand side by side."""
        width, inset = _WIDTH - _LEFT - _RIGHT, 30.0
        first, last = self.budgets[0], self.budgets[-1]
        if first == last:
            place = (self.ranks.index(method) + 0.5) / len(self.ranks)
            return _LEFT + inset + place * (width - 2 * inset)
        place = (log10(budget) - log10(first)) / (log10(last) - log10(first))
        return _LEFT + inset + place * (width - 2 * inset)

    def y(self, accuracy: float) -> float:
        """Accuracies rise upwards."""
        height = _HEIGHT - _TOP - _BOTTOM
        return _TOP + height * (self.high - accuracy) / (self.high - self.low)


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers between two ends: steps of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / about
    unit = 10.0 ** floor(log10(rough))
    step = next(unit * size for size in (1, 2, 5, 10) if unit * size >= rough)
    return [number * step for number in range(ceil(low / step), floor(high / step) + 1)]


def draw_budgets(comparison: Comparison, focus: Focus, standalone: bool = False) -> str:
    """Accuracy against budget: a line a method with its interval, full and base across.

    Args:
        comparison: what to draw; methods must have been tried at one budget at least.
        focus: the method that is drawn in colour.
        standalone: whether the style comes with it, as a file of its own needs it.
    """
    arms = [row.arm for row in rows_of(comparison)]
    ends = [(arm.accuracy.low, arm.accuracy.high) for arm in arms]
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    pad = 0.04 * (high - low) or 0.05
    ranks = list(dict.fromkeys(arm.method for arm in arms if arm.method not in (FULL, BASE)))
    frame = _Frame(budgets_of(comparison), ranks, max(0.0, low - pad), min(1.0, high + pad))
    # What matters most is drawn last, above the rest.
    methods = sorted(ranks, key=lambda method: (method == focus.method, method == RANDOM, method))
    body = [*_axes(frame)]
    labels: list[_Label] = []
    for arm in arms:
        if arm.method in (FULL, BASE):
            body.append(_across(arm, frame))
            y, start = frame.y(arm.accuracy.value), _WIDTH - _RIGHT
            labels.append(_Label(y, start, arm.method, "across"))
    for method in methods:
        own = [arm for arm in arms if arm.method == method]
        kind = "focus" if method == focus.method else "random" if method == RANDOM else "other"
        body.append(_series(own, frame, kind))
        start = frame.x(method, own[-1].budget) + 6
        labels.append(_Label(frame.y(own[-1].accuracy.value), start, method, kind))
    body += _labels(labels)
    style = f"<style>{CHART_STYLE.read_text(encoding='utf-8')}</style>" if standalone else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="budgets" role="img" '
        f'viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" aria-labelledby="budgets-t">{style}'
        f'<title id="budgets-t">Accuracy against the share of tokens, a line a method</title>'
        f"{''.join(body)}</svg>"
    )


def _axes(frame: _Frame) -> list[str]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    parts = []
    for value in ticks(frame.low, frame.high):
        y = frame.y(value)
        parts.append(
            f'<line class="rule" x1="{_LEFT:g}" x2="{right:g}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="tick" x="{_LEFT - 8:g}" y="{y + 4:.1f}" text-anchor="end">'
            f"{escape(share(value, 0))}</text>"
        )
    for budget in frame.budgets:
        x = frame.x(frame.ranks[len(frame.ranks) // 2], budget)
        parts.append(
            f'<line class="notch" x1="{x:.1f}" x2="{x:.1f}" y1="{bottom:g}" y2="{bottom + 5:g}"/>'
            f'<text class="tick" x="{x:.1f}" y="{bottom + 19:g}" text-anchor="middle">'
            f"{escape(budget_words(budget))}</text>"
        )
    parts.append(
        f'<line class="notch" x1="{_LEFT:g}" x2="{right:g}" y1="{bottom:g}" y2="{bottom:g}"/>'
        f'<text class="tick" x="{(_LEFT + right) / 2:g}" y="{_HEIGHT - 6:g}" '
        f'text-anchor="middle">share of the pool\'s training tokens</text>'
    )
    return parts


def _across(arm: Arm, frame: _Frame) -> str:
    """Full or base: a line across with its interval."""
    top, bottom = frame.y(arm.accuracy.high), frame.y(arm.accuracy.low)
    y, right = frame.y(arm.accuracy.value), _WIDTH - _RIGHT
    return (
        f'<g class="series across" data-tip="{_attribute(_tip(arm))}">'
        f'<rect class="band" x="{_LEFT:g}" width="{right - _LEFT:g}" y="{top:.1f}" '
        f'height="{bottom - top:.1f}"/>'
        f'<line class="line" x1="{_LEFT:g}" x2="{right:g}" y1="{y:.1f}" y2="{y:.1f}"/></g>'
    )


def _series(arms: Sequence[Arm], frame: _Frame, kind: str) -> str:
    """The line of a method, its interval, and a dot at each budget."""
    upper = [(frame.x(arm.method, arm.budget), frame.y(arm.accuracy.high)) for arm in arms]
    lower = [(frame.x(arm.method, arm.budget), frame.y(arm.accuracy.low)) for arm in arms]
    middle = [(frame.x(arm.method, arm.budget), frame.y(arm.accuracy.value)) for arm in arms]
    if len(arms) == 1:
        band = _path([*upper, *lower])
        shown = f'<path class="whisker" d="{band}"/>'
    else:
        shown = f'<path class="band" d="{_path([*upper, *lower[::-1]])}Z"/>'
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" data-tip="{_attribute(_tip(arm))}"/>'
        for arm, (x, y) in zip(arms, middle, strict=True)
    )
    line = _path(middle)
    return (
        f'<g class="series {kind}">{shown}<path class="grab" d="{line}" '
        f'data-tip="{escape(method_words(arms[0].method))}"/>'
        f'<path class="line" d="{line}"/>{dots}</g>'
    )


def _path(places: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)


def _attribute(text: str) -> str:
    """A text as the value of an attribute; in a file of its own a plain new line would be lost."""
    return escape(text).replace("\n", "&#10;")


def _tip(arm: Arm) -> str:
    at = f" at {budget_words(arm.budget)}" if arm.method not in (FULL, BASE) else ""
    return (
        f"{method_words(arm.method)}{at}\n{share(arm.accuracy.value)} right "
        f"({shares(arm.accuracy)})\n{counted(len(arm.seeds), 'seed')}"
    )


@dataclass(frozen=True, order=True)
class _Label:
    """A name, and the end of the line that it belongs to."""

    y: float
    x: float
    method: str
    kind: str


def _labels(labels: Sequence[_Label]) -> list[str]:
    """Names at the right, moved apart, each tied to the end of its line."""
    ordered = sorted(labels)
    places = spread_out([one.y for one in ordered], _LABEL_HEIGHT, _TOP + 4, _HEIGHT - 8)
    right, parts = _WIDTH - _RIGHT, []
    for one, at in zip(ordered, places, strict=True):
        name = method_words(one.method)
        name = name if len(name) <= 26 else name[:25] + "…"
        parts.append(
            f'<path class="leader" d="M{one.x:.1f} {one.y:.1f}L{right + 4:g} {one.y:.1f}'
            f'L{right + 16:g} {at:.1f}"/><text class="name {one.kind}" x="{right + 20:g}" '
            f'y="{at + 4:.1f}">{escape(name)}</text>'
        )
    return parts


def spread_out(wanted: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """Rising places at least `apart` from one another, as near to the wanted ones as that allows.

    Groups that touch are centred on what their members wanted; the whole stays between `low` and
    `high` where there is room.
    """
    groups: list[tuple[float, int]] = []
    for place in wanted:
        centre, size = place, 1
        while groups:
            other, count = groups[-1]
            if other + (count - 1) / 2 * apart + apart <= centre - (size - 1) / 2 * apart:
                break
            centre = (other * count + centre * size) / (count + size)
            size += count
            groups.pop()
        reach = (size - 1) / 2 * apart
        groups.append((max(low + reach, min(high - reach, centre)), size))
    found: list[float] = []
    for centre, size in groups:
        found += [centre + (number - (size - 1) / 2) * apart for number in range(size)]
    for number in range(1, len(found)):
        found[number] = max(found[number], found[number - 1] + apart)
    return found


@dataclass(frozen=True)
class LossChart:
    """Training losses of one budget."""

    title: str
    svg: str
    rules: list[tuple[float, str]]
    """Horizontal lines: height from 0 to 1, and label."""
    trials: int


def draw_losses(trials: Sequence[Trial], focus: Focus) -> list[LossChart]:
    """The losses of each budget over the share of a trial's steps, all on one scale of losses."""
    logged = [trial for trial in trials if len(trial.loss_L) > 1]
    if not logged:
        return []
    everything = np.concatenate([trial.loss_L for trial in logged])
    low, high = (float(end) for end in np.quantile(everything, [0.0, 0.995]))
    high = high if high > low else low + 1.0
    charts = []
    for budget in sorted({trial.budget for trial in logged}):
        own = [trial for trial in logged if trial.budget == budget]
        own.sort(key=lambda trial: (trial.method == focus.method, trial.method == RANDOM))
        lines = "".join(_loss_line(trial, focus, (low, high)) for trial in own)
        marks = ticks(low, high, 4)
        rules = [((value - low) / (high - low), f"{value:.3g}") for value in marks]
        drawn = "".join(
            f'<line class="rule" x1="0" x2="240" y1="{100 * (1 - at):.2f}" '
            f'y2="{100 * (1 - at):.2f}"/>'
            for at, _ in rules
        )
        title = f"{budget_words(budget)} of the tokens"
        svg = (
            f'<svg class="losses" viewBox="0 0 240 100" preserveAspectRatio="none" role="img" '
            f'aria-label="Training losses, {escape(title)}">{drawn}{lines}</svg>'
        )
        charts.append(LossChart(title, svg, rules, len(own)))
    return charts


def _loss_line(trial: Trial, focus: Focus, span: tuple[float, float]) -> str:
    step_L, loss_L = thinned(trial.loss_step_L, trial.loss_L, _LOSS_POINTS)
    low, high = span
    x_L = 240 * step_L / trial.loss_step_L[-1]
    y_L = 100 * (high - np.minimum(loss_L, high)) / (high - low)
    kind = {focus.method: "focus", RANDOM: "random"}.get(trial.method, "other")
    tip = (
        f"{method_words(trial.method)}, seed {trial.seed}\nlast loss {loss_L[-1]:.3f}"
        f"\n{trial.steps:,} steps"
    )
    line = _path(zip(x_L.tolist(), y_L.tolist(), strict=True))
    return f'<path class="{kind}" d="{line}" data-tip="{_attribute(tip)}"/>'


def thinned(
    step_L: NDArray[np.float64], loss_L: NDArray[np.float64], most: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """At most `most` points: means of neighbouring ones."""
    if len(loss_L) <= most:
        return step_L, loss_L
    start = np.arange(most) * len(loss_L) // most
    count = np.diff([*start.tolist(), len(loss_L)])
    return np.add.reduceat(step_L, start) / count, np.add.reduceat(loss_L, start) / count
