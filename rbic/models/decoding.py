"""Decoding with a causal language model of transformers, faster than its own `generate`.

Three things make the difference: keys and values are written into room kept ready instead of being
copied at every step; rows that have ended leave the batch, and the few long ones that several
batches leave over go on together; a prompt is read once for all attempts at it.

Shape suffixes: R rows under way, C columns of the cache (prompts on the left, aligned at the right
edge), V vocabulary.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray

from rbic.models.grouped_attention import grouped_attention
from rbic.models.sampling import choose, log_probabilities

_ROOM = 64
_LEAVE_SHARE = 1 / 4
"""Ended rows are cut out of the batch when they are this share of it."""
_PARK_SHARE = 1 / 8
"""The last rows of a batch, up to this share of it, wait for those of the other batches."""


@dataclass(frozen=True)
class DecodeRule:
    """How replies are written."""

    temperature: float
    """0 takes the likeliest token."""
    top_p: float
    max_new_tokens: int
    max_tokens: int
    """Longest prompt and reply together."""
    batch_rows: int
    """Rows that are written at the same time."""
    ends: frozenset[int]
    """Tokens that end a reply."""
    padding: int
    """Any token; what stands there is masked."""
    log_probabilities: bool = False
    """Whether those of the tokens taken are summed up."""
    stopped: Callable[[Sequence[int]], bool] = lambda ids: False
    """Whether a reply ends with what it has, by more than its last token."""


class DecodeWatch:
    """Is told how far the decoder is; this one does not listen. Replies go by their places."""

    def beat(self) -> None:
        """Every reply under way has got a token."""

    def begun(self, replies: Sequence[int]) -> None:
        """These replies, too, are under way."""

    def ended(self, reply: int, ids: list[int], log_probability: float | None) -> None:
        """A reply is written; `ids` are its tokens, with the sum of their log-probabilities."""


class _RoomyLayer(transformers.cache_utils.DynamicLayer):
    """A layer's keys and values, in buffers with room for the tokens to come."""

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Write new states behind the old ones; gives all of them, shape (R, heads, C, width)."""
        if not self.is_initialized:
            self.dtype, self.device = key_states.dtype, key_states.device
            self.keys, self.values = key_states[:, :, :0], value_states[:, :, :0]
            self._buffers = [self.keys, self.values]
            self.is_initialized = True
        begin = self.get_seq_length()
        end = begin + key_states.shape[-2]
        if end > self._buffers[0].shape[-2]:
            whole = torch.arange(len(key_states), device=key_states.device)
            self._buffers = [_roomy(old, whole, 0, begin, end) for old in self._buffers]
        for buffer, new in zip(self._buffers, (key_states, value_states), strict=True):
            buffer[:, :, begin:end] = new
        self.keys, self.values = (buffer[:, :, :end] for buffer in self._buffers)
        return self.keys, self.values

    def take(self, row_R: torch.Tensor, first_column: int) -> None:
        """Keep the named rows, in that order and as often, from a column on."""
        end = self.get_seq_length()
        self._buffers = [_roomy(old, row_R, first_column, end, end) for old in self._buffers]
        self.keys, self.values = (buffer[:, :, : end - first_column] for buffer in self._buffers)

    def append(self, other: "_RoomyLayer") -> None:
        """Add the rows of another layer below, both aligned at the right edge."""
        columns = max(self.get_seq_length(), other.get_seq_length())
        self._buffers = [
            torch.cat([_aligned(one, columns), _aligned(more, columns)])
            for one, more in ((self.keys, other.keys), (self.values, other.values))
        ]
        self.keys, self.values = self._buffers


def _aligned(old: Any, columns: int) -> torch.Tensor:
    """States with zeros on the left, which are masked, up to so many columns."""
    return torch.nn.functional.pad(old, (0, 0, columns - old.shape[-2], 0))


def _roomy(
    old: torch.Tensor, row_R: torch.Tensor, first_column: int, stop_column: int, end: int
) -> torch.Tensor:
    """Rows and columns of a buffer, copied to the left edge of one with room behind `end`."""
    columns = stop_column - first_column
    room = end - first_column + max(_ROOM, (end - first_column) // 2)
    new = old.new_empty((len(row_R), old.shape[1], room, old.shape[3]))
    new[:, :, :columns] = old[row_R, :, first_column:stop_column]
    return new


@dataclass
class _Rows:
    """Replies under way."""

    which_R: NDArray[np.int64]
    """Which reply each row is."""
    written_R: NDArray[np.int64]
    """Tokens written so far."""
    length_R: torch.Tensor
    """Tokens of prompt and reply that the model has read."""
    mask_RC: torch.Tensor
    cache: Any
    score_RV: torch.Tensor
    """Scores of the next token."""

    def take(self, row_R: NDArray[np.int64]) -> "_Rows":
        """The named rows, without the columns that none of them uses; the cache is used up."""
        index_R = torch.from_numpy(row_R).to(self.mask_RC.device)
        mask_RC = self.mask_RC[index_R]
        first_column = int(mask_RC.any(dim=0).int().argmax())
        for layer in self.cache.layers:
            layer.take(index_R, first_column)
        return _Rows(
            self.which_R[row_R],
            self.written_R[row_R],
            self.length_R[index_R],
            mask_RC[:, first_column:],
            self.cache,
            self.score_RV[index_R],
        )

    def with_rows(self, other: "_Rows") -> "_Rows":
        """These rows and others below; both caches are used up."""
        columns = max(self.mask_RC.shape[1], other.mask_RC.shape[1])
        for layer, more in zip(self.cache.layers, other.cache.layers, strict=True):
            layer.append(more)
        masks = [
            torch.nn.functional.pad(mask, (columns - mask.shape[1], 0))
            for mask in (self.mask_RC, other.mask_RC)
        ]
        return _Rows(
            np.concatenate([self.which_R, other.which_R]),
            np.concatenate([self.written_R, other.written_R]),
            torch.cat([self.length_R, other.length_R]),
            torch.cat(masks),
            self.cache,
            torch.cat([self.score_RV, other.score_RV]),
        )


def decodes(model: Any) -> bool:
    """Whether a model keeps what it has read as plain keys and values of every token.

    Not so: sliding windows, recurrent states, encoders, learned prompts of peft.
    """
    config = model.config
    if getattr(config, "is_encoder_decoder", False) or getattr(model, "_is_stateful", False):
        return False
    if getattr(getattr(model, "active_peft_config", None), "is_prompt_learning", False):
        return False
    layers = transformers.DynamicCache(config=config).layers
    plain = transformers.cache_utils.DynamicLayer
    return all(type(layer) is plain for layer in layers)


class Decoder:
    """Writes the replies of one call."""

    def __init__(
        self,
        model: Any,
        prompts: Sequence[Sequence[int]],
        seed_N: NDArray[np.int64],
        rule: DecodeRule,
        watch: DecodeWatch | None = None,
    ) -> None:
        """Take the model and what it replies to.

        Args:
            model: a model for which `decodes` holds, in evaluation mode.
            prompts: N prompts as token ids, none of them empty; equal ones are read once where
                they follow one another.
            seed_N: the seed of each reply; without meaning at temperature 0.
            rule: how replies are written.
            watch: told how far it is.
        """
        # Layers of LoRA lie within the model that peft wraps.
        self._model = model.get_base_model() if hasattr(model, "get_base_model") else model
        self._prompts = prompts
        self._seed_N = seed_N
        self._rule = rule
        self._watch = watch or DecodeWatch()
        self._replies: list[list[int]] = [[] for _ in prompts]
        self._ended_N = np.zeros(len(prompts), dtype=bool)
        self._log_probability_N = np.zeros(len(prompts))
        self._limit_N = np.array(
            [min(rule.max_new_tokens, rule.max_tokens - len(ids)) for ids in prompts], np.int64
        )
        taken = inspect.signature(self._model.forward).parameters
        self._last_only = {"logits_to_keep": 1} if "logits_to_keep" in taken else {}
        self._takes_positions = "position_ids" in taken

    def run(self) -> list[list[int]]:
        """The tokens of each reply, with the token that ends it where one does."""
        batch_rows = self._rule.batch_rows
        starts = list(range(0, len(self._prompts), batch_rows))
        parked: _Rows | None = None
        with torch.inference_mode(), grouped_attention(self._model):
            while starts or parked is not None:
                if parked is not None and (not starts or len(parked.which_R) >= batch_rows):
                    rows, parked = parked, None
                else:
                    start = starts.pop(0)
                    rows = self._read(np.arange(start, min(start + batch_rows, len(self._prompts))))
                alone = not starts and parked is None
                left = self._write(rows, 0 if alone else int(batch_rows * _PARK_SHARE))
                if left is not None:
                    parked = left if parked is None else parked.with_rows(left)
        return self._replies

    def _read(self, which_R: NDArray[np.int64]) -> _Rows:
        """Let the model read prompts, equal neighbours once."""
        self._watch.begun(which_R.tolist())
        prompts = [self._prompts[n] for n in which_R]
        new_R = [r == 0 or prompts[r] != prompts[r - 1] for r in range(len(prompts))]
        distinct = [ids for ids, new in zip(prompts, new_R, strict=True) if new]
        width = max(map(len, distinct))
        filled = [[self._rule.padding] * (width - len(ids)) + list(ids) for ids in distinct]
        there = [[0] * (width - len(ids)) + [1] * len(ids) for ids in distinct]
        device = self._model.device
        mask_RC = torch.tensor(there, device=device)
        cache = transformers.DynamicCache()
        cache.layer_class_to_replicate = _RoomyLayer
        position_RC = (mask_RC.cumsum(dim=1) - 1).clamp(min=0)
        rows = _Rows(
            which_R=which_R[np.flatnonzero(new_R)],
            written_R=np.zeros(len(distinct), np.int64),
            length_R=mask_RC.sum(dim=1),
            mask_RC=mask_RC,
            cache=cache,
            score_RV=self._scores(torch.tensor(filled, device=device), mask_RC, position_RC, cache),
        )
        if len(distinct) < len(prompts):
            rows = rows.take(np.cumsum(new_R) - 1)
            rows.which_R = which_R
        return rows

    def _scores(
        self, id_RC: torch.Tensor, mask_RC: torch.Tensor, position_RC: torch.Tensor, cache: Any
    ) -> torch.Tensor:
        """Scores of the token that follows, shape (R, V); the cache takes up what is read."""
        positions = {"position_ids": position_RC} if self._takes_positions else {}
        output = self._model(
            input_ids=id_RC,
            attention_mask=mask_RC,
            past_key_values=cache,
            use_cache=True,
            **positions,
            **self._last_only,
        )
        scores: torch.Tensor = output.logits[:, -1].float()
        return scores

    def _write(self, rows: _Rows, until: int) -> _Rows | None:
        """Write on until at most `until` rows are under way; these, or None where none is."""
        while True:
            rule = self._rule
            seed_R = self._seed_N[rows.which_R]
            token_R = choose(rows.score_RV, seed_R, rows.written_R, rule.temperature, rule.top_p)
            if rule.log_probabilities:
                of_token_R = log_probabilities(rows.score_RV, token_R)
                self._log_probability_N[rows.which_R] += of_token_R * ~self._ended_N[rows.which_R]
            rows.written_R = rows.written_R + 1
            self._watch.beat()
            under_way = self._note(rows, token_R.tolist())
            if len(under_way) == 0:
                return None
            stop = len(under_way) <= until
            if stop or len(under_way) <= (1 - _LEAVE_SHARE) * len(rows.which_R):
                rows = rows.take(under_way)
                token_R = token_R[torch.from_numpy(under_way).to(token_R.device)]
            rows.mask_RC = torch.nn.functional.pad(rows.mask_RC, (0, 1), value=1)
            rows.score_RV = self._scores(
                token_R[:, None], rows.mask_RC, rows.length_R[:, None], rows.cache
            )
            rows.length_R = rows.length_R + 1
            if stop:
                return rows

    def _note(self, rows: _Rows, tokens: Sequence[int]) -> NDArray[np.int64]:
        """Note the tokens written; gives the rows that go on. Ended rows still there are passed."""
        under_way = []
        for row, (n, token) in enumerate(zip(rows.which_R.tolist(), tokens, strict=True)):
            if self._ended_N[n]:
                continue
            reply = self._replies[n]
            reply.append(token)
            if (
                token in self._rule.ends
                or len(reply) == self._limit_N[n]
                or self._rule.stopped(reply)
            ):
                self._ended_N[n] = True
                known = self._rule.log_probabilities
                self._watch.ended(n, reply, float(self._log_probability_N[n]) if known else None)
            else:
                under_way.append(row)
        return np.array(under_way, dtype=np.int64)
