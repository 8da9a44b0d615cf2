"""GSM8K's example model solutions against a last-number match, every disagreement printed.

    python -m benchmarks.checker.solutions --data FOLDER --out out.json

Four models' solutions of the 1,319 test problems, each with the authors' own `is_correct`. The
plain match takes the last number of the solution and of the reference, without commas and currency,
and compares them as fractions.
"""

import argparse
import json
import re
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

from benchmarks.contribution.corpora import read_jsonl
from rbic.models.checker import Checker, CheckRule

MODELS = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


def last_number(text: str) -> Fraction | None:
    """The last number of a text."""
    found = _NUMBER.findall(text)
    return Fraction(found[-1].replace(",", "")) if found else None


def compare(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every solution with three verdicts on it: ours, the last number's, the authors'."""
    solutions = [(row, model, row[model]) for row in rows for model in MODELS]
    with Checker(CheckRule()) as checker:
        judged = checker.check(
            [row["ground_truth"] for row, _, _ in solutions],
            [solution["solution"] for _, _, solution in solutions],
            [None] * len(solutions),
        )
    return [
        {
            "model": model,
            "verdict": ours.verdict.value,
            "method": ours.method.value,
            "last_number": last_number(solution["solution"]) == last_number(row["ground_truth"]),
            "authors": solution["is_correct"],
            "gold": row["ground_truth"][-30:],
            "given": ours.final_answer,
            "end": solution["solution"][-120:],
        }
        for (row, model, solution), ours in zip(solutions, judged, strict=True)
    ]


def main() -> None:
    """Print the counts and every disagreement with the last number or with the authors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    rows = compare(read_jsonl(arguments.data / "gsm8k/example_model_solutions.jsonl"))
    counts = Counter((row["verdict"], row["last_number"], row["authors"]) for row in rows)
    print(len(rows), "solutions; (ours, last number equal, authors' flag):")
    for (verdict, number, authors), count in sorted(counts.items()):
        print(f"  {verdict:12} {number!s:6} {authors!s:6} {count}")
    odd = [
        row
        for row in rows
        if (row["verdict"] == "right") != row["last_number"] or row["verdict"] == "undecidable"
    ]
    against_authors = [row for row in rows if (row["verdict"] == "right") != row["authors"]]
    print(len(odd), "against the last number,", len(against_authors), "against the authors")
    shown = odd + [row for row in against_authors if row not in odd]
    for row in shown:
        print(json.dumps(row, ensure_ascii=False))
    if arguments.out:
        arguments.out.write_text(json.dumps(shown, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
