"""The job that fine-tunes, with Ray's part of it replaced by one that writes a checkpoint."""

import io
import json
import shutil

import pytest

pytest.importorskip("transformers", reason="needs the extra cpu or gpu")

from rbic import cluster, storage
from rbic.config import ConfigError, FinetuneJobConfig, load
from rbic.finetune import finetune
from rbic.progress import LogFormat, Progress
from rbic.sample import model_dir
from rbic.train_workers import TrainFailedError, TrainWorkers

ROWS = [
    {"question": f"{n} + 1 = ?", "answer": f"So it is {n + 1}.\n#### {n + 1}"} for n in range(9)
]


@pytest.fixture
def job(tmp_path, write_lines, in_process, monkeypatch):
    monkeypatch.setattr(cluster, "connect", lambda config: True)
    monkeypatch.setattr(cluster, "disconnect", lambda: None)
    monkeypatch.setattr(cluster, "stream_chunks", in_process)
    trained = []

    def train(encoded, config, workers, folder, progress):
        trained.append((list(encoded), config, folder))
        if run.error:
            raise run.error
        checkpoint = storage.join(folder, "checkpoint_7")
        for name in ["adapter", *(["model"] if config.merge else [])]:
            storage.write_bytes(storage.join(checkpoint, name, "weights"), b"w" * len(trained))
        storage.write_bytes(storage.join(checkpoint, "state.pt"), b"state")
        storage.write_bytes(storage.join(checkpoint, ".metadata.json"), b"{}")
        record = {"samples": 9, "left_out": [], "tokens": 99, "steps": 2, "seconds": 1.0,
                  "tokens_per_second": 99.0, "losses": [2.0, 1.5]}  # fmt: skip
        storage.write_json(storage.join(checkpoint, "record.json"), record)
        return checkpoint

    monkeypatch.setattr("rbic.finetune.train", train)
    path = write_lines("rows.jsonl", ROWS)

    def run(*overrides, corpus=path, out=None, model="sample:model"):
        in_process.ran.clear()
        log = io.StringIO()
        values = {"corpus": [corpus], "out": out or str(tmp_path / "out"), "finetune.model": model}
        try:
            return finetune(
                load(FinetuneJobConfig, None, overrides, values), Progress(LogFormat.JSON, log)
            )
        finally:
            run.log = log.getvalue()

    run.trained, run.out, run.error = trained, tmp_path / "out", None
    return run


def test_what_is_not_installed_is_said_before_any_work(job, monkeypatch):
    monkeypatch.setattr("rbic.models.finetune_config.installed", lambda name: False)
    with pytest.raises(ConfigError, match=r"pip install 'rbic\[train\]'"):
        job()
    job("finetune.adapter=none")


def test_what_was_trained_lies_where_it_is_looked_for_and_the_record_says_of_what(job):
    record = job("finetune.epochs=2")
    assert (job.out / "adapter" / "weights").read_bytes() == b"w"
    assert sorted(path.name for path in job.out.iterdir() if "train-" not in path.name) == [
        "adapter", "record.json", "steps",
    ]  # fmt: skip
    assert json.loads((job.out / "record.json").read_text()) == record
    assert record["written"] == {"adapter": str(job.out / "adapter")}
    assert record["finetune"]["epochs"] == 2
    assert record["losses"] == [2.0, 1.5]
    ((encoded, config, folder),) = job.trained
    assert storage.read_parquet(encoded[0]).num_rows == 9
    assert config.precision != "auto"
    assert folder.startswith(str(job.out / "train-"))
    assert "goes on" not in job.log


def test_the_same_again_is_done_and_another_setting_is_another_training(job, in_process):
    first = job()
    assert job() == first
    assert "is done" in job.log
    assert in_process.ran == []
    assert len(job.trained) == 1
    job("finetune.epochs=2")
    job("finetune.seed=1")
    folders = [folder for *_, folder in job.trained]
    assert len(set(folders)) == 3


def test_more_workers_are_the_same_training(job):
    job()
    job("train.count=4", "train.checkpoint_steps=3")
    assert len(job.trained) == 1


def test_a_merged_model_can_be_asked_for_afterwards(job):
    job()
    record = job("finetune.merge=true")
    assert set(record["written"]) == {"adapter", "model"}
    assert job.trained[0][2] == job.trained[1][2]
    assert "goes on from its last checkpoint" in job.log
    job("finetune.merge=true")
    job()
    assert len(job.trained) == 2


def test_nothing_of_an_earlier_training_stays_beside_a_later_one(job):
    (job.out / "mine").mkdir(parents=True)
    job("finetune.merge=true")
    job("finetune.epochs=2")
    assert (job.out / "adapter" / "weights").read_bytes() == b"ww"
    assert not (job.out / "model").exists()
    assert (job.out / "mine").is_dir()


