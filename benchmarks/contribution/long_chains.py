"""What the analysis finds in the long replies of models: broken off, looping, abandoned, repeated.

Prints a table by file, with the truncated ones also as selection has them, by what is usual in the
file (rbic.core.endings); with --sample the replies are drawn one by one, for reading by hand.

python -m benchmarks.contribution.long_chains --data DATA [--sample N [--seed S]]
"""

import argparse
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.contribution.faulty import long_thoughts
from rbic.core.chains import ChainReport, analyse_chain
from rbic.core.endings import broken_off
from rbic.core.integrity import ChainRule

_HEADS = ("replies", "passed", "truncated", "by file", "looping", "repeated > 0.2",
          "false equation", "mean integrity", "AUC of integrity")  # fmt: skip
_ENDING = 240


def integrity_auc(reports: list[tuple[ChainReport, bool]]) -> float:
    """The chance that a reply which the grader passed has the higher integrity, ties half."""
    right = np.array([report.integrity for report, passed in reports if passed])
    wrong = np.array([report.integrity for report, passed in reports if not passed])
    if not len(right) or not len(wrong):
        return float("nan")
    above = (right[:, None] > wrong).mean() + (right[:, None] == wrong).mean() / 2
    return float(above)


def _endings(found: list[ChainReport]) -> tuple[NDArray[Any], ...]:
    """How the replies of one file end, as `broken_off` takes it."""
    flags = [(report.truncated, report.announced, report.open_end) for report in found]
    truncated_N, announced_N, open_end_N = np.array(flags, bool).T
    return truncated_N, announced_N, open_end_N, np.zeros(len(found), np.int64)


def print_table(data: Path) -> None:
    """One line a file."""
    by_file: dict[str, list[tuple[ChainReport, bool]]] = defaultdict(list)
    for file, _, question, reply, passed in long_thoughts(data):
        by_file[file].append((analyse_chain(question, reply, None, None, ChainRule()), passed))
    print("| file |", " | ".join(_HEADS), "|")
    print("|---" * (len(_HEADS) + 1) + "|")
    for file, reports in by_file.items():
        found = [report for report, _ in reports]
        cells = [
            len(reports),
            sum(passed for _, passed in reports),
            sum(report.truncated for report in found),
            int(broken_off(*_endings(found)).sum()),
            sum(report.looping for report in found),
            sum(report.repeated > 0.2 for report in found),
            sum(report.false_equations > 0 for report in found),
            f"{np.mean([report.integrity for report in found]):.3f}",
            f"{integrity_auc(reports):.3f}",
        ]
        print(f"| {file} |", " | ".join(map(str, cells)), "|")


def print_sample(data: Path, size: int, seed: int) -> None:
    """Replies drawn at random: what was found, their faults and their ends."""
    rows = list(long_thoughts(data))
    for file, number, question, reply, passed in random.Random(seed).sample(rows, size):
        report = analyse_chain(question, reply, None, None, ChainRule())
        print(f"\n=== {file} {number}: {'passed' if passed else 'failed'}, {len(reply)} characters")
        print(f"Q {' '.join(question.split())[:160]}")
        print(
            f"integrity {report.integrity:.2f} truncated {report.truncated} looping "
            f"{report.looping} steps {report.steps} live {report.live_share:.2f} repeated "
            f"{report.repeated:.2f} failed {report.failed_share:.2f} leaps {report.leaps:.2f} "
            f"false {report.false_equations}/{report.checked} states {report.stated_answer}"
        )
        for step in report.step_reports:
            for equation in step.facts.equations:
                if equation.holds is False:
                    print(f"  false: {equation.written} | {' '.join(step.text.split())[:160]}")
        print(f"  ... {' '.join(reply[-_ENDING:].split())}")


def main() -> None:
    """Print the table or a sample."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True, help="folder of the data")
    arguments.add_argument("--sample", type=int, help="draw so many replies instead")
    arguments.add_argument("--seed", type=int, default=1, help="of the sample")
    options = arguments.parse_args()
    if options.sample:
        print_sample(options.data, options.sample, options.seed)
    else:
        print_table(options.data)


if __name__ == "__main__":
    main()
