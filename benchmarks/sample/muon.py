"""Muon: momentum whose step is the nearest orthogonal matrix (Keller Jordan and others, 2024).

torch.optim.Muon iterates in bfloat16, which a CPU without bfloat16 instructions emulates: a step of
the sample model then took longer in the optimiser than in the model. This one stays in float32.
"""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic iteration that drives all singular values near 1 (Jordan's choice)."""
_ITERATIONS = 5


def orthogonalised(matrix_MN: Tensor) -> Tensor:
    """The matrix with its singular vectors kept and its singular values driven into [0.7, 1.2]."""
    a, b, c = _COEFFICIENTS
    tall = matrix_MN.shape[0] > matrix_MN.shape[1]
    x: Tensor = matrix_MN.T if tall else matrix_MN
    x = x / (x.norm() + 1e-7)
    for _ in range(_ITERATIONS):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if tall else x


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, orthogonalised, for matrices only.

    The update is scaled by sqrt(max(1, rows / columns)), so that one learning rate fits matrices of
    every shape.
    """

    def __init__(
        self, matrices: Iterable[nn.Parameter], lr: float, momentum: float, weight_decay: float
    ) -> None:
        defaults = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
        super().__init__(matrices, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Take one step with the gradients at hand."""
        for group in self.param_groups:
            for matrix in group["params"]:
                state = self.state[matrix]
                if not state:
                    state["momentum"] = torch.zeros_like(matrix)
                state["momentum"].lerp_(matrix.grad, 1 - group["momentum"])
                update = orthogonalised(matrix.grad.lerp(state["momentum"], group["momentum"]))
                scale = max(1.0, matrix.shape[0] / matrix.shape[1]) ** 0.5
                matrix.mul_(1 - group["lr"] * group["weight_decay"])
                matrix.add_(update, alpha=-group["lr"] * scale)
