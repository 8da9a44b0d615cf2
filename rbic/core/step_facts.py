"""What one step uses and what it gives: values, symbols, references, kinds of inference.

Read from the step's own text only; how steps hang together is rbic.core.dependencies.
"""

import re
from collections.abc import Sequence, Set
from fractions import Fraction
from typing import NamedTuple

from rbic.core.announcements import announces_answer
from rbic.core.equations import Equation, find_equations
from rbic.core.lexicon import (
    BACKTRACK,
    DERIVE,
    FILLER,
    PLAN,
    REPEATING_WORDS,
    SIGNALS,
    STOP_WORDS,
    Role,
    kinds_of_inference,
    role_of,
    says_nothing,
)
from rbic.core.notation import ANSWER_MARK
from rbic.core.quantities import NUMBER, NUMERALS, Value, as_value, parse_number
from rbic.core.remembered import Remembered
from rbic.core.steps import Step
from rbic.core.tokens import words_in

_RELATION = re.compile(r"[<>≈≤≥≡∈⇒≠]")
_FORMULA = re.compile(r"\$[^\s\d.,$]")
_SYMBOL = re.compile(
    r"(?<![A-Za-z'\"])(?:[b-hj-zB-HJ-Zα-ωΑ-Ω]|[aiAI](?=\s?[=+\-*/^_)(,}|<>≤≥\]$])"
    r"|(?<=[$=+\-*/^({,|])[aiAI]|[A-Z]{2,4})(?:_\{?\w{1,6}\}?)?(?![A-Za-z])"
)
_IDENTIFIER = re.compile(r"(?<![\w.\"'])[A-Za-z_]\w*")
_ASSIGNED = re.compile(r"\s*(?:for |def )?[A-Za-z_][\w, ]*? ?(?:[-+*/]?=(?!=)| in |\()")
_REFERENCE = re.compile(
    r"#(\d{1,2})\b|\b(?:step|equation|line|part|eq\.?) ?\(?(\d{1,2})\)?"
    r"|[由据将把](?:式)?\((\d{1,2})\)"
    r"|\b(?:from|by|using|into|in) \((\d{1,2})\)",
    re.IGNORECASE,
)
# What a reference has beside the words that are looked for first.
_MAY_REFER = re.compile(r"[(lpeLPE](?:(?<=\()\d|ine|art|q)")
_LABEL = re.compile(r"\((\d{1,2})\)\s*[.,;。；，]?$|([①-⑳])\s*[.,;。；，]?$")
_NUMBERED = re.compile(r"[*#\s]*(?:step )?\(?(\d{1,2})[.):] ", re.IGNORECASE)
_AFTER_EQUALS = re.compile(r"= ?\$?(\d+(?:,\d{3}(?!\d))*(?:\.\d+)?)(?! ?[-+*/^\w({])")
_STEP_NAME = re.compile(r"#(?<!##)\d{1,2}\b")
_CIRCLED = re.compile(r"[①-⑳]")
_QUOTIENT = re.compile(r"(\d\d{0,8}) ?/ ?(\d{1,9})(?![\d/.])")
_FRACTION = re.compile(r"frac ?\{(\d{1,9})\} ?\{(\d{1,9})\}")
_POWER = re.compile(r"(\d\d{0,3})\^\{?(\d{1,2})\}?(?!\d)")
_CJK = re.compile(r"[\u4e00-\u9fff][\u4e00-\u9fff]+")


class Facts(NamedTuple):
    """What a step uses and gives.

    `values` are the numbers it mentions where it has no equation, `results` those after an equals
    sign where it has, `fractions` the values of the quotients and powers it writes, `numerals` all
    its numbers as they are written; `defines` says that it states something about its symbols,
    `announces` that it gives something as the answer, `asks` that it is a question, `repeats` that
    it says it repeats something.
    """

    role: Role
    equations: list[Equation]
    values: list[Value]
    results: list[Value]
    fractions: list[Value]
    symbols: frozenset[str]
    defines: bool
    references: list[str]
    labels: list[str]
    kinds: list[str]
    announces: bool
    asks: bool
    numerals: list[str]
    repeats: bool

    def claims_falsely(self) -> bool:
        """Whether an equation of the step is false."""
        return any([equation.holds is False for equation in self.equations])


_NO_SYMBOLS: frozenset[str] = frozenset()
# One pass over the words of a step finds those that any rule asks for; most steps have none.
_SIGNALS = SIGNALS | NUMERALS


def words_of(text: str) -> list[str]:
    """The words of a text, lower case, without the punctuation between them."""
    text = text.lower().replace(", ", " ").replace(". ", " ").replace(": ", " ")
    return text.rstrip(".!?,:; ").split()


