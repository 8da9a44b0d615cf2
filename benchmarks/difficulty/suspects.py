"""Wrong references planted in the sample corpus: how many are suspected, and how many false alarms.

    python -m benchmarks.difficulty.suspects [--rows 600] [--attempts 16]

A third of the rows has a chain with a slip whose wrong result is also the reference; a third has a
right chain and a reference that is off by a little; a third is right in both. The sample model
answers every question. Prints, for several numbers of attempts, the share of each third that the
rule of rbic.evidence suspects; by steps, since a model suspects only what it can solve.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

import numpy as np

from benchmarks.sample.corpus import CorpusConfig, FaultRates, Layout, Row, make_rows
from benchmarks.sample.faults import Fault
from benchmarks.sample.pass_rates import SamplingConfig, sample_replies
from rbic.core.chains import analyse_chain
from rbic.core.integrity import ChainRule
from rbic.core.suspects import agreed_answer
from rbic.models.checker import Checker, CheckRule, Judged
from rbic.sample import model_dir
from rbic.schema import Verdict

_SEED = 1001


class Kind(StrEnum):
    """What was done to a row."""

    SLIP = "slip in chain and reference"
    REFERENCE = "wrong reference only"
    NONE = "nothing wrong"


@dataclass(frozen=True)
class Planted:
    """A row and its reference answer."""

    row: Row
    reference: str
    kind: Kind


def plant(count: int) -> list[Planted]:
    """So many rows, a third of each kind, in the order in which the corpus was drawn."""
    mix = FaultRates(wrong=0.4, broken_off=0, repeated=0, rambling=0, tangent=0, leap=0,
                     exact_duplicate=0, near_duplicate=0)  # fmt: skip
    rows = make_rows(CorpusConfig(seed=_SEED, rows={Layout.STORIES: 4 * count}, faults=mix))
    slipped = (row for row in rows[Layout.STORIES] if row.truth.fault is Fault.WRONG)
    sound = (row for row in rows[Layout.STORIES] if row.truth.fault is Fault.NONE)
    each = count // 3
    planted = [Planted(row, str(row.stated_answer), Kind.SLIP) for row in islice(slipped, each)]
    for i, row in enumerate(islice(sound, each)):
        off = (1, -1, 10, 2)[i % 4]
        planted.append(Planted(row, str(row.truth.answer + off), Kind.REFERENCE))
    planted += [Planted(row, str(row.truth.answer), Kind.NONE) for row in islice(sound, each)]
    return planted


def contradicted(one: Planted) -> bool:
    """Whether the chain concludes otherwise than the reference, as the step `chains` finds."""
    chain = f"{one.row.chain}\n#### {one.row.stated_answer}"
    found = analyse_chain(one.row.question, chain, one.reference, None, ChainRule())
    return found.contradicted


def suspected(judged: Sequence[Judged], contradicts: bool) -> tuple[bool, bool]:
    """Whether the attempts agree on something else, and whether the row is suspect for any cause.

    Mirrors rbic.evidence.Known.suspect_N.
    """
    right = sum(one.verdict is Verdict.RIGHT for one in judged)
    wrong = [one.final_answer for one in judged if one.verdict is Verdict.WRONG]
    agreed = agreed_answer(wrong, right) is not None
    return agreed, agreed or (contradicts and right == 0)


def judge(planted: Sequence[Planted], attempts: int) -> list[list[Judged]]:
    """The verdicts on the sample model's attempts at each row."""
    replies = sample_replies(
        model_dir(), [one.row.question for one in planted], SamplingConfig(samples=attempts)
    )
    checker = Checker(CheckRule())
    return [
        checker.check([one.reference] * attempts, texts, [None] * attempts)
        for one, texts in zip(planted, replies.texts, strict=True)
    ]


def main() -> None:
    """Plant, answer, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=600)
    parser.add_argument("--attempts", type=int, default=16)
    arguments = parser.parse_args()
    planted = plant(arguments.rows)
    judged = judge(planted, arguments.attempts)
    contradicts = [contradicted(one) for one in planted]
    steps = np.array([one.row.truth.steps for one in planted])
    print("| attempts | rows | steps | n | attempts agree | chain contradicts | suspect |")
    for attempts in (4, 8, 16):
        if attempts > arguments.attempts:
            break
        found = np.array(
            [
                suspected(own[:attempts], other)
                for own, other in zip(judged, contradicts, strict=True)
            ]
        )
        for kind in Kind:
            of_kind = np.array([one.kind is kind for one in planted])
            for low, high in ((1, 2), (3, 8), (1, 8)):
                here = of_kind & (steps >= low) & (steps <= high)
                agree, suspect = found[here].mean(axis=0)
                contradict = np.array(contradicts)[here].mean()
                print(f"| {attempts} | {kind} | {low}-{high} | {here.sum()} | {agree:.3f} | "
                      f"{contradict:.3f} | {suspect:.3f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
