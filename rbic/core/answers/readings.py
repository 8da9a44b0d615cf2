"""Read an answer as a tree: numbers in words, separators between thousands, then the grammar."""

import re
from functools import lru_cache

from rbic.core.answers.forms import Form, Group, Kind, Name, Number, Quantity, TooLarge, Unreadable
from rbic.core.answers.number_words import (
    DENOMINATORS,
    read_chinese_number,
    read_english_number,
)
from rbic.core.answers.parser import parse_answer

_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_SPACED_THOUSANDS = re.compile(r"-?\d{1,3}(?: \d{3})+(?:\.\d+)?")
_UNDERSCORES = re.compile(r"(?<![\w.])\d{1,3}(?:_\d{3})+(?!\w)")
_PROGRAMMED = re.compile(r"(?<!\w)0(?:[xX][0-9A-Fa-f]{1,16}|b[01]{1,64}|o[0-7]{1,22})(?!\w)")
"""0xFF is no product with a zero."""
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(\d{1,2}|\d{4,})(?![\d,])")
_CHINESE = re.compile(
    r"([负零〇一二三四五六七八九两十百千万亿点分之又半\d.]+?(?:个半)?)([^\W\d_]{0,4})"
)
_DIGIT = re.compile(r"[0-9.]")
_KILO = re.compile(r"千[克米瓦卡焦伏帕赫]")
"""5千克 is five kilograms, not 5000 of anything."""
_CAPITAL_UNITS = {
    "L": "liter", "N": "newton", "V": "volt", "J": "joule", "W": "watt", "A": "ampere",
    "K": "kelvin", "C": "celsius", "F": "fahrenheit",
}  # fmt: skip
"""A lone capital between quotes is an option's letter, a word is none."""
_LETTER_UNIT = re.compile(
    r"([^A-Za-z]*[\d})]) ?"
    r"([mgshLlNVJWAKCFtd](?:\^(?:\d|\{\d\}))?(?: ?/ ?[A-Za-z]{1,3}(?:\^\d)?)?)"
)
_AND_A_PART = re.compile(r"\d{1,12} and (?:an?|one|two|three) [a-z]+(?: |$)")
_MINUTES = re.compile(r"(?<=\d) ?min$")
"""min is a function before its arguments, and a unit behind a numeral."""
_ALL_REALS = re.compile(
    r"(?:x (?:is|can be) )?(?:all|any|every) real(?: numbers?|s| values?(?: of x)?| x)?"
    r"|(?:the )?(?:set of )?(?:all )?real numbers|(?:全体|一切|任意|所有)实数|实数集|全体实数集"
)
_NUMERAL_WORD = re.compile(r"[零〇一二三四五六七八九两十百千万亿]")


def is_all_reals(plain: str) -> bool:
    """Whether an answer says in words that every real number is a solution."""
    return _ALL_REALS.fullmatch(plain.replace('"', " ").strip().lower()) is not None


def is_empty_set(plain: str) -> bool:
    """Whether an answer says in words or a sign that nothing solves the problem."""
    text = plain.replace('"', " ").replace(" ", "").lower()
    return text in ("\\emptyset", "\\{\\}", "nosolution", "nosolutions", "emptyset", "theemptyset",
                    "无解", "空集", "方程无解", "不等式无解")  # fmt: skip


def number_in_words(plain: str) -> Form | None:
    """The number that an answer in words begins with, the rest being its unit.

    Args:
        plain: an answer in `plain_form`, Chinese or English.

    Returns:
        A number or quantity; None where the words begin with none.
    """
    text = plain.replace('"', " ").strip()
    if not text.isascii():
        for match in filter(None, (_CHINESE.fullmatch(text),)):
            return _chinese(match.group(0))
        return None
    words = text.lower().replace("-", " ").split()
    for end in range(min(len(words), 12), 0, -1):
        value = read_english_number(words[:end])
        if value is not None:
            if words[end:] and words[end] in DENOMINATORS:
                return None  # twenty-fifth is not 20 of something
            unit = " ".join(words[end:])
            return Quantity(Number(value), unit) if unit else Number(value)
    return None


def _chinese(text: str) -> Form | None:
    """The longest beginning that is a number, the rest being its unit."""
    for end in range(len(text), 0, -1):
        if _KILO.match(text, end - 1):
            continue
        value = read_chinese_number(text[:end])
        if value is not None:
            unit = text[end:]
            if _DIGIT.search(unit):
                return None  # 五百9: what is left of a numeral is no unit
            return Quantity(Number(value), unit) if unit else Number(value)
    return None


def _without_separators(plain: str) -> str:
    """The text without commas, spaces and underscores between thousands.

    Within brackets commas part items.
    """
    if _SPACED_THOUSANDS.fullmatch(plain):
        return plain.replace(" ", "")
    plain = _PROGRAMMED.sub(lambda match: str(int(match[0], 0)), plain)
    plain = _UNDERSCORES.sub(lambda match: match[0].replace("_", ""), plain)
    brackets = min((plain.find(c) for c in "([" if c in plain), default=len(plain))
    return _THOUSANDS.sub(
        lambda m: m.group(0).replace(",", "") if m.start() < brackets else m.group(0), plain
    )


def with_items(plain: str, other: Form | None) -> str | None:
    """The text with its commas as separators of items, if the other answer is a bare list.

    "45,135" beside "45, 135" is two numbers; beside 45135 it is one.
    """
    if not isinstance(other, Group) or other.kind is Kind.INTERVAL or other.kind is Kind.TUPLE:
        return None
    match = _THOUSANDS.fullmatch(plain)
    return plain.replace(",", ", ") if match and ",0" not in plain else None


def with_decimal_point(plain: str, other: str) -> str | None:
    """The text with its one decimal comma as a point, if the other text has just that numeral.

    "2,74 $" beside "2.74" is a European's numeral; beside "137/50" it may be two answers.
    """
    commas = list(_DECIMAL_COMMA.finditer(plain))
    if len(commas) != 1:
        return None
    numeral = f"{commas[0].group(1)}.{commas[0].group(2)}"
    if not re.search(rf"(?<![\d.]){re.escape(numeral)}(?!\d)", other):
        return None
    return _DECIMAL_COMMA.sub(numeral, plain)


def with_unit(plain: str) -> str | None:
    """The text with a single letter after its numeral as a unit, if it ends with one.

    "5 m", "220V" and "10 m/s" are quantities beside an answer without variables, and products
    beside one with them.
    """
    match = _LETTER_UNIT.fullmatch(plain)
    if match is None:
        return None
    unit = re.sub("[ {}]", "", match[2])
    return f'{match[1]} "{_CAPITAL_UNITS.get(unit, unit)}"'


@lru_cache(maxsize=4096)
def reading(plain: str) -> Form | None:
    """Read an answer.

    Args:
        plain: an answer in `plain_form`.

    Returns:
        Its tree, or None where it is not of the grammar.

    Raises:
        TooLarge: it is of the grammar, but too long or too deep.
    """
    if is_all_reals(plain):
        return Name("R")
    has_digit = any(character.isdigit() for character in plain)
    if not has_digit or _NUMERAL_WORD.search(plain) or _AND_A_PART.match(plain):
        worded = number_in_words(plain)
        if worded is not None:
            return worded
    try:
        return parse_answer(_MINUTES.sub(" minutes", _without_separators(plain)))
    except TooLarge:
        raise
    except Unreadable:
        return None
