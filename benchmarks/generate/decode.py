"""Tokens a second of our decoding and of transformers' own `generate`, on the same prompts.

    python -m benchmarks.generate.decode [--model sample:model] [--rows 256] [--temperature 0]

Both answer questions of the sample corpus, greedily with the same replies; the competitor gets
batches of the same rows, sorted by length as ours. Medians of several turns, taken in turns. One
thread unless told otherwise; processor seconds stand beside wall seconds, for machines that are not
idle.
"""

import argparse
import gzip
import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import transformers

import rbic.sample
from rbic.models.decoding import Decoder, DecodeRule
from rbic.models.generator import GeneratorConfig, prompt_ids
from rbic.sample.names import located


def questions(count: int) -> list[str]:
    """The first questions of the sample corpus, and so on from the beginning."""
    path = Path(rbic.sample.__file__).parent / "corpus" / "stories.jsonl"
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as stream:
        found = [json.loads(line)["question"] for line in stream]
    return [found[i % len(found)] for i in range(count)]


def library(
    model: transformers.PreTrainedModel, prompts: list[list[int]], rule: DecodeRule
) -> list[list[int]]:
    """The replies by `model.generate`, batch by batch."""
    replies = []
    for start in range(0, len(prompts), rule.batch_rows):
        rows = prompts[start : start + rule.batch_rows]
        width = max(map(len, rows))
        ids = [[rule.padding] * (width - len(row)) + row for row in rows]
        mask = [[0] * (width - len(row)) + [1] * len(row) for row in rows]
        with torch.inference_mode():
            written = model.generate(
                input_ids=torch.tensor(ids, device=model.device),
                attention_mask=torch.tensor(mask, device=model.device),
                max_new_tokens=min(rule.max_new_tokens, rule.max_tokens - width),
                do_sample=rule.temperature > 0,
                temperature=rule.temperature or None,
                top_p=rule.top_p if rule.temperature else None,
                top_k=None if rule.temperature == 0 else 0,
                pad_token_id=rule.padding,
            )
        for reply in written[:, width:].tolist():
            stop = next((i for i, token in enumerate(reply) if token in rule.ends), len(reply))
            replies.append(reply[: stop + 1])
    return replies


def timed(write: Callable[[], list[list[int]]]) -> tuple[list[list[int]], float, float]:
    """Replies, wall seconds and processor seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    replies = write()
    return replies, time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", default="sample:model")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--rows", type=int, default=512)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--temperature", type=float, default=0.0)
    parser.add_argument("--max-tokens", type=int, default=512)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    folder = located(given.model)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=given.dtype).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    prompts = sorted(prompt_ids(tokenizer, GeneratorConfig(), questions(given.rows)), key=len)
    ends = model.generation_config.eos_token_id
    rule = DecodeRule(
        temperature=given.temperature,
        top_p=1.0,
        max_new_tokens=given.max_tokens,
        max_tokens=model.config.max_position_embeddings,
        batch_rows=given.batch,
        ends=frozenset(ends if isinstance(ends, list) else [ends]),
        padding=tokenizer.pad_token_id or 0,
    )
    seed_N = np.arange(len(prompts))
    ways = {
        "rbic": lambda: Decoder(model, prompts, seed_N, rule).run(),
        "model.generate": lambda: library(model, prompts, rule),
    }
    turns: dict[str, list[tuple[list[list[int]], float, float]]] = {name: [] for name in ways}
    for _ in range(given.turns):
        for name, write in ways.items():
            turns[name].append(timed(write))
    print(f"{platform.machine()}, {given.threads} threads, torch {torch.__version__}, {given}")
    for name, runs in turns.items():
        tokens = sum(map(len, runs[0][0]))
        wall, cpu = (statistics.median(run[i] for run in runs) for i in (1, 2))
        print(
            f"{name:<16}{tokens:>9,} tokens {wall:8.2f} s wall {cpu:8.2f} s processor "
            f"{tokens / wall:10,.0f} tokens/s wall {tokens / cpu:10,.0f} a processor second"
        )
    if given.temperature == 0:
        # Drawn replies differ: the library has random numbers of its own.
        ours, theirs = (turns[name][0][0] for name in ways)
        equal = sum(a == b for a, b in zip(ours, theirs, strict=True))
        print(f"the same replies: {equal} of {len(prompts)}")


if __name__ == "__main__":
    main()
