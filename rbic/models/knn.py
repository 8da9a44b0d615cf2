"""Kernels that propose neighbour candidates: every query against all rows, tile by tile.

What they return is a filter; rbic.core.neighbours scores and ranks it. So kernels may round as they
like, as long as they say how far off a score can be.
"""

import time
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

_TRIED_ROWS = 1 << 13
_TRIED_QUERIES = 1 << 9
_TRIED_WANTED = 64
"""What a kernel is tried on."""


class KernelName(StrEnum):
    """Which kernel proposes candidates."""

    AUTO = "auto"
    FAISS = "faiss"
    TORCH = "torch"


@dataclass(frozen=True)
class Candidates:
    """Candidates of queries, in no order."""

    row_QC: NDArray[np.int64]
    """Indices into the base; -1 for none."""
    floor_Q: NDArray[np.float32]
    """The kernel's score of the last candidate; -inf where nothing was left out."""


class Kernel(Protocol):
    """Finds the rows of a base with the highest inner product."""

    error: float
    """How far a score of this kernel can be from the exact inner product of unit vectors."""

    def search(self, query_QD: NDArray[np.float32], wanted: int) -> Candidates:
        """The `wanted` best rows of each query; all rows when there are no more."""


def load_kernel(name: KernelName, base_ND: NDArray[np.float32]) -> Kernel:
    """The kernel over unit rows.

    `auto` takes torch on a GPU. On a CPU it tries both where FAISS is installed, and takes the one
    that is faster there: one library or the other is up to three times as fast, by the maker of the
    CPU (benchmarks/neighbours). The result is the same.

    Raises:
        ValueError: FAISS was asked for and is not installed.
    """
    import torch  # noqa: PLC0415 - heavy, and only this stage's processes need it

    faiss_here = find_spec("faiss") is not None
    if name is KernelName.FAISS and not faiss_here:
        raise ValueError("neighbours.kernel=faiss needs faiss: pip install 'rbic[cpu]'")
    if name is KernelName.AUTO:
        choice = faiss_here and not torch.cuda.is_available()
        name = faster_kernel(base_ND) if choice else KernelName.TORCH
    return FaissKernel(base_ND) if name is KernelName.FAISS else TorchKernel(base_ND)


def faster_kernel(base_ND: NDArray[np.float32]) -> KernelName:
    """Which kernel searches some of the rows in less processor time; it takes half a second."""
    some_ND = base_ND[:_TRIED_ROWS]
    kernels: dict[KernelName, Kernel] = {
        KernelName.FAISS: FaissKernel(some_ND),
        KernelName.TORCH: TorchKernel(some_ND),
    }
    seconds = {}
    for name, kernel in kernels.items():
        kernel.search(some_ND[:_TRIED_QUERIES], _TRIED_WANTED)  # the first search loads its library
        started = time.process_time()
        kernel.search(some_ND[:_TRIED_QUERIES], _TRIED_WANTED)
        seconds[name] = time.process_time() - started
    return min(seconds, key=seconds.__getitem__)


class FaissKernel:
    """Brute force of FAISS in float32."""

    error = 1e-4

    def __init__(self, base_ND: NDArray[np.float32]) -> None:
        """Keep the base."""
        self._base_ND = base_ND

    def search(self, query_QD: NDArray[np.float32], wanted: int) -> Candidates:
        """The `wanted` best rows of each query."""
        import faiss  # noqa: PLC0415 - one of two kernels, an optional dependency

        take = min(wanted, len(self._base_ND))
        score_QC, row_QC = faiss.knn(
            query_QD, self._base_ND, take, metric=faiss.METRIC_INNER_PRODUCT
        )
        return Candidates(row_QC.astype(np.int64), _floor(score_QC, take, len(self._base_ND)))


class TorchKernel:
    """Matrix products of torch in tiles: float16 on a GPU, float32 on a CPU."""

    _TILE_ROWS = 1 << 16
    _QUERY_ROWS = 1 << 11

    def __init__(self, base_ND: NDArray[np.float32]) -> None:
        """Move the base to the GPU where there is one."""
        import torch  # noqa: PLC0415 - loaded by now

        gpu = torch.cuda.is_available()
        # Rounding unit vectors to float16 moves a product by up to 5e-4, to bfloat16 by 4e-3.
        self.error = 1e-3 if gpu else 1e-4
        self._type = torch.float16 if gpu else torch.float32
        self._device = torch.device("cuda" if gpu else "cpu")
        self._base = torch.from_numpy(base_ND).to(self._device, self._type)

    def search(self, query_QD: NDArray[np.float32], wanted: int) -> Candidates:
        """The `wanted` best rows of each query."""
        take = min(wanted, len(self._base))
        parts = [
            self._search(query_QD[start : start + self._QUERY_ROWS], take)
            for start in range(0, len(query_QD), self._QUERY_ROWS)
        ]
        score_QC = np.concatenate([score for score, _ in parts])
        row_QC = np.concatenate([row for _, row in parts])
        return Candidates(row_QC, _floor(score_QC, take, len(self._base)))

    def _search(
        self, query_QD: NDArray[np.float32], take: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        import torch  # noqa: PLC0415 - loaded by now

        query = torch.from_numpy(query_QD).to(self._device, self._type)
        best_score = torch.empty((len(query), 0), device=self._device)
        best_row = torch.empty((len(query), 0), dtype=torch.int64, device=self._device)
        for start in range(0, len(self._base), self._TILE_ROWS):
            tile = self._base[start : start + self._TILE_ROWS].T
            # Scores that come out in half precision lose 3 % of the neighbours.
            gpu = self._device.type == "cuda"
            score = torch.mm(query, tile, out_dtype=torch.float32) if gpu else query @ tile
            score, row = torch.topk(score, min(take, score.shape[1]), dim=1)
            best_score = torch.cat([best_score, score], dim=1)
            best_row = torch.cat([best_row, row + start], dim=1)
            best_score, kept = torch.topk(best_score, min(take, best_score.shape[1]), dim=1)
            best_row = torch.gather(best_row, 1, kept)
        return best_score.cpu().numpy(), best_row.cpu().numpy()


def _floor(score_QC: NDArray[np.float32], take: int, rows: int) -> NDArray[np.float32]:
    """The lowest candidate's score, or -inf when every row is a candidate."""
    if take >= rows:
        return np.full(len(score_QC), -np.inf, np.float32)
    return np.asarray(score_QC.min(axis=1), np.float32)
