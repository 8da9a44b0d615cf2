"""Histograms against plain counting, and charts of them."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbic.report.charts import draw_histogram
from rbic.report.distributions import (
    CHAIN_COLUMNS,
    Histogram,
    faults,
    geometric,
    linear,
    whole_numbers,
)

LABELS = ("Length", "token", ("before", "kept"))
LENGTHS = st.lists(st.integers(1, 40_000).map(float), max_size=60)


def plain_shares(values, edges):
    """Bin by bin; what lies outside goes to the nearest bin."""
    counts = [0] * (len(edges) - 1)
    for value in values:
        place = sum(1 for edge in edges[1:-1] if value >= edge)
        counts[place] += 1
    return [count / max(1, len(values)) for count in counts]


@pytest.mark.parametrize("make", [geometric, whole_numbers, linear])
@given(first=LENGTHS, second=LENGTHS)
def test_shares_equal_plain_counting_and_sum_to_one(make, first, second):
    histogram = make(LABELS, np.array(first), np.array(second))

    for values, shares in zip((first, second), histogram.shares, strict=True):
        assert shares == pytest.approx(plain_shares(values, histogram.edges))
        assert sum(shares) == pytest.approx(1.0 if values else 0.0)
    assert histogram.edges == sorted(set(histogram.edges))
    assert all(0 <= place <= 1 + 1e-9 for place, _ in histogram.ticks)
    both = [*first, *second]
    assert histogram.open_above == any(value > histogram.edges[-1] - 1 for value in both)
    assert histogram.open_below == any(value < histogram.edges[0] for value in both)


@given(first=LENGTHS, second=LENGTHS)
def test_a_chart_is_well_formed_and_its_bars_are_as_high_as_the_shares(first, second):
    histogram = geometric(LABELS, np.array(first), np.array(second))
    chart = draw_histogram(histogram, "c")
    root = ElementTree.fromstring(chart.svg)
    heights = [float(bar.get("height")) for bar in root if bar.get("class") == "before"]
    shares = [share for share in histogram.shares[0] if share > 0]

    assert [child.tag for child in root][:2] == ["title", "desc"]
    assert len(heights) == len(shares)
    for height, share in zip(heights, shares, strict=True):
        assert height / max(heights) == pytest.approx(share / max(shares), abs=0.02)
    assert len([one for one in root if one.get("class") == "target"]) == len(histogram.shares[0])
    assert all(0 < height <= 1 for height, _ in chart.rules)


def test_a_bin_of_whole_numbers_names_the_numbers_in_it():
    values = np.array([0.0, 1.0, 1.0, 3.0])
    chart = draw_histogram(
        whole_numbers(("Steps", "step", ("before", "kept")), values, values), "c"
    )
    tips = re.findall('data-tip="(.*)\n', chart.svg)

    assert tips == ["0 steps", "1 step", "2 steps", "3 steps"]
    assert chart.caption == "median 1 step before, 1 step kept"


def test_what_lies_above_the_last_edge_is_said_to():
    values = np.append(np.ones(1000), 5000.0)
    histogram = linear(("Contribution", "", ("dropped", "kept")), values, values)

    assert histogram.open_above
    assert "and more" in draw_histogram(histogram, "c").svg


def test_texts_in_a_chart_are_escaped():
    histogram = Histogram(
        "<script>alert(1)</script>",
        '"&',
        ("<b>", "'"),
        [0.0, 1.0],
        ([1.0], [1.0]),
        (0, 0),
        [],
        False,
        False,
    )
    svg = draw_histogram(histogram, "c").svg

    assert "<script" not in svg
    assert "<b>" not in svg
    ElementTree.fromstring(svg)


def test_an_axis_label_stands_over_the_bin_that_holds_its_value():
    values = np.arange(10.0, 1000.0)
    histogram = geometric(LABELS, values, values)
    bins = len(histogram.edges) - 1

    for place, label in histogram.ticks:
        value = float(label.replace(",", ""))
        here = min(int(place * bins), bins - 1)
        assert histogram.edges[here] <= value <= histogram.edges[here + 1]
    assert {label for _, label in histogram.ticks} == {"20", "50", "100", "200", "500"}


@given(first=LENGTHS)
def test_the_bins_of_lengths_name_every_length_once(first):
    histogram = geometric(LABELS, np.array(first), np.array(first))
    named = []
    for words in re.findall('data-tip="(.*)\n', draw_histogram(histogram, "c").svg):
        numbers = [int(number.replace(",", "")) for number in re.findall(r"[0-9,]+", words)]
        low = 0 if words.startswith("up to") else numbers[0]
        high = 10**6 if words.endswith("and more") else numbers[-1]
        named.append((low, high))

    assert all(next_low == high + 1 for (_, high), (next_low, _) in pairwise(named))
    assert all(any(low <= value <= high for low, high in named) for value in first)


def test_faults_are_counted_over_distinct_samples_and_over_kept_ones():
    chains = {name: [0.0] * 4 for name in CHAIN_COLUMNS} | {
        "sample_id": [1, 2, 3, 4],
        "contradicted": [True, False, True, False],
        "unreached": [False, False, False, True],
        "assumed": [False, False, False, False],
        "left_out": [0.0, 0.04, 0.5, 0.0],
        "truncated": [False, True, False, False],
        "looping": [False] * 4,
        "false_equations": [0, 0, 3, 1],
        "repeated": [0.04, 0.05, 0.0, 0.9],
        "live_share": [1.0, 0.96, 0.94, 0.5],
    }
    found = {one.name: one for one in faults(pa.table(chains), np.array([3, 4]))}

    assert (found["contradiction"].rows, found["contradiction"].rows_kept) == (2, 1)
    assert found["contradiction"].share == found["contradiction"].share_kept == 0.5
    assert (found["broken off"].rows, found["broken off"].rows_kept) == (1, 0)
    assert (found["false equations"].rows, found["false equations"].rows_kept) == (2, 2)
    assert (found["repeated steps"].rows, found["repeated steps"].rows_kept) == (2, 1)
    assert (found["idle text"].share, found["idle text"].share_kept) == (0.5, 1.0)
