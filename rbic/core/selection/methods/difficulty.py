"""Methods that go by how often a model solves a problem, and how long its chain is.

A pass rate is what was seen where a model tried or the corpus brings one, and what rbic predicts
elsewhere. That rbic takes a reference for wrong is not known to them. What a paper drops comes last
here, so that every method can spend the same budget.
"""

import numpy as np
from numpy.typing import NDArray

from rbic.core.contribution import rank_share
from rbic.core.draws import Draw
from rbic.core.pass_rates import LEVEL_EDGES
from rbic.core.selection.pool import Pool
from rbic.core.selection.quotas import token_quotas
from rbic.core.selection.task import Task, filled

_LIMO_RATE = 3 / 32
_LIMO_NEVER = 1 - 0.5 ** (1 / 32)
"""At this pass rate 32 attempts are as likely to hold a right one as not."""
_LIMO_WEIGHTS = (0.30, 0.20, 0.25, 0.25)
_CCS_STRATA = 50
_CCS_KEPT = (0.1, 0.2, 0.5)
_CCS_DROPPED = (0.3, 0.2, 0.0)
_DIFFICULTY_WEIGHT = 0.25


def seen_rate(pool: Pool) -> NDArray[np.float64]:
    """The share of attempts that were right, else the given or predicted pass rate."""
    share_N = pool.right_N / np.maximum(pool.attempts_N, 1)
    return np.where(pool.attempts_N > 0, share_N, pool.pass_rate_N)


def unsuspecting_rate(pool: Pool) -> NDArray[np.float64]:
    """The pass rate, but the share that was right where rbic suspects the reference.

    Of these problems rbic counts no attempt: it predicts that a model solves them, and takes the
    reference for wrong.
    """
    is_suspect_N = (pool.attempts_N > 0) & ~pool.measured_N
    return np.where(is_suspect_N, seen_rate(pool), pool.pass_rate_N)


def hard_long_diverse(task: Task) -> NDArray[np.int64]:
    """s1 (Muennighoff et al. 2025, arXiv 2501.19393): hard, then diverse, then long.

    What two models solve is dropped; here what the one model solved in any attempt, or is predicted
    to solve in more than 1/8 of them. Then, again and again, a domain is drawn with equal odds and
    in it a sample with p ~ 2^-rank, the longest chain at rank 0. Domains are those of the graph, in
    place of an LLM's labels; the papers' seeds by name of the corpus are left out.
    """
    pool = task.pool
    rate_M = seen_rate(pool)[task.open_M]
    hard_M = np.where(pool.measured_N[task.open_M], rate_M == 0, rate_M <= LEVEL_EDGES[0])
    rng = np.random.default_rng([task.config.seed, Draw.S1])
    parts = [task.open_M[hard_M], task.open_M[~hard_M]]
    return np.concatenate([_long_by_domain(pool, rows, rng) for rows in parts])


