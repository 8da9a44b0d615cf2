"""Histograms as inline SVG: crisp at any width, described in words, values on hover.

The plot stretches with the page, so its axis labels are HTML beside it and not text inside.
"""

from dataclasses import dataclass
from html import escape

from rbic.report.distributions import Histogram
from rbic.report.words import counted, percent

_WIDTH, _HEIGHT = 240.0, 100.0
_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0)


@dataclass(frozen=True)
class Chart:
    """A histogram that can be laid out."""

    svg: str
    """Markup; every text in it is escaped."""
    rules: list[tuple[float, str]]
    """Horizontal lines: height from 0 to 1, and label."""
    caption: str


def draw_histogram(histogram: Histogram, name: str) -> Chart:
    """Draw the first group as filled bars and the second as an outline over them.

    Args:
        histogram: what to draw.
        name: an identifier that no other chart of the page has.
    """
    highest = max(*histogram.shares[0], *histogram.shares[1], 0.01)
    step = next(step for step in _STEPS if step >= highest / 3 or step == _STEPS[-1])
    top = max(highest * 1.04, step)
    rules = [(step * line / top, percent(step * line, 0)) for line in (1, 2, 3, 4)]
    rules = [rule for rule in rules if rule[0] <= 1]
    caption = _caption(histogram)
    title = f"{histogram.title}: {histogram.groups[0]} against {histogram.groups[1]}"
    body = [
        f'<title id="{name}-t">{escape(title)}</title>',
        f'<desc id="{name}-d">{escape(caption)}</desc>',
        *(_rule(height) for height, _ in rules),
        *_bars(histogram, top),
        _outline(histogram, top),
        *_targets(histogram),
    ]
    svg = (
        f'<svg viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" preserveAspectRatio="none" role="img" '
        f'aria-labelledby="{name}-t {name}-d">{"".join(body)}</svg>'
    )
    return Chart(svg, rules, caption)


def _caption(histogram: Histogram) -> str:
    first, second = histogram.centres
    names = histogram.groups
    if not histogram.unit:
        return f"mean {first:.2f} {names[0]}, {second:.2f} {names[1]}"
    words = [counted(round(centre), histogram.unit) for centre in (first, second)]
    return f"median {words[0]} {names[0]}, {words[1]} {names[1]}"


def _rule(height: float) -> str:
    y = _HEIGHT * (1 - height)
    return f'<line class="rule" x1="0" x2="{_WIDTH:g}" y1="{y:.2f}" y2="{y:.2f}"/>'


def _bars(histogram: Histogram, top: float) -> list[str]:
    width = _WIDTH / len(histogram.shares[0])
    bars = []
    for place, share in enumerate(histogram.shares[0]):
        height = _HEIGHT * share / top
        if height > 0:
            bars.append(
                f'<rect class="before" x="{place * width + 0.06 * width:.2f}" '
                f'y="{_HEIGHT - height:.2f}" width="{0.88 * width:.2f}" height="{height:.2f}"/>'
            )
    return bars


def _outline(histogram: Histogram, top: float) -> str:
    """The second group as steps, from the base line and back to it."""
    width = _WIDTH / len(histogram.shares[1])
    path = [f"M0 {_HEIGHT:g}"]
    for place, share in enumerate(histogram.shares[1]):
        path.append(f"V{_HEIGHT * (1 - share / top):.2f}H{(place + 1) * width:.2f}")
    path.append(f"V{_HEIGHT:g}")
    return f'<path class="after" d="{"".join(path)}"/>'


def _targets(histogram: Histogram) -> list[str]:
    """What the pointer meets: one column a bin, carrying its values in words."""
    bins = len(histogram.shares[0])
    width = _WIDTH / bins
    return [
        f'<rect class="target" x="{place * width:.2f}" y="0" width="{width:.2f}" '
        f'height="{_HEIGHT:g}" data-tip="{escape(_tip(histogram, place))}"/>'
        for place in range(bins)
    ]


def _tip(histogram: Histogram, place: int) -> str:
    shares = [
        f"{percent(group[place])} {name}"
        for group, name in zip(histogram.shares, histogram.groups, strict=True)
    ]
    return f"{_range(histogram, place)}\n" + "\n".join(shares)


def _range(histogram: Histogram, place: int) -> str:
    """The values of a bin in words."""
    low, high = histogram.edges[place], histogram.edges[place + 1]
    unit = histogram.unit
    below = histogram.open_below and place == 0
    above = histogram.open_above and place == len(histogram.edges) - 2
    first = counted(int(low), unit) if unit else f"{low:.3g}"
    last = counted(int(high) - 1, unit) if unit else f"{high:.3g}"
    if below or above:
        return f"{first} and more" if above else f"up to {last}"
    return last if unit and high - low <= 1 else f"{first.split(' ')[0]} to {last}"
