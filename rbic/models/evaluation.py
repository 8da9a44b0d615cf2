"""Ask a model problems and judge its replies: what the steps `attempts` and `verdicts` are made of.

`answer_problems` does both in this process, for callers that hold the model themselves.
Shape suffixes: Q problems, A attempts at each; rows of tables are attempts, problem by problem.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rbic.core.answers.boxes import boxed
from rbic.core.answers.judgement import Method
from rbic.models.checker import Checker, Judged
from rbic.models.generator import NEVER_WRITTEN, Finish, Generator
from rbic.schema import ANSWERED, Verdict

_UNANSWERED = Judged(None, Verdict.UNDECIDABLE, Method.UNANSWERED)
# Headings have four hashes too ("#### Step 3"): one word with a digit, or an option's letter.
_HASHED_LINE = re.compile(r"^####[ \t]*(?:[^\s\d]*\d\S*|\(?[A-J]\)?)[ \t]*\n", re.MULTILINE)
_NO_BRACE = re.compile(r"\\.|[^{}]", re.DOTALL)


def ask(
    generator: Generator, questions: Sequence[str], seed_QA: NDArray[np.int64]
) -> dict[str, Any]:
    """Columns of a model's attempts, one row an attempt.

    Args:
        generator: answers.
        questions: Q questions.
        seed_QA: the sampling seed of each attempt; its width is the number of attempts.

    Returns:
        The columns `attempt` (from 0), `seed`, `reply`, `finish`, `prompt_tokens`, `reply_tokens`
        and `mean_log_probability`, each Q x A long.
    """
    replies = [reply for own in generator.generate(questions, seed_QA) for reply in own]
    return {
        "attempt": np.tile(np.arange(seed_QA.shape[1]), len(questions)).astype(np.int32),
        "seed": seed_QA.ravel(),
        "reply": [reply.text for reply in replies],
        "finish": [reply.finish for reply in replies],
        "prompt_tokens": [reply.prompt_tokens for reply in replies],
        "reply_tokens": [reply.tokens for reply in replies],
        "mean_log_probability": [reply.mean_log_probability for reply in replies],
    }


def judge(
    checker: Checker,
    golds: Sequence[str],
    replies: Sequence[str],
    options: Sequence[Sequence[str] | None],
    finishes: Sequence[str],
) -> dict[str, Any]:
    """Columns of the verdicts on replies, one row a reply.

    Args:
        checker: judges.
        golds: the reference answer of each reply's problem.
        replies: the replies, whole.
        options: the options of each reply's problem, A first; None where it has none.
        finishes: why each reply ended. One that was cut off gives an answer only where it marks
            one, in a box or after `####`.

    Returns:
        The columns `final_answer` (None where a reply gives none), `verdict` and `method`.
    """
    heard = [
        _marked(reply) if finish == Finish.LENGTH else reply
        for reply, finish in zip(replies, finishes, strict=True)
    ]
    # A request that failed says nothing about the problem, whatever the error's words hold.
    judged = [
        _UNANSWERED if finish in NEVER_WRITTEN else one
        for one, finish in zip(checker.check(golds, heard, options), finishes, strict=True)
    ]
    return {
        "final_answer": [one.final_answer for one in judged],
        "verdict": [one.verdict for one in judged],
        "method": [one.method for one in judged],
    }


def _marked(text: str) -> str:
    """The last answer that a text marks and ends, as it is marked; empty where there is none.

    A reply that was cut off stopped amid its steps, and its last number is any of them. So may be
    what "the answer is" announces: a thought doubts itself, and a template that opens the thought
    leaves no tag in the reply that tells it from the rest.
    """
    box = boxed(text)
    if box is not None and not _closes(text[box.start : box.end]):
        # The cut went through this box: "\boxed{12" may have been on its way to 124.
        text = text[: box.start]
        box = boxed(text)
    if box is not None:
        return text[box.start : box.end]
    lines = _HASHED_LINE.findall(text)
    return lines[-1] if lines else ""


def _closes(box: str) -> bool:
    """Whether every brace that a box opens is closed in it."""
    braces = _NO_BRACE.sub("", box)
    return braces.endswith("}") and braces.count("{") == braces.count("}")


def answer_problems(
    generator: Generator,
    checker: Checker,
    questions: Sequence[str],
    answers: Sequence[str],
    options: Sequence[Sequence[str] | None],
    seed_QA: NDArray[np.int64],
) -> pa.Table:
    """Let a model answer problems, and judge what it replies.

    Args:
        generator: answers.
        checker: judges.
        questions: Q questions.
        answers: Q reference answers.
        options: Q lists of a multiple choice's options, A first; None for other questions.
        seed_QA: the sampling seed of each attempt (rbic.models.generator.attempt_seeds).

    Returns:
        A table of `schema.ANSWERED`, Q x A rows, problem by problem, attempts in order.
    """
    attempts = seed_QA.shape[1]
    asked = ask(generator, questions, seed_QA)
    verdicts = judge(
        checker,
        [answer for answer in answers for _ in range(attempts)],
        asked["reply"],
        [one for one in options for _ in range(attempts)],
        asked["finish"],
    )
    problem = np.repeat(np.arange(len(questions), dtype=np.int64), attempts)
    return pa.table({"problem": problem, **asked, **verdicts}, schema=ANSWERED.schema)
