"""The numbers in a text and their exact values: digits, English words, Chinese numerals.

Values are `int` where whole and `Fraction` otherwise: they compare and hash alike, and whole
numbers, by far the most, cost a tenth. Texts are in plain notation (rbic.core.notation).
"""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from rbic.core.remembered import Remembered

Value = int | Fraction

# Longer digit strings are identifiers or noise, and their arithmetic would not be bounded.
MAX_DIGITS = 40

_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
_ONES = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9,
}  # fmt: skip
_TEENS = {
    "zero": 0, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_LOWER = {**_ONES, **_TEENS, **_TENS, "dozen": 12, **_SCALES}
_WORDS = _LOWER | {word.capitalize(): value for word, value in _LOWER.items()}

_PARTS = {
    "half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fourth": 4,
    "fourths": 4, "fifth": 5, "fifths": 5, "sixth": 6, "sixths": 6, "eighth": 8, "eighths": 8,
    "tenth": 10, "tenths": 10, "一半": 2,
}  # fmt: skip
_MULTIPLES = {
    "double": 2, "twice": 2, "doubled": 2, "doubles": 2, "triple": 3, "tripled": 3, "thrice": 3,
    "pair": 2, "pairs": 2, "couple": 2, "dozen": 12, "dozens": 12,
}  # fmt: skip

_MINUTES = frozenset(("minute", "minutes", "min", "mins", "分", "分钟"))
_SECONDS = frozenset(("second", "seconds", "sec", "secs", "秒", "秒钟"))
_SIXTIES = dict.fromkeys(("hour", "hours", "hr", "hrs", "小时", "时"), _MINUTES) | dict.fromkeys(
    _MINUTES, _SECONDS
)
"""Units and what is a sixtieth of them."""

_FIGURES = frozenset("0123456789")
_TELLING = frozenset((*_PARTS, *_MULTIPLES, "frac"))

_POWERS_OF_TEN = {
    "1000": 1000, "1000000": 10**6, "1000000000": 10**9, "k": 1000, "K": 1000, "千": 1000,
    "百万": 10**6, "千万": 10**7, "万": 10**4, "亿": 10**8,
}  # fmt: skip
"""What multiplies the number in digits before it: 12万, 25k, 1.2 million (by now in digits)."""

NUMERALS = frozenset(_WORDS) - {"dozen", "Dozen"}
"""English words that a numeral can begin with; `a dozen` is a unit, `two dozen` is 24."""

# A character class first (\d\d*, not \d+): the search then skips in C to a digit.
NUMBER = re.compile(r"\d\d*(?:,\d{3}(?!\d))*(?:\.\d+)?")

_DIGITS_ZH = {
    "零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7,
    "八": 8, "九": 9,
}  # fmt: skip
_SCALES_ZH = {"十": 10, "百": 100, "千": 1000}
_GROUPS_ZH = {"万": 10**4, "亿": 10**8}
# One numeral character alone is a number only before a measure word: 一样 and 三角形 are words.
# After digits (1.5千万) it goes on with their number.
_NUMERAL_ZH = re.compile(
    r"[零〇一二两三四五六七八九十百千万亿](?<![0-9].)(?:[零〇一二两三四五六七八九十百千万亿]{1,23}"
    r"|(?<=[二两三四五六七八九十])(?=[个只条块元天年岁人倍次本件张米]))"
)


def parse_number(digits: str) -> Value | None:
    """The exact value of a decimal numeral with optional thousands separators.

    Args:
        digits: such as `1,250`, `0.5` or `.75`.

    Returns:
        Its value, or None where it has more than `MAX_DIGITS` characters or is no numeral, such
        as `1,2` or `1.2.3`.
    """
    return _VALUES[digits]


def _read_digits(digits: str) -> Value | None:
    """As `parse_number`, for a numeral that was not met before."""
    if digits.isdecimal():
        return int(digits) if len(digits) <= MAX_DIGITS else None
    if len(digits) > MAX_DIGITS or not NUMBER.fullmatch(digits):
        return None
    whole, _, decimals = digits.replace(",", "").partition(".")
    return as_value(Fraction(int(whole + decimals), 10 ** len(decimals)))


_VALUES = Remembered(_read_digits)


def as_value(number: Value) -> Value:
    """`number` as an int where it is whole."""
    return number.numerator if number.denominator == 1 else number


def magnitude(value: Value) -> Value:
    """The absolute value."""
    return -value if value < 0 else value


def parse_chinese(numeral: str) -> int:
    """The value of a Chinese numeral: 一百二十五 is 125, 二〇二四 is 2024."""
    if not any(sign in _SCALES_ZH or sign in _GROUPS_ZH for sign in numeral):
        return int("".join(str(_DIGITS_ZH[sign]) for sign in numeral))
    total, group, digit = 0, 0, 0
    for sign in numeral:
        if sign in _DIGITS_ZH:
            digit = _DIGITS_ZH[sign]
        elif sign in _SCALES_ZH:
            group, digit = group + max(digit, 1) * _SCALES_ZH[sign], 0
        else:
            total, group, digit = (total + max(group + digit, 1)) * _GROUPS_ZH[sign], 0, 0
    return total + group + digit


def chinese_to_digits(text: str) -> str:
    """Write the Chinese numerals of `text` in digits; all else stays."""
    return _NUMERAL_ZH.sub(lambda match: str(parse_chinese(match.group())), text)


def english_to_digits(words: list[str]) -> list[str]:
    """Write the English numerals among `words` in digits; all else stays.

    Args:
        words: words and signs in order; a hyphen is a token of its own.

    Returns:
        The tokens, a numeral of several words joined: `two hundred and five` is `205`.
    """
    written: list[str] = []
    done = 0
    for start in [at for at, word in enumerate(words) if word in NUMERALS]:
        if start < done:
            continue
        value, end = _read_english(words, start)
        written += words[done:start]
        written.append(str(value))
        done = end
    return written + words[done:]


def _read_english(words: Sequence[str], start: int) -> tuple[int, int]:
    """The value of the numeral that begins at `start`, and where it ends."""
    total, group = 0, 0
    previous, end = "", start
    while end < len(words):
        joined = end > start and words[end] in ("and", "-")
        at = end + 1 if joined else end
        word = words[at].lower() if at < len(words) else ""
        if word not in _WORDS or not _continues(previous, word, words[end] if joined else ""):
            break
        # One hundred and two hundred are two numerals.
        again = joined and words[at + 1 : at + 2] == [previous]
        if again or (word == "hundred" and group >= 100):
            break
        if word == "hundred":
            group = max(group, 1) * 100
        elif word in _SCALES:
            total, group = total + max(group, 1) * _SCALES[word], 0
        else:
            group = group * 12 if word == "dozen" and previous else group + _WORDS[word]
        previous, end = word, at + 1
    return total + group, end


def _continues(previous: str, word: str, joint: str) -> bool:
    """Whether `word` goes on with a numeral: `twenty one`, `hundred and one`, not `two three`."""
    if joint == "and":
        return previous in _SCALES and word not in _SCALES
    if not previous or previous in _TENS:
        return not previous or word in _ONES or word in _SCALES or word == "dozen"
    if previous == "dozen":
        return False
    return not joint and (word in _SCALES or word == "dozen" or previous in _SCALES)


def quantities(words: Sequence[str]) -> set[Value]:
    """All values that a text gives: numerals, fractions, percentages, parts and multiples.

    Args:
        words: the tokens of a question (rbic.core.tokens).

    Returns:
        The values of numerals; of `3/4` also the quotient, of `20%` also 1/5 and of `1 hour 30
        minutes` also 1 1/2 and 90; of `third` 3 and 1/3; of `twice` 2.
    """
    found: set[Value] = set()
    for at in [at for at, word in enumerate(words) if word[0] in _FIGURES or word in _TELLING]:
        word = words[at]
        if word[0] in _FIGURES:
            value = parse_number(word)
            if value is not None:
                found.add(value)
                found.update(_derived(value, words[at + 1 : at + 5]))
        elif word == "frac":
            found.update(_quotient(words[at + 1 : at + 7]))
        elif word in _PARTS:
            found.update((_PARTS[word], Fraction(1, _PARTS[word])))
        elif word in _MULTIPLES:
            found.add(_MULTIPLES[word])
    return found


def _quotient(following: Sequence[str]) -> Iterator[Value]:
    """The value of the two arguments in braces that follow `frac`, where they are numbers."""
    if len(following) == 6 and (*following[::3], *following[2::3]) == ("{", "{", "}", "}"):
        over, under = parse_number(following[1]), parse_number(following[4])
        if over is not None and under:
            yield as_value(Fraction(over) / under)


def _derived(value: Value, following: Sequence[str]) -> Iterator[Value]:
    """What `value` stands for with the tokens after it: 3 / 4, 20 %, 1 hour and 30 minutes."""
    if not following:
        return
    first = following[0]
    if first in ("%", "percent"):
        yield as_value(Fraction(value) / 100)
    elif first == "/" and following[1:] and following[1][0] in _FIGURES:
        under = parse_number(following[1])
        if under:
            yield as_value(Fraction(value) / under)
    elif (scale := _scale(first)) is not None:
        yield as_value(value * scale)
    elif _adds_half(following):
        yield value + Fraction(1, 2)
    elif first in _SIXTIES:
        finer = following[2:] if following[1:2] == ["and"] else following[1:]
        if len(finer) > 1 and finer[0][0] in _FIGURES and finer[1] in _SIXTIES[first]:
            sixtieths = parse_number(finer[0])
            if sixtieths is not None:
                yield as_value(value + Fraction(sixtieths) / 60)
                yield as_value(value * 60 + sixtieths)


def _scale(word: str) -> int | None:
    """What a token multiplies the number before it by; Chinese runs on after it (万元)."""
    scale = _POWERS_OF_TEN.get(word) or _POWERS_OF_TEN.get(word[:2])
    # 千米 and 千克 are units of their own.
    if scale is None and not word.isascii() and word[:2] not in ("千米", "千克", "千瓦", "千卡"):
        scale = _POWERS_OF_TEN.get(word[0])
    return scale


def _adds_half(following: Sequence[str]) -> bool:
    """Whether a number is followed by its half: 2 and a half, 2 hours and a half, 2个半, 5年半."""
    if following[0].isascii():
        # English numerals are digits by now: two and one half is 2 and 1 half.
        words = following if following[0] == "and" else following[1:]
        return [*words[:1], *words[2:3]] == ["and", "half"] and words[1] in ("a", "1", "one")
    return following[0][:2] in ("个半", "年半", "天半", "倍半", "米半", "元半")
