"""The result of a comparison in sentences: what it shows, and what it does not. All is computed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import stdev
from typing import NamedTuple

from rbic.core.arms import ENOUGH_SEEDS, lending_budget, lends
from rbic.core.comparison import BASE, DOMAIN, FULL, OURS, RANDOM, Arm, Comparison, Difference
from rbic.core.guard import Guarded, guard
from rbic.core.trials import REPEATED
from rbic.report.comparison_rows import (
    MOST_NAMES,
    Finding,
    Loss,
    Row,
    budget_words,
    finding,
    loss_to_full,
    method_words,
    named,
    p_words,
    points,
    points_range,
    rows_of,
    seconds,
    share,
    shares,
    turned,
)
from rbic.report.words import counted

NO_PREFERENCE = "no_preference"
_WITHOUT_PREFERENCE = "contribution.gamma=0 select.need=0"

_UNEVEN = 1.25
"""Seconds a token of one arm over those of another that go beyond how samples are packed."""


@dataclass(frozen=True)
class Focus:
    """What the sentences are about."""

    method: str
    budget: float
    variants: Mapping[str, str] = field(default_factory=dict)
    """Variants of rbic, by name the settings that each changes."""
    in_pool: int = 0
    """Held-out problems whose question the pool has too."""
    left: int = 0
    """Trials that are still to be run."""


class Advice(NamedTuple):
    """What the no-harm guard says to refine with."""

    found: Guarded
    """The best setting, and what the advice rests on."""
    advised: str
    """rbic, one of its variants, or no_preference."""
    settings: str
    """As for a command line; empty for the settings of the run."""


def advice(comparison: Comparison, focus: Focus) -> Advice | None:
    """The guard's advice at the budget of the focus; None where it cannot be tested."""
    found = guard(comparison, focus.budget, [OURS, *focus.variants])
    if found is None:
        return None
    if not found.is_earned:
        return Advice(found, NO_PREFERENCE, _WITHOUT_PREFERENCE)
    return Advice(found, found.method, focus.variants.get(found.method, ""))


def headline(comparison: Comparison, focus: Focus) -> str:
    """One line: the accuracy of the focus, and of full."""
    row = _row(comparison, focus)
    name = method_words(focus.method)
    at = f"{name} on {budget_words(focus.budget)} of the tokens"
    full = _arm_of(comparison, FULL)
    line = f"{at}: {share(row.arm.accuracy.value)} right"
    if full is not None:
        line += f", full data {share(full.arm.accuracy.value)}"
    return line + f" (so far, {counted(focus.left, 'trial')} left)" * (focus.left > 0)


def results(comparison: Comparison, focus: Focus) -> list[str]:
    """What the comparison shows, the most important first."""
    row = _row(comparison, focus)
    others = [
        one
        for one in rows_of(comparison)
        if one.arm.budget == focus.budget and one.arm.method not in (focus.method, FULL, BASE)
    ]
    said = [
        _against_full(comparison, row),
        _against_random(comparison, row),
        _against_others(comparison, focus),
        _methods_and_random(comparison, [row, *others]),
        *_with_less(comparison, focus),
        guarded(comparison, focus),
        _cost(row),
        _worst_domain(comparison, row),
        _forgetting(comparison, row),
    ]
    return [one for one in said if one]


def limits(comparison: Comparison, focus: Focus) -> list[str]:
    """What the comparison does not show."""
    row = _row(comparison, focus)
    said = []
    if focus.left:
        said.append(
            f"This is what is there so far, with {counted(focus.left, 'trial')} still to be run: "
            "arms are missing or have fewer seeds than they will have, and a comparison that is "
            "ended when a p-value pleases has p-values that are too small."
        )
    if row.random is not None:
        said.append(_missed(comparison, row.random))
    if focus.in_pool:
        said.append(
            f"{share(focus.in_pool / comparison.problems)} of the problems, {focus.in_pool:,} of "
            f"{comparison.problems:,}, have a question that the pool has too: their answers may be "
            "remembered."
        )
    said.append(_seeds(comparison))
    said += [*_lent(comparison, focus), *_uneven_seconds(comparison, focus)]
    large = [
        one.problems >= comparison.rule.min_problems for one in row.arm.by_group.get(DOMAIN, ())
    ]
    if sum(large) > 1:
        said.append(
            "The worst of several domains is low by chance, too, and its interval does not say so; "
            "that of another method may be another domain."
        )
    budgets = {one.budget for one in comparison.against_random}
    said.append(
        "p-values are corrected for the number of methods (Holm)"
        + (", for variants and long controls apart" if comparison.aside else "")
        + (", within each budget and not across budgets" if len(budgets) > 1 else "")
        + "; intervals are not, and of many some miss by chance."
    )
    said.append(
        "All trials tuned one model on one pool. Another model or pool can rank the methods "
        "otherwise; these numbers say nothing of it."
    )
    return said


