"""Exports of a run that was made by hand: tables as the steps leave them, and nothing else."""

import hashlib
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from rbic import storage
from rbic.config import ConfigError
from rbic.export.export_run import export_run
from rbic.export.target import Target
from rbic.outputs import RECORD, schema_text
from rbic.schema import KEPT, PROBLEMS, SAMPLES

ROWS = [
    ("1 + 1?", "one and one\n#### 2", "2", "en", 40),
    ("dropped", "nothing", "0", "en", 900),
    ("二加二？", "先算。", "4", "zh", 70),
    ("3 + 3?", "three and three", "6", "en", 130),
]
SHARD = [
    ("1 + 1?", "one and one\n#### 2"),
    ("二加二？", "先算。\n答案：4"),
    ("3 + 3?", "three and three\nAnswer: 6"),
]


def _step(root, name, tables, files=()):
    folder = root / "steps" / f"{name}-00000000"
    entries, schemas = {}, {}
    for table_name, parts in tables.items():
        entries[table_name] = []
        schemas[table_name] = schema_text(parts[0].schema)
        for i, table in enumerate(parts):
            path = folder / f"{table_name}-{i}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(table, path)
            entries[table_name].append({"file": path.name, "rows": table.num_rows, "digest": ""})
    folder.mkdir(parents=True, exist_ok=True)
    for file_name, data in dict(files).items():
        (folder / file_name).write_bytes(data)
    record = {
        "name": name, "digest": "", "tables": entries, "schemas": schemas, "counts": {},
        "files": dict.fromkeys(dict(files), ""), "finished": 1_700_000_000.5,
    }  # fmt: skip
    storage.write_json(str(folder / RECORD), record)
    return {"folder": f"/elsewhere/{folder.name}"}


def _samples(rows):
    given = {"question", "chain", "answer", "language", "train_tokens"}
    filling = {pa.string(): "", pa.large_string(): "", pa.large_binary(): b"", pa.int64(): 0,
               pa.int32(): 0}  # fmt: skip
    columns = {}
    for field in SAMPLES.schema:
        if field.name in given:
            index = ["question", "chain", "answer", "language", "train_tokens"].index(field.name)
            columns[field.name] = [row[index] for row in rows]
        else:
            columns[field.name] = [None if field.nullable else filling[field.type]] * len(rows)
    return pa.table(columns, schema=SAMPLES.schema)


@pytest.fixture
def refined(tmp_path):
    """A run of two files of samples, of whose four rows three are kept."""
    kept = pa.Table.from_pylist(
        [
            {"sample_id": 0, "file": 1, "position": 1, "train_tokens": 130},
            {"sample_id": 1, "file": 0, "position": 0, "train_tokens": 40},
            {"sample_id": 2, "file": 1, "position": 0, "train_tokens": 70},
        ],
        schema=KEPT.schema,
    )
    steps = {
        "ingest": _step(tmp_path, "ingest", {"samples": [_samples(ROWS[:2]), _samples(ROWS[2:])]}),
        "select": _step(tmp_path, "select", {"kept": [kept]}),
    }
    config = {"tokens": {"tokenizer": "org/model-1B"}}
    storage.write_json(str(tmp_path / "run.json"), {"steps": steps, "config": config})
    return tmp_path


def _lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def _config(path):
    return yaml.safe_load((path / "sft.yaml").read_text())


@pytest.mark.parametrize("target", [Target.LLAMA_FACTORY, Target.AXOLOTL])
def test_rows_are_conversations_in_the_order_of_the_shard(refined, tmp_path, target):
    told = export_run(str(refined), target, str(tmp_path / "out"))
    assert _lines(tmp_path / "out" / "refined.jsonl") == [
        {"messages": [{"role": "user", "content": q}, {"role": "assistant", "content": r}]}
        for q, r in SHARD
    ]
    assert told[0].startswith("3 rows in ")
    assert "within 192 tokens" in told[0]


