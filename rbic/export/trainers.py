"""The refined shard for a trainer: its rows as a conversation each, and a configuration to start.

Rows are the question and the reply that the token budget was counted in (rbic.core.replies), after
the system's turn where the budget was counted with one. The loss falls on the reply alone in all
three tools, and the longest row fits whole: nothing is cut.

LLaMA-Factory   hiyouga/LLaMA-Factory, data/README.md (openai format), examples/train_lora,
                src/llamafactory/data/template.py
Axolotl         axolotl-ai-cloud/axolotl, docs/dataset-formats/conversation.qmd, examples/qwen3,
                src/axolotl/utils/schemas
TRL             huggingface/trl, docs on dataset formats (conversational prompt-completion); the
                fields are those of SFTConfig and ModelConfig
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml

from rbic import storage
from rbic.config import ConfigError
from rbic.core.replies import training_reply
from rbic.models.chat import keeps_reply, sample_texts, special_front
from rbic.models.tokenizer import TokenizerTokens, find_tokenizer
from rbic.outputs import StepOutput
from rbic.publish import read_run
from rbic.sample.names import from_anywhere

ROWS_FILE = "refined.jsonl"
CONFIG_FILE = "sft.yaml"
_NAME = "rbic_refined"
_RANK, _ALPHA = 16, 32
_LEARNING_RATE = 1.0e-4
_EPOCHS = 3.0
_BATCH = 16
_WARMUP = 0.03
_STEP_TOKENS = 64
_SLACK_TOKENS = 16
"""For what is not counted: what a template writes after the reply's end of turn, which a trainer
keeps, and the marks of an empty thought, which LLaMA-Factory may add."""
_MARGIN = 1.5
"""Where a row cannot be counted with the model's own tokenizer, it may be longer by half: an
estimate errs, and another vocabulary cuts numbers or Chinese into smaller pieces."""
_BATCH_ROWS = 1024


@dataclass(frozen=True)
class Sample:
    """A row of the shard as it is trained on."""

    system: str | None
    question: str
    reply: str


@dataclass(frozen=True)
class PlainSample:
    """The same as one text, for a model without a chat template or with one that cuts replies."""

    front: str
    """The special tokens before the prompt, which the tokenizer writes by itself if it is asked."""
    prompt: str
    reply: str
    """With the end of the text."""


@dataclass(frozen=True)
class Layout:
    """What a trainer wants."""

    row: Callable[[Sample], dict[str, Any]]
    """A line of the rows' file."""
    plain_row: Callable[[PlainSample], dict[str, Any]]
    """The same where rows are texts."""
    config: Callable[[str, int], dict[str, Any]]
    """The configuration, from the model and the longest row's tokens."""
    plain_config: Mapping[str, Any]
    """What is otherwise in it where rows are texts."""
    note: Sequence[str]
    """What the configuration says of itself, in lines."""
    command: str
    """How it is started, from within the folder."""
    files: Mapping[str, Any]
    """Further JSON files by name."""


@dataclass(frozen=True)
class _Rows:
    """The refined shard, and what is known of how its model reads it."""

    samples: Sequence[Sample]
    tokenizer: Any
    """The model's; None where it cannot be loaded here."""
    length: int
    """Tokens that the longest fits into."""
    warnings: Sequence[str]

    @cached_property
    def plain(self) -> bool:
        """Whether rows are texts: the model has no chat template, or one that cuts replies."""
        if self.tokenizer is None:
            return False
        return self.tokenizer.chat_template is None or self.cut

    @cached_property
    def cut(self) -> bool:
        """Whether the chat template leaves out parts of a reply, such as what was thought."""
        if self.tokenizer is None or self.tokenizer.chat_template is None:
            return False
        return not all(keeps_reply(self.tokenizer, one.question, one.reply) for one in self.samples)


def export_shard(run: str, layout: Layout, out: str, model: str | None) -> list[str]:
    """Write rows and configuration; see `rbic.export.export_run`."""
    record, outputs = read_run(run)
    if "select" not in outputs:
        raise ConfigError(f"{run} holds no refined shard: a run of refine that reached select")
    tokens = record["config"]["tokens"]
    model = model or tokens["tokenizer"]
    if model is None:
        raise ConfigError("--model: name the model to train; the run has no tokens.tokenizer")
    kept = list(_kept(outputs["ingest"], outputs["select"]))
    if not kept:
        raise ConfigError(f"{run}: the refined shard has no rows")
    rows = _measured(kept, model, tokens)
    config = layout.config(from_anywhere(model), rows.length)
    config |= dict(layout.plain_config) if rows.plain else {}
    text = "".join(f"# {line}\n" for line in layout.note)
    text += yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    storage.write_bytes(storage.join(out, CONFIG_FILE), text.encode())
    for name, value in layout.files.items():
        text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
        storage.write_bytes(storage.join(out, name), text.encode())
    path = storage.join(out, ROWS_FILE)
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in _written(rows, layout)]
    storage.write_bytes(path, "".join(lines).encode())
    told = [f"{len(kept):,} rows in {path}, the longest within {rows.length:,} tokens"]
    if rows.cut:
        told.append(
            f"the chat template of {model} leaves out parts of the replies, such as what was "
            "thought: the rows are texts that are trained on as they are"
        )
    return [
        *told,
        *rows.warnings,
        f"cd {out} && {layout.command}",
    ]


