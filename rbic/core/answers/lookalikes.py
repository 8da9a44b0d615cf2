"""What looks like a sum and is none: dates, times of day, ranges, two capitals in an order."""

import re

from rbic.core.answers.judgement import Judgement, Method, right, undecidable, wrong

_DATE = re.compile(
    r"(?<![\d./*^-])(?:\d{4}([-/])\d{1,2}\1\d{1,2}|\d{1,2}([-/])\d{1,2}\2\d{4})(?![\d/*^])"
)
_TIME = re.compile(r"(\d{1,2}):([0-5]\d)\s*(?:([ap])\.?\s?m\.?)?", re.IGNORECASE)
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
        A judgement, or None where neither is such a text. Dates are compared as texts, times by
        their minutes, and a range is never a difference.
    """
    if has_date(one) or has_date(other):
        return undecidable(Method.KIND)
    if _CAPITALS.fullmatch(one) and _CAPITALS.fullmatch(other) and sorted(one) == sorted(other):
        # AB and BA are one segment, but two answers to what comes first.
        return undecidable(Method.ORDER)
    return _compare_times(one, other) or _compare_ranges(one, other)


def _compare_times(one: str, other: str) -> Judgement | None:
    """Compare times of day: 3:30 pm is 15:30; 2:30 beside 1:15 may be two times or one ratio."""
    first, second = (_TIME.fullmatch(text.replace('"', "").strip()) for text in (one, other))
    if not any(match and _surely_time(match) for match in (first, second)):
        both = first is not None and second is not None
        return undecidable(Method.KIND) if both else None
    if first is None or second is None:
        return undecidable(Method.KIND)
    a, b = _minutes(first), _minutes(second)
    if (a - b) % 720:
        return wrong(Method.VALUE)
    if a == b:
        return right(Method.VALUE)
    halves = first[3] and second[3]
    return wrong(Method.VALUE) if halves else undecidable(Method.UNIT)


def _surely_time(match: re.Match[str]) -> bool:
    return bool(match[3]) or match[1].startswith("0") or match[2].startswith("0")


def _minutes(match: re.Match[str]) -> int:
    """Minutes since midnight."""
    hour = int(match[1])
    if match[3]:
        hour = hour % 12 + (12 if match[3].lower() == "p" else 0)
    return 60 * hour + int(match[2])


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
