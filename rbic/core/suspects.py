"""References that are probably wrong: what the attempts agree on against them.

A problem whose reference answer is wrong is never solved, and looks like the hardest of all. It
differs from a hard one in that the attempts agree: a model that cannot solve a problem errs in many
ways, one that can solve it gives the same answer again and again.
"""

from collections.abc import Sequence

from rbic.core.equivalence import compare_answers
from rbic.schema import Verdict

LEAST_AGREEING = 4
"""Attempts that must agree. Three of four often agree by a shared slip: in the sample corpus at 55
sound chains and 24 wrong ones, four of four at 29 and 79."""

_MAJORITY = 0.5


def agreed_answer(answers: Sequence[str | None], right: int) -> str | None:
    """The answer that the attempts agree on against the reference, if they do.

    Args:
        answers: final answers of the attempts that were judged wrong, in any order; None for an
            attempt that gives none.
        right: attempts that were judged right.

    Returns:
        The first wording of it, in order of text, if no attempt is right, and at least
        LEAST_AGREEING and more than half of them give equal answers (rbic.core.equivalence); else
        None.
    """
    if right or len(answers) < LEAST_AGREEING:
        return None
    groups: list[list[str]] = []
    for answer in sorted(one for one in answers if one is not None):
        for group in groups:
            if answer == group[-1] or _same(answer, group[0]):
                group.append(answer)
                break
        else:
            groups.append([answer])
    largest = max(groups, key=len, default=[])
    agree = len(largest) >= LEAST_AGREEING and len(largest) > _MAJORITY * len(answers)
    return largest[0] if agree else None


def _same(one: str, other: str) -> bool:
    return compare_answers(one, other).verdict is Verdict.RIGHT
