"""The job that evaluates, in this process, with a model that knows some answers by heart."""

import io
import json
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rbic import cluster, storage
from rbic.config import ConfigError, EvaluateConfig, load
from rbic.core.accuracy import wilson_interval
from rbic.corpus import CorpusError
from rbic.evaluate import evaluate
from rbic.models.generator import Finish, Reply
from rbic.progress import LogFormat, Progress

# question, reference, level, reply
ROWS = [
    ("1 + 1 = ?", "2", 1, "The answer is 2."),
    ("2 + 2 = ?", "4", 1, "The answer is 5."),
    ("3 + 3 = ?", "so 3 + 3 = 6\n#### 6", 2, "#### 6"),
    ("4 + 4 = ?", "8", 10, ""),
    ("1 + 1 = ?", "2", 2, "The answer is 2."),
    ("5 + 5 = ?", "10", None, None),
    ("一加二等于几？", "3", 2, "答案是3"),
]


class _Known:
    name = "known 1"

    def __init__(self, config):
        self._config = config
        self.asked = []

    def generate(self, questions, seed_QA):
        self.asked += questions
        book = {question: reply for question, _, _, reply in ROWS}
        return [
            [self._reply(book[question], a) for a in range(seed_QA.shape[1])]
            for question in questions
        ]

    def _reply(self, text, attempt):
        if text is None:
            return Reply("maximum context length is 10", Finish.FAILED, 0, 0)
        if attempt % 2:
            return Reply("The answer is -1.", Finish.LENGTH, 7, 5)
        return Reply(text, Finish.STOP, 3, 5)


@pytest.fixture
def job(tmp_path, write_lines, in_process, monkeypatch):
    monkeypatch.setattr(cluster, "connect", lambda config: True)
    monkeypatch.setattr(cluster, "disconnect", lambda: None)
    monkeypatch.setattr(cluster, "stream_chunks", in_process)
    made = []

    def load_generator(config, _):
        made.append(_Known(config))
        return made[-1]

    monkeypatch.setattr("rbic.stages.attempts.load_generator", load_generator)
    rows = [{"question": q, "answer": a, "level": level} for q, a, level, _ in ROWS]
    rows.append({"question": "no reference?", "answer": ""})
    path = write_lines("test.jsonl", rows)

    def run(*overrides, files=(path,), dry_run=False):
        in_process.ran.clear()
        made.clear()
        log = io.StringIO()
        defaults = ["generator.engine=transformers", "generator.model=known"]
        config = load(
            EvaluateConfig, None, [*defaults, *overrides],
            {"on": list(files), "out": str(tmp_path / "out")},
        )  # fmt: skip
        ran = evaluate(config, Progress(LogFormat.JSON, log), dry_run)
        run.log = [json.loads(line) for line in log.getvalue().splitlines()]
        run.asked = [question for one in made for question in one.asked]
        return ran

    run.out = tmp_path / "out"
    return run


def _summary(job):
    return json.loads((job.out / "accuracy.json").read_text())


def _lines(job):
    return [json.loads(line) for line in (job.out / "replies.jsonl").read_text().splitlines()]


def test_accuracy_is_what_counting_by_hand_gives(job):
    job("evaluate.by=[level]")
    found = _summary(job)
    # Right: rows 0, 2, 4, 6. Wrong: 1. No answer: 3. Failed, so not to be judged: 5.
    interval = wilson_interval(4, 7)
    assert found["accuracy"] == 4 / 7
    assert (found["low"], found["high"]) == (interval.low, interval.high)
    assert (found["rows"], found["problems"], found["distinct_problems"]) == (8, 7, 6)
    assert (found["without_reference"], found["rejected"]) == (1, 0)
    assert (found["no_answer"], found["undecidable"], found["cut_off"]) == (1 / 7, 1 / 7, 0)
    assert found["reply_tokens"] == 6 * 3 / 7
    by = {of: {name: (part["accuracy"], part["problems"]) for name, part in parts.items()}
          for of, parts in found["by"].items()}  # fmt: skip
    assert by == {
        "language": {"en": (0.5, 6), "zh": (1, 1)},
        "level": {"1": (0.5, 2), "2": (1, 3), "10": (0, 1), "(none)": (0, 1)},
    }
    assert list(found["by"]["level"]) == ["1", "2", "10", "(none)"]
    assert (found["model"], found["engine"]) == ("known", "known 1")


def test_accuracy_is_given_by_domain_and_level_where_rows_have_them(job, write_lines):
    job()
    assert list(_summary(job)["by"]) == ["language", "level"]
    job("evaluate.by=[]")
    assert list(_summary(job)["by"]) == ["language"]
    job(files=(write_lines("plain.jsonl", [{"question": "1 + 1 = ?", "answer": "2"}]),))
    assert list(_summary(job)["by"]) == ["language"]
    rows = [{"question": "1 + 1 = ?", "answer": "2", "domain": "sums", "level": 1}]
    job(files=(write_lines("both.jsonl", rows),))
    assert list(_summary(job)["by"]) == ["language", "domain", "level"]


def test_a_field_that_no_row_has_is_refused_before_anything_is_asked(job, in_process):
    words = "evaluate.by: no row with a reference answer has the field subject; there are .*, level"
    with pytest.raises(CorpusError, match=words):
        job("evaluate.by=[level,subject]")
    assert {name for name, _ in in_process.ran} == {"scan", "ingest"}


