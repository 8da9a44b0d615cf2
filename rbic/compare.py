"""The proof: choose by every method, fine-tune on what each chose, and see what each is worth.

First the steps of `refine` up to what selection rests on, then a trial for every method, budget and
seed, then the statistics and the page.
"""

from dataclasses import replace
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from rich.table import Table

from rbic import __version__
from rbic.chunks import Step
from rbic.config import CompareJobConfig, ConfigError
from rbic.core.comparing import compare as compare_arms
from rbic.core.selection.method import Method, Need
from rbic.core.trial_tables import trial_table
from rbic.core.trials import FULL_STOPPED, REPEATED
from rbic.core.variants import as_settings, in_words
from rbic.held_out import is_in_pool, read_held_out, refuse_overlap
from rbic.job import (
    check_models,
    check_trainable,
    check_writable,
    corpus_files,
    plain_settings,
    run_job,
    steps_root,
)
from rbic.models.finetune_config import lacking
from rbic.models.precision import settle_precision
from rbic.outputs import Inputs, StepOutput
from rbic.pipeline import check_rates, make_steps, settle
from rbic.progress import Progress
from rbic.publish import publish_comparison, publish_record
from rbic.report import report_available
from rbic.report.comparison_charts import draw_budgets
from rbic.report.comparison_files import to_csv, to_json, to_markdown, to_terminal
from rbic.report.comparison_words import Focus
from rbic.schema import Verdict
from rbic.stages.encode import encode_step
from rbic.stages.likelihood import likelihood_step
from rbic.stages.trials import trials_step
from rbic.steps import Ran, look_so_far
from rbic.trial_config import HeldOut, TrialConfig

_AFTER_SELECTION = frozenset({"select", "shard", "report"})


def compare(config: CompareJobConfig, progress: Progress) -> dict[str, Ran]:
    """Run every trial that is not done, then write table, plot and page.

    Args:
        config: the run; `corpus`, `out`, `finetune.model` and `compare.held_out` must be set.
        progress: told what happens.

    Returns:
        What was done, by step.

    Raises:
        ConfigError: something that must be set is not, or a method goes by pass rates and none was
            measured.
        CorpusError: files cannot be found or told apart, too many rows are rejected, or the pool
            has questions of held-out problems.
        ChunkFailedError: a step failed; what was committed stays.
    """
    config = settle_comparison(config)
    held_out = read_held_out(config, progress)
    steps = [*pool_steps(config), _trials(config, held_out)]
    ran = run_job(config, steps, progress, after=partial(_check, config, held_out))
    outputs = {name: one.output for name, one in ran.items()}
    pages, words = _conclude(config, held_out, outputs, progress.console.width)
    paths = publish_comparison(config.out, pages)
    publish_record(config.out, ran, _facts(config))
    progress.show(words)
    progress.table(list(paths.items()))
    return ran


def compare_so_far(config: CompareJobConfig, progress: Progress) -> int:
    """Write table, plot and page of the trials that are done, and run none.

    Another process may run the comparison at the same time, or have been stopped amid it.

    Args:
        config: as for `compare`.
        progress: told what is found.

    Returns:
        Trials that are still to be run.

    Raises:
        ConfigError: something that must be set is not, or no method has a trial yet.
        CorpusError: the held-out problems cannot be read.
    """
    config = settle_comparison(config)
    held_out = read_held_out(config, progress)
    steps = [*pool_steps(config), _trials(config, held_out)]
    try:
        found = look_so_far(steps, steps_root(config.out))
    except LookupError as error:
        raise ConfigError(
            f"{config.out}: nothing to compare yet, the step {error.args[0]} is not done with "
            "these settings"
        ) from error
    pages, words = _conclude(config, held_out, found.outputs, progress.console.width, found.left)
    paths = publish_comparison(config.out, pages)
    progress.show(words)
    progress.table(list(paths.items()))
    return found.left


def _check(config: CompareJobConfig, held_out: HeldOut, step: Step, done: Ran) -> None:
    """What a finished step shows to be wrong with the comparison."""
    check_rates([Method(name) for name in config.compare.tried_methods()], step, done)
    if not config.compare.allow_overlap:
        refuse_overlap(held_out, step, done)


def pool_steps(config: CompareJobConfig) -> list[Step]:
    """The steps that read the corpus for the methods: all but the choice, and the encoding."""
    files = corpus_files("corpus", config.corpus, config.out, "train")
    steps = [step for step in make_steps(config, files) if step.name not in _AFTER_SELECTION]
    needed = config.compare.all_needs()
    if Need.LIKELIHOODS in needed and "likelihood" not in {step.name for step in steps}:
        steps.append(likelihood_step(config.likelihood, config.workers.likelihood))
    return [*steps, encode_step(config.finetune, config.workers.encode)]


