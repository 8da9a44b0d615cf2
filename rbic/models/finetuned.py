"""Which model is fine-tuned and how; loading it, putting an adapter on it, saving it."""

from dataclasses import dataclass, field
from enum import StrEnum
from importlib.util import find_spec
from typing import Any

import torch
import transformers
from torch import nn

from rbic.models.precision import Precision
from rbic.sample.names import located


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
    """auto takes flash_attention_2 where it is installed and there is a GPU, else sdpa."""
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


def load_base(config: FinetuneConfig) -> tuple[Any, Any]:
    """The model to be trained and its tokenizer, on the GPU if there is one.

    Weights that stay as they are are kept in the arithmetic's precision, those that are trained in
    float32.

    Raises:
        ValueError: no model is named.
        OSError: the model is neither a folder nor to be had from the hub.
    """
    if config.model is None:
        raise ValueError("finetune.model: name a model on the hub, a folder, or sample:model")
    name = located(config.model)
    tokenizer: Any = transformers.AutoTokenizer.from_pretrained(name, revision=config.revision)
    frozen = config.adapter is Adapter.LORA and config.precision is Precision.BFLOAT16
    model: Any = transformers.AutoModelForCausalLM.from_pretrained(
        name,
        revision=config.revision,
        dtype=torch.bfloat16 if frozen else torch.float32,
        attn_implementation=settle_attention(config.attention),
    )
    return model.to("cuda" if torch.cuda.is_available() else "cpu"), tokenizer


def settle_attention(attention: Attention) -> str:
    """The kernel that `auto` stands for on this machine."""
    if attention is not Attention.AUTO:
        return str(attention)
    flash = torch.cuda.is_available() and find_spec("flash_attn") is not None
    return str(Attention.FLASH if flash else Attention.SDPA)


def with_adapter(model: Any, config: FinetuneConfig) -> Any:
    """The model with what is to be trained requiring a gradient, and nothing else."""
    if config.gradient_checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    if config.adapter is Adapter.NONE:
        return model.requires_grad_(True)
    # Seconds to import, and only an adapter needs it.
    from peft import LoraConfig, get_peft_model  # noqa: PLC0415

    torch.manual_seed(config.seed)
    targets = config.lora_targets
    adapted: Any = get_peft_model(
        model,
        LoraConfig(
            r=config.lora_rank,
            lora_alpha=config.lora_alpha,  # type: ignore[arg-type]
            lora_dropout=config.lora_dropout,
            target_modules="all-linear" if targets == ["all-linear"] else targets,
            task_type="CAUSAL_LM",
        ),
    )
    for parameter in trained_parameters(adapted):
        parameter.data = parameter.data.float()
    return adapted


def trained_parameters(model: Any) -> list[nn.Parameter]:
    """The parameters that require a gradient, in the model's order."""
    return [parameter for parameter in model.parameters() if parameter.requires_grad]


def save_finetuned(model: Any, tokenizer: Any, config: FinetuneConfig, folder: str) -> list[str]:
    """Write the adapter, the merged model where it is asked for, or the whole model.

    Returns:
        The folders written, below `folder`: `adapter`, `model` or both.
    """
    written = []
    if config.adapter is Adapter.LORA:
        model.save_pretrained(f"{folder}/adapter")
        tokenizer.save_pretrained(f"{folder}/adapter")
        written.append("adapter")
        if not config.merge:
            return written
        model = model.merge_and_unload()
    model.save_pretrained(f"{folder}/model")
    tokenizer.save_pretrained(f"{folder}/model")
    return [*written, "model"]
