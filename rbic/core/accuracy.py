"""Accuracy of a model on problems, with its uncertainty.

Shape suffixes: N problems (rows of the evaluation's files; equal rows are problems of their own).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Z_95 = 1.959963984540054
"""The normal quantile of 97.5 %."""


@dataclass(frozen=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float


@dataclass(frozen=True)
class Counted:
    """What became of the replies to each problem. The four kinds add up to the replies."""

    right_N: NDArray[np.int64]
    wrong_N: NDArray[np.int64]
    """Replies with a wrong answer."""
    no_answer_N: NDArray[np.int64]
    """Replies that state no answer."""
    undecidable_N: NDArray[np.int64]
    """Replies whose answer could not be compared, and requests that failed."""
    cut_off_N: NDArray[np.int64]
    """Replies that ran into the limit of length; of any of the four kinds."""
    tokens_N: NDArray[np.int64]
    """Tokens of all replies."""

    @property
    def replies_N(self) -> NDArray[np.int64]:
        """Replies to each problem."""
        return self.right_N + self.wrong_N + self.no_answer_N + self.undecidable_N

    def of(self, row_M: NDArray[np.int64]) -> "Counted":
        """The counts of some problems."""
        return Counted(**{name: column[row_M] for name, column in vars(self).items()})


@dataclass(frozen=True)
class Accuracy:
    """Accuracy over a group of problems."""

    problems: int
    replies: int
    accuracy: float
    """Mean over problems of the share of right replies, in [0, 1]; what cannot be decided is not
    right."""
    low: float
    high: float
    """The 95 % interval: Wilson's for one reply a problem, else by bootstrap over problems."""
    no_answer: float
    """Share of replies that state no answer, in [0, 1]."""
    undecidable: float
    """Share of replies whose answer could not be judged, in [0, 1]."""
    cut_off: float
    """Share of replies that ran into the limit of length, in [0, 1]."""
    reply_tokens: float
    """Mean tokens of a reply."""


def wilson_interval(right: int, count: int) -> Interval:
    """Wilson's score interval for a share (Wilson 1927), 95 %.

    With p = right/count, z = 1.96: (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n).
    """
    share, z2 = right / count, Z_95**2
    middle = share + z2 / (2 * count)
    half = Z_95 * math.sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    low, high = ((middle + sign * half) / (1 + z2 / count) for sign in (-1, 1))
    # At 0 and count the formula gives 0 and 1 but for rounding.
    return Interval(0.0 if right == 0 else low, 1.0 if right == count else high)


def bootstrap_interval(value_N: NDArray[np.float64], resamples: int, seed: int) -> Interval:
    """Percentile interval of a mean, 95 %, by resampling with replacement (Efron 1979).

    Drawn as counts of the distinct values, a multinomial, which is the same and takes time in
    their number instead of N. Without spread in the values the interval has no width.
    """
    distinct_U, count_U = np.unique(value_N, return_counts=True)
    rng = np.random.default_rng(seed)
    drawn_BU = rng.multinomial(len(value_N), count_U / len(value_N), size=resamples)
    low, high = np.quantile(drawn_BU @ distinct_U / len(value_N), [0.025, 0.975])
    return Interval(float(low), float(high))


def accuracy(counted: Counted, resamples: int, seed: int) -> Accuracy:
    """Accuracy over all problems given, at least one, each with at least one reply.

    Args:
        counted: what became of the replies.
        resamples: of the bootstrap.
        seed: of the bootstrap.
    """
    replies_N = counted.replies_N
    share_N = counted.right_N / replies_N
    count, replies = len(share_N), int(replies_N.sum())
    interval = (
        wilson_interval(int(counted.right_N.sum()), count)
        if replies == count
        else bootstrap_interval(share_N, resamples, seed)
    )
    return Accuracy(
        problems=count,
        replies=replies,
        accuracy=float(share_N.mean()),
        low=interval.low,
        high=interval.high,
        no_answer=int(counted.no_answer_N.sum()) / replies,
        undecidable=int(counted.undecidable_N.sum()) / replies,
        cut_off=int(counted.cut_off_N.sum()) / replies,
        reply_tokens=int(counted.tokens_N.sum()) / replies,
    )
