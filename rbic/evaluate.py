"""The job that evaluates a model: the list of steps, and a run of them from files to accuracy."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from rbic import __version__
from rbic.chunks import Step
from rbic.config import ConfigError, EvaluateConfig
from rbic.corpus import CorpusFile
from rbic.grouped import grouped_samples
from rbic.job import (
    asked_model,
    check_models,
    check_writable,
    corpus_files,
    plain_settings,
    run_job,
    seconds_line,
    settled_generator,
    steps_root,
    tell_plan,
)
from rbic.models.generator import Engine
from rbic.outputs import StepOutput
from rbic.progress import Progress
from rbic.publish import publish_evaluation
from rbic.stages.accuracy import BY, accuracy_step
from rbic.stages.attempts import attempts_step
from rbic.stages.ingest import ingest_step, scan_step
from rbic.stages.judgements import judgements_step
from rbic.stages.questions import questions_step
from rbic.stages.verdicts import settle_step, verdicts_step
from rbic.steps import Ran
from rbic.summary import accuracy_lines, corpus_line, engine_line, judge_lines


def make_evaluation_steps(config: EvaluateConfig, files: Sequence[CorpusFile]) -> list[Step]:
    """All steps in order; each comes after those it reads."""
    at = config.workers
    return [
        scan_step(files, config.ingest, at.scan),
        ingest_step(config.ingest, config.tokens, at.ingest),
        questions_step(config.generator.attempts, at.problems),
        attempts_step(config.generator, at.attempts, 1),
        *_verdicts(config),
        accuracy_step(config.evaluate, at.accuracy),
    ]


def _verdicts(config: EvaluateConfig) -> list[Step]:
    """The checker's verdicts; where there is a judge, it has the last word."""
    at = config.workers
    if config.judge.engine is Engine.NONE:
        return [verdicts_step(config.check, at.verdicts, 1)]
    return [
        verdicts_step(config.check, at.verdicts, 1, "checked"),
        judgements_step(config.judge, at.judgements, 1),
        settle_step(at.verdicts, 1),
    ]


def evaluate(config: EvaluateConfig, progress: Progress, dry_run: bool = False) -> dict[str, Ran]:
    """Evaluate a model: run every step that is not done, then publish what came of it.

    Args:
        config: the run; `on`, `out` and `generator.model` must be set.
        progress: told what happens.
        dry_run: only say what would be done.

    Returns:
        What was done, by step.

    Raises:
        ConfigError: there is no model, its folder is not there, or there are no files.
        CorpusError: files cannot be found or told apart, too many rows are rejected, or none has a
            reference answer or a field of `evaluate.by`.
        ChunkFailedError: a step failed; what was committed stays.
    """
    config = replace(
        config,
        generator=settled_generator(config.generator),
        judge=settled_generator(config.judge),
    )
    if config.generator.engine is Engine.NONE:
        raise ConfigError("generator.model: name the model to evaluate, and no engine none")
    models = {
        **asked_model(config.generator),
        "judge.model": asked_model(config.judge).get("generator.model"),
        "tokens.tokenizer": config.tokens.tokenizer,
    }
    check_models(config.cluster, models)
    files = corpus_files("on", config.on, config.out, "test")
    steps = make_evaluation_steps(config, files)
    progress.say(f"on               {corpus_line(files)}")
    progress.say(f"engine           {engine_line(config.generator)}")
    if dry_run:
        tell_plan(steps, steps_root(config.out), progress)
        return {}
    check_writable(config.out)
    ran = run_job(config, steps, progress, after=_check_fields(config.evaluate.by), key="on")
    facts = {"version": __version__, "config": plain_settings(config)}
    paths = publish_evaluation(config.out, ran, facts)
    judged = judge_lines({name: one.output for name, one in ran.items()})
    lines = [*accuracy_lines(ran["accuracy"].output), *judged, seconds_line(ran), *paths.items()]
    unasked = ran["problems"].output.counts["without_reference"]
    if unasked:
        lines.insert(0, ("not asked", f"{unasked:,} rows without a reference answer"))
    progress.table(lines)
    return ran


def _check_fields(by: Sequence[str] | None) -> Callable[[Step, Ran], None]:
    """What refuses a field that no row has once files are read, and not once all is answered."""
    read: dict[str, StepOutput] = {}

    def check(step: Step, done: Ran) -> None:
        read[step.name] = done.output
        if step.name == "ingest" and by:
            grouped_samples(read["scan"], done.output, by, BY)

    return check
