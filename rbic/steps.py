"""Run steps in order: skip what is done, continue what was broken off, say why one is redone.

A step's folder is `<name>-<8 hex>`, the hex a hash of the step's name, version, parameters and the
digests of what it reads. So a changed parameter moves the step, and whatever follows from it moves
too if, and only if, the bytes it reads changed. `record.json` is written last: no record, not done.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rbic import storage
from rbic.chunks import Chunk, Step, committed_chunks
from rbic.outputs import RECORD, StepOutput, as_output, load_output, make_record
from rbic.progress import Progress
from rbic.under_way import Watch

FIRST_TIME = "runs for the first time"

Stream = Callable[[Step, dict[str, str], str, Sequence[Chunk]], Iterator[dict[str, Any]]]
"""Computes chunks somewhere and yields their markers: rbic.cluster.stream_chunks, or a test's."""


@dataclass(frozen=True)
class Ran:
    """What a run did with one step."""

    output: StepOutput
    seconds: float
    """Wall seconds this run spent on it; 0 when it was done before."""
    reason: str | None
    """Why it was run; None when it was done before."""


def fingerprint(step: Step, inputs: Mapping[str, StepOutput]) -> str:
    """Eight hexadecimal digits that change when the step's answer can change."""
    text = json.dumps(
        {
            "name": step.name,
            "version": step.version,
            "params": step.params,
            "inputs": {name: inputs[name].digest for name in step.reads},
        },
        sort_keys=True,
    )
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def step_folder(root: str, step: Step, inputs: Mapping[str, StepOutput]) -> str:
    """The folder of a step under `root`."""
    return storage.join(root, f"{step.name}-{fingerprint(step, inputs)}")


def finished(step: Step, inputs: Mapping[str, StepOutput], folder: str) -> StepOutput | None:
    """A step's output when it is done and every file it recorded is there, else None."""
    try:
        output = load_output(folder)
    except FileNotFoundError:
        return None
    if step.grows:
        planned = [chunk.name for chunk in step.plan(inputs)]
        done = storage.read_json(storage.join(folder, RECORD))["plan"]
        if planned != done:
            return None
    present = {file.path for file in storage.list_files(folder)}
    wanted = {file.path for files in output.tables.values() for file in files}
    return output if wanted.union(output.files) <= present else None


def run_steps(
    steps: Sequence[Step],
    root: str,
    progress: Progress,
    stream: Stream,
    after: Callable[[Step, Ran], None] = lambda step, ran: None,
) -> dict[str, Ran]:
    """Run steps in the order given, which must put each after those it reads.

    Args:
        steps: the pipeline, or its beginning.
        root: folder that holds the steps' folders.
        progress: told what happens.
        stream: computes chunks.
        after: called when a step is done, also when it was done before.

    Returns:
        What was done, by step name.

    Raises:
        ChunkFailedError: from `stream`; what was committed stays.
    """
    ran: dict[str, Ran] = {}
    for step in steps:
        inputs = {name: ran[name].output for name in step.inputs}
        folder = step_folder(root, step, inputs)
        output = finished(step, inputs, folder)
        if output is not None:
            ran[step.name] = Ran(output, 0.0, None)
            after(step, ran[step.name])
            continue
        started = time.monotonic()
        reason = why(step, inputs, root, folder)
        try:
            output = _run_step(step, inputs, folder, reason, progress, stream)
        finally:
            progress.stop()
        ran[step.name] = Ran(output, time.monotonic() - started, reason)
        after(step, ran[step.name])
    return ran


@dataclass(frozen=True)
class SoFar:
    """What is there of steps whose last one may be under way."""

    outputs: dict[str, StepOutput]
    """By step name, of the last one that of the chunks that are committed."""
    left: int
    """Chunks of the last step that are not."""


def look_so_far(steps: Sequence[Step], root: str) -> SoFar:
    """Look at steps and change nothing, whether or not a process runs them at the same time.

    Args:
        steps: the pipeline; all but the last must be done, and the last must be one that grows.
        root: folder that holds the steps' folders.

    Raises:
        LookupError: a step before the last is not done; the message is its name.
    """
    outputs: dict[str, StepOutput] = {}
    *before, last = steps
    assert last.grows, f"{last.name}: its plan may be another than that of the run"
    for step in before:
        inputs = {name: outputs[name] for name in step.inputs}
        output = finished(step, inputs, step_folder(root, step, inputs))
        if output is None:
            raise LookupError(step.name)
        outputs[step.name] = output
    inputs = {name: outputs[name] for name in last.inputs}
    folder = step_folder(root, last, inputs)
    plan = last.plan(inputs)
    markers = list(committed_chunks(folder, plan))
    outputs[last.name] = as_output(last.name, folder, make_record(markers, last.writes))
    return SoFar(outputs, len(plan) - len(markers))


