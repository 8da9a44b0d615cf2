r"""What a chain states as its answer, contradictions of the reference, breaking off, looping."""

from fractions import Fraction

import pytest

from rbic.core.chains import analyse_chain
from rbic.core.conclusions import Statement, answer_value, contradicts, ending_of, stated_answer
from rbic.core.integrity import ChainRule

RULE = ChainRule()


@pytest.mark.parametrize(
    ("chain", "answer"),
    [
        ("2+2=4\n#### 4", "4"),
        ("#### 3\nNo, again.\n#### 1,250 apples", "1,250 apples"),
        (r"So \boxed{42}.", "42"),
        (r"First \boxed{1}, at last \boxed{\frac{1}{2}}.", r"\frac{1}{2}"),
        (r"Take \boxed{\{1, 2\}}", r"\{1, 2\}"),
        ("The answer is 42.", "42"),
        ("So the final answer is: **42**", "42"),
        ("The answer is 3.5 kg. It is so.", "3.5 kg"),
        ("The answer to the question is 7.", "7"),
        ("The correct option is (B).", "(B)"),
        ("Answer: yes", "yes"),
        ("A: 42", "42"),
        ("The answer is 3.\nWait. The answer is 4.", "4"),
        ("答案是15。", "15"),
        ("答案：15", "15"),
        ("所以答案应该是 7。好。", "7"),
        ("故选B。", "B"),
        ("因此选择C", "C"),
        ("所以答案选择C。", "C"),
        ("综上，选C。", "C"),
        ("先选择A，再看B。", None),  # chosen on the way
        ("不选A。", None),
        ("答：一共有7个。", "一共有7个"),
        ("【解答】解：共7个", None),
        ("解答：共7个", None),
        ("It is so.\n### Answer\n12", "12"),
        ("It is so.\n**Answer**\n12", "12"),
        ("**Answer:** 12", "12"),
        ("It is so.\n**12**", "12"),
        ("It is so.\n**Done**", None),
        ("A: J: S is 3:2", None),  # a ratio
        ("We have 2+2=4.", None),
        ("答案还不知道", None),
        ("", None),
    ],
)
def test_a_chain_states_the_answer_that_it_announces_last(chain, answer):
    statement = stated_answer(chain)
    assert (statement.answer if statement else None) == answer


def test_the_last_of_two_announcements_in_a_line_counts():
    assert stated_answer("The answer is 3. Wait. The answer is 4.").answer == "4"


def test_hashes_before_a_blank_state_no_answer():
    assert stated_answer("So it is.\n#### ") is None


@pytest.mark.parametrize("chain", [r"\boxed{4", r"\boxed", r"\boxed 4", "####"])
def test_an_announcement_without_an_answer_states_none(chain):
    assert stated_answer(chain) is None


@pytest.mark.parametrize(
    ("stated", "reference"),
    [
        ("72", "72"),
        ("72.0", "72"),
        ("$1,250", "1250"),
        ("0.5", r"\frac{1}{2}"),
        ("1/2", "0.5"),
        ("50%", "0.5"),
        ("3.33", "10/3"),
        ("(B)", "B"),
        (r"$(\mathbf{C}) 12$", "C"),
        (r"$1-\frac{5}{64}=$ (C) $\frac{59}{64}$", "C"),
        ("then (D) 12", "D"),
        (r"$1-\frac{3}{256}=\frac{253}{256}=D$", "D"),
        (r"$$205$$，选$$\text{B}$$", "B"),
        ("C. 12", "C"),
        ("(D) 12", "12"),
        ("当年龄和是50时，是7年以后", "50"),
        ("yes", "Yes"),
        (r"x^2+2x+1", "(x+1)^2"),
        ("7 apples", "7"),
        ("seven", "7"),
        ("7个", "7"),
        ("0.5", ".5"),
        ("3 million", "3000000"),
        ("3万", "30000"),
        ("60 minutes", "1 hour"),
        ("Paris", "Lyon"),  # words are not judged
        ("42", None),
        ("", "42"),
    ],
)
def test_an_answer_in_another_notation_contradicts_nothing(stated, reference):
    assert not contradicts(Statement(stated, True), reference, None)


@pytest.mark.parametrize(
    ("stated", "reference"),
    [
        ("72", "73"),
        ("-72", "72"),
        ("1,250", "1.250"),
        ("1/2", "1/3"),
        ("(A)", "B"),
        (r"$$\text{A}$$", "B"),
        (r"\text{(A)}", "B"),
        (r"(\mathbf{C}) 12", "B"),
        ("12，选C", "B"),
        ("一共有7个", "8"),
        ("no", "Yes"),
        ("7 apples", "8"),
        ("15个", "16"),
        ("0.5", r"\frac{1}{3}"),
    ],
)
def test_another_answer_contradicts(stated, reference):
    assert contradicts(Statement(stated, True), reference, None)


