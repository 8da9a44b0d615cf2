"""References that are probably wrong: what attempts agree on against them, and the chain's word.

A problem whose reference answer is wrong is never solved, and looks like the hardest of all. It
differs from a hard one in that the attempts agree: a model that cannot solve a problem errs in many
ways, one that can solve it gives the same answer again and again. Still some slips are made again
and again, so it counts what the chain says: one that derives the reference without a gap speaks for
it, and more attempts have to agree; one that computes falsely speaks against it, and fewer do.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rbic.core.equivalence import compare_answers
from rbic.schema import Verdict


class Word(IntEnum):
    """What a chain says of its reference; of several chains to one problem the greatest counts."""

    NOTHING = 0
    SLIPS = 1
    """It comes to the reference through an equation that is false."""
    DERIVES = 2
    """It comes to the reference from the question's numbers alone, all of them, and without a
    false equation."""


class Agreement(NamedTuple):
    """How many attempts have to agree on another answer."""

    least: int
    above: float
    """And more than this share of all that were judged."""


AGREEMENT = {
    Word.NOTHING: Agreement(4, 0.5),
    Word.SLIPS: Agreement(2, 0.0),
    Word.DERIVES: Agreement(8, 0.85),
}
"""Chosen on half of benchmarks/difficulty/suspects.py; docs/method.md has the figures of the other.
Three of four often agree by a shared slip, and so do four of four."""

WORD_COLUMNS = (
    "contradicted", "structured", "checked", "false_equations", "leaps", "left_out", "unreached",
    "assumed", "truncated",
)  # fmt: skip
"""Columns of schema.CHAINS that `words` reads."""


def words(chains: Mapping[str, NDArray[Any]]) -> NDArray[np.int64]:
    """The `Word` of each chain.

    Args:
        chains: WORD_COLUMNS by name, of any number of chains.
    """
    concludes_N = ~chains["contradicted"]
    slips_N = concludes_N & (chains["false_equations"] > 0)
    derives_N = concludes_N & chains["structured"] & (chains["checked"] > 0)
    for name in ("false_equations", "leaps", "left_out", "unreached", "assumed", "truncated"):
        derives_N &= chains[name] == 0
    return np.where(derives_N, Word.DERIVES, np.where(slips_N, Word.SLIPS, Word.NOTHING))


def agreed_answer(answers: Sequence[str | None], right: int, word: int) -> str | None:
    """The answer that the attempts agree on against the reference, if they do.

    Args:
        answers: final answers of the attempts that were judged wrong, in any order; None for an
            attempt that gives none.
        right: attempts that were judged right.
        word: the `Word` of the chains.

    Returns:
        The first wording of it, in order of text, if no attempt is right, and as many of them as
        AGREEMENT asks for give equal answers (rbic.core.equivalence); else None.
    """
    wanted = AGREEMENT[Word(word)]
    if right or len(answers) < wanted.least:
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
    agree = len(largest) >= wanted.least and len(largest) > wanted.above * len(answers)
    return largest[0] if agree else None


def _same(one: str, other: str) -> bool:
    return compare_answers(one, other).verdict is Verdict.RIGHT
