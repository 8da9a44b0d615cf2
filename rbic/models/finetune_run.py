"""One fine-tuning from encoded samples to saved weights: what each of its workers holds."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray

from rbic.core.packing import plan_steps
from rbic.models.encoded_samples import EncodedSamples
from rbic.models.finetune_config import FinetuneConfig
from rbic.models.finetuned import load_base, padding_id, save_finetuned, with_adapter
from rbic.models.finetuning import Finetuning, Together
from rbic.models.packed_batches import PackedSamples
from rbic.models.packed_forward import packs_cleanly


@dataclass(frozen=True)
class FinetuneRun:
    """Model, tokenizer and the state of training."""

    tuning: Finetuning
    tokenizer: Any
    config: FinetuneConfig
    packing: bool
    """Whether samples share rows; not where the model would let them see one another."""
    left_out: NDArray[np.int64]
    """Content ids of samples that are longer than the model reads."""
    samples: PackedSamples

    def save(self, folder: str) -> list[str]:
        """Write adapter or model below a folder; returns the names of what was written."""
        return save_finetuned(self.tuning.model, self.tokenizer, self.config, folder)

    def record(self) -> dict[str, Any]:
        """What was done: tokens, seconds, the loss of every step, and on what at the end."""
        progress, packing = self.tuning.progress, self.samples.packing
        return {
            "samples": len(self.samples.reply_start_N),
            "left_out": [str(sample) for sample in self.left_out.tolist()],
            "packing": self.packing,
            "rows": packing.rows,
            "steps": progress.step,
            "tokens": progress.tokens,
            "seconds": round(progress.seconds, 3),
            "tokens_per_second": round(progress.tokens / max(progress.seconds, 1e-9), 1),
            "losses": [round(loss, 6) for loss in progress.losses],
            "workers": self.tuning.workers,
            "device": str(next(self.tuning.model.parameters()).device),
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
        }


def prepare(table: pa.Table, config: FinetuneConfig, together: Together) -> FinetuneRun:
    """Load the model and pack the samples; nothing is trained yet.

    Args:
        table: the table `encoded`.
        config: its precision settled.
        together: the workers.

    Raises:
        ValueError: no model is named, or no sample is short enough for it.
    """
    model, tokenizer = load_base(config)
    clean = config.packing and packs_cleanly(model, 1, config.precision)
    encoded = EncodedSamples.of(table)
    text = model.config.get_text_config()
    readable = encoded.readable(getattr(text, "max_position_embeddings", None))
    if not len(readable):
        raise ValueError(f"none of {len(encoded.id_N)} samples is short enough for {config.model}")
    samples = encoded.packed(readable, config.row_tokens if clean else 1)
    plan = plan_steps(
        samples.packing.tokens_R, config.step_tokens, config.epochs, config.max_tokens, config.seed
    )
    tuned = with_adapter(model, config)
    tuning = Finetuning(tuned, samples, plan, config, padding_id(tokenizer), together)
    left_out = np.setdiff1d(np.arange(len(encoded.id_N)), readable)
    return FinetuneRun(tuning, tokenizer, config, clean, encoded.id_N[left_out], samples)
