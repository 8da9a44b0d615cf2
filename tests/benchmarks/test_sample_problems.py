"""The generator: its programs are right, its words complete, its draws repeatable."""

import math
import re
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from random import Random

import pytest

from benchmarks.sample.compose import MAX_STEPS, ProblemMix
from benchmarks.sample.domains import DOMAINS
from benchmarks.sample.problems import draw_problem, plain_reply
from benchmarks.sample.program import (
    LARGEST_VALUE,
    LEAVES,
    Node,
    Notation,
    Op,
    Program,
    apply,
    depth,
    equation,
    needed_steps,
)
from benchmarks.sample.story import OPENING, step
from benchmarks.sample.wording import Wording, draw_wording, question_text
from benchmarks.sample.words import Language

ENGLISH = ProblemMix(chinese_share=0)
FLAT = ProblemMix(zipf_exponent=0.0, chinese_share=0.5)

EQUATION = re.compile(
    r"((?:gcd|lcm|max|min)\(\d+, \d+\)|\(?\d+(?: [-+*/] \d+\)?)+) = (\d+)(?! [-+*/=])"
)
"""A computation and its result: in `3x = 26 - 5 = 21` what stands after the first `=`."""

PLAIN_OPERATIONS = {
    Op.ADD: lambda a, b: Fraction(a) + b,
    Op.SUBTRACT: lambda a, b: Fraction(a) - b,
    Op.MULTIPLY: lambda a, b: Fraction(a) * b,
    Op.DIVIDE: lambda a, b: Fraction(a, b),
    Op.REMAINDER: lambda a, b: Fraction(a - b * math.floor(a / b)),
    Op.GCD: lambda a, b: Fraction(max(d for d in range(1, a + 1) if a % d == b % d == 0)),
    Op.LCM: lambda a, b: Fraction(next(m for m in range(a, a * b + 1, a) if m % b == 0)),
    Op.DIGIT_SUM: lambda a: Fraction(a // 100 + a // 10 % 10 + a % 10),
    Op.MEAN: lambda a, b: Fraction(a + b, 2),
    Op.MAXIMUM: lambda a, b: Fraction(a if a > b else b),
    Op.MINIMUM: lambda a, b: Fraction(a if a < b else b),
    Op.PERCENT: lambda a, p: Fraction(a * p, 100),
}


def plainly_evaluated(program, index):
    """The value of a node by plain recursion in rationals, never looking at stored values."""
    node = program.nodes[index]
    if node.op in LEAVES:
        return Fraction(node.value)
    operands = [plainly_evaluated(program, i) for i in node.operands]
    assert all(value.denominator == 1 for value in operands)
    return PLAIN_OPERATIONS[node.op](*map(int, operands))


def drawn(count, mix=FLAT, seed=5):
    return [draw_problem(mix, seed, index) for index in range(count)]


def equations_in(text):
    """The equations of a text in ASCII notation, as pairs of left side and result."""
    return [(left, int(result)) for left, result in EQUATION.findall(text)]


def holds(equation):
    """Whether an equation is true, by Python's own arithmetic."""
    left, result = equation
    names = {"gcd": math.gcd, "lcm": math.lcm, "max": max, "min": min}
    return eval(left, {"__builtins__": {}}, names) == result  # noqa: S307


def test_every_stored_value_is_what_a_plain_evaluator_computes():
    for problem in drawn(800):
        program = problem.story.program
        for index, node in enumerate(program.nodes):
            assert plainly_evaluated(program, index) == node.value
            assert 0 < node.value <= LARGEST_VALUE
            assert all(operand < index for operand in node.operands)


def test_the_target_rests_on_every_step_and_each_number_of_steps_occurs():
    counts = Counter()
    for problem in drawn(800):
        program = problem.story.program
        steps = [i for i, node in enumerate(program.nodes) if node.op not in LEAVES]
        assert list(needed_steps(program)) == steps
        assert problem.steps == len(steps)
        assert 1 <= depth(program) <= len(steps)
        counts[len(steps)] += 1
    assert set(counts) == set(range(1, MAX_STEPS + 1))


def test_depth_and_needed_steps_of_a_program_counted_by_hand():
    # a = 2 * 3, b = 4 + 5, unused = 2 + 4, target = a * b: two levels, three needed steps.
    given = [Node(Op.GIVEN, (), value) for value in (2, 3, 4, 5)]
    derived = [
        Node(Op.MULTIPLY, (0, 1), 6),
        Node(Op.ADD, (2, 3), 9),
        Node(Op.ADD, (0, 2), 6),
        Node(Op.MULTIPLY, (4, 5), 54),
    ]
    program = Program((*given, *derived), 7)
    assert needed_steps(program) == (4, 5, 7)
    assert depth(program) == 2


def test_every_equation_of_a_plain_reply_is_true_and_the_last_line_states_the_answer():
    for problem in drawn(800):
        *steps, last = plain_reply(problem).split("\n")
        assert last == f"#### {problem.answer}"
        assert len(steps) == problem.steps
        for line in steps:
            equations = equations_in(line)
            assert len(equations) == 1, line
            assert holds(equations[0]), line


@pytest.mark.parametrize(
    ("notation", "text"),
    [
        (Notation.ASCII, "3 * 4 = 12"),
        (Notation.LATEX, r"$3 \times 4 = 12$"),
        (Notation.SCHOOL, "3 × 4 = 12"),
        (Notation.ANNOTATED, "3 * 4 = <<3*4=12>>12"),
    ],
)
def test_an_equation_in_each_notation(notation, text):
    assert equation(Op.MULTIPLY, (3, 4), 12, notation) == text


@pytest.mark.parametrize(
    ("op", "values", "text"),
    [
        (Op.REMAINDER, (17, 5), "17 - 5 * 3 = 2"),
        (Op.DIGIT_SUM, (147,), "1 + 4 + 7 = 12"),
        (Op.MEAN, (12, 18), "(12 + 18) / 2 = 15"),
        (Op.PERCENT, (80, 25), "80 * 25 / 100 = 20"),
        (Op.GCD, (12, 18), "gcd(12, 18) = 6"),
        (Op.LCM, (4, 6), "lcm(4, 6) = 12"),
    ],
)
def test_an_operation_without_a_sign_of_its_own_is_written_so_that_it_can_be_checked(
    op, values, text
):
    assert equation(op, values, apply(op, values), Notation.ASCII) == text
    assert holds(equations_in(text)[0])


@pytest.mark.parametrize(
    ("op", "values"),
    [
        (Op.DIVIDE, (7, 2)),
        (Op.SUBTRACT, (3, 3)),
        (Op.SUBTRACT, (3, 5)),
        (Op.MULTIPLY, (100, 10)),
        (Op.REMAINDER, (10, 5)),
        (Op.REMAINDER, (3, 5)),
        (Op.DIGIT_SUM, (9,)),
        (Op.MEAN, (3, 4)),
        (Op.PERCENT, (5, 50)),
    ],
)
def test_an_operation_without_a_fitting_result_has_none(op, values):
    assert apply(op, values) is None


def test_the_question_states_each_given_number_and_leaves_no_slot_open():
    for problem in drawn(800):
        numbers = Counter(re.findall(r"\d+", problem.question))
        for event in problem.story.events:
            template = event.beat.wordings[problem.language][0]
            for name, value in event.given.items():
                assert f"{{{name}}}" in template
                assert numbers[str(value)]
        assert "{" not in problem.question


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)
def test_every_wording_of_a_beat_states_the_same_numbers(domain):
    slot = re.compile(r"\{(\w+)[.}]")
    for beat in domain.beats:
        told = {name for name in beat.given if not name.startswith("_")}
        for language in Language:
            assert len(beat.wordings[language]) >= 2
            for template in beat.wordings[language]:
                assert told <= set(slot.findall(template)), template
            for computed in beat.steps:
                assert "{eq}" in computed.wording[language]


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)
def test_every_kind_can_be_asked_for_and_continued_by_one_step(domain):
    kinds = {beat.gives for beat in domain.beats}
    assert kinds == set(domain.questions)
    for kind in {OPENING, *kinds}:
        following = [beat for beat in domain.beats if beat.takes == kind and not beat.needs]
        assert any(len(beat.steps) == 1 for beat in following), kind
    for beat in domain.beats:
        # Only openings may leave names behind that later beats recall: see _Draft._add.
        if beat.takes != OPENING:
            assert not {"price", "start", "root"} & {*beat.given, *(s.result for s in beat.steps)}


