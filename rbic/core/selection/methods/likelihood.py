"""Methods that ask a language model how likely a reply is (rbic.models.likelihood).

Samples that are too long for the model have no score, and come last.
"""

import numpy as np
from numpy.typing import NDArray

from rbic.core.selection.pool import Likelihoods
from rbic.core.selection.task import Task, by_key


def _likelihoods(task: Task) -> Likelihoods:
    assert task.pool.likelihoods is not None, "choose() asks for what a method needs"
    return task.pool.likelihoods


def instruction_following(task: Task) -> NDArray[np.int64]:
    """IFD, the highest first (Li et al. 2023, arXiv 2308.12032).

        IFD = mean loss of the reply after the question / mean loss of the reply alone

    as in the authors' code, where the abstract's ratio is of perplexities. High is a question that
    helps little. Above 1 it misleads: the code drops those; here they come after all others, the
    lowest first, so that every method can spend the same budget. The warm-up training of the
    scoring model is left out, and no reply is cut off.
    """
    found = _likelihoods(task)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio_N = found.conditional_loss_N / found.unconditional_loss_N
    return by_key(task, np.where(ratio_N > 1, -ratio_N, ratio_N))


def middle_perplexity(task: Task) -> NDArray[np.int64]:
    """PPL-mid: from the median of the conditional perplexity outwards (arXiv 2309.04564).

    Marion et al. keep the middle of the distribution by percentiles; so does this, the percentiles
    set by the budget. The perplexity exp(mean loss) ranks as the mean loss does.
    """
    loss_M = _likelihoods(task).conditional_loss_N[task.open_M]
    known_M = ~np.isnan(loss_M)
    rank_M = np.full(len(loss_M), np.nan)
    rank_M[np.argsort(loss_M, kind="stable")[: known_M.sum()]] = np.arange(known_M.sum())
    away_M = np.abs(rank_M - (known_M.sum() - 1) / 2)
    return task.open_M[np.argsort(away_M, kind="stable")]


def rank_surprisal(task: Task) -> NDArray[np.int64]:
    """The rank-surprisal ratio, the lowest first (arXiv 2601.14249).

        RSR = sum min(rank, 100) / sum surprisal, over the reply's tokens after the question

    under the model to be trained: low is a reply that says what the model would not, in words that
    it ranks high. The paper chooses one of several replies to a question by it; here it ranks
    samples.
    """
    found = _likelihoods(task)
    return by_key(task, -found.rank_sum_N / np.maximum(found.surprisal_sum_N, 1e-12))
