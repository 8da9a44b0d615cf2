"""Leiden communities by NetworKit, on one thread: there the same seed gives the same partition."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


class LeidenGraph:
    """A weighted undirected graph whose communities can be asked for at several resolutions."""

    def __init__(
        self, nodes: int, edge_E2: NDArray[np.int64], weight_E: NDArray[np.float64]
    ) -> None:
        """Build the graph.

        Args:
            nodes: number of nodes.
            edge_E2: each undirected edge once.
            weight_E: positive weights.
        """
        # Imported here: with what it draws in it takes seconds, and only one worker needs it.
        import networkit  # noqa: PLC0415

        self._networkit: Any = networkit
        ends = (edge_E2[:, 0].astype(np.uint64), edge_E2[:, 1].astype(np.uint64))
        self._graph = networkit.graph.GraphFromCoo((weight_E, ends), n=nodes, weighted=True)

    def communities(self, resolution: float, seed: int) -> NDArray[np.int64]:
        """Labels of the nodes by modularity with a resolution (Traag et al. 2019).

        With two threads NetworKit's result varies from run to run; with one it does not.
        """
        self._networkit.setNumberOfThreads(1)
        self._networkit.setSeed(seed, False)
        algorithm = self._networkit.community.ParallelLeiden(
            self._graph, iterations=3, randomize=True, gamma=resolution
        )
        algorithm.run()
        return np.array(algorithm.getPartition().getVector(), dtype=np.int64)
