"""Multiple choice: which options an answer names, by letter or by content."""

import re
from collections.abc import Callable, Sequence

from rbic.core.answers.judgement import Judgement, Method, right, undecidable, wrong
from rbic.core.answers.text import plain_form
from rbic.schema import Verdict

LETTERS = "ABCDEFGHIJ"

_LEAD = (
    r"(?:(?:option|choice|answer|statement|sentence|item|选项|选择|选|答案)s?"
    r"\s*(?:is|are|是|为)?\s*:?\s*)?"
)
_LETTER = r"[\(\[\"]*\s*([A-J])\s*[\)\]\"]*"
_ONE = re.compile(rf"{_LEAD}{_LETTER}\s*(?:项|选项)?", re.IGNORECASE)
_SEVERAL = re.compile(
    rf"{_LEAD}([\(\[]?[A-J][\)\]]?(?:\s*(?:,|;|and|&|和|与|及|\s|)\s*[\(\[]?[A-J][\)\]]?)+)"
)
_WITH_TEXT = re.compile(
    rf"(?:[^A-Za-z]*=\s*)?{_LEAD}(?:[(\[]\s*([A-J])\s*[)\]][.:,]?|([A-J])\s*[.:)\],])\s*(.+)",
    re.DOTALL,
)
_LETTER_ONLY = re.compile(r"[A-Za-z]")
_BEFORE_TEXT = re.compile(r"([A-J])\s+[A-Z0-9\"\\(].*", re.DOTALL)

Compare = Callable[[str, str], Judgement]


def letters(text: str) -> str | None:
    """The letters that an answer consists of: "B", "(B)", "Option B", "选项B", "BD", "B and D".

    Args:
        text: an answer.

    Returns:
        The letters, or None where the answer is something else or they are not in ascending order.
    """
    plain = plain_form(text).replace('"', " ").strip("{} ")
    if match := _ONE.fullmatch(plain):
        letter = match.group(1)
        return letter.upper() if letter.isupper() or len(plain) > 1 else None
    if match := _SEVERAL.fullmatch(plain):
        found = "".join(re.findall(r"(?<![a-z])[A-J](?![a-z])", match.group(1)))
        # CBAD is an order, and so may be "C, A".
        return found if found == "".join(sorted(set(found))) else None
    return None


def _with_text(text: str) -> tuple[str, str] | None:
    """The letter and the text of "B. 25", "(B) Alina" or "B: 25"."""
    plain = plain_form(text).replace('"', " ").strip()
    match = _WITH_TEXT.fullmatch(plain)
    if match is None or _SEVERAL.fullmatch(plain):
        return None
    return match.group(1) or match.group(2), match.group(3)


def _named(text: str, options: Sequence[str], compare: Compare) -> str | Judgement | None:
    """The letters of the options that an answer names; None where it names none.

    A judgement says that this cannot be decided.
    """
    known = LETTERS[: len(options)]
    found = letters(text)
    if found is not None and all(letter in known for letter in found):
        return found
    lettered = _with_text(text)
    if lettered and lettered[0] in known:
        letter, content = lettered
        judged = compare(options[known.index(letter)], content)
        return letter if judged.verdict is not Verdict.WRONG else undecidable(Method.CHOICE)
    judged_options = [compare(option, text).verdict for option in options]
    if judged_options.count(Verdict.RIGHT) == 1:
        return known[judged_options.index(Verdict.RIGHT)]
    if all(verdict is Verdict.WRONG for verdict in judged_options):
        return None
    return undecidable(Method.CHOICE)


def compare_choices(
    gold: str, given: str, options: Sequence[str], compare: Compare
) -> Judgement | None:
    """Compare two answers to a multiple choice, each a letter or an option's content.

    Args:
        gold: the reference answer.
        given: the answer to judge.
        options: what stands beside A, B, ...
        compare: compares two answers that are no letters.

    Returns:
        A judgement, or None where the reference names no option.
    """
    chosen = _named(gold, options, compare)
    if chosen is None:
        return None
    other = _named(given, options, compare)
    if isinstance(chosen, Judgement):
        return None
    if isinstance(other, Judgement):
        return other
    return right(Method.CHOICE) if chosen == other else wrong(Method.CHOICE)


def compare_letters(gold: str, given: str) -> Judgement | None:
    """Compare two answers of which one is letters, when the options are not known.

    Returns:
        A judgement, or None where neither is letters.
    """
    one, other = letters(gold), letters(given)
    if one is None and other is None:
        return None
    if one and other:
        return right(Method.CHOICE) if one == other else wrong(Method.CHOICE)
    known, text = (one, given) if one else (other or "", gold)
    alone = plain_form(text)
    if len(known) == 1 and _LETTER_ONLY.fullmatch(alone) and alone.upper() != known:
        return wrong(Method.CHOICE)
    lettered = _with_text(text)
    letter = lettered[0] if lettered else None
    if letter is None and (match := _BEFORE_TEXT.fullmatch(plain_form(text))):
        letter = match.group(1)
    if letter is None:
        return undecidable(Method.CHOICE)
    return right(Method.CHOICE) if letter == known else wrong(Method.CHOICE)
