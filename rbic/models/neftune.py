"""Noise on the embeddings while training (NEFTune, Jain et al. 2024, arXiv 2310.05914).

Uniform in [-1, 1], scaled by alpha / sqrt(L d) for a sample of L tokens with d dimensions. In a row
that samples share, each has the noise that it would have in a row of its own.
"""

from typing import Any

import torch
from torch import Tensor, nn


class Neftune:
    """Adds the noise as long as its context lasts."""

    def __init__(self, model: Any, alpha: float) -> None:
        """Alpha 0 adds none."""
        self.length_BL: Tensor | None = None
        """Tokens of the sample that each position of the coming batch belongs to."""
        self._model = model
        self._alpha = alpha
        self._handle: Any = None

    def __enter__(self) -> None:
        """Put the noise in."""
        if self._alpha > 0:
            embeddings = self._model.get_input_embeddings()
            self._handle = embeddings.register_forward_hook(self._add_noise)

    def __exit__(self, *error: object) -> None:
        """Take it away."""
        if self._handle is not None:
            self._handle.remove()
            self._handle = None

    def _add_noise(self, module: nn.Module, inputs: object, output_BLD: Tensor) -> Tensor:
        assert self.length_BL is not None, "length_BL is set before each forward pass"
        scale_BL = self._alpha / (self.length_BL.to(output_BLD.dtype) * output_BLD.shape[2]).sqrt()
        return output_BLD + scale_BL[:, :, None] * torch.empty_like(output_BLD).uniform_(-1, 1)
