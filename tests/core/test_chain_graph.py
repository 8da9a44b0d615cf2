"""Small chains drawn by hand: what each step uses, what the answer rests on, what is dead."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbic.core.chains import analyse_chain
from rbic.core.complexity import premises_of
from rbic.core.integrity import ChainRule
from rbic.core.live_part import Status
from rbic.core.step_facts import words_of

RULE = ChainRule()
FEW = settings(max_examples=40)

FARM = "A farm has 30 cows, 40 goats and 50 hens. A cow eats 7 kg, a goat 3 kg. How much in all?"
COWS = "The cows eat 30*7=210 kg."
GOATS = "The goats eat 40*3=120 kg."
SUM = "Together they eat 210+120=330 kg."
ANSWER = "The answer is 330."
LIVE, SUPPORTING, UNUSED = Status.LIVE, Status.SUPPORTING, Status.UNUSED
FAILED, REPEATED, TANGENT, FILLER = Status.FAILED, Status.REPEATED, Status.TANGENT, Status.FILLER


def _report(question, *steps, answer=None):
    report = analyse_chain(question, "\n".join(steps), answer, None, RULE)
    assert report.steps == len(steps)
    return report


def _parents(report):
    return [step.parents for step in report.step_reports]


def _statuses(report):
    return [step.status for step in report.step_reports]


def test_two_products_join_in_a_sum():
    #  0 cows   1 goats
    #        \\ /
    #        2 sum
    #         |
    #        3 answer
    report = _report(FARM, COWS, GOATS, SUM, ANSWER, answer="330")
    assert _parents(report) == [(), (), (0, 1), (2,)]
    assert _statuses(report) == [LIVE] * 4
    assert (report.steps, report.live_steps, report.edges) == (4, 4, 3)
    assert (report.depth, report.width, report.joins, report.reuse) == (3, 2, 1, 0)
    assert (report.equations, report.checked, report.false_equations) == (3, 3, 0)
    assert (report.operations, report.inferences) == (2, 4)  # * and +
    assert (report.terms, report.operators) == (7, 6)  # 30 7 210 40 3 120 330; * = * = + =
    assert report.structured
    assert report.live_share == 1
    # 50 hens are one of the five numbers of the question.
    assert report.left_out == pytest.approx(1 / 5)
    assert report.integrity == pytest.approx(1 - RULE.left_out_weight / 5)


def test_a_chain_in_which_each_step_uses_the_last_is_as_deep_as_long():
    report = _report(
        "48 clips in April, half as many in May.",
        "She sold 48/2=24 clips in May.",
        "She sold 48+24=72 clips in all.",
        "#### 72",
    )
    assert _parents(report) == [(), (0,), (1,)]
    assert (report.depth, report.width, report.joins) == (3, 1, 0)


def test_chinese_steps_hang_together_as_english_ones():
    report = _report(
        "农场有30头牛和40只羊，每头牛吃7千克，每只羊吃3千克，共吃多少？",
        "牛吃30*7=210千克。",
        "羊吃40*3=120千克。",
        "一共吃210+120=330千克。",
        "答案是330。",
        answer="330",
    )
    assert _parents(report) == [(), (), (0, 1), (2,)]
    assert _statuses(report) == [LIVE] * 4
    assert (report.depth, report.joins, report.stated_answer) == (3, 1, "330")


def test_a_value_used_twice_is_reuse():
    report = _report(
        "A box has 17 rows of 19 pens.",
        "There are 17*19=323 pens in a box.",
        "Two boxes have 323*2=646 pens.",
        "Another three have 323*3=969 pens.",
        "In all it is 646+969=1615 pens.",
        "#### 1615",
    )
    assert _parents(report) == [(), (0,), (0,), (1, 2), (3,)]
    assert (report.reuse, report.joins, report.depth, report.width) == (1, 1, 4, 2)


def test_of_two_steps_that_give_one_value_each_is_used_once():
    report = _report(
        "30 cows eat 7 kg each, 70 hens eat 3 kg each.",
        "The cows eat 30*7=210 kg.",
        "The hens eat 70*3=210 kg.",
        "Together they eat 210+210=420 kg.",
        "#### 420",
    )
    assert _parents(report) == [(), (), (0, 1), (2,)]


def test_symbols_link_to_who_said_something_about_them_last():
    report = _report(
        "Solve $2x+3=11$.",
        "Let us take $2x+3=11$.",
        "Subtracting gives $2x=8$.",
        "Halving gives $x=4$.",
        r"So it is $\boxed{4}$.",
    )
    assert _parents(report) == [(), (0,), (1,), (2,)]
    assert (report.live_steps, report.depth) == (4, 4)


def test_labels_link_to_the_step_that_bears_them():
    report = _report(
        "Two numbers.",
        "We know $p+q=7$ (1)",
        "We know $r-s=1$ (2)",
        "From (1) it is clear that $t=9$.",
    )
    assert _parents(report)[2] == (0,)


@pytest.mark.parametrize("name", ["equation (1)", "Step 1", "#1"])
def test_a_numbered_step_is_linked_by_its_number(name):
    steps = ("1. We know $p+q=7$.", "2. We know $r-s=1$.", f"Now by {name} it must be $t=9$.")
    assert _parents(_report("Two numbers.", *steps))[2] == (0,)


def test_a_circled_label_links_as_a_number_does():
    report = _report("两个数。", "已知$p+q=7$ ①", "已知$r-s=1$ ②", "由①可知$t=9$。")
    assert _parents(report)[2] == (0,)


def test_a_tangent_a_repeat_and_an_unused_result_are_not_live():
    aunt = "My aunt lives in beautiful sunny Portugal."
    heads = "Hens and cows are 50+30=80 heads."
    report = _report(FARM, COWS, heads, GOATS, COWS, aunt, SUM, ANSWER, answer="330")
    assert _statuses(report) == [LIVE, UNUSED, LIVE, REPEATED, TANGENT, LIVE, LIVE]
    assert [step.original for step in report.step_reports] == [-1, -1, -1, 0, -1, -1, -1]
    assert _parents(report) == [(), (), (), (), (), (0, 2), (5,)]
    live = sum(map(len, (COWS, GOATS, SUM, ANSWER)))
    share = live / (live + sum(map(len, (heads, COWS, aunt))))
    assert report.live_share == pytest.approx(share)
    assert report.integrity == pytest.approx(share)
    assert report.repeated == pytest.approx(1 / 7)
    assert (report.live_steps, report.depth, report.joins) == (4, 3, 1)


def test_filler_says_nothing():
    report = _report(FARM, "Okay, let's think step by step.", COWS, GOATS, SUM, ANSWER)
    assert _statuses(report) == [FILLER, LIVE, LIVE, LIVE, LIVE]
    report = _report("共有几个？", "好的，我们来看看。", "共有17+18=35个。", "答案是35。")
    assert _statuses(report) == [FILLER, LIVE, LIVE]


def test_a_branch_that_is_given_up_is_abandoned():
    report = _report(
        "Ava says that Ben lies. Is Ava a knight?",
        "Assume Ava is a knight.",
        "Then Ben lies.",
        "That fails, so go back and reconsider Ava.",
        "Assume Ava is a knave.",
        "Then Ben tells the truth.",
        "So Ben is a knight.",
        "The answer is knave.",
        answer="knave",
    )
    assert _statuses(report)[:3] == [FAILED] * 3
    assert FAILED not in _statuses(report)[3:]
    assert report.failed_share == pytest.approx(3 / 7)
    assert report.integrity == pytest.approx(report.live_share * (4 / 7) ** RULE.failed_exponent)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 2.0])
def test_the_live_share_counts_by_its_exponent_and_not_at_all_by_none(exponent):
    rule = ChainRule(live_exponent=exponent, left_out_weight=0.0)
    hens = "The hens lay 50*2=100 eggs."  # nothing uses them
    report = analyse_chain(FARM, "\n".join((COWS, GOATS, hens, SUM, ANSWER)), "330", None, rule)
    share = 1 - len(hens) / sum(map(len, (COWS, GOATS, hens, SUM, ANSWER)))
    assert report.live_share == pytest.approx(share)
    assert report.integrity == pytest.approx(share**exponent)


def test_a_result_dropped_by_a_step_back_is_abandoned_and_the_right_one_corrects_it():
    report = _report(
        FARM,
        "The cows eat 50*7=350 kg.",
        "Wait, that is wrong, 50 is the number of hens.",
        COWS,
        GOATS,
        SUM,
        ANSWER,
        answer="330",
    )
    assert _statuses(report) == [FAILED, FAILED, LIVE, LIVE, LIVE, LIVE]
    assert report.corrections == 1


def test_an_operand_from_nowhere_is_a_leap():
    report = _report(FARM, COWS, "With hay it is 210+87=297 kg.", "The answer is 297.")
    # 87 of the operands 30, 7, 210, 87
    assert report.leaps == pytest.approx(1 / 4)
    # 40, 50 and 3 of the question are not used
    assert report.left_out == pytest.approx(3 / 5)
    used = 1 - RULE.left_out_weight * 3 / 5
    assert report.integrity == pytest.approx((3 / 4) ** RULE.leap_exponent * used)


@pytest.mark.parametrize(
    ("question", "step"),
    [
        ("What is the 200th term of 1, 5, 9?", "The 200th term is 1+199*4=797."),  # steps to it
        ("It is 40 % off 85 dollars.", "She pays 85*0.6=51 dollars."),  # what the share leaves
        ("It is 35 % of 80.", "That is 80*0.35=28."),  # its point moved
        ("The side is 23 cm.", "Then 529-10=519."),  # a square
        ("Compute 235, 221.", "It is (235+221)*(235-221)=456*14=6384."),  # the left side anew
        ("Factor 2020.", "2020=20*101."),  # a value taken apart
        ("59 owls and 22 mice.", "22 - 59 = -37."),  # a sign
    ],
)
def test_an_operand_one_thought_away_from_a_known_one_is_no_leap(question, step):
    assert _report(question, step).leaps == 0


@pytest.mark.parametrize(
    "origin",
    [
        ("Hay weighs 87 kg.",),  # said by the question
        ("Hay weighs eighty-seven kg.",),
        ("Hay weighs much.", "The hay in the barn weighs 87 kg."),  # said by the chain
    ],
)
def test_an_operand_that_someone_brought_in_is_no_leap(origin):
    said = origin[1:]
    steps = (*said, COWS, "With hay it is 210+87=297 kg.", "The answer is 297.")
    assert _report(f"{FARM} {origin[0]}", *steps).leaps == 0


def test_an_operand_that_stood_beside_an_earlier_equation_is_no_leap():
    beside = "With hay of 87 kg around, the cows eat 30*7=210 kg."
    assert _report(FARM, beside, "It is 210+87=297 kg.", "The answer is 297.").leaps == 0


def test_a_false_equation_costs_integrity():
    report = _report(FARM, COWS, "The goats eat 40*3=130 kg.", "It is 210+130=340 kg.")
    assert (report.checked, report.false_equations) == (3, 1)
    used = 1 - RULE.left_out_weight * report.left_out
    assert report.integrity == pytest.approx((2 / 3) ** RULE.false_equation_exponent * used)


def _sums(draw):
    """A random chain of sums, and for each the earlier ones that it adds."""
    values = [1009 * 2**k for k in range(3)]
    givers, parents, steps = [None] * 3, [], []
    for index in range(draw(st.integers(2, 9))):
        one = draw(st.integers(0, len(values) - 1))
        other = draw(st.integers(0, len(values) - 1).filter(lambda at, one=one: at != one))
        total = values[one] + values[other] + 10 ** (index + 6)  # unlike all before
        tail = f" + {10 ** (index + 6)}"
        steps.append(f"Heap {index} weighs {values[one]} + {values[other]}{tail} = {total} kg.")
        parents.append({givers[at] for at in (one, other)} - {None})
        values.append(total)
        givers.append(index)
    given_tails = ", ".join(str(10 ** (index + 6)) for index in range(len(steps)))
    question = f"There are heaps of 1009, 2018, 4036, {given_tails} kg."
    return question, steps, parents, values[-1]


def _closure(parents):
    """All that the last step rests on, itself included: sets joined until nothing changes."""
    above = [set(direct) | {index} for index, direct in enumerate(parents)]
    changed = True
    while changed:
        wider = [set().union(*(above[parent] for parent in own)) for own in above]
        changed, above = wider != above, wider
    return above[-1]


@FEW
@given(st.data())
def test_random_chains_of_sums_have_the_graph_that_they_were_made_from(data):
    question, steps, parents, last = _sums(data.draw)
    report = _report(question, *steps, f"The answer is {last}.")
    found = [set(step.parents) for step in report.step_reports]
    assert found == [*parents, {len(steps) - 1}]
    live = _closure(parents)
    assert _statuses(report) == [LIVE if at in live else UNUSED for at in range(len(steps))] + [
        LIVE
    ]
    depth = []
    for own in parents:
        depth.append(1 + max((depth[parent] for parent in own), default=0))
    assert report.depth == depth[-1] + 1
    assert report.joins == sum(len(parents[at]) > 1 for at in live)
    assert report.leaps == 0


@pytest.mark.parametrize(
    ("question", "breadth", "quantitative"),
    [
        ("How many apples has Tom?", 5, True),
        ("Could two goats eat 3 hats in 5 days and 7 nights?", 12, True),  # three numbers
        ("Could 2 goats eat a hat?", 6, False),
        ("小红有几本书", 1 + 5, True),  # one word without blanks, five pairs
        ("这是几何题", 1 + 4, False),  # geometry
        ("小红有书", 1 + 3, False),
    ],
)
def test_premises_are_words_and_chinese_pairs_and_how_much_is_a_quantitative_question(
    question, breadth, quantitative
):
    words = words_of(question)
    numbers = sum(word.isdigit() for word in words)
    found = premises_of(question, words, numbers)
    assert (found.breadth, found.quantitative) == (breadth, quantitative)


def test_prose_about_quantities_is_as_complex_as_what_it_speaks_of_not_as_its_sentences():
    question = "How many books has Ann?"
    short = "Ann has some books. She buys more books."
    one = "Ann has 4 red and 9 blue books and buys 15 green ones and 7 thick dictionaries."
    less, more = (analyse_chain(question, chain, None, None, RULE) for chain in (short, one))
    assert less.equations == more.equations == 0
    assert not less.structured
    assert less.steps == 2
    assert more.steps == 1
    assert less.logical_complexity < more.logical_complexity


def test_algebra_around_a_number_is_no_equation_of_numbers():
    report = _report(
        "Solve a^2-a-870=0 for the positive a.",
        "This factors as (a-30)(a+29)=0.",
        "As a is positive, a=30.",
        "The answer is 30.",
        answer="30",
    )
    assert _statuses(report) == [LIVE] * 3
    assert report.false_equations == 0


@pytest.mark.parametrize(
    ("question", "chain", "answer"),
    [
        ("Did Mattel make Kleenex?", "Mattel did not make Kleenex.\nThe final answer is no.", "no"),
        ("Is a whale a fish?", "Whales breathe air.\nSo the answer is no.", "no"),
    ],
)
def test_an_answer_of_a_word_is_an_answer(question, chain, answer):
    report = analyse_chain(question, chain, answer, None, RULE)
    assert _statuses(report) == [LIVE] * 2
    assert report.integrity == 1


def test_a_fraction_gives_the_numbers_that_it_is_written_with():
    report = analyse_chain("What is the mean of 15 and 23?", "(15+23)/2=38/2=19", "19", None, RULE)
    assert (report.leaps, report.integrity) == (0, 1)


@pytest.mark.parametrize("first", ["$783=27\\times 29$.", "783 = 27*29."])
def test_a_value_taken_apart_gives_its_factors(first):
    report = analyse_chain(
        "What is the sum of the prime factors above 20 of 783?", f"{first}\nThen $27+29=56$.", "56",
        None, RULE,
    )  # fmt: skip
    assert _parents(report) == [(), (0,)]
    assert report.leaps == 0


def test_a_step_with_other_blanks_is_the_same_step():
    report = _report("He has 12 bags of 15 pens.", "So 12*15 = 180 pens.", "So 12 * 15=180 pens.")
    assert _statuses(report)[1] is REPEATED
