"""Fine-tune a model on a refined shard, or on any corpus: read, encode, train, publish."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from rbic import __version__, cluster, storage
from rbic.config import ConfigError, FinetuneJobConfig
from rbic.job import check_models, check_trainable, check_writable, corpus_files, run_job
from rbic.models.adapters import model_digest
from rbic.models.finetune_config import lacking
from rbic.models.precision import settle_precision
from rbic.outputs import StepOutput
from rbic.progress import Progress
from rbic.stages.encode import encode_step
from rbic.stages.ingest import ingest_step, scan_step
from rbic.train_workers import STATE, SUMMARY, train

_WRITTEN = ("adapter", "model")
"""What `save_finetuned` writes, below the output folder in the end."""


def finetune(config: FinetuneJobConfig, progress: Progress) -> dict[str, Any]:
    """Fine-tune, or go on with a fine-tuning that was stopped.

    Args:
        config: the run; `corpus`, `out` and `finetune.model` must be set. A folder that `refine`
            wrote stands for its refined shard.
        progress: told what happens.

    Returns:
        The record: samples, tokens, seconds, losses, what the result rests on, where it lies.

    Raises:
        ConfigError: something that must be set is not, the model's folder is not there, or `out`
            cannot be written.
        CorpusError: files cannot be found or told apart, or too many rows are rejected.
        ChunkFailedError: reading or encoding failed; what was committed stays.
        TrainFailedError: training failed; the last checkpoint stays.
    """
    config = _settled(config)
    encoded = _encoded(config, progress)
    folder = storage.join(config.out, f"train-{_fingerprint(config, encoded)}")
    record_path = storage.join(config.out, SUMMARY)
    if (record := _finished(config, record_path, folder)) is not None:
        progress.say("finetune         is done")
        return record
    begun = any(name.startswith("checkpoint_") for name in storage.list_names(folder))
    progress.say(
        f"finetune         {config.finetune.model} on {encoded.counts['tokens']:,} tokens"
        + (", goes on from its last checkpoint" if begun else "")
    )
    if idle := _idle_workers(config):
        progress.say(f"  {idle}")
    cluster.connect(config.cluster)
    try:
        files = [file.path for file in encoded.tables["encoded"]]
        # Ray gives every worker a folder of its own, and an adapter names its base by this.
        model = config.finetune.model
        there = model if model is None or not os.path.isdir(model) else os.path.abspath(model)
        asked = replace(config.finetune, model=there)
        checkpoint = train(files, asked, config.train, folder, progress)
    finally:
        cluster.disconnect()
    return _publish(config, encoded, folder, checkpoint, progress)


def _finished(config: FinetuneJobConfig, record_path: str, folder: str) -> dict[str, Any] | None:
    """The record of this very training, when all that is asked for was written and is there."""
    if not storage.exists(record_path):
        return None
    record: dict[str, Any] = storage.read_json(record_path)
    written = record["written"]
    whole = all(storage.exists(path) for path in written.values())
    merged = "model" in written or not config.finetune.merge
    return record if record["folder"] == folder and whole and merged else None


def _settled(config: FinetuneJobConfig) -> FinetuneJobConfig:
    for key, value, wanted in (
        ("corpus", config.corpus, "the --out folder of a refine run, or files of samples"),
        ("out", config.out, "a folder for what the run writes (--out DIR)"),
        ("finetune.model", config.finetune.model, "a model on the hub, a folder, or sample:model"),
    ):
        if not value:
            raise ConfigError(f"{key}: name {wanted}")
    models = {"finetune.model": config.finetune.model, "tokens.tokenizer": config.tokens.tokenizer}
    check_models(config.cluster, models)
    check_trainable(config.finetune.model)
    _check_apart(config)
    if missing := lacking(config.finetune):
        raise ConfigError(missing)
    check_writable(config.out)
    precision = settle_precision(config.finetune.precision)
    tokens = replace(
        config.tokens,
        tokenizer=config.tokens.tokenizer or config.finetune.model,
        system=config.finetune.system,
    )
    corpus = [_shard_of(one) for one in config.corpus]
    return replace(
        config,
        corpus=corpus,
        out=storage.absolute(config.out),
        tokens=tokens,
        finetune=replace(config.finetune, precision=precision),
    )


def _idle_workers(config: FinetuneJobConfig) -> str:
    """What is to be said of workers that there is nothing to do for; empty where there are none."""
    most = max(1, config.finetune.step_tokens // config.finetune.micro_tokens)
    if config.train.count <= most:
        return ""
    return (
        f"train.count={config.train.count}, but a step of {config.finetune.step_tokens:,} tokens "
        f"has {most} parts of finetune.micro_tokens, about: some workers have nothing to do. "
        "A smaller finetune.micro_tokens or a larger finetune.step_tokens mends that"
    )


def _check_apart(config: FinetuneJobConfig) -> None:
    """The model that is trained must not lie where the result is written."""
    model = storage.absolute(str(config.finetune.model))
    if model in [storage.join(storage.absolute(config.out), name) for name in _WRITTEN]:
        raise ConfigError(
            f"out: {config.out} holds the model that is to be trained; name another folder"
        )


def _shard_of(argument: str) -> str:
    """The refined shard of a run's folder; any other argument is itself."""
    shard = storage.join(argument, "refined")
    return shard if storage.exists(storage.join(shard, "_manifest.json")) else argument