def _measured(kept: Sequence[tuple[str, str, int]], model: str, tokens: Mapping[str, Any]) -> _Rows:
    """The rows with a length that the longest fits into, counted by the model's own tokenizer.

    Where that cannot be loaded here, the run's count stands in, with a margin unless the run
    counted with the very tokenizer.
    """
    system = tokens["system"] or None
    samples = [Sample(system, question, reply) for question, reply, _ in kept]
    own = model == tokens["tokenizer"]
    tokenizer = find_tokenizer(model, tokens["revision"] if own else None)
    if tokenizer is not None:
        longest = _longest(samples, TokenizerTokens(tokenizer, system))
        return _Rows(samples, tokenizer, _rounded(longest), [])
    longest = max(count for *_, count in kept)
    warning = f"warning: the tokenizer of {model} cannot be loaded here, so "
    if not own:
        longest = int(_MARGIN * longest)
        counter = tokens["tokenizer"] or "an estimate"
        warning += f"the length is that of {counter} and half as much again, and "
    warning += "the model is taken to have a chat template"
    return _Rows(samples, None, _rounded(longest), [warning])


def _longest(samples: Sequence[Sample], counter: TokenizerTokens) -> int:
    longest = 0
    for start in range(0, len(samples), _BATCH_ROWS):
        batch = samples[start : start + _BATCH_ROWS]
        counts = counter.count_train([one.question for one in batch], [one.reply for one in batch])
        longest = max(longest, *counts)
    return longest


