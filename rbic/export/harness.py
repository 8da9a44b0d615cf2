"""An evaluation as lm-evaluation-harness writes one, and a task that repeats it there.

results_*.json and samples_*.jsonl   EleutherAI/lm-evaluation-harness,
                                     lm_eval/loggers/evaluation_tracker.py, lm_eval/evaluator.py
the task                             docs/new_task_guide.md, lm_eval/api/task.py; it asks as the
                                     evaluation did and judges with rbic's own checker and rule

What the harness cannot be told: a seed for each reply, the engine's own end at `max_model_tokens`,
and which replies were cut off, of which rbic takes a marked answer alone (docs/evaluate.md).
"""

import hashlib
import json
import math
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from rbic import storage
from rbic.config import ConfigError
from rbic.models.tokenizer import find_tokenizer
from rbic.outputs import RECORD, Inputs
from rbic.publish import read_run
from rbic.sample.names import from_anywhere

TASK = "rbic_evaluation"
PROBLEMS_FILE = "problems.jsonl"
CHECK_MODULE = "rbic_check"
_METRIC, _FILTER = "acc", "none"
_VERSION = 1.0

_TASK = """\
# {command} --log_samples --output_path results
task: {task}
dataset_path: json
dataset_kwargs:
  data_files:
    test: {problems}
test_split: test
output_type: generate_until
description: {system}
doc_to_text: {prompt}
doc_to_target: "{{{{answer}}}}"
process_results: !function {module}.process_results
num_fewshot: 0
repeats: {repeats}
filter_list:
  - name: none
    filter:
      - function: take_first_k
        k: {repeats}
generation_kwargs: {generation}
metric_list:
  - metric: acc
    aggregation: mean
    higher_is_better: true
metadata:
  version: {version}
"""

_CHECK = '''\
"""Judges the replies of the task as the evaluation did; needs rbic beside lm-eval."""

import atexit

from rbic.models.checker import Checker, CheckRule

_CHECKER = Checker(CheckRule(timeout_s={timeout_s}, memory_bytes={memory_bytes}))
atexit.register(_CHECKER.close)


def process_results(doc, results):
    """The share of the replies to a problem that give the right answer."""
    (replies,) = results
    count = len(replies)
    judged = _CHECKER.check([doc["answer"]] * count, replies, [doc.get("options")] * count)
    return {{"acc": sum(one.verdict == "right" for one in judged) / count}}
'''


def export_evaluation(run: str, out: str, model: str | None) -> list[str]:
    """Write results, samples and the task; see `rbic.export.export_run`."""
    record, outputs = read_run(run)
    if "accuracy" not in outputs:
        raise ConfigError(f"{run} holds no evaluation: a run of evaluate that ended")
    folder = outputs["accuracy"].folder
    finished = storage.read_json(storage.join(folder, RECORD))["finished"]
    stamp = time.strftime("%Y-%m-%dT%H-%M-%S", time.gmtime(finished))
    lines = storage.read_bytes(storage.join(folder, "replies.jsonl")).splitlines()
    rows = list(_rows([json.loads(line) for line in lines]))
    options = _options(outputs)
    generator = record["config"]["generator"]
    if model:
        generator = generator | {"model": model, "revision": None}
    tokenizer = find_tokenizer(generator["model"], generator["revision"])
    chat = tokenizer is None or tokenizer.chat_template is not None
    samples = [_sample(i, *row, generator) for i, row in enumerate(zip(rows, options, strict=True))]
    problems = [sample["doc"] for sample in samples]
    results = _results(samples, generator, finished)
    _write(out, f"results_{stamp}.json", json.dumps(results, indent=2, ensure_ascii=False) + "\n")
    _write(out, f"samples_{TASK}_{stamp}.jsonl", _json_lines(samples))
    _write(out, PROBLEMS_FILE, _json_lines(problems))
    _write(out, f"{TASK}.yaml", _task(generator, chat))
    _write(out, f"{CHECK_MODULE}.py", _CHECK.format_map(record["config"]["check"]))
    told = [f"{len(samples):,} problems in {storage.join(out, f'samples_{TASK}_{stamp}.jsonl')}"]
    if tokenizer is None:
        told.append(
            f"warning: the tokenizer of {generator['model']} cannot be loaded here, so the model "
            f"is taken to have a chat template"
        )
    return [*told, f"cd {out} && {_command(generator, chat)}"]


def _command(generator: Mapping[str, Any], chat: bool) -> str:
    """How the task is run, from within the folder."""
    model = f"pretrained={from_anywhere(generator['model'])}"
    if generator["revision"]:
        model += f",revision={generator['revision']}"
    template = " --apply_chat_template" if chat else ""
    return (
        f"lm_eval --model hf --model_args {shlex.quote(model)} --include_path . --tasks {TASK}"
        f"{template}"
    )


def _write(out: str, name: str, text: str) -> None:
    storage.write_bytes(storage.join(out, name), text.encode())


