"""Chains with planted or labelled faults: sound ones and faulty ones of the same problems.

Every loader takes the folder of the data. No judged row carries a reference answer: what a wrong
answer gives away would hide what the chain itself shows.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contribution.corpora import read_jsonl

_MARK = re.compile(r"<<([^<>=]*)=([^<>]*)>>")
_SOURCES = ("test_p1", "test_p2", "train_p1_first400")
PRM_CLASSES = (
    "redundency", "circular", "counterfactual", "step_contradiction", "domain_inconsistency",
    "confidence", "missing_condition", "deception",
)  # fmt: skip
MISTAKE_TASKS = (
    "multistep_arithmetic", "logical_deduction", "tracking_shuffled_objects", "word_sorting",
    "dyck_languages",
)  # fmt: skip
SOLVERS = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")


@dataclass(frozen=True)
class Judged:
    """A chain that people or its maker call sound or faulty; rows of one `pair` differ in that."""

    question: str
    chain: str
    sound: bool
    pair: str


def prm_pairs(data: Path, kind: str) -> Iterator[Judged]:
    """PRMBench: solutions, and each again with faults of one class written into it."""
    for source in _SOURCES:
        for row in read_jsonl(data / f"prmbench/prm800k_{source}_4o_{kind}.jsonl"):
            original, modified = row["original_process"], row["modified_process"]
            if original and modified:
                yield Judged(row["original_question"], "\n".join(original), True, row["idx"])
                yield Judged(row["modified_question"], "\n".join(modified), False, row["idx"])


def mistaken_chains(data: Path, task: str) -> Iterator[Judged]:
    """BIG-Bench Mistake: chains of one task; faulty where people found a first mistaken step."""
    for number, row in enumerate(read_jsonl(data / f"bigbench_mistake/{task}.jsonl")):
        chain = "\n".join(row["steps"])
        yield Judged(row["input"], chain, row["mistake_index"] is None, f"{task} {number}")


def model_solutions(data: Path, solver: str) -> Iterator[Judged]:
    """GSM8K's example solutions of one model, calculator marks removed; sound where right."""
    path = data / "gsm8k/example_model_solutions.jsonl"
    for number, row in enumerate(read_jsonl(path)):
        chain = _MARK.sub("", row[solver]["solution"])
        yield Judged(row["question"], chain, row[solver]["is_correct"], str(number))


@dataclass(frozen=True)
class Planted:
    """A right chain, and the same with one result of a calculation changed throughout."""

    question: str
    right: str
    wrong: str
    answer: str
    change: str


def planted_results(data: Path, seed: int) -> Iterator[Planted]:
    """GSM8K train, each row with one calculation given a wrong result, marks removed.

    The result is moved by one, by ten, doubled, or has two digits exchanged; what is computed with
    it later stays, so that the fault is one line long.
    """
    for number, row in enumerate(read_jsonl(data / "gsm8k/train.jsonl")):
        draw = random.Random(f"{seed} {number}")
        solution, answer = row["answer"], row["answer"].rpartition("#### ")[2]
        marks = [mark for mark in _MARK.finditer(solution) if mark[2].isdecimal()]
        marks = [mark for mark in marks if solution.startswith(mark[2], mark.end())]
        if not marks:
            continue
        mark = draw.choice(marks)
        wrong, change = _changed(int(mark[2]), draw)
        after = solution[mark.end() + len(mark[2]) :]
        faulty = solution[: mark.start()] + str(wrong) + after
        yield Planted(
            row["question"], _MARK.sub("", solution), _MARK.sub("", faulty), answer, change
        )


def _changed(value: int, draw: random.Random) -> tuple[int, str]:
    """Another value than `value`, and how it came about."""
    digits = str(value)
    changes = {"one more": value + 1, "ten more": value + 10, "doubled": 2 * value}
    if len(digits) > 1 and digits[-1] != digits[-2]:
        changes["digits exchanged"] = int(digits[:-2] + digits[-1] + digits[-2])
    changes = {how: wrong for how, wrong in changes.items() if wrong != value}
    how = draw.choice(sorted(changes))
    return changes[how], how


def long_thoughts(data: Path) -> Iterator[tuple[str, int, str, str, bool]]:
    """Replies of Sky-T1 and others: file, row, question, reply, whether the grader passed it."""
    for path in sorted(data.glob("skythought_outputs/*.jsonl")):
        for number, row in enumerate(read_jsonl(path)):
            yield path.stem, number, row["question"], row["code"][0], bool(row["score"][0])
