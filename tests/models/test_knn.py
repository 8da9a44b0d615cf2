import numpy as np
import pytest

from rbic.core.exact_search import exact_neighbour_groups
from rbic.core.neighbours import unit_rows
from rbic.models.knn import FaissKernel, KernelName, TorchKernel, load_kernel
from rbic.models.leiden import LeidenGraph


def _base(rows=900, dimensions=32, seed=0):
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((20, dimensions))
    noise = 0.3 * rng.standard_normal((rows, dimensions))
    return unit_rows((centres[rng.integers(0, 20, rows)] + noise).astype(np.float16))


def _exact(kernel, base):
    def search(query, wanted):
        found = kernel.search(query, wanted)
        return found.row_QC, found.floor_Q

    return exact_neighbour_groups(np.arange(len(base)), base, search, kernel.error, 17)


def test_both_kernels_end_in_the_same_bytes():
    base = _base()
    faiss_score, faiss_row = _exact(FaissKernel(base), base)
    torch_score, torch_row = _exact(TorchKernel(base), base)
    assert np.array_equal(faiss_score, torch_score)
    assert np.array_equal(faiss_row, torch_row)


@pytest.mark.parametrize("kernel", [FaissKernel, TorchKernel])
def test_a_kernel_says_truly_what_it_left_out(kernel, monkeypatch):
    monkeypatch.setattr(TorchKernel, "_TILE_ROWS", 100)
    monkeypatch.setattr(TorchKernel, "_QUERY_ROWS", 64)
    base = _base(300)
    found = kernel(base).search(base[:150], 40)
    score = base[:150] @ base.T
    for query in range(150):
        rest = np.setdiff1d(np.arange(300), found.row_QC[query])
        assert score[query, rest].max() <= found.floor_Q[query] + 1e-4
    everything = kernel(base).search(base[:5], 1000)
    assert everything.row_QC.shape == (5, 300)
    assert np.isneginf(everything.floor_Q).all()


@pytest.mark.gpu
def test_the_gpu_ends_in_the_bytes_of_the_cpu():
    base = _base(5000, 128)
    gpu, cpu = _exact(TorchKernel(base), base), _exact(FaissKernel(base), base)
    assert all(np.array_equal(a, b) for a, b in zip(gpu, cpu, strict=True))


def test_asking_for_faiss_without_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr("rbic.models.knn.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"pip install 'rbic\[cpu\]'"):
        load_kernel(KernelName.FAISS, _base(20))
    assert isinstance(load_kernel(KernelName.AUTO, _base(20)), TorchKernel)


@pytest.mark.parametrize(
    ("slow", "taken"), [(FaissKernel, TorchKernel), (TorchKernel, FaissKernel)]
)
def test_of_both_kernels_the_faster_is_taken(monkeypatch, slow, taken):
    search = slow.search

    def slower(self, query, wanted):
        for _ in range(20):
            found = search(self, query, wanted)
        return found

    monkeypatch.setattr(slow, "search", slower)
    assert isinstance(load_kernel(KernelName.AUTO, _base(3000, 64)), taken)


def test_a_base_of_a_few_rows_has_a_kernel_too():
    for rows in (1, 3):
        base = _base(rows)
        score, row = load_kernel(KernelName.AUTO, base).search(base, 2).floor_Q, rows
        assert score.shape == (row,)


def _two_cliques():
    edges = [(i, j) for part in (range(5), range(5, 10)) for i in part for j in part if i < j]
    edges.append((0, 9))
    return np.array(edges), np.ones(len(edges))


def test_two_cliques_are_two_communities():
    label = LeidenGraph(10, *_two_cliques()).communities(1.0, seed=0)
    assert len(set(label[:5].tolist())) == len(set(label[5:].tolist())) == 1
    assert label[0] != label[9]


def test_the_same_seed_gives_the_same_communities():
    rng = np.random.default_rng(0)
    pair = np.unique(np.sort(rng.integers(0, 2000, (12_000, 2)), axis=1), axis=0)
    pair = pair[pair[:, 0] < pair[:, 1]]
    weight = rng.random(len(pair))
    first, second, other = (
        LeidenGraph(2000, pair, weight).communities(1.0, seed) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)