def _json_lines(rows: Sequence[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _rows(replies: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The replies to each row, which follow one another."""
    own: list[dict[str, Any]] = []
    for reply in replies:
        if reply["attempt"] == 0 and own:
            yield own
            own = []
        own.append(reply)
    if own:
        yield own


def _options(outputs: Inputs) -> list[list[str] | None]:
    """The options each row was judged by: those of the problem that was asked for it."""
    # Neither question nor answer tells a problem: the options may stand in the question in another
    # order, and a row may be spaced otherwise than the one that was asked.
    problems = outputs["problems"].read("problems", ["sample_id", "options"]).to_pylist()
    of = {problem["sample_id"]: problem["options"] for problem in problems}
    grades = outputs["accuracy"].read("grades", ["sample_id"])
    return [of[asked] for asked in grades["sample_id"].to_pylist()]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _sample(
    number: int,
    replies: Sequence[Mapping[str, Any]],
    options: Sequence[str] | None,
    generator: Mapping[str, Any],
) -> dict[str, Any]:
    """A row of the samples' file: one problem with all replies to it."""
    first = replies[0]
    doc = {
        "source": first["source"],
        "row": first["row"],
        "question": first["question"],
        "answer": first["answer"],
        "options": options,
    }
    prompt = generator["prompt"].replace("{question}", first["question"])
    right = [reply["verdict"] == "right" for reply in replies]
    return {
        "doc_id": number,
        "doc": doc,
        "target": first["answer"],
        "arguments": {"gen_args_0": {"arg_0": prompt, "arg_1": _generation(generator)}},
        "resps": [[reply["reply"] for reply in replies]],
        "filtered_resps": [first["final_answer"] or ""],
        "filter": _FILTER,
        "metrics": [_METRIC],
        "doc_hash": _hash(json.dumps(doc, indent=2, ensure_ascii=False)),
        "prompt_hash": _hash(prompt),
        "target_hash": _hash(str(first["answer"])),
        _METRIC: float(np.mean(right)),
    }


def _generation(generator: Mapping[str, Any]) -> dict[str, Any]:
    """How replies are drawn, with what a checkpoint asks for besides switched off, as rbic does."""
    sampled = generator["temperature"] > 0
    return {
        "until": list(generator["stop"]),
        "do_sample": sampled,
        "temperature": generator["temperature"],
        **({"top_p": generator["top_p"], "top_k": 0} if sampled else {}),
        "repetition_penalty": 1.0,
        "max_gen_toks": generator["max_tokens"],
    }


def _results(
    samples: Sequence[Mapping[str, Any]], generator: Mapping[str, Any], finished: float
) -> dict[str, Any]:
    """The file of results; the standard error is the sample's, s / sqrt(n), as the harness has."""
    value_N = np.array([sample[_METRIC] for sample in samples])
    count = len(value_N)
    error = float(value_N.std(ddof=1)) / math.sqrt(count) if count > 1 else "N/A"
    hashes = "".join(
        sample[f"{part}_hash"] for sample in samples for part in ("doc", "prompt", "target")
    )
    return {
        "results": {
            TASK: {
                "alias": TASK,
                f"{_METRIC},{_FILTER}": float(value_N.mean()),
                f"{_METRIC}_stderr,{_FILTER}": error,
            }
        },
        "group_subtasks": {TASK: []},
        "configs": {
            TASK: {
                "task": TASK,
                "dataset_path": "json",
                "dataset_kwargs": {"data_files": {"test": PROBLEMS_FILE}},
                "test_split": "test",
                "output_type": "generate_until",
                "doc_to_target": "{{answer}}",
                "num_fewshot": 0,
                "repeats": generator["attempts"],
                "generation_kwargs": _generation(generator),
                "metric_list": [
                    {"metric": _METRIC, "aggregation": "mean", "higher_is_better": True}
                ],
                "metadata": {"version": _VERSION},
            }
        },
        "versions": {TASK: _VERSION},
        "n-shot": {TASK: 0},
        "higher_is_better": {TASK: {_METRIC: True}},
        "n-samples": {TASK: {"original": count, "effective": count}},
        "config": {
            "model": f"rbic-{generator['engine']}",
            "model_args": f"pretrained={generator['model']}",
            "limit": None,
            "gen_kwargs": _generation(generator),
        },
        "date": finished,
        "task_hashes": {TASK: _hash(hashes)},
        "model_source": f"rbic-{generator['engine']}",
        "model_name": generator["model"],
        "model_name_sanitized": generator["model"].replace("/", "__"),
    }


def _task(generator: Mapping[str, Any], chat: bool) -> str:
    """The task's YAML; texts are quoted, and what Jinja would read in them is escaped.

    Without a chat template a model is asked as rbic.models.generator does: no system's turn, and a
    line end before the reply.
    """
    before, _, after = generator["prompt"].partition("{question}")
    parts = [_literal(before), "{{question}}", _literal(after)]
    if not chat:
        parts.append('{{ "\\n" }}')
    return _TASK.format(
        command=_command(generator, chat),
        task=TASK,
        problems=PROBLEMS_FILE,
        system=json.dumps(_literal(generator["system"] or "") if chat else "", ensure_ascii=False),
        prompt=json.dumps("".join(parts), ensure_ascii=False),
        module=CHECK_MODULE,
        repeats=generator["attempts"],
        generation=json.dumps(_generation(generator)),
        version=_VERSION,
    )


def _literal(text: str) -> str:
    """Text that Jinja gives back as it is."""
    return f"{{% raw %}}{text}{{% endraw %}}" if "{" in text else text
