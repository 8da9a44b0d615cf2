"""Numerals that the grammar reads otherwise or not at all: 1.234,56, 10C3, $3k, 七成五."""

import re
from collections.abc import Callable

_EUROPEAN = re.compile(r"([^\d]*)(\d{1,3}(?:\.\d{3})+),(\d{1,9})(?![\d,.])(.*)", re.DOTALL)
_INDIAN = re.compile(r"([^\d]*)(\d{1,2}(?:,\d\d)+,\d{3})(?![\d,])(.*)", re.DOTALL)
_MYRIADS = re.compile(r"([^\d]*)(\d{1,4}(?:,\d{4})+)(?![\d,])(.*)", re.DOTALL)
_FRACTION = r"(\d{1,9} ?/ ?\d{1,9}|\\frac ?\{\d{1,9}\} ?\{\d{1,9}\})"
_WITH_AND = re.compile(rf"(-?\d{{1,9}}) and {_FRACTION}(.*)", re.DOTALL)
_WITH_HYPHEN = re.compile(rf"(\d{{1,9}})-{_FRACTION}(.*)", re.DOTALL)
_CHOOSE = re.compile(r"\^?\{?(\d{1,4})\}? ?C ?_?\{?(\d{1,4})\}?|C_\{?(\d{1,4})\}?\^\{?(\d{1,4})\}?")
_IN_WORDS = re.compile(r'(?:[Nn]egative|[Mm]inus) ("[a-z]{3}" ?)?(?=[\d.\\$])(.*)', re.DOTALL)
_TOTAL = re.compile(r'(?:[Aa] )?(?:grand )?[Tt]otal of (?=["\d.\\$-])(.*)', re.DOTALL)
_TENTHS = re.compile(
    r"([一二三四五六七八九])([一二三四五六七八九])折"
    r"|([一二两三四五六七八九])成([一二三四五六七八九半])"
)
_TENTH_DIGITS = {sign: digit for digit, sign in enumerate("一二三四五六七八九", 1)} | {
    "两": 2,
    "半": 5,
}
_SHORT_THOUSANDS = re.compile(r'("[a-z]{3}" ?)?(-?\d[\d,.]*) ?(k|K|M|B|bn|mn)')
_SHORT = {
    "k": "thousand", "K": "thousand", "M": "million", "mn": "million", "B": "billion",
    "bn": "billion",
}  # fmt: skip

Respelled = tuple[str, bool]


def respelled(plain: str) -> Respelled | None:
    """Another spelling of a whole answer, in numerals that the grammar reads.

    Args:
        plain: an answer in `plain_form`.

    Returns:
        The spelling, and whether the answer can hardly mean anything else; None where there is
        none.
    """
    for pattern, respell in _RULES:
        if match := pattern.fullmatch(plain):
            return respell(match)
    return None


def _indian(match: re.Match[str]) -> Respelled:
    """1,00,000 is no list: nobody writes 00. 12,34,567 may be one."""
    groups = match[2].split(",")
    sure = any(group.startswith("0") for group in groups[1:])
    return f"{match[1]}{''.join(groups)}{match[3]}", sure


def _choose(match: re.Match[str]) -> Respelled:
    above, below = (group for group in match.groups() if group is not None)
    return rf"\binom {{{above}}}{{{below}}}", True


def _short_thousands(match: re.Match[str]) -> Respelled:
    """$3k is 3000; 3k may be three times a variable."""
    money, numeral, letter = match.groups(default="")
    return f"{money}{numeral} {_SHORT[letter]}", bool(money)


def _tenths(match: re.Match[str]) -> Respelled:
    """九五折 is 95 %, 七成五 75 %."""
    digits = [_TENTH_DIGITS[sign] for sign in match.groups() if sign is not None]
    return f"{10 * digits[0] + sum(digits[1:])}%", True


_RULES: list[tuple[re.Pattern[str], Callable[[re.Match[str]], Respelled]]] = [
    (_EUROPEAN, lambda m: (f"{m[1]}{m[2].replace('.', '')}.{m[3]}{m[4]}", True)),
    (_INDIAN, _indian),
    # Or a decimal comma.
    (_MYRIADS, lambda match: (match[1] + match[2].replace(",", "") + match[3], False)),
    # Or two answers, and a difference.
    (_WITH_AND, lambda match: (f"{match[1]} {match[2]}{match[3]}", False)),
    (_WITH_HYPHEN, lambda match: (f"{match[1]} {match[2]}{match[3]}", False)),
    (_CHOOSE, _choose),
    (_IN_WORDS, lambda match: (f"{match[1] or ''}-{match[2]}", True)),
    (_TOTAL, lambda match: (match[1], True)),
    (_TENTHS, _tenths),
    (_SHORT_THOUSANDS, _short_thousands),
]
