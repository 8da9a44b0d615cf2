"""What a judge model is asked about two answers that no rule can compare, and what it may reply.

The words are fixed, so that verdicts of different runs mean the same. The judge sees the question,
the reference and the answer, and no reasoning of the reply, which could talk it round.
"""

import re

from rbic.schema import Verdict

METHOD = "judge"
"""The method of verdicts that a judge model gave."""

_PROMPT = """Below are a question, its reference answer, and an answer that somebody gave. Decide \
whether the given answer is equal to the reference answer: whether it means the same value, object \
or set of them, however it is written. Take the reference answer as right, and do not answer the \
question yourself. Another value, another precision where the question asks for one, a missing or \
an additional part, or another unit make the answers not equal.

Question:
{question}

Reference answer:
{reference}

Given answer:
{given}

Reply with EQUAL or NOT EQUAL, and with nothing else."""

_PLACE = re.compile(r"\{(question|reference|given)\}")
_WORDS = {"equal": Verdict.RIGHT, "not equal": Verdict.WRONG}


def judge_question(question: str, reference: str, given: str) -> str:
    """The question that a judge model is asked."""
    # In one pass: a text that holds the name of another place must not be filled in.
    texts = {"question": question, "reference": reference, "given": given}
    return _PLACE.sub(lambda place: texts[place[1]], _PROMPT)


def judge_verdict(reply: str) -> Verdict:
    """What a judge's reply says: the two words alone, in any case, with or without a full stop.

    A thought before them, closed by </think>, is left out. Whatever else it says is undecidable.
    """
    words = reply.rpartition("</think>")[2].strip().removesuffix(".")
    return _WORDS.get(" ".join(words.casefold().split()), Verdict.UNDECIDABLE)
