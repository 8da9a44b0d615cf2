"""Train a base model of the laboratory from scratch, with rbic's own trainer.

    python -m benchmarks.lab.pretrain --out LAB/competent --base competent [--hidden H] [--layers L]

The weak base sees sound chains of one to three steps, the competent one of one to five; each hardly
fails at those and fails beyond. On a GPU where there is one, which has room for a larger model:
benchmarks.lab.run takes what lies in LAB/competent.
"""

import argparse
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from benchmarks.lab.holdings import DOMAINS, Style, draw_problem
from benchmarks.lab.pools import STEPS, Fault, draw_style, faultless, faulty, test_problems
from benchmarks.sample.tokenizer import ASSISTANT, CHAT_TEMPLATE, END, PAD, USER
from rbic.core.packing import plan_steps
from rbic.models.chat import encode_samples
from rbic.models.encoded_samples import EncodedSamples
from rbic.models.finetune_config import Adapter, FinetuneConfig, Optimiser
from rbic.models.finetuning import Finetuning
from rbic.models.precision import Precision

DATA_SEED = 5000
WEIGHTS = "model.safetensors"
"""The file of a model's folder that `save_whole` writes last."""


@dataclass(frozen=True)
class Base:
    """What a base model has seen."""

    problems: int
    step_weights: tuple[float, ...]
    """Shares of problems with 1, 2, … steps."""
    hidden: int = 128
    layers: int = 3

    @property
    def intermediate(self) -> int:
        """Width of the feed-forward layers."""
        return self.hidden * 11 // 4


BASES = {
    "competent": Base(40_000, (0.2, 0.2, 0.2, 0.2, 0.2)),
    "weak": Base(40_000, (0.3, 0.35, 0.35)),
}


def lab_tokenizer() -> PreTrainedTokenizerFast:
    """Words, numbers and signs, each with the blank before it, are one token."""
    tokenizer = Tokenizer(models.BPE())
    words = r" ?[A-Za-z]+| ?\d+|\n| ?[^\sA-Za-z\d]+"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(words), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=512,
        special_tokens=[PAD, USER, ASSISTANT, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        chat_template=CHAT_TEMPLATE,
        model_max_length=1024,
        clean_up_tokenization_spaces=False,
    )


def _texts() -> list[str]:
    rng = Random(DATA_SEED - 1)
    texts = []
    for i in range(20_000):
        problem = draw_problem(rng, DOMAINS[i % len(DOMAINS)].name, 1 + i % STEPS)
        fault = list(Fault)[i % len(Fault)]
        chain = faulty(problem, list(Style)[i % len(Style)], fault, rng) or ""
        texts += [problem.question, chain]
    return texts


def build_model(base: Base, tokenizer: PreTrainedTokenizerFast, seed: int) -> Any:
    """A Llama model with fresh weights."""
    torch.manual_seed(seed)
    config: Any = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=base.hidden,
        num_hidden_layers=base.layers,
        intermediate_size=base.intermediate,
        num_attention_heads=base.hidden // 32,
        num_key_value_heads=base.hidden // 32,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model: Any = LlamaForCausalLM(config).float()
    made: Any = GenerationConfig
    model.generation_config = made(
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id
    )
    return model


def save_whole(model: Any, tokenizer: Any, out: Path) -> None:
    """Save a model so that its weights are there only where all the rest is."""
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out) as folder:
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        (out / WEIGHTS).unlink(missing_ok=True)
        for path in sorted(Path(folder).iterdir(), key=lambda path: path.name == WEIGHTS):
            os.replace(path, out / path.name)


def main() -> None:
    """Read the command line, draw, train, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--base", choices=BASES, required=True)
    parser.add_argument("--problems", type=int)
    parser.add_argument("--hidden", type=int, default=Base.hidden, help="a multiple of 32")
    parser.add_argument("--layers", type=int, default=Base.layers)
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    base = replace(BASES[arguments.base], hidden=arguments.hidden, layers=arguments.layers)
    tokenizer = lab_tokenizer()
    rng = Random(DATA_SEED)
    held_back = {problem.question for problem in test_problems(2000)}
    questions, replies = [], []
    while len(questions) < (arguments.problems or base.problems):
        steps = 1 + rng.choices(range(len(base.step_weights)), base.step_weights)[0]
        problem = draw_problem(rng, rng.choice(DOMAINS).name, steps)
        if problem.question not in held_back:
            questions.append(problem.question)
            replies.append(faultless(problem, draw_style(rng)))
    encoded = encode_samples(tokenizer, questions, replies)
    table = pa.table(
        {
            "sample_id": np.arange(len(encoded)),
            "ids": pa.array([one.ids for one in encoded], pa.list_(pa.int32())),
            "reply_start": pa.array([one.reply_start for one in encoded], pa.int32()),
        }
    )
    config = FinetuneConfig(
        adapter=Adapter.NONE,
        row_tokens=256,
        step_tokens=4096,
        micro_tokens=4096,
        learning_rate=arguments.learning_rate,
        optimiser=Optimiser.MUON,
        beta2=0.98,
        weight_decay=0.01,
        final_learning_rate=0.02,
        precision=Precision.FLOAT32,
    )
    samples = EncodedSamples.of(table)
    packed = samples.packed(np.arange(len(encoded)), config.row_tokens)
    plan = plan_steps(packed.packing.tokens_R, config.step_tokens, 1.0, None, 0)
    model = build_model(base, tokenizer, 0).to("cuda" if torch.cuda.is_available() else "cpu")
    print(f"{sum(p.numel() for p in model.parameters()):,} weights, {len(tokenizer)} tokens, "
          f"{plan.tokens_S.sum():,} tokens in {plan.steps:,} steps", flush=True)  # fmt: skip
    started = time.monotonic()

    def tell(tuning: Finetuning) -> None:
        done = tuning.progress
        if done.step % 100 == 0 or done.step == tuning.steps:
            speed = done.tokens / (time.monotonic() - started)
            loss = np.mean(done.losses[-100:])
            print(f"step {done.step:,} of {tuning.steps:,}  loss {loss:.4f}  "
                  f"{speed:,.0f} tokens/s", flush=True)  # fmt: skip

    assert tokenizer.pad_token_id is not None
    Finetuning(model, packed, plan, config, tokenizer.pad_token_id).run(tell)
    save_whole(model, tokenizer, arguments.out)


if __name__ == "__main__":
    main()