def _long_by_domain(
    pool: Pool, rows: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """All rows: a random domain, and of what is left of it one of the longest, until none is."""
    rising = rows[np.lexsort((-rows, pool.reply_tokens_N[rows], pool.domain_N[rows]))]
    _, start_C = np.unique(pool.domain_N[rising], return_index=True)
    left = [part.tolist() for part in np.split(rising, start_C[1:]) if len(part)]
    drawn = []
    for domain_u, rank_u in rng.random((len(rows), 2)).tolist():
        domain = int(domain_u * len(left))
        samples = left[domain]
        # The inverse of the distribution of ranks, cut off at the last sample.
        rank = int(-np.log2(1 - rank_u * (1 - 2.0 ** -len(samples))))
        drawn.append(samples.pop(-1 - min(rank, len(samples) - 1)))
        if not samples:
            left.pop(domain)
    return np.array(drawn, dtype=np.int64)


def hard_but_solvable(task: Task) -> NDArray[np.int64]:
    """LIMO (Ye et al. 2025, arXiv 2502.03387): problems seldom solved, the best written chains.

    Kept are problems solved in 1 to 3 of 32 attempts; with fewer attempts, at least once and in no
    more than that share or one attempt. Their order is the paper's rule score

        0.30 z(length) + 0.20 z(verification) + 0.25 z(exploration) + 0.25 z(connectives)

    where the paper counts keywords a word; here the chain analysis counts steps that check, steps
    back that are followed, and steps that infer, each a step. Then come problems solved more often,
    the hardest first, then those never solved. The paper's first filter by a weaker model is left
    out: there is one model.
    """
    pool, rows = task.pool, task.open_M
    rate_M, attempts_M = seen_rate(pool)[rows], pool.attempts_N[rows]
    tried_M = attempts_M > 0
    limit_M = np.where(tried_M, np.maximum(_LIMO_RATE, 1 / np.maximum(attempts_M, 1)), _LIMO_RATE)
    never_M = np.where(tried_M, rate_M == 0, rate_M < _LIMO_NEVER)
    often_M = (rate_M > limit_M) | (rate_M == 1)
    tier_M = np.where(never_M, 2, np.where(often_M, 1, 0))
    order_M = np.lexsort((-_rule_score(pool, rows), np.where(often_M, rate_M, 0), tier_M))
    return np.asarray(rows[order_M])


def _rule_score(pool: Pool, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """LIMO's score of rows, shape (M,)."""
    chains = pool.chains
    steps_M = np.maximum(chains.steps_N[rows], 1)
    signs = [
        pool.reply_tokens_N[rows].astype(np.float64),
        chains.verifications_N[rows] / steps_M,
        chains.corrections_N[rows] / steps_M,
        chains.inferences_N[rows] / steps_M,
    ]
    score_M = np.zeros(len(rows))
    for weight, sign_M in zip(_LIMO_WEIGHTS, signs, strict=True):
        spread = sign_M.std()
        score_M += weight * (sign_M - sign_M.mean()) / spread if spread > 0 else 0.0
    return score_M


def coverage_of_difficulty(task: Task) -> NDArray[np.int64]:
    """CCS, coverage-centric selection (Zheng et al. 2022, arXiv 2210.15809).

    The hardest share is dropped as likely mislabelled; the rest is cut into 50 strata of equal
    width by difficulty, each gets the same budget as far as it has it (water-filling, in tokens),
    and samples are drawn at random within. Difficulty is 1 - pass rate, in place of the area under
    the margin. The share dropped is 0.3 where at most 10 % is kept, 0.2 at 20 %, 0 from 50 % on, in
    between on the line (the paper tunes it).
    """
    pool, rows = task.pool, task.open_M
    hard_N = 1.0 - unsuspecting_rate(pool)
    random_N = task.uniform_N(Draw.CCS)
    share = task.budget / max(1, int(pool.tokens_N.sum()))
    dropped = int(np.interp(share, _CCS_KEPT, _CCS_DROPPED) * len(rows))
    rising = rows[np.lexsort((random_N[rows], hard_N[rows]))]
    kept, hardest = rising[: len(rows) - dropped], rising[len(rows) - dropped :]
    low, high = float(hard_N[kept[0]]), float(hard_N[kept[-1]])
    place_N = (hard_N - low) / (high - low) if high > low else np.zeros(len(hard_N))
    stratum_N = np.clip((_CCS_STRATA * place_N).astype(np.int64), 0, _CCS_STRATA - 1)
    mass_C = np.bincount(stratum_N[kept], pool.tokens_N[kept], _CCS_STRATA).astype(np.float64)
    quota_C = token_quotas(mass_C, task.budget, alpha=0.0)
    order = kept[np.argsort(random_N[kept], kind="stable")]
    return np.concatenate([filled(task, order, stratum_N, quota_C), hardest])


def hard_and_long(task: Task) -> NDArray[np.int64]:
    """Select2Reason (Yang et al. 2025, arXiv 2505.17266): joint rank of difficulty and length.

        0.25 rank(difficulty) + 0.75 rank(length without repeated steps)

    Difficulty is 1 - pass rate, in place of a model's own judgement of the question. The length is
    that of the reply, less the share of steps that repeat an earlier one.
    """
    pool, rows = task.pool, task.open_M
    length_M = pool.reply_tokens_N[rows] * (1.0 - pool.chains.repeated_N[rows])
    joint_M = _DIFFICULTY_WEIGHT * rank_share(1.0 - unsuspecting_rate(pool)[rows])
    joint_M += (1.0 - _DIFFICULTY_WEIGHT) * rank_share(length_M)
    # Rounded, so that ranks that are equal on paper are ties.
    return rows[np.argsort(-joint_M.round(12), kind="stable")]