def settle_comparison(config: CompareJobConfig) -> CompareJobConfig:
    """The configuration checked, and with everything decided that is left to this machine.

    Raises:
        ConfigError: something that must be set is not, two settings contradict each other, a
            model's folder is not there, or `out` cannot be written.
    """
    for key, value, wanted in (
        ("corpus", config.corpus, "at least one file, folder, URI or hub data set"),
        ("out", config.out, "a folder for what the run writes (--out DIR)"),
        ("finetune.model", config.finetune.model, "the model that every trial begins with"),
        ("compare.held_out", config.compare.held_out, "problems that no trial is trained on"),
    ):
        if not value:
            raise ConfigError(f"{key}: name {wanted}")
    if (most := config.finetune.max_tokens) is not None:
        raise ConfigError(
            f"finetune.max_tokens is {most}: full and its controls would all end there and show "
            "nothing; leave it null and set finetune.epochs"
        )
    if missing := lacking(config.finetune):
        raise ConfigError(missing)
    check_models(config.cluster, {"finetune.model": config.finetune.model})
    check_trainable(config.finetune.model)
    check_writable(config.out)
    system = _system_turn(config)
    precision = settle_precision(config.finetune.precision)
    finetune = replace(config.finetune, precision=precision, system=system)
    generator = replace(config.generator, system=system)
    # The budget is a share of tokens as the model to be trained counts them.
    tokenizer = config.tokens.tokenizer or finetune.model
    tokens = replace(config.tokens, tokenizer=tokenizer, system=system)
    # What a method asks of a likelihood is meant of the model that is to be trained.
    likelihood = config.likelihood
    if likelihood.model is None:
        likelihood = replace(likelihood, model=finetune.model, revision=finetune.revision)
    settled = replace(
        config, finetune=finetune, tokens=tokens, likelihood=likelihood, generator=generator
    )
    return settle(settled)


def _system_turn(config: CompareJobConfig) -> str | None:
    """The system's turn: a model is asked with the one that it is trained with."""
    trained, asked = config.finetune.system, config.generator.system
    if trained is not None and asked is not None and trained != asked:
        raise ConfigError(
            f"finetune.system is {trained!r} and generator.system {asked!r}: a model is asked with "
            "the turn that it is trained with; set one of them, or both alike"
        )
    return asked if trained is None else trained


def trial_config(config: CompareJobConfig) -> TrialConfig:
    """What all trials of a comparison have in common."""
    asked = config.compare
    generator = replace(
        config.generator,
        # They are trained on the question alone; generator.prompt is for the pass rates.
        prompt="{question}",
        attempts=asked.attempts,
        temperature=asked.temperature,
        max_tokens=asked.max_tokens or config.generator.max_tokens,
    )
    return TrialConfig(
        config.select, config.finetune, generator, config.check, config.chains,
        config.contribution, asked.variants,
    )  # fmt: skip


def _trials(config: CompareJobConfig, held_out: HeldOut) -> Step:
    return trials_step(config.compare, trial_config(config), held_out, config.workers.trials)


def _facts(config: CompareJobConfig) -> dict[str, Any]:
    """What a page and a record say of a run."""
    return {"version": __version__, "config": plain_settings(config)}


def _conclude(
    config: CompareJobConfig, held_out: HeldOut, outputs: Inputs, width: int, left: int = 0
) -> tuple[dict[str, str], Table]:
    """The statistics of all trials, as the text of each file and as a table for the terminal.

    Args:
        config: of the comparison.
        held_out: the problems that were asked.
        outputs: of its steps.
        width: columns of the terminal.
        left: trials that are not among them yet.
    """
    table = trial_table(*_tables(held_out, outputs["trials"]))
    tried = {(trial.method, trial.budget) for trial in table.trials}
    ours = str(Method.RBIC)
    wanted = [(ours, 0.16), *((ours, budget) for budget in config.compare.budgets)]
    others = (*config.compare.tried_methods(), *config.compare.variants)
    wanted += [(name, budget) for name in others for budget in config.compare.budgets]
    ready = [one for one in wanted if one in tried]
    if not ready:
        raise ConfigError(f"{config.out}: nothing to compare yet, no trial of a method is done")
    method, budget = ready[0]
    aside = {*config.compare.variants, FULL_STOPPED, REPEATED}
    found = compare_arms(table, config.statistics, aside)
    variants = {name: as_settings(one) for name, one in config.compare.variants.items()}
    in_pool = int(is_in_pool(held_out, outputs["ingest"]).sum())
    focus = Focus(method, budget, variants, in_pool, left)
    methods = {"methods": {name: in_words(one) for name, one in config.compare.variants.items()}}
    pages = {
        "comparison.md": to_markdown(found, focus),
        "comparison.json": to_json(found, focus),
        "comparison.csv": to_csv(found),
        "accuracy.svg": draw_budgets(found, focus, standalone=True),
    }
    if report_available():
        # Needs the extra `report`.
        from rbic.report.comparison import render_comparison  # noqa: PLC0415

        model = {"model": str(config.finetune.model)}
        facts = {**model, **methods, **_facts(config)}
        pages["comparison.html"] = render_comparison(found, table.trials, focus, facts)
    return pages, to_terminal(found, focus, width)


def _tables(held_out: HeldOut, output: StepOutput) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Trials, mean scores and problems, as the statistics take them."""
    key = ["method", "budget", "seed"]
    # A trial is a chunk with a row of each, so the two tables are in one order.
    trials, timings = output.read("trials"), output.read("timings")
    assert trials.select(key).equals(timings.select(key))
    for name in ("selection_seconds", "train_seconds"):
        trials = trials.append_column(name, timings[name])
    trials = trials.rename_columns({"losses": "loss"})
    steps = [list(range(1, len(one) + 1)) for one in trials["loss"].to_pylist()]
    trials = trials.append_column("loss_step", pa.array(steps, pa.list_(pa.int64())))
    scores = output.read("scores", [*key, "problem", "verdict"])
    right = pc.equal(scores["verdict"], Verdict.RIGHT).cast(pa.float64())
    scores = scores.append_column("score", right).group_by([*key, "problem"])
    means = scores.aggregate([("score", "mean")])
    means = means.rename_columns([*key, "problem_id", "score"])
    groups = held_out.problems["groups"].to_pylist()
    problems = pa.table(
        {"problem_id": pa.array(range(len(groups)))}
        | {name: [one[i] for one in groups] for i, name in enumerate(held_out.by)}
    )
    return trials, means, problems
