"""An evaluation of the sample model through Ray, counted once more from its replies."""

import gzip
import io
import json
import re
from pathlib import Path

import pytest

import rbic.sample
from rbic.config import EvaluateConfig, load
from rbic.core.accuracy import wilson_interval
from rbic.evaluate import evaluate
from rbic.progress import LogFormat, Progress

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.timeout(1200)]


def _problems(count):
    path = Path(rbic.sample.__file__).parent / "corpus" / "stories.jsonl"
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as stream:
        rows = [json.loads(line) for line in stream][:count]
    return [
        {"question": row["question"], "answer": re.findall(r"-?\d[\d,.]*", row["answer"])[-1]}
        for row in rows
    ]


@pytest.fixture
def run(tmp_path, write_lines):
    path = write_lines("test.jsonl", _problems(24))

    def evaluated(name, *overrides):
        config = load(
            EvaluateConfig, None,
            ["generator.engine=transformers", "generator.max_tokens=200",
             "workers.attempts.chunk_rows=8", *overrides],
            {"on": [path], "out": str(tmp_path / name), "generator.model": "sample:model"},
        )  # fmt: skip
        evaluate(config, Progress(LogFormat.JSON, io.StringIO()))
        return tmp_path / name

    return evaluated


def _last_number(text):
    numbers = re.findall(r"-?\d+(?:\.\d+)?", text.replace(",", ""))
    return float(numbers[-1]) if numbers else None


def test_accuracy_is_what_its_replies_count_up_to_for_any_number_of_workers(run):
    out = run("one", "workers.attempts.count=1")
    found = json.loads((out / "accuracy.json").read_text())
    lines = [json.loads(line) for line in (out / "replies.jsonl").read_text().splitlines()]
    assert [line["row"] for line in lines] == list(range(24))
    right = sum(_last_number(line["reply"]) == _last_number(line["answer"]) for line in lines)
    assert 0 < right < 24
    interval = wilson_interval(right, 24)
    assert found["accuracy"] == right / 24
    assert (found["low"], found["high"]) == (interval.low, interval.high)
    assert found["reply_tokens"] == sum(line["reply_tokens"] for line in lines) / 24
    assert found["model"] == "sample:model"
    two = run("two", "workers.attempts.count=2", "workers.verdicts.chunk_rows=5")
    for name in ("accuracy.json", "replies.jsonl"):
        assert (two / name).read_bytes() == (out / name).read_bytes()