def test_llama_factory_finds_the_rows_by_its_description(refined, tmp_path):
    export_run(str(refined), Target.LLAMA_FACTORY, str(tmp_path / "out"))
    info = json.loads((tmp_path / "out" / "dataset_info.json").read_text())
    config = _config(tmp_path / "out")
    entry = info[config["dataset"]]
    assert (tmp_path / "out" / config["dataset_dir"] / entry["file_name"]).exists()
    assert entry["formatting"] == "sharegpt"
    (first, *_) = _lines(tmp_path / "out" / entry["file_name"])
    turn = first[entry["columns"]["messages"]][1]
    tags = entry["tags"]
    assert turn[tags["role_tag"]] == tags["assistant_tag"]
    assert turn[tags["content_tag"]] == SHARD[0][1]
    assert (config["stage"], config["do_train"], config["cutoff_len"]) == ("sft", True, 192)
    assert "template" not in config
    assert config["model_name_or_path"] == "org/model-1B"


def test_axolotl_trains_on_the_reply_alone_and_cuts_none(refined, tmp_path):
    export_run(str(refined), Target.AXOLOTL, str(tmp_path / "out"), model="other/model")
    config = _config(tmp_path / "out")
    (data,) = config["datasets"]
    assert (tmp_path / "out" / data["path"]).exists()
    mapping = data["message_property_mappings"]
    turn = _lines(tmp_path / "out" / data["path"])[0][data["field_messages"]][1]
    assert turn[mapping["role"]] in data["roles_to_train"]
    assert turn[mapping["content"]] == SHARD[0][1]
    assert (data["type"], data["ds_type"]) == ("chat_template", "json")
    assert (config["base_model"], config["sequence_len"]) == ("other/model", 192)


@pytest.mark.slow
def test_trl_reads_rows_and_configuration(refined, tmp_path, monkeypatch):
    from datasets import load_dataset
    from trl import DatasetMixtureConfig, ModelConfig, ScriptArguments, SFTConfig, TrlParser
    from trl.data_utils import is_conversational

    export_run(str(refined), Target.TRL, str(tmp_path / "out"), model="sample:model")
    monkeypatch.chdir(tmp_path / "out")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    parser = TrlParser((ScriptArguments, SFTConfig, ModelConfig, DatasetMixtureConfig))
    _, training, model, mixture = parser.parse_args_and_config(
        ["--config", "sft.yaml", "--bf16", "false", "--use_cpu", "true"],
        fail_with_unknown_args=False,
    )
    assert (training.max_length, training.num_train_epochs) == (192, 3)
    assert (model.use_peft, model.lora_target_modules) == (True, "all-linear")
    (source,) = mixture.datasets
    rows = load_dataset(
        source.path, data_files=source.data_files, split=source.split,
        cache_dir=str(tmp_path / "cache"),
    )  # fmt: skip
    assert [(row["prompt"][0]["content"], row["completion"][0]["content"]) for row in rows] == SHARD
    assert is_conversational(rows[0])
    # completion_only_loss is left to TRL, which takes it for prompt and completion.
    assert training.completion_only_loss is None


@pytest.fixture
def evaluated(tmp_path):
    """An evaluation of three rows, two of them equal, two replies each."""
    asked = [("1 + 1?", "2", None), ("A or B?\nA. x\nB. y", "B", ["x", "y"])]
    verdicts = [(0, ["right", "wrong"]), (1, ["right", "right"]), (0, ["right", "wrong"])]
    lines = []
    for row, (problem, found) in enumerate(verdicts):
        for attempt, verdict in enumerate(found):
            lines.append({
                "source": "t.jsonl", "row": row, "question": asked[problem][0],
                "answer": asked[problem][1], "attempt": attempt, "reply": f"it is {attempt}",
                "finish": "stop", "prompt_tokens": 5, "reply_tokens": 3,
                "final_answer": None if problem else str(attempt), "verdict": verdict,
                "method": "number",
            })  # fmt: skip
    problems = pa.Table.from_pylist(
        [
            {
                "sample_id": i,
                "question": q,
                "answer": a,
                "options": o,
                "attempts": 2,
                "first_attempt": 0,
            }
            for i, (q, a, o) in enumerate(asked)
        ],
        schema=PROBLEMS.schema,
    )
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    steps = {
        "problems": _step(tmp_path, "problems", {"problems": [problems]}),
        "accuracy": _step(tmp_path, "accuracy", {}, {"replies.jsonl": data}),
    }
    generator = {
        "model": "org/model-1B", "engine": "vllm", "attempts": 2, "temperature": 1.0,
        "max_tokens": 300, "prompt": 'Solve {{this}}: "{question}"',
    }  # fmt: skip
    config = {"tokens": {"tokenizer": None}, "generator": generator}
    storage.write_json(str(tmp_path / "run.json"), {"steps": steps, "config": config})
    return tmp_path