def guarded(comparison: Comparison, focus: Focus) -> str:
    """Which settings to take; empty where stratified random does not say what none is worth."""
    given = advice(comparison, focus)
    if given is None:
        return ""
    found = given.found
    text = "No-harm guard: "
    if focus.variants:
        text += (
            f"of {counted(found.tried, 'setting')} tried, {method_words(found.method)} is best, "
        )
    text += (
        f"{points(found.gain.value)} points to stratified random ({points_range(found.gain)}; "
        f"one-sided p {p_words(found.p)}"
        + f", corrected for {found.tried} settings" * (found.tried > 1)
        + "). "
    )
    if given.advised == NO_PREFERENCE:
        return text + (
            "No preference is shown to pay, which does not show that none does: refine with "
            f"{given.settings}."
        )
    return text + f"Refine with {given.settings or 'the present settings'}."


def _missed(comparison: Comparison, own: Difference) -> str:
    """How large differences are that hide within noise."""
    least = sorted(
        min(100.0, 100 * one.detectable)
        for one in comparison.against_random
        if one.budget == own.budget and one.method not in {*comparison.aside} - {own.method}
    )
    size = f"{least[0]:.1f}"
    if f"{least[-1]:.1f}" != size:
        size += f" (of some methods {least[-1]:.1f})"
    return (
        f"A difference to random of less than {size} points would be missed more often than in "
        f"{share(1 - comparison.rule.power, 0)} of such comparisons: within noise does not mean "
        "equal."
    )


def _lent(comparison: Comparison, focus: Focus) -> list[str]:
    """Which arms at the budget of the focus, and full, are lent what seeds change, and by whom."""
    near = [one for one in comparison.arms if one.budget == focus.budget or one.method == FULL]
    single = [one for one in near if len(one.seeds) == 1]
    lenders = [one for one in comparison.arms if lends(one.method, len(one.seeds))]
    if not lenders:
        return [
            f"With one seed only: {named(one.method for one in single)}. What another seed would "
            "change is not in the interval, which is too narrow, nor in the p-values, which are "
            "too small."
        ] * bool(single)
    said = []
    lending = {one.budget for one in lenders}
    for budget in sorted({lending_budget(one.budget, lending) for one in single}):
        lent = [one for one in single if lending_budget(one.budget, lending) == budget]
        text = (
            f"With one seed only: {named(one.method for one in lent)}. What another seed would "
            f"change is taken from the arms of {budget_words(budget)} with more seeds: as much as "
            f"in three of four of them at most. {_moved(lenders, budget)}"
        )
        if budget > min(one.budget for one in lent):
            text += " Seeds change less at larger budgets, so that is too little here."
        said.append(text)
    own = [len(one.seeds) for one in lenders if one.budget == focus.budget]
    if len(own) > 1 and min(own) < ENOUGH_SEEDS and not comparison.rule.seeds_pair:
        said.append(
            f"Fewer than {ENOUGH_SEEDS} seeds may agree by chance: an arm with so few, but full, "
            "is taken to vary at least as much as three of four arms of "
            f"{budget_words(focus.budget)} do at most. {_moved(lenders, focus.budget)}"
        )
    return said


def _moved(lenders: Sequence[Arm], budget: float) -> str:
    """By how much seeds move accuracy: their standard deviation, over the arms of a budget."""
    spread = sorted(100 * stdev(one.seed_accuracy) for one in lenders if one.budget == budget)
    ends = " to ".join(dict.fromkeys(f"{one:.1f}" for one in (spread[0], spread[-1])))
    return f"There seeds move accuracy by {ends} points."


def _uneven_seconds(comparison: Comparison, focus: Focus) -> list[str]:
    """A word on seconds, where training took longer for as many tokens."""
    rate = sorted(
        one.train_seconds / one.train_tokens
        for one in comparison.arms
        # What is repeated trains on more, and loads the model once as all others do.
        if one.budget == focus.budget and one.method != REPEATED and one.train_tokens
    )
    if not rate or not 0 < _UNEVEN * rate[0] < rate[-1]:
        return []
    return [
        f"At {budget_words(focus.budget)} some arms took {rate[-1] / rate[0]:.1f} times as long as "
        "others for each token: machines differ, or did other work, and shares of time are no "
        "surer than that."
    ]


