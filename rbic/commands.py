"""What the commands of `rbic` do with their words: configuration first, then the job."""

from collections.abc import Sequence
from typing import Any

from rbic.cluster import ChunkFailedError
from rbic.compare import compare, compare_so_far
from rbic.config import (
    COMMANDS,
    CompareJobConfig,
    ConfigError,
    EvaluateConfig,
    FinetuneJobConfig,
    is_override,
    load,
    load_config,
)
from rbic.corpus import CorpusError
from rbic.evaluate import evaluate
from rbic.explain import explain_row
from rbic.export.export_run import export_run
from rbic.finetune import finetune
from rbic.pipeline import refine
from rbic.progress import Progress
from rbic.settings import settings_text
from rbic.train_workers import TrainFailedError

__all__ = [
    "EXITS", "explain_row", "export_run", "run_compare", "run_evaluate", "run_finetune",
    "run_refine", "settings_of",
]  # fmt: skip

EXIT_CONFIG = 2
EXIT_CORPUS = 3
EXIT_STEP = 4

EXITS: tuple[tuple[type[BaseException], int], ...] = (
    (ConfigError, EXIT_CONFIG),
    (CorpusError, EXIT_CORPUS),
    (ChunkFailedError, EXIT_STEP),
    (TrainFailedError, EXIT_STEP),
)
"""The errors that a user can cause, and the code for each."""


def run_refine(
    given: Sequence[str],
    out: str | None,
    budget: str | None,
    config: str | None,
    until: str | None,
    dry_run: bool,
) -> None:
    """Refine a corpus."""
    corpus, overrides = _divided(given)
    values = {**_given(corpus=corpus or None, out=out), **_budget(budget)}
    run = load_config(config, overrides, values)
    refine(run, Progress(run.log), until, dry_run)


def run_evaluate(
    given: Sequence[str],
    on: Sequence[str],
    out: str | None,
    samples: int | None,
    config: str | None,
    dry_run: bool,
) -> None:
    """Evaluate a model, the first of the names."""
    named, overrides = _divided(given)
    files = [*on, *named[1:]]
    values = {
        **({"generator.model": named[0]} if named else {}),
        **_given(on=files or None, out=out),
        **_samples(samples),
    }
    run = load(EvaluateConfig, config, overrides, values)
    evaluate(run, Progress(run.log), dry_run)


def run_finetune(
    given: Sequence[str], model: str | None, out: str | None, config: str | None
) -> None:
    """Fine-tune a model."""
    corpus, overrides = _divided(given)
    values = {
        **_given(corpus=corpus or None, out=out),
        **({"finetune.model": model} if model is not None else {}),
    }
    run = load(FinetuneJobConfig, config, overrides, values)
    finetune(run, Progress(run.log))


def run_compare(file: str, overrides: Sequence[str], out: str | None, so_far: bool) -> None:
    """Compare methods of selection, or look at the trials that are done."""
    run = load(CompareJobConfig, file, overrides, _given(out=out))
    (compare_so_far if so_far else compare)(run, Progress(run.log))


def settings_of(given: Sequence[str], config: str | None) -> str:
    """All settings of a command, as a file."""
    names, overrides = _divided(given)
    names = names or ["refine"]
    if len(names) > 1 or names[0] not in COMMANDS:
        raise ConfigError(f"settings: expected one of {', '.join(COMMANDS)}; got {names}")
    return settings_text(load(COMMANDS[names[0]], config, overrides))


def _divided(given: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names and settings."""
    names = [one for one in given if not is_override(one)]
    return names, [one for one in given if is_override(one)]


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _budget(text: str | None) -> dict[str, Any]:
    """A budget as configuration: 0.16 and 16% are shares, 2000000 is a number of tokens."""
    if text is None:
        return {}
    try:
        number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError as error:
        raise ConfigError(
            f"--budget must be a share (0.16, 16%) or tokens, got {text!r}"
        ) from error
    if text.endswith("%") or number <= 1:
        return {"select.budget": number, "select.budget_tokens": None}
    if not number.is_integer():
        raise ConfigError(
            f"--budget must be a share up to 1 or a whole number of tokens, got {text}"
        )
    return {"select.budget_tokens": int(number)}


def _samples(count: int | None) -> dict[str, Any]:
    """Several replies are drawn; one is the likeliest."""
    if count is None:
        return {}
    return {"generator.attempts": count, "generator.temperature": 1.0 if count > 1 else 0.0}
