"""What a run tells a person: what it understood of the corpus, and what came of it."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from rbic.config import RunConfig
from rbic.core.layouts import layout_from_json
from rbic.corpus import CorpusFile
from rbic.models.generator import Engine
from rbic.outputs import StepOutput
from rbic.schema import KEPT_REASONS

_SHOWN_FILES = 8


def size_text(size_bytes: int) -> str:
    """Bytes in the largest decimal unit that keeps them above 1."""
    size, units = float(size_bytes), ["bytes", "kB", "MB", "GB", "TB"]
    while size >= 1000 and len(units) > 1:
        size /= 1000
        units.pop(0)
    return f"{size:,.0f} {units[0]}" if units[0] == "bytes" else f"{size:,.1f} {units[0]}"


def corpus_line(files: Sequence[CorpusFile]) -> str:
    """How many files there are, and how large."""
    total = size_text(sum(file.size_bytes for file in files))
    return f"{len(files)} file{'s' if len(files) > 1 else ''}, {total}"


def engine_line(config: RunConfig) -> str:
    """Which model answers, and how often."""
    generator = config.generator
    if generator.engine is Engine.NONE:
        return (
            "no model answers (generator.model is not set); pass rates only where rows bring them"
        )
    share = (
        "" if config.problems.share == 1 else f" for {config.problems.share:.0%} of the problems"
    )
    return (
        f"{generator.engine} answers with {generator.model}: {generator.attempts} attempts{share}, "
        f"temperature {generator.temperature:g}"
    )


def layout_lines(scan: StepOutput) -> list[str]:
    """Format and field mapping of each file; of many files, of the first ones."""
    rows = scan.read("sources", ["source", "format", "codec", "layout"]).to_pylist()
    lines = {
        row["source"]: f"{row['source']}: {row['format']}{' ' * bool(row['codec'])}{row['codec']}, "
        f"{layout_from_json(row['layout']).describe()}"
        for row in rows
    }
    shown = list(lines.values())[:_SHOWN_FILES]
    if len(lines) > len(shown):
        shown.append(f"and {len(lines) - len(shown)} more files")
    return shown


def samples_line(ingest: StepOutput, config: RunConfig) -> str:
    """Rows, rejects and tokens after reading."""
    samples, rejects = ingest.rows("samples"), ingest.rows("rejects")
    tokens = int(ingest.read("samples", ["train_tokens"])["train_tokens"].to_numpy().sum(dtype=int))
    how = f"counted with {config.tokens.tokenizer}" if config.tokens.tokenizer else "estimated"
    return (
        f"{samples + rejects:,} rows: {samples:,} samples, {rejects:,} rejected; "
        f"{tokens:,} training tokens ({how})"
    )


def result_lines(outputs: Mapping[str, StepOutput]) -> list[tuple[str, str]]:
    """The table at the end: what came in, what was kept, what was dropped for which reason."""
    ledger = outputs["select"].read("ledger", ["kept", "reason", "detail", "train_tokens", "level"])
    counts = outputs["select"].counts
    kept = ledger.filter(ledger["kept"])
    share = counts["tokens_out"] / max(1, counts["tokens_in"])
    spent = counts["tokens_out"] / max(1, counts["budget"])
    lines = [
        ("rows", f"{kept.num_rows:,} of {ledger.num_rows:,} kept"),
        (
            "tokens",
            f"{counts['tokens_out']:,} of {counts['tokens_in']:,} kept ({share:.2%}; "
            f"{spent:.2%} of the budget of {counts['budget']:,})",
        ),
        ("domains", f"{outputs['domains'].counts['domains']:,}"),
        ("levels", _levels(kept["level"].to_numpy(zero_copy_only=False))),
    ]
    dropped = pc.value_counts(ledger.filter(pc.invert(ledger["kept"]))["reason"]).to_pylist()
    for one in sorted(dropped, key=lambda one: -one["counts"]):
        lines.append((f"dropped, {one['values'].replace('_', ' ')}", f"{one['counts']:,}"))
    rejected = pc.value_counts(outputs["ingest"].read("rejects", ["reason"])["reason"]).to_pylist()
    for one in sorted(rejected, key=lambda one: -one["counts"]):
        lines.append((f"rejected, {one['values'].replace('_', ' ')}", f"{one['counts']:,}"))
    assert set(pc.unique(kept["reason"]).to_pylist()) <= KEPT_REASONS
    return lines


def _levels(level_S: NDArray[np.int8]) -> str:
    counts = np.bincount(level_S.astype(int), minlength=5)
    names = ("easiest", "", "", "", "hardest")
    return ", ".join(f"{count:,} {name}".strip() for count, name in zip(counts, names, strict=True))
