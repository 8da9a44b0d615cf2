"""Whether two answers are the same: right, wrong, or undecidable, and by which rule.

Most pairs are decided here, without a computer algebra system: equal texts, exact values with their
units, lists, tuples, sets, intervals, relations, matrices, options of a multiple choice, yes and
no, names. Nothing is called right on a doubt:

- decimals that only agree after rounding to fewer than four significant digits,
- a bare list in another order, where nothing says that the order is free,
- the same number of something else, or with and without a percent sign below 1

are undecidable. What the grammar cannot read is undecidable with the method `unread`; the checker
of `rbic.models.checker` hands those pairs to a computer algebra system in a process it can kill.
"""

from collections.abc import Sequence

from rbic.core.answers.choices import compare_choices, compare_letters
from rbic.core.answers.comparison import compare_forms
from rbic.core.answers.compounds import read_compound
from rbic.core.answers.forms import Group, Quantity, TooLarge
from rbic.core.answers.judgement import Judgement, Method, right, undecidable, wrong
from rbic.core.answers.lookalikes import compare_lookalikes
from rbic.core.answers.notations import compare_as_written, compare_enclosed, compare_notations
from rbic.core.answers.readings import (
    is_all_reals,
    is_empty_set,
    number_in_words,
    reading,
    with_decimal_point,
    with_items,
    with_unit,
)
from rbic.core.answers.respelling import respelled
from rbic.core.answers.text import compact, plain_form
from rbic.core.answers.values import names
from rbic.core.answers.words import compare_words, is_words, may_be_number, polarity
from rbic.schema import Verdict

LONGEST = 2_000
"""Answers of more characters are compared as texts only."""


def compare_answers(gold: str, given: str, options: Sequence[str] | None = None) -> Judgement:
    """Compare an answer to the reference.

    Args:
        gold: the reference answer: a letter, a value, an expression, words.
        given: the answer to judge.
        options: the options of a multiple choice, A first; None for other questions.

    Returns:
        The verdict and the rule that decided. Symmetric in `gold` and `given` but for what only
        one of them can be, an option's content.
    """
    if max(len(gold), len(given)) > LONGEST:
        same = gold.strip() == given.strip()
        return right(Method.TEXT) if same else undecidable(Method.TOO_LONG)
    if options:
        chosen = compare_choices(gold, given, options, _compare_texts)
        if chosen is not None:
            return chosen
    return _compare_texts(gold, given)


def _compare_texts(gold: str, given: str) -> Judgement:
    """Compare two answers that need no options."""
    one, other = plain_form(gold), plain_form(given)
    if not one or not other:
        return undecidable(Method.NO_ANSWER)
    enclosed = compare_enclosed(gold, given)
    if enclosed is not None:
        return enclosed
    if compact(one) == compact(other):
        return right(Method.TEXT)
    first, second = polarity(one), polarity(other)
    if first is not None and second is not None:
        return right(Method.POLARITY) if first == second else wrong(Method.POLARITY)
    return (
        compare_as_written(gold, given)
        or compare_notations(one, other)
        or _compare_contents(gold, given, one, other)
    )


def _compare_contents(gold: str, given: str, one: str, other: str) -> Judgement:
    """Compare two answers by what they say: an option's letter, words, a value."""
    if is_empty_set(one) and is_empty_set(other):
        return right(Method.REGION)
    lettered = compare_letters(gold, given)
    if lettered is not None and lettered.verdict is not Verdict.UNDECIDABLE:
        return lettered
    kinds = compare_lookalikes(one, other) or _compare_kinds(one, other, lettered)
    if kinds is not None:
        return kinds
    if polarity(one) is not None or polarity(other) is not None:
        # "Yes" before a number may be said in passing.
        return undecidable(Method.KIND)
    try:
        judged = _compare_readings(one, other)
    except TooLarge:
        judged = undecidable(Method.TOO_COMPLEX)
    if lettered is None or judged.verdict is Verdict.RIGHT or _of_the_same_letter(one, other):
        return judged
    return lettered