def test_both_languages_tell_the_same_numbers():
    for problem in drawn(300, ENGLISH):
        story = problem.story
        wording = Wording((0,) * len(story.events), 0)
        texts = [
            question_text(story, language, wording).replace(":00", "") for language in Language
        ]
        first, second = (sorted(re.findall(r"\d+", text)) for text in texts)
        # "twice" and "half" have no numeral in one language and one in the other.
        assert [n for n in first if n not in "12"] == [n for n in second if n not in "12"], texts


def test_a_problem_depends_on_its_seed_and_index_only():
    alone = [draw_problem(FLAT, 5, index) for index in (7, 3)]
    in_order = drawn(8)
    assert [p.question for p in alone] == [in_order[7].question, in_order[3].question]
    assert draw_problem(FLAT, 6, 3).question != in_order[3].question


def test_another_hash_seed_gives_the_same_problems():
    code = (
        "from benchmarks.sample.problems import *\n"
        "p = [draw_problem(ProblemMix(), 5, i) for i in range(40)]\n"
        "print([(q.question, plain_reply(q)) for q in p])"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_domain_sizes_fall_as_the_zipf_exponent_says():
    mix = ProblemMix(domains=("ages", "money", "numbers"), zipf_exponent=1.0, step_weights=(1.0,))
    counts = Counter(p.story.domain.name for p in drawn(3000, mix))
    # 1 : 1/2 : 1/3, so 6/11, 3/11 and 2/11 of 3,000; four standard deviations are 109.
    for name, share in (("ages", 6 / 11), ("money", 3 / 11), ("numbers", 2 / 11)):
        assert abs(counts[name] - 3000 * share) < 109


def test_a_wording_is_drawn_from_all_variants():
    story = draw_problem(ENGLISH, 5, 0).story
    texts = {
        question_text(story, Language.ENGLISH, draw_wording(story, Language.ENGLISH, rng))
        for rng in map(Random, range(200))
    }
    variants = math.prod(len(e.beat.wordings[Language.ENGLISH]) for e in story.events)
    assert len(texts) == variants * len(story.domain.questions[story.kind][Language.ENGLISH])


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"domains": ("magic",)}, "magic"),
        ({"step_weights": (0.1,) * 9}, "step_weights"),
        ({"chinese_share": 1.5}, "chinese_share"),
    ],
)
def test_a_mix_that_cannot_be_drawn_is_refused(setting, message):
    with pytest.raises(ValueError, match=message):
        ProblemMix(**setting)


def test_a_step_in_another_form_is_refused():
    with pytest.raises(ValueError, match=re.escape("a ** b")):
        step("x = a ** b", "{eq}", "{eq}")