def _seeds(comparison: Comparison) -> str:
    """What the intervals hold."""
    numbers = sorted({len(one.seeds) for one in comparison.arms if one.method != BASE})
    span = f"{numbers[0]}" if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"
    noun = "seed" if numbers == [1] else "seeds"
    drawn = "jointly for arms with the same seeds" if comparison.rule.seeds_pair else "in each arm"
    return (
        f"The {share(comparison.rule.confidence, 0)} intervals hold what other problems of this "
        f"kind and other seeds would change: {comparison.rule.resamples:,} resamples of "
        f"{counted(comparison.problems, 'problem')}, drawn once for all arms, and of {span} {noun} "
        f"an arm, drawn {drawn}."
    )


def _row(comparison: Comparison, focus: Focus) -> Row:
    for row in rows_of(comparison):
        if (row.arm.method, row.arm.budget) == (focus.method, focus.budget):
            return row
    tried = sorted({(one.method, one.budget) for one in comparison.arms})
    raise ValueError(
        f"compare: there is no trial of {focus.method} at {focus.budget}; tried were {tried}"
    )


def _arm_of(comparison: Comparison, method: str, budget: float | None = None) -> Row | None:
    for row in rows_of(comparison):
        if row.arm.method == method and budget in (None, row.arm.budget):
            return row
    return None


def _against_full(comparison: Comparison, row: Row) -> str:
    if row.full is None:
        return "Full data was not tried, so the loss to it is unknown."
    loss, margin = row.full.relative_loss, share(comparison.rule.margin, 2)
    name = method_words(row.arm.method)
    if loss is None:
        return "Full data solves too little for a relative loss to mean anything."
    how = "loses" if loss.value >= 0 else "gains"
    bounds = sorted((abs(loss.low), abs(loss.high))) if loss.low * loss.high > 0 else None
    span = (
        f"{share(bounds[0])} to {share(bounds[1])}"
        if bounds
        else f"between a gain of {share(-loss.low)} and a loss of {share(loss.high)}"
    )
    verdict = {
        Loss.EQUAL: f"It is equal to full data within the margin of {margin} "
        f"(p {p_words(row.full.equivalence_p_holm)}).",
        Loss.NOT_WORSE: f"It loses less than the margin of {margin} "
        f"(p {p_words(row.full.not_worse_p_holm)}).",
        Loss.LARGER: f"That is more than the margin of {margin}.",
        Loss.OPEN: f"Whether it stays within the margin of {margin} is undecided.",
    }[loss_to_full(row.full, comparison.rule)]
    return f"{name} {how} {share(abs(loss.value))} of full data's accuracy ({span}). {verdict}"


def _against_random(comparison: Comparison, row: Row) -> str:
    if row.arm.method == RANDOM:
        return ""
    if row.random is None:
        return "Random was not tried at this budget, so nothing shows that choosing pays."
    difference, name = row.random, method_words(row.arm.method)
    is_aside = difference.method in comparison.aside
    family = sum(
        one.budget == difference.budget and (one.method in comparison.aside) == is_aside
        for one in comparison.against_random
    )
    corrected = f", {p_words(difference.p_holm)} corrected for {family} methods" * (family > 1)
    facts = (
        f"{points(difference.points.value)} points, {points_range(difference.points)}, "
        f"p {p_words(difference.p)}{corrected}"
    )
    result = finding(difference, comparison.rule)
    if result is Finding.NOISE:
        return f"{name} and random are not told apart ({facts})."
    return f"{name} is {result.value} than random at equal tokens ({facts})."


def _against_others(comparison: Comparison, focus: Focus) -> str:
    """Which of the other methods the focus is told apart from."""
    found: dict[Finding, list[str]] = {one: [] for one in Finding}
    for pair in comparison.pairs:
        if pair.budget != focus.budget or focus.method not in (pair.method, pair.other):
            continue
        if not {pair.method, pair.other}.isdisjoint(comparison.aside):
            continue
        own = pair if pair.method == focus.method else turned(pair)
        found[finding(own, comparison.rule)].append(own.other)
    total = sum(len(one) for one in found.values())
    if total < 2:
        return ""
    text = (
        f"Against each of the {total} other methods at {budget_words(focus.budget)}, corrected for "
        f"all pairs: better than {len(found[Finding.BETTER])}"
    )
    if found[Finding.WORSE]:
        text += f", worse than {named(found[Finding.WORSE])}"
    if found[Finding.NOISE]:
        text += f", not told apart from {named(found[Finding.NOISE])}"
    return text + "."


