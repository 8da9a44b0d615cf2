"""Level accuracy against attempts: uniform sampling, ours, and what no rule could beat.

    python -m benchmarks.difficulty.curves --data FOLDER --cache FOLDER [--problems 6000]
        [--seeds 3] [--half 1]

Attempts are drawn from published pass rates (adarft.py). Of the problems one half was for tuning;
the figures are of the other. Prints a line a strategy and mean number of attempts, then how many
attempts each strategy needs to reach the accuracy of uniform sampling and raw shares. "ideal" knows
the prior of the true rates in advance and plans eight rounds.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, fields
from pathlib import Path

import numpy as np

from benchmarks.difficulty.adarft import Problems, load_problems
from benchmarks.difficulty.strategies import (
    Scores,
    buy,
    buy_ideally,
    draw,
    learn_prior,
    raw_shares,
    score,
)
from rbic.core.pass_rates import posterior
from rbic.core.rate_prior import Evidence

UNIFORM = (1, 2, 4, 8, 16, 32)
BOUGHT = (1.0, 2.0, 3.0, 5.0, 8.0, 11.0, 16.0, 22.0)
ROUNDS = 3
IDEAL_ROUNDS = 8

Strategy = Callable[[float, int], Scores]
Curve = Sequence[Scores]


def text_alone(problems: Problems, graph: bool, seed: int) -> Scores:
    """The prior, learnt from 8 attempts at every second problem, on the other problems."""
    count = len(problems.rate_N)
    asked_N = 8 * (np.arange(count) % 2)
    prior = learn_prior(problems, draw(problems.rate_N, asked_N, seed), graph)
    found = posterior(prior, Evidence(np.zeros(count), np.zeros(count)))
    rest = np.flatnonzero(asked_N == 0)
    part = type(found)(*(column[rest] for column in astuple(found)))
    return score(problems.rate_N[rest], part, 0.0)


def strategies(problems: Problems) -> dict[str, tuple[Sequence[float], Strategy]]:
    """Each strategy with the mean attempts it is tried at."""
    truth_N = problems.rate_N

    def uniform(attempts: float, seed: int) -> Evidence:
        return draw(truth_N, np.full(len(truth_N), int(attempts)), seed)

    def raw(attempts: float, seed: int) -> Scores:
        return score(truth_N, raw_shares(uniform(attempts, seed)), attempts)

    def estimated(graph: bool) -> Strategy:
        def run(attempts: float, seed: int) -> Scores:
            evidence = uniform(attempts, seed)
            return score(
                truth_N, posterior(learn_prior(problems, evidence, graph), evidence), attempts
            )

        return run

    def bought(graph: bool) -> Strategy:
        def run(attempts: float, seed: int) -> Scores:
            evidence = buy(problems, attempts, ROUNDS, graph, seed)
            found = posterior(learn_prior(problems, evidence, graph), evidence)
            return score(truth_N, found, float(evidence.attempts_N.mean()))

        return run

    def ideal(attempts: float, seed: int) -> Scores:
        return score(truth_N, buy_ideally(problems, attempts, IDEAL_ROUNDS, seed), attempts)

    return {
        "uniform, raw shares": (UNIFORM, raw),
        "uniform, our posterior, text": (UNIFORM[1:], estimated(False)),
        "uniform, our posterior, graph": (UNIFORM[1:], estimated(True)),
        "ours without the graph": (BOUGHT, bought(False)),
        "ours": (BOUGHT, bought(True)),
        "ideal": (BOUGHT, ideal),
    }


def mean_scores(every: Sequence[Scores]) -> Scores:
    """The mean over seeds."""
    return Scores(*np.mean([astuple(one) for one in every], axis=0).tolist())


def attempts_needed(curve: Curve, accuracy: float) -> float:
    """Mean attempts at which a curve reaches an accuracy, linear in between; nan beyond its end."""
    reached = np.maximum.accumulate([one.accuracy for one in curve])
    if not reached[0] <= accuracy <= reached[-1]:
        return float("nan")
    return float(np.interp(accuracy, reached, [one.attempts for one in curve]))


def print_scores(name: str, scores: Scores) -> None:
    """One line of the table."""
    print(
        f"| {name} | " + " | ".join(f"{value:.3f}" for value in astuple(scores)) + " |", flush=True
    )


def print_needed(curves: Mapping[str, Curve]) -> None:
    """For each number of uniform attempts: what the others need for the same accuracy."""
    names = [name for name in curves if not name.startswith("uniform")]
    print("\n| uniform | accuracy | " + " | ".join(names) + " |")
    for one in curves["uniform, raw shares"]:
        needed = [attempts_needed(curves[name], one.accuracy) for name in names]
        cells = [f"{value:.2f} ({value / one.attempts:.0%})" for value in needed]
        print(f"| {one.attempts:g} | {one.accuracy:.3f} | " + " | ".join(cells) + " |")


def main() -> None:
    """Run every strategy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--problems", type=int, default=6000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--half", type=int, default=1, choices=(0, 1))
    arguments = parser.parse_args()
    problems = load_problems(arguments.data, arguments.problems, arguments.cache, arguments.half)
    rate_N = problems.rate_N
    print(f"{len(rate_N):,} problems; a perfect forecast has a Brier score of "
          f"{np.mean(rate_N * (1 - rate_N)):.3f}")  # fmt: skip
    print("| strategy | " + " | ".join(field.name for field in fields(Scores)) + " |")
    for graph, name in ((False, "prior from the text"), (True, "prior from text and graph")):
        every = [text_alone(problems, graph, seed) for seed in range(arguments.seeds)]
        print_scores(name, mean_scores(every))
    curves: dict[str, list[Scores]] = {}
    for name, (tried, run) in strategies(problems).items():
        curves[name] = []
        for attempts in tried:
            every = [run(float(attempts), seed) for seed in range(arguments.seeds)]
            curves[name].append(mean_scores(every))
            print_scores(name, curves[name][-1])
    print_needed(curves)


if __name__ == "__main__":
    main()
