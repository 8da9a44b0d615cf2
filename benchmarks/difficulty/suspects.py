"""Wrong references planted among right ones: how many are suspected, and how many false alarms.

    python -m benchmarks.difficulty.suspects [--rows 800] [--attempts 16] [--half 1]

Half of the rows is right; the others are wrong in four ways (planted.py). The sample model answers
every question. Prints, for several numbers of attempts, the share of each kind that the rule of
rbic.core.suspects suspects, next to what the attempts alone would suspect; by steps, since a model
suspects only what it can solve. The rule's numbers were chosen on `--half 0`.
"""

import argparse
import sys
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.difficulty.planted import Kind, Planted, plant
from rbic.core.chains import chain_columns
from rbic.core.integrity import ChainRule
from rbic.core.suspects import Word, agreed_answer, words
from rbic.models.checker import Checker, CheckRule, Judged
from rbic.models.generator import Engine, GeneratorConfig, attempt_seeds, load_generator
from rbic.schema import Verdict

_ASKED_AT_ONCE = 32
_TRIED = (4, 8, 16)


def judge(planted: Sequence[Planted], attempts: int) -> list[list[Judged]]:
    """The verdicts on the sample model's attempts at each row; says how far it is."""
    model = GeneratorConfig(
        engine=Engine.TRANSFORMERS, model="sample:model", max_tokens=160, dtype="float32"
    )
    generator, checker = load_generator(model), Checker(CheckRule())
    judged: list[list[Judged]] = []
    started = time.monotonic()
    for start in range(0, len(planted), _ASKED_AT_ONCE):
        rows = planted[start : start + _ASKED_AT_ONCE]
        seed_QA = attempt_seeds(0, np.arange(start, start + len(rows)), attempts)
        for row, own in zip(
            rows, generator.generate([row.question for row in rows], seed_QA), strict=True
        ):
            texts = [reply.text for reply in own]
            judged.append(checker.check([row.reference] * attempts, texts, [None] * attempts))
        seconds = time.monotonic() - started
        left = seconds / len(judged) * (len(planted) - len(judged))
        print(f"{len(judged)} of {len(planted)} rows answered, {left:.0f} s left", file=sys.stderr)
    return judged


def suspected(judged: Sequence[Judged], word: int) -> bool:
    """Whether attempts agree on something else than the reference, with a chain's word."""
    judged = [one for one in judged if one.verdict is not Verdict.UNDECIDABLE]
    right = sum(one.verdict is Verdict.RIGHT for one in judged)
    return agreed_answer([one.final_answer for one in judged], right, word) is not None


def reached(judged: Sequence[Judged]) -> bool:
    """Whether an attempt is right."""
    return any(one.verdict is Verdict.RIGHT for one in judged)


def print_shares(
    planted: Sequence[Planted], attempts: int, column_N: dict[str, NDArray[np.bool_]]
) -> None:
    """A line a kind and number of steps: the share of rows for which each column is true."""
    steps = np.array([one.steps for one in planted])
    for kind in Kind:
        of_kind = np.array([one.kind is kind for one in planted])
        for low, high in ((1, 2), (3, 8), (1, 8)):
            here = of_kind & (steps >= low) & (steps <= high)
            shares = [f"{values[here].mean():.3f}" for values in column_N.values()]
            print(f"| {attempts} | {kind} | {low}-{high} | {here.sum()} | "
                  + " | ".join(shares) + " |", flush=True)  # fmt: skip


def main() -> None:
    """Plant, answer, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=800)
    parser.add_argument("--attempts", type=int, default=16)
    parser.add_argument("--half", type=int, default=1, choices=(0, 1))
    arguments = parser.parse_args()
    planted = plant(arguments.rows, arguments.half)
    chains = chain_columns(
        [one.question for one in planted], [one.chain for one in planted],
        [one.reference for one in planted], [None] * len(planted), ChainRule(),
    )  # fmt: skip
    word_N, contradicted_N = words(chains), chains["contradicted"]
    judged = judge(planted, arguments.attempts)
    print("| attempts | rows | steps | n | four agree | chain derives | suspect |")
    for attempts in _TRIED:
        if attempts > arguments.attempts:
            break
        first = [own[:attempts] for own in judged]
        never_N = ~np.array([reached(own) for own in first])
        alone_N = np.array([suspected(own, Word.NOTHING) for own in first])
        agreed_N = np.array([suspected(*both) for both in zip(first, word_N, strict=True)])
        print_shares(planted, attempts, {
            "four agree": alone_N,
            "derives": word_N == Word.DERIVES,
            # As rbic.evidence.Known.suspect_N.
            "suspect": agreed_N | (contradicted_N & never_N),
        })  # fmt: skip


if __name__ == "__main__":
    main()
