"""Pools to choose from."""

import numpy as np
import pytest

from rbic.core.selection.pool import ChainFacts, Likelihoods, Pool
from rbic.schema import LedgerReason


def _chain_facts(samples, rng):
    return ChainFacts(
        steps_N=rng.integers(1, 30, samples),
        verifications_N=rng.integers(0, 4, samples),
        corrections_N=rng.integers(0, 4, samples),
        inferences_N=rng.integers(0, 9, samples),
        repeated_N=rng.choice([0.0, 0.2], samples),
        failed_share_N=rng.choice([0.0, 0.3], samples, p=[0.8, 0.2]),
        leaps_N=rng.choice([0.0, 0.1], samples, p=[0.8, 0.2]),
        false_equations_N=rng.integers(0, 2, samples),
        contradicted_N=rng.random(samples) < 0.1,
        unreached_N=rng.random(samples) < 0.1,
        truncated_N=rng.random(samples) < 0.05,
        looping_N=rng.random(samples) < 0.05,
    )


def _likelihoods(samples, rng):
    tokens = rng.integers(2, 400, samples)
    conditional = np.where(rng.random(samples) < 0.05, np.nan, rng.uniform(0.2, 3, samples))
    return Likelihoods(
        reply_tokens_N=tokens,
        conditional_loss_N=conditional,
        unconditional_loss_N=conditional * rng.uniform(0.8, 3, samples),
        surprisal_sum_N=conditional * tokens,
        rank_sum_N=np.where(np.isnan(conditional), np.nan, tokens * rng.uniform(1, 9, samples)),
    )


def _vectors(samples, rng):
    centres = rng.normal(size=(7, 12))
    vectors = centres[rng.integers(0, 7, samples)] + 0.4 * rng.normal(size=(samples, 12))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)


@pytest.fixture(scope="session")
def make_pool():
    """Makes a pool of any size from a seed, columns changed by name."""

    def make(samples, seed=0, **changes):
        rng, k = np.random.default_rng(seed), min(6, samples)
        neighbour = np.array([rng.choice(samples, k, replace=False) for _ in range(samples)])
        barred = np.full(samples, None, dtype=object)
        barred[rng.random(samples) < 0.1] = LedgerReason.NEAR_DUPLICATE
        fields = {
            "id_N": np.sort(rng.choice(2**40, samples, replace=False)),
            "tokens_N": rng.integers(20, 400, samples),
            "domain_N": rng.integers(0, 5, samples),
            "level_N": rng.integers(0, 5, samples),
            "measured_N": rng.random(samples) < 0.5,
            "coreness_N": rng.random(samples),
            "integrity_N": rng.choice([0.3, 0.8, 1.0], samples, p=[0.1, 0.2, 0.7]),
            "complexity_N": rng.random(samples),
            "contribution_N": rng.uniform(0.2, 1.5, samples),
            "neighbour_NK": neighbour,
            "cosine_NK": rng.uniform(0.2, 1, (samples, k)).astype(np.float32),
            "barred_N": barred,
        }
        attempts = np.where(fields["measured_N"], 8, 0)
        fields |= {
            "reply_tokens_N": np.maximum(1, fields["tokens_N"] - rng.integers(5, 20, samples)),
            "attempts_N": attempts,
            "right_N": rng.integers(0, 9, samples) * (attempts > 0),
            "pass_rate_N": rng.random(samples),
            "chains": _chain_facts(samples, rng),
            "vector_ND": _vectors(samples, rng),
            "likelihoods": _likelihoods(samples, rng),
        }
        return Pool(**(fields | changes))

    return make