def _encoded(config: FinetuneJobConfig, progress: Progress) -> StepOutput:
    """The samples as token ids."""
    files = corpus_files("corpus", config.corpus, config.out, "train")
    steps = [
        scan_step(files, config.ingest, config.workers.scan),
        ingest_step(config.ingest, config.tokens, config.workers.ingest),
        encode_step(config.finetune, config.workers.encode),
    ]
    ran = run_job(config, steps, progress)
    return ran["encode"].output


def _fingerprint(config: FinetuneJobConfig, encoded: StepOutput) -> str:
    """Eight hexadecimal digits that change when what is trained can change."""
    parts = {"encoded": encoded.digest, "model_digest": model_digest(config.finetune.model)}
    text = json.dumps({**parts, **_params(config)}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _params(config: FinetuneJobConfig) -> Mapping[str, Any]:
    """The parameters of the training; in which forms it is saved changes nothing of it."""
    params = asdict(config.finetune)
    params.pop("merge")
    return params


def _publish(
    config: FinetuneJobConfig,
    encoded: StepOutput,
    folder: str,
    checkpoint: str,
    progress: Progress,
) -> dict[str, Any]:
    """Copy what was trained to where a user looks for it, and write the record last."""
    names = [storage.relative(file.path, checkpoint) for file in storage.list_files(checkpoint)]
    names = [one for one in names if one not in (STATE, SUMMARY) and not one.startswith(".")]
    tops = sorted({name.partition("/")[0] for name in names})
    paths = {top: storage.join(config.out, top) for top in tops}
    record_path = storage.join(config.out, SUMMARY)
    # What an earlier training left must not be taken for this one's, whole or in part; what lies
    # there besides is not ours to remove.
    if storage.exists(record_path):
        for top in storage.read_json(record_path)["written"]:
            storage.remove(storage.join(config.out, top))
    storage.write_json(record_path, {"folder": None, "written": paths})
    for name in names:
        storage.copy(storage.join(checkpoint, name), storage.join(config.out, name))
    record = {
        **storage.read_json(storage.join(checkpoint, SUMMARY)),
        "version": __version__,
        "finetune": dict(_params(config)),
        "data_digest": encoded.digest,
        "corpus": config.corpus,
        "folder": folder,
        "written": paths,
    }
    storage.write_json(record_path, record)
    progress.table(
        [
            ("samples", f"{record['samples']:,}, {len(record['left_out']):,} too long"),
            ("tokens", f"{record['tokens']:,} in {record['steps']:,} steps"),
            ("seconds", f"{record['seconds']:.0f}: {record['tokens_per_second']:,.0f} tokens/s"),
            ("loss", f"{record['losses'][0]:.3f} at first, {record['losses'][-1]:.3f} at last"),
            *paths.items(),
        ]
    )
    return record
