import numpy as np
import pytest

from rbic.models.checker import Checker, CheckRule
from rbic.models.evaluation import answer_problems, judge
from rbic.models.generator import Finish, Reply
from rbic.schema import ANSWERED


class Parrot:
    """Replies with what is in its book, and remembers the seeds it was given."""

    name = "parrot 1"

    def __init__(self, book):
        self._book = book

    def generate(self, questions, seed_QA):
        self.seed_QA = seed_QA
        return [list(self._book[question]) for question in questions]


def _said(text, finish=Finish.STOP, tokens=3):
    return Reply(text, finish, tokens, 9)


def test_each_attempt_at_each_problem_has_its_verdict():
    book = {
        "sum": [_said("#### 5"), _said("#### 6")],
        "choice": [_said("The answer is B."), _said("I do not know that", Finish.LENGTH, 8)],
        "long": [_said("", Finish.PROMPT_TOO_LONG, 0), _said("at most 7", Finish.FAILED, 0)],
    }
    seed_QA = np.arange(6).reshape(3, 2)
    generator = Parrot(book)
    with Checker(CheckRule()) as checker:
        table = answer_problems(
            generator, checker, list(book), ["5", "B", "7"], [None, ["x", "y"], None], seed_QA
        )
    assert table.schema == ANSWERED.schema
    rows = table.to_pylist()
    assert [(row["problem"], row["attempt"], row["seed"]) for row in rows] == [
        (q, a, seed_QA[q, a]) for q in range(3) for a in range(2)
    ]
    assert [row["verdict"] for row in rows] == [
        "right", "wrong", "right", "wrong", "undecidable", "undecidable",
    ]  # fmt: skip
    assert [row["final_answer"] for row in rows[:3]] == ["5", "6", "B"]
    assert [row["method"] for row in rows[4:]] == ["unanswered", "unanswered"]
    assert [row["reply_tokens"] for row in rows] == [3, 3, 3, 8, 0, 0]
    assert [row["finish"] for row in rows[2:5]] == ["stop", "length", "prompt_too_long"]


CUT = "There are 48 friends, and 48 + 24 = 72. But wait, half of 48 friends is 24"


@pytest.mark.parametrize(
    ("gold", "reply", "found"),
    [
        ("24", CUT, ("wrong", None)),
        ("72", CUT, ("wrong", None)),
        ("72", f"<think>{CUT}", ("wrong", None)),
        ("72", "48 + 24 = 72. The answer is 24. But wait", ("wrong", None)),
        ("72", r"Altogether $\boxed{72}$. Let me check: 48 +", ("right", "72")),
        ("1/2", r"$\boxed{\frac{1}{2}}", ("right", r"\frac{1}{2}")),
        ("72", "48 + 24 = 72\n#### 72\n\nQuestion: 5 +", ("right", "72")),
        ("B", "so y.\n#### B\n\nQuestion: 5 +", ("right", "B")),
        # The cut goes through the answer.
        ("12", r"Altogether $\boxed{12", ("wrong", None)),
        ("1/2", r"Altogether $\boxed{\frac{1}{2}", ("wrong", None)),
        ("1", r"They are $\boxed{1}$ and $\boxed{2", ("wrong", None)),
        ("72", r"So $\boxed{72}$. To be sure: 72 is right, hence \boxed{7", ("right", "72")),
        ("12", "#### 12", ("wrong", None)),
        ("3", "#### Step 3\nNow we add", ("wrong", None)),
    ],
)
def test_a_reply_that_was_cut_off_answers_only_where_it_marks_an_answer(gold, reply, found):
    with Checker(CheckRule()) as checker:
        judged = judge(checker, [gold], [reply], [None], [Finish.LENGTH])
    assert (judged["verdict"][0], judged["final_answer"][0]) == found


def test_only_a_reply_that_was_cut_off_must_mark_its_answer():
    with Checker(CheckRule()) as checker:
        judged = judge(checker, ["24", "24"], [CUT] * 2, [None] * 2, ["stop", "length"])
    assert judged["final_answer"] == ["24", None]
    assert judged["method"][1] == "no_answer"


@pytest.mark.slow
def test_a_generator_from_a_loaded_model_replies_as_one_that_loads_it(tiny_model):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from rbic.models.generator import Engine, GeneratorConfig, attempt_seeds, load_engine
    from rbic.models.generator_transformers import TransformersGenerator

    config = GeneratorConfig(
        model=tiny_model, engine=Engine.TRANSFORMERS, max_tokens=20, dtype="float32"
    )
    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype="float32").train()
    tokenizer = AutoTokenizer.from_pretrained(tiny_model, padding_side="right")
    seed_QA = attempt_seeds(0, np.arange(2), 3)
    questions = ["what is 1+1?", "a longer question about nothing"]
    held = TransformersGenerator.from_loaded(model, tokenizer, config)
    assert held.generate(questions, seed_QA) == load_engine(config).generate(questions, seed_QA)
    assert (model.training, tokenizer.padding_side) == (True, "right")
