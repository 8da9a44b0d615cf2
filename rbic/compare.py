"""The proof: choose by every method, fine-tune on what each chose, and see what each is worth.

First the steps of `refine` up to what selection rests on, then a trial for every method, budget and
seed, then the statistics and the page.
"""

from dataclasses import replace

from rbic.chunks import Step
from rbic.config import CompareRun, ConfigError
from rbic.core.selection.method import Need
from rbic.job import check_writable, corpus_files, run_job
from rbic.models.precision import settle_precision
from rbic.outputs import StepOutput
from rbic.pipeline import make_steps, settle
from rbic.progress import Progress
from rbic.stages.encode import encode_step
from rbic.stages.ingest import ingest_step, scan_step
from rbic.stages.likelihood import likelihood_step
from rbic.stages.trials import trials_step
from rbic.steps import Ran
from rbic.trial_config import TrialConfig

_AFTER_SELECTION = frozenset({"select", "shard", "report"})


def compare(config: CompareRun, progress: Progress) -> dict[str, Ran]:
    """Run every trial that is not done, then write table, plot and page.

    Args:
        config: the run; `corpus`, `out`, `finetune.model` and `compare.held_out` must be set.
        progress: told what happens.

    Returns:
        What was done, by step.

    Raises:
        ConfigError: something that must be set is not.
        CorpusError: files cannot be found or told apart, or too many rows are rejected.
        ChunkFailedError: a step failed; what was committed stays.
    """
    config = _settled(config)
    held_out = _held_out(config, progress)
    files = corpus_files("corpus", config.corpus, config.out)
    steps = [step for step in make_steps(config, files) if step.name not in _AFTER_SELECTION]
    if Need.LIKELIHOODS in config.compare.all_needs():
        steps.append(likelihood_step(config.likelihood, config.workers.likelihood))
    steps.append(encode_step(config.finetune, config.workers.encode))
    steps.append(_trials(config, held_out))
    return run_job(config, steps, progress)


def _settled(config: CompareRun) -> CompareRun:
    """The configuration checked, and with everything decided that is left to this machine."""
    for key, value, wanted in (
        ("corpus", config.corpus, "at least one file, folder, URI or hub data set"),
        ("out", config.out, "a folder for what the run writes (--out DIR)"),
        ("finetune.model", config.finetune.model, "the model that every trial begins with"),
        ("compare.held_out", config.compare.held_out, "problems that no trial is trained on"),
    ):
        if not value:
            raise ConfigError(f"{key}: name {wanted}")
    check_writable(config.out)
    finetune = replace(config.finetune, precision=settle_precision(config.finetune.precision))
    # The budget is a share of tokens as the model to be trained counts them.
    tokenizer = config.tokens.tokenizer or finetune.model
    tokens = replace(config.tokens, tokenizer=tokenizer)
    # What a method asks of a likelihood is meant of the model that is to be trained.
    likelihood = config.likelihood
    if likelihood.model is None:
        likelihood = replace(likelihood, model=finetune.model, revision=finetune.revision)
    return settle(replace(config, finetune=finetune, tokens=tokens, likelihood=likelihood))


def _held_out(config: CompareRun, progress: Progress) -> StepOutput:
    """The held-out problems, read as a corpus of their own."""
    files = corpus_files("compare.held_out", config.compare.held_out, config.out)
    ingest = replace(config.ingest, chain_required=False)
    steps = [
        scan_step(files, ingest, config.workers.scan),
        ingest_step(ingest, config.tokens, config.workers.ingest),
    ]
    ran = run_job(config, steps, progress, folder="held_out")
    return ran["ingest"].output


def _trials(config: CompareRun, held_out: StepOutput) -> Step:
    asked = config.compare
    generator = replace(
        config.generator,
        attempts=asked.attempts,
        temperature=asked.temperature,
        max_tokens=asked.max_tokens or config.generator.max_tokens,
    )
    trial = TrialConfig(config.select, config.finetune, generator, config.check)
    return trials_step(asked, trial, held_out, config.workers.trials)
