r"""Chains that break off where those around them come to a conclusion.

Some corpora state the answer of every chain (`#### 42`, `\boxed{42}`), others write solutions that
just end, often without a full stop. One chain alone does not tell which it is; its source does. A
reply that was cut at a limit of tokens ends inside a sentence and states nothing.

Shape suffixes: N samples, S sources.
"""

import numpy as np
from numpy.typing import NDArray

_USUAL = 0.5
"""Share of a source's chains that must announce an answer for the others to be out of order. In
five files of real replies it finds 28 chains beyond their own text, of which 27 were read and are
cut (benchmarks.contribution.long_chains); none of GSM8K's, MATH's or TAL's is called so."""
_LEAST = 20
"""Chains of a source that say what is usual there."""


def broken_off(
    truncated_N: NDArray[np.bool_],
    announced_N: NDArray[np.bool_],
    open_end_N: NDArray[np.bool_],
    source_N: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Which chains break off, by themselves or by what is usual in their source.

    Args:
        truncated_N: chains that break off by their own text.
        announced_N: chains that announce their answer.
        open_end_N: chains that end inside a sentence, and neither announce nor reach an answer.
        source_N: the source of each, from 0.

    Returns:
        Shape (N,).
    """
    size_S = np.bincount(source_N)
    announced_S = np.bincount(source_N, weights=announced_N)
    usual_S = (size_S >= _LEAST) & (announced_S >= _USUAL * size_S)
    return np.asarray(truncated_N | (open_end_N & usual_S[source_N]))