def _methods_and_random(comparison: Comparison, rows: Sequence[Row]) -> str:
    """How the methods of one budget stand to random."""
    found: dict[Finding, list[Difference]] = {one: [] for one in Finding}
    for row in rows:
        if row.random is not None and row.arm.method not in comparison.aside:
            found[finding(row.random, comparison.rule)].append(row.random)
    total = sum(len(one) for one in found.values())
    if total < 2:
        return ""
    better = named(one.method for one in found[Finding.BETTER]) or "none"
    return (
        f"Of {total} methods at {budget_words(rows[0].arm.budget)}, {len(found[Finding.BETTER])} "
        f"beat random ({better}), {len(found[Finding.NOISE])} lie within noise of it and "
        f"{len(found[Finding.WORSE])} fall below it."
    )


def _with_less(comparison: Comparison, focus: Focus) -> list[str]:
    """How our method at smaller budgets stands to the others at that of the focus."""
    said = []
    for budget in sorted({one.budget for one in comparison.with_less}, reverse=True):
        found: dict[Finding, list[str]] = {one: [] for one in Finding}
        for one in comparison.with_less:
            if (one.budget, one.other_budget) == (budget, focus.budget):
                found[finding(one, comparison.rule)].append(one.other)
        total = sum(len(one) for one in found.values())
        if not total:
            continue
        better = found[Finding.BETTER]
        text = (
            f"With less: {OURS} on {budget_words(budget)} is better than {len(better)} of {total} "
            f"methods on {budget_words(focus.budget)}"
        )
        if 0 < len(better) <= MOST_NAMES:
            text += f" ({named(better)})"
        if found[Finding.WORSE]:
            text += f", worse than {named(found[Finding.WORSE])}"
        if found[Finding.NOISE]:
            text += f", not told apart from {named(found[Finding.NOISE])}"
        said.append(text + ".")
    return said


def _cost(row: Row) -> str:
    arm = row.arm
    if arm.time_share is None or arm.time_share_with_selection is None:
        return ""
    text = (
        f"Training took {seconds(arm.train_seconds)}, {share(arm.time_share)} of full data's time"
    )
    if arm.selection_seconds:
        text += (
            f"; with {seconds(arm.selection_seconds)} of choosing the rows, "
            f"{share(arm.time_share_with_selection)}"
        )
    return text + ". What the steps before cost, once for all methods, is not in it."


def _worst_domain(comparison: Comparison, row: Row) -> str:
    worst = row.arm.worst_domain
    if worst is None:
        return ""
    text = (
        f"Its worst domain is {worst.group}: {share(worst.accuracy.value)} "
        f"({shares(worst.accuracy)}) on {counted(worst.problems, 'problem')}"
    )
    for method in (RANDOM, FULL):
        budget = row.arm.budget if method == RANDOM else None
        other = _arm_of(comparison, method, budget)
        if other is not None and other.arm.method != row.arm.method:
            own = next(one for one in other.arm.by_group[DOMAIN] if one.group == worst.group)
            text += f"; {method} there {share(own.accuracy.value)}"
            least = other.arm.worst_domain
            if least is not None and least.group != worst.group:
                text += f" and at worst {share(least.accuracy.value)} ({least.group})"
    return text + "."


def _forgetting(comparison: Comparison, row: Row) -> str:
    easy, forgetting = comparison.easy, row.arm.forgetting
    if easy is None or forgetting is None:
        return ""
    which = "that the untuned model solves" if easy.basis == "base" else "of the lowest level"
    text = (
        f"Of {counted(easy.problems, 'problem')} {which}, it gets {share(forgetting.value)} wrong "
        f"({shares(forgetting)})"
    )
    for method in (RANDOM, FULL):
        other = _arm_of(comparison, method, row.arm.budget if method == RANDOM else None)
        if other is not None and other.arm.method != row.arm.method and other.arm.forgetting:
            text += f"; {method} {share(other.arm.forgetting.value)}"
    return text + "."
