"""What a change of the plan costs: the replies that no earlier step of the folder owns."""

import io
import json
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from rbic import storage
from rbic.asking import Asker
from rbic.chunks import ChunkTables, Step, Workers, whole
from rbic.models.generator import Engine, Finish, GeneratorConfig, Reply
from rbic.progress import LogFormat, Progress
from rbic.schema import PROBLEMS
from rbic.stages.attempts import attempts_step
from rbic.steps import run_steps
from rbic.under_way import JOURNAL

PLAIN = {"engine": Engine.TRANSFORMERS, "model": "m"}


class _Counting:
    """Replies with what it is asked, and counts; at odd seeds a reply is cut off."""

    name = "counting 1"

    def __init__(self, config, finish=None):
        self.asked = []
        self._prompt = config.prompt
        self._finish = finish

    def generate(self, questions, seed_QA):
        # vLLM counts the seeds of a row up itself
        assert (np.diff(seed_QA, axis=1) == 1).all()
        return [
            [self._reply(question, seed) for seed in seed_A]
            for question, seed_A in zip(questions, seed_QA.tolist(), strict=True)
        ]

    def _reply(self, question, seed):
        self.asked.append((question, seed))
        finish = self._finish or (Finish.LENGTH if seed % 2 else Finish.STOP)
        return Reply(f"{question} {seed}", finish, seed % 7, 3)


def _write_problems(chunk, attempts, first, suffix):
    """So many attempts at problems, by id; those with most come first, as the stages have it."""
    ids = sorted(attempts, key=lambda one: (-attempts[one], one))
    columns = {
        "sample_id": ids,
        "question": [f"question {one}{suffix}" for one in ids],
        "answer": ["1"] * len(ids),
        "options": [None] * len(ids),
        "attempts": [attempts[one] for one in ids],
        "first_attempt": [first] * len(ids),
    }
    arrays = [pa.array(columns[one.name], one.type) for one in PROBLEMS.schema]
    return ChunkTables({"problems": pa.table(arrays, schema=PROBLEMS.schema)})


@pytest.fixture
def run(tmp_path, in_process, monkeypatch):
    """Answers problems and gives what was asked, the counts, the digest and the log."""

    def answer(attempts, first=0, suffix="", chunk_rows=8, finish=None, fresh=False, **config):
        asked = GeneratorConfig(**{**PLAIN, **config})
        model = _Counting(asked, finish)
        monkeypatch.setattr("rbic.stages.attempts.load_generator", lambda *_: model)
        write = partial(_write_problems, attempts=attempts, first=first, suffix=suffix)
        problems = Step(
            name="problems",
            reads=(),
            writes={"problems": PROBLEMS.schema},
            params={"attempts": sorted(attempts.items()), "first": first, "suffix": suffix},
            plan=lambda inputs: whole(len(attempts)),
            worker=lambda inputs: write,
        )
        log = io.StringIO()
        steps = [problems, attempts_step(asked, Workers(chunk_rows=chunk_rows), 1)]
        root = str(tmp_path / ("fresh" if fresh else "steps"))
        ran = run_steps(steps, root, Progress(LogFormat.JSON, log), in_process)
        output = ran["attempts"].output
        answer.rows = output.read("attempts").to_pylist()
        answer.log = [json.loads(line) for line in log.getvalue().splitlines()]
        counts = output.counts["owned"], output.counts["asked"]
        return model.asked, counts, output.digest

    answer.root = tmp_path / "steps"
    return answer


ALL = dict.fromkeys(range(100, 120), 4)


