"""Chains with labels of real corpora: the rows on which the analysis is compared with people.

Every loader takes the folder of the data (see --data of the scripts) and yields `Labelled` rows.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from rbic.core.parts import with_options

_MARK = re.compile(r"<<[^<>]*>>")


@dataclass(frozen=True)
class Labelled:
    """A chain and what people (or the generator) say of its complexity.

    `group` names rows that are comparable: correlations are taken within it.
    """

    question: str
    chain: str
    answer: str | None
    options: Sequence[str] | None
    label: float
    group: str = ""


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSON lines file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def gsm8k_calculations(data: Path) -> Iterator[Labelled]:
    """GSM8K train; label: calculations that the authors marked `<<...>>`, marks removed."""
    for row in read_jsonl(data / "gsm8k/train.jsonl"):
        chain = _MARK.sub("", row["answer"])
        answer = row["answer"].rpartition("#### ")[2]
        yield Labelled(row["question"], chain, answer, None, len(_MARK.findall(row["answer"])))


def math_levels(data: Path) -> Iterator[Labelled]:
    """MATH train; label: level 1 to 5, within the subject."""
    for row in read_jsonl(data / "math/train.jsonl"):
        level = row["level"].removeprefix("Level ")
        if level.isdigit():
            yield Labelled(
                row["problem"], row["solution"], row["target"], None, int(level), row["type"]
            )


def _tal(data: Path, language: str) -> Iterator[Labelled]:
    for part in ("train_3K", "test_2K"):
        for row in read_jsonl(data / f"tal_scq5k/{language}_single_choice_{part}.jsonl"):
            analysis = (row["answer_analysis"] or [""])[0]
            if analysis.strip():
                options = [option[0]["content"] for option in row["answer_option_list"]]
                # As the ingest hands a question on.
                question = with_options(row["problem"], options)
                difficulty = int(row["difficulty"])
                yield Labelled(question, analysis, row["answer_value"], options, difficulty)


def tal_english(data: Path) -> Iterator[Labelled]:
    """TAL-SCQ5K English; label: difficulty 0 to 4."""
    return _tal(data, "en")


def tal_chinese(data: Path) -> Iterator[Labelled]:
    """TAL-SCQ5K Chinese; label: difficulty 0 to 4."""
    return _tal(data, "ch")


def cmath_questions(data: Path) -> Iterator[Labelled]:
    """CMATH; label: reasoning steps. Without chains: the question is analysed as its own chain."""
    for row in read_jsonl(data / "cmath/cmath_dev.jsonl"):
        yield Labelled(row["input"], row["input"], None, None, int(row["reasoning_step"]))
    for row in read_jsonl(data / "cmath/cmath_test.jsonl"):
        yield Labelled(row["question"], row["question"], None, None, int(row["reasoning_step"]))


def _strategyqa(data: Path) -> list[dict[str, Any]]:
    return [
        row
        for part in ("train", "dev")
        for row in json.loads((data / f"strategyqa/{part}.json").read_text(encoding="utf-8"))
    ]


def strategyqa_facts(data: Path) -> Iterator[Labelled]:
    """StrategyQA; the facts as the chain; label: length of the decomposition."""
    for row in _strategyqa(data):
        chain = " ".join(fact.rstrip().rstrip(".") + "." for fact in row["facts"])
        yield Labelled(row["question"], chain, None, None, len(row["decomposition"]))


def strategyqa_decomposition(data: Path) -> Iterator[Labelled]:
    """StrategyQA; the decomposition as one paragraph; label: its length."""
    for row in _strategyqa(data):
        chain = " ".join(row["decomposition"])
        yield Labelled(row["question"], chain, None, None, len(row["decomposition"]))


def entailment_prose(row: dict[str, Any]) -> str:
    """A proof of EntailmentBank as prose: premises as they come, each conclusion after `Therefore`.

    `int1` and its like, by which the proof refers to a conclusion, are left out: the text has to
    show it.
    """
    conclusions: set[str] = set()
    sentences: list[str] = []
    for block in row["full_text_proof"].split("[BECAUSE]")[1:]:
        premises, _, conclusion = block.partition("[INFER]")
        for premise in map(str.strip, premises.split("[AND]")):
            if premise not in conclusions:
                sentences.append(premise[:1].upper() + premise[1:] + ".")
        name, _, statement = conclusion.partition(":")
        conclusions.add(name.strip())
        sentences.append(f"Therefore, {statement.strip()}.")
    return " ".join(sentences)


def _entailment(data: Path, label: str) -> Iterator[Labelled]:
    for part in ("dev", "test"):
        for row in read_jsonl(data / f"entailment_bank/{part}.jsonl"):
            yield Labelled(row["question"], entailment_prose(row), None, None, row[label])


def entailment_depth(data: Path) -> Iterator[Labelled]:
    """EntailmentBank; label: depth of the proof tree."""
    return _entailment(data, "depth_of_proof")


def entailment_length(data: Path) -> Iterator[Labelled]:
    """EntailmentBank; label: inference steps of the proof."""
    return _entailment(data, "length_of_proof")


def knights_and_knaves(data: Path) -> Iterator[Labelled]:
    """Knights and knaves; the worked search as the chain; label: number of people."""
    for path in sorted(data.glob("knights_knaves/kk_*_train.parquet")):
        for row in pq.read_table(path).to_pylist():
            chain = " ".join(
                [row["cot_head"], *row["cot_repeat_steps"], row["cot_foot"], row["solution_text"]]
            )
            yield Labelled(row["quiz"], chain, None, None, len(row["names"]))


STUDIES: dict[str, Callable[[Path], Iterator[Labelled]]] = {
    "gsm8k: calculations": gsm8k_calculations,
    "math: level within subject": math_levels,
    "tal english: difficulty": tal_english,
    "tal chinese: difficulty": tal_chinese,
    "cmath question: steps": cmath_questions,
    "strategyqa facts: steps": strategyqa_facts,
    "strategyqa decomposition: steps": strategyqa_decomposition,
    "entailment_bank: length": entailment_length,
    "entailment_bank: depth": entailment_depth,
    "knights_knaves: people": knights_and_knaves,
}