def _run_step(
    step: Step, inputs: Mapping[str, StepOutput], folder: str, reason: str,
    progress: Progress, stream: Stream,
) -> StepOutput:  # fmt: skip
    """Plan a step or take up its plan, run what is not committed, and write the record."""
    plan = _plan(step, inputs, folder)
    markers = {marker["chunk"]: marker for marker in committed_chunks(folder, plan)}
    todo = [chunk for chunk in plan if chunk.name not in markers]
    total = sum(chunk.rows for chunk in plan)
    progress.explain(step.name, reason, plain=reason == FIRST_TIME)
    done = total - sum(chunk.rows for chunk in todo)
    watch = Watch(storage.parent(folder), step.name)
    work = {chunk.name: chunk.work for chunk in todo}
    progress.start(step.name, step.unit, total, done, watch.look, sum(work.values()))
    started = time.time()
    if todo:
        input_folders = {name: output.folder for name, output in inputs.items()}
        for marker in stream(step, input_folders, folder, todo):
            markers[marker["chunk"]] = marker
            progress.advance(marker["rows"], work[marker["chunk"]])
    body = make_record([markers[chunk.name] for chunk in plan], step.writes)
    record = {
        "name": step.name,
        "version": step.version,
        "params": dict(step.params),
        "inputs": {name: output.digest for name, output in inputs.items()},
        "reason": reason,
        "started": started,
        "finished": time.time(),
        "chunks": len(plan),
        "plan": [chunk.name for chunk in plan] if step.grows else None,
        "chunks_run": len(todo),
        **body,
    }
    storage.write_json(storage.join(folder, RECORD), record)
    progress.finish(_summary(body), **body["counts"])
    return load_output(folder)


def _plan(step: Step, inputs: Mapping[str, StepOutput], folder: str) -> list[Chunk]:
    """The chunks of a step: those of an earlier, unfinished run where there was one.

    The first plan holds, so that a changed chunk size does not throw away committed chunks.
    """
    path = storage.join(folder, "plan.json")
    if storage.exists(path) and not step.grows:
        return [Chunk(**chunk) for chunk in storage.read_json(path)]
    plan = list(step.plan(inputs))
    names = [chunk.name for chunk in plan]
    assert len(set(names)) == len(names), f"{step.name}: chunk names repeat"
    storage.write_json(path, [asdict(chunk) for chunk in plan])
    return plan


def _summary(body: Mapping[str, Any]) -> str:
    """Tables with their rows, then the counts, in one line."""
    parts = [
        f"{name} {sum(entry['rows'] for entry in entries):,}"
        for name, entries in body["tables"].items()
    ]
    parts += [_counted(name, count) for name, count in body["counts"].items()]
    return ", ".join(parts).replace("_", " ")


def _counted(name: str, count: int) -> str:
    """A count in words; counts are whole numbers, and some stand for fractions."""
    for ending, unit in (("_thousandths", 1000), ("_percent", 100)):
        if name.endswith(ending):
            return f"{name.removesuffix(ending)} {count / unit:g}"
    return f"{name} {count:,}"


def why(step: Step, inputs: Mapping[str, StepOutput], root: str, folder: str) -> str:
    """Why a step that is not done has to run, in words."""
    if storage.exists(storage.join(folder, "plan.json")):
        return "continues where it was broken off"
    previous = _latest_record(step.name, root)
    if previous is None:
        return FIRST_TIME
    changes = _changes(previous["params"], _plain(step.params))
    if previous["version"] != step.version:
        changes.append(f"the step's rule changed (version {previous['version']} to {step.version})")
    changes += [
        f"{name} changed"
        for name in step.reads
        if previous["inputs"].get(name) != inputs[name].digest
    ]
    return "runs again: " + ("; ".join(changes) or "its files are missing")


def _latest_record(name: str, root: str) -> dict[str, Any] | None:
    """The record of the last finished run of a step, whatever its parameters were."""
    records = []
    for folder in storage.list_names(root):
        path = storage.join(root, folder, RECORD)
        if folder.rpartition("-")[0] == name and storage.exists(path):
            records.append(storage.read_json(path))
    return max(records, key=lambda record: record["finished"], default=None)


def _plain(value: Any) -> Any:
    """A value as it comes back from JSON."""
    return json.loads(json.dumps(value))


def _changes(before: Mapping[str, Any], after: Mapping[str, Any], prefix: str = "") -> list[str]:
    """The leaves that differ between two nested mappings, as `key old to new`."""
    found = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            found += _changes(old, new, f"{prefix}{key}.")
        elif old != new:
            found.append(f"{prefix}{key} {old!r} to {new!r}")
    return found
