"""Compare answers that are words: yes and no, names, short phrases."""

import re

from rbic.core.answers.dates import MONTHS
from rbic.core.answers.judgement import Judgement, Method, right, undecidable, wrong
from rbic.core.answers.notations import roman
from rbic.core.answers.number_words import MULTIPLIERS, read_english_number
from rbic.core.answers.tokens import FUNCTIONS, LETTER_NAMES

MOST_WORDS = 6
"""Two answers of at most this many words that differ are different; longer ones may agree."""

_YES = frozenset("yes true correct right agree yeah yep 是 是的 对 对的 正确 真 成立 √ ✓".split())
_NO = frozenset(
    "no false incorrect wrong disagree nope 否 不是 不 不对 错 错误 假 不成立 不正确 ✗".split()
)
_MARKS = {r"\sqrt": True, r"\checkmark": True, "*": False}
"""A tick and a cross alone, as the plain form has them."""
_SYMBOLS = FUNCTIONS | LETTER_NAMES | {"infinity", "inf"}
_POLAR = re.compile(r"\W*(\w+|[√✓✗])(?:\W+(.*))?", re.DOTALL)
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_SIGNED_LETTER = re.compile(r"\s*-\s*[A-Za-z](?![A-Za-z])")
_ARTICLES = frozenset("the a an".split())
_NUMERIC = frozenset(
    "none nothing nobody nowhere zero half twice double dozen pair couple once single quarter "
    "third no infinitely infinite undefined dne 没有 无 无解 半 双".split()
)
_NUMERIC_CHARACTERS = "无没空零一二两三四五六七八九十百千万亿负半双"
_EMPTY = frozenset("none no nothing zero empty dne undefined 无 无解 没有 空集 不存在".split())


_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_SYNONYMS = (
    {day[:3]: day for day in _DAYS}
    | {f"{week}{sign}": day for week in ("星期", "周", "礼拜")
       for sign, day in zip("一二三四五六日", _DAYS, strict=True)}
    | {f"{week}天": "sunday" for week in ("星期", "礼拜")}
    | {month[:3]: month for month in MONTHS} | {"tues": "tuesday", "thurs": "thursday"}
    | {"colour": "color", "grey": "gray", "centre": "center"}
    | dict.fromkeys(("increases", "increasing", "increased"), "increase")
    | dict.fromkeys(("decreases", "decreasing", "decreased"), "decrease")
    | dict.fromkeys(("notpossible", "isimpossible", "isnotpossible"), "impossible")
    | dict.fromkeys(("doesnotexist", "doesn'texist", "dne", "notdefined", "isundefined"),
                    "undefined")
)  # fmt: skip
_LIKE = 0.6
"""Two words that share this part of the longer one, from its beginning, may be one word."""


def polarity(plain: str) -> bool | None:
    """Whether an answer says yes (True) or no (False); None where it says neither.

    Args:
        plain: an answer in `plain_form`; words may follow after a comma or a full stop.
    """
    if plain.strip('"') in _MARKS:
        return _MARKS[plain.strip('"')]
    match = _POLAR.fullmatch(plain.replace('"', " "))
    if match is None:
        return None
    word, rest = match.groups()
    separated = plain[match.end(1) :].lstrip()[:1] in (",", ".", ";", ":", "-", "(")
    if rest and not separated:
        return None
    if word.lower() in _YES:
        return True
    return False if word.lower() in _NO else None


def words_of(plain: str) -> list[str]:
    """The words of an answer in lower case, without articles."""
    return [word for word in _WORD.findall(plain.lower()) if word not in _ARTICLES]


def is_words(plain: str) -> bool:
    """Whether an answer is words: letters, no digit, no command, more than a variable's name."""
    text = plain.replace('"', "").strip("{}")
    if (
        not text
        or _SIGNED_LETTER.match(text)
        or any(c.isdigit() or c in r"\=<>^_+*/{}[]|" for c in text)
    ):
        return False
    words = _WORD.findall(text)
    if any(word in _SYMBOLS for word in words):
        return False
    return any(len(word) > 2 or not word.isascii() for word in words)


def may_be_number(plain: str) -> bool:
    """Whether words may stand for a number or an empty set: none, a dozen, no solution."""
    words = words_of(plain)
    return (
        any(w in _NUMERIC or w in _EMPTY or w in MULTIPLIERS for w in words)
        or any(read_english_number([w]) is not None for w in words)
        or any(not w.isascii() and w[0] in _NUMERIC_CHARACTERS for w in words)
    )


def _canonical(words: list[str]) -> str:
    """The words as one text, each of a set of synonyms as one of them."""
    text = "".join(_SYNONYMS.get(word, word) for word in words)
    return _SYNONYMS.get(text, text)


def _alike(one: list[str], other: list[str]) -> bool:
    """Whether words may be forms or spellings of the same ones: hexagon, hexagonal."""
    if len(one) != len(other):
        return False
    return all(a == b or _shared(a, b) for a, b in zip(one, other, strict=True))


def _shared(a: str, b: str) -> bool:
    """Whether two words of Latin letters share most letters from the beginning."""
    if roman(a.upper()) is not None or roman(b.upper()) is not None:
        return False
    shorter = min(len(a), len(b))
    shared = next((i for i in range(shorter) if a[i] != b[i]), shorter)
    begins = shared >= 3 and shared == shorter
    return a.isascii() and (begins or shared >= _LIKE * max(len(a), len(b)))


def compare_words(a: str, b: str) -> Judgement:
    """Compare two answers that are words.

    Args:
        a: an answer in `plain_form`.
        b: another.

    Returns:
        Right where the words are the same but for case, articles and punctuation, or synonyms;
        undecidable where one holds the other, they may be forms of the same words, or either is
        long; else wrong.
    """
    one, other = words_of(a), words_of(b)
    if "".join(one) == "".join(other) or _canonical(one) == _canonical(other):
        return right(Method.WORDS)
    if not a.isascii() or not b.isascii():
        short, long = sorted(("".join(one), "".join(other)), key=len)
        contained, brief = short in long, len(long) <= 2 * MOST_WORDS
    else:
        contained = set(one) <= set(other) or set(other) <= set(one)
        brief = max(len(one), len(other)) <= MOST_WORDS
    if may_be_number(a) and may_be_number(b):
        return undecidable(Method.WORDS)
    if contained or not brief or a.isascii() != b.isascii() or _alike(one, other):
        return undecidable(Method.WORDS)
    return wrong(Method.WORDS)
