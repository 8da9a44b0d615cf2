"""False alarms of the analysis on solutions that are right, and recall of planted false results.

The solutions of GSM8K train, MATH train and TAL are right, and so are the replies of models that a
grader passed: a defect found there is nearly always our mistake. Each cell is the percentage of
chains with the defect; the chains keep their reference answers (the replies have none). With --list
the chains of one defect are drawn.

python -m benchmarks.contribution.alarms --data DATA [--rows N] [--list DEFECT] [--only STUDY]
"""

import argparse
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.contribution.corpora import (
    Labelled,
    gsm8k_calculations,
    math_levels,
    tal_chinese,
    tal_english,
)
from benchmarks.contribution.faulty import long_thoughts, planted_results
from rbic.core.chain_drawing import draw_chain
from rbic.core.chains import ChainReport, analyse_chain
from rbic.core.integrity import ChainRule
from rbic.core.live_part import Status

_SEED = 20240607


def passed_replies(data: Path) -> Iterator[Labelled]:
    """Replies of Sky-T1 and others that the grader passed; they have the lists that people lack."""
    for _, _, question, reply, passed in long_thoughts(data):
        if passed:
            yield Labelled(question, reply, None, None, 0.0)


CORPORA: dict[str, Callable[[Path], Iterator[Labelled]]] = {
    "gsm8k": gsm8k_calculations,
    "math": math_levels,
    "tal english": tal_english,
    "tal chinese": tal_chinese,
    "passed replies": passed_replies,
}


def _has(status: Status) -> Callable[[ChainReport], bool]:
    """Whether a step of a report has a status."""
    return lambda report: any(step.status is status for step in report.step_reports)


DEFECTS: dict[str, Callable[[ChainReport], bool]] = {
    "false equation": lambda report: report.false_equations > 0,
    "leap": lambda report: report.leaps > 0,
    "unused": _has(Status.UNUSED),
    "tangent": _has(Status.TANGENT),
    "repeat": _has(Status.REPEATED),
    "abandoned": _has(Status.FAILED),
    "unreached": lambda report: report.unreached,
    "assumed": lambda report: report.assumed,
    "left out": lambda report: report.left_out > 0,
    "contradicted": lambda report: report.contradicted,
    "truncated": lambda report: report.truncated,
    "looping": lambda report: report.looping,
    "integrity < 0.6": lambda report: report.integrity < 0.6,
    "integrity < 0.8": lambda report: report.integrity < 0.8,
}


def reports_of(rows: Sequence[Labelled]) -> Iterator[tuple[Labelled, ChainReport]]:
    """Each row with its analysis."""
    rule = ChainRule()
    for row in rows:
        yield row, analyse_chain(row.question, row.chain, row.answer, row.options, rule)


def print_alarms(data: Path, rows: int | None, only: str) -> None:
    """The table of false alarms."""
    print("| corpus | chains |", " | ".join(DEFECTS), "| mean integrity |")
    print("|---" * (len(DEFECTS) + 3) + "|")
    for name, load in CORPORA.items():
        if only not in name:
            continue
        found: Counter[str] = Counter()
        chains, total = 0, 0.0
        for _, report in reports_of(list(load(data))[:rows]):
            chains += 1
            total += report.integrity
            found.update(defect for defect, holds in DEFECTS.items() if holds(report))
        cells = [f"{100 * found[defect] / chains:.2f}" for defect in DEFECTS]
        print(f"| {name} | {chains} |", " | ".join(cells), f"| {total / chains:.3f} |", flush=True)


def print_recall(data: Path, rows: int | None) -> None:
    """How many planted false results are flagged, by the way they were made."""
    rule = ChainRule()
    planted: Counter[str] = Counter()
    flagged: Counter[str] = Counter()
    for pair in list(planted_results(data, _SEED))[:rows]:
        before, after = (
            analyse_chain(pair.question, chain, pair.answer, None, rule).false_equations
            for chain in (pair.right, pair.wrong)
        )
        planted[pair.change] += 1
        flagged[pair.change] += after > before
    print("\n| planted false result | chains | flagged, % |\n|---|---|---|")
    for change in sorted(planted):
        print(f"| {change} | {planted[change]} | {100 * flagged[change] / planted[change]:.1f} |")
    share = 100 * flagged.total() / planted.total()
    print(f"| all | {planted.total()} | {share:.1f} |")


def list_chains(data: Path, rows: int | None, only: str, defect: str) -> None:
    """Draw the chains of one defect."""
    for name, load in CORPORA.items():
        if only not in name:
            continue
        for row, report in reports_of(list(load(data))[:rows]):
            if DEFECTS[defect](report):
                print(f"\n{name}: {row.question}\n{draw_chain(report)}")


def main() -> None:
    """Print the tables, or draw chains."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True, help="folder of the data")
    arguments.add_argument("--rows", type=int, help="first rows of each corpus only")
    arguments.add_argument("--only", default="", help="corpora whose name contains this")
    arguments.add_argument("--list", choices=sorted(DEFECTS), help="draw the chains of a defect")
    arguments.add_argument("--no-recall", action="store_true", help="false alarms only")
    options = arguments.parse_args()
    if options.list:
        list_chains(options.data, options.rows, options.only, options.list)
        return
    print_alarms(options.data, options.rows, options.only)
    if options.only in "gsm8k" and not options.no_recall:
        print_recall(options.data, options.rows)


if __name__ == "__main__":
    main()
