"""What a comparison asks, read and looked for in the pool, in this process."""

import io

import pytest

from rbic import cluster
from rbic.compare import compare
from rbic.config import CompareJobConfig, load
from rbic.corpus import CorpusError, find_files
from rbic.held_out import is_in_pool, read_held_out
from rbic.job import run_job
from rbic.progress import LogFormat, Progress
from rbic.stages.ingest import ingest_step, scan_step

POOL = [
    {"question": f"How much is {n} and {n}?", "answer": f"{n}+{n}={2 * n}\n#### {2 * n}"}
    for n in range(20)
]
ASKED = [{"question": f"What is {n} less 1?", "answer": str(n - 1)} for n in range(4)]


@pytest.fixture
def job(tmp_path, write_lines, in_process, monkeypatch):
    monkeypatch.setattr(cluster, "connect", lambda config: True)
    monkeypatch.setattr(cluster, "disconnect", lambda: None)
    monkeypatch.setattr(cluster, "stream_chunks", in_process)
    pool = write_lines("pool.jsonl", POOL)

    class Job:
        def config(self, asked, *overrides):
            held_out = asked if isinstance(asked, str) else write_lines("test.jsonl", asked)
            return load(
                CompareJobConfig, None, ["finetune.adapter=none", *overrides],
                {"corpus": [pool], "out": str(tmp_path / "out"), "compare.held_out": [held_out],
                 "finetune.model": "sample:model"},
            )  # fmt: skip

        def read(self, asked, *overrides):
            log = io.StringIO()
            try:
                return read_held_out(self.config(asked, *overrides), Progress(LogFormat.JSON, log))
            finally:
                self.said = log.getvalue()

    return Job()


def test_accuracy_is_divided_by_the_fields_that_some_row_has(job):
    assert job.read(ASKED).by == []
    assert "no row has a domain or a level: accuracy is not divided by it" in job.said
    rows = [{**ASKED[0], "level": 2}, ASKED[1]]
    found = job.read(rows)
    assert (found.by, found.problems["groups"].to_pylist()) == (["level"], [["2"], ["(none)"]])
    assert "no row has a domain: accuracy" in job.said
    assert job.read(rows, "compare.by=[]").by == []
    assert "is not divided" not in job.said
    with pytest.raises(CorpusError, match="compare.by: no row .* has the field subject; there are"):
        job.read(rows, "compare.by=[subject]")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (ASKED[:1], "compare.held_out: at least 2 rows with a reference answer are needed, got 1"),
        ([{"question": "Why?", "answer": ""}] * 3, "are needed, got 0 of 3"),
        ([], "compare.held_out: the files have no rows"),
        ("nowhere/else/none.jsonl", "compare.held_out 'nowhere/else/none.jsonl': no such file"),
    ],
)
def test_problems_that_cannot_be_asked_are_refused_by_their_setting(job, rows, words):
    with pytest.raises(CorpusError, match=words):
        job.read(rows)


def _shared(*rows):
    """The pool's questions as a file of problems holds them: no chain, another form of answer."""
    return [{"question": POOL[row]["question"], "answer": f"{2 * row}.0"} for row in rows]


def test_the_same_question_is_found_in_the_pool_whatever_its_answer(job, quiet):
    spaced = {"question": "How  much is 5\nand\u30005\uff1f", "answer": "10"}
    other = {"question": "how much is 5 and 5?", "answer": "10"}
    found = job.read([*ASKED, *_shared(3), spaced, other])
    config = job.config(ASKED)
    steps = [
        scan_step(find_files(config.corpus), config.ingest, config.workers.scan),
        ingest_step(config.ingest, config.tokens, config.workers.ingest),
    ]
    ingest = run_job(config, steps, quiet)["ingest"].output
    assert is_in_pool(found, ingest).tolist() == [False] * 4 + [True, True, False]


def test_a_comparison_on_the_pools_own_questions_ends_when_the_pool_is_read(job, quiet, in_process):
    asked = [ASKED[0], *_shared(7, 2, 11, 5)]
    words = (
        "compare.held_out: 4 of 5 problems have a question that the corpus has too: test.jsonl:1 "
        "is pool.jsonl:7, test.jsonl:2 is pool.jsonl:2, test.jsonl:3 is pool.jsonl:11. Take them"
    )
    with pytest.raises(CorpusError, match=words):
        compare(job.config(asked), quiet)
    assert {name for name, _ in in_process.ran} == {"scan", "ingest"}
    in_process.stop_after = len(in_process.ran)
    with pytest.raises(KeyboardInterrupt):
        compare(job.config(asked, "compare.allow_overlap=true"), quiet)
