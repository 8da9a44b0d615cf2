"""Losses of held-out replies by a model, and what methods' losses amount to."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rbic.core.comparison import FULL, RANDOM
from rbic.core.packing import micro_batches
from rbic.models.encoded_samples import EncodedSamples
from rbic.models.packed_batches import IGNORED, make_batch

_RESAMPLES = 2000
_BATCH_TOKENS = 8192

Arms = Mapping[tuple[str, float], Sequence[Mapping[str, Any]]]
"""By method and budget the trials, each with loss_P, tokens, samples, seconds."""


class ReplyLosses:
    """The summed loss of each reply, in nats."""

    def __init__(self, encoded: EncodedSamples, row_P: NDArray[np.int64], padding: int) -> None:
        """Take the samples whose replies are read: rows `row_P`, P of them."""
        self.row_P = row_P
        self.tokens_P = encoded.tokens_N[row_P] - np.maximum(encoded.reply_start_N[row_P], 1)
        # One sample a row of the packing; rows are packed in an order of their own.
        self._samples = encoded.packed(row_P, 1)
        self._padding = padding

    def of(self, model: Any) -> NDArray[np.float64]:
        """Losses of the replies, shape (P,)."""
        loss_P = np.zeros(len(self.row_P))
        packing = self._samples.packing
        order = np.arange(packing.rows)
        device = next(model.parameters()).device
        with torch.inference_mode():
            for rows in micro_batches(order, packing.tokens_R, _BATCH_TOKENS):
                batch = make_batch(self._samples, rows, self._padding).to(device)
                logits = model(input_ids=batch.ids_BL, position_ids=batch.position_BL).logits
                loss_BL = nn.functional.cross_entropy(
                    logits.float().transpose(1, 2),
                    batch.target_BL,
                    ignore_index=IGNORED,
                    reduction="none",
                )
                samples = [int(packing.samples_of(row)[0]) for row in rows]
                loss_P[samples] = loss_BL.sum(dim=1).cpu().numpy()
        return loss_P


def table_lines(
    arms: Arms, tokens_P: NDArray[np.int64], source_P: NDArray[np.str_]
) -> tuple[list[str], list[dict[str, Any]]]:
    """A Markdown table of the losses of every test set, and the same as values.

    Behind each loss stands the difference to random at the same budget, with its 95 % interval, of
    a bootstrap in which chains are drawn once for both and seeds for each. Test sets are not added
    up: a language that no method was trained on would outweigh the others.
    """
    sources = sorted(set(source_P.tolist()))
    names = [name.removesuffix(".jsonl") for name in sources]
    lines = [
        f"| method | budget | tokens | seconds | {' | '.join(names)} |",
        "|---" * (4 + len(names)) + "|",
    ]
    found = []
    weights = _Weights(tokens_P, source_P, sources)
    for (method, budget), trials in sorted(arms.items(), key=lambda one: (one[0][1], _mean(one))):
        loss_SP = np.array([trial["loss_P"] for trial in trials])
        row: dict[str, Any] = {
            "method": method,
            "budget": budget,
            "seeds": len(trials),
            "tokens": float(np.mean([trial["tokens"] for trial in trials])),
            "seconds": float(np.mean([trial["seconds"] for trial in trials])),
            "loss": dict(zip(names, weights.losses(loss_SP).tolist(), strict=True)),
        }
        random = arms.get((RANDOM, budget))
        if random and method not in (RANDOM, FULL):
            base_SP = np.array([trial["loss_P"] for trial in random])
            less = weights.differences(loss_SP, base_SP)
            row["less_random"] = dict(zip(names, less, strict=True))
        found.append(row)
        losses = " | ".join(_cell(row, name) for name in names)
        lines.append(
            f"| {method.replace('_', ' ')} | {budget:.0%} | {row['tokens']:,.0f} | "
            f"{row['seconds']:.0f} | {losses} |"
        )
    return lines, found


def _cell(row: Mapping[str, Any], name: str) -> str:
    loss = f"{row['loss'][name]:.3f}"
    if "less_random" not in row:
        return loss
    value, low, high = row["less_random"][name]
    return f"{loss}: {value:+.3f} ({low:+.3f} to {high:+.3f})"


def _mean(arm: tuple[Any, Sequence[Mapping[str, Any]]]) -> float:
    return float(np.mean([trial["loss_P"].sum() for trial in arm[1]]))


class _Weights:
    """Losses a token of each test set, also of chains drawn with replacement."""

    def __init__(
        self, tokens_P: NDArray[np.int64], source_P: NDArray[np.str_], sources: Sequence[str]
    ) -> None:
        self._tokens_P = tokens_P
        self._rows = [np.flatnonzero(source_P == source) for source in sources]

    def losses(self, loss_SP: NDArray[np.float64]) -> NDArray[np.float64]:
        """Nats a token of each test set, the mean over seeds."""
        loss_P = loss_SP.mean(axis=0)
        return np.array([loss_P[rows].sum() / self._tokens_P[rows].sum() for rows in self._rows])

    def differences(
        self, loss_SP: NDArray[np.float64], base_SP: NDArray[np.float64]
    ) -> list[tuple[float, float, float]]:
        """How much less each test set's loss is, and the ends of its interval."""
        rng = np.random.default_rng(0)
        drawn_RT = np.empty((_RESAMPLES, len(self._rows)))
        for i in range(_RESAMPLES):
            one_P = loss_SP[rng.integers(len(loss_SP), size=len(loss_SP))].mean(axis=0)
            two_P = base_SP[rng.integers(len(base_SP), size=len(base_SP))].mean(axis=0)
            gap_P = one_P - two_P
            parts = [rng.choice(rows, len(rows)) for rows in self._rows]
            drawn_RT[i] = [gap_P[at].sum() / self._tokens_P[at].sum() for at in parts]
        value_T = self.losses(loss_SP) - self.losses(base_SP)
        low_T, high_T = np.quantile(drawn_RT, (0.025, 0.975), axis=0)
        return list(zip(value_T.tolist(), low_T.tolist(), high_T.tolist(), strict=True))
