"""The sample corpus: faults are what they say, rates are kept, the shipped files are right."""

import gzip
import json
import re
from collections import Counter
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from benchmarks.sample.chains import Role
from benchmarks.sample.corpus import CorpusConfig, FaultRates, Layout, make_rows, truth
from benchmarks.sample.faults import Fault
from benchmarks.sample.make_corpus import write_corpus
from benchmarks.sample.words import Language
from rbic.sample import corpus_dir
from tests.benchmarks.test_sample_problems import equations_in, holds

NUMBER = re.compile(r"\d+")


@pytest.fixture(scope="module")
def corpus():
    return make_rows(CorpusConfig())


@pytest.fixture(scope="module")
def rows(corpus):
    return [row for drawn in corpus.values() for row in drawn]


@pytest.fixture(scope="module")
def written(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    return {path.name: path for path in write_corpus(corpus, folder)}


def with_fault(rows, fault):
    return [row for row in rows if row.truth.fault is fault]


def plain_equations(chain):
    """The equations of a chain in ASCII, whatever its notation."""
    chain = re.sub(r"<<[^>]*>>", "", chain)
    for mark, sign in ((r"\times", "*"), (r"\div", "/"), ("×", "*"), ("÷", "/"), ("$", "")):
        chain = chain.replace(mark, sign)
    chain = chain.replace(r"\text{lcm}", "lcm").replace("\\", "")
    return equations_in(chain)


SMALL = CorpusConfig(seed=3, rows={Layout.STORIES: 100, Layout.MATHS: 60, Layout.CHINESE: 60})


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    first, second = (
        write_corpus(make_rows(SMALL), tmp_path / name) for name in ("first", "second")
    )
    assert len(first) == 3
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_another_seed_gives_other_rows():
    questions = [
        {row.question for row in make_rows(replace(SMALL, seed=seed))[Layout.STORIES]}
        for seed in (3, 4)
    ]
    assert len(questions[0] & questions[1]) <= 2


def test_the_shipped_corpus_is_what_the_maker_writes(written):
    # Contents, not bytes: other versions of zlib and pyarrow pack the same rows differently.
    shipped = corpus_dir()
    assert (shipped / "stories.jsonl").read_bytes() == written["stories.jsonl"].read_bytes()
    assert gzip.decompress((shipped / "chinese.jsonl.gz").read_bytes()) == gzip.decompress(
        written["chinese.jsonl.gz"].read_bytes()
    )
    assert pq.read_table(shipped / "maths.parquet").equals(pq.read_table(written["maths.parquet"]))
    assert {path.name for path in shipped.iterdir()} == set(written)
    assert all(path.stat().st_size <= 2**20 for path in shipped.iterdir())


def test_each_layout_states_chain_and_answer_in_its_own_way(corpus, written):
    stories = [json.loads(line) for line in written["stories.jsonl"].read_text().splitlines()]
    chats = [
        json.loads(line)
        for line in gzip.decompress(written["chinese.jsonl.gz"].read_bytes()).decode().splitlines()
    ]
    maths = pq.read_table(written["maths.parquet"]).to_pylist()
    for row, record in zip(corpus[Layout.STORIES], stories, strict=True):
        assert record["id"] == row.truth.id
        assert record["answer"] == f"{row.chain}\n#### {row.stated_answer}"
    for row, record in zip(corpus[Layout.MATHS], maths, strict=True):
        assert record["problem"] == row.question
        assert record["solution"].startswith(row.chain)
        assert record["solution"].endswith(f"\\boxed{{{row.stated_answer}}}$.")
    for row, record in zip(corpus[Layout.CHINESE], chats, strict=True):
        user, assistant = record["messages"]
        assert user == {"role": "user", "content": row.question}
        assert assistant["content"] == (
            f"<think>\n{row.chain}\n</think>\n\n答案是{row.stated_answer}。"
        )


def test_faults_and_duplicates_have_their_rates(corpus):
    rates = FaultRates()
    for drawn in corpus.values():
        n = len(drawn)
        originals = [row.truth for row in drawn if row.truth.duplicate_of is None]
        counts = Counter(t.fault for t in originals)
        for fault in Fault:
            if fault is not Fault.NONE:
                assert counts[fault] == round(getattr(rates, fault) * n)
        assert sum(row.truth.exact for row in drawn) == round(rates.exact_duplicate * n)
        near = [row for row in drawn if row.truth.duplicate_of and not row.truth.exact]
        assert len(near) == round(rates.near_duplicate * n)


def test_the_truth_is_found_by_id(rows):
    known = truth()  # made again
    assert len(known) == len(rows) == 3000
    assert all(known[row.truth.id] == row.truth for row in rows)


def test_a_quarter_is_chinese_and_every_domain_has_a_tail_of_its_own(rows):
    languages = Counter(row.truth.language for row in rows)
    assert languages == {Language.ENGLISH: 2250, Language.CHINESE: 750}
    domains = Counter(row.truth.domain for row in rows)
    assert len(domains) == 12
    assert domains.most_common(1)[0][0] == "money"
    assert min(domains.values()) >= 60


def test_a_faultless_chain_is_true_and_ends_in_the_answer(rows):
    for row in with_fault(rows, Fault.NONE):
        equations = plain_equations(row.chain)
        assert len(equations) == row.truth.steps
        assert all(map(holds, equations)), row.chain
        assert equations[-1][1] == row.truth.answer
        assert row.stated_answer == row.truth.answer
        assert row.truth.sentences == row.truth.live_sentences == row.truth.steps


def test_a_wrong_chain_has_one_false_equation_and_a_wrong_answer(rows):
    for row in with_fault(rows, Fault.WRONG):
        equations = plain_equations(row.chain)
        assert sum(not holds(equation) for equation in equations) == 1, row.chain
        assert row.stated_answer != row.truth.answer
        assert equations[-1][1] == row.stated_answer


def test_a_broken_off_chain_stops_before_its_answer(rows):
    for row in with_fault(rows, Fault.BROKEN_OFF):
        assert len(plain_equations(row.chain)) < row.truth.steps
        assert row.chain[-1] not in ".。\n"


def test_a_repeating_chain_says_equations_again(rows):
    for row in with_fault(rows, Fault.REPEATED):
        equations = plain_equations(row.chain)
        assert len(equations) > row.truth.steps == row.truth.live_sentences
        assert max(Counter(equations).values()) >= 2
        assert all(map(holds, equations))


def test_a_rambling_chain_is_long_and_says_no_more(rows):
    for row in with_fault(rows, Fault.RAMBLING):
        assert len(plain_equations(row.chain)) == row.truth.steps
        assert row.truth.sentences >= row.truth.live_sentences + 4


def test_a_tangent_is_true_and_nothing_uses_its_result(rows):
    for row in with_fault(rows, Fault.TANGENT):
        equations = plain_equations(row.chain)
        assert all(map(holds, equations)), row.chain
        aside = len(equations) - row.truth.steps
        assert aside == row.truth.sentences - row.truth.live_sentences
        assert 1 <= aside <= 3
        operands = {int(n) for left, _ in equations for n in NUMBER.findall(left)}
        assert sum(result not in operands for _, result in equations) >= aside


def test_a_leap_leaves_out_a_result_that_is_used(rows):
    for row in with_fault(rows, Fault.LEAP):
        equations = plain_equations(row.chain)
        assert len(equations) == row.truth.steps - 1 == row.truth.sentences
        assert all(map(holds, equations))
        assert equations[-1][1] == row.truth.answer


def test_a_duplicate_names_a_row_with_the_same_problem(rows):
    by_id = {row.truth.id: row for row in rows}
    for row in rows:
        if row.truth.duplicate_of is None:
            continue
        original = by_id[row.truth.duplicate_of]
        assert original.truth.duplicate_of is None
        assert original.truth.answer == row.truth.answer
        assert original.truth.operations == row.truth.operations
        if row.truth.exact:
            assert (original.question, original.chain) == (row.question, row.chain)
            assert original.truth.layout is row.truth.layout
        else:
            assert original.question != row.question
            assert row.truth.fault is original.truth.fault is Fault.NONE
            # "twice" and "half" have no numeral in one wording and one in the other.
            stated = [
                sorted(n for n in NUMBER.findall(r.question) if n not in "12")
                for r in (original, row)
            ]
            assert stated[0] == stated[1]


def test_only_planted_duplicates_share_a_question(rows):
    counts = Counter(row.question for row in rows if not row.truth.exact)
    assert max(counts.values()) == 1


def test_rates_that_are_no_shares_are_refused():
    with pytest.raises(ValueError, match="-0.1"):
        FaultRates(wrong=-0.1)
    with pytest.raises(ValueError, match="at most 0.9"):
        FaultRates(wrong=0.8)


def test_roles_are_counted(rows):
    assert {str(role) for role in Role} == {"step", "repeat", "filler", "tangent"}
