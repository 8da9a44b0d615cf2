import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbic.core.token_estimate import estimate_tokens, estimate_train_tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("a", 1),
        ("The quick brown fox jumps", 5),
        ("12345", 6),
        ("小明有苹果和香蕉一共十个", 8),
        ("internationalisation", 4),
    ],
)
def test_the_estimate_is_what_the_rule_gives(text, tokens):
    assert estimate_tokens(text) == tokens


@given(st.text(max_size=300), st.text(max_size=300))
def test_longer_texts_never_have_fewer_tokens(a, b):
    assert estimate_tokens(f"{a} {b}") >= max(estimate_tokens(a), estimate_tokens(b)) - 1


def test_a_sample_has_the_tokens_of_its_turns_and_the_template():
    assert estimate_train_tokens(10, 20) == 38
