"""Fine-tuning a causal language model on whole, packed samples: one worker's part of it.

A step's rows are shared out over the workers; each sums the loss over the replies' tokens of its
own rows, the gradients are added up, and all take the same optimiser step. So the steps are the
same for any number of workers, and a number that changes during the run changes none of them. All
noise of a step (dropout, NEFTune) is seeded by the step and the row, so that a run that is resumed
goes on as if it had never stopped.
"""

import io
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from rbic.core.packing import StepPlan, micro_batches
from rbic.models.finetune_config import FinetuneConfig, Optimiser
from rbic.models.finetuned import trained_parameters
from rbic.models.muon import Muon
from rbic.models.neftune import Neftune
from rbic.models.packed_batches import IGNORED, Batch, PackedSamples, make_batch
from rbic.models.packed_forward import ReplyLogits, find_logits, packs_cleanly
from rbic.models.precision import Precision, autocast


class DivergedError(RuntimeError):
    """A loss or a gradient is no number any more; the weights are those before the step."""


@dataclass
class Progress:
    """How far a run has come; what a checkpoint keeps beside weights and optimiser."""

    step: int = 0
    tokens: int = 0
    """Tokens trained on, prompts included and padding not."""
    losses: list[float] = field(default_factory=list)
    """Mean loss of each step's reply tokens, in nats."""
    seconds: float = 0.0
    """Seconds of training, over all sittings."""


class Together(Protocol):
    """What the workers of one run have in common."""

    rank: int
    world: int

    def add(self, tensors: Sequence[Tensor]) -> None:
        """Replace each tensor by its sum over the workers."""


@dataclass(frozen=True)
class Alone:
    """One worker, no others."""

    rank: int = 0
    world: int = 1

    def add(self, tensors: Sequence[Tensor]) -> None:
        """The sum over one worker is what it is."""


def reply_loss(logits: ReplyLogits, model: Any, batch: Batch) -> tuple[Tensor, int]:
    """Summed cross-entropy of the replies' tokens in nats, and how many there are."""
    wanted_BL = batch.target_BL != IGNORED
    logits_MV = logits(model, batch.ids_BL, batch.position_BL, wanted_BL)
    target_M = batch.target_BL[wanted_BL]
    return nn.functional.cross_entropy(logits_MV.float(), target_M, reduction="sum"), len(target_M)


def learning_rate_share(step: int, steps: int, config: FinetuneConfig) -> float:
    """The share of the highest learning rate at a step: linear warm-up, then half a cosine."""
    warm = math.ceil(config.warmup * steps)
    if step < warm:
        return (step + 1) / warm
    along = (step - warm) / max(1, steps - warm)
    low = config.final_learning_rate
    return low + (1 - low) * 0.5 * (1 + math.cos(math.pi * along))


def make_optimisers(model: Any, config: FinetuneConfig) -> list[torch.optim.Optimizer]:
    """AdamW for all that is trained, or Muon for matrices but embeddings and AdamW for the rest."""
    trained = trained_parameters(model)
    matrices: list[nn.Parameter] = []
    if config.optimiser is Optimiser.MUON:
        ends = [model.get_input_embeddings(), model.get_output_embeddings()]
        outer = {id(p) for end in ends if end is not None for p in end.parameters()}
        matrices = [p for p in trained if p.ndim == 2 and id(p) not in outer]
    taken = set(map(id, matrices))
    rest = [p for p in trained if id(p) not in taken]
    groups: list[dict[str, Any]] = [
        {"params": [p for p in rest if p.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in rest if p.ndim <= 1], "weight_decay": 0.0},
    ]
    optimisers: list[torch.optim.Optimizer] = []
    # Of an adapter all is matrices.
    if filled := [group for group in groups if group["params"]]:
        rate, betas = config.learning_rate, (0.9, config.beta2)
        optimisers.append(torch.optim.AdamW(filled, lr=rate, betas=betas, fused=True))
    if not matrices:
        return optimisers
    # Emulated bfloat16 would take longer than the model's own passes.
    native = config.precision is Precision.BFLOAT16
    muon = Muon(
        matrices,
        lr=config.learning_rate,
        weight_decay=config.weight_decay,
        dtype=torch.bfloat16 if native else torch.float32,
    )
    return [muon, *optimisers]


