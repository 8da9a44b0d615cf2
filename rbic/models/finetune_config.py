"""Which model is fine-tuned, on how much, and how."""

from dataclasses import dataclass, field
from enum import StrEnum

from rbic.models.generator import installed
from rbic.models.precision import Precision


class Adapter(StrEnum):
    """What of the model is trained."""

    LORA = "lora"
    NONE = "none"


class Attention(StrEnum):
    """The attention kernel."""

    AUTO = "auto"
    SDPA = "sdpa"
    FLASH = "flash_attention_2"
    EAGER = "eager"


def lacking(config: "FinetuneConfig") -> str | None:
    """What has to be installed before a model can be trained so; None where all is there."""
    if config.adapter is Adapter.LORA and not installed("peft"):
        return "finetune.adapter=lora needs the extra train: pip install 'rbic[train]'"
    return None


class Optimiser(StrEnum):
    """The rule by which weights follow their gradients."""

    ADAMW = "adamw"
    MUON = "muon"


@dataclass(frozen=True)
class FinetuneConfig:
    """Which model is trained, on how much, and how."""

    model: str | None = None
    """Name on the hub, a folder, or sample:model."""
    revision: str | None = None
    """Revision on the hub."""
    adapter: Adapter = Adapter.LORA
    """lora trains low-rank matrices beside the weights (arXiv 2106.09685); none all weights."""
    lora_rank: int = 16
    lora_alpha: float = 32.0
    """The adapter's output is scaled by lora_alpha / lora_rank."""
    lora_dropout: float = 0.0
    lora_targets: list[str] = field(default_factory=lambda: ["all-linear"])
    """Names of the layers that get an adapter; all-linear takes all but the output layer."""
    system: str | None = None
    """The system's turn of every sample; null leaves it out."""
    epochs: float = 1.0
    """Passes over the samples; 2.5 stops in the middle of the third."""
    max_tokens: int | None = None
    """The run ends with the step that reaches as many training tokens, whatever `epochs` says."""
    packing: bool = True
    """Several samples share a row, each attending to itself alone."""
    row_tokens: int = 4096
    """Tokens of a row; a longer sample has a row of its own. What is longer than the model reads is
    left out and named in the record; nothing is ever cut."""
    step_tokens: int = 32_768
    """Tokens of an optimiser step, over all workers."""
    micro_tokens: int = 8_192
    """Tokens that a worker's model takes at once; smaller ones need less memory."""
    optimiser: Optimiser = Optimiser.ADAMW
    """muon takes orthogonalised steps (Jordan et al. 2024) on the matrices of the layers, AdamW on
    the rest: for training all weights, where it learns more from the same tokens."""
    learning_rate: float = 2e-4
    """The highest; it rises to it linearly and falls along half a cosine."""
    warmup: float = 0.03
    """The share of the steps in which the learning rate rises."""
    final_learning_rate: float = 0.1
    """The learning rate at the end, as a share of the highest."""
    weight_decay: float = 0.0
    beta2: float = 0.999
    """AdamW's second decay rate; the first is 0.9."""
    max_grad_norm: float = 1.0
    neftune_alpha: float = 0.0
    """Noise on the embeddings (NEFTune, arXiv 2310.05914); 5 is usual, 0 adds none."""
    precision: Precision = Precision.AUTO
    """Arithmetic of the passes; the trained weights are float32 always. auto takes bfloat16 where
    the machine multiplies it natively."""
    attention: Attention = Attention.AUTO
    """auto takes flash_attention_2 where it is installed, there is a GPU and the precision is
    bfloat16, the only one that it computes in; else sdpa."""
    gradient_checkpointing: bool = False
    """Computes activations again in the backward pass: less memory, a third more time."""
    merge: bool = False
    """Also save the model with the adapter merged into its weights."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name in ("lora_rank", "step_tokens", "micro_tokens", "row_tokens", "max_tokens"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"finetune.{name} must be at least 1, got {value}")
        for name in ("learning_rate", "epochs", "max_grad_norm", "lora_alpha"):
            if not getattr(self, name) > 0:
                raise ValueError(f"finetune.{name} must be above 0, got {getattr(self, name)}")
        for name in ("warmup", "final_learning_rate", "lora_dropout", "beta2"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"finetune.{name} must be in [0, 1], got {getattr(self, name)}")
        for name in ("weight_decay", "neftune_alpha"):
            if getattr(self, name) < 0:
                raise ValueError(f"finetune.{name} must be 0 or more, got {getattr(self, name)}")