STAMP = "2023-11-14T22-13-20"


def test_an_evaluation_looks_as_the_harness_writes_it(evaluated, tmp_path):
    out = tmp_path / "out"
    export_run(str(evaluated), Target.LM_EVAL, str(out))
    results = json.loads((out / f"results_{STAMP}.json").read_text())
    (task,) = results["results"]
    # Shares 1/2, 1 and 1/2: mean 2/3, standard deviation sqrt(1/12), over sqrt(3): 1/6.
    assert results["results"][task]["acc,none"] == pytest.approx(2 / 3)
    assert results["results"][task]["acc_stderr,none"] == pytest.approx(1 / 6)
    assert results["n-samples"][task] == {"original": 3, "effective": 3}
    assert results["model_name_sanitized"] == "org__model-1B"
    samples = _lines(out / f"samples_{task}_{STAMP}.jsonl")
    assert [sample["acc"] for sample in samples] == [0.5, 1.0, 0.5]
    assert [sample["doc_id"] for sample in samples] == [0, 1, 2]
    first = samples[0]
    prompt = 'Solve {{this}}: "1 + 1?"'
    assert first["arguments"]["gen_args_0"]["arg_0"] == prompt
    assert first["resps"] == [["it is 0", "it is 1"]]
    assert (first["filtered_resps"], first["target"]) == (["0"], "2")
    assert first["prompt_hash"] == hashlib.sha256(prompt.encode()).hexdigest()
    wanted = {"doc", "filter", "metrics", "doc_hash", "target_hash"}
    assert wanted <= first.keys()
    assert (
        first["doc_hash"]
        == hashlib.sha256(
            json.dumps(first["doc"], indent=2, ensure_ascii=False).encode()
        ).hexdigest()
    )


def test_the_task_asks_and_judges_as_the_evaluation_did(evaluated, tmp_path):
    import importlib.util

    from jinja2 import Environment, StrictUndefined

    out = tmp_path / "out"
    export_run(str(evaluated), Target.LM_EVAL, str(out))

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_constructor("!function", lambda loader, node: node.value)
    task = yaml.load((out / "rbic_evaluation.yaml").read_text(), Loader)
    docs = _lines(out / task["dataset_kwargs"]["data_files"]["test"])
    render = Environment(undefined=StrictUndefined).from_string
    assert render(task["doc_to_text"]).render(**docs[0]) == 'Solve {{this}}: "1 + 1?"'
    assert render(task["doc_to_target"]).render(**docs[1]) == "B"
    assert task["generation_kwargs"]["max_gen_toks"] == 300
    module_name, function = task["process_results"].split(".")
    spec = importlib.util.spec_from_file_location(module_name, out / f"{module_name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    process = getattr(module, function)
    assert [process(docs[1], [reply]) for reply in ("The answer is B.", "A", "y")] == [
        {"acc": 1.0}, {"acc": 0.0}, {"acc": 1.0},
    ]  # fmt: skip
    assert process(docs[0], ["1 + 1 = 2, so the answer is 2."]) == {"acc": 1.0}


def test_what_cannot_be_exported_is_said(refined, tmp_path):
    with pytest.raises(ConfigError, match="holds no evaluation"):
        export_run(str(refined), Target.LM_EVAL, str(tmp_path / "out"))
    with pytest.raises(ConfigError, match="holds no finished run"):
        export_run(str(tmp_path / "none"), Target.TRL, str(tmp_path / "out"))
    record = storage.read_json(str(refined / "run.json"))
    record["config"]["tokens"]["tokenizer"] = None
    storage.write_json(str(refined / "run.json"), record)
    with pytest.raises(ConfigError, match="--model: name the model"):
        export_run(str(refined), Target.TRL, str(tmp_path / "out"))
    told = export_run(str(refined), Target.TRL, str(tmp_path / "out"), model="m")
    assert "within 192 tokens" in told[0]  # 130 x 1.3 = 169, to the next 64


def test_an_evaluation_is_no_shard(evaluated, tmp_path):
    with pytest.raises(ConfigError, match="holds no refined shard"):
        export_run(str(evaluated), Target.AXOLOTL, str(tmp_path / "out"), model="m")