@pytest.mark.parametrize(("stated", "wrong"), [("B", False), ("C", True), ("20", False)])
def test_a_letter_is_compared_to_a_value_by_the_options(stated, wrong):
    assert contradicts(Statement(stated, True), "20", ["10", "20", "30"]) is wrong
    assert contradicts(Statement(stated, True), "20", None) is False


def test_no_statement_contradicts_nothing():
    assert not contradicts(None, "42", None)


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("42", 42),
        ("-3", -3),
        ("$1,250 dollars", 1250),
        ("1/2", Fraction(1, 2)),
        (r"\frac{3}{4}", Fraction(3, 4)),
        ("12.50", Fraction(25, 2)),
        ("15个", 15),
        ("1/0", None),
        ("3 and 4", None),
        ("x^2", None),
        ("Paris", None),
    ],
)
def test_an_answer_of_one_number_has_a_value(answer, value):
    assert answer_value(answer) == value


@pytest.mark.parametrize(
    "chain",
    [
        "So we have 2+2=4.",
        "It is 4",
        "Thus $x = 4$",
        "故得7。",
        "```\nx = 1\n```\nDone.",
        "Pears and apples",  # one line shows no habit of punctuation
        "",
        # what only lacks its full stop, after lines or sentences that have theirs
        "先算一本。\n再算三本。\n又买一本。\n一共用了$$0.88\\times 75=66$$元，选B",
        "先算一本。\n再算三本。\n又买一本。\n所以共有$$36$$个",
        "One is so.\nTwo is so.\nThree is so.\nIn all there are $9+180+33=222$ digits",
        "One is so.\nTwo is so.\nThree is so.\nIt took $5$h$30$min+$2$h=$7$h$30$min",
        "One is so.\nTwo is so.\nThree is so.\nThen use T*F=C",
        r"得$$\left { \begin{matrix}x=1    y=2 \end{matrix} \right.$$",
        r"So $A = \{1, 2$ as it stands in the figure",
        r"Of $\frac{1}{2},-\frac{1}{2}, \frac{1}{4$ only one is a solution.",
    ],
)
def test_a_chain_that_ends_a_sentence_or_formula_is_whole(chain):
    assert not ending_of(chain, False, False, []).breaks_off


@pytest.mark.parametrize(
    "chain",
    [
        "So we add the",
        "Then 2 + 3 =",
        "We get (2 +",
        "所以我们把这个的",
        "We write:\n```\nx = 1",
        r"We get \[ x = 1",
        "One is so.\nTwo is so.\nThree is so.\nBut four was never",
        "One is so.\nTwo is so.\nThree is so.\nThe 5+4=9 apples that they still had were given",
        "先算一本。\n再算三本。\n又买一本。\n所以每小",
        "先算一本。\n再算三本。\n又买一本。\n如果选B那么每",
        "于是$$6\\times 4=24$$，",
        r"Therefore \boxed{30",
        r"So we get $\frac{180-30",
    ],
)
def test_a_chain_breaks_off_where_its_end_is_no_end(chain):
    assert ending_of(chain, False, False, []).breaks_off


def test_an_open_thought_breaks_off_and_an_announced_or_reached_answer_does_not():
    assert ending_of("It is 4.", True, True, ["4"]).breaks_off
    assert not ending_of("#### 4 and the", False, True, []).breaks_off
    assert not ending_of("Thus the area is 4 the", False, False, [None, "4"]).breaks_off
    assert not ending_of("故放12层共$$36$$个，", False, False, ["C", "$$33$$", "$$36$$"]).breaks_off
    assert ending_of("故放12层共$$36$$个，", False, False, ["C", "$$33$$", "$$39$$"]).breaks_off
    long = "Of 36 boxes the first is filled with the"
    assert ending_of(long, False, False, ["$$36.0$$"]).breaks_off


def test_an_answer_on_the_way_does_not_end_a_chain():
    for answer in ("7", "30", None):
        assert ending_of("12*15=180\n180-30=", False, False, [answer]).breaks_off
    assert ending_of("Then there are 2*130 of the", False, False, ["30"]).breaks_off
    assert not ending_of("12*15=180, of them 30 are", False, False, ["30"]).breaks_off


def test_a_formula_may_go_on_in_the_line_of_the_answer():
    question = "$AB=11$ and $D$ is its midpoint. $BD$?"
    whole = analyse_chain(question, "So $BD=\n\\frac{11}{2}$ or $\\boxed{5.5}$.", "5.5", None, RULE)
    cut = analyse_chain(question, "So $BD=\nThe answer is $\\boxed{5.5}$.", "5.5", None, RULE)
    assert (whole.truncated, cut.truncated) == (False, True)


def _report(chain, answer=None):
    return analyse_chain("Tom has 48 clips and sold half.", chain, answer, None, RULE)


