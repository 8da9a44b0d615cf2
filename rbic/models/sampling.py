"""Choosing the next token, with random numbers of each reply's own.

The number of a reply at step t is a hash of its seed and t, so that a reply does not depend on
which others are in the batch. Shape suffixes: R rows, V vocabulary.
"""

import numpy as np
import torch
from numpy.typing import NDArray


def choose(
    score_RV: torch.Tensor,
    seed_R: NDArray[np.int64],
    step_R: NDArray[np.int64],
    temperature: float,
    top_p: float,
) -> torch.Tensor:
    """The next token of each row, shape (R,).

    Args:
        score_RV: logits.
        seed_R: the seed of each reply, 0 or more.
        step_R: tokens written before.
        temperature: 0 takes the likeliest token, the first of equal ones.
        top_p: the draw is among the fewest tokens whose probabilities reach it (Holtzman et al.
            2020, nucleus sampling).
    """
    if temperature == 0:
        return score_RV.argmax(dim=-1)
    probability = torch.softmax(score_RV.double() / temperature, dim=-1)
    if top_p < 1:
        ranked, token = torch.sort(probability, dim=-1, descending=True, stable=True)
        beyond = (torch.cumsum(ranked, dim=-1) - ranked) >= top_p
        probability = probability.scatter(1, token, ranked.masked_fill(beyond, 0.0))
    total = torch.cumsum(probability, dim=-1)
    uniform = torch.from_numpy(uniform_numbers(seed_R, step_R)).to(total.device)
    # Rounded up to the whole, it would point behind the last token.
    at = torch.minimum(
        uniform * total[:, -1], torch.nextafter(total[:, -1], torch.zeros_like(uniform))
    )
    return torch.searchsorted(total, at[:, None], right=True)[:, 0]


def log_probabilities(score_RV: torch.Tensor, token_R: torch.Tensor) -> NDArray[np.float64]:
    """The log-probability of each row's token, in nats, shape (R,).

    Args:
        score_RV: logits; neither temperature nor top_p counts.
        token_R: the tokens.
    """
    of_token_R1 = torch.log_softmax(score_RV.float(), dim=-1).gather(1, token_R[:, None])
    result: NDArray[np.float64] = of_token_R1[:, 0].double().cpu().numpy()
    return result


def uniform_numbers(seed_R: NDArray[np.int64], step_R: NDArray[np.int64]) -> NDArray[np.float64]:
    """Numbers in [0, 1) by SplitMix64 (Steele et al. 2014) of seed and step."""
    with np.errstate(over="ignore"):
        state = seed_R.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        state += step_R.astype(np.uint64) * np.uint64(0xD1B54A32D192ED03)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            state = (state ^ (state >> np.uint64(shift))) * np.uint64(factor)
        state ^= state >> np.uint64(31)
    return (state >> np.uint64(11)).astype(np.float64) / 2.0**53
