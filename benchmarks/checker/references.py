"""In what share of real solutions the known answer is found, and what a second grader says.

    python -m benchmarks.checker.references --data FOLDER --out out.json

Each row is a reference answer and a text that ends in it: a worked solution, or a model's reply.
In MATH the reference is another author's normal form of the box. GSM8K stands here twice, with its
last line and without. The analyses of TAL-SCQ5K and GAOKAO often name no letter, which bounds their
share. SkyThought's replies carry the score of a rule-based grader: how often the two agree is
reported, and every disagreement is written out.
"""

import argparse
import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.contribution.corpora import read_jsonl
from rbic.core.final_answers import split_chain
from rbic.models.checker import Checker, CheckRule

_MARK = re.compile(r"<<[^<>]*>>")
_ALPACA = ("aqua", "creak", "ecqa", "qasc", "sensemaking", "strategyqa")
_GAOKAO = ("Math_I_MCQs", "Math_II_MCQs", "Physics_MCQs", "Chemistry_MCQs", "Biology_MCQs")
_GPT4 = ("Math_I_MCQs", "Math_II_MCQs", "Chemistry_MCQs")


class Row(NamedTuple):
    """A reference, a text that should state it, the options, and another grader's score."""

    gold: str
    text: str
    options: Sequence[str] | None = None
    score: bool | None = None


def _math(data: Path) -> Iterator[Row]:
    for row in read_jsonl(data / "math/train.jsonl"):
        if row["target"]:
            yield Row(row["target"], row["solution"])


def _gsm8k(data: Path, whole: bool) -> Iterator[Row]:
    for row in read_jsonl(data / "gsm8k/train.jsonl"):
        chain, _, answer = row["answer"].rpartition("#### ")
        yield Row(answer, row["answer"] if whole else _MARK.sub("", chain))


def _tal(data: Path, language: str) -> Iterator[Row]:
    for row in read_jsonl(data / f"tal_scq5k/{language}_single_choice_train_3K.jsonl"):
        options = [option[0]["content"] for option in row["answer_option_list"]]
        yield Row(row["answer_value"], (row["answer_analysis"] or [""])[0], options)


def _examples(path: Path) -> list[dict[str, Any]]:
    examples: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["example"]
    return examples


def _gaokao(data: Path) -> Iterator[Row]:
    for name in _GAOKAO:
        for row in _examples(data / f"gaokao_bench/2010-2022_{name}.json"):
            yield Row("".join(row["answer"]), row["analysis"])


def _gpt4(data: Path) -> Iterator[Row]:
    """GPT-4's replies against the answer that the publishers took from them."""
    for name in _GPT4:
        for row in _examples(data / f"gaokao_bench/gpt4_gpt-4-0314_2010-2022_{name}.json"):
            yield Row("".join(row["model_answer"]), row["model_output"])


def _skythought(data: Path) -> Iterator[Row]:
    for path in sorted((data / "skythought_outputs").glob("*.jsonl")):
        for row in read_jsonl(path):
            yield Row(str(row["answer"]), row["code"][0], None, bool(row["score"][0]))


def corpora(data: Path) -> dict[str, list[Row]]:
    """The rows of each corpus by its name."""
    return {
        "MATH train, solutions": list(_math(data)),
        "GSM8K train, whole": list(_gsm8k(data, whole=True)),
        "GSM8K train, without ####": list(_gsm8k(data, whole=False)),
        "TAL-SCQ5K Chinese, analyses": list(_tal(data, "ch")),
        "TAL-SCQ5K English, analyses": list(_tal(data, "en")),
        "GAOKAO choices, analyses": list(_gaokao(data)),
        "GAOKAO choices, GPT-4's replies": list(_gpt4(data)),
        "SkyThought, replies": list(_skythought(data)),
    }


def measure(checker: Checker, rows: list[Row]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Counts over a corpus, and the rows that are not right (or differ from the score)."""
    begun = time.perf_counter()
    judged = checker.check(
        [row.gold for row in rows], [row.text for row in rows], [row.options for row in rows]
    )
    seconds = time.perf_counter() - begun
    counts = Counter(one.verdict.value for one in judged)
    report: dict[str, Any] = {"rows": len(rows)} | dict(sorted(counts.items()))
    report["found_per_cent"] = round(100 * counts["right"] / len(rows), 2)
    report["undecidable_by"] = dict(
        Counter(one.method.value for one in judged if one.verdict == "undecidable")
    )
    report["seconds"] = round(seconds, 1)
    scored = [(row, one) for row, one in zip(rows, judged, strict=True) if row.score is not None]
    if scored:
        same = sum((one.verdict == "right") == row.score for row, one in scored)
        report["same_as_score_per_cent"] = round(100 * same / len(scored), 2)
    others = [
        {
            "gold": row.gold[:100], "given": (one.final_answer or "")[:100], "score": row.score,
            "verdict": one.verdict.value, "method": one.method.value, "end": row.text[-160:],
        }
        for row, one in zip(rows, judged, strict=True)
        if (one.verdict == "right") != (row.score is not False)
    ]  # fmt: skip
    return report, others


def split_shares(data: Path) -> dict[str, float]:
    """In what share of the rationales of Alpaca-CoT the answer's sentence is split off."""
    shares = {}
    for name in _ALPACA:
        rows = json.loads((data / f"alpaca_cot/{name}_train.json").read_text(encoding="utf-8"))
        split = sum(
            chain != row["output"] and answer is not None
            for row in rows
            for chain, answer in (split_chain(row["output"]),)
        )
        shares[name] = round(100 * split / len(rows), 2)
    return shares


def main() -> None:
    """Print a line a corpus and write every row that was not right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    reports, others = {}, {}
    with Checker(CheckRule()) as checker:
        for name, rows in corpora(arguments.data).items():
            reports[name], others[name] = measure(checker, rows)
            print(name, json.dumps(reports[name]))
    print("Alpaca-CoT, split off in % of rows:", json.dumps(split_shares(arguments.data)))
    if arguments.out:
        arguments.out.write_text(json.dumps([reports, others], ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
