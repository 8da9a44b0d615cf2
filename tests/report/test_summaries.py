"""Sums over a ledger of nine rows, counted by hand, and over a large one, counted plainly."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from rbic.report.columns import encode, ledger_columns
from rbic.report.domains import by_domain
from rbic.report.summaries import (
    by_basis,
    by_level,
    by_licence,
    by_reason,
    by_reject_reason,
    by_source,
    by_tokens,
    headline,
    tallies,
    top_and_rest,
)
from rbic.schema import DOMAIN_NAMES, LEDGER, SOURCES

# source, row, id, kept, reason, tokens, language, domain, level, basis, rate, steps, integrity
ROWS = (
    ("a", 0, 11, True, "selected", 100, "en", 0, 1, "sampled", 0.75, 4, 1.0),
    ("a", 1, 12, False, "over_budget", 300, "en", 0, 1, "sampled", 0.25, 6, 0.5),
    ("a", 2, None, False, "rejected", 0, None, None, None, None, None, None, None),
    ("a", 3, 13, True, "floor", 50, "zh", 1, 4, "given", 0.0, 2, 0.5),
    ("a", 4, 11, False, "exact_duplicate", 100, "en", 0, 1, "sampled", 0.75, 4, 1.0),
    ("b", 0, 14, True, "selected", 150, "en", 0, 4, "propagated", 0.5, 3, 1.0),
    ("b", 1, 15, False, "low_integrity", 200, "zh", 1, 4, "given", 0.1, 9, 0.25),
    ("b", 2, None, False, "rejected", 0, None, None, None, None, None, None, None),
    ("b", 3, 16, False, "over_budget", 100, "en", 1, 0, "sampled", 1.0, 1, 1.0),
)
NAMES = (
    "source", "row", "sample_id", "kept", "reason", "train_tokens", "language", "domain_id",
    "level", "basis", "pass_rate", "steps", "integrity",
)  # fmt: skip


@pytest.fixture(scope="module")
def rows():
    columns = dict(zip(NAMES, map(list, zip(*ROWS, strict=True)), strict=True))
    given = {name: columns.get(name, [None] * len(ROWS)) for name in LEDGER.names}
    given["detail"] = [""] * len(ROWS)
    return ledger_columns(pa.table(given).cast(LEDGER.schema))


def test_the_headline_counts_rows_tokens_domains_and_levels(rows):
    head = headline(rows, {"budget": 320, "value_ratio_thousandths": 973})

    assert (head.rows, head.rows_kept, head.rejects) == (9, 3, 2)
    assert (head.tokens, head.tokens_kept, head.budget) == (1000, 300, 320)
    assert (head.domains, head.domains_kept) == (2, 2)
    assert (head.levels, head.levels_kept) == (3, 2)
    assert head.token_share == pytest.approx(0.3)
    assert head.budget_spent == pytest.approx(300 / 320)
    assert head.value_ratio == pytest.approx(0.973)


def test_levels_are_tallied_before_and_after_and_absent_ones_are_zero(rows):
    levels = by_level(rows, measured=True)

    assert [one.rows for one in levels] == [1, 3, 0, 0, 3]
    assert [one.rows_kept for one in levels] == [0, 1, 0, 0, 2]
    assert [one.tokens for one in levels] == [100, 500, 0, 0, 400]
    assert [one.tokens_kept for one in levels] == [0, 100, 0, 0, 200]
    assert levels[4].share == pytest.approx(0.4)
    assert levels[4].share_kept == pytest.approx(2 / 3)
    assert levels[4].kept_share == pytest.approx(0.5)
    assert levels[2].kept_share == 0


def test_levels_from_text_alone_do_not_speak_of_solving(rows):
    assert not any("solved" in one.name for one in by_level(rows, measured=False))


def test_languages_come_with_the_most_tokens_first(rows):
    languages = by_tokens(rows.language, rows)

    assert [(one.name, one.tokens, one.rows_kept) for one in languages] == [
        ("en", 750, 2),
        ("zh", 250, 1),
    ]


def test_samples_without_a_licence_are_counted_where_others_have_one(rows):
    licence = encode(pa.chunked_array([["MIT", None, None, "MIT", "MIT", None, "CC", None, "CC"]]))
    found = by_licence(replace(rows, licence=licence))

    assert [(one.name, one.tokens, one.rows_kept) for one in found] == [
        ("CC", 300, 0),
        ("MIT", 250, 2),
        ("not named", 450, 1),
    ]
    assert by_licence(rows) == []


def test_bases_come_with_the_strongest_first(rows):
    assert [(one.name, one.rows) for one in by_basis(rows)] == [
        ("given", 2),
        ("sampled", 4),
        ("propagated", 1),
    ]


def test_reasons_count_rows_and_tokens_and_average_over_samples(rows):
    kept, dropped = by_reason(rows)

    assert [(one.reason, one.rows, one.tokens) for one in kept] == [
        ("selected", 2, 250),
        ("floor", 1, 50),
    ]
    assert [(one.reason, one.rows) for one in dropped] == [
        ("over_budget", 2),
        ("rejected", 2),
        ("exact_duplicate", 1),
        ("low_integrity", 1),
    ]
    assert dropped[0].integrity == pytest.approx(0.75)
    assert dropped[0].steps == pytest.approx(3.5)
    assert dropped[1].integrity is None
    assert kept[0].row_share == pytest.approx(2 / 9)


def test_a_domain_has_its_levels_its_measured_rate_and_its_name(rows):
    named = [
        {"domain_id": 0, "subdomain_id": -1, "size": 3, "tokens": 1, "name": "x", "keywords": ["k"],
         "medoid_ids": [14, 11]},
        {"domain_id": 0, "subdomain_id": 0, "size": 1, "tokens": 1, "name": "small",
         "keywords": [], "medoid_ids": []},
        {"domain_id": 0, "subdomain_id": 1, "size": 2, "tokens": 1, "name": "large",
         "keywords": [], "medoid_ids": []},
        {"domain_id": 1, "subdomain_id": -1, "size": 3, "tokens": 1, "name": "y", "keywords": [],
         "medoid_ids": []},
    ]  # fmt: skip
    first, second = by_domain(rows, pa.Table.from_pylist(named, schema=DOMAIN_NAMES.schema))

    assert (first.tally.name, first.tally.tokens, first.tally.tokens_kept) == ("x", 650, 250)
    assert [one.tokens for one in first.levels] == [0, 500, 0, 0, 150]
    assert [one.tokens_kept for one in first.levels] == [0, 100, 0, 0, 150]
    assert first.subdomains == [("large", 2), ("small", 1)]
    assert first.medoid_id == 14
    assert first.pass_rate == pytest.approx((0.75 + 0.25 + 0.75 + 0.5) / 4)
    assert (second.tally.name, second.medoid_id) == ("y", None)
    assert second.integrity == pytest.approx((0.5 + 0.25 + 1.0) / 3)


def test_sources_count_their_rejects_and_files_without_rows_are_there(rows):
    one = {"path": "", "format": "jsonl", "codec": "", "digest": "d", "layout": "{}",
           "arrow_schema": "", "start": 0, "stop": 1, "first_row": 0}  # fmt: skip
    sources = [one | {"source": name, "size_bytes": 7} for name in ("b", "a", "a", "c")]
    found = by_source(rows, pa.Table.from_pylist(sources, schema=SOURCES.schema))

    assert [(s.tally.name, s.tally.rows, s.rejects) for s in found] == [
        ("a", 4, 1),
        ("b", 3, 1),
        ("c", 0, 0),
    ]


def test_rejects_are_counted_by_reason_with_the_first_as_examples():
    reasons = ["not_json", "too_deep", "not_json", "not_json", "empty_row", "empty_row"]
    found = by_reject_reason(pa.table({"reason": reasons}), examples=2)

    assert [(one.reason, one.rows, one.examples) for one in found] == [
        ("not_json", 3, [0, 2]),
        ("empty_row", 2, [4, 5]),
        ("too_deep", 1, [1]),
    ]


def test_the_rest_of_many_groups_is_summed_up(rows):
    groups = tallies(["a", "b", "c"], np.array([0, 0, -1, 1, 1, 2, 2, -1, 2]), rows)
    shown = top_and_rest(groups, 1, "things")

    assert [one.name for one in shown] == ["a", "2 more things"]
    assert shown[1].rows == groups[1].rows + groups[2].rows == 5
    assert shown[1].tokens == 600
    assert shown[1].share_kept == pytest.approx(200 / 300)
    assert top_and_rest(groups, 3, "things") == groups


def test_nulls_have_no_name():
    codes = encode(pa.chunked_array([["x", None], ["y", "x"]]))

    assert codes.names == ["x", "y"]
    assert codes.code_N.tolist() == [0, -1, 1, 0]


def test_tallies_of_a_large_ledger_equal_plain_counting(fake):
    run = fake.FakeRun(rows=2000)
    ledger = fake.make_tables(run)["select.ledger"]
    plain = ledger.to_pylist()
    tokens, kept = Counter(), Counter()
    for row in plain:
        if row["sample_id"] is not None:
            tokens[row["language"]] += row["train_tokens"]
            kept[row["language"]] += row["train_tokens"] * row["kept"]
    rows = ledger_columns(ledger)

    for one in by_tokens(rows.language, rows):
        assert one.tokens == tokens[one.name]
        assert one.tokens_kept == kept[one.name]
    assert sum(one.share for one in by_tokens(rows.language, rows)) == pytest.approx(1)