@pytest.mark.parametrize(
    ("attempts", "changed", "owned", "asked"),
    [
        # a fifth attempt at all 20; 3 problems more; every other one; a few more at some
        (dict.fromkeys(ALL, 5), {}, 80, 20),
        (ALL | dict.fromkeys((7, 108_000, 9), 4), {}, 80, 12),
        (dict.fromkeys(range(100, 120, 2), 4), {}, 40, 0),
        (ALL | {103: 6, 117: 9}, {}, 80, 7),
        # a later round begins where the first ended, or within it
        (ALL, {"first": 4}, 0, 80),
        (ALL, {"first": 3}, 20, 60),
        # what names a step and no reply
        (ALL, {"chunk_rows": 5}, 80, 0),
        (ALL, {"batch_replies": 32}, 80, 0),
        # what changes a reply
        (ALL, {"suffix": " "}, 0, 80),
        (ALL, {"temperature": 0.5}, 0, 80),
        (ALL, {"prompt": "{question}!"}, 0, 80),
        (ALL, {"system": "Be brief."}, 0, 80),
        (ALL, {"max_tokens": 9}, 0, 80),
        (ALL, {"seed": 5}, 0, 80),
        (ALL, {"model": "n"}, 0, 80),
        (ALL, {"revision": "r"}, 0, 80),
    ],
)
def test_another_plan_asks_only_for_what_is_not_owned(run, attempts, changed, owned, asked):
    run(ALL)
    bought, counts, found = run(attempts, **changed)
    assert counts == (owned, asked)
    assert len(bought) == len(set(bought)) == asked
    assert f", owned {owned}, asked {asked}" in run.log[-1]["text"]
    rows = run.rows
    fresh, counts, wanted = run(attempts, fresh=True, **changed)
    assert (found, rows) == (wanted, run.rows)
    assert counts == (0, len(fresh)) == (0, owned + asked)


def test_gaps_between_owned_replies_are_filled(run):
    run(ALL, first=1)
    run(dict.fromkeys(ALL, 1), first=7)
    bought, counts, found = run(dict.fromkeys(ALL, 10))
    assert counts == (100, 100)
    assert len({seed for question, seed in bought if question == "question 100"}) == 5
    assert found == run(dict.fromkeys(ALL, 10), fresh=True)[2]


def test_chunks_of_a_step_that_was_broken_off_are_owned(run, in_process):
    in_process.stop_after = 3
    with pytest.raises(KeyboardInterrupt):
        run(ALL)
    in_process.stop_after = None
    # the problems, and two of three chunks of eight
    _, counts, found = run(dict.fromkeys(ALL, 5))
    assert counts == (64, 36)
    assert found == run(dict.fromkeys(ALL, 5), fresh=True)[2]


def test_a_reply_that_no_marker_vouches_for_is_not_owned(run):
    run(ALL)
    (folder,) = run.root.glob("attempts-*")
    storage.remove(str(folder / "record.json"))
    storage.remove(str(next((folder / "chunks").iterdir())))
    assert run(dict.fromkeys(ALL, 5))[1] in ((80 - 16, 20 + 16), (80 - 32, 20 + 32))


def test_a_failure_is_asked_again(run):
    run(ALL, finish=Finish.FAILED)
    assert run(dict.fromkeys(ALL, 5))[1] == (0, 100)


def test_where_everything_is_owned_no_model_is_loaded(run, monkeypatch):
    run(ALL)
    monkeypatch.setattr("rbic.stages.attempts.Asker._buy", None)
    assert run(dict.fromkeys(ALL, 3))[1] == (60, 0)


def test_replies_of_a_server_are_kept_until_their_chunk_is_committed(tmp_path):
    seen = []

    class Server(_Counting):
        journal = None

        def generate(self, questions, seed_QA):
            seen.append(self.journal)
            storage.write_bytes(storage.join(self.journal, "one"), b"")
            if "broken" in questions[0]:
                raise RuntimeError("no credit left")
            return super().generate(questions, seed_QA)

    generator = Server(GeneratorConfig(**PLAIN))
    asker = Asker(str(tmp_path), "attempts", "m", lambda: generator, "m")
    with pytest.raises(RuntimeError, match="no credit left"):
        asker.replies("a", ["question broken"], np.array([0]), np.array([1]))
    # The same worker may be given another chunk before the run has ended.
    for chunk in ("b", "c"):
        asker.replies(chunk, [f"question {chunk}"], np.array([0]), np.array([1]))
    asker.forget("b")
    failed, done, last = map(Path, seen)
    assert failed.is_relative_to(tmp_path / JOURNAL)
    assert [folder.exists() for folder in (failed, done, last)] == [True, False, True]
