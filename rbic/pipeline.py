"""The main job: the list of steps, top to bottom, and a run of them from corpus to shard."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from rbic import __version__, cluster, storage
from rbic.chunks import Chunk, Step
from rbic.config import ConfigError, RunConfig
from rbic.corpus import CorpusError, CorpusFile, find_files
from rbic.models.encoder import Precision, native_precision
from rbic.models.generator import settle_engine
from rbic.outputs import StepOutput
from rbic.progress import Progress
from rbic.publish import publish
from rbic.report import report_available
from rbic.stages.attempts import attempts_step, problems_step
from rbic.stages.chains import chains_step
from rbic.stages.contribution import contribution_step
from rbic.stages.difficulty import difficulty_step
from rbic.stages.domains import domains_step
from rbic.stages.duplicates import duplicates_step
from rbic.stages.embed import embed_step
from rbic.stages.ingest import ingest_step, scan_step
from rbic.stages.near_duplicates import near_duplicates_step
from rbic.stages.neighbours import neighbours_step
from rbic.stages.report import report_step
from rbic.stages.rounds import Purse, round_plan_step
from rbic.stages.select import select_step
from rbic.stages.shard import shard_step
from rbic.stages.templates import templates_step
from rbic.stages.verdicts import verdicts_step
from rbic.steps import Ran, finished, run_steps, step_folder, why
from rbic.summary import corpus_line, engine_line, layout_lines, result_lines, samples_line

NO_REPORT = "no report: pip install 'rbic[report]'"


def settle(config: RunConfig) -> RunConfig:
    """The configuration with everything that is `auto` decided for this machine."""
    embed = config.embed
    if embed.precision is Precision.AUTO:
        embed = replace(embed, precision=native_precision())
    generator = replace(config.generator, engine=settle_engine(config.generator))
    return replace(config, embed=embed, generator=generator)


def make_steps(config: RunConfig, files: Sequence[CorpusFile]) -> list[Step]:
    """All steps in order; each comes after those it reads."""
    at = config.workers
    steps = [
        scan_step(files, config.ingest, at.scan),
        ingest_step(config.ingest, config.tokens, at.ingest),
        duplicates_step(at.duplicates),
        templates_step(config.templates, at.templates),
        chains_step(config.chains, at.chains),
        embed_step(config.embed, at.embed),
        neighbours_step(config.neighbours, at.neighbours),
        near_duplicates_step(config.near_duplicates, at.near_duplicates),
        domains_step(config.domains, at.domains),
        *_rounds_of_attempts(config),
        difficulty_step(config.difficulty, at.difficulty, config.problems.rounds),
        contribution_step(config.contribution, at.contribution),
        select_step(config.select, at.select),
        shard_step(config.shard, at.shard),
    ]
    if report_available():
        steps.append(report_step(config.report, _facts(config), at.report))
    return steps


def _rounds_of_attempts(config: RunConfig) -> Iterator[Step]:
    """Problems, attempts and verdicts of every round; a later one is planned from those before."""
    at, rounds = config.workers, config.problems.rounds
    attempts = config.generator.attempts * config.problems.share
    purse = Purse(attempts, rounds, config.difficulty.given_attempts)
    yield problems_step(config.generator, config.problems, at.problems)
    for number in range(1, rounds + 1):
        if number > 1:
            yield round_plan_step(purse, at.problems, number)
        yield attempts_step(config.generator, at.attempts, number)
        yield verdicts_step(config.check, at.verdicts, number)


def _facts(config: RunConfig) -> dict[str, Any]:
    """What the report tells of a run besides its tables."""
    return {
        "version": __version__,
        "encoder": config.embed.model,
        "engine": config.generator.engine,
        "model": config.generator.model,
        "attempts": config.generator.attempts,
        "tokenizer": config.tokens.tokenizer,
        "mode": config.select.mode,
        "budget": config.select.budget_tokens or config.select.budget,
    }


def refine(
    config: RunConfig, progress: Progress, until: str | None = None, dry_run: bool = False
) -> dict[str, Ran]:
    """Refine a corpus: run every step that is not done, then publish the results.

    Args:
        config: the run; `corpus` and `out` must be set.
        progress: told what happens.
        until: the last step to run; None runs all.
        dry_run: only say what would be done.

    Returns:
        What was done, by step.

    Raises:
        ConfigError: there is no corpus, or `until` is no step.
        CorpusError: files cannot be found or told apart, or too many rows are rejected.
        ChunkFailedError: a step failed; what was committed stays.
    """
    if not config.corpus:
        raise ConfigError("corpus: name at least one file, folder, URI or hub data set")
    if not config.out:
        raise ConfigError("out: name a folder for what the run writes (--out DIR)")
    config = settle(config)
    try:
        files = find_files(config.corpus, config.out)
    except OSError as error:
        raise CorpusError(f"corpus: {error}") from error
    steps = _until(make_steps(config, files), until)
    progress.say(f"corpus           {corpus_line(files)}")
    progress.say(f"engine           {engine_line(config)}")
    root = storage.join(config.out, "steps")
    if dry_run:
        _tell_plan(steps, root, progress)
        return {}
    _check_writable(config.out)
    ran = _run(config, steps, root, progress)
    facts = {"version": __version__, "config": _plain(asdict(config))}
    paths = publish(config.out, ran, facts)
    if "select" in ran:
        _tell_result(ran, paths, progress)
    return ran


def _check_writable(out: str) -> None:
    """Find out before the work, and not after, whether the results can be written."""
    probe = storage.join(out, ".writable")
    try:
        storage.write_bytes(probe, b"")
        storage.remove(probe)
    except OSError as error:
        raise ConfigError(f"out: nothing can be written below {out}: {error}") from error


def _until(steps: list[Step], until: str | None) -> list[Step]:
    names = [step.name for step in steps]
    if until is None:
        return steps
    if until not in names:
        raise ConfigError(f"--until must be one of {', '.join(names)}; got {until}")
    return steps[: names.index(until) + 1]


def _run(config: RunConfig, steps: Sequence[Step], root: str, progress: Progress) -> dict[str, Ran]:
    """Run the steps, joining or starting Ray when the first chunk has to be computed."""
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

    def after(step: Step, done: Ran) -> None:
        if step.name == "scan":
            for line in layout_lines(done.output):
                progress.say(f"  {line}")
        if step.name == "ingest":
            progress.say(f"  {samples_line(done.output, config)}")
            _check_rejects(done.output, config)

    try:
        return run_steps(steps, root, progress, stream, after)
    finally:
        if connected:
            cluster.disconnect()


def _check_rejects(ingest: StepOutput, config: RunConfig) -> None:
    samples, rejects = ingest.rows("samples"), ingest.rows("rejects")
    if not samples and not rejects:
        raise CorpusError("the corpus has no rows")
    limit = config.ingest.max_reject_share
    if samples and rejects <= limit * (samples + rejects):
        return
    reasons = ingest.read("rejects", ["source", "row", "reason", "detail"]).slice(0, 3).to_pylist()
    examples = "; ".join(
        f"{one['source']}:{one['row']} {one['reason']}: {one['detail']}" for one in reasons
    )
    raise CorpusError(
        f"{rejects:,} of {samples + rejects:,} rows were rejected, more than "
        f"ingest.max_reject_share={limit:g} allows. The first ones: {examples}"
    )


def _tell_plan(steps: Sequence[Step], root: str, progress: Progress) -> None:
    """Which steps are done, and why the others would run."""
    outputs: dict[str, StepOutput] = {}
    for step in steps:
        waiting = [name for name in step.reads if name not in outputs]
        if waiting:
            progress.say(f"{step.name:<16} runs after {', '.join(waiting)}")
            continue
        inputs = {name: outputs[name] for name in step.reads}
        folder = step_folder(root, step, inputs)
        output = finished(folder)
        if output is None:
            progress.say(f"{step.name:<16} {why(step, inputs, root, folder)}")
        else:
            progress.say(f"{step.name:<16} is done")
            outputs[step.name] = output


def _tell_result(ran: Mapping[str, Ran], paths: Mapping[str, str], progress: Progress) -> None:
    outputs = {name: one.output for name, one in ran.items()}
    lines = result_lines(outputs)
    fresh = {name: one.seconds for name, one in ran.items() if one.reason is not None}
    if fresh:
        times = ", ".join(f"{name} {seconds:.0f}" for name, seconds in fresh.items())
        lines.append(("seconds", f"{sum(fresh.values()):.0f}: {times}"))
    else:
        lines.append(("all done before", "nothing was run"))
    lines += list(paths.items())
    if "report" not in ran and "shard" in ran and not report_available():
        lines.append(("report", NO_REPORT))
    progress.table(lines)


def _plain(value: Any) -> Any:
    """Closed choices as their values, for JSON."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return str(value) if isinstance(value, str) else value
