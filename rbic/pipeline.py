"""The main job: the list of steps, top to bottom, and a run of them from corpus to shard."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from rbic import __version__
from rbic.chunks import Step
from rbic.config import ConfigError, RunConfig
from rbic.core.selection.choose import lacking
from rbic.core.selection.method import Method, Need, needs
from rbic.corpus import CorpusFile
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
    until_step,
)
from rbic.models.generator import Engine
from rbic.models.precision import settle_precision
from rbic.progress import Progress
from rbic.publish import publish
from rbic.report import report_available
from rbic.schema import Basis
from rbic.stages.attempts import attempts_step, problems_step
from rbic.stages.chains import chains_step
from rbic.stages.contribution import contribution_step
from rbic.stages.difficulty import difficulty_step
from rbic.stages.domains import domains_step
from rbic.stages.duplicates import duplicates_step
from rbic.stages.embed import embed_step
from rbic.stages.ingest import ingest_step, scan_step
from rbic.stages.judgements import judgements_step
from rbic.stages.likelihood import likelihood_step
from rbic.stages.near_duplicates import near_duplicates_step
from rbic.stages.neighbours import neighbours_step
from rbic.stages.report import report_step
from rbic.stages.rounds import Purse, round_plan_step
from rbic.stages.select import select_step
from rbic.stages.shard import shard_step
from rbic.stages.templates import templates_step
from rbic.stages.verdicts import settle_step, verdicts_step
from rbic.steps import Ran
from rbic.summary import corpus_line, engine_line, result_lines

NO_REPORT = "no report: pip install 'rbic[report]'"


Config = TypeVar("Config", bound=RunConfig)


def settle(config: Config) -> Config:
    """The configuration with everything that is `auto` decided for this machine.

    Raises:
        ConfigError: an engine cannot be used, a model's folder is not there, or one is lacking.
    """
    embed = replace(config.embed, precision=settle_precision(config.embed.precision))
    generator = settled_generator(config.generator)
    judge = settled_generator(config.judge)
    models = {
        "tokens.tokenizer": config.tokens.tokenizer,
        "embed.model": embed.model,
        **asked_model(generator),
        "judge.model": asked_model(judge).get("generator.model"),
        "likelihood.model": config.likelihood.model,
    }
    check_models(config.cluster, models)
    likelihood = config.likelihood
    # What a server calls its model is no model that could be loaded here.
    if likelihood.model is None and generator.engine is not Engine.HTTP:
        likelihood = replace(likelihood, model=generator.model, revision=generator.revision)
    if likelihood.system is None:
        likelihood = replace(likelihood, system=config.tokens.system)
    if likelihood.model is None and Need.LIKELIHOODS in needs(config.select.method):
        raise ConfigError(lacking(config.select.method, frozenset({Need.LIKELIHOODS})))
    return replace(config, embed=embed, generator=generator, judge=judge, likelihood=likelihood)


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
    ]
    if Need.LIKELIHOODS in needs(config.select.method):
        steps.append(likelihood_step(config.likelihood, at.likelihood))
    steps += [
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
        if config.judge.engine is Engine.NONE:
            yield verdicts_step(config.check, at.verdicts, number)
        else:
            yield verdicts_step(config.check, at.verdicts, number, "checked")
            yield judgements_step(config.judge, at.judgements, number)
            yield settle_step(at.verdicts, number)


def _facts(config: RunConfig) -> dict[str, Any]:
    """What the report tells of a run besides its tables."""
    return {
        "version": __version__,
        "encoder": config.embed.model,
        "engine": config.generator.engine,
        "model": config.generator.model,
        "attempts": config.generator.attempts,
        "judge": config.judge.model if config.judge.engine is not Engine.NONE else None,
        "tokenizer": config.tokens.tokenizer,
        "method": config.select.method,
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
    files = corpus_files("corpus", config.corpus, config.out, "train")
    config = settle(config)
    steps = until_step(make_steps(config, files), until)
    progress.say(f"corpus           {corpus_line(files)}")
    progress.say(f"engine           {engine_line(config.generator, config.problems.share)}")
    if dry_run:
        tell_plan(steps, steps_root(config.out), progress)
        return {}
    check_writable(config.out)
    ran = run_job(config, steps, progress, after=partial(check_rates, [config.select.method]))
    facts = {"version": __version__, "config": plain_settings(config)}
    paths = publish(config.out, ran, facts)
    if "select" in ran:
        _tell_result(ran, paths, progress)
    return ran


def check_rates(methods: Sequence[Method], step: Step, done: Ran) -> None:
    """A method that goes by pass rates is not let loose on guesses from the text."""
    if step.name != "difficulty":
        return
    counts = done.output.counts
    measured = counts.get(Basis.GIVEN, 0) + counts.get(Basis.SAMPLED, 0)
    for method in methods:
        if not measured and Need.PASS_RATES in needs(method):
            raise ConfigError(lacking(method, frozenset({Need.PASS_RATES})))


def _tell_result(ran: Mapping[str, Ran], paths: Mapping[str, str], progress: Progress) -> None:
    outputs = {name: one.output for name, one in ran.items()}
    lines = [*result_lines(outputs), seconds_line(ran), *paths.items()]
    if "report" not in ran and "shard" in ran and not report_available():
        lines.append(("report", NO_REPORT))
    progress.table(lines)
