"""A judge model in an evaluation, in this process: what it is asked, and what follows from it."""

import io
import json

import pytest

from rbic import cluster
from rbic.config import ConfigError, EvaluateConfig, RunConfig, load
from rbic.evaluate import evaluate
from rbic.models.generator import Engine, Finish, GeneratorConfig, Reply
from rbic.pipeline import make_steps, settle
from rbic.progress import LogFormat, Progress

# question, reference, replies, and what the judge says of the first one's answer
ROWS = [
    ("one?", "1", ["The answer is 1.", "The answer is 2."], None),
    ("third?", "1/3", ["The answer is 0.33."] * 2, "EQUAL"),
    ("pi?", "3.14", ["The answer is 3.1416.", "The answer is 3.14."], "NOT EQUAL."),
    ("law?", "f(x)=x+c", ["The answer is \\boxed{g~h?}", ""], "Hard to say."),
    ("root?", "1.41", ["The answer is 1.4142.", "The answer is 1.4142."], "equal (cut off"),
]


class _Solver:
    name = "solver 1"

    def generate(self, questions, seed_QA):
        book = {question: replies for question, _, replies, _ in ROWS}
        return [
            [Reply(text, Finish.STOP, 3, 5) for text in book[question][: seed_QA.shape[1]]]
            for question in questions
        ]


class _Judge:
    name = "judge 1"

    def __init__(self, config):
        self.config = config
        self.asked = []

    def generate(self, questions, seed_QA):
        assert seed_QA.shape == (len(questions), 1)
        self.asked += questions
        replies = []
        for question in questions:
            (said,) = (row[3] for row in ROWS if f"Question:\n{row[0]}\n" in question)
            finish = Finish.LENGTH if "cut off" in said else Finish.STOP
            replies.append([Reply(said.partition(" (")[0], finish, 1, 50)])
        return replies


@pytest.fixture
def job(tmp_path, write_lines, in_process, monkeypatch):
    monkeypatch.setattr(cluster, "connect", lambda config: True)
    monkeypatch.setattr(cluster, "disconnect", lambda: None)
    monkeypatch.setattr(cluster, "stream_chunks", in_process)
    monkeypatch.setattr("rbic.stages.attempts.load_generator", lambda *_: _Solver())
    path = write_lines("test.jsonl", [{"question": q, "answer": a} for q, a, _, _ in ROWS])

    def run(*overrides):
        in_process.ran.clear()
        run.judges = []

        def load_judge(config, _):
            run.judges.append(_Judge(config))
            return run.judges[-1]

        monkeypatch.setattr("rbic.stages.judgements.load_generator", load_judge)
        log = io.StringIO()
        defaults = ["generator.engine=transformers", "generator.model=solver",
                    "generator.attempts=2", "generator.temperature=1", "judge.model=judge",
                    "judge.engine=transformers"]  # fmt: skip
        values = {"on": [path], "out": str(tmp_path / "out")}
        config = load(EvaluateConfig, None, [*defaults, *overrides], values)
        ran = evaluate(config, Progress(LogFormat.JSON, log))
        run.log = [json.loads(line) for line in log.getvalue().splitlines()]
        run.asked = [question for judge in run.judges for question in judge.asked]
        return ran

    run.out = tmp_path / "out"
    return run


def _by_question(job):
    lines = [json.loads(line) for line in (job.out / "replies.jsonl").read_text().splitlines()]
    return [(one["question"], one["verdict"], one["method"]) for one in lines]


def test_it_is_asked_about_undecidable_pairs_alone_once_each(job):
    job()
    assert len(job.asked) == 4
    assert {row[0] for row in ROWS if any(f"Question:\n{row[0]}\n" in q for q in job.asked)} == {
        "third?", "pi?", "law?", "root?",
    }  # fmt: skip
    (judge,) = job.judges
    assert (judge.config.temperature, judge.config.attempts) == (0, 1)


def test_its_word_counts_where_it_is_clear_and_is_told_apart(job):
    ran = job()
    assert _by_question(job) == [
        ("one?", "right", "text"),
        ("one?", "wrong", "value"),
        ("third?", "right", "judge"),
        ("third?", "right", "judge"),
        ("pi?", "wrong", "judge"),
        ("pi?", "right", "text"),
        ("law?", "undecidable", "label"),
        ("law?", "wrong", "no_answer"),
        ("root?", "undecidable", "rounding"),
        ("root?", "undecidable", "rounding"),
    ]
    counts = ran["verdicts"].output.counts
    assert counts == {
        "right": 4, "wrong": 3, "undecidable": 3, "judged_right": 2, "judged_wrong": 1,
    }  # fmt: skip
    told = job.log[-1]["judge"]
    assert told == (
        "decided 3 replies that the checker could not (2 right, 1 wrong); 3 stay undecidable"
    )
    rows = ran["judgements"].output.read("judgements").to_pylist()
    assert {(row["reply"], row["verdict"], row["engine"], row["model"]) for row in rows} == {
        ("EQUAL", "right", "judge 1", "judge"), ("NOT EQUAL.", "wrong", "judge 1", "judge"),
        ("Hard to say.", "undecidable", "judge 1", "judge"),
        ("equal", "undecidable", "judge 1", "judge"),
    }  # fmt: skip


def test_a_judgement_is_paid_for_once(job):
    job()
    # other attempts, which give the same answers
    ran = job("generator.seed=3")
    assert ran["attempts"].reason is not None
    assert ran["judgements"].reason is None
    # fewer of them, with the same undecidable pairs among others
    ran = job("generator.attempts=1")
    counts = ran["judgements"].output.counts
    assert (counts["owned"], counts["asked"], job.judges) == (4, 0, [])
    job("judge.max_tokens=9")
    assert len(job.asked) == 4


def test_without_a_model_there_is_no_judge(job):
    ran = job("judge.engine=none")
    assert "checked" not in ran
    assert ran["verdicts"].output.counts == {"right": 2, "wrong": 2, "undecidable": 6}
    assert "judge" not in job.log[-1]


def test_with_a_judge_each_round_has_its_steps():
    models = ["generator.model=m", "generator.url=http://a/v1"]
    judge = ["judge.model=n", "judge.url=http://b/v1"]
    config = load(RunConfig, None, ["problems.rounds=2", *models, *judge])
    names = [step.name for step in make_steps(settle(config), [])]
    first = names.index("problems")
    assert names[first : first + 10] == [
        "problems", "attempts", "checked", "judgements", "verdicts",
        "problems-2", "attempts-2", "checked-2", "judgements-2", "verdicts-2",
    ]  # fmt: skip
    assert config.judge == GeneratorConfig(
        engine=Engine.AUTO, model="n", url="http://b/v1", attempts=1, temperature=0.0,
        max_tokens=512,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("judge.temperature=0.5", "judge.temperature must stay 0, got 0.5"),
        ("judge.prompt='Well, {question}'", "judge.prompt must stay {question}, got Well, "),
        ("workers.judgements.gpus_each=2", "workers.judgements.gpus_each must be judge.tensor"),
    ],
)
@pytest.mark.parametrize("root", [RunConfig, EvaluateConfig])
def test_what_a_judge_cannot_be_is_refused(root, override, words):
    with pytest.raises(ConfigError, match=words):
        load(root, None, [override])