class Finetuning:
    """One worker's state: model, optimiser, and where in the plan it is."""

    def __init__(
        self,
        model: Any,
        samples: PackedSamples,
        plan: StepPlan,
        config: FinetuneConfig,
        pad: int,
        together: Together | None = None,
    ) -> None:
        """Take a model whose trained parameters require a gradient."""
        self.model = model
        self.progress = Progress()
        self.seconds_before = 0.0
        """Of `progress.seconds`, those before this process took the training up."""
        self._samples = samples
        self._plan = plan
        self._config = config
        self._pad = pad
        self._together = together or Alone()
        self._parameters = trained_parameters(model)
        self._device = self._parameters[0].device
        self._logits = find_logits(model, config.precision)
        self._noise = Neftune(model, config.neftune_alpha)
        # Kernels of variable length keep samples apart in a batch of one row, and in no other.
        self._one_row = packs_cleanly(model, 1, config.precision) and not packs_cleanly(
            model, 2, config.precision
        )
        self._optimisers = make_optimisers(model, config)
        self._base_rates = [[g["lr"] for g in one.param_groups] for one in self._optimisers]

    @property
    def steps(self) -> int:
        """Optimiser steps of the whole run."""
        return self._plan.steps

    @property
    def workers(self) -> int:
        """Workers that share the rows."""
        return self._together.world

    def run(self, after: Callable[["Finetuning"], None] = lambda _: None) -> None:
        """Take all steps that are left, telling `after` each.

        Raises:
            DivergedError: a step's loss or gradient is not finite.
        """
        self.model.train()
        with self._noise:
            while self.progress.step < self.steps:
                started = time.monotonic()
                self._step(self.progress.step)
                self.progress.seconds += time.monotonic() - started
                after(self)
        self.model.eval()

    def _step(self, step: int) -> None:
        share = learning_rate_share(step, self.steps, self._config)
        for one, rates in zip(self._optimisers, self._base_rates, strict=True):
            for group, rate in zip(one.param_groups, rates, strict=True):
                group["lr"] = rate * share
        loss_and_tokens = torch.zeros(2, dtype=torch.float64)
        for rows in self._own_rows(step):
            batch = make_batch(self._samples, rows, self._pad, self._one_row).to(self._device)
            self._noise.length_BL = batch.length_BL
            # Whichever worker has the rows, and whether or not the run was resumed in between.
            torch.manual_seed(_mixed(self._config.seed, step, rows[0]))
            with autocast(self._device, self._config.precision):
                loss, tokens = reply_loss(self._logits, self.model, batch)
            torch.autograd.backward(loss)
            loss_and_tokens += torch.tensor([loss.item(), tokens], dtype=torch.float64)
        gradients = [self._gradient(parameter) for parameter in self._parameters]
        self._together.add([*gradients, loss_and_tokens])
        loss_sum, learnt = loss_and_tokens.tolist()
        for gradient in gradients:
            gradient /= max(learnt, 1.0)
        norm = nn.utils.clip_grad_norm_(self._parameters, self._config.max_grad_norm)
        # Of sums over all workers, so that all of them stop here, or none.
        self._check_finite(loss_sum / max(learnt, 1.0), norm.item(), share)
        for one in self._optimisers:
            one.step()
            one.zero_grad(set_to_none=True)
        self.progress.losses.append(loss_sum / max(learnt, 1.0))
        self.progress.tokens += int(self._plan.tokens_S[step])
        self.progress.step = step + 1

    def _check_finite(self, loss: float, norm: float, share: float) -> None:
        """Stop before such a gradient is in the weights, and in a checkpoint."""
        if math.isfinite(loss) and math.isfinite(norm):
            return
        raise DivergedError(
            f"step {self.progress.step + 1} of {self.steps} has a loss of {loss:g} and a gradient "
            f"of norm {norm:g} at a learning rate of {share * self._config.learning_rate:g}; try a "
            f"lower finetune.learning_rate, a longer finetune.warmup, or finetune.precision=float32"
        )

    @staticmethod
    def _gradient(parameter: nn.Parameter) -> Tensor:
        """A parameter's gradient; zeros where this worker had no rows."""
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
        return parameter.grad

    def _own_rows(self, step: int) -> Iterator[list[int]]:
        """This worker's rows of a step, in micro-batches."""
        rows, tokens_R = self._plan.rows_of(step), self._samples.packing.tokens_R
        batches = micro_batches(rows, tokens_R, self._config.micro_tokens)
        yield from batches[self._together.rank :: self._together.world]

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds: trained weights, optimiser, progress."""
        return {
            "weights": [parameter.detach().cpu() for parameter in self._parameters],
            "optimisers": [one.state_dict() for one in self._optimisers],
            "progress": vars(self.progress),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        with torch.no_grad():
            for parameter, weight in zip(self._parameters, state["weights"], strict=True):
                parameter.copy_(weight)
        for one, saved in zip(self._optimisers, state["optimisers"], strict=True):
            one.load_state_dict(saved)
        self.progress = Progress(**state["progress"])
        self.seconds_before = self.progress.seconds

    def state_bytes(self) -> bytes:
        """The state as the bytes of a file."""
        written = io.BytesIO()
        torch.save(self.state(), written)
        return written.getvalue()

    def load_state_bytes(self, written: bytes) -> None:
        """Go on from what `state_bytes` gave."""
        self.load_state(torch.load(io.BytesIO(written), map_location="cpu", weights_only=True))


def _mixed(seed: int, step: int, row: int) -> int:
    """One seed in [0, 2^63) of three numbers."""
    return int(np.random.SeedSequence([seed, step, row]).generate_state(1, np.uint64)[0] >> 1)
