"""Putting the results of a run where a user looks for them: shard, ledger, report, record.

Everything is copied from the steps' own folders; `refined/_manifest.json` is written last, so a
shard with a manifest is whole.
"""

from collections.abc import Mapping
from typing import Any

from rbic import storage
from rbic.config import ConfigError
from rbic.outputs import RECORD, StepOutput, load_output
from rbic.steps import Ran

MANIFEST = "refined/_manifest.json"
RUN = "run.json"


def publish(out: str, ran: Mapping[str, Ran], facts: Mapping[str, Any]) -> dict[str, str]:
    """Copy what the steps made to the output folder.

    Args:
        out: the output folder.
        ran: the steps that are done; results of steps that are not among them are left out.
        facts: configuration and version, for the record.

    Returns:
        Paths by what lies there.
    """
    paths = {}
    if "shard" in ran:
        paths["refined shard"] = _publish_shard(out, ran["shard"].output, ran["select"].output)
    if "select" in ran:
        ledger = ran["select"].output.tables["ledger"][0].path
        paths["ledger"] = _copy(ledger, storage.join(out, "ledger.parquet"))
    if "report" in ran:
        page = storage.join(ran["report"].output.folder, "report.html")
        paths["report"] = _copy(page, storage.join(out, "report.html"))
    publish_record(out, ran, facts, whole="select" in ran)
    return paths


def publish_evaluation(
    out: str, ran: Mapping[str, Ran], facts: Mapping[str, Any]
) -> dict[str, str]:
    """Copy what an evaluation found to the output folder; parameters as those of `publish`."""
    paths = {}
    if "accuracy" in ran:
        found = {storage.file_name(path): path for path in ran["accuracy"].output.files}
        for what, name in (("replies", "replies.jsonl"), ("accuracy", "accuracy.json")):
            paths[what] = _copy(found[name], storage.join(out, name))
    publish_record(out, ran, facts, whole="accuracy" in ran)
    return paths


def publish_comparison(out: str, pages: Mapping[str, str]) -> dict[str, str]:
    """Write the pages of a comparison into the output folder; gives the path of each by its name.

    Args:
        out: the output folder.
        pages: the text of each file by its name.
    """
    paths = {name: storage.join(out, name) for name in pages}
    for name, text in pages.items():
        storage.write_bytes(paths[name], text.encode())
    return paths


def read_run(out: str) -> tuple[dict[str, Any], dict[str, StepOutput]]:
    """The record of the last run in an output folder, and what its steps left, by name.

    Steps are found by their names below `out`: the folder may have been moved since.

    Raises:
        ConfigError: there is no finished run in the folder.
    """
    try:
        record = storage.read_json(storage.join(out, RUN))
    except FileNotFoundError as error:
        raise ConfigError(f"{out} holds no finished run (no {RUN})") from error
    outputs = {
        name: load_output(storage.join(out, "steps", storage.file_name(step["folder"])))
        for name, step in record["steps"].items()
    }
    return record, outputs


def _publish_shard(out: str, shard: StepOutput, select: StepOutput) -> str:
    parts = shard.read("parts").to_pylist()
    manifest = {
        "files": parts,
        "rows": sum(part["rows"] for part in parts),
        "tokens": sum(part["tokens"] for part in parts),
        "tokens_in": select.counts["tokens_in"],
        "budget_tokens": select.counts["budget"],
        "select": select.folder.rstrip("/").rsplit("/", 1)[-1],
        "digest": shard.digest,
    }
    folder = storage.join(out, "refined")
    path = storage.join(out, MANIFEST)
    present = {file.path: file.size_bytes for file in storage.list_files(folder)}
    sizes = {storage.join(out, part["path"]): part["size_bytes"] for part in parts}
    if path in present and storage.read_json(path) == manifest and sizes.items() <= present.items():
        return folder
    storage.remove(path)
    for part in parts:
        _copy(storage.join(shard.folder, part["path"]), storage.join(out, part["path"]))
    for file in storage.list_files(folder):
        if file.path not in sizes:
            storage.remove(file.path)
    storage.write_json(path, manifest)
    return folder


def publish_record(
    out: str, ran: Mapping[str, Ran], facts: Mapping[str, Any], whole: bool = True
) -> None:
    """Write the record of a run; parameters as those of `publish`.

    Args:
        out: the output folder.
        ran: the steps that are done.
        facts: configuration and version.
        whole: whether the run came to its end.
    """
    record = storage.join(out, RUN)
    # A run that stops early leaves what an earlier one published, and so its record.
    if whole or not storage.exists(record):
        steps = {name: _step_record(one) for name, one in ran.items()}
        storage.write_json(record, {**facts, "steps": steps})


def _copy(source: str, target: str) -> str:
    storage.copy(source, target)
    return target


def _step_record(ran: Ran) -> dict[str, Any]:
    record = storage.read_json(storage.join(ran.output.folder, RECORD))
    kept = ("reason", "counts", "chunks", "chunk_seconds", "peak_memory_mib", "digest", "params")
    seconds = round(record["finished"] - record["started"], 3)
    return {"folder": ran.output.folder, "seconds": seconds, **{key: record[key] for key in kept}}
