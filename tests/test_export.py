"""Exports of a run that was made by hand: tables as the steps leave them, and nothing else."""

import hashlib
import importlib.util
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
from rbic.schema import GRADES, KEPT, PROBLEMS, SAMPLES

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


class _Words:
    """A tokenizer of words, each row with a token before it; it may have a chat template."""

    eos_token, eos_token_id, all_special_ids = "</s>", 1, (0, 1)
    added_tokens_decoder = {}  # noqa: RUF012 - as a tokenizer has it

    def __init__(self, chat_template):
        self.chat_template = chat_template

    def __call__(self, texts, add_special_tokens=True):
        front = [0] if add_special_tokens else []
        if isinstance(texts, str):
            return {"input_ids": front + [self._id(word) for word in texts.split()]}
        return {"input_ids": [front + [self._id(word) for word in text.split()] for text in texts]}

    def _id(self, word):
        return 1 if word == "<end>" else 2 + sum(word.encode())

    def convert_ids_to_tokens(self, i):
        return "<end>" if self.chat_template else "</s>"

    def decode(self, ids):
        return "<s>" * len(ids)

    def apply_chat_template(self, turns, tokenize, add_generation_prompt=False):
        text = "".join(f"<{turn['role']}> {turn['content']} <end> " for turn in turns)
        return text + "<assistant> " * add_generation_prompt


@pytest.fixture
def tokenizers(monkeypatch):
    """The tokenizers that can be loaded, by name of the model; at first none."""
    known = {}
    for module in ("trainers", "harness"):
        monkeypatch.setattr(
            f"rbic.export.{module}.find_tokenizer", lambda name, revision=None: known.get(name)
        )
    return known


@pytest.fixture
def refined(tmp_path, tokenizers):
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
    config = {"tokens": {"tokenizer": "org/model-1B", "revision": None, "system": None}}
    storage.write_json(str(tmp_path / "run.json"), {"steps": steps, "config": config})
    return tmp_path


def _lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def _config(path):
    return yaml.safe_load((path / "sft.yaml").read_text())


def _set(run, part, **values):
    """Change what the run's record says of its settings."""
    record = storage.read_json(str(run / "run.json"))
    record["config"][part] |= values
    storage.write_json(str(run / "run.json"), record)


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
    assert (config["base_model"], config["sequence_len"]) == ("other/model", 256)
    # None shares a row, so that no kernel has to keep them apart, and none is left out unseen.
    assert config["sample_packing"] is False
    assert "flash_attention_2" in (tmp_path / "out" / "sft.yaml").read_text()
    assert config["excess_length_strategy"] == "raise"


LONG = " ".join(["word"] * 300)


def test_the_length_is_counted_by_the_tokenizer_of_the_model_that_is_named(
    refined, tmp_path, tokenizers
):
    out = tmp_path / "out"
    # 130 tokens at most, as the run's own tokenizer counted them, and 16 for what a trainer adds.
    told = export_run(str(refined), Target.TRL, str(out))
    assert _config(out)["max_length"] == 192
    assert "cannot be loaded here, so the model is taken to have a chat template" in told[1]
    # Another's, which cannot be loaded: 1.5 x 130 + 16 = 211, and a warning.
    told = export_run(str(refined), Target.TRL, str(out), model="other/model")
    assert _config(out)["max_length"] == 256
    assert "the length is that of org/model-1B and half as much again" in told[1]
    # Another's own count, of the system's turn as well: some 310 words, and 16.
    tokenizers["other/model"] = _Words("chat")
    _set(refined, "tokens", system=LONG)
    told = export_run(str(refined), Target.TRL, str(out), model="other/model")
    assert _config(out)["max_length"] == 384
    assert len(told) == 2


def test_rows_have_the_system_s_turn_that_the_budget_was_counted_with(refined, tmp_path):
    out = tmp_path / "out"
    _set(refined, "tokens", system="Think.")
    turn = {"role": "system", "content": "Think."}
    for target in (Target.LLAMA_FACTORY, Target.AXOLOTL):
        export_run(str(refined), target, str(out))
        turns = [row["messages"] for row in _lines(out / "refined.jsonl")]
        assert [one[0] for one in turns] == [turn] * 3
        assert [one["content"] for one in turns[0][1:]] == list(SHARD[0])
    export_run(str(refined), Target.TRL, str(out))
    first = _lines(out / "refined.jsonl")[0]
    assert first["prompt"] == [turn, {"role": "user", "content": SHARD[0][0]}]
    assert [one["role"] for one in first["completion"]] == ["assistant"]


