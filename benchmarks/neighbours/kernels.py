"""Exact neighbours by FAISS and by torch, in turns, and which of them `auto` takes.

    python -m benchmarks.neighbours.kernels [--rows 50000] [--vectors RUN/steps/embed-...]

One thread, as a worker has, and its processor time. The vectors are those of a run's folder, or
drawn: directions round 500 centres. What a score costs is 2 D operations; selection is in the time.
"""

import argparse
import statistics
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rbic.core.neighbours import unit_rows
from rbic.models.knn import FaissKernel, Kernel, TorchKernel, faster_kernel
from rbic.outputs import load_inputs
from rbic.stages.neighbours import read_vectors

_WANTED = 64


def drawn(rows: int, dimensions: int, seed: int = 0) -> NDArray[np.float32]:
    """Unit vectors, shape (rows, dimensions), round 500 centres."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((500, dimensions))
    noise = 0.6 * rng.standard_normal((rows, dimensions))
    return unit_rows((centres[rng.integers(0, 500, rows)] + noise).astype(np.float16))


def speed(kernel: Kernel, query_QD: NDArray[np.float32], rows: int) -> float:
    """Operations a second of processor time, in 10^9."""
    started = time.process_time()
    kernel.search(query_QD, _WANTED)
    seconds = time.process_time() - started
    return 2 * query_QD.size * rows / seconds / 1e9


def main() -> None:
    """Read the command line, take turns, tell."""
    import torch  # noqa: PLC0415 - its threads are set first

    torch.set_num_threads(1)
    import faiss  # noqa: PLC0415 - as above

    faiss.omp_set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--dimensions", type=int, default=384)
    parser.add_argument("--queries", type=int, default=4096)
    parser.add_argument("--vectors", type=Path, help="folder of the step embed of a run")
    parser.add_argument("--turns", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.vectors is None:
        base_ND = drawn(arguments.rows, arguments.dimensions)
    else:
        _, vector_ND = read_vectors(load_inputs({"embed": str(arguments.vectors)})["embed"])
        base_ND = unit_rows(vector_ND)
    query_QD = base_ND[: arguments.queries]
    kernels = {"faiss": FaissKernel(base_ND), "torch": TorchKernel(base_ND)}
    rates: dict[str, list[float]] = {name: [] for name in kernels}
    for _ in range(arguments.turns):
        for name, kernel in kernels.items():
            rates[name].append(speed(kernel, query_QD, len(base_ND)))
    ratios = [a / b for a, b in zip(rates["torch"], rates["faiss"], strict=True)]
    print(f"{len(base_ND):,} rows of {base_ND.shape[1]}, {len(query_QD):,} queries")
    print("| kernel | 10^9 operations a second, median | each turn |\n|---|---|---|")
    for name, found in rates.items():
        turns = ", ".join(f"{one:.0f}" for one in found)
        print(f"| {name} | {statistics.median(found):.0f} | {turns} |")
    print(f"torch / faiss: {', '.join(f'{one:.2f}' for one in ratios)}; "
          f"auto takes {faster_kernel(base_ND)}")  # fmt: skip


if __name__ == "__main__":
    main()
