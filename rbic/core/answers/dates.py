"""Dates and times of day, and how two of them compare."""

import re
from dataclasses import dataclass

from rbic.core.answers.judgement import Judgement, Method, right, undecidable, wrong
from rbic.core.answers.number_words import read_chinese_number

MONTHS = (
    "january february march april may june july august september october november december"
).split()
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in MONTHS) + "|sept"
_DATES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4})([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})",
        r"(?:(?P<year>\d{4}) ?年 ?)?(?P<month>\d{1,2}) ?月 ?(?P<day>\d{1,2}) ?[日号]",
        rf"(?P<name>{_MONTH})\.? (?P<day>\d{{1,2}})(?:(?:, ?| )(?P<year>\d{{4}}))?",
        rf"(?P<day>\d{{1,2}}) ?(?:of )?(?P<name>{_MONTH})\.?(?:,? (?P<year>\d{{4}}))?",
    )
]
_TIMES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<hour>\d{1,2})(?::(?P<minute>[0-5]\d))?\s*(?P<half>[ap])\.?\s?m\.?",
        r"(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)",
        r"(?P<hour>\d{1,2}) o'clock(?: in the (?P<half>morning|afternoon|evening))?",
        r"(?P<half>凌晨|早上|早晨|上午|中午|下午|傍晚|晚上)(?P<hour>\d{1,2}|[一二两三四五六七八九十]{1,3})"
        r"[时点:](?:(?P<minute>[0-5]?\d)分?|(?P<past>半))?",
        r"(?P<hour>\d{1,2})[时点](?P<minute>[0-5]?\d)分?",
    )
]
_BARE_HOUR = re.compile(r"[^:时点']*")
_NAMED = {"noon": 720, "midnight": 0, "正午": 720, "午夜": 0}
_AFTERNOON = frozenset("p afternoon evening 下午 傍晚 晚上".split())


@dataclass(frozen=True, slots=True)
class Time:
    """Minutes since midnight; of which half of the day may be open, and whether it is a time."""

    minutes: int
    half_known: bool
    sure: bool
    """2:30 may be a ratio, 2:05 and 2 pm are none."""


def read_date(plain: str) -> tuple[int | None, int, int] | None:
    """The year, month and day of a whole answer; None for the year where it has none.

    Days before months (05/03/2020) are not read: half of the world writes them the other way.
    """
    text = plain.replace('"', " ").strip()
    for pattern in _DATES:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        found = match.groupdict()
        name = found.get("name")
        month = int(found["month"]) if name is None else _month(name)
        day = int(found["day"])
        if 1 <= month <= 12 and 1 <= day <= 31:
            return int(found["year"]) if found["year"] else None, month, day
    return None


def _month(name: str) -> int:
    return next(n for n, month in enumerate(MONTHS, 1) if month.startswith(name[:3].lower()))


def read_time(plain: str) -> Time | None:
    """The time of day that a whole answer is, or None."""
    text = plain.replace('"', " ").strip()
    if text.lower() in _NAMED:
        return Time(_NAMED[text.lower()], half_known=True, sure=False)
    for pattern in _TIMES:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        found = match.groupdict()
        hour = int(found["hour"]) if found["hour"].isdigit() else _chinese_hour(found["hour"])
        half, minute = found.get("half"), found.get("minute")
        known = bool(half) or hour > 12 or hour == 0
        if half and half != "中午" and hour <= 12:
            hour = hour % 12 + (12 if half.lower() in _AFTERNOON else 0)
        minutes = 30 if found.get("past") else int(minute or 0)
        padded = found["hour"].startswith("0") or (minute or "").startswith("0")
        sure = bool(half) or padded or "clock" in text
        return Time((60 * hour + minutes) % 1440, known, sure) if hour <= 24 else None
    return None


def _chinese_hour(text: str) -> int:
    value = read_chinese_number(text)
    return 99 if value is None else int(value)


def compare_dates(one: str, other: str) -> Judgement | None:
    """Compare two answers that are dates; None where one is none that is surely read.

    Args:
        one: an answer in `plain_form`.
        other: another.
    """
    first, second = read_date(one), read_date(other)
    if first is None or second is None:
        return None
    if first[1:] != second[1:]:
        return wrong(Method.VALUE)
    if None in (first[0], second[0]) and first[0] != second[0]:
        return undecidable(Method.KIND)
    return right(Method.VALUE) if first[0] == second[0] else wrong(Method.VALUE)


def compare_times(one: str, other: str) -> Judgement | None:
    """Compare times of day: 3:30 pm is 15:30; 2:30 beside 1:15 may be two times or one ratio.

    Args:
        one: an answer in `plain_form`.
        other: another.

    Returns:
        A judgement, or None where neither is surely a time.
    """
    first, second = read_time(one), read_time(other)
    if not any(time and time.sure for time in (first, second)):
        both = first is not None and second is not None
        named = {one.lower(), other.lower()} <= set(_NAMED)
        return undecidable(Method.KIND) if both and not named else None
    if first is None or second is None:
        time, value = (one, other) if second is None else (other, one)
        # 3 pm is a number with a unit to all but the bare hour.
        return (
            None if _BARE_HOUR.fullmatch(time) and not value.isdigit() else undecidable(Method.KIND)
        )
    if (first.minutes - second.minutes) % 720:
        return wrong(Method.VALUE)
    if first.minutes == second.minutes:
        return right(Method.VALUE)
    halves = first.half_known and second.half_known
    return wrong(Method.VALUE) if halves else undecidable(Method.UNIT)
