"""Measure how often real chains of thought have the faults that the pools have.

    python -m benchmarks.lab.real_rates --data FOLDER

FOLDER holds the collections `gsm8k`, `skythought_outputs`, `bigbench_mistake`, `adarft_difficulty`,
`math` and `alpaca_cot`. Wrong and unfinished replies are counted by the collections' own verdicts
and marks, computations that nothing uses and operands from nowhere on the calculator marks of
GSM8K, repetition on the bare text: nothing here rests on the detectors of rbic.
"""

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_MARK = re.compile(r"<<([^=<>]*)=([^<>]*)>>")
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?|\.\d+")
_SENTENCE = re.compile(r"(?<=[.!?。])\s+|\n+")
_NUMBER_WORDS = dict(
    one="1", two="2", three="3", four="4", five="5", six="6", seven="7", eight="8", nine="9",
    ten="10", eleven="11", twelve="12", twice="2", double="2", half="2", third="3", quarter="4",
    dozen="12",
)  # fmt: skip
_Chain = tuple[str, str, float | None]
"""A question, its chain and the final answer."""
_KNOWN_TO_ALL = {1.0, 2.0, 4.0, 7.0, 12.0, 24.0, 30.0, 52.0, 60.0, 100.0, 365.0}
"""Operands that no question need state: halves, weeks, months, hours, percent."""


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file of JSON lines."""
    with path.open() as lines:
        yield from map(json.loads, lines)


def numbers_in(text: str) -> set[float]:
    """The numbers that a text states in digits or in common words."""
    found = {float(number.replace(",", "")) for number in _NUMBER.findall(text)}
    words = re.findall(r"[a-z]+", text.lower())
    return found | {float(_NUMBER_WORDS[w]) for w in words if w in _NUMBER_WORDS}


def unused_and_leaping(question: str, chain: str, answer: float | None) -> tuple[bool, bool] | None:
    """Whether a chain with calculator marks computes what nothing uses, or uses what nobody said.

    Args:
        question: what states the given numbers.
        chain: with marks such as `<<48/2=24>>`.
        answer: the final answer, which uses its own result.

    Returns:
        (unused, leaping), or None for a chain with fewer than two readable marks.
    """
    steps = []
    for left, right in _MARK.findall(chain):
        try:
            result = float(right.replace(",", ""))
        except ValueError:
            return None
        steps.append(({float(n.replace(",", "")) for n in _NUMBER.findall(left)}, result))
    if len(steps) < 2:
        return None
    known = numbers_in(question) | _KNOWN_TO_ALL
    unused = leaping = False
    for i, (operands, result) in enumerate(steps):
        # Percentages are given as 20 and used as .2 or 1.2, or 80.
        as_percent = {n / 100 for n in known} | {1 + n / 100 for n in known}
        as_percent |= {1 - n / 100 for n in known} | {100 - n for n in known}
        leaping |= any(min(abs(n - k) for k in known | as_percent) > 1e-6 for n in operands)
        used = any(result in later for later, _ in steps[i + 1 :])
        unused |= not used and result != answer and i + 1 < len(steps)
        known.add(result)
    return unused, leaping


def says_again(text: str) -> tuple[bool, bool]:
    """Whether a text says a sentence of ten characters or more again, and at least five times."""
    sentences = [s.strip().lower() for s in _SENTENCE.split(text)]
    counts = Counter(s for s in sentences if len(s) >= 10)
    most = max(counts.values(), default=0)
    return most >= 2, most >= 5


def share(hits: list[bool]) -> str:
    """`12.3 % of 456`."""
    return f"{100 * sum(hits) / max(1, len(hits)):5.1f} % of {len(hits):,}"


def gsm8k(folder: Path) -> None:
    """GSM8K's own chains, and those of four models."""
    found: list[_Chain] = []
    for row in rows_of(folder / "train.jsonl"):
        chain, _, answer = row["answer"].rpartition("#### ")
        found.append((row["question"], chain, float(answer.replace(",", ""))))
    _marked("GSM8K train", found)
    solutions = list(rows_of(folder / "example_model_solutions.jsonl"))
    for model in [name for name in solutions[0] if isinstance(solutions[0][name], dict)]:
        print(f"{model}: wrong {share([not row[model]['is_correct'] for row in solutions])}")
        found = []
        for row in solutions:
            chain, _, stated = row[model]["solution"].rpartition("A: ")
            numbers = _NUMBER.findall(stated)
            answer = float(numbers[0].replace(",", "")) if numbers else None
            found.append((row["question"], chain, answer))
        _marked(model, found)


def _marked(name: str, rows: list[_Chain]) -> None:
    verdicts = [v for row in rows if (v := unused_and_leaping(*row)) is not None]
    print(f"{name}: a result that nothing uses {share([unused for unused, _ in verdicts])}")
    print(f"{name}: an operand from nowhere    {share([leaping for _, leaping in verdicts])}")
    print(f"{name}: a sentence again           {share([says_again(row[1])[0] for row in rows])}")


def skythought(folder: Path) -> None:
    """Replies of nine models, verdicts by their own grader."""
    for path in sorted(folder.glob("*.jsonl")):
        rows = [(row["code"][0], bool(row["score"][0])) for row in rows_of(path)]
        texts = [text for text, _ in rows]
        opened = [t for t in texts if "<|begin_of_thought|>" in t]
        if opened:
            unfinished = ["<|end_of_thought|>" not in t for t in opened]
        else:
            unfinished = ["boxed" not in t for t in texts]
        again = [says_again(text) for text in texts]
        wrong = [not right for (_, right) in rows]
        finished_wrong = [
            not right
            for text, right in rows
            if ("<|end_of_thought|>" if opened else "boxed") in text
        ]
        print(
            f"{path.stem}: wrong {share(wrong)}, of the finished {share(finished_wrong)}, "
            f"unfinished {share(unfinished)}, "
            f"a sentence again {share([twice for twice, _ in again])}, "
            f"five times {share([often for _, often in again])}"
        )


def bigbench(folder: Path) -> None:
    """Chains of PaLM 2 with the first mistake marked by people."""
    for path in sorted(folder.glob("*.jsonl")):
        rows = list(rows_of(path))
        print(f"{path.stem}: a mistake {share([row['mistake_index'] is not None for row in rows])}")


def duplicates(name: str, questions: list[str]) -> None:
    """Questions asked before: word for word, or with other numbers at most."""
    plain = [" ".join(re.findall(r"\w+", question.lower())) for question in questions]
    masked = [_NUMBER.sub("0", text) for text in plain]
    for kind, texts in (("word for word", plain), ("up to numbers", masked)):
        seen = Counter(texts)
        repeats = len(texts) - len(seen)
        print(f"{name}: asked before, {kind} {100 * repeats / len(texts):.1f} % of {len(texts):,}")


def main() -> None:
    """Read the command line and print every share."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data: Path = parser.parse_args().data
    gsm8k(data / "gsm8k")
    skythought(data / "skythought_outputs")
    bigbench(data / "bigbench_mistake")
    union = list(rows_of(data / "adarft_difficulty" / "union.jsonl"))
    duplicates("AdaRFT", [str(row.get("problem") or row.get("question")) for row in union])
    duplicates("MATH train", [row["problem"] for row in rows_of(data / "math" / "train.jsonl")])
    duplicates("GSM8K train", [row["question"] for row in rows_of(data / "gsm8k" / "train.jsonl")])


if __name__ == "__main__":
    main()
