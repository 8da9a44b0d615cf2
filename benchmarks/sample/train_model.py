"""Train the sample language model from scratch.

    python -m benchmarks.sample.train_model --out OUT [--problems 140000] [--resume]

The model reads a question through the chat template and answers with a plain chain and a last line
`#### 42`. It sees faultless problems of seeds that no corpus uses, each of them once. The loss is
taken on the reply only. Matrices are trained by Muon, the rest by AdamW: at equal time this
reached a clearly lower loss than AdamW alone. A checkpoint is written now and then; `--resume` goes
on from it.
"""

import argparse
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

from benchmarks.sample.compose import ProblemMix, rng_for
from benchmarks.sample.corpus import CorpusConfig, make_rows
from benchmarks.sample.problems import Problem, draw_problem, plain_reply
from benchmarks.sample.program import Notation, equation
from benchmarks.sample.tokenizer import ASSISTANT, END, PAD, USER, save_tokenizer, train_tokenizer
from rbic.models.muon import Muon, by_shape

POOL = 2048
"""Problems that are drawn at once and sorted by length, so that a batch has little padding."""

TRAINING_MIX = ProblemMix(
    zipf_exponent=0.3,
    step_weights=(0.24, 0.24, 0.19, 0.13, 0.08, 0.06, 0.03, 0.03),
    chinese_share=0.3,
)
"""Flatter than the corpus, so that small domains are learnt too, and shorter, which is cheaper."""


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides the weights."""

    problems: int = 140_000
    batch_tokens: int = 4096
    """Tokens a step, padding included."""
    matrix_lr: float = 0.02
    other_lr: float = 3e-3
    warmup: float = 0.02
    """The share of the run in which the learning rate rises."""
    decay: float = 0.5
    """The share of the run, at its end, in which the learning rate falls along a half cosine. Until
    it falls, a resumed run may be given more problems."""
    final_lr: float = 0.01
    """The learning rate at the end, as a share of the highest."""
    weight_decay: float = 0.02
    drill_share: float = 1.0
    """Of the problems, those whose equations are drilled as well."""
    drill_equations: int = 14
    data_seed: int = 1000
    tokenizer_seed: int = 999
    tokenizer_problems: int = 40_000
    weights_seed: int = 0
    vocabulary: int = 2048
    hidden: int = 192
    layers: int = 4
    intermediate: int = 512
    head_dim: int = 32
    kv_heads: int = 2
    max_length: int = 1024
    threads: int = 2


@cache
def _corpus_questions() -> frozenset[str]:
    """The questions of the sample corpus; a short one can be drawn again from any seed."""
    rows = make_rows(CorpusConfig())
    return frozenset(row.question for drawn in rows.values() for row in drawn)


@dataclass(frozen=True)
class Example:
    """Token ids, and for each whether the model is to learn to write it."""

    ids: list[int]
    learnt: list[bool]


@dataclass(frozen=True)
class Batch:
    """Right-padded token ids of B problems of at most L tokens, and where the loss is taken."""

    ids_BL: Tensor
    targets_BL: Tensor
    """The next token where it belongs to the reply, else -100."""


def build_model(config: TrainConfig, tokenizer: Tokenizer) -> Any:
    """A Llama model with fresh weights, and biases as Qwen2 has them.

    Not a Qwen2 model: transformers 5 reads the text of every one of those with rules of its own for
    splitting words, whatever tokenizer.json says, and so cuts numbers otherwise than was learnt.
    """
    torch.manual_seed(config.weights_seed)
    end, pad = tokenizer.token_to_id(END), tokenizer.token_to_id(PAD)
    # transformers leaves its constructors untyped, hence Any here and below.
    causal_model: Any = LlamaForCausalLM
    generation: Any = GenerationConfig
    model = causal_model(
        LlamaConfig(
            attention_bias=True,
            vocab_size=config.vocabulary,
            hidden_size=config.hidden,
            num_hidden_layers=config.layers,
            intermediate_size=config.intermediate,
            num_attention_heads=config.hidden // config.head_dim,
            num_key_value_heads=config.kv_heads,
            max_position_embeddings=config.max_length,
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=end,
            pad_token_id=pad,
        )
    ).float()
    model.generation_config = generation(eos_token_id=end, pad_token_id=pad, do_sample=True)
    return model


def draw_batches(config: TrainConfig, tokenizer: Tokenizer, pool: int) -> Iterator[Batch]:
    """The batches of pool number `pool`, in an order that depends on the seed alone."""
    pad = tokenizer.token_to_id(PAD)
    assert pad is not None  # train_tokenizer puts it into the vocabulary
    drawn = (
        draw_problem(TRAINING_MIX, config.data_seed, index)
        for index in range(pool * POOL, (pool + 1) * POOL)
    )
    problems = [problem for problem in drawn if problem.question not in _corpus_questions()]
    rows = [*_problem_rows(problems, tokenizer), *_drill_rows(config, pool, tokenizer)]
    rows.sort(key=lambda row: len(row.ids))
    batches = []
    start = 0
    while start < len(rows):
        stop = start + 1
        while stop < len(rows) and (
            (stop + 1 - start) * len(rows[stop].ids) <= config.batch_tokens
        ):
            stop += 1
        batches.append(rows[start:stop])
        start = stop
    order = np.random.default_rng([config.data_seed, pool]).permutation(len(batches))
    for i in order:
        yield _batch(batches[i], pad)


def _problem_rows(problems: Sequence[Problem], tokenizer: Tokenizer) -> Iterator[Example]:
    """Question and reply as the chat template joins them; the loss is on the reply."""
    prompts = tokenizer.encode_batch([f"{USER}{p.question}{ASSISTANT}" for p in problems])
    replies = tokenizer.encode_batch([f"{plain_reply(p)}{END}" for p in problems])
    for prompt, reply in zip(prompts, replies, strict=True):
        yield Example(prompt.ids + reply.ids, [False] * len(prompt.ids) + [True] * len(reply.ids))


def _drill_rows(config: TrainConfig, pool: int, tokenizer: Tokenizer) -> Iterator[Example]:
    """Bare equations of other problems, `drill_equations` a row; the loss is on the results.

    Arithmetic is what a model of this size learns last, and a drill shows four times as many
    equations a token as a problem does.
    """
    equations = []
    for index in range(pool * POOL, pool * POOL + int(POOL * config.drill_share)):
        nodes = draw_problem(TRAINING_MIX, config.data_seed + 1, index).story.program.nodes
        for node in nodes:
            if node.operands:
                values = [nodes[i].value for i in node.operands]
                equations.append(equation(node.op, values, node.value, Notation.ASCII))
    rng_for(config.data_seed, pool).shuffle(equations)
    size = config.drill_equations
    drills = [
        "".join(f" {e}\n" for e in equations[i : i + size]) for i in range(0, len(equations), size)
    ]
    for encoding in tokenizer.encode_batch([f"{ASSISTANT}{drill}" for drill in drills]):
        learnt, inside = [], False
        for token in encoding.tokens:
            learnt.append(inside)
            inside = token == "Ġ=" or (inside and token != "Ċ")
        yield Example(encoding.ids, learnt)


def _batch(rows: Sequence[Example], pad: int) -> Batch:
    longest = max(len(row.ids) for row in rows)
    ids: NDArray[np.int64] = np.full((len(rows), longest), pad)
    targets: NDArray[np.int64] = np.full((len(rows), longest), -100)
    for i, row in enumerate(rows):
        ids[i, : len(row.ids)] = row.ids
        targets[i, : len(row.ids) - 1] = np.where(row.learnt[1:], row.ids[1:], -100)
    return Batch(torch.from_numpy(ids), torch.from_numpy(targets))


def reply_loss(model: Any, batch: Batch) -> Tensor:
    """Mean cross-entropy of the reply's tokens, in nats.

    The rows are padded on the right, where causal attention never looks, so no mask is needed;
    logits are computed at the reply's positions only.
    """
    hidden_BLD = model.model(input_ids=batch.ids_BL, use_cache=False).last_hidden_state
    wanted_BL = batch.targets_BL != -100
    logits = model.lm_head(hidden_BLD[wanted_BL])
    return nn.functional.cross_entropy(logits, batch.targets_BL[wanted_BL])


def build_optimisers(config: TrainConfig, model: Any) -> tuple[torch.optim.Optimizer, ...]:
    """Muon for the matrices of the layers, AdamW for embeddings, norms and biases."""
    matrices = [p for p in model.model.layers.parameters() if p.ndim == 2]
    chosen = set(map(id, matrices))
    others = [p for p in model.parameters() if id(p) not in chosen]
    return (
        Muon(matrices, lr=config.matrix_lr, weight_decay=config.weight_decay, scale=by_shape),
        torch.optim.AdamW(others, lr=config.other_lr, betas=(0.9, 0.95), weight_decay=0.0),
    )


def lr_share(config: TrainConfig, progress: float) -> float:
    """The share of the highest learning rate at `progress` in [0, 1]."""
    if progress < config.warmup:
        return progress / config.warmup
    along = max(0.0, (progress - 1 + config.decay) / config.decay)
    return config.final_lr + (1 - config.final_lr) * 0.5 * (1 + math.cos(math.pi * along))


def train(config: TrainConfig, out: Path, resume: bool) -> None:
    """Train, writing a checkpoint every ten pools and the model in `out` at the end."""
    torch.set_num_threads(config.threads)
    out.mkdir(parents=True, exist_ok=True)
    vocabulary = out / "tokenizer.json"
    if resume:
        tokenizer = Tokenizer.from_file(str(vocabulary))
    else:
        tokenizer = train_tokenizer(
            config.vocabulary, config.tokenizer_problems, config.tokenizer_seed
        )
        tokenizer.save(str(vocabulary))
    model = build_model(config, tokenizer)
    optimisers = build_optimisers(config, model)
    base_lrs = [group["lr"] for o in optimisers for group in o.param_groups]
    pools = math.ceil(config.problems / POOL)
    first = 0
    checkpoint = out / "checkpoint.pt"
    if resume:
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        for optimiser, saved in zip(optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        first = state["pools"]
    print(
        f"{sum(p.numel() for p in model.parameters()):,} parameters, {asdict(config)}", flush=True
    )
    started, tokens = time.monotonic(), 0
    for pool in range(first, pools):
        losses = []
        batches = list(draw_batches(config, tokenizer, pool))
        for i, batch in enumerate(batches):
            share = lr_share(config, (pool + i / len(batches)) / pools)
            groups = [group for o in optimisers for group in o.param_groups]
            for group, base_lr in zip(groups, base_lrs, strict=True):
                group["lr"] = base_lr * share
            loss = reply_loss(model, batch)
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            for optimiser in optimisers:
                optimiser.step()
                optimiser.zero_grad(set_to_none=True)
            losses.append(loss.item())
            tokens += batch.ids_BL.numel()
        seconds = time.monotonic() - started
        left = seconds / (pool + 1 - first) * (pools - pool - 1)
        print(
            f"pool {pool + 1}/{pools}  loss {np.mean(losses):.4f}  {tokens / seconds:,.0f} tokens/s"
            f"  {seconds / 60:.1f} min, {left / 60:.1f} min left",
            flush=True,
        )
        if (pool + 1) % 10 == 0 or pool + 1 == pools:
            state = {
                "model": model.state_dict(),
                "optimisers": [o.state_dict() for o in optimisers],
                "pools": pool + 1,
            }
            torch.save(state, checkpoint.with_suffix(".new"))
            checkpoint.with_suffix(".new").replace(checkpoint)
            save_model(config, model, tokenizer, out / "model")


def save_model(config: TrainConfig, model: Any, tokenizer: Tokenizer, folder: Path) -> None:
    """Write weights in bfloat16, configuration and tokenizer as Hugging Face files."""
    rounded = build_model(config, tokenizer)
    rounded.load_state_dict(model.state_dict())
    rounded.to(torch.bfloat16).save_pretrained(folder)
    save_tokenizer(tokenizer, folder, config.max_length)


def main() -> None:
    """Read the command line: every field of TrainConfig is an option."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--resume", action="store_true")
    defaults = TrainConfig()
    for setting in fields(TrainConfig):
        value = getattr(defaults, setting.name)
        option = f"--{setting.name.replace('_', '-')}"
        parser.add_argument(option, type=type(value), default=value, help=f"default {value}")
    arguments = vars(parser.parse_args())
    out, resume = arguments.pop("out"), arguments.pop("resume")
    train(replace(defaults, **arguments), out, resume)


if __name__ == "__main__":
    main()
