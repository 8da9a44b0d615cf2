"""What a chain starts from: whether it assumes its answer, and which given numbers it leaves out.

Both lean to silence. An answer is assumed only where the very first step that has its value
supposes it; a chain that tries values or argues by contradiction is another matter. A number of the
question counts as used in digits or words, as a percentage or as what such a one leaves.
"""

import re
from collections.abc import Callable, Collection, Sequence
from fractions import Fraction

from rbic.core.conclusions import answer_value
from rbic.core.lexicon import FILLER
from rbic.core.quantities import NUMBER, Value, as_value, magnitude, parse_number, quantities
from rbic.core.step_facts import Facts
from rbic.core.tokens import words_in

_ASSUMES = re.compile(
    r"\b(?:assum(?:e|es|ed|ing)|suppos(?:e|es|ing|ed(?! to\b))|presum(?:e|ed|ing))\b|假设|假定",
    re.IGNORECASE,
)
_STEMS = ("assum", "suppos", "presum", "假设", "假定")
# The letters of a list of options, each at the beginning of a word, and where a question is from.
_OPTION = re.compile(
    r"(?<![^\s\['\"$({（])([A-J])(?:\s?[)）]|[.．:、](?=\s*[-$\d])|(?<=\n.)[.．:、])"
)
_SOURCE = re.compile(
    r"[(（\[]([^()（）\[\]\n]{0,80}(?:AMC|AIME|Problem|Olympiad|Contest|Competition|杯|竞赛|真题|第\d+题)"
    r"[^()（）\[\]\n]{0,80})[)）\]]"
)
_MAX_ANSWERS = 2
_SMALL = frozenset((0, 1, 2))


def assumes_answer(
    facts: Sequence[Facts], texts: Sequence[str], stated: str | None, given: Callable[[Value], bool]
) -> bool:
    """Whether a chain supposes the answer before anything gives it, and then concludes it.

    Args:
        facts: what each step uses and gives.
        texts: the steps.
        stated: the answer that the chain states; None takes what its last step says.
        given: whether the question gives a value.
    """
    said = "\n".join(texts).lower()
    if not any([stem in said for stem in _STEMS]):
        return False
    answers = {value for value in _concluded(facts, stated) if value > 1 and not given(value)}
    if not 0 < len(answers) <= _MAX_ANSWERS:
        return False
    for index, (step, text) in enumerate(zip(facts, texts, strict=True)):
        if answers.isdisjoint(map(magnitude, (*step.results, *step.values, *step.fractions))):
            continue
        supposed = _ASSUMES.search(text)
        if supposed is None or index == len(facts) - 1:
            return False
        after = map(parse_number, NUMBER.findall(text, supposed.end()))
        return not answers.isdisjoint(after) or bool(step.fractions)
    return False


def _concluded(facts: Sequence[Facts], stated: str | None) -> set[Value]:
    """The magnitudes of the values that a chain concludes."""
    value = answer_value(stated) if stated else None
    if value is not None:
        return {magnitude(value)}
    for step in reversed(facts):
        if step.role is not FILLER and (step.results or step.values or step.fractions):
            found = step.results[-1:] or step.fractions or step.values
            return set(map(magnitude, found))
    return set()


def premise_numerals(question: str) -> list[str]:
    """The numerals of a question that may be premises, as they stand there.

    Args:
        question: in plain notation.

    Returns:
        Those that stand neither in a list of options at its end (`(A) 12 (B) 15`, a letter a line)
        nor in a bracket that says where it is from (`(2019 AMC 8 Problems, Question #18)`).
    """
    marks = list(_OPTION.finditer(question))
    letters = "".join([mark[1] for mark in marks])
    # The list is the last run from A on: A. may begin a sentence before it.
    begin = letters.rfind("AB")
    if begin >= 0 and letters[begin:] == "ABCDEFGHIJ"[: len(letters) - begin]:
        # What is a list from the start on (two cases) is no list of options.
        question = question[: marks[begin].start()].strip(" (") or question
    return NUMBER.findall(_SOURCE.sub(" ", question))


def left_out(asked: Collection[str], plain: str, options: Sequence[str] | None) -> float:
    """The share of a question's numbers that a chain does not use.

    Args:
        asked: the numerals of the question in digits, as they stand there.
        plain: the chain in plain notation.
        options: the options of a multiple choice, whose numbers are no premises.

    Returns:
        The share in [0, 1] of the numbers above 2; 0 where there are none.
    """
    written = NUMBER.findall(plain)
    if set(written).issuperset(asked):
        return 0.0
    numbers = {value for value in map(parse_number, asked) if value is not None} - _SMALL
    if options:
        numbers.difference_update(*[map(parse_number, NUMBER.findall(text)) for text in options])
    if not numbers:
        return 0.0
    said = set(map(parse_number, written))
    missing = {value for value in numbers - said if not _is_used(value, said)}
    if missing:
        read = quantities(words_in(plain)) | said
        missing = {value for value in missing if not _is_used(value, read)}
    return len(missing) / len(numbers)


def _is_used(value: Value, read: set[Value | None]) -> bool:
    """Whether a number was read: itself, as a percentage, or the rest of one."""
    share = as_value(Fraction(value) / 100)
    return not read.isdisjoint((value, 100 - value, 100 + value, share, 1 - share, 1 + share))