def test_results_that_were_not_copied_whole_are_not_taken_for_done(job, monkeypatch):
    job()
    with monkeypatch.context() as patch:
        patch.setattr(storage, "copy", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            job("finetune.epochs=2")
    for settings in (["finetune.epochs=2"], []):
        job(*settings)
        assert "is done" not in job.log
        assert (job.out / "adapter" / "weights").exists()


def test_a_relative_folder_is_the_same_for_workers_with_a_folder_of_their_own(
    job, tmp_path, monkeypatch
):
    shutil.copytree(model_dir(), tmp_path / "my-model")
    monkeypatch.chdir(tmp_path)
    record = job(model="my-model")
    assert record["finetune"]["model"] == "my-model"
    assert job.trained[0][1].model == str(tmp_path / "my-model")


def test_an_adapter_and_a_model_that_would_be_written_over_are_refused(job, tmp_path):
    shutil.copytree(model_dir(), job.out / "model")
    with pytest.raises(ConfigError, match="holds the model that is to be trained"):
        job(model=str(job.out / "model"))
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / "adapter_config.json").write_text(
        '{"base_model_name_or_path": "sample:model"}'
    )
    with pytest.raises(ConfigError, match="adapter holds an adapter, whose weights"):
        job(model=str(tmp_path / "adapter"))
    assert job.trained == []


def test_workers_with_nothing_to_do_are_told_of(job):
    job("train.count=4", "finetune.step_tokens=4096", "finetune.micro_tokens=2048")
    assert "has 2 parts of finetune.micro_tokens" in job.log
    job(
        "finetune.seed=1",
        "train.count=2",
        "finetune.step_tokens=4096",
        "finetune.micro_tokens=2048",
    )
    assert "some workers" not in job.log


def test_files_that_are_gone_are_written_again(job):
    job()
    shutil.rmtree(job.out / "adapter")
    job()
    assert (job.out / "adapter" / "weights").exists()


def test_a_training_that_failed_leaves_no_record(job):
    job.error = TrainFailedError("finetune: OutOfMemoryError: much")
    with pytest.raises(TrainFailedError):
        job()
    assert not (job.out / "record.json").exists()
    job.error = None
    job()
    assert (job.out / "record.json").exists()


def test_a_model_trained_anew_in_its_folder_is_another_model(job, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(model_dir(), folder)
    job(model=str(folder))
    (folder / "model.safetensors").write_bytes(b"other")
    job(model=str(folder))
    assert len({folder for *_, folder in job.trained}) == 2


def test_the_folder_of_a_refine_run_stands_for_its_shard(job, tmp_path, write_lines):
    write_lines("run/refined/rows.jsonl", ROWS[:4])
    write_lines("run/other.jsonl", ROWS)
    (tmp_path / "run" / "refined" / "_manifest.json").write_text("{}")
    record = job(corpus=str(tmp_path / "run"))
    assert record["corpus"] == [str(tmp_path / "run" / "refined")]
    assert storage.read_parquet(job.trained[0][0][0]).num_rows == 4


def test_results_go_to_an_object_store(job):
    out = "memory://bucket/tuned"
    record = job(out=out)
    assert record["written"] == {"adapter": f"{out}/adapter"}
    assert storage.read_bytes(f"{out}/adapter/weights") == b"w"
    assert not storage.exists(f"{out}/state.pt")


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["corpus=[]"], "corpus: name the --out folder of a refine run"),
        (["out="], "out: name a folder"),
        (["finetune.model=null"], "finetune.model: name a model"),
        (["finetune.model=/nowhere/model"], "finetune.model: there is no folder '/nowhere/model'"),
        (["tokens.tokenizer=./nowhere"], "tokens.tokenizer: there is no folder './nowhere'"),
        (["train.least=2"], "train.least must be from 1 to train.count, got 2"),
        (["train.count=0"], "train.count must be at least 1, got 0"),
        (["train.checkpoint_steps=0"], "train.checkpoint_steps must be at least 1"),
        (["finetune.epoch=1"], "unknown key finetune.epoch"),
    ],
)
def test_a_command_that_cannot_be_done_is_named(job, overrides, words):
    with pytest.raises(ConfigError, match=words):
        job(*overrides)
    assert job.trained == []


def test_workers_may_be_fewer_and_need_no_gpu():
    workers = TrainWorkers(count=4, least=2, gpus_each=0.0)
    assert (workers.count, workers.least) == (4, 2)
    with pytest.raises(ValueError, match="train.gpus_each must be 0 or more, got -1"):
        TrainWorkers(gpus_each=-1)
    with pytest.raises(ValueError, match="train.max_failures must be 0 or more"):
        TrainWorkers(max_failures=-1)
