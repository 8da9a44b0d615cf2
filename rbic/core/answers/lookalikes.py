"""What looks like a sum and is none: dates, times of day, ranges, two capitals in an order."""

import re

from rbic.core.answers.dates import compare_dates, compare_times
from rbic.core.answers.judgement import Judgement, Method, undecidable, wrong

_DATE = re.compile(
    r"(?<![\d./*^-])(?:\d{4}([-/])\d{1,2}\1\d{1,2}|\d{1,2}([-/])\d{1,2}\2\d{4})(?![\d/*^])"
)
_END = r"(\d{1,9}(?:,\d{3})?(?:\.\d{1,9})?)"
_RANGE = re.compile(rf'{_END}-{_END}(%| ?"[^"]*"| [^\W\d_]{{2,}}|[^\W\d_]{{3,}})?')
_CAPITALS = re.compile(r"[A-J]{2,}")


def has_date(plain: str) -> bool:
    """Whether a text holds a date in figures, as 2020-01-02 or 02/04/2021.

    Args:
        plain: an answer in `plain_form`.
    """
    return _DATE.search(plain) is not None


def compare_lookalikes(one: str, other: str) -> Judgement | None:
    """Compare two answers of which one looks like a sum and is none.

    Args:
        one: an answer in `plain_form`.
        other: another, not the same text.

    Returns:
        A judgement, or None where neither is such a text. Dates are compared by their days where
        those are sure, times by their minutes, and a range is never a difference.
    """
    dated = compare_dates(one, other)
    if dated is not None:
        return dated
    if has_date(one) or has_date(other):
        return undecidable(Method.KIND)
    if _CAPITALS.fullmatch(one) and _CAPITALS.fullmatch(other) and sorted(one) == sorted(other):
        # AB and BA are one segment, but two answers to what comes first.
        return undecidable(Method.ORDER)
    return compare_times(one, other) or _compare_ranges(one, other)


def _compare_ranges(one: str, other: str) -> Judgement | None:
    """Compare ranges such as 10-20, whose second end is the greater: they are no differences."""
    first, second = (_ends(text) for text in (one, other))
    if first is None and second is None:
        return None
    if first is None or second is None:
        return undecidable(Method.KIND)
    if first[:2] == second[:2]:
        return None
    return wrong(Method.VALUE) if first[2] == second[2] else undecidable(Method.UNIT)


def _ends(text: str) -> tuple[float, float, str] | None:
    """The ends of a range and its unit."""
    match = _RANGE.fullmatch(text)
    if match is None:
        return None
    low, high = (float(end.replace(",", "")) for end in match.group(1, 2))
    return (low, high, (match[3] or "").strip(' "')) if low < high else None
