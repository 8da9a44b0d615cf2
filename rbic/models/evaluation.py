"""Ask a model problems and judge its replies: what the steps `attempts` and `verdicts` are made of.

`answer_problems` does both in this process, for callers that hold the model themselves.
Shape suffixes: Q problems, A attempts at each; rows of tables are attempts, problem by problem.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rbic.core.answers.judgement import Method
from rbic.models.checker import Checker, Judged
from rbic.models.generator import Finish, Generator
from rbic.schema import ANSWERED, Verdict

_SILENT = frozenset({Finish.FAILED, Finish.PROMPT_TOO_LONG})
_UNANSWERED = Judged(None, Verdict.UNDECIDABLE, Method.UNANSWERED)


def ask(
    generator: Generator, questions: Sequence[str], seed_QA: NDArray[np.int64]
) -> dict[str, Any]:
    """Columns of a model's attempts, one row an attempt.

    Args:
        generator: answers.
        questions: Q questions.
        seed_QA: the sampling seed of each attempt; its width is the number of attempts.

    Returns:
        The columns `attempt` (from 0), `seed`, `reply`, `finish`, `prompt_tokens` and
        `reply_tokens`, each Q x A long.
    """
    replies = [reply for own in generator.generate(questions, seed_QA) for reply in own]
    return {
        "attempt": np.tile(np.arange(seed_QA.shape[1]), len(questions)).astype(np.int32),
        "seed": seed_QA.ravel(),
        "reply": [reply.text for reply in replies],
        "finish": [reply.finish for reply in replies],
        "prompt_tokens": [reply.prompt_tokens for reply in replies],
        "reply_tokens": [reply.tokens for reply in replies],
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
        finishes: why each reply ended.

    Returns:
        The columns `final_answer` (None where a reply gives none), `verdict` and `method`.
    """
    # A request that failed says nothing about the problem, whatever the error's words hold.
    judged = [
        _UNANSWERED if finish in _SILENT else one
        for one, finish in zip(checker.check(golds, replies, options), finishes, strict=True)
    ]
    return {
        "final_answer": [one.final_answer for one in judged],
        "verdict": [one.verdict for one in judged],
        "method": [one.method for one in judged],
    }


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
