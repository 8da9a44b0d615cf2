"""Encoded samples in memory, and those of a run packed into rows."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rbic.core.packing import pack
from rbic.models.packed_batches import PackedSamples


@dataclass(frozen=True)
class EncodedSamples:
    """The token ids of all samples, end to end."""

    id_N: NDArray[np.int64]
    """Content id of each sample."""
    ids_T: NDArray[np.int32]
    start_N1: NDArray[np.int64]
    reply_start_N: NDArray[np.int64]

    @classmethod
    def of(cls, table: pa.Table) -> Self:
        """From the table `encoded`."""
        # Chunk by chunk: in one list the offsets, of 32 bits, end at two thousand million tokens.
        chunks = table["ids"].chunks
        lengths = [chunk.value_lengths().to_numpy(zero_copy_only=False) for chunk in chunks]
        ids = [chunk.flatten().to_numpy(zero_copy_only=False) for chunk in chunks]
        return cls(
            id_N=table["sample_id"].to_numpy(),
            ids_T=np.concatenate([np.empty(0, np.int32), *ids], dtype=np.int32),
            start_N1=np.cumsum(np.concatenate([[0], *lengths], dtype=np.int64)),
            reply_start_N=table["reply_start"].to_numpy().astype(np.int64),
        )

    @property
    def tokens_N(self) -> NDArray[np.int64]:
        """Tokens of each sample."""
        return np.diff(self.start_N1)

    def readable(self, longest: int | None) -> NDArray[np.int64]:
        """The samples that a model of `longest` positions can read whole; None is no limit."""
        fits_N = self.tokens_N > 0
        if longest is not None:
            fits_N &= self.tokens_N <= longest
        return np.flatnonzero(fits_N)

    def packed(self, chosen: NDArray[np.int64], row_tokens: int) -> PackedSamples:
        """Some of the samples packed into rows, in an order that does not depend on theirs."""
        chosen = chosen[np.argsort(self.id_N[chosen], kind="stable")]
        parts = [self.ids_T[self.start_N1[n] : self.start_N1[n + 1]] for n in chosen.tolist()]
        length_M = self.tokens_N[chosen]
        return PackedSamples(
            ids_T=np.concatenate(parts) if parts else np.empty(0, np.int32),
            start_N1=np.concatenate([[0], np.cumsum(length_M)]),
            reply_start_N=self.reply_start_N[chosen],
            packing=pack(length_M, row_tokens),
        )