def test_the_lines_of_replies_count_up_to_the_accuracy(job):
    job("generator.attempts=2", "generator.temperature=1")
    lines = _lines(job)
    assert Counter(line["row"] for line in lines) == dict.fromkeys(range(7), 2)
    shares = [
        np.mean([line["verdict"] == "right" for line in lines if line["row"] == row])
        for row in range(7)
    ]
    found = _summary(job)
    assert found["accuracy"] == pytest.approx(np.mean(shares)) == pytest.approx(2 / 7)
    assert found["low"] < found["accuracy"] < found["high"]
    assert found["cut_off"] == 6 / 14
    row = next(line for line in lines if line["row"] == 2 and line["attempt"] == 0)
    assert row == {
        "source": "test.jsonl", "row": 2, "question": "3 + 3 = ?", "answer": "6", "attempt": 0,
        "reply": "#### 6", "finish": "stop", "prompt_tokens": 5, "reply_tokens": 3,
        "mean_log_probability": None,
        "final_answer": "6", "verdict": "right", "method": row["method"],
    }  # fmt: skip


def test_equal_rows_count_each_and_are_asked_once(job):
    ran = job()
    assert Counter(job.asked) == {question: 1 for question, *_ in ROWS}
    grades = ran["accuracy"].output.read("grades").to_pylist()
    assert [row["row"] for row in grades] == [0, 1, 2, 3, 4, 5, 6]
    assert grades[0]["sample_id"] == grades[4]["sample_id"]
    kinds = ("right", "wrong", "no_answer", "undecidable")
    assert [next(kind for kind in kinds if row[kind]) for row in grades] == [
        "right", "wrong", "right", "no_answer", "right", "undecidable", "right",
    ]  # fmt: skip


def test_parquet_and_json_lines_are_one_evaluation(job, tmp_path, write_lines):
    table = pa.table({"problem": ["1 + 1 = ?"], "target": ["2"], "level": [None], "hard": [True]})
    pq.write_table(table, tmp_path / "more.parquet")
    path = write_lines("few.jsonl", [{"question": "2 + 2 = ?", "answer": 4, "hard": False}])
    job("evaluate.by=[hard]", files=(path, str(tmp_path / "more.parquet")))
    hard = {name: part["accuracy"] for name, part in _summary(job)["by"]["hard"].items()}
    assert hard == {"false": 0.0, "true": 1.0}


def test_a_broken_off_evaluation_goes_on_and_ends_with_the_same_bytes(job, in_process):
    small = ["workers.attempts.chunk_rows=2", "workers.verdicts.chunk_rows=2"]
    job(*small)
    published = ("replies.jsonl", "accuracy.json")
    want = {name: (job.out / name).read_bytes() for name in published}
    storage.remove(str(job.out))
    for stop in (2, 3, 3):
        in_process.stop_after = stop
        with pytest.raises(KeyboardInterrupt):
            job(*small)
    in_process.stop_after, in_process.backwards = None, True
    job(*small)
    assert {name: (job.out / name).read_bytes() for name in want} == want
    job(*small)
    assert in_process.ran == []
    assert job.log[-1]["all done before"] == "nothing was run"


def test_only_accuracy_is_done_again_for_another_break_down(job, in_process):
    job()
    job("evaluate.by=[level]")
    assert {name for name, _ in in_process.ran} == {"accuracy"}


def test_a_model_trained_anew_in_its_folder_is_asked_anew(job, tmp_path, in_process):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")
    job(f"generator.model={folder}")
    job(f"generator.model={folder}")
    assert in_process.ran == []
    (folder / "model.safetensors").write_bytes(b"WEIGHTS")
    ran = job(f"generator.model={folder}")
    assert ran["attempts"].reason is not None


def test_a_dry_run_says_what_would_be_done(job, in_process):
    job(dry_run=True)
    assert in_process.ran == []
    assert not job.out.exists()


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["generator.engine=none"], "generator.model: name the model"),
        (["generator.model=/nowhere/model"], "generator.model: there is no folder"),
        (["judge.model=./nowhere"], "judge.model: there is no folder './nowhere'"),
        (["on=[]"], "on: name at least one file"),
        (["out="], "out: name a folder"),
        (["corpus=[a]"], "unknown key corpus"),
        (["evaluate.by=[language]"], "evaluate.by must name fields once"),
        (["evaluate.resamples=3"], "evaluate.resamples must be at least 100"),
        (["evaluate.seed=-1"], r"evaluate.seed must be in \[0, 2\^32\)"),
    ],
)
def test_a_command_that_cannot_be_done_is_named(job, overrides, words):
    with pytest.raises(ConfigError, match=words):
        job(*overrides)


@pytest.mark.parametrize(
    ("rows", "words"),
    [(None, "on '.*none.jsonl': no such file"), ([], "on: the files have no rows")],
)
def test_files_that_are_missing_or_empty_are_named_by_their_setting(
    job, write_lines, tmp_path, rows, words
):
    path = str(tmp_path / "none.jsonl") if rows is None else write_lines("empty.jsonl", rows)
    with pytest.raises(CorpusError, match=words):
        job(files=(path,))


def test_files_without_references_are_an_error_of_the_corpus(job, write_lines):
    with pytest.raises(CorpusError, match="none of the 1 rows has a reference answer"):
        job(files=(write_lines("odd.jsonl", [{"question": "q"}]),))
