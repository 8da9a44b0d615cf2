"""Agreement with the graders' own test cases, beside math-verify alone in the same run.

    python -m benchmarks.checker.cases --data FOLDER --out out.json

The rules were written with the cases of even number in view, those of odd number were looked at
once, at the end. An agreement is a verdict of right on an equal pair or of wrong on an unequal one;
whatever is undecidable disagrees. No option of a case (precision, language, kind of match) is used.
"""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from math_verify import parse, verify

from benchmarks.contribution.corpora import read_jsonl
from rbic.core.final_answers import reference_answer
from rbic.models.checker import Checker, CheckRule

_BARE_LATEX = ("MARIO", "NVIDIA", "hendrycks")
"""Projects whose cases are LaTeX without dollar signs, which math-verify asks for."""


def by_math_verify(gold: str, given: str, source: str) -> str:
    """What math-verify says with its default settings."""
    if source.startswith(_BARE_LATEX):
        gold, given = (text if "$" in text else f"${text}$" for text in (gold, given))
    return "right" if verify(parse(gold), parse(given)) else "wrong"


def compare(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each case with both verdicts."""
    golds = [case["gold"] for case in cases]
    replies = [case["pred"] for case in cases]
    with Checker(CheckRule()) as checker:
        judged = checker.check(golds, replies, [None] * len(cases))
    return [
        {
            "number": number,
            "source": case["source"].partition(":")[0],
            "equal": case["equal"],
            "verdict": ours.verdict.value,
            "method": ours.method.value,
            "math_verify": by_math_verify(case["gold"], case["pred"], case["source"]),
            "gold": reference_answer(case["gold"])[:80],
            "given": (ours.final_answer or "")[:80],
        }
        for number, (case, ours) in enumerate(zip(cases, judged, strict=True))
    ]


def agrees(row: dict[str, Any], column: str) -> bool:
    """Whether a verdict is what the case's label asks for."""
    return bool(row[column] == ("right" if row["equal"] else "wrong"))


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Agreement in per cent, false equals and undecidables."""
    false_equal = [row["number"] for row in rows if row["verdict"] == "right" and not row["equal"]]
    return {
        "cases": len(rows),
        "agreement": round(100 * sum(agrees(row, "verdict") for row in rows) / len(rows), 1),
        "math_verify": round(100 * sum(agrees(row, "math_verify") for row in rows) / len(rows), 1),
        "false_equal": false_equal,
        "math_verify_false_equal": sum(
            row["math_verify"] == "right" and not row["equal"] for row in rows
        ),
        "undecidable": sum(row["verdict"] == "undecidable" for row in rows),
    }


def main() -> None:
    """Print agreement in all, by half and by source, and every disagreement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--half", choices=["even", "odd", "all"], default="all")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    rows = compare(read_jsonl(arguments.data / "answer_equivalence_cases/cases.jsonl"))
    halves = {
        half: [row for row in rows if row["number"] % 2 == i]
        for i, half in enumerate(("even", "odd"))
    }
    if arguments.half != "all":
        rows = halves[arguments.half]
        halves = {}
    groups = {"all": rows} | halves
    groups |= {
        s: [row for row in rows if row["source"] == s]
        for s in sorted({row["source"] for row in rows})
    }
    report = {name: summary(group) for name, group in groups.items()}
    for name, line in report.items():
        print(name, json.dumps(line))
    print("methods", dict(Counter(row["method"] for row in rows)))
    disagreements = [row for row in rows if not agrees(row, "verdict")]
    for row in disagreements:
        print(json.dumps(row, ensure_ascii=False))
    if arguments.out:
        arguments.out.write_text(
            json.dumps(
                {"summary": report, "disagreements": disagreements}, ensure_ascii=False, indent=1
            )
        )


if __name__ == "__main__":
    main()
