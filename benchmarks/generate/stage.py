"""Tokens a second of the stage `attempts`, beside vLLM used directly, in turns.

    python -m benchmarks.generate.stage [--model sample:model] [--rows 1024] [--turns 3]

Both sides get the same prompts, seeds and settings of the engine, each in processes of its own:
the stage as a run has it (Ray, chunks, Parquet, a watched engine), and `vllm.LLM(...).generate`
with all prompts at once. Seconds are from the first prompt to the last reply, by the stage to its
record on disk; loading stands beside them, and the stage's includes Ray's start. Processor seconds
are of all processes of a side, for machines that are not idle. On a machine with a GPU: --gpus 1.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.generate.decode import questions
from benchmarks.generate.processor_time import ProcessorTime
from rbic.models.generator import GeneratorConfig, attempt_seeds

SIDES = {"stage": "benchmarks.generate.through_stage", "direct": "benchmarks.generate.direct"}


@dataclass(frozen=True)
class Turn:
    """What one side did once."""

    loading_s: float
    seconds: float
    processor_s: float
    replies: list[list[list[Any]]]
    """Of each question, each with its text and number of tokens."""

    @property
    def tokens(self) -> int:
        """Tokens written."""
        return sum(tokens for own in self.replies for _, tokens in own)


def take_turn(side: str, asked: dict[str, Any], folder: Path) -> Turn:
    """Run one side in processes of its own."""
    asked_path, replies_path = folder / "asked.json", folder / "replies.json"
    asked_path.write_text(json.dumps(asked))
    started = time.time()
    # What rbic.cluster sets for its actors: a process is one thread, and a pool is the parallelism.
    environment = os.environ | {"OMP_NUM_THREADS": "1", "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
                                "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_LOGGING_LEVEL": "WARNING",
                                "VLLM_CPU_OMP_THREADS_BIND": "nobind"}  # fmt: skip
    with (
        subprocess.Popen(
            [sys.executable, "-m", SIDES[side], str(asked_path), str(replies_path)],
            env=environment,
        ) as process,
        ProcessorTime(process.pid) as processor,
    ):
        if process.wait():
            raise RuntimeError(f"{side}: exit status {process.returncode}")
    made = json.loads(replies_path.read_text())
    return Turn(
        loading_s=made["loaded"] - started,
        seconds=made["written"] - made["loaded"],
        processor_s=processor.between(made["loaded"], made["written"]),
        replies=made["replies"],
    )


def _asked(given: argparse.Namespace) -> dict[str, Any]:
    config = GeneratorConfig(
        model=given.model, attempts=given.attempts, max_tokens=given.max_tokens, dtype=given.dtype,
        batch_replies=given.batch, tensor_parallel=given.tensor_parallel,
        max_model_tokens=given.max_model_tokens,
    )  # fmt: skip
    seed_QA = attempt_seeds(config.seed, np.arange(given.rows), config.attempts)
    return {
        "generator": asdict(config),
        "workers": {"count": 1, "chunk_rows": given.chunk_rows, "gpus_each": given.gpus},
        "questions": questions(given.rows),
        "seeds": seed_QA.tolist(),
    }


def _tell(turns: dict[str, list[Turn]]) -> None:
    print(
        f"{'':<8}{'tokens':>9}{'s':>9}{'tokens/s':>10}{'processor s / 1,000':>21}{'loading s':>11}"
    )
    for side, own in turns.items():
        tokens = own[0].tokens
        seconds, processor, loading = (
            statistics.median(getattr(turn, name) for turn in own)
            for name in ("seconds", "processor_s", "loading_s")
        )
        print(
            f"{side:<8}{tokens:>9,}{seconds:>9.1f}{tokens / seconds:>10,.0f}"
            f"{1000 * processor / tokens:>21.3f}{loading:>11.1f}"
        )
    for name, words in (
        ("seconds", "tokens/s of the stage, share of direct"),
        ("processor_s", "tokens a processor second, the same"),
    ):
        shares = [
            getattr(direct, name) / direct.tokens * stage.tokens / getattr(stage, name)
            for stage, direct in zip(turns["stage"], turns["direct"], strict=True)
        ]
        each = ", ".join(f"{share:.1%}" for share in shares)
        print(f"{words}: median {statistics.median(shares):.1%} ({each})")
    pairs = list(zip(turns["stage"][0].replies, turns["direct"][0].replies, strict=True))
    equal = sum(a == b for ours, theirs in pairs for a, b in zip(ours, theirs, strict=True))
    print(f"the same replies: {equal:,} of {sum(len(ours) for ours, _ in pairs):,}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", default="sample:model")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--rows", type=int, default=1024)
    parser.add_argument("--attempts", type=int, default=4)
    parser.add_argument("--max-tokens", type=int, default=160)
    parser.add_argument("--max-model-tokens", type=int, default=None)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--chunk-rows", type=int, default=256)
    parser.add_argument("--tensor-parallel", type=int, default=1)
    parser.add_argument("--gpus", type=int, default=0)
    parser.add_argument("--turns", type=int, default=3)
    given = parser.parse_args()
    asked = _asked(given)
    turns: dict[str, list[Turn]] = {side: [] for side in SIDES}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(given.turns):
            # Each goes first every second time.
            for side in sorted(SIDES, reverse=bool(number % 2)):
                turn = take_turn(side, asked, Path(folder))
                turns[side].append(turn)
                print(f"turn {number + 1}, {side}: {turn.tokens:,} tokens in {turn.seconds:.1f} s, "
                      f"loading {turn.loading_s:.1f} s", flush=True)  # fmt: skip
    print(
        f"{platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {given}"
    )
    _tell(turns)


if __name__ == "__main__":
    main()
