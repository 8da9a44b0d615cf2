"""How numbers and names read."""

import pytest

from rbic.core.pass_rates import LEVELS, level_of
from rbic.report import words
from rbic.schema import Basis, LedgerReason, RejectReason


def test_every_reason_and_basis_has_words():
    assert set(words.REASON_WORDS) == set(LedgerReason)
    assert set(words.REJECT_WORDS) == set(RejectReason)
    assert set(words.BASIS_NAMES) == set(Basis)
    assert len(words.LEVEL_NAMES) == len(words.TEXT_LEVEL_NAMES) == LEVELS


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.0001, "<0.1 %"),
        (0.0004999, "<0.1 %"),
        (0.0006, "0.1 %"),
        (0.5, "50.0 %"),
        (0.9999, ">99.9 %"),
        (0.1599, "16.0 %"),
        (1.25, "125.0 %"),
    ],
)
def test_a_share_that_is_neither_nothing_nor_all_does_not_read_so(share, text):
    assert words.percent(share).replace("\N{NO-BREAK SPACE}", " ") == text


def test_the_range_of_a_level_holds_the_rates_of_that_level():
    for level in range(LEVELS):
        numbers = [
            float(word.removesuffix("\N{NO-BREAK SPACE}%")) / 100
            for word in words.level_range(level).split(" ")
            if word[0].isdigit()
        ]
        low = 0.0 if level == LEVELS - 1 else min(numbers)
        high = 1.0 if level == 0 else max(numbers)
        assert level_of((low + high) / 2) == level
        assert level_of(low + 1e-9) == level
        assert level_of(high - 1e-9) == level


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (999, "999"), (9_999, "9,999"), (10_000, "10k"), (58_400, "58k"),
     (1_234_567, "1.2M"), (9_960_000, "10M"), (3.2e9, "3.2B")],
)  # fmt: skip
def test_large_counts_are_short(number, text):
    assert words.compact(number) == text


def test_sizes_and_nouns():
    assert words.size_words(999) == "999 bytes"
    assert words.size_words(1_500_000) == "1.5 MB"
    assert words.counted(1, "row") == "1 row"
    assert words.counted(1200, "row") == "1,200 rows"
    assert words.counted(2, "community", "communities") == "2 communities"