def test_without_a_chat_template_rows_bring_what_separates_and_ends_them(
    refined, tmp_path, tokenizers
):
    tokenizers["base"] = _Words(None)
    _set(refined, "tokens", system="Think.")  # a model without a template has no place for it
    question, reply = SHARD[0]
    out = tmp_path / "out"

    def exported(target):
        export_run(str(refined), target, str(out), model="base")
        return _lines(out / "refined.jsonl")[0], _config(out)

    row, config = exported(Target.LLAMA_FACTORY)
    assert [one["content"] for one in row["messages"]] == [f"<s>{question}\n", f"{reply}</s>"]
    assert config["template"] == "empty"
    row, config = exported(Target.AXOLOTL)
    assert row["segments"] == [
        {"label": False, "text": f"<s>{question}\n"}, {"label": True, "text": f"{reply}</s>"},
    ]  # fmt: skip
    assert [one["type"] for one in config["datasets"]] == ["input_output"]
    row, _ = exported(Target.TRL)
    assert row == {"prompt": f"{question}\n", "completion": f"{reply}</s>"}


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
    # 130 tokens, by another tokenizer than the run's: 1.5 x 130 + 16 = 211.
    assert (training.max_length, training.num_train_epochs) == (256, 3)
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


def _evaluation(root, asked, rows):
    """An evaluation.

    Args:
        root: its folder.
        asked: of each problem question, answer and options.
        rows: of each row the place of its problem, its question and the verdicts on its replies.
    """
    lines = []
    for row, (problem, question, found) in enumerate(rows):
        for attempt, verdict in enumerate(found):
            lines.append({
                "source": "t.jsonl", "row": row, "question": question,
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
    grades = pa.Table.from_pylist(
        [
            dict.fromkeys(GRADES.names, 0)
            | {
                "source": "t.jsonl",
                "row": row,
                "sample_id": problem,
                "language": "en",
                "groups": [],
            }
            for row, (problem, *_) in enumerate(rows)
        ],
        schema=GRADES.schema,
    )
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    steps = {
        "problems": _step(root, "problems", {"problems": [problems]}),
        "accuracy": _step(root, "accuracy", {"grades": [grades]}, {"replies.jsonl": data}),
    }
    generator = {
        "model": "org/model-1B", "engine": "vllm", "attempts": 2, "temperature": 1.0,
        "stop": ["\n\nProblem"],
        "max_tokens": 300, "prompt": 'Solve {{this}}: "{question}"', "top_p": 0.9,
        "revision": None, "system": None,
    }  # fmt: skip
    check = {"timeout_s": 2.5, "memory_bytes": 2**28}
    config = {"tokens": {"tokenizer": None}, "generator": generator, "check": check}
    storage.write_json(str(root / "run.json"), {"steps": steps, "config": config})
    return root


@pytest.fixture
def evaluated(tmp_path, tokenizers):
    """An evaluation of three rows, two of them equal, two replies each."""
    asked = [("1 + 1?", "2", None), ("A or B?\nA. x\nB. y", "B", ["x", "y"])]
    verdicts = [(0, ["right", "wrong"]), (1, ["right", "right"]), (0, ["right", "wrong"])]
    rows = [(problem, asked[problem][0], found) for problem, found in verdicts]
    return _evaluation(tmp_path, asked, rows)


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


class _Loader(yaml.SafeLoader):
    """Reads the harness's own tag as its text."""


_Loader.add_constructor("!function", lambda loader, node: node.value)


def _read_task(out):
    return yaml.load((out / "rbic_evaluation.yaml").read_text(), _Loader)


def _judge(out, task):
    """The task's own function, as the harness loads it."""
    module_name, function = task["process_results"].split(".")
    spec = importlib.util.spec_from_file_location(module_name, out / f"{module_name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, function)


def test_the_task_asks_and_judges_as_the_evaluation_did(evaluated, tmp_path):
    from jinja2 import Environment, StrictUndefined

    out = tmp_path / "out"
    _set(evaluated, "generator", system="Answer {in} one word.")
    (*_, command) = export_run(str(evaluated), Target.LM_EVAL, str(out))
    assert command.endswith(" --apply_chat_template")
    task = _read_task(out)
    docs = _lines(out / task["dataset_kwargs"]["data_files"]["test"])
    render = Environment(undefined=StrictUndefined).from_string
    assert render(task["description"]).render() == "Answer {in} one word."
    assert render(task["doc_to_text"]).render(**docs[0]) == 'Solve {{this}}: "1 + 1?"'
    assert render(task["doc_to_target"]).render(**docs[1]) == "B"
    assert task["generation_kwargs"] == {
        "until": ["\n\nProblem"], "do_sample": True, "temperature": 1.0, "top_p": 0.9, "top_k": 0,
        "repetition_penalty": 1.0, "max_gen_toks": 300,
    }  # fmt: skip
    # Every reply to a problem reaches the judge, under the name of the harness's own filter.
    assert task["repeats"] == 2
    (kept,) = task["filter_list"]
    assert (kept["name"], kept["filter"]) == ("none", [{"function": "take_first_k", "k": 2}])
    process = _judge(out, task)
    assert process(docs[1], [["The answer is B.", "A", "y", "A"]]) == {"acc": 0.5}
    assert process(docs[0], [["1 + 1 = 2, so the answer is 2."]]) == {"acc": 1.0}
    module = (out / "rbic_check.py").read_text()
    assert f"CheckRule(timeout_s=2.5, memory_bytes={2**28})" in module


@pytest.mark.parametrize(
    ("rows", "options"),
    [([(0, ""), (1, "")], [["3", "5"], ["5", "3"]]), ([(0, ""), (0, " ")], [["3", "5"]] * 2)],
    ids=["options in two orders", "a repeat that is spaced otherwise"],
)
def test_each_row_is_judged_by_the_options_of_the_problem_asked_for_it(
    tmp_path, tokenizers, rows, options
):
    question = "Which is larger, 3 or 5?"
    asked = [(question, "B", ["3", "5"]), (question, "A", ["5", "3"])]
    made = [(problem, question + space, ["right", "right"]) for problem, space in rows]
    out = tmp_path / "out"
    export_run(str(_evaluation(tmp_path, asked, made)), Target.LM_EVAL, str(out))
    docs = _lines(out / "problems.jsonl")
    assert [doc["options"] for doc in docs] == options
    process = _judge(out, _read_task(out))
    for doc in docs:
        assert process(doc, [["The answer is 5.", "The answer is 3."]]) == {"acc": 0.5}
        assert process(doc, [["The answer is 5."]]) == {"acc": 1.0}


def test_a_model_without_a_chat_template_is_asked_without_one(evaluated, tmp_path, tokenizers):
    from jinja2 import Environment, StrictUndefined

    out = tmp_path / "out"
    tokenizers["org/model-1B"] = _Words(None)
    _set(evaluated, "generator", system="Think.", temperature=0.0, attempts=1, revision="r1")
    told = export_run(str(evaluated), Target.LM_EVAL, str(out))
    assert "--apply_chat_template" not in told[-1]
    assert "pretrained=org/model-1B,revision=r1" in told[-1]
    assert len(told) == 2
    task = _read_task(out)
    assert task["description"] == ""
    assert task["repeats"] == 1
    assert "top_p" not in task["generation_kwargs"]
    render = Environment(undefined=StrictUndefined).from_string
    doc = _lines(out / "problems.jsonl")[0]
    assert render(task["doc_to_text"]).render(**doc) == 'Solve {{this}}: "1 + 1?"\n'


def test_what_cannot_be_exported_is_said(refined, tmp_path):
    with pytest.raises(ConfigError, match="holds no evaluation"):
        export_run(str(refined), Target.LM_EVAL, str(tmp_path / "out"))
    with pytest.raises(ConfigError, match="holds no finished run"):
        export_run(str(tmp_path / "none"), Target.TRL, str(tmp_path / "out"))
    _set(refined, "tokens", tokenizer=None)
    with pytest.raises(ConfigError, match="--model: name the model"):
        export_run(str(refined), Target.TRL, str(tmp_path / "out"))
    told = export_run(str(refined), Target.TRL, str(tmp_path / "out"), model="m")
    assert "within 256 tokens" in told[0]  # 130 x 1.5 + 16 = 211, to the next 64
    assert "the length is that of an estimate and half as much again" in told[1]


def test_an_evaluation_is_no_shard(evaluated, tmp_path):
    with pytest.raises(ConfigError, match="holds no refined shard"):
        export_run(str(evaluated), Target.AXOLOTL, str(tmp_path / "out"), model="m")


@pytest.mark.parametrize("front", ["<s>", ""])
def test_where_a_template_cuts_replies_rows_bring_them_whole(refined, tmp_path, tokenizers, front):
    """As DeepSeek's and Qwen's for reasoning: of an old reply the last words alone."""

    class Forgetful(_Words):
        def apply_chat_template(self, turns, tokenize, add_generation_prompt=False):
            kept = [
                turn | {"content": turn["content"].split("\n")[-1]}
                if turn["role"] == "assistant" else turn for turn in turns
            ]  # fmt: skip
            return front + super().apply_chat_template(kept, tokenize, add_generation_prompt)

    tokenizers["thinker"] = Forgetful("chat")
    _set(refined, "tokens", system="Think.")
    question, reply = SHARD[0]
    prompt = f"<system> Think. <end> <user> {question} <end> <assistant> "
    out = tmp_path / "out"

    def exported(target):
        told = export_run(str(refined), target, str(out), model="thinker")
        assert "the chat template of thinker leaves out parts of the replies" in told[1]
        return _lines(out / "refined.jsonl")[0], _config(out)

    row, config = exported(Target.LLAMA_FACTORY)
    assert [one["content"] for one in row["messages"]] == [front + prompt, f"{reply}<end>"]
    assert config["template"] == "empty"
    row, config = exported(Target.AXOLOTL)
    assert [one["text"] for one in row["segments"]] == [front + prompt, f"{reply}<end>"]
    assert [one["type"] for one in config["datasets"]] == ["input_output"]
    row, _ = exported(Target.TRL)
    assert row == {"prompt": prompt, "completion": f"{reply}<end>"}


def test_a_model_in_a_folder_is_found_from_the_export_s_own(
    refined, tmp_path, tokenizers, monkeypatch
):
    (tmp_path / "tuned").mkdir()
    monkeypatch.chdir(tmp_path)
    export_run(str(refined), Target.LLAMA_FACTORY, "out", model="tuned")
    assert _config(tmp_path / "out")["model_name_or_path"] == str(tmp_path / "tuned")
