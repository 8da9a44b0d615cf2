"""Muon: momentum whose step is the nearest orthogonal matrix (Keller Jordan and others, 2024).

torch.optim.Muon always iterates in bfloat16, which a CPU without instructions for it emulates at a
hundredth of its speed, and takes one matrix after another. This one takes the arithmetic that it is
told, and all matrices of a shape at once; its steps are otherwise the same.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic iteration that drives all singular values near 1 (Jordan's choice)."""
_ITERATIONS = 5
_LEAST_NORM = 1e-7

Scale = Callable[[int, int], float]
"""What a step is multiplied by, from the rows and columns of its matrix."""


def like_adamw(rows: int, columns: int) -> float:
    """Steps of the size of AdamW's, so that one learning rate serves both (arXiv 2502.16982)."""
    return 0.2 * math.sqrt(max(rows, columns))


def by_shape(rows: int, columns: int) -> float:
    """One learning rate for matrices of every shape (Jordan)."""
    return math.sqrt(max(1.0, rows / columns))


def orthogonalised(matrix_BMN: Tensor) -> Tensor:
    """Matrices with their singular vectors kept and their singular values driven into [0.7, 1.2].

    Args:
        matrix_BMN: B matrices, in the arithmetic of the iteration.
    """
    a, b, c = _COEFFICIENTS
    tall = matrix_BMN.shape[1] > matrix_BMN.shape[2]
    x_BMN = matrix_BMN.mT if tall else matrix_BMN
    x_BMN = x_BMN / x_BMN.norm(dim=(1, 2), keepdim=True).clamp(min=_LEAST_NORM)
    for _ in range(_ITERATIONS):
        gram_BMM = x_BMN @ x_BMN.mT
        gram_BMM = torch.baddbmm(gram_BMM, gram_BMM, gram_BMM, beta=b, alpha=c)
        x_BMN = torch.baddbmm(x_BMN, gram_BMM, x_BMN, beta=a)
    return x_BMN.mT if tall else x_BMN


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, orthogonalised, for matrices only."""

    def __init__(
        self,
        matrices: Iterable[nn.Parameter],
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
        scale: Scale = like_adamw,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        """Take the matrices.

        Args:
            matrices: parameters of two dimensions.
            lr: learning rate.
            momentum: in [0, 1).
            weight_decay: decoupled, a step times the learning rate.
            scale: what steps are multiplied by, beside the rate.
            dtype: arithmetic of the iteration.
        """
        super().__init__(matrices, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        self._scale = scale
        self._dtype = dtype

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Take one step with the gradients at hand."""
        for group in self.param_groups:
            alike: dict[tuple[torch.Size, torch.device], list[nn.Parameter]] = defaultdict(list)
            for matrix in group["params"]:
                if matrix.grad is not None:
                    alike[matrix.shape, matrix.device].append(matrix)
            for (shape, _), matrices in alike.items():
                ahead = [self._look_ahead(matrix, group["momentum"]) for matrix in matrices]
                update_BMN = orthogonalised(torch.stack(ahead).to(self._dtype))
                rate = group["lr"] * self._scale(*shape)
                for matrix, update in zip(matrices, update_BMN, strict=True):
                    matrix.mul_(1 - group["lr"] * group["weight_decay"])
                    matrix.add_(update, alpha=-rate)

    def _look_ahead(self, matrix: nn.Parameter, momentum: float) -> Tensor:
        """The gradient mixed with its running mean (Nesterov)."""
        state = self.state[matrix]
        if not state:
            state["momentum_buffer"] = torch.zeros_like(matrix)
        assert matrix.grad is not None
        state["momentum_buffer"].lerp_(matrix.grad, 1 - momentum)
        ahead: Tensor = matrix.grad.lerp(state["momentum_buffer"], momentum)
        return ahead