def read_step(step: Step, words: Sequence[str]) -> Facts:
    """Read one step.

    Args:
        step: the step, in plain notation.
        words: its words, as from `words_of`.

    Returns:
        What it uses and gives.
    """
    text = step.text
    signals = _SIGNALS.intersection(words)
    repeats = bool(signals) and not REPEATING_WORDS.isdisjoint(signals)
    numerals = NUMBER.findall(text)
    if step.code:
        return _read_code(text, numerals, repeats)
    chinese = not text.isascii()
    role = role_of(text[:60].lower(), words, signals, chinese)
    equations = find_equations(text, words)
    signs = text.count("=")
    # The equals signs that no whole numeric equation accounts for are algebra: (a - 3)(a + 2) = 0.
    whole = sum([equation.holds is not None for equation in equations])
    related = signs > whole or "<" in text or ">" in text or " mod " in text
    if chinese and not related:
        related = _RELATION.search(text) is not None
    symbols = _NO_SYMBOLS
    if related or ("$" in text and _FORMULA.search(text) is not None):
        symbols = frozenset(_SYMBOL.findall(text))
    fractions = _fractions(text) if "/" in text or "frac" in text or "^" in text else []
    values = [] if equations else _values(text, numerals, signals)
    results = [equation.result for equation in equations if equation.result is not None]
    if len(results) < signs:
        results += filter(None, map(parse_number, _AFTER_EQUALS.findall(text)))
    if "%" in text:
        results += [value * 100 for value in results if value < 10]
    defines = bool(symbols) and (related or role is PLAN)
    references, labels = _references(text, chinese)
    kinds = kinds_of_inference(text, words, signals, chinese)
    announces = (
        ANSWER_MARK in text
        or text.startswith("####")
        or ((chinese or "answer" in signals or text[:2] == "A:") and announces_answer(text))
    )
    if not (announces or equations or values or symbols) and says_nothing(text, words, chinese):
        return _nothing(role if role is BACKTRACK else FILLER, numerals)
    return Facts(
        role, equations, values, results, fractions, symbols, defines, references, labels, kinds,
        announces, text.endswith(("?", "？")), numerals, repeats,
    )  # fmt: skip


def _nothing(role: Role, numerals: list[str]) -> Facts:
    """A step that uses and gives nothing."""
    return Facts(
        role, [], [], [], [], _NO_SYMBOLS, False, [], [], [], False, False, numerals, False
    )


def _values(text: str, numerals: list[str], signals: Set[str]) -> list[Value]:
    """The values of the numerals of a text, those in words included, in order."""
    if "#" in text:
        # `#2` names a step; the marks of GSM8K's answer line name nothing.
        text = _STEP_NAME.sub(" ", text)
        numerals = NUMBER.findall(text)
    if signals and not NUMERALS.isdisjoint(signals):
        numerals = [word for word in words_in(text) if word[0] in "0123456789"]
    return [value for value in map(parse_number, numerals) if value is not None]


def _fractions(text: str) -> list[Value]:
    """The values of the quotients and powers of whole numbers that a text writes."""
    written: list[tuple[str, str]] = []
    if "/" in text:
        written += _QUOTIENT.findall(text)
    if "frac" in text:
        written += _FRACTION.findall(text)
    found = [as_value(Fraction(int(over), int(under))) for over, under in written if int(under)]
    if "^" in text:
        found += [int(base) ** int(exponent) for base, exponent in _POWER.findall(text)]
    return found


def _references(text: str, chinese: bool) -> tuple[list[str], list[str]]:
    """The labels of steps that a step refers to, and its own."""
    labels: list[str] = []
    references: list[str] = []
    if text[0] in "0123456789*(#Ss" and (numbered := _NUMBERED.match(text)):
        labels.append(numbered[1])
    end = text[-8:]
    may_end = chinese or (")" in end and end[-1] in ").,")
    if may_end and (label := _LABEL.search(end)):
        labels += filter(None, label.groups())
    may_refer = "#" in text or "step" in text or "Step" in text or "quation" in text
    if may_refer or ("(" in text and _MAY_REFER.search(text) is not None):
        references = [next(filter(None, groups)) for groups in _REFERENCE.findall(text)]
    if chinese:
        references += _CIRCLED.findall(text)
    if labels and references:
        references = [label for label in references if label not in labels]
    return references, labels


def _read_code(line: str, numerals: list[str], repeats: bool) -> Facts:
    """What a line of code uses and defines: names, by assignment."""
    names = frozenset(_IDENTIFIER.findall(line.partition("#")[0]))
    defines = _ASSIGNED.match(line) is not None
    return Facts(
        DERIVE if names else FILLER, [], [], [], [], names, defines, [], [], [], False, False,
        numerals, repeats,
    )  # fmt: skip


def topics(text: str, words: Sequence[str]) -> frozenset[str]:
    """The content words of a step or question, cut to a stem of six letters.

    Args:
        text: in plain notation.
        words: its words, as from `words_of`.

    Returns:
        English stems and, for Chinese, the pairs of neighbouring characters.
    """
    found = set(map(_STEMS.__getitem__, words))
    found.discard("")
    if not text.isascii():
        found |= chinese_pairs(text)
    return frozenset(found)


def chinese_pairs(text: str) -> set[str]:
    """The pairs of neighbouring Chinese characters: most Chinese words are such a pair."""
    return {run[at : at + 2] for run in _CJK.findall(text) for at in range(len(run) - 1)}


def _stem(word: str) -> str:
    """A content word in the singular, cut to six letters; nothing for one that has no topic."""
    if len(word) > 3 and word not in STOP_WORDS:
        word = word.removesuffix("'s")
        if word.endswith("s") and not word.endswith("ss"):
            word = word[:-1]
    says = len(word) > 2 and word not in STOP_WORDS and word.isalpha()
    return word[:6] if says else ""


_STEMS = Remembered(_stem)
