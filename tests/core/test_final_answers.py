"""The last stated answer is found in replies, chains and references, and only there."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbic.core.final_answers import final_answer, reference_answer, split_chain

FOUND = [
    (r"so $x = \boxed{5}$.", "5"),
    (r"\boxed{3} was wrong. Correcting: \boxed{\frac{1}{\sqrt{2}}}", r"\frac{1}{\sqrt{2}}"),
    (r"$\boxed{1}$ and $\boxed{2}$", "1, 2"),
    (r"\boxed{(3, 3)} \text{ for part (a) and } \boxed{(1, 1)}", "(3, 3), (1, 1)"),
    ("(a) $\\boxed{3}$\n\n(b) $\\boxed{5}$", "3, 5"),
    ("Part (a): \\boxed{3}.\nPart (b): \\boxed{5}.", "3, 5"),
    ("1. \\boxed{3}\n2. \\boxed{5}", "3, 5"),
    ("**a)** \\boxed{3}\n**b)** \\boxed{5}", "3, 5"),
    ("第一问：\\boxed{3}\n第二问：\\boxed{5}", "3, 5"),
    ("1. We get \\boxed{3}\n2. So it is \\boxed{5}", "5"),
    ("(1) It is $\\boxed{3}$.\n(2) Then we add 2 and get $\\boxed{5}$.", "3, 5"),
    ("(a) It is 3.\n(b) Then we add 2 and get $\\boxed{5}$.", "5"),
    (r"\boxed{12}\%", r"12\%"),
    (r"\framebox[2cm]{5}", "5"),
    (r"\bbox[5px]{5}", "5"),
    (r"Its area is \boxed{7}. So twice that is \boxed{14}.", "14"),
    (r"the roots are \boxed{x = 1 \text{ and } x = 2", r"x = 1 \text{ and } x = 2"),
    ("She has 2 + 3 = 5 apples.\n#### 5", "5"),
    ("first #### 4\nthen #### 1,234 ", "1,234"),
    ("Answer:\n- 5", "5"),
    ("答案：\n• 5 个", "5 个"),
    ("Answer:\n- 3\n- 5", "3, 5"),
    ("Answer: -5", "-5"),
    ("Answer:\n-5", "-5"),
    ("Answer:\n1.5", "1.5"),
    ("Final Answer:\n1. 5", "5"),
    ("答案：\n(1) 3\n(2) 5", "3, 5"),
    ("The answer is (a) 3 and (b) 5.", "3 and 5"),
    ("The answer is (1) and (2).", "(1) and (2)"),
    ("So the answer is 42.", "42"),
    ("The answer is 12 (see step 3).", "12"),
    ("The answer is 12 (km).", "12 km"),
    ("The answer is 12 (million).", "12 million"),
    ("The answer is 2 (mod 5).", "2 (mod 5)"),
    ("The answer is (2, 5).", "(2, 5)"),
    ("The answer is 5, not 6.", "5"),
    ("答案是5，而不是6。", "5"),
    ("The answer: 5 apples; she had 12.", "5 apples"),
    ('{"answer": "5", "steps": 3}', "5"),
    ('{"steps": 3, "answer": 5}', "5"),
    ("The answer is 3.5. I hope it is correct.", "3.5"),
    ("The final answer is: $\\frac{3}{4}$.", r"$\frac{3}{4}$"),
    ("**Final Answer:** 17", "17"),
    ("Final Answer\n\nThe answer is \\[ x = 2 \\]", r"\[ x = 2 \]"),
    ("The answer to the question is (C).", "(C)"),
    ("Answer: C. 25 km", "C"),
    ("The correct option is B", "B"),
    ("The answer is 12 because 3 times 4 is 12.", "12"),
    ("The answer is $5$. Checking: 2 + 3 = 5, which is correct. The answer is correct.", "$5$"),
    ("The answer is the sum of the digits 4 and 5, so 4 + 5 = 9 in all of the cases here", "9"),
    (r"We get \boxed{200} first. Final Answer: The final answer is $10,455$.", "$10,455$"),
    ("step one\nA: 18", "18"),
    ("所以答案是 12。", "12"),
    ("故答案为：$8\\sqrt{3}$．", r"$8\sqrt{3}$"),
    ("综上，故选：C．", "C"),
    ("所以选 B", "B"),
    ("【答案】: D <eoa>", "D"),
    ("因此，弗兰克一共有**858颗**糖果。", "858颗"),
    ("答：共有 36 人", "共有 36 人"),
    ("(C)", "C"),
    ("B。 不是 A", "B"),
    ("Evelyn", "Evelyn"),
    ("x = 3 or x = 4", "x = 3 or x = 4"),
    ("We find that $x \\neq 3$.", r"x \neq 3"),
    ("It costs $40-$20=$20 after paying off all debts.", "$20"),
    ("She jogs 10 x 5 = 50 miles for 5 days.", "50 miles"),
    ("There are $3$ red and $4$ blue ones.", "4"),
    ("The solutions are $x=1$ and $x=2$.", "x=1, x=2"),
    ("That makes 28%.", "28%"),
    ("Hence the probability is 5/36.", "5/36"),
    ("So the slope is -3/4.", "-3/4"),
    ("Each one costs $.50", "$.50"),
    ("We have 3 + .5 = .75 less", ".75"),
    ("She needs 2 1/2 cups of sugar", "2 1/2 cups"),
    ("The area is 25π.", "25π"),
    ("Its height is 3√2/2.", "3√2/2"),
    ("Its side is √3.", "√3"),
    ("The angle is π/4 here.", "π/4"),
    ("We get 2*5 = 10. Therefore, option B is correct.", "B"),
    ("We add 3 and 4. Thus, B is the correct answer.", "B"),
    ("所以选项B正确。", "B"),
    ("因此B选项正确。", "B"),
    ("由此可知B正确，A、C、D错误。", "B"),
    ("答案选择B，因为3大于2。", "B"),
    ("Options A and D are correct.", "AD"),
    ("A正确，B错误，C正确", "AC"),
    ("由上可知 A、C正确。", "AC"),
    # The question may ask for the wrong one.
    ("A正确，B错误，C正确，D正确，共4项", "4项"),
    ("If options A and D are correct, there are 7 of them.", "7"),
    ("If option B is correct then there are 7 of them.", "7"),
    ("Option A is not correct. There are 5.", "5"),
    # Two are called correct, and neither alone is the answer.
    ("A项正确，1大于0。B项正确，2大于0。共有 2 项", "2 项"),
    (
        "Yes. Whales are mammals, so they breathe air with lungs and must come up now and then.",
        "Yes",
    ),
    ("Yes, because 5 > 3.", "Yes"),
    ("Whales have 2 lungs and no gills. So no.", "no"),
    ("因为2大于1，所以不是。", "不是"),
    ("<think>perhaps \\boxed{3}? no</think>It is \\boxed{4}.", "4"),
    ("<|begin_of_thought|>1<|end_of_thought|><|begin_of_solution|>So it is 8.", "8"),
    ("<think>so far \\boxed{3}, but wait", "3"),
    ("◁think▷so it is 3◁/think▷It is 4.", "4"),
    ("<|channel|>analysis<|message|>3?<|end|><|channel|>final<|message|>So 8.", "8"),
    ("So 5 is the answer. (I used 3 steps.)", "5"),
    ("We have 120, confirming that 80 is the answer, as 100 is too large.", "80"),
    ("Suppose that 80 is the answer, then we would have 7.", "7"),
    ("Hence $x+1$ is the correct answer.", "$x+1$"),
    ("The answer is $\\frac{3}{4}$ or 0.75.", r"$\frac{3}{4}$"),
    ("The answer is 3 or 4.", "3 or 4"),
    ("a) 3\nb) -5", "3, -5"),
    ("Thus:\n(i) 3\n(ii) 5 km", "3, 5 km"),
    ("1. 5 + 3 = 8\n2. 8 - 1 = 7", "7"),
    ("Therefore B.", "B"),
    ("综上，B", "B"),
    ("choice B (12 km)", "B"),
    ("Therefore, yes.", "yes"),
    ("Whales have 2 lungs. The statement is true.", "true"),
    ("因为2大于1，所以该说法错误。", "错误"),
    ("所以一共有三个苹果", "三个苹果"),
    ("所以概率为百分之五十。", "百分之五十"),
    ("所以它们是一样的", "所以它们是一样的"),
    ("The answer is 42\n\nHuman: And now?\n\nAssistant: The answer is 7", "42"),
    ("It is \\boxed{42}.<|im_end|>\n<|im_start|>user\nAnd \\boxed{7}?", "42"),
]


@pytest.mark.parametrize(("text", "answer"), FOUND)
def test_the_last_stated_answer_is_found(text, answer):
    assert final_answer(text) == answer


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "I would have to think about this one for a very long time, and even then I am not sure "
        "that anything would come of it.",
        "<think>the answer is 3? no, maybe 4",
        "The code AZYUK2A was not found by anyone in the whole building, although they all tried.",
    ],
)
def test_where_no_answer_is_stated_none_is_found(text):
    assert final_answer(text) is None


@given(st.text(alphabet="abc123+-=^_()[], ", min_size=1, max_size=20), st.text(max_size=60))
def test_whatever_is_boxed_last_is_the_answer(content, before):
    if content.strip():
        text = before.replace("boxed", "") + ". We get " + rf"$\boxed{{{{{content}}}}}$."
        assert final_answer(text) == f"{{{content}}}".strip()


@given(st.text(max_size=200))
def test_any_text_has_one_answer_or_none(text):
    answer = final_answer(text)
    assert answer is None or answer.strip()


def test_a_reference_is_what_it_states_or_itself():
    assert reference_answer(r"Adding, we get $\boxed{7}$.") == "7"
    assert reference_answer(" 3 apples ") == "3 apples"
    assert reference_answer("2, 3") == "2, 3"


@pytest.mark.parametrize(
    ("text", "chain", "answer"),
    [
        ("2 + 3 = 5.\n#### 5", "2 + 3 = 5.", "5"),
        ("It is the first. So the answer is (C).", "It is the first.", "(C)"),
        ("Eggs break.\nThe final answer: yes.", "Eggs break.", "yes"),
        ("由题意得 x = 3。\n故选：C．", "由题意得 x = 3。", "C"),
        ("Then we get $x = \\boxed{5}$.", "Then we get $x = \\boxed{5}$.", "5"),
        ("We add.\n\\boxed{5}", "We add.", "5"),
        ("The answer is 4, as we see. Now more.", "The answer is 4, as we see. Now more.", "4"),
        ("Nothing is stated here", "Nothing is stated here", None),
        ("#### 5", "#### 5", "5"),
    ],
)
def test_a_chain_loses_the_line_that_only_states_its_answer(text, chain, answer):
    assert split_chain(text) == (chain, answer)


@given(st.text(max_size=80))
def test_splitting_never_loses_a_step(text):
    chain, answer = split_chain(text)
    assert text.startswith(chain)
    if answer is None:
        assert chain == text


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("We read what is known.\nThen we add.\nStep 4:", None),
        ("So 3 + 9 = 12.\nStep 4: Now multiply the two", "12"),
        ("Day 2:", None),
        ("## Step 4：", None),
        ("In week 3:", None),
        ("Week 3:210 pages", "210"),
    ],
)
def test_a_number_that_counts_off_a_step_is_no_answer(text, answer):
    assert final_answer(text) == answer


_WORDS = (
    "Step", "4", "week", ":", "12", "=", "+", "-", "/", "(", ")", ",", ".", "and", "or", "x", "$",
    "at least", "5%", "km", "\n", "\\boxed{", "}", "####", "一共", "个",
)  # fmt: skip


@given(st.lists(st.sampled_from(_WORDS), max_size=12), st.sampled_from(["", " "]))
def test_whatever_stands_beside_a_number_an_answer_is_text_or_none(words, between):
    answer = final_answer(between.join(words))
    assert answer is None or answer.strip()


def test_a_split_of_many_open_boxes_is_linear():
    text = "So the answer is \\boxed{5\n" * 40_000
    begun = time.process_time()
    split_chain(text)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    "piece",
    [
        "{",
        "$",
        r"\boxed{1",
        "\\boxed{5\n",
        "the answer is ",
        "1 ",
        "7,",
        r"\frac",
        "选",
        ". ",
        "(A) ",
        "\n",
        "(a) \\boxed{1}\n",
        "7 is the answer ",
        "A, ",
        "(a) 3\n",
        "- 5\n",
        "A正确，",
        "7 and ",
        "(1) ",
    ],
)
def test_a_million_characters_take_seconds_not_hours(piece):
    text = piece * (1_000_000 // len(piece))
    begun = time.process_time()
    final_answer(text)
    assert time.process_time() - begun < 5
