"""Pairs a second and core: the rules alone, with the algebra, and math-verify by itself.

    python -m benchmarks.checker.speed --data FOLDER

Rules: MATH's references against its solutions' boxes, and GSM8K's example solutions, whole.
Algebra: pairs that the rules hand on. Math-verify does the first set too, in this process and
without a clock, parse and verify as they come. All are timed by processor time of the process and
its children.
"""

import argparse
import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from math_verify import parse, verify

from benchmarks.checker.solutions import MODELS
from benchmarks.contribution.corpora import read_jsonl
from rbic.core.equivalence import compare_answers
from rbic.core.final_answers import final_answer, reference_answer
from rbic.models.checker import Checker, CheckRule

_ALGEBRA = [
    (r"\int_0^{{1}} {n} x\,dx", r"\frac{{{n}}}{{2}}"),
    (r"\sum_{{k=1}}^{{{n}}} k", "{n}"),
    (r"\lim_{{x\to 0}} \frac{{\sin {n}x}}{{x}}", "{n}"),
    (r"\prod_{{k=1}}^{{3}} (k+{n})", "{n}"),
    (
        r"\begin{{pmatrix}}1&{n}\\0&1\end{{pmatrix}}^{{-1}}",
        r"\begin{{pmatrix}}1&-{n}\\0&1\end{{pmatrix}}",
    ),
]


def _cpu_s() -> float:
    """Processor seconds of this process and its living children."""
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def rate(work: Callable[[], object], pairs: int) -> dict[str, float]:
    """Pairs a processor second and a second."""
    cpu, wall = _cpu_s(), time.perf_counter()
    work()
    cpu, wall = _cpu_s() - cpu, time.perf_counter() - wall
    return {"pairs": pairs, "per_core_s": round(pairs / cpu, 1), "per_s": round(pairs / wall, 1)}


def main() -> None:
    """Print one line a kind of work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    rows = [r for r in read_jsonl(arguments.data / "math/train.jsonl") if r["target"]]
    boxed = [(row["target"], reference_answer(row["solution"])) for row in rows]
    print("load", os.getloadavg())

    def rules() -> None:
        for gold, given in boxed:
            compare_answers(gold, given)

    print("rules, MATH answers", json.dumps(rate(rules, len(boxed))))
    solutions = [
        (row["ground_truth"], row[model]["solution"])
        for row in read_jsonl(arguments.data / "gsm8k/example_model_solutions.jsonl")
        for model in MODELS
    ]

    def whole() -> None:
        for gold, reply in solutions:
            compare_answers(reference_answer(gold), final_answer(reply) or "")

    print("rules, GSM8K solutions", json.dumps(rate(whole, len(solutions))))
    pairs = [
        (gold.format(n=n), given.format(n=n)) for n in range(2, 62) for gold, given in _ALGEBRA
    ]
    with Checker(CheckRule()) as checker:
        checker.check(["1"], [r"\boxed{\int_0^1 x dx}"], [None])

        def algebra() -> None:
            checker.check(
                [gold for gold, _ in pairs],
                [rf"\boxed{{{g}}}" for _, g in pairs],
                [None] * len(pairs),
            )

        print("with the algebra", json.dumps(rate(algebra, len(pairs))))
    some = boxed[:1000]

    def math_verify() -> None:
        for gold, given in some:
            verify(
                parse(f"${gold}$", parsing_timeout=None),
                parse(f"${given}$", parsing_timeout=None),
                timeout_seconds=None,
            )

    print("math-verify alone, MATH answers", json.dumps(rate(math_verify, len(some))))


if __name__ == "__main__":
    main()
