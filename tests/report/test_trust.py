"""Warnings appear when they are due, and checks find what is planted."""

from dataclasses import replace

import pyarrow as pa
import pytest

from rbic.report.contents import RunTables, make_contents
from rbic.report.trust import Severity, checks, notices

FACTS = {"tokenizer": "some/tokenizer", "method": "rbic"}


def run_tables(tables, counts):
    return RunTables(
        ledger=tables["select.ledger"],
        kept=tables["select.kept"],
        sources=tables["scan.sources"],
        samples=tables["ingest.samples"].num_rows,
        rejects=tables["ingest.rejects"],
        near_duplicates=tables["near_duplicates.marks"],
        domain_names=tables["domains.domain_names"],
        chains=tables["chains.chains"],
        difficulty=tables["difficulty.difficulty"],
        parts=tables["shard.parts"],
        counts=counts,
    )


def made(fake, **settings):
    run = fake.FakeRun(**{"rows": 1500, **settings})
    return run_tables(fake.make_tables(run), run.counts)


def judged(tables, facts=FACTS):
    contents, rows = make_contents(tables, facts)
    checked = checks(contents, rows, tables)
    return checked, notices(contents, rows, checked)


def titles(found, severity):
    return [one.title for one in found if one.severity is severity]


def with_column(table, name, values):
    place = table.schema.get_field_index(name)
    field = table.schema.field(name)
    return table.set_column(place, field, pa.array(values, field.type))


def test_a_sound_run_holds_every_check_and_warns_of_nothing(fake):
    checked, found = judged(made(fake))

    assert all(one.holds for one in checked)
    assert titles(found, Severity.WARNING) == []


def test_difficulty_from_text_alone_is_the_loudest(fake):
    _, found = judged(made(fake, basis="text"))

    assert "Difficulty was estimated from text alone" in titles(found, Severity.WARNING)
    assert any("γ = 0" in title for title in titles(found, Severity.NOTE))


def test_many_rejects_are_warned_of(fake):
    _, found = judged(made(fake, reject_share=0.09))

    assert any("could not be read" in title for title in titles(found, Severity.WARNING))


def test_estimated_tokens_are_noted_only_where_it_is_known_that_they_are(fake):
    tables = made(fake)

    for facts, due in (({"tokenizer": None}, True), ({"tokenizer": "x"}, False), ({}, False)):
        _, found = judged(tables, facts)
        assert ("Token counts are estimates" in titles(found, Severity.NOTE)) is due


def test_an_unspent_budget_is_warned_of_with_the_reason(fake):
    _, found = judged(made(fake, budget=1.0))
    (notice,) = [one for one in found if "of the budget was spent" in one.title]

    assert notice.severity is Severity.WARNING
    assert "waiting" in notice.text


def test_a_loose_certificate_is_noted(fake):
    tables = made(fake)
    counts = {
        **tables.counts,
        "select": {**tables.counts["select"], "value_ratio_thousandths": 712},
    }
    _, found = judged(replace(tables, counts=counts))

    assert any("71.2" in title for title in titles(found, Severity.NOTE))


def test_another_method_has_no_certificate_and_says_so(fake):
    checked, found = judged(made(fake), {"method": "rbic_literal"})

    assert titles(found, Severity.NOTE) == ["Chosen by the method rbic_literal"]
    assert "No kept row repeats another one" in [one.claim for one in checked]


def test_a_method_without_hygiene_is_held_to_what_it_promises_only(fake):
    tables = made(fake)
    marked = tables.near_duplicates.slice(0, 1)
    marked = with_column(marked, "sample_id", [tables.kept["sample_id"][0].as_py()])
    repeats = replace(tables, near_duplicates=marked)

    claims = {one.claim: one.holds for one in judged(repeats, {"method": "longest"})[0]}
    assert claims["No kept row is an exact copy of another one"]
    assert "Every domain and level that has a usable row keeps one" not in claims
    assert not judged(repeats)[0][3].holds


@pytest.mark.parametrize("solved", [0.01, 0.99])
def test_a_model_that_solves_nothing_or_all_is_warned_of(fake, solved):
    tables = made(fake)
    rates = with_column(tables.difficulty, "pass_rate", [solved] * tables.difficulty.num_rows)
    _, found = judged(replace(tables, difficulty=rates))

    assert any("The model solved" in title for title in titles(found, Severity.WARNING))


SCORES = {
    "held_out": 160, "sure": 80, "sure_right": 76, "brier_thousandths": 121,
    "brier_expected_thousandths": 130, "brier_of_mean_thousandths": 240,
    "calibration_z_thousandths": -1200, "calibration_error_thousandths": 31,
}  # fmt: skip


@pytest.mark.parametrize(
    ("z", "severity", "title"),
    [
        (-1200, Severity.NOTE, "Pass rates were checked, and hold"),
        (3100, Severity.WARNING, "Pass rates are too sure of themselves"),
        (-3100, Severity.WARNING, "Pass rates are too unsure of themselves"),
    ],
)
def test_what_held_out_attempts_say_of_the_rates_is_told(fake, z, severity, title):
    tables = made(fake)
    counts = {**tables.counts, "difficulty": SCORES | {"calibration_z_thousandths": z}}
    _, found = judged(replace(tables, counts=counts))
    (notice,) = [one for one in found if one.title == title]
    assert notice.severity is severity
    for words in ("160 problems", "0.121", "0.130", "0.240", f"{z / 1000:+.1f}", "80 attempts"):
        assert words in notice.text


def test_verdicts_of_a_judge_are_told(fake):
    tables = made(fake)
    counts = {**tables.counts, "difficulty": {"judged_attempts": 12, "held_out": 0}}
    _, found = judged(replace(tables, counts=counts), {**FACTS, "judge": "some/judge"})
    (notice,) = [one for one in found if one.title == "A model judged 12 replies"]
    assert "some/judge" in notice.text


def break_twice(tables):
    return replace(tables, ledger=pa.concat_tables([tables.ledger, tables.ledger.slice(0, 1)]))


def break_shard(tables):
    return replace(tables, kept=tables.kept.slice(1))


def break_budget(tables):
    select = {**tables.counts["select"], "budget": tables.counts["select"]["tokens_out"] - 1}
    return replace(tables, counts={**tables.counts, "select": select})


def break_repeats(tables):
    marks = with_column(
        tables.near_duplicates.slice(0, 1), "sample_id", [tables.kept["sample_id"][0].as_py()]
    )
    return replace(tables, near_duplicates=marks)


def break_cells(tables):
    """Another level for one sample that waits: a pair of domain and level without a kept row."""
    reason = tables.ledger["reason"].to_pylist()
    here = reason.index("over_budget")
    domains = tables.ledger["domain_id"].to_pylist()
    domains[here] = max(one for one in domains if one is not None) + 1
    names = tables.domain_names.to_pylist()
    names.append({**names[0], "domain_id": domains[here], "subdomain_id": -1})
    return replace(
        tables,
        ledger=with_column(tables.ledger, "domain_id", domains),
        domain_names=pa.Table.from_pylist(names, schema=tables.domain_names.schema),
    )


@pytest.mark.parametrize(
    ("broken", "place"),
    [(break_twice, 0), (break_shard, 1), (break_budget, 2), (break_repeats, 3), (break_cells, 4)],
)
def test_a_check_finds_what_is_broken_and_a_warning_says_it(fake, broken, place):
    checked, found = judged(broken(made(fake)))

    assert not checked[place].holds
    assert any(checked[place].claim.lower() in title for title in titles(found, Severity.WARNING))
