"""The page of a comparison: one HTML file that needs nothing else, as the report of a corpus is."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from rbic.core.comparison import Comparison, Trial
from rbic.report import comparison_rows
from rbic.report.comparison_charts import CHART_STYLE, draw_budgets, draw_losses
from rbic.report.comparison_figures import forests, heat_maps, pair_tables
from rbic.report.comparison_words import Focus, headline, limits, results
from rbic.report.page import environment, page_script, parameters

_FOLDER = Path(__file__).parent


def render_comparison(
    comparison: Comparison, trials: Sequence[Trial], focus: Focus, facts: Mapping[str, Any]
) -> str:
    """The whole page.

    Args:
        comparison: what was found.
        trials: what was compared; their losses and costs are listed.
        focus: the method and budget that the sentences are about; it must have been tried.
        facts: what the driver knows; JSON values, all optional: `version`, `model`, `pool` (each
            as text), `methods` (what a method does in a few words, by name), `config` (the
            parameters, nested). All but `methods` are listed at the end.

    Raises:
        ValueError: the focus was not tried.
    """
    script, digest = page_script()
    styles = [_FOLDER / "page.css", _FOLDER / "comparison.css", CHART_STYLE]
    told = {name: value for name, value in facts.items() if name != "methods"}
    accuracy = {
        (arm.method, arm.budget, seed): value
        for arm in comparison.arms
        for seed, value in zip(arm.seeds, arm.seed_accuracy, strict=True)
    }
    made = environment()
    made.filters.update(
        share=comparison_rows.share,
        shares=comparison_rows.shares,
        points=comparison_rows.points,
        points_range=comparison_rows.points_range,
        p=comparison_rows.p_words,
        seconds=comparison_rows.seconds,
        budget=comparison_rows.budget_words,
        method=comparison_rows.method_words,
    )
    return made.get_template("comparison.html.j2").render(
        c=comparison,
        focus=focus,
        facts=facts,
        title=headline(comparison, focus),
        results=results(comparison, focus),
        limits=limits(comparison, focus),
        rows=comparison_rows.rows_of(comparison),
        tables=_focus_first(comparison_rows.by_budget(comparison), focus),
        chart=Markup(draw_budgets(comparison, focus)),
        forests=_focus_first(forests(comparison), focus),
        heat_maps={name: _focus_first(maps, focus) for name, maps in heat_maps(comparison).items()},
        pairs=_focus_first(pair_tables(comparison), focus),
        losses=[(chart, Markup(chart.svg)) for chart in draw_losses(trials, focus)],
        trials=[(one, accuracy[one.method, one.budget, one.seed]) for one in trials],
        method_words={**comparison_rows.METHOD_WORDS, **facts.get("methods", {})},
        finding=comparison_rows.finding,
        loss_to_full=comparison_rows.loss_to_full,
        parameters=parameters(told),
        css=Markup("\n".join(style.read_text(encoding="utf-8") for style in styles)),
        script=script,
        script_digest=digest,
    )


def _focus_first(figures: Sequence[Any], focus: Focus) -> list[Any]:
    """The figure of the focus's budget first, then the others by budget."""
    return sorted(figures, key=lambda figure: (figure.budget != focus.budget, figure.budget))
