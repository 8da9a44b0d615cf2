"""Which rows are shown."""

from collections import Counter

import numpy as np
import pytest

from rbic.report.browse import choose_rows
from rbic.report.columns import ledger_columns


@pytest.fixture(scope="module")
def ledger(fake):
    return fake.make_tables(fake.FakeRun(rows=3000))["select.ledger"]


def test_rows_are_spread_over_reasons_and_domains(ledger):
    index = choose_rows(ledger_columns(ledger), 60, 60)
    shown = ledger.take(index).to_pylist()
    kept = Counter(row["reason"] for row in shown if row["kept"])
    dropped = Counter(row["reason"] for row in shown if not row["kept"])

    assert len(set(index.tolist())) == len(index) == 120
    assert kept == {"selected": 20, "floor": 20, "random_share": 20}
    assert set(dropped.values()) <= {8, 9}
    assert len(dropped) == 7
    for reason in ("selected", "floor", "over_budget"):
        domains = [row["domain_id"] for row in shown if row["reason"] == reason]
        assert len(set(domains)) == len(domains)


def test_kept_and_dropped_alternate(ledger):
    rows = ledger_columns(ledger)
    kept = rows.kept_N[choose_rows(rows, 5, 5)]

    assert kept.tolist() == [True, False] * 5


def test_the_choice_follows_the_samples_and_not_their_order(ledger):
    samples = ledger.filter(np.asarray(ledger["sample_id"].is_valid()))
    shuffled = samples.take(np.random.default_rng(0).permutation(samples.num_rows))
    ids = [
        set(table.take(choose_rows(ledger_columns(table), 12, 12))["sample_id"].to_pylist())
        for table in (samples, shuffled)
    ]

    assert ids[0] == ids[1]


def test_fewer_rows_than_asked_for_are_all_shown(ledger):
    few = ledger.slice(0, 7)

    assert sorted(choose_rows(ledger_columns(few), 60, 60).tolist()) == list(range(7))
    assert len(choose_rows(ledger_columns(ledger.slice(0, 0)), 60, 60)) == 0
