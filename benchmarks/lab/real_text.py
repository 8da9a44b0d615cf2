"""Text that people wrote: the loss on held-out chains after fine-tuning on what each method chose.

    python -m benchmarks.lab.real_text --data DATA --out LAB [--methods rbic random ...]
        [--budgets 0.16] [--seeds 3] [--rows 4000] [--hidden H] [--layers L]

DATA holds gsm8k/, math/, tal_scq5k/ and adarft_difficulty/ as the projects publish them. The pool
is the training sets of GSM8K and MATH, with the success rates that AdaRFT published for MATH; a
small Llama reads all its questions first, then trains on what a method chose. It is too small to
solve anything, so what is measured is the loss of GSM8K's, MATH's and TAL's test chains in nats a
token. On a GPU where there is one.
Intervals are from a bootstrap over chains and seeds; results go to LAB/real_text.json and .md.
What is done already is not done again: a base model is named by its size and what it is made of, a
trial by that, the settings, what was chosen and the test chains.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from benchmarks.corpus.prepare import key, success_rates
from benchmarks.lab.pretrain import WEIGHTS, save_whole
from benchmarks.lab.real_losses import ReplyLosses, table_lines
from benchmarks.sample.tokenizer import CHAT_TEMPLATE, END, PAD, train_on
from rbic import storage
from rbic.compare import pool_steps, settle_comparison, trial_config
from rbic.config import CompareJobConfig, load
from rbic.core.comparison import FULL
from rbic.core.packing import plan_steps
from rbic.core.replies import training_reply
from rbic.core.trials import PlannedTrial
from rbic.job import corpus_files, run_job
from rbic.models.chat import encode_samples
from rbic.models.encoded_samples import EncodedSamples
from rbic.models.finetune_config import FinetuneConfig, Optimiser
from rbic.models.finetuning import Finetuning
from rbic.models.precision import Precision
from rbic.outputs import StepOutput
from rbic.progress import Progress
from rbic.stages.ingest import ingest_step, scan_step
from rbic.trial import Tuner

METHODS = ("rbic", "random", "whole_random", "length_matched_random", "deita", "longest")
TRAIN = ("gsm8k/train.jsonl", "math/train.jsonl")
TEST = (
    "gsm8k/test.jsonl",
    "math/test.jsonl",
    "tal_scq5k/en_single_choice_test_2K.jsonl",
    "tal_scq5k/ch_single_choice_test_2K.jsonl",
)
LONGEST = 384
"""Tokens of the longest sample that is trained on or read."""

_BASE_RECIPE = FinetuneConfig(
    row_tokens=LONGEST, step_tokens=2048, micro_tokens=2048, learning_rate=3e-3,
    optimiser=Optimiser.MUON, beta2=0.98, final_learning_rate=0.02, precision=Precision.FLOAT32,
)  # fmt: skip


@dataclass(frozen=True)
class Size:
    """The size of the model."""

    vocabulary: int = 2048
    hidden: int = 128
    layers: int = 3

    @property
    def intermediate(self) -> int:
        """Width of the feed-forward layers."""
        return self.hidden * 11 // 4


def write_texts(data: Path, out: Path, rows: int | None, test_rows: int) -> None:
    """The pool with the rates that are known, and the test sets."""
    rates = success_rates(data / "adarft_difficulty/union.jsonl")
    for name in (*TRAIN, *TEST):
        part, count = ("pool", rows) if name in TRAIN else ("test", test_rows)
        target = out / part / name.replace("/", "-")
        with (data / name).open(encoding="utf-8") as lines:
            found = [json.loads(line) for line in islice(lines, count)]
        for row in found:
            if name == "math/train.jsonl":
                row["pass_rate"] = rates.get(key(row["problem"]))
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found).encode()
        # A file that is written again counts as another one.
        if not target.exists() or target.read_bytes() != text:
            storage.write_bytes(str(target), text)


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def base_of(out: Path, size: Size) -> Path:
    """The folder of the base model for the pool; what is not there is made."""
    rows = [row for path in sorted((out / "pool").iterdir()) for row in _rows(path)]
    questions = [row.get("question") or row["problem"] for row in rows]
    texts = [*questions, *(row.get("solution") or row["answer"] for row in rows)]
    made_of = json.dumps([asdict(size), asdict(_BASE_RECIPE), questions, texts])
    name = f"base-{size.hidden}x{size.layers}-{storage.digest(made_of.encode())[:8]}"
    if not (out / name / WEIGHTS).exists():
        make_base(out / name, questions, texts, size)
    return out / name


def make_base(out: Path, questions: Sequence[str], texts: Sequence[str], size: Size) -> None:
    """A tokenizer made for the texts, and a model that has read the questions."""
    tokenizer = _tokenizer(texts, size.vocabulary)
    torch.manual_seed(0)
    config: Any = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=size.hidden,
        num_hidden_layers=size.layers,
        intermediate_size=size.intermediate,
        num_attention_heads=size.hidden // 32,
        num_key_value_heads=size.hidden // 32,
        max_position_embeddings=LONGEST,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model: Any = LlamaForCausalLM(config).float()
    model = model.to("cuda" if torch.cuda.is_available() else "cpu")
    encoded = _encoded(tokenizer, [""] * len(questions), questions)
    packed = encoded.packed(encoded.readable(LONGEST), _BASE_RECIPE.row_tokens)
    plan = plan_steps(packed.packing.tokens_R, _BASE_RECIPE.step_tokens, 1.0, None, 0)
    print(f"base: {sum(p.numel() for p in model.parameters()):,} weights, "
          f"{plan.tokens_S.sum():,} tokens of questions", flush=True)  # fmt: skip
    assert tokenizer.pad_token_id is not None
    Finetuning(model, packed, plan, _BASE_RECIPE, tokenizer.pad_token_id).run()
    save_whole(model, tokenizer, out)


def _tokenizer(texts: Sequence[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """Byte-level BPE with single digits."""
    return PreTrainedTokenizerFast(
        tokenizer_object=train_on(texts, vocabulary),
        pad_token=PAD,
        eos_token=END,
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
    )


def _encoded(tokenizer: Any, questions: Sequence[str], replies: Sequence[str]) -> EncodedSamples:
    made = encode_samples(tokenizer, questions, replies)
    return EncodedSamples.of(
        pa.table(
            {
                "sample_id": np.arange(len(made)),
                "ids": pa.array([one.ids for one in made], pa.list_(pa.int32())),
                "reply_start": pa.array([one.reply_start for one in made], pa.int32()),
            }
        )
    )


def _config(out: Path, base: Path, methods: Sequence[str]) -> CompareJobConfig:
    """The settings of the comparison whose steps are used."""
    settings = [
        # Most English problems of TAL's test set have no chain.
        "ingest.max_reject_share=0.5",
        "embed.model=sample:encoder", "embed.prompt=", "generator.engine=none",
        "finetune.adapter=none", f"finetune.row_tokens={LONGEST}", "finetune.step_tokens=1024",
        "finetune.micro_tokens=1024", "finetune.optimiser=muon", "finetune.learning_rate=0.002",
        "finetune.beta2=0.98", "finetune.final_learning_rate=0.02", "finetune.precision=float32",
        f"compare.methods=[{','.join(methods)}]",
    ]  # fmt: skip
    values = {
        "corpus": [str(out / "pool")],
        "out": str(out / "run"),
        "finetune.model": str(base),
        "compare.held_out": [str(out / "test")],
    }
    return load(CompareJobConfig, None, settings, values)


def _test_chains(config: CompareJobConfig, progress: Progress) -> StepOutput:
    """The test chains as the corpus reader sees them, in the table samples."""
    files = corpus_files("compare.held_out", config.compare.held_out, config.out, "test")
    steps = [
        scan_step(files, config.ingest, config.workers.scan),
        ingest_step(config.ingest, config.tokens, config.workers.ingest),
    ]
    ran = run_job(config, steps, progress, folder="held_out")
    return ran["ingest"].output


class Trials:
    """Trains and measures, keeping what is done."""

    def __init__(self, folder: Path, tuner: Tuner, losses: ReplyLosses, chains: str) -> None:
        """Take what trials have in common.

        Args:
            folder: where what is done is kept.
            tuner: chooses and trains.
            losses: of the test chains.
            chains: digest of these.
        """
        self._folder = folder
        self._tuner = tuner
        self._losses = losses
        self._chains = chains

    def run(self, method: str, budget: float, seed: int) -> dict[str, Any]:
        """What one trial came to: losses by chain, tokens and seconds."""
        asked = PlannedTrial(method, budget, seed)
        started = time.monotonic()
        chosen = self._tuner.choose(asked)
        rests_on = storage.digest(f"{self._tuner.name(chosen, asked)} {self._chains}".encode())
        path = self._folder / f"{method}-{budget:g}-{seed}-{rests_on[:12]}.npz"
        if not path.exists():
            with self._tuner.tuned(chosen, asked) as (model, tuning):
                seconds = time.monotonic() - started
                found = {
                    "loss_P": self._losses.of(model),
                    "tokens": tuning.progress.tokens if tuning else 0,
                    "samples": len(chosen),
                    "seconds": seconds,
                }
            data = BytesIO()
            np.savez(data, **found)
            storage.write_bytes(str(path), data.getvalue())
            mean = found["loss_P"].sum() / self._losses.tokens_P.sum()
            print(f"{path.stem}: {found['tokens']:,} tokens, {seconds:.0f} s, "
                  f"{mean:.4f} nats a token", flush=True)  # fmt: skip
        with np.load(path) as stored:
            return {name: stored[name] for name in stored.files}


def _load(
    out: Path, config: CompareJobConfig
) -> tuple[Trials, NDArray[np.int64], NDArray[np.str_]]:
    """The trials; of every test chain that is read its reply tokens and its test set."""
    progress = Progress(config.log)
    ran = run_job(config, pool_steps(config), progress)
    tuner = Tuner({name: one.output for name, one in ran.items()}, trial_config(config))
    output = _test_chains(config, progress)
    columns = ["source", "question", "chain", "answer", "language"]
    chains = output.read("samples", columns)
    rows = chains.to_pylist()
    replies = [training_reply(r["chain"], r["answer"], r["language"]) for r in rows]
    encoded = _encoded(tuner.tokenizer, chains["question"].to_pylist(), replies)
    losses = ReplyLosses(encoded, encoded.readable(LONGEST), tuner.padding)
    source_P = np.array(chains["source"].to_pylist())[losses.row_P]
    return Trials(out / "trials", tuner, losses, output.digest), losses.tokens_P, source_P


def main() -> None:
    """Read the command line; make what is missing, train, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--methods", nargs="+", default=list(METHODS))
    parser.add_argument("--budgets", nargs="+", type=float, default=[0.16])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--full-seeds", type=int, default=2)
    parser.add_argument("--rows", type=int, help="of each training set; all by default")
    parser.add_argument("--test-rows", type=int, default=500, help="of each test set")
    parser.add_argument("--hidden", type=int, default=Size.hidden, help="a multiple of 32")
    parser.add_argument("--layers", type=int, default=Size.layers)
    arguments = parser.parse_args()
    out: Path = arguments.out.resolve()
    torch.set_num_threads(1)
    # Written anew each time: the steps and the base go by what is in them.
    write_texts(arguments.data, out, arguments.rows, arguments.test_rows)
    base = base_of(out, Size(hidden=arguments.hidden, layers=arguments.layers))
    config = settle_comparison(_config(out, base, arguments.methods))
    trials, tokens_P, source_P = _load(out, config)
    arms: dict[tuple[str, float], list[dict[str, Any]]] = {}
    for seed in range(max(arguments.seeds, arguments.full_seeds)):
        for budget in arguments.budgets if seed < arguments.seeds else ():
            for method in arguments.methods:
                arms.setdefault((method, budget), []).append(trials.run(method, budget, seed))
        if seed < arguments.full_seeds:
            arms.setdefault((FULL, 1.0), []).append(trials.run(FULL, 1.0, seed))
    lines, found = table_lines(arms, tokens_P, source_P)
    (out / "real_text.md").write_text("\n".join(lines) + "\n")
    (out / "real_text.json").write_text(json.dumps(found, indent=1) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
