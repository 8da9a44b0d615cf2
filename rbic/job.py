"""What the commands that run steps have in common: checks before the work, Ray, the plan, times."""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Protocol

from rbic import cluster, storage
from rbic.chunks import Chunk, Step
from rbic.cluster import ClusterConfig
from rbic.config import ConfigError
from rbic.corpus import CorpusError, CorpusFile, find_files
from rbic.models.adapters import find_adapter
from rbic.models.generator import Engine, GeneratorConfig, settle_engine
from rbic.models.tokenizer import TokenConfig
from rbic.outputs import StepOutput
from rbic.progress import Progress
from rbic.stages.ingest import IngestConfig
from rbic.steps import Ran, finished, run_steps, step_folder, why
from rbic.summary import layout_lines, samples_line
from rbic.under_way import JOURNAL

_OWNED = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)


class JobConfig(Protocol):
    """What the root record of every command that reads a corpus has."""

    @property
    def out(self) -> str:
        """Folder for everything the run writes."""

    @property
    def ingest(self) -> IngestConfig:
        """How the files are read."""

    @property
    def tokens(self) -> TokenConfig:
        """How tokens are counted."""

    @property
    def cluster(self) -> ClusterConfig:
        """Where the work is done."""


def corpus_files(key: str, names: Sequence[str], out: str, split: str) -> list[CorpusFile]:
    """The files that a command is to read.

    Args:
        key: the setting that names them, for messages.
        names: its value.
        out: the output folder, which is no part of a corpus.
        split: of a data set on the hub, train or test.

    Raises:
        ConfigError: no file or no output folder is named.
        CorpusError: there is no such file, or it cannot be reached.
    """
    if not names:
        raise ConfigError(f"{key}: name at least one file, folder, URI or hub data set")
    if not out:
        raise ConfigError("out: name a folder for what the run writes (--out DIR)")
    try:
        return find_files(names, out, split, key)
    except OSError as error:
        raise CorpusError(f"{key}: {error}") from error


def settled_generator(config: GeneratorConfig) -> GeneratorConfig:
    """The settings with an engine of this machine in the place of `auto`.

    Raises:
        ConfigError: that engine cannot be used with them.
    """
    try:
        return replace(config, engine=settle_engine(config))
    except ValueError as error:
        raise ConfigError(str(error)) from error


def asked_model(config: GeneratorConfig) -> dict[str, str | None]:
    """The model that answers, by its setting, where this project loads it; for `check_models`."""
    loaded = config.engine in (Engine.VLLM, Engine.TRANSFORMERS)
    return {"generator.model": config.model} if loaded else {}


def check_models(cluster: ClusterConfig, models: Mapping[str, str | None]) -> None:
    """Find out before the work, and not from a worker, that a model's folder is not there.

    Where the work is done elsewhere the folder may be there alone, and nothing is checked.

    Args:
        cluster: where the work is done.
        models: by setting the model that it names, or None.

    Raises:
        ConfigError: a name can only be a path, and nothing is there; names the setting.
    """
    if cluster.address or os.environ.get("RAY_ADDRESS"):
        return
    for key, model in models.items():
        if model is not None and _is_path(model) and not os.path.exists(model):
            raise ConfigError(f"{key}: there is no folder {model!r}")


def check_trainable(model: str | None) -> None:
    """Find out before the work that a folder holds an adapter alone.

    Raises:
        ConfigError: it does.
    """
    if model is not None and find_adapter(model) is not None:
        raise ConfigError(
            f"finetune.model: {model} holds an adapter, whose weights would not be trained but "
            "lost; name the merged model (finetune.merge=true writes it)"
        )


def _is_path(model: str) -> bool:
    """Whether a model's name can be no name on the hub, where it is `name` or `owner/name`."""
    if "://" in model:
        return False
    return model.startswith((".", "~")) or ("/" in model and not _OWNED.fullmatch(model))


def check_writable(out: str) -> None:
    """Find out before the work, and not after, whether the results can be written."""
    probe = storage.join(out, ".writable")
    try:
        storage.write_bytes(probe, b"")
        storage.remove(probe)
    except OSError as error:
        raise ConfigError(f"out: nothing can be written below {out}: {error}") from error


