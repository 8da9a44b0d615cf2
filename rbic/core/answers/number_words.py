"""Numbers in words: 一百二十三, 三分之二, 百分之五, 3.5万, twenty-one, two and a half."""

import re
from fractions import Fraction

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {
    "〇": 0, "两": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8,
    "玖": 9,
}  # fmt: skip
_TENS = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
_MYRIADS = {"万": 10**4, "亿": 10**8}
_UNIT_BELOW = {100: "十", 1000: "百", 10**4: "千", 10**8: "千万"}
_CHINESE = re.compile(r"[零〇一二三四五六七八九两十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟点]{1,30}")
_PART = r"[零〇一二三四五六七八九两十百千万亿点]{1,30}|\d{1,30}(?:\.\d{1,30})?"
_MIXED = re.compile(
    r"(?:(\d{1,12}(?:\.\d{1,12})?)亿)?(?:(\d{1,8}(?:\.\d{1,8})?)万)?(?:(\d)千)?(?:(\d)百)?(\d{1,4})?"
)
_AND_A_HALF = re.compile(rf"({_PART})个半")
_FRACTION = re.compile(rf"(?:({_PART})又)?({_PART})分之({_PART})")

_SMALL = {
    word: n
    for n, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
} | {word: 10 * n for n, word in enumerate(
    "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
)}  # fmt: skip
MULTIPLIERS = {
    "dozen": 12, "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9,
    "trillion": 10**12, "万": 10**4, "亿": 10**8, "百万": 10**6, "千万": 10**7, "万亿": 10**12,
}  # fmt: skip
"""What a word after a numeral multiplies it by."""


DENOMINATORS = {
    word: n
    for n, word in enumerate(
        "half third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), start=2
    )
} | {"quarter": 4, "hundredth": 100, "thousandth": 1000}  # fmt: skip
"""Words for a part of one; behind a number most of them make an ordinal."""
_ONE = frozenset(("a", "an", "one"))


def _chinese_integer(text: str) -> int | None:
    if all(character in _DIGITS for character in text):
        # 二零二四 is read digit by digit.
        return int("".join(str(_DIGITS[character]) for character in text))
    total = section = digit = 0
    above = 10**4
    scale = (_TENS | _MYRIADS).get(text[-2:-1], 0)
    if text[-1] in _DIGITS and scale > 10:
        # 一百二 is 120, and 102 is 一百零二.
        text += _UNIT_BELOW[scale]
    for character in text:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _TENS and _TENS[character] < above:
            above = _TENS[character]
            section += (digit or 1) * above
            digit = 0
        elif character in _MYRIADS and total + section + digit:
            total = (total + section + digit) * _MYRIADS[character]
            section, digit, above = 0, 0, 10**4
        else:
            return None
    return total + section + digit


def read_chinese_number(text: str) -> Fraction | None:
    """Read a whole text as a Chinese number.

    Args:
        text: the text, without a unit.

    Returns:
        Its value, or None where it is none. 分之 (a fraction), 又 (a mixed number), 个半 (and a
        half), 点 (a decimal point), 一半 (a half) and a leading 负 (minus) are known.
    """
    if text in ("半", "一半"):
        return Fraction(1, 2)
    if text.startswith("负"):
        value = read_chinese_number(text[1:])
        return None if value is None else -value
    if match := _FRACTION.fullmatch(text):
        whole, below, above = (_part(part) for part in match.groups(default="零"))
        if whole is None or below is None or above is None or below == 0:
            return None
        return whole + above / below
    if not text.isdigit() and (match := _MIXED.fullmatch(text)) and any(match.groups()):
        parts = zip(match.groups(default="0"), (10**8, 10**4, 1000, 100, 1), strict=True)
        return sum((Fraction(part) * scale for part, scale in parts), Fraction(0))
    if match := _AND_A_HALF.fullmatch(text):
        value = read_chinese_number(match[1])
        return None if value is None else value + Fraction(1, 2)
    if not _CHINESE.fullmatch(text):
        return None
    whole_text, _, decimals = text.partition("点")
    whole_number = _chinese_integer(whole_text) if whole_text else None
    if whole_number is None or not all(character in _DIGITS for character in decimals):
        return None
    digits = "".join(str(_DIGITS[character]) for character in decimals)
    return Fraction(f"{whole_number}.{digits}") if digits else Fraction(whole_number)


def _part(text: str) -> Fraction | None:
    return Fraction(text) if text[0].isdigit() and text.isascii() else read_chinese_number(text)


def read_english_number(words: list[str]) -> Fraction | None:
    """Read words as an English number: twenty-one, two thirds, two and a half, half a dozen.

    Args:
        words: lower-case words, or whole numerals; hyphens are already cut.

    Returns:
        Its value, or None where the words are no number. An ordinal ("third", "twenty-fifth") is
        none.
    """
    if not words or len(words) > 12:
        return None
    if words[0] == "half":
        rest = words[2:] if words[1:2] == ["a"] else words[1:]
        of = _cardinal(["one", *rest]) if not rest or rest[0] in MULTIPLIERS else None
        return None if of is None else of / 2
    fraction = _english_fraction(words)
    if fraction is not None:
        return fraction
    whole, joined, part = _parted(words)
    if joined and (fraction := _english_fraction(part)) is not None:
        number = _cardinal(whole)
        return None if number is None or fraction >= 1 else number + fraction
    return _cardinal(words)


def _parted(words: list[str]) -> tuple[list[str], bool, list[str]]:
    """The words before and after the last "and", and whether there is one."""
    if "and" not in words:
        return words, False, []
    at = len(words) - 1 - words[::-1].index("and")
    return words[:at], True, words[at + 1 :]


def _english_fraction(words: list[str]) -> Fraction | None:
    """One half, a third, three quarters: one of the singular, or several of the plural."""
    if len(words) != 2:
        return None
    above, below = words
    if above in _ONE:
        return Fraction(1, DENOMINATORS[below]) if below in DENOMINATORS else None
    number = _SMALL.get(above)
    part = DENOMINATORS.get("half" if below == "halves" else below.removesuffix("s"))
    if number is None or part is None or not below.endswith("s"):
        return None
    return Fraction(number, part)


def _cardinal(words: list[str]) -> Fraction | None:
    """Twenty-one, a hundred and five, two dozen."""
    if words[:1] in (["a"], ["an"]) and words[1:2] and words[1] in MULTIPLIERS:
        words = ["one", *words[1:]]
    total = section = 0
    for word in words:
        if word in _SMALL:
            section += _SMALL[word]
        elif word.isascii() and word.isdigit():
            section += int(word)
        elif word == "hundred":
            section = (section or 1) * 100
        elif word in MULTIPLIERS and word.isascii():
            total += (section or 1) * MULTIPLIERS[word]
            section = 0
        elif word != "and" or not (total or section):
            return None
    return Fraction(total + section) if words else None
