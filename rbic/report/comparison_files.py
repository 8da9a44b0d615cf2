"""A comparison as Markdown, JSON and CSV, and as a table for a terminal."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table
from rich.text import Text

from rbic.core.comparison import BASE, FULL, Comparison, Estimate
from rbic.report.comparison_rows import (
    Finding,
    Row,
    budget_words,
    by_budget,
    finding,
    p_words,
    points,
    points_range,
    rows_of,
    seconds,
    share,
    shares,
)
from rbic.report.comparison_words import Focus, advice, guarded, headline, limits, results
from rbic.report.words import compact

_DIGITS = 9
_WIDE = 110
"""Columns of a terminal that hold values and intervals side by side."""
_HEADINGS = (
    "Method", "Budget", "Seeds", "Accuracy", "Less random", "p (Holm)", "Less full", "Loss to full",
    "Tokens", "Training", "Selection", "Of full's time", "With selection", "Worst domain",
    "Forgotten",
)  # fmt: skip


def to_markdown(comparison: Comparison, focus: Focus) -> str:
    """The sentences and one table of all arms."""
    lines = [f"# {headline(comparison, focus)}", ""]
    lines += [f"- {one}" for one in results(comparison, focus)]
    lines += ["", "What it does not show:", ""]
    lines += [f"- {one}" for one in limits(comparison, focus)]
    lines += ["", _line(_HEADINGS), _line(["---"] + ["---:"] * (len(_HEADINGS) - 1))]
    lines += [_line(_cells(row)) for row in rows_of(comparison)]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    """A row of a table; a bar would end a cell, a new line the row."""
    clean = (cell.replace("|", "\\|").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(clean)} |"


def _cells(row: Row) -> list[str]:
    arm, random, full = row.arm, row.random, row.full
    loss = None if full is None else full.relative_loss
    worst, forgetting = arm.worst_domain, arm.forgetting
    times = (arm.time_share, arm.time_share_with_selection)
    return [
        row.name,
        budget_words(arm.budget),
        str(len(arm.seeds)),
        f"{share(arm.accuracy.value)} ({shares(arm.accuracy)})",
        _gap(random.points) if random else "–",
        p_words(random.p_holm) if random else "–",
        _gap(full.difference.points) if full else "–",
        f"{share(loss.value)} ({shares(loss)})" if loss else "–",
        compact(arm.train_tokens),
        seconds(arm.train_seconds),
        seconds(arm.selection_seconds),
        *("–" if one is None else share(one) for one in times),
        f"{worst.group}: {share(worst.accuracy.value)}" if worst else "–",
        f"{share(forgetting.value)} ({shares(forgetting)})" if forgetting else "–",
    ]


def _gap(estimate: Estimate, between: str = " ") -> str:
    return f"{points(estimate.value)}{between}({points_range(estimate)})"


def to_json(comparison: Comparison, focus: Focus) -> str:
    """All that was found; sorted keys, numbers to nine digits so that machines agree.

    `guard` is null where the guard cannot be tested; its `settings` are those to add to a refine.
    """
    told = {
        "held_out_in_pool": focus.in_pool,
        "trials_left": focus.left,
        "guard": _guard(comparison, focus),
    }
    found = _rounded(asdict(comparison) | told)
    return json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _guard(comparison: Comparison, focus: Focus) -> dict[str, Any] | None:
    """The guard's advice, and the one-sided, corrected p-value and the gain that it rests on."""
    given = advice(comparison, focus)
    if given is None:
        return None
    return {
        "advised": given.advised,
        "settings": given.settings,
        "budget": focus.budget,
        "best": given.found.method,
        "gain": asdict(given.found.gain),
        "p_holm": given.found.p,
        "level": 1 - comparison.rule.confidence,
        "tried": given.found.tried,
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value


def to_csv(comparison: Comparison) -> str:
    """One row an arm, every number plain; empty where there is none."""
    rows = [_flat(row) for row in rows_of(comparison)]
    written = io.StringIO()
    writer = csv.DictWriter(written, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


def _flat(row: Row) -> dict[str, Any]:
    arm, full, random, worst = row.arm, row.full, row.random, row.arm.worst_domain
    return {
        name: "" if value is None else _rounded(value)
        for name, value in {
            "method": arm.method,
            "budget": arm.budget,
            "seeds": len(arm.seeds),
            **_ends("accuracy", arm.accuracy),
            **_ends("less_random", random.points if random else None),
            "less_random_p": random.p if random else None,
            "less_random_p_holm": random.p_holm if random else None,
            "less_random_detectable": random.detectable if random else None,
            **_ends("less_full", full.difference.points if full else None),
            "less_full_p_holm": full.difference.p_holm if full else None,
            **_ends("relative_loss", full.relative_loss if full else None),
            "equivalence_p_holm": full.equivalence_p_holm if full else None,
            "not_worse_p_holm": full.not_worse_p_holm if full else None,
            "train_tokens": arm.train_tokens,
            "steps": arm.steps,
            "train_seconds": arm.train_seconds,
            "selection_seconds": arm.selection_seconds,
            "time_share": arm.time_share,
            "time_share_with_selection": arm.time_share_with_selection,
            "worst_domain": worst.group if worst else None,
            **_ends("worst_domain_accuracy", worst.accuracy if worst else None),
            **_ends("forgetting", arm.forgetting),
        }.items()
    }


def _ends(name: str, estimate: Estimate | None) -> dict[str, float | None]:
    if estimate is None:
        return dict.fromkeys((name, f"{name}_low", f"{name}_high"))
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


def to_terminal(comparison: Comparison, focus: Focus, width: int) -> Table:
    """The arms at the budget of the focus, for `Progress.show`.

    Args:
        comparison: what was found.
        focus: the method and budget that the title is about.
        width: columns of the terminal; where they are few, intervals have a line of their own.
    """
    gap = " " if width >= _WIDE else "\n"
    table = Table(
        title=headline(comparison, focus), title_justify="left", box=None,
        caption=Text(guarded(comparison, focus)), caption_justify="left",
    )  # fmt: skip
    for number, name in enumerate(("", "accuracy", "less random", "p", "loss to full", "time")):
        table.add_column(name, justify="right" if number else "left", no_wrap=number > 0)
    styles = {Finding.BETTER: "green", Finding.WORSE: "yellow", Finding.NOISE: "dim"}
    (rows,) = (one.rows for one in by_budget(comparison) if one.budget == focus.budget)
    for row in rows:
        loss = None if row.full is None else row.full.relative_loss
        found = None if row.random is None else finding(row.random, comparison.rule)
        cells = (
            row.name,
            f"{share(row.arm.accuracy.value)}{gap}({shares(row.arm.accuracy)})",
            _gap(row.random.points, gap) if row.random else "",
            p_words(row.random.p_holm) if row.random else "",
            f"{share(loss.value)}{gap}({shares(loss)})" if loss else "",
            "" if row.arm.time_share is None else share(row.arm.time_share),
        )
        style = "bold" if row.arm.method == focus.method else ""
        style = "italic" if row.arm.method in (FULL, BASE) else style
        colour = "" if found is None else styles[found]
        colours = ["", "", colour, "", "", ""]
        table.add_row(*map(Text, cells, colours), style=style)
    return table
