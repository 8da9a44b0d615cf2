r"""A chain is cut into lines, sentences and equations, each with the words that lead to it."""

import pytest

from rbic.core.notation import plain_notation
from rbic.core.steps import MAX_STEPS, split_steps


def _steps(chain):
    """The texts of the steps, without the width of their blanks."""
    return [" ".join(step.text.split()) for step in split_steps(plain_notation(chain)).steps]


@pytest.mark.parametrize(
    ("chain", "steps"),
    [
        ("He had 3.\nHe buys 4.\n\nNow 3+4=7.", ["He had 3.", "He buys 4.", "Now 3+4=7."]),
        ("He had 3. He buys 4! How many? It is 7.", 4),
        ("Mix 3.5 kg of rice. Cook it.", ["Mix 3.5 kg of rice.", "Cook it."]),
        ("Ask Mr. Lee, e.g. now. He knows.", ["Ask Mr. Lee, e.g. now.", "He knows."]),
        ("小明有3个。他又买了4个！共几个？共7个。", 4),
        (r"x=1 \\ y=2", ["x=1", "y=2"]),
        ("2+3*4&=2+12\\\\\n&=14", 1),
        ("There are 4! = 24 orders. So 7!(8-1) = 7! * 7 in all! Fine.", 3),
        (r"It has 3.\nIt is 4.", ["It has 3.", "It is 4."]),
        ("", []),
        (" \n\t\n ", []),
    ],
)
def test_lines_and_sentences_are_steps(chain, steps):
    found = _steps(chain)
    assert (len(found) if isinstance(steps, int) else found) == steps


@pytest.mark.parametrize("title", ["Mr.", "Mrs.", "Dr."])
def test_a_title_at_the_begin_of_a_sentence_ends_none(title):
    assert _steps(f"{title} Lee has 3 cats. It is so.") == [f"{title} Lee has 3 cats.", "It is so."]


def test_a_line_that_merely_wraps_goes_on():
    assert _steps("The farmer has cows\nand goats.") == ["The farmer has cows and goats."]
    long = "这个农场一共养了三十头牛还有四十只羊并且"
    assert _steps(f"{long}\n每天都要吃很多草。") == [f"{long}每天都要吃很多草。"]
    assert _steps(f"{long}\n所以要吃很多草。") == [long, "所以要吃很多草。"]


def test_an_equation_that_goes_on_in_the_next_line_is_one_step():
    assert _steps("x = 1 + 2\n  = 3\ny = 4") == ["x = 1 + 2 = 3", "y = 4"]
    align = r"\begin{align*} x &= 1+2 \\ &= 3 \\ y &= x+1 \end{align*}"
    assert _steps(align) == ["x = 1+2 = 3", "y = x+1"]


@pytest.mark.parametrize(
    ("chain", "steps"),
    [
        ("1. Add 3+4=7.\n2. Double it.", ["1. Add 3+4=7.", "2. Double it."]),
        ("1.\nAdd 3+4=7.\n2.\nDouble it.", ["1. Add 3+4=7.", "2. Double it."]),
        ("(1) 2+2=4\n(2) 4+4=8", ["(1) 2+2=4", "(2) 4+4=8"]),
        ("Step 1: Add.\nStep 2:\nDouble.", ["Step 1: Add.", "Step 2: Double."]),
        ("**Step 1**\nAdd 1+1=2.", ["Step 1 Add 1+1=2."]),
        ("### Solution\nAdd 1+1=2.", ["### Solution Add 1+1=2."]),
        ("Case 1: x=2\nCase 2: x=3", ["Case 1: x=2", "Case 2: x=3"]),
        ("第一步：\n3+4=7。\n第二步：7*2=14。", ["第一步： 3+4=7。", "第二步：7*2=14。"]),
        ("解：\n设x=3。\n答：3。", ["解： 设x=3。", "答：3。"]),
        ("① 2+2=4\n② 4+4=8", ["① 2+2=4", "② 4+4=8"]),
        ("It is done.\n#### 42", ["It is done.", "#### 42"]),
        ("Add 3+4=7.\n2.", ["Add 3+4=7. 2."]),  # a mark that nothing follows
    ],
)
def test_marks_of_numbering_join_the_step_that_they_mark(chain, steps):
    assert _steps(chain) == steps


