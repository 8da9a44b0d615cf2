import pytest

torch = pytest.importorskip("torch")

from rbic.models.muon import Muon, by_shape, like_adamw, orthogonalised  # noqa: E402

SHAPES = [(12, 8), (8, 12), (8, 8), (12, 8), (12, 8)]


def _matrices():
    torch.manual_seed(0)
    return [torch.nn.Parameter(torch.randn(shape)) for shape in SHAPES]


def _steps(optimiser, matrices, count=3):
    torch.manual_seed(1)
    for _ in range(count):
        for matrix in matrices:
            matrix.grad = torch.randn_like(matrix)
        optimiser.step()
        optimiser.zero_grad()
    return [matrix.detach().clone() for matrix in matrices]


@pytest.mark.parametrize(
    ("scale", "name"), [(like_adamw, "match_rms_adamw"), (by_shape, "original")]
)
def test_steps_are_those_of_the_library(scale, name):
    ours, theirs = _matrices(), _matrices()
    settings = {"lr": 0.1, "weight_decay": 0.2, "momentum": 0.9}
    found = _steps(Muon(ours, scale=scale, dtype=torch.bfloat16, **settings), ours)
    library = torch.optim.Muon(theirs, adjust_lr_fn=name, **settings)
    expected = _steps(library, theirs)
    for one, other, start in zip(found, expected, _matrices(), strict=True):
        moved = (other - start).norm()
        assert (one - other).norm() < 0.02 * moved
        assert moved > 0.1


def test_the_iteration_keeps_singular_vectors_and_evens_out_singular_values():
    torch.manual_seed(2)
    matrix_BMN = torch.randn(4, 20, 9)
    found_BMN = orthogonalised(matrix_BMN)
    for matrix, found in zip(matrix_BMN, found_BMN, strict=True):
        left, _, right = torch.linalg.svd(matrix, full_matrices=False)
        core = left.T @ found @ right.T
        values = core.diagonal()
        assert ((values > 0.6) & (values < 1.3)).all()
        assert (core - torch.diag(values)).abs().max() < 1e-3


def test_matrices_of_a_shape_do_not_change_one_another():
    together, alone = _matrices(), _matrices()
    found = _steps(Muon(together, lr=0.1), together)
    torch.manual_seed(1)
    optimisers = [Muon([matrix], lr=0.1) for matrix in alone]
    for _ in range(3):
        for matrix, optimiser in zip(alone, optimisers, strict=True):
            matrix.grad = torch.randn_like(matrix)
            optimiser.step()
    for one, other in zip(found, alone, strict=True):
        torch.testing.assert_close(one, other.detach(), rtol=1e-4, atol=1e-5)


def test_a_matrix_without_a_gradient_stays():
    first, second = _matrices()[:2]
    before = second.detach().clone()
    first.grad = torch.ones_like(first)
    Muon([first, second], lr=0.1, weight_decay=0.5).step()
    assert torch.equal(second, before)
