"""The refined shard for a trainer: its rows as a conversation each, and a configuration to start.

Rows are the question and the reply that the token budget was counted in (rbic.core.replies). The
loss falls on the reply alone in all three tools, and the longest row fits whole: nothing is cut.

LLaMA-Factory   hiyouga/LLaMA-Factory, data/README.md (openai format), examples/train_lora
Axolotl         axolotl-ai-cloud/axolotl, docs/dataset-formats/conversation.qmd, examples/qwen3
TRL             huggingface/trl, docs on dataset formats (conversational prompt-completion); the
                fields are those of SFTConfig and ModelConfig
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from rbic import storage
from rbic.config import ConfigError
from rbic.core.replies import training_reply
from rbic.outputs import StepOutput
from rbic.publish import read_run

ROWS_FILE = "refined.jsonl"
CONFIG_FILE = "sft.yaml"
_NAME = "rbic_refined"
_RANK, _ALPHA = 16, 32
_LEARNING_RATE = 1.0e-4
_EPOCHS = 3.0
_BATCH = 16
_WARMUP = 0.03
_STEP_TOKENS = 64
_ESTIMATE_MARGIN = 1.3
"""Where tokens were estimated, the longest row may be longer by some of this."""


@dataclass(frozen=True)
class Layout:
    """What a trainer wants."""

    row: Callable[[str, str], dict[str, Any]]
    """A line of the rows' file, from question and reply."""
    config: Callable[[str, int], dict[str, Any]]
    """The configuration, from the model and the longest row's tokens."""
    command: str
    """How it is started, from within the folder."""
    files: Mapping[str, Any]
    """Further JSON files by name."""


def export_shard(run: str, layout: Layout, out: str, model: str | None) -> list[str]:
    """Write rows and configuration; see `rbic.export.export_run`."""
    record, outputs = read_run(run)
    if "select" not in outputs:
        raise ConfigError(f"{run} holds no refined shard: a run of refine that reached select")
    tokenizer = record["config"]["tokens"]["tokenizer"]
    model = model or tokenizer
    if model is None:
        raise ConfigError("--model: name the model to train; the run has no tokens.tokenizer")
    lines, longest = [], 0
    for question, reply, tokens in _kept(outputs["ingest"], outputs["select"]):
        lines.append(json.dumps(layout.row(question, reply), ensure_ascii=False).encode() + b"\n")
        longest = max(longest, tokens)
    if not lines:
        raise ConfigError(f"{run}: the refined shard has no rows")
    longest = int(longest * (_ESTIMATE_MARGIN if tokenizer is None else 1.0))
    length = -(-longest // _STEP_TOKENS) * _STEP_TOKENS
    storage.write_bytes(storage.join(out, ROWS_FILE), b"".join(lines))
    for name, value in layout.files.items():
        text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
        storage.write_bytes(storage.join(out, name), text.encode())
    text = yaml.safe_dump(layout.config(model, length), sort_keys=False, allow_unicode=True)
    storage.write_bytes(storage.join(out, CONFIG_FILE), text.encode())
    rows = storage.join(out, ROWS_FILE)
    return [
        f"{len(lines):,} rows in {rows}, the longest within {length:,} tokens",
        f"cd {out} && {layout.command}",
    ]


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


def _turns(question: str, reply: str) -> list[dict[str, str]]:
    return [
        {"role": "user", "content": question},
        {"role": "assistant", "content": reply},
    ]


def _messages(question: str, reply: str) -> dict[str, Any]:
    return {"messages": _turns(question, reply)}


def _prompt_and_completion(question: str, reply: str) -> dict[str, Any]:
    """TRL takes the loss on the completion alone, whatever the chat template marks."""
    user, assistant = _turns(question, reply)
    return {"prompt": [user], "completion": [assistant]}


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
        "sample_packing": True,
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
        _messages,
        _llama_factory,
        f"llamafactory-cli train {CONFIG_FILE}",
        {"dataset_info.json": _DATASET_INFO},
    ),
    "axolotl": Layout(_messages, _axolotl, f"axolotl train {CONFIG_FILE}", {}),
    "trl": Layout(_prompt_and_completion, _trl, f"trl sft --config {CONFIG_FILE}", {}),
}
"""The trainers, by the name of their target."""
