"""Spending a token budget on an objective, step by step, with a proof of how near the best."""

import numpy as np
from numpy.typing import NDArray

from rbic.core.selection.objective import (
    Choice,
    Objective,
    State,
    empty_state,
    lazy_greedy,
    take,
    upper_bound,
)
from rbic.schema import LedgerReason

_TRUSTED_RATIO = 0.9
_BOUND_PREFIXES = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)


class Basket:
    """What has been chosen so far: rows, reasons, gains, tokens left, state of the objective."""

    def __init__(self, objective: Objective, tokens_N: NDArray[np.int64], budget: int) -> None:
        """Begin with nothing."""
        self._objective = objective
        self._tokens_N = tokens_N
        self._state = empty_state(objective)
        self.left = budget
        self.taken_N = np.zeros(len(tokens_N), dtype=bool)
        self.rows: list[NDArray[np.int64]] = []
        self.reasons: list[LedgerReason] = []
        self.gains: list[NDArray[np.float64]] = []

    @property
    def value(self) -> float:
        """The objective reached."""
        return sum(float(gain.sum()) for gain in self.gains)

    def add(self, rows: NDArray[np.int64], reason: LedgerReason) -> None:
        """Put rows into the basket."""
        self._record(Choice(rows, take(self._objective, self._state, rows)), reason)

    def spend(self, candidate_rounds: list[NDArray[np.bool_]], tau: float) -> float:
        """Spend what is left by greedy choice: on the first candidates, then on the next.

        Gain per token alone can be far from the best when one sample is worth many (Khuller et al.
        1999); so where the bound does not vouch for it, plain gain is tried as well.

        Args:
            candidate_rounds: which samples may be chosen in each round, shape (N,) each.
            tau: 1 counts gain per token, 0 plain gain.

        Returns:
            The objective reached over a proven upper bound of what any choice from the candidates
            of all rounds could have reached, given what was in the basket before; in [0, 1].
        """
        every = np.flatnonzero(np.any(candidate_rounds, axis=0) & ~self.taken_N)
        choice = self._greedy(candidate_rounds, tau)
        ratio = self._certified(every, choice)
        if ratio < _TRUSTED_RATIO and tau > 0:
            other = self._greedy(candidate_rounds, 0.0)
            if other.gain_S.sum() > choice.gain_S.sum():
                choice, ratio = other, self._certified(every, other)
        take(self._objective, self._state, choice.row_S)
        self._record(choice, LedgerReason.SELECTED)
        return ratio

    def _record(self, choice: Choice, reason: LedgerReason) -> None:
        self.rows.append(choice.row_S)
        self.gains.append(choice.gain_S)
        self.reasons += [reason] * len(choice.row_S)
        self.taken_N[choice.row_S] = True
        self.left -= int(self._tokens_N[choice.row_S].sum())
        assert self.left >= 0, "the budget is never exceeded"

    def _copied_state(self) -> State:
        return State(self._state.filled_C.copy(), self._state.covered_N.copy())

    def _greedy(self, candidate_rounds: list[NDArray[np.bool_]], tau: float) -> Choice:
        """Greedy choice, round after round, from the present state, which stays as it is."""
        state, left, taken_N = self._copied_state(), self.left, self.taken_N.copy()
        rows, gains = [np.empty(0, np.int64)], [np.empty(0)]
        for candidates_N in candidate_rounds:
            candidates = np.flatnonzero(candidates_N & ~taken_N)
            choice = lazy_greedy(self._objective, state, candidates, self._tokens_N, left, tau)
            rows.append(choice.row_S)
            gains.append(choice.gain_S)
            taken_N[choice.row_S] = True
            left -= int(self._tokens_N[choice.row_S].sum())
        return Choice(np.concatenate(rows), np.concatenate(gains))

    def _certified(self, candidates: NDArray[np.int64], choice: Choice) -> float:
        """F reached over the lowest upper bound that any prefix of the choice proves."""
        before = self.value
        # The best choice adds to a prefix what is not in it, and nothing that cannot fit.
        open_M = candidates[self._tokens_N[candidates] <= self.left]
        bounds = []
        for share in _BOUND_PREFIXES:
            prefix = choice.row_S[: int(share * len(choice.row_S))]
            state = self._copied_state()
            gained = float(take(self._objective, state, prefix).sum())
            rest = open_M[~np.isin(open_M, prefix)]
            more = upper_bound(self._objective, state, rest, self._tokens_N, self.left)
            bounds.append(before + gained + more)
        lowest = min(bounds)
        return (before + float(choice.gain_S.sum())) / lowest if lowest > 0 else 1.0
