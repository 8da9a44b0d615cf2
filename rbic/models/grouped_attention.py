"""Attention of a single new token to what was read, for models whose query heads share keys.

transformers copies keys and values once for each query head that shares them, at every step, where
a mask is given. Query heads that share a key are the same as so many queries to that key, so that
nothing needs to be copied (Ainslie et al. 2023, grouped-query attention).

Shape suffixes: R rows, C columns, D width of a head.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import transformers
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

_NAME = "rbic_grouped"


def _attend(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """As transformers' own, with `query` (R, heads, 1, D) and `key` (R, shared heads, C, D)."""
    heads, queries, shared = query.shape[1], query.shape[2], key.shape[1]
    if queries > 1 or heads == shared or options.get("position_bias") is not None:
        result: tuple[torch.Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, **options
        )
        return result
    rows, width = query.shape[0], query.shape[3]
    attended = torch.nn.functional.scaled_dot_product_attention(
        query.reshape(rows, shared, heads // shared, width),
        key,
        value,
        attn_mask=attention_mask,
        scale=options.get("scaling"),
    )
    return attended.reshape(rows, 1, heads, value.shape[3]), None


@contextmanager
def grouped_attention(model: Any) -> Iterator[None]:
    """Let a model attend so within the block, where its attention can be exchanged."""
    config = model.config
    before = config._attn_implementation
    if before != "sdpa" or not getattr(model, "_supports_attention_backend", False):
        yield
        return
    transformers.AttentionInterface.register(_NAME, _attend)
    AttentionMaskInterface.register(_NAME, sdpa_mask)
    config._attn_implementation = _NAME
    try:
        yield
    finally:
        config._attn_implementation = before
