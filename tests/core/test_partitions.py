import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from rbic.core.domain_names import keywords, terms
from rbic.core.domains import coreness, neighbour_edges
from rbic.core.partitions import adjusted_rand, by_size, merge_small, size_band

_LABELS = st.lists(st.integers(0, 5), min_size=2, max_size=40)


def test_the_largest_community_is_zero_and_ties_go_to_the_earlier():
    assert by_size(np.array([5, 2, 2, 9, 5, 2])).tolist() == [1, 0, 0, 2, 1, 0]
    assert by_size(np.array([4, 3, 4, 3])).tolist() == [0, 1, 0, 1]


@given(_LABELS, st.randoms())
def test_agreement_is_that_of_scikit_learn(labels, random):
    other = labels[:]
    random.shuffle(other)
    expected = adjusted_rand_score(labels, other)
    assert np.isclose(adjusted_rand(np.array(labels), np.array(other)), expected)


def test_a_small_community_joins_the_one_it_is_tied_to():
    label = np.array([0, 0, 0, 1, 1, 1, 2])
    edges = np.array([[0, 1], [3, 4], [0, 6], [3, 6]])
    merged = merge_small(label, edges, np.array([1.0, 1.0, 0.2, 0.9]), min_size=2)
    assert merged.tolist() == [1, 1, 1, 0, 0, 0, 0]


def test_small_communities_join_each_other_first_if_tied():
    label = np.array([0, 0, 0, 0, 1, 2])
    edges = np.array([[4, 5], [0, 4]])
    merged = merge_small(label, edges, np.array([1.0, 0.1]), min_size=2)
    assert merged.tolist() == [0, 0, 0, 0, 1, 1]


def test_a_community_without_edges_joins_the_largest():
    merged = merge_small(np.array([0, 0, 0, 1]), np.empty((0, 2), int), np.empty(0), 2)
    assert merged.tolist() == [0, 0, 0, 0]


def _merged_plainly(label, edges, weight, min_size):
    """Joins as the docstring says, everything counted anew each time."""
    label = by_size(label)
    while True:
        size = np.bincount(label)
        alive = [c for c in range(len(size)) if size[c]]
        small = min(alive, key=lambda c: (size[c], -c))
        if len(alive) < 2 or size[small] >= min_size:
            return by_size(label)
        tied: dict[int, float] = {}
        for ends, heavy in zip(label[edges].tolist(), weight.tolist(), strict=True):
            if small in ends and ends[0] != ends[1]:
                other = ends[0] + ends[1] - small
                tied[other] = tied.get(other, 0.0) + heavy
        others = [c for c in alive if c != small]
        largest = max(others, key=lambda c: (size[c], -c))
        into = max(tied, key=lambda c: (tied[c], -c)) if tied else largest
        label = np.where(label == small, into, label)


@pytest.mark.parametrize("seed", range(60))
def test_merging_is_that_of_the_plain_rule(seed):
    rng = np.random.default_rng(seed)
    samples = int(rng.integers(5, 60))
    label = rng.integers(0, rng.integers(1, 20), samples)
    edges = rng.integers(0, samples, (int(rng.integers(0, 60)), 2))
    weight = rng.integers(1, 5, len(edges)).astype(float)
    expected = _merged_plainly(label, edges, weight, 5)
    assert merge_small(label, edges, weight, 5).tolist() == expected.tolist()


def test_many_communities_are_merged_without_comparing_each_with_each():
    singles = 50_000
    chain = np.stack([np.arange(singles - 1), np.arange(1, singles)], axis=1)
    merged = merge_small(np.arange(singles), chain, np.ones(singles - 1), 10)
    assert np.bincount(merged).min() >= 10


@pytest.mark.parametrize("text", ["<" * 200_000, "\\begin{" * 50_000, "\\begin" + " " * 200_000])
def test_terms_of_hostile_texts_come_at_once(text):
    assert len(list(terms(text))) < 100_000


def test_parts_of_a_chinese_word_do_not_name_a_domain():
    walks = ["小朋友排成一队", "小朋友分糖果", "小朋友做游戏", "小朋友折纸鹤"]
    speed = ["汽车速度每小时", "火车速度很快", "轮船速度较慢", "飞机速度最快"]
    first, second = keywords([walks, speed])
    assert first[0] == "小朋友"
    assert not {"小朋", "朋友"} & set(first)
    assert second[0] == "速度"


def test_the_code_of_a_drawing_names_nothing():
    drawn = [f"Find the area. [asy] draw(A--B); label(C); [/asy] triangle {i}" for i in range(4)]
    plain = [f"How many apples cost {i} dollars" for i in range(4)]
    assert not {"asy", "draw", "label"} & set(keywords([drawn, plain])[0])


@pytest.mark.parametrize(
    ("samples", "band"), [(10, (2, 4)), (3000, (6, 27)), (47_000, (27, 108)), (10**7, (64, 256))]
)
def test_the_band_grows_with_the_root_of_the_corpus(samples, band):
    assert size_band(samples) == band


def test_edges_are_undirected_weighted_by_local_scale_and_sorted():
    neighbour = np.array([[1], [0], [1]])
    cosine = np.array([[0.9], [0.9], [0.6]], np.float32)
    edges, weight = neighbour_edges(neighbour, cosine)
    assert edges.tolist() == [[0, 1], [1, 2]]
    # d^2 = 0.2, both scales sqrt(0.2): exp(-1); d^2 = 0.8, scales sqrt(0.2) and sqrt(0.8)
    expected = [np.exp(-1), np.exp(-0.8 / np.sqrt(0.2 * 0.8))]
    assert np.allclose(weight, expected, atol=1e-5)


def test_coreness_ranks_within_the_domain_and_discounts_copies():
    domain = np.array([0, 0, 0, 1])
    cosine = np.array([[0.9, 0.8], [0.7, 0.6], [1.0, 0.99], [0.5, 0.1]], np.float32)
    there = np.ones((4, 2), dtype=bool)
    found = coreness(domain, cosine, there, duplicate_cosine=0.97)
    assert np.allclose(found, [1.0, 2 / 3, 1 / 3, 1.0])


def test_terms_are_words_word_pairs_and_runs_of_han_characters():
    assert set(terms("The prime numbers \\frac{1}{2}")) == {"prime", "numbers", "prime numbers"}
    assert "三角" in set(terms("求三角形面积"))
    assert "三角形" in set(terms("求三角形面积"))


def test_keywords_set_domains_apart():
    triangles = ["a triangle and its angle", "area of the triangle", "triangle with angle", "angle"]
    trains = ["the train leaves at noon", "a train meets a train", "speed of the train", "train"]
    named = keywords([triangles, trains], wanted=2, min_questions=2)
    assert [set(words) for words in named] == [{"triangle", "angle"}, {"train"}]
