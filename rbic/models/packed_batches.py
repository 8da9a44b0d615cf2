"""Packed samples as the tensors that a model takes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rbic.core.packing import Packing

IGNORED = -100
"""Target where no loss is taken, as torch has it."""


@dataclass(frozen=True)
class PackedSamples:
    """Encoded samples and which of them share a row."""

    ids_T: NDArray[np.int32]
    """Tokens of all samples one after another."""
    start_N1: NDArray[np.int64]
    """Sample n is `ids_T[start_N1[n] : start_N1[n + 1]]`."""
    reply_start_N: NDArray[np.int64]
    """Index within the sample of the reply's first token."""
    packing: Packing


@dataclass(frozen=True)
class Batch:
    """Rows as a model takes them: B rows of L tokens."""

    ids_BL: Tensor
    position_BL: Tensor
    """Position within the sample; where it falls back to 0, another sample begins."""
    target_BL: Tensor
    """The next token where it belongs to a reply, else -100."""
    length_BL: Tensor
    """Tokens of the sample that the position belongs to."""

    def to(self, device: torch.device) -> "Batch":
        """The same on a device."""
        return Batch(*(part.to(device) for part in vars(self).values()))


def make_batch(
    samples: PackedSamples, rows: Sequence[int], pad: int, one_row: bool = False
) -> Batch:
    """The rows as tensors, padded on the right to the longest of them.

    Args:
        samples: what is trained on.
        rows: rows of its packing.
        pad: the token to fill with.
        one_row: put all samples into one row, so that nothing is padded.
    """
    lines = [samples.packing.samples_of(row).tolist() for row in rows]
    if one_row:
        lines = [[sample for line in lines for sample in line]]
    length_N = np.diff(samples.start_N1)
    width = max(int(length_N[line].sum()) for line in lines)
    ids_BL = np.full((len(lines), width), pad, np.int64)
    position_BL = np.zeros((len(lines), width), np.int64)
    target_BL = np.full((len(lines), width), IGNORED, np.int64)
    length_BL = np.zeros((len(lines), width), np.int64)
    for b, line in enumerate(lines):
        at = 0
        for sample in line:
            ids = samples.ids_T[samples.start_N1[sample] : samples.start_N1[sample + 1]]
            stop = at + len(ids)
            ids_BL[b, at:stop] = ids
            position_BL[b, at:stop] = np.arange(len(ids))
            length_BL[b, at:stop] = len(ids)
            first = max(int(samples.reply_start_N[sample]), 1)
            target_BL[b, at + first - 1 : stop - 1] = ids[first:]
            at = stop
        # Padding is a sample of its own, which nothing attends to.
        position_BL[b, at:] = np.arange(width - at)
        length_BL[b, at:] = width - at
    return Batch(*map(torch.from_numpy, (ids_BL, position_BL, target_BL, length_BL)))
