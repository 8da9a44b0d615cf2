"""What a run tells a person: what it understood of the corpus, and what came of it."""

from collections.abc import Mapping, Sequence

from rbic.core.layouts import layout_from_json
from rbic.corpus import CorpusFile
from rbic.models.generator import Engine, GeneratorConfig
from rbic.models.tokenizer import TokenConfig
from rbic.outputs import StepOutput
from rbic.schema import KEPT_REASONS, Basis

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


def engine_line(generator: GeneratorConfig, share: float = 1.0) -> str:
    """Which model answers, and how often; a share of the problems or all."""
    if generator.engine is Engine.NONE:
        why = "generator.engine is none" if generator.model else "generator.model is not set"
        return f"no model answers ({why}); pass rates only where rows bring them"
    attempts = f"{generator.attempts} attempt{'s' if generator.attempts > 1 else ''}"
    part = "" if share == 1 else f" for {share:.0%} of the problems"
    return (
        f"{generator.engine} answers with {generator.model}: {attempts}{part}, "
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


def samples_line(ingest: StepOutput, config: TokenConfig) -> str:
    """Rows, rejects and tokens after reading."""
    samples, rejects = ingest.rows("samples"), ingest.rows("rejects")
    tokens = ingest.counts.get("train_tokens", 0)
    how = f"counted with {config.tokenizer}" if config.tokenizer else "estimated"
    return (
        f"{samples + rejects:,} rows: {samples:,} samples, {rejects:,} rejected; "
        f"{tokens:,} training tokens ({how})"
    )


def result_lines(outputs: Mapping[str, StepOutput]) -> list[tuple[str, str]]:
    """The table at the end: what came in, what was kept, what was dropped for which reason."""
    select = outputs["select"]
    counts = select.counts
    sums: dict[str, dict[str, int]] = {}
    for one in select.read("sums", ["of", "name", "rows"]).to_pylist():
        sums.setdefault(one["of"], {})[one["name"]] = one["rows"]
    reasons = sums.get("reason", {})
    kept = sum(rows for reason, rows in reasons.items() if reason in KEPT_REASONS)
    share = counts["tokens_out"] / max(1, counts["tokens_in"])
    spent = counts["tokens_out"] / max(1, counts["budget"])
    lines = [
        ("rows", f"{kept:,} of {sum(reasons.values()):,} kept"),
        (
            "tokens",
            f"{counts['tokens_out']:,} of {counts['tokens_in']:,} kept ({share:.2%}; "
            f"{spent:.2%} of the budget of {counts['budget']:,})",
        ),
        ("domains", f"{outputs['domains'].counts['domains']:,}"),
        ("levels", _levels(sums.get("level", {}))),
        ("difficulty", _basis(sums.get("basis", {}))),
        *_calibration(outputs["difficulty"].counts),
        *judge_lines(outputs),
    ]
    graph = outputs["neighbours"].counts
    if graph["recall_wanted"]:
        recall = graph["recall_found"] / graph["recall_wanted"]
        lines.append(("graph recall", f"{recall:.2%} of {graph['recall_wanted']:,} checked"))
    if ratio := counts["value_ratio_thousandths"]:
        lines.append(("objective", f"at least {ratio / 1000:.1%} of the best possible"))
    dropped = {reason: rows for reason, rows in reasons.items() if reason not in KEPT_REASONS}
    for of, named in (("dropped", dropped), ("rejected", sums.get("reject", {}))):
        for name, rows in sorted(named.items(), key=lambda one: -one[1]):
            lines.append((f"{of}, {name.replace('_', ' ')}", f"{rows:,}"))
    if not kept:
        lines.append(("warning", "nothing was kept: every row was dropped for the reasons above"))
    return lines


def _calibration(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """How attempts came out that were predicted without them; nothing where there were none."""
    if not counts.get("held_out"):
        return []
    brier, expected, error = (
        counts[f"{name}_thousandths"] / 1000
        for name in ("brier", "brier_expected", "calibration_error")
    )
    text = (
        f"{counts['held_out']:,} attempts held out: Brier score {brier:.3f} (expected "
        f"{expected:.3f}), off by {error:.3f} over levels"
    )
    if sure := counts["sure"]:
        text += f"; of {sure:,} that it was 90 % sure of, {counts['sure_right'] / sure:.1%} came so"
    return [("calibration", text)]


def judge_lines(outputs: Mapping[str, StepOutput]) -> list[tuple[str, str]]:
    """How many verdicts a judge model gave, over all rounds; nothing where there is none."""
    counts = [
        output.counts
        for name, output in outputs.items()
        if name.partition("-")[0] == "verdicts" and "judged_right" in output.counts
    ]
    if not counts:
        return []
    right, wrong, left = (
        sum(one[name] for one in counts) for name in ("judged_right", "judged_wrong", "undecidable")
    )
    text = f"decided {right + wrong:,} replies that the checker could not ({right:,} right, "
    return [("judge", f"{text}{wrong:,} wrong); {left:,} stay undecidable")]


def accuracy_lines(accuracy: StepOutput) -> list[tuple[str, str]]:
    """The table at the end of an evaluation: accuracy over all rows and group by group."""
    lines = []
    for row in accuracy.read("accuracy").to_pylist():
        label = "accuracy" if row["of"] == "all" else f"{row['of']} {row['name']}"
        text = f"{row['accuracy']:.2%} [{row['low']:.2%}, {row['high']:.2%}]"
        if row["of"] == "all":
            text += (
                f" of {row['problems']:,} problems; of {row['replies']:,} replies "
                f"{row['no_answer']:.1%} state no answer, {row['undecidable']:.1%} cannot be "
                f"judged, {row['cut_off']:.1%} were cut off; {row['reply_tokens']:.0f} tokens each"
            )
        else:
            text += f" of {row['problems']:,}"
        lines.append((label, text))
    return lines


def _levels(rows: Mapping[str, int]) -> str:
    names = ("easiest", "", "", "", "hardest")
    return ", ".join(
        f"{rows.get(str(level), 0):,} {name}".strip() for level, name in enumerate(names)
    )


def _basis(rows: Mapping[str, int]) -> str:
    """What the levels of the kept rows rest on."""
    if set(rows) == {Basis.TEXT}:
        return "from text alone: no model answered, and no row brings a pass rate"
    return ", ".join(f"{count:,} {basis}" for basis, count in sorted(rows.items()))