def until_step(steps: list[Step], until: str | None) -> list[Step]:
    """The steps up to one and with it; all for None."""
    names = [step.name for step in steps]
    if until is None:
        return steps
    if until not in names:
        raise ConfigError(f"--until must be one of {', '.join(names)}; got {until}")
    return steps[: names.index(until) + 1]


def run_job(
    config: JobConfig,
    steps: Sequence[Step],
    progress: Progress,
    after: Callable[[Step, Ran], None] = lambda step, ran: None,
    folder: str = "steps",
    key: str = "corpus",
) -> dict[str, Ran]:
    """Run steps, joining or starting Ray when the first chunk has to be computed.

    Args:
        config: the command's settings.
        steps: what is run, in order.
        progress: told what happens.
        after: called when a step is done.
        folder: where the steps lie below the output folder.
        key: the setting that names the files, for messages.
    """
    connected = False

    def stream(
        step: Step, inputs: dict[str, str], folder: str, chunks: Sequence[Chunk]
    ) -> Iterator[dict[str, Any]]:
        nonlocal connected
        if not connected:
            try:
                cluster.connect(config.cluster)
            except ConnectionError as error:
                raise ConfigError(f"cluster.address: {error}") from error
            connected = True
        yield from cluster.stream_chunks(step, inputs, folder, chunks)

    def tell(step: Step, done: Ran) -> None:
        if step.name == "scan":
            for line in layout_lines(done.output):
                progress.say(f"  {line}")
        if step.name == "ingest":
            progress.say(f"  {samples_line(done.output, config.tokens)}")
            _check_rejects(done.output, config, key)
        after(step, done)

    try:
        root = storage.join(config.out, folder)
        ran = run_steps(steps, root, progress, stream, tell)
        # Every chunk is committed, and nobody will look for its replies.
        storage.remove(storage.join(root, JOURNAL))
        return ran
    finally:
        if connected:
            cluster.disconnect()


def _check_rejects(ingest: StepOutput, config: JobConfig, key: str) -> None:
    samples, rejects = ingest.rows("samples"), ingest.rows("rejects")
    if not samples and not rejects:
        raise CorpusError(f"{key}: the files have no rows")
    limit = config.ingest.max_reject_share
    if samples and rejects <= limit * (samples + rejects):
        return
    reasons = ingest.read("rejects", ["source", "row", "reason", "detail"]).slice(0, 3).to_pylist()
    examples = "; ".join(
        f"{one['source']}:{one['row']} {one['reason']}: {one['detail']}" for one in reasons
    )
    raise CorpusError(
        f"{key}: {rejects:,} of {samples + rejects:,} rows were rejected, more than "
        f"ingest.max_reject_share={limit:g} allows. The first ones: {examples}"
    )


def tell_plan(steps: Sequence[Step], root: str, progress: Progress) -> None:
    """Which steps are done, and why the others would run."""
    outputs: dict[str, StepOutput] = {}
    for step in steps:
        waiting = [name for name in step.inputs if name not in outputs]
        if waiting:
            progress.say(f"{step.name:<16} runs after {', '.join(waiting)}")
            continue
        inputs = {name: outputs[name] for name in step.inputs}
        folder = step_folder(root, step, inputs)
        output = finished(step, inputs, folder)
        if output is None:
            progress.say(f"{step.name:<16} {why(step, inputs, root, folder)}")
        else:
            progress.say(f"{step.name:<16} is done")
            outputs[step.name] = output


def steps_root(out: str) -> str:
    """The folder of the steps' folders."""
    return storage.join(out, "steps")


def seconds_line(ran: Mapping[str, Ran]) -> tuple[str, str]:
    """What took how long, or that nothing was left to do."""
    fresh = {name: one.seconds for name, one in ran.items() if one.reason is not None}
    if not fresh:
        return "all done before", "nothing was run"
    times = ", ".join(f"{name} {seconds:.0f}" for name, seconds in fresh.items())
    return "seconds", f"{sum(fresh.values()):.0f}: {times}"


def plain_settings(config: Any) -> Any:
    """All settings of a command, for JSON."""
    return _plain(asdict(config))


def _plain(value: Any) -> Any:
    """Closed choices as their values, for JSON."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return str(value) if isinstance(value, str) else value
