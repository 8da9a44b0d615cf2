from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbic.core.templates import MIN_REMAINDER, Templates, find_templates, without_templates

ANIMALS = ["cat", "dog", "cow", "hen", "fox", "ant", "bee", "owl"]


def _asked(before, after):
    return [f"{before}Where does the {animal} sleep?{after}" for animal in ANIMALS]


def test_what_many_questions_begin_and_end_with_is_found_and_left_out():
    texts = _asked("Question: ", " Let's think step by step.")
    texts += _asked("", "\nOptions:\n- yes\n- no Chain of thought:")
    templates = find_templates(texts, 8)
    assert "Question:" in templates.begins
    assert {"Let's think step by step.", "Options: - yes - no Chain of thought:"} <= templates.ends
    inner = {without_templates(text, templates) for text in texts}
    assert inner == {f"Where does the {animal} sleep?" for animal in ANIMALS}


def test_a_beginning_that_is_no_sentence_is_no_frame():
    texts = [f"Find the area of the {animal} pen" for animal in ANIMALS]
    templates = find_templates(texts, 5)
    assert templates.begins == frozenset()
    assert all(without_templates(text, templates) == text for text in texts)


def test_a_frame_must_be_frequent():
    texts = _asked("", " Let's think.")
    assert find_templates(texts, 8).ends == {"Let's think."}
    assert find_templates(texts, 9).ends == frozenset()


def test_a_question_that_is_little_but_frame_stays_whole():
    templates = Templates(frozenset({"Question:"}), frozenset({"Let's think."}))
    for text in ("Question: Why? Let's think.", "Question:", "Let's think.", ""):
        assert without_templates(text, templates) == text


@pytest.mark.parametrize("text", ["a" * 1_000_000, "a " * 500_000, "\n" * 1_000_000])
def test_long_texts_come_at_once(text):
    templates = Templates(frozenset({"a."}), frozenset({"A a"}))
    assert without_templates(text, templates) == text
    find_templates([text] * 30, 20)


WORDS = st.lists(st.sampled_from(["A", "b", "c.", "D:", "e?"]), max_size=7).map(" ".join)


def one_phrase(edge):
    return not any(word[-1] in ".?:" for word in edge.split()[:-1])


@given(st.lists(WORDS, max_size=20), st.integers(2, 4))
@settings(max_examples=60)
def test_frames_are_those_of_counting_every_edge(texts, least):
    begins, ends = Counter(), Counter()
    for words in map(str.split, texts):
        for size in range(1, len(words)):
            begins[" ".join(words[:size])] += 1
            ends[" ".join(words[-size:])] += 1
    templates = find_templates(texts, least)
    assert templates.begins == {
        edge for edge, count in begins.items() if count >= least and edge[-1] in ".?!:"
    }
    assert templates.ends == {
        edge for edge, count in ends.items()
        if count >= least and edge[-1] != "?"
        and (edge[0].isupper() or (edge[-1] == ":" and one_phrase(edge)))
    }  # fmt: skip
    for text in texts:
        inner = without_templates(text, templates)
        assert inner in text
        assert inner == text or len(inner.split()) >= MIN_REMAINDER
