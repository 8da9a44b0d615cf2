"""Measure how often a model answers the sample corpus's questions: a table of pass rates.

    python -m benchmarks.sample.pass_rates [--model rbic/sample/model] [--questions 600]

Each question is answered several times with transformers, in float32, and a reply passes if its
last line is `#### ` and the right answer.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from benchmarks.sample.corpus import CorpusConfig, Row, make_rows
from benchmarks.sample.faults import Fault
from rbic.sample import model_dir


@dataclass(frozen=True)
class SamplingConfig:
    """How replies are drawn."""

    samples: int = 4
    temperature: float = 1.0
    """0 is greedy."""
    max_new_tokens: int = 160
    batch: int = 64
    """Questions that are answered together."""
    seed: int = 0


@dataclass(frozen=True)
class Replies:
    """The replies to each question, and what they cost."""

    texts: list[list[str]]
    new_tokens: int
    seconds: float


def sample_replies(model_folder: Path, questions: Sequence[str], config: SamplingConfig) -> Replies:
    """Answer each question `config.samples` times, the longest questions first."""
    tokenizer = AutoTokenizer.from_pretrained(model_folder, padding_side="left")
    model: Any = AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float32)
    torch.manual_seed(config.seed)
    prompts = [
        tokenizer.apply_chat_template(
            [{"role": "user", "content": question}], tokenize=False, add_generation_prompt=True
        )
        for question in questions
    ]
    order = sorted(range(len(prompts)), key=lambda i: (-len(prompts[i]), i))
    texts: list[list[str]] = [[] for _ in prompts]
    new_tokens = 0
    started = time.monotonic()
    for start in range(0, len(order), config.batch):
        rows = order[start : start + config.batch]
        inputs = tokenizer(
            [prompts[i] for i in rows],
            return_tensors="pt",
            padding=True,
            add_special_tokens=False,
            return_token_type_ids=False,
        )
        chance: dict[str, object] = {"do_sample": config.temperature > 0}
        if config.temperature > 0:
            chance |= {"temperature": config.temperature, "top_p": 1.0, "top_k": 0}
        with torch.inference_mode():
            out = model.generate(
                **inputs,
                **chance,
                num_return_sequences=config.samples,
                max_new_tokens=config.max_new_tokens,
            )
        replies = out[:, inputs["input_ids"].shape[1] :]
        new_tokens += int((replies != tokenizer.pad_token_id).sum())
        decoded = tokenizer.batch_decode(replies, skip_special_tokens=True)
        for i, row in enumerate(rows):
            texts[row] = decoded[i * config.samples : (i + 1) * config.samples]
    return Replies(texts, new_tokens, time.monotonic() - started)


def passes(reply: str, answer: int) -> bool:
    """Whether the last line of a reply is the right answer."""
    return reply.strip().rpartition("\n")[2] == f"#### {answer}"


def table(
    rows: Sequence[Row], right: Sequence[int], samples: int, key: Callable[[Row], object]
) -> str:
    """Pass rates by a property of the rows: count, mean, and shares at none, some, all."""
    groups: dict[object, list[int]] = defaultdict(list)
    for row, hits in zip(rows, right, strict=True):
        groups[key(row)].append(hits)
    lines = [f"{'':12}{'n':>6}{'mean':>8}{'none':>8}{'some':>8}{'all':>8}"]
    for name in sorted(groups, key=str):
        group = groups[name]
        n = len(group)
        none, full = group.count(0) / n, group.count(samples) / n
        mean = sum(group) / n / samples
        lines.append(f"{name!s:12}{n:6}{mean:8.3f}{none:8.3f}{1 - none - full:8.3f}{full:8.3f}")
    return "\n".join(lines)


def steps_by_domain(rows: Sequence[Row], right: Sequence[int], samples: int) -> str:
    """Mean pass rate for 1, 2, 3, 4 and more steps in each domain."""
    sums: dict[tuple[str, int], list[float]] = defaultdict(list)
    for row, hits in zip(rows, right, strict=True):
        sums[row.truth.domain, min(row.truth.steps, 5)].append(hits / samples)
    lines = [f"{'':12}" + "".join(f"{s:>8}" for s in ("1", "2", "3", "4", "5-8"))]
    for domain in sorted({domain for domain, _ in sums}):
        means = (
            f"{sum(v) / len(v):8.3f}" if (v := sums.get((domain, steps))) else f"{'-':>8}"
            for steps in range(1, 6)
        )
        lines.append(f"{domain:12}" + "".join(means))
    return "\n".join(lines)


def main() -> None:
    """Read the command line, sample, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=model_dir())
    parser.add_argument("--questions", type=int, default=600, help="the first of each kind of row")
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--show", type=int, default=0, help="replies to print")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    drawn = make_rows(CorpusConfig())
    rows = [row for kind in drawn.values() for row in kind if row.truth.fault is Fault.NONE]
    rows = rows[:: max(1, len(rows) // arguments.questions)]
    config = SamplingConfig(samples=arguments.samples, temperature=arguments.temperature)
    replies = sample_replies(arguments.model, [row.question for row in rows], config)
    right = [
        sum(passes(text, row.truth.answer) for text in texts)
        for row, texts in zip(rows, replies.texts, strict=True)
    ]
    n, speed = config.samples, replies.new_tokens / replies.seconds
    print(f"{len(rows)} questions, {n} samples at temperature {config.temperature}")
    print(f"{speed:,.0f} tokens/s, {replies.new_tokens / len(rows) / n:.1f} tokens a reply\n")
    print(table(rows, right, n, lambda row: "all") + "\n")
    for key in ("language", "steps", "domain"):
        print(table(rows, right, n, attrgetter(f"truth.{key}")) + "\n")
    print(steps_by_domain(rows, right, n))
    for row, texts in list(zip(rows, replies.texts, strict=True))[: arguments.show]:
        print(f"\n{row.question}  [{row.truth.answer}]\n" + "\n--\n".join(texts))


if __name__ == "__main__":
    main()
