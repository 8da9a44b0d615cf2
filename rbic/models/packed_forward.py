"""Logits at chosen positions of packed rows, by the shortest way that a model allows.

A model family may lack the shortcut, or may let a sample see its neighbours in a row. Neither is
taken on trust: both are tried on a few tokens before the training begins.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from rbic.models.precision import Precision, autocast

ReplyLogits = Callable[[Any, Tensor, Tensor, Tensor], Tensor]
"""(model, ids_BL, position_BL, wanted_BL) to logits of the M wanted positions, shape (M, V)."""

_TOLERANCE = 0.02
"""Largest difference of logits, relative to their spread: bfloat16 differs by less than this."""


def _whole(model: Any, ids_BL: Tensor, position_BL: Tensor, wanted_BL: Tensor) -> Tensor:
    """All logits, then those wanted."""
    output = model(input_ids=ids_BL, position_ids=position_BL, use_cache=False)
    wanted: Tensor = output.logits[wanted_BL]
    return wanted


def _short(model: Any, ids_BL: Tensor, position_BL: Tensor, wanted_BL: Tensor) -> Tensor:
    """Logits where they are wanted only.

    With a large vocabulary logits are most of the memory, and prompts are often half of the tokens.
    """
    body = _body(model)
    output = body.get_decoder()(input_ids=ids_BL, position_ids=position_BL, use_cache=False)
    wanted: Tensor = body.get_output_embeddings()(output.last_hidden_state[wanted_BL])
    return wanted


def _body(model: Any) -> Any:
    """The model below an adapter."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def find_logits(model: Any, precision: Precision | None = None) -> ReplyLogits:
    """The shortcut where it gives what the model itself gives, else the whole way.

    Args:
        model: a causal language model.
        precision: of the passes that are to come; None takes the widest that the model's kernel
            computes in.
    """
    ids, position, wanted = _trial(model)
    with _still(model, precision):
        expected = _whole(model, ids, position, wanted)
        try:
            found = _short(model, ids, position, wanted)
        except (AttributeError, TypeError):
            return _whole
    return _short if _alike(found, expected) else _whole


def packs_cleanly(model: Any, rows: int = 1, precision: Precision | None = None) -> bool:
    """Whether a sample's logits are the same in a shared row as alone.

    Args:
        model: a causal language model.
        rows: rows in the batch that is tried. Some kernels tell samples apart in a batch of one row
            only, flash_attention_2 among them.
        precision: as for `find_logits`.
    """
    ids, position, wanted = _trial(model)
    cut = int((position[0] == 0).nonzero()[1])
    with _still(model, precision):
        packed = _whole(model, *(part.expand(rows, -1) for part in (ids, position, wanted)))
        alone = torch.cat([
            _whole(model, ids[:, part], position[:, part], wanted[:, part])
            for part in (slice(0, cut), slice(cut, None))
        ])  # fmt: skip
    return _alike(packed, alone.repeat(rows, 1))


def kernel_precision(model: Any) -> Precision:
    """What passes of a model must be computed in: FlashAttention takes no float32, and raises."""
    kernel = str(getattr(_body(model).config, "_attn_implementation", ""))
    return Precision.BFLOAT16 if kernel.startswith("flash") else Precision.FLOAT32


@contextmanager
def _still(model: Any, precision: Precision | None) -> Iterator[None]:
    """Without gradients and dropout, which would make any two passes differ."""
    precision = precision or kernel_precision(model)
    training = model.training
    model.eval()
    try:
        with torch.inference_mode(), autocast(next(model.parameters()).device, precision):
            yield
    finally:
        model.train(training)


def _trial(model: Any) -> tuple[Tensor, Tensor, Tensor]:
    """A row of two short samples: ids, positions, and all of them wanted."""
    device = next(model.parameters()).device
    vocabulary = int(_body(model).config.get_text_config().vocab_size)
    position = torch.cat([torch.arange(5), torch.arange(7)])[None]
    ids = (torch.arange(12)[None] * 37 + 11) % vocabulary
    return ids.to(device), position.to(device), torch.ones_like(ids, dtype=torch.bool).to(device)


def _alike(found: Tensor, expected: Tensor) -> bool:
    if found.shape != expected.shape:
        return False
    difference = (found.float() - expected.float()).abs().max()
    return bool(difference <= _TOLERANCE * expected.float().std())