def _of_the_same_letter(one: str, other: str) -> bool:
    """Whether a letter stands beside an expression in it, as E beside 2E: a variable, no option."""
    letter, expression = sorted((one.replace('"', "").strip(), other), key=len)
    form = reading(expression)
    return form is not None and letter in names(form)


def _compare_readings(one: str, other: str) -> Judgement:
    """Compare two answers by the trees they are read as."""
    judged = _compare_trees(one, other)
    if judged.verdict is Verdict.RIGHT:
        return judged
    again = _compare_compounds(one, other) or _compare_respelled(one, other)
    if again is not None:
        return again
    first = with_decimal_point(one, other) or with_items(one, reading(other))
    second = with_decimal_point(other, one) or with_items(other, reading(one))
    if first or second:
        again = _compare_trees(first or one, second or other)
        return again if again.verdict is Verdict.RIGHT else judged
    if judged.verdict is Verdict.WRONG:
        return _compare_letter_units(one, other) or judged
    return judged


def _compare_respelled(one: str, other: str) -> Judgement | None:
    """Compare two answers of which one has a numeral of another custom: 1.234,56, 10C3.

    Returns:
        A judgement, or None where neither has, or it may be something else and then differs.
    """
    spelled = respelled(one), respelled(other)
    if spelled == (None, None):
        return None
    (first, sure), (second, also_sure) = (
        (text, True) if found is None else found
        for text, found in zip((one, other), spelled, strict=True)
    )
    judged = _compare_trees(first, second)
    if sure and also_sure:
        return judged
    return undecidable(Method.KIND) if judged.verdict is Verdict.RIGHT else None


def _compare_compounds(one: str, other: str) -> Judgement | None:
    """Compare two answers of which one has several units: 1 hour 30 minutes beside 90 minutes.

    Returns:
        A judgement, or None where neither has, or the other is a list: 5 m and 3 cm may be two
        answers.
    """
    compounds = read_compound(one), read_compound(other)
    if compounds == (None, None):
        return None
    first, second = (
        reading(with_unit(text) or text) if compound is None else compound
        for text, compound in zip((one, other), compounds, strict=True)
    )
    if isinstance(first, Group) or isinstance(second, Group):
        return None
    if first is None or second is None:
        return undecidable(Method.UNREAD)
    return compare_forms(first, second)


def _compare_letter_units(one: str, other: str) -> Judgement | None:
    """Compare two answers of which one has a letter as its unit: 5 m beside 5, or 5g beside 5克.

    Returns:
        A judgement, or None where that is no reading of them. A letter that no space parts from
        its numeral may be a variable that the other answer lacks: undecidable.
    """
    with_units = with_unit(one), with_unit(other)
    if (with_units[0] is None) == (with_units[1] is None):
        return None
    quantity, written = (with_units[0], one) if with_units[0] else (with_units[1] or "", other)
    plain = other if with_units[0] else one
    form = reading(plain)
    if form is None or names(form):
        return None
    judged = _compare_trees(quantity, plain)
    if judged.verdict is not Verdict.RIGHT or isinstance(form, Quantity) or " " in written:
        return judged
    return undecidable(Method.UNIT)


def _compare_trees(one: str, other: str) -> Judgement:
    first, second = reading(one), reading(other)
    if first is None or second is None:
        return undecidable(Method.UNREAD)
    return compare_forms(first, second)


def _compare_kinds(one: str, other: str, lettered: Judgement | None) -> Judgement | None:
    """Compare two answers of which one is words: a number is no name, a letter may stand for one.

    Returns:
        A judgement, or None where neither is words, or one may be a number, or a yes or no.
    """
    worded = [is_words(text) and not is_all_reals(text) for text in (one, other)]
    if all(worded):
        numbers = number_in_words(one) and number_in_words(other)
        return None if numbers else compare_words(one, other)
    if not any(worded):
        return None
    if lettered is not None:
        return lettered
    words, value = (one, other) if worded[0] else (other, one)
    if may_be_number(words) or polarity(words) is not None:
        return None
    try:
        return wrong(Method.KIND) if reading(value) else undecidable(Method.UNREAD)
    except TooLarge:
        return undecidable(Method.TOO_COMPLEX)