def _rounded(longest: int) -> int:
    return -(-(longest + _SLACK_TOKENS) // _STEP_TOKENS) * _STEP_TOKENS


def _written(rows: _Rows, layout: Layout) -> Iterator[dict[str, Any]]:
    """The lines of the rows' file. Without a chat template there is no system's turn either."""
    if not rows.plain:
        yield from map(layout.row, rows.samples)
        return
    special = special_front(rows.tokenizer)
    for one in rows.samples:
        system = one.system if rows.cut else None
        prompt, reply = sample_texts(rows.tokenizer, one.question, one.reply, system)
        front = special
        if rows.cut:
            # A template writes them itself, or not at all.
            front = special if prompt.startswith(special) else ""
            prompt = prompt.removeprefix(front)
        yield layout.plain_row(PlainSample(front, prompt, reply))


def _kept(ingest: StepOutput, select: StepOutput) -> Iterator[tuple[str, str, int]]:
    """Question, reply and training tokens of the rows of the shard, in its order."""
    kept = select.read("kept", ["file", "position"]).to_pylist()
    positions: dict[int, list[int]] = {}
    for row in kept:
        positions.setdefault(row["file"], []).append(row["position"])
    columns = ["question", "chain", "answer", "language", "train_tokens"]
    for file in sorted(positions):
        samples = storage.read_parquet(ingest.tables["samples"][file].path, columns)
        for row in samples.take(sorted(positions[file])).to_pylist():
            reply = training_reply(row["chain"], row["answer"], row["language"])
            yield row["question"], reply, row["train_tokens"]


def _turns(sample: Sample) -> list[dict[str, str]]:
    turns = [{"role": "system", "content": sample.system}] if sample.system else []
    return [
        *turns,
        {"role": "user", "content": sample.question},
        {"role": "assistant", "content": sample.reply},
    ]


def _messages(sample: Sample) -> dict[str, Any]:
    return {"messages": _turns(sample)}


def _plain_messages(sample: PlainSample) -> dict[str, Any]:
    """LLaMA-Factory's template `empty` joins the turns as they are and adds no special token."""
    return _messages(Sample(None, sample.front + sample.prompt, sample.reply))


def _segments(sample: PlainSample) -> dict[str, Any]:
    """Axolotl's type `input_output` joins the segments as they are, and learns those labelled."""
    return {
        "segments": [
            {"label": False, "text": sample.front + sample.prompt},
            {"label": True, "text": sample.reply},
        ]
    }


def _prompt_and_completion(sample: Sample) -> dict[str, Any]:
    """TRL takes the loss on the completion alone, whatever the chat template marks."""
    *prompt, reply = _turns(sample)
    return {"prompt": prompt, "completion": [reply]}


def _plain_prompt_and_completion(sample: PlainSample) -> dict[str, Any]:
    """TRL's tokenizer writes the special tokens before a prompt that is a text."""
    return {"prompt": sample.prompt, "completion": sample.reply}


def _llama_factory(model: str, length: int) -> dict[str, Any]:
    """Without `template`, LLaMA-Factory takes the tokenizer's own chat template."""
    return {
        "model_name_or_path": model,
        "stage": "sft",
        "do_train": True,
        "finetuning_type": "lora",
        "lora_rank": _RANK,
        "lora_alpha": _ALPHA,
        "lora_target": "all",
        "dataset_dir": ".",
        "dataset": _NAME,
        "cutoff_len": length,
        "output_dir": "model",
        "logging_steps": 10,
        "save_strategy": "epoch",
        "report_to": "none",
        "per_device_train_batch_size": 1,
        "gradient_accumulation_steps": _BATCH,
        "learning_rate": _LEARNING_RATE,
        "num_train_epochs": _EPOCHS,
        "lr_scheduler_type": "cosine",
        "warmup_ratio": _WARMUP,
        "bf16": True,
    }


_DATASET_INFO = {
    _NAME: {
        "file_name": ROWS_FILE,
        "formatting": "sharegpt",
        "columns": {"messages": "messages"},
        "tags": {
            "role_tag": "role",
            "content_tag": "content",
            "user_tag": "user",
            "assistant_tag": "assistant",
            "system_tag": "system",
        },
    }
}


def _axolotl(model: str, length: int) -> dict[str, Any]:
    return {
        "base_model": model,
        "datasets": [
            {
                "path": ROWS_FILE,
                "ds_type": "json",
                "type": "chat_template",
                "field_messages": "messages",
                "message_property_mappings": {"role": "role", "content": "content"},
                "roles_to_train": ["assistant"],
                "train_on_eos": "turn",
            }
        ],
        "dataset_prepared_path": "prepared",
        "val_set_size": 0.0,
        "output_dir": "model",
        "sequence_len": length,
        "excess_length_strategy": "raise",
        "sample_packing": False,
        "adapter": "lora",
        "lora_r": _RANK,
        "lora_alpha": _ALPHA,
        "lora_target_linear": True,
        "micro_batch_size": 1,
        "gradient_accumulation_steps": _BATCH,
        "num_epochs": _EPOCHS,
        "optimizer": "adamw_torch",
        "lr_scheduler": "cosine",
        "learning_rate": _LEARNING_RATE,
        "warmup_ratio": _WARMUP,
        "bf16": "auto",
        "gradient_checkpointing": True,
        "logging_steps": 10,
        "saves_per_epoch": 1,
    }


def _trl(model: str, length: int) -> dict[str, Any]:
    return {
        "model_name_or_path": model,
        "datasets": [{"path": "json", "data_files": ROWS_FILE, "split": "train"}],
        "max_length": length,
        "packing": False,
        "use_peft": True,
        "lora_r": _RANK,
        "lora_alpha": _ALPHA,
        "lora_target_modules": "all-linear",
        "output_dir": "model",
        "per_device_train_batch_size": 1,
        "gradient_accumulation_steps": _BATCH,
        "learning_rate": _LEARNING_RATE,
        "num_train_epochs": _EPOCHS,
        "lr_scheduler_type": "cosine",
        "warmup_steps": _WARMUP,
        "logging_steps": 10,
        "save_strategy": "epoch",
        "report_to": "none",
    }


LAYOUTS = {
    "llama-factory": Layout(
        row=_messages,
        plain_row=_plain_messages,
        config=_llama_factory,
        plain_config={"template": "empty"},
        note=[
            "Without `template`, the tokenizer's own chat template is used. `empty` is for a model",
            "that has none, or one that cuts replies: the rows then bring all that is written.",
        ],
        command=f"llamafactory-cli train {CONFIG_FILE}",
        files={"dataset_info.json": _DATASET_INFO},
    ),
    "axolotl": Layout(
        row=_messages,
        plain_row=_segments,
        config=_axolotl,
        plain_config={
            "datasets": [{"path": ROWS_FILE, "ds_type": "json", "type": "input_output"}],
            "train_on_inputs": False,
        },
        note=[
            "No samples share a row: packed ones attend to one another unless the kernel keeps",
            "them apart. With `sample_packing: true` also set `attn_implementation:",
            "flash_attention_2` (`flash_attention: true` in a release that does not know it), and",
            "fewer rows a step.",
        ],
        command=f"axolotl train {CONFIG_FILE}",
        files={},
    ),
    "trl": Layout(
        row=_prompt_and_completion,
        plain_row=_plain_prompt_and_completion,
        config=_trl,
        plain_config={},
        note=[],
        command=f"trl sft --config {CONFIG_FILE}",
        files={},
    ),
}
"""The trainers, by the name of their target."""