def test_a_report_says_what_is_stated_contradicted_and_broken_off():
    right = _report("He sold 48/2=24.\n#### 24", "24")
    wrong = _report("He sold 48/2=24.\n#### 24", "25")
    cut = _report("<think>He sold 48/2=24. Then he", "24")
    assert (right.stated_answer, right.contradicted, right.truncated) == ("24", False, False)
    assert (wrong.stated_answer, wrong.contradicted, wrong.truncated) == ("24", True, False)
    assert (cut.stated_answer, cut.contradicted, cut.truncated) == (None, False, True)
    assert wrong.integrity == pytest.approx(RULE.contradiction_factor * right.integrity)


@pytest.mark.parametrize(
    ("chain", "looping"),
    [
        ("He sold 48/2=24 clips.\n" + "Wait, let me check the number of clips again. " * 40, True),
        ("小明想了想。" + "等等，让我再检查一下这个问题的答案是不是对的。" * 40, True),
        ("So it is " + "so " * 300, True),
        ("ha" * 300, True),
        ("-" * 600, False),  # a rule across the page
        ("\n".join(f"We add {n}+1={n + 1}." for n in range(60)), False),
        ("Check it. Check it. It is 24.", False),
        ("", False),
    ],
)
def test_a_chain_that_says_one_thing_without_end_is_looping(chain, looping):
    assert _report(chain).looping is looping


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("live_exponent", -0.5),
        ("failed_exponent", -0.1),
        ("leap_exponent", float("nan")),
        ("false_equation_exponent", -1.0),
        ("contradiction_factor", 0.0),
        ("contradiction_factor", 1.5),
        ("max_characters", 999),
    ],
)
def test_a_rule_out_of_range_is_refused_by_name_and_value(field, value):
    with pytest.raises(ValueError, match=rf"chains\.{field} must be .* got {value}"):
        ChainRule(**{field: value})


@pytest.mark.parametrize(
    ("chain", "states", "answers", "is_open"),
    [
        ("Ida: Ann less Cid, Ann 11, Cid 7, 11 - 7 = 4, Ida 4.\nNed: Ida le", False, [None], True),
        ("So x = 2", False, [None], True),
        ("So x = 2", False, ["2"], False),
        ("So x = 2.", False, [None], False),
        ("So $x = 2$", False, [None], False),
        ("So it is", True, [None], False),
        ("", False, [None], False),
        ("We write:\n```\nx = 1", False, ["1"], True),
    ],
)
def test_an_end_is_open_inside_a_sentence_and_without_an_answer(chain, states, answers, is_open):
    assert ending_of(chain, False, states, answers).is_open == is_open


@pytest.mark.parametrize(
    ("chain", "truncated", "announced"),
    [
        ("Perhaps the answer is 360 degrees. But let me check with the", True, False),
        ("Perhaps the answer is 4. Now. It is so. We add the", True, False),
        ("The answer is 4. That is option B.", False, True),
        ("The answer is 4", False, True),
        (r"It is \boxed{4}. But let me check with the", False, True),
        ("#### 4\nBut let me check with the", False, True),
    ],
)
def test_an_answer_in_the_middle_of_a_chain_does_not_end_it(chain, truncated, announced):
    report = _report(chain)
    assert (report.truncated, report.announced) == (truncated, announced)


def test_a_number_may_begin_with_its_point():
    assert stated_answer("The answer is .25.").answer == "0.25"
    assert not _report("27/108 = .25\n#### .25", ".25").unreached
    assert not _report("27/108 = 0.25\nThe answer is .25", "1/4").contradicted


@pytest.mark.parametrize(
    ("chain", "answer"),
    [
        ("1500000 + 1500000 = 3000000 people.\nSo the answer is 3 million.", "3 million"),
        ("1.5 + 1.5 = 3 million people.\nSo the answer is 3000000.", "3000000"),
        ("15000+15000=30000人。\n答案是3万。", "3万"),
        ("1.5+1.5=3万人。\n答案是30000。", "30000"),
        ("80÷100=0.8。\n答案是8折。", "8折"),
    ],
)
def test_an_answer_is_reached_on_another_scale(chain, answer):
    report = _report(chain, answer)
    assert (report.unreached, report.contradicted, report.false_equations) == (False, False, 0)


@pytest.mark.parametrize(
    "end",
    [
        "#### 999",
        "Answer: 999",
        "**Answer:** 999",
        "**Answer: 999**",
        "### Answer\n999",
        "A: 999",
        r"\boxed{999}",
        "**999**",
        "答案：999",
        "答：999支。",
    ],
)
def test_no_markup_hides_that_an_answer_is_not_reached(end):
    assert _report(f"He sold 48/2=24 clips.\nThen 24-4=20 clips are left.\n{end}").unreached


def test_an_answer_that_a_formula_leads_up_to_is_reached():
    assert not _report("He sold 48/2=24 clips.\nAnd $\\frac{N}{10}=\n\\boxed{372}$.").unreached


def test_a_scale_that_nobody_names_reaches_nothing():
    assert _report("1.5 + 1.5 = 3 people.\nSo the answer is 3000000.", "3000000").unreached
    assert _report("15000+15000=30000人。\n答案是5万。", "5万").unreached