@pytest.mark.parametrize(
    ("chain", "steps"),
    [
        ("So 2+3=5, then 5*2=10, and 10-1=9.", ["So 2+3=5,", "then 5*2=10,", "and 10-1=9."]),
        ("We know x+y=3, so y=2.", ["We know x+y=3,", "so y=2."]),
        ("Since b+c=5 and c=3, we have b=2.", ["Since b+c=5 and c=3, we have b=2."]),
        ("$a=1$, $b=2$, so $c=3$", ["$a=1$,", "$b=2$,", "so $c=3$"]),
        ("We take f(1, x=2, y=3) = 4 here.", ["We take f(1, x=2, y=3) = 4 here."]),
        (
            r"We get \[x+1=3\] Then \[x=2\] So done.",
            ["We get x+1=3", "Then x=2 So done."],
        ),
        ("可知a=3，所以b=a+1=4，因此c=b+1=5。", ["可知a=3，", "所以b=a+1=4，", "因此c=b+1=5。"]),
        ("因为a=3，所以b=a+1=4，因此c=b+1=5。", ["因为a=3， 所以b=a+1=4，", "因此c=b+1=5。"]),
        ("他又买了4个，所以共有3+4=7个。", ["他又买了4个，所以共有3+4=7个。"]),
    ],
)
def test_a_sentence_of_several_equations_is_cut_at_each_with_its_premises(chain, steps):
    assert _steps(chain) == steps


def test_words_that_lead_to_a_formula_join_it():
    assert _steps("Then we have\n$x=3$.") == ["Then we have $x=3$."]
    assert _steps("Solve:\n$$x+1=2$$\n$$x=1$$") == ["Solve: $x+1=2$", "$x=1$"]
    assert _steps("于是得\n$x=3$。") == ["于是得 $x=3$。"]


@pytest.mark.parametrize(
    ("chain", "blocks", "unclosed"),
    [
        ("<think>2+2=4. So 4.</think>The answer is 4.", [0, 0, 1], False),
        ("<think>2+2=4. So it goes. </think>\nIt is 4.\nYes, 4.", [0, 0, 1, 1], False),
        ("<think>2+2=4.\nWait, no", [0, 0], True),
        ("2+2=4.</think>It is 4.", [0, 1], False),  # a template that opens the thought itself
        ("<|begin_of_thought|>2+2=4.<|end_of_thought|>It is 4.", [0, 1], False),
        ("<|begin_of_thought|>2+2=4.", [0], True),
        ("2+2=4. It is 4.", [0, 0], False),
    ],
)
def test_the_thought_and_the_write_up_are_two_blocks(chain, blocks, unclosed):
    found = split_steps(plain_notation(chain))
    assert ([step.block for step in found.steps], found.unclosed) == (blocks, unclosed)


def test_tags_stand_in_no_step():
    chain = "<think>2+2=4.</think><answer>It is 4.</answer><|im_end|>"
    assert _steps(chain) == ["2+2=4.", "It is 4."]


def test_code_between_fences_is_cut_by_lines_only():
    chain = "So we write:\n```\nx = 3; y = 4\nz = x + y\n```\nIt is 7. Good."
    steps = split_steps(plain_notation(chain)).steps
    assert [(step.text, step.code) for step in steps if step.text] == [
        ("So we write:", False),
        ("x = 3; y = 4", True),
        ("z = x + y", True),
        ("It is 7.", False),
        ("Good.", False),
    ]


def test_the_language_of_a_fence_is_no_step():
    assert _steps("```python\nx = 3\n```") == ["x = 3"]


def test_no_words_are_lost_or_made_up():
    chain = "First, 2+3=5, so 5*2=10. Step 2:\nThen 10-1=9; 所以得9。\n\n- It is 9"
    assert " ".join(_steps(chain)).replace(" ", "") == "".join(chain.split())


def test_beyond_the_limit_no_step_is_cut():
    assert len(_steps("It is so.\n" * (MAX_STEPS + 5))) == MAX_STEPS
