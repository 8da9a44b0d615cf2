"""The model that is fine-tuned: loading it, putting an adapter on it, saving it."""

from importlib.util import find_spec
from typing import Any

import torch
import transformers
from torch import nn
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

from rbic.models.chat import end_of_turn, named_ends
from rbic.models.finetune_config import Adapter, Attention, FinetuneConfig
from rbic.models.precision import Precision
from rbic.sample.names import located


def load_tokenizer(model: str | None, revision: str | None) -> Any:
    """The tokenizer of the model to be trained.

    Raises:
        ValueError: no model is named.
        OSError: the model is neither a folder nor to be had from the hub.
    """
    if model is None:
        raise ValueError("finetune.model: name a model on the hub, a folder, or sample:model")
    return transformers.AutoTokenizer.from_pretrained(located(model), revision=revision)


def padding_id(tokenizer: Any) -> int:
    """A token to fill rows with; nothing attends to it, so any will do where none is named."""
    named = (tokenizer.pad_token_id, tokenizer.eos_token_id, 0)
    return next(int(token) for token in named if token is not None)


def load_base(config: FinetuneConfig) -> tuple[Any, Any]:
    """The model to be trained and its tokenizer, on the GPU if there is one.

    Weights that stay as they are are kept in the arithmetic's precision, those that are trained in
    float32.

    Raises:
        ValueError: no model is named, it is an adapter, or the kernel does not compute in the
            precision.
        OSError: the model is neither a folder nor to be had from the hub.
    """
    tokenizer = load_tokenizer(config.model, config.revision)
    name = located(str(config.model))
    frozen = config.adapter is Adapter.LORA and config.precision is Precision.BFLOAT16
    model: Any = transformers.AutoModelForCausalLM.from_pretrained(
        name,
        revision=config.revision,
        dtype=torch.bfloat16 if frozen else torch.float32,
        attn_implementation=settle_attention(config.attention, config.precision),
    )
    if getattr(model, "_hf_peft_config_loaded", False):
        raise ValueError(
            f"finetune.model: {config.model} is an adapter, whose weights would not be trained but "
            "lost; name a whole model"
        )
    return model.to("cuda" if torch.cuda.is_available() else "cpu"), tokenizer


def settle_attention(attention: Attention, precision: Precision) -> str:
    """The kernel that `auto` stands for on this machine, for passes in a settled precision.

    Raises:
        ValueError: FlashAttention is asked for, which computes in half precision alone.
    """
    on_gpu = torch.cuda.is_available()
    half = precision is Precision.BFLOAT16
    if attention is Attention.FLASH and not half:
        raise ValueError(
            f"finetune.attention={attention} needs finetune.precision=bfloat16, got {precision}"
        )
    if attention is Attention.AUTO:
        flash = on_gpu and half and find_spec("flash_attn") is not None
        attention = Attention.FLASH if flash else Attention.SDPA
    return CPU_ATTENTION if attention is Attention.SDPA and not on_gpu else str(attention)


CPU_ATTENTION = "sdpa_float32"


def _attend_in_float32(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Attention outside autocast: torch's kernel for processors is slow in bfloat16."""
    with torch.autocast("cpu", enabled=False):
        attended, _ = sdpa_attention_forward(
            module, query.float(), key.float(), value.float(), mask, **options
        )
    return attended.to(query.dtype), None


transformers.AttentionInterface.register(CPU_ATTENTION, _attend_in_float32)
AttentionMaskInterface.register(CPU_ATTENTION, sdpa_mask)


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
            # Of the model that is adapted: whoever loads the adapter loads that one.
            revision=config.revision,
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

    Whoever loads it stops where the turns end that it was trained on: model and tokenizer name that
    token, whatever those of the base named.

    Returns:
        The folders written, below `folder`: `adapter`, `model` or both.
    """
    written = []
    _name_end(model, tokenizer)
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


def _name_end(model: Any, tokenizer: Any) -> None:
    end = end_of_turn(tokenizer)
    if end is None:
        return
    tokenizer.eos_token = tokenizer.convert_ids_to_tokens(end)
    body = model.get_base_model() if hasattr(model, "get_base_model") else model
    ends = named_ends(body)
    if end not in ends:
        body.generation_config.eos_token_id = [end, *ends]
