"""What must hold for every chain: renaming, repeating, wandering off, any text, row by row."""

import json
import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rbic.core.chains import analyse_chain, chain_columns
from rbic.core.integrity import ChainRule
from rbic.core.quantities import MAX_DIGITS
from rbic.schema import CHAINS

RULE = ChainRule()
FEW = settings(max_examples=40)
MANY = settings(max_examples=200)

QUESTION = "A farm has 30 cows and 40 goats. A cow eats 7 kg, a goat 3 kg. How much hay in all?"
CHAINS_TO_CHANGE = {
    "english": [
        "We need to add what cows and goats eat.",
        "The cows eat 30*7=210 kg of hay.",
        "The goats eat 40*3=120 kg of hay.",
        "Let me check the hay of the goats: 120/3=40 goats.",
        "So together they eat 210+120=330 kg.",
        "The answer to the question is 330.",
    ],
    "chinese": [
        "首先计算牛一天吃掉的草料，共30*7=210千克。",
        "然后计算羊一天吃掉的草料，共40*3=120千克。",
        "所以牛和羊一天总共吃掉的草料是210+120=330千克。",
        "因此这个问题的最后答案是330千克。",
    ],
    "prose": [
        "Cows are animals that are larger than any of the goats.",
        "Larger animals eat more hay than the smaller animals do.",
        "Therefore the cows must be eating more hay than the goats.",
        "The answer to the question is the cows.",
    ],
}
CHAIN = st.sampled_from(sorted(CHAINS_TO_CHANGE)).map(CHAINS_TO_CHANGE.get)


def _report(steps, question=QUESTION):
    return analyse_chain(question, "\n".join(steps), "330", None, RULE)


def _shape(report):
    graph = [(step.parents, step.status, step.original) for step in report.step_reports]
    counts = report[: report._fields.index("premises")]
    return graph, counts, report.structured, report.logical_complexity, report.integrity


@FEW
@given(st.permutations("bdhkmnpqrstuwyzABCDFGKLPQSTWXYZαβθ"))
def test_renaming_variables_changes_nothing(names):
    def written(p, q, r):
        chain = [
            f"Let ${p}$ be the cows and ${q}={p}+2$ the goats.",
            f"The legs give $4{p}+4{q}=88$.",
            f"So $4{p}+4({p}+2)=88$ and $8{p}=80$.",
            f"Hence ${p}=10$, ${q}=12$.",
            f"The sum is ${r}={p}+{q}=22$.",
            r"The answer is $\boxed{22}$.",
        ]
        return _report(chain, f"Find ${p}+{q}$ where ${q}={p}+2$ and $4{p}+4{q}=88$.")

    assert _shape(written(*names[:3])) == _shape(written("p", "q", "r"))


@FEW
@given(CHAIN, st.data())
def test_repeating_a_step_raises_neither_complexity_nor_integrity(chain, data):
    step = data.draw(st.integers(0, len(chain) - 1))
    place = data.draw(st.integers(step + 1, len(chain)))
    before, after = _report(chain), _report([*chain[:place], chain[step], *chain[place:]])
    assert after.step_reports[place].original == step
    assert after.logical_complexity <= before.logical_complexity
    assert after.integrity <= before.integrity


def test_repeating_a_short_step_does_not_raise_complexity_either():
    chain = ["The cows eat 30*7=210 kg.", "The goats eat 40*3=120 kg.", "In all 210+120=330."]
    before = _report([*chain, "The answer is 330."])
    after = _report([*chain, "The answer is 330.", "The answer is 330."])
    assert after.logical_complexity <= before.logical_complexity


_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()


def _spelled(number):
    """A number below a million in English words."""
    if number >= 1000:
        thousands, rest = divmod(number, 1000)
        return f"{_spelled(thousands)} thousand" + (f" {_spelled(rest)}" if rest else "")
    if number >= 100:
        hundreds, rest = divmod(number, 100)
        return f"{_SMALL[hundreds]} hundred" + (f" {_spelled(rest)}" if rest else "")
    if number >= 20:
        return _TENS[number // 10] + (f"-{_SMALL[number % 10]}" if number % 10 else "")
    return _SMALL[number]


COUNTS = st.lists(st.integers(14, 99), min_size=3, max_size=3, unique=True)


@FEW
@given(COUNTS, st.lists(st.integers(13, 99), min_size=3, max_size=3))
def test_numbers_in_words_hang_together_as_numbers_in_digits(counts, each):
    def graph(write):
        eaten = [many * one for many, one in zip(counts, each, strict=True)]
        farm = ["cows", "goats", "hens"]
        chain = [
            f"The {name} eat {write(many)} * {write(one)} = {write(many * one)} kg."
            for name, many, one in zip(farm, counts, each, strict=True)
        ]
        chain.append(f"Together {' + '.join(map(write, eaten))} = {write(sum(eaten))} kg.")
        kept = ", ".join(f"{write(many)} {name}" for name, many in zip(farm, counts, strict=True))
        question = f"A farm has {kept}, which eat {', '.join(map(write, each))} kg each. In all?"
        report = analyse_chain(question, "\n".join(chain), str(sum(eaten)), None, RULE)
        return _shape(report)[0], report.leaps, report.checked, report.false_equations

    assert graph(_spelled) == graph(str)


@FEW
@given(st.permutations(range(4)))
def test_reordering_independent_steps_changes_nothing(order):
    independent = [
        "The cows eat 30*7=210 kg of hay.",
        "The goats eat 40*3=120 kg of hay.",
        "The hens eat 50*2.5=125 kg of hay.",
        "The sheep eat 60*9=540 kg of hay.",
    ]
    end = ["So together they eat 210+120+125+540=995 kg.", "The answer is 995."]

    def shape(chain):
        report = _report(chain, f"{QUESTION} Also 50 hens at 2.5 kg and 60 sheep at 9 kg.")
        texts = [step.text for step in report.step_reports]
        steps = {
            step.text: (step.status, frozenset(texts[parent] for parent in step.parents))
            for step in report.step_reports
        }
        counts = report[: report._fields.index("step_reports")]
        return steps, counts

    assert shape([*(independent[at] for at in order), *end]) == shape([*independent, *end])


OFF_TOPIC = [
    "My uncle adores beautiful sunny Portugal.",
    "Penguins waddle across icebergs.",
    "Some violins sound sweeter by candlelight.",
    "我的姨妈住在巴黎附近。",
    "Her telescope cost 1234 crowns.",
]


@FEW
@given(CHAIN, st.lists(st.sampled_from(OFF_TOPIC), min_size=1, unique=True))
def test_wandering_off_raises_neither_complexity_nor_integrity(chain, tangent):
    before, after = _report(chain), _report([*chain, *tangent])
    assert after.logical_complexity <= before.logical_complexity
    assert after.integrity <= before.integrity


def test_a_tangent_of_several_steps_on_one_subject_stays_one():
    tangent = ["My uncle adores sunny Portugal.", "Portugal has warm beaches near my uncle."]
    before = _report(CHAINS_TO_CHANGE["english"])
    after = _report([*CHAINS_TO_CHANGE["english"], *tangent])
    assert after.logical_complexity <= before.logical_complexity


PIECES = [
    *"+-*/^=≈(){}[]$%!.,:;'\"\\&_~|<>?#…°\n\x00\x1e\x1f\u2028 。，①٣½²Ⅷé😀",
    *("1", "48", "3.5", "1,000", "x", "A", "half", "dozen ", "two hundred and ", "million ", "of "),
    *("is ", "so ", "wait ", "Step 1: ", "(1) ", "#1 ", "```", "<think>", "</think>", "####", "$$"),
    *("\\frac", "\\boxed{", "\\sqrt{", "\\begin{align}", "\\end{align}", "\\\\", "\\[", "\\]"),
    *("\\n", "\\text{", "[asy]", "<<", ">>", "reconsider A", "Assume A", "答案", "故选", "所以"),
    *("因为", "一百", "两个", "三", "加", "得"),
]
TEXT = st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=60)
RUNS = st.tuples(st.sampled_from(PIECES), st.integers(1, 400)).map(lambda run: run[0] * run[1])


def _is_sound(report):
    shares = (report.live_share, report.repeated, report.failed_share, report.leaps)
    return (
        all(0 <= share <= 1 for share in (*shares, report.integrity))
        and 0 <= report.logical_complexity < math.inf
        and 0 <= report.false_equations <= report.checked
        and max(report.depth, report.joins, report.width) <= report.live_steps <= report.steps
        and all(
            parent < at for at, step in enumerate(report.step_reports) for parent in step.parents
        )
    )


@MANY
@given(TEXT, TEXT | RUNS, TEXT | st.none(), st.lists(TEXT, max_size=3) | st.none())
@example("", "?", None, None)
@example("", "", None, None)
@example("", "(" * 3000, "", [])
@example("", "1+" * 1500 + "=", "1", None)
def test_any_text_has_an_analysis_within_its_ranges(question, chain, answer, options):
    assert _is_sound(analyse_chain(question, chain, answer, options, RULE))


@pytest.mark.parametrize("chain", ["!", "?", "!\x1f", ", "])
def test_a_chain_of_signs_only_has_one(chain):
    assert _is_sound(analyse_chain("", chain, None, None, RULE))


@pytest.mark.parametrize("said", ["hundred ", "two hundred and ", "dozen "])
def test_a_chain_of_numerals_without_end_has_one(said):
    chain = "two " + said * (100 * MAX_DIGITS)
    assert _is_sound(analyse_chain("", chain, None, None, RULE))


def _rows():
    chains = ["\n".join(steps) for steps in CHAINS_TO_CHANGE.values()]
    chains += ["", "<think>1+1=3", "Wait, no. " * 50]
    answers = ["330", None, "cows", None, "2", ""]
    options = [None, ["330", "331"], None, [], None, None]
    return [QUESTION] * len(chains), chains, answers, options


def test_columns_are_the_reports_row_by_row():
    rows = _rows()
    columns = chain_columns(*rows, RULE)
    for at, sample in enumerate(zip(*rows, strict=True)):
        report = analyse_chain(*sample, RULE)
        for name, values in columns.items():
            assert values[at] == values.dtype.type(getattr(report, name)), name


@pytest.mark.parametrize("rows", [_rows(), ([], [], [], [])], ids=["some", "none"])
def test_columns_are_those_of_the_schema_in_order_and_type(rows):
    columns = chain_columns(*rows, RULE)
    wanted = [column for column in CHAINS.columns if column.name != "sample_id"]
    assert list(columns) == [column.name for column in wanted]
    for column in wanted:
        assert columns[column.name].dtype == np.dtype(column.type.to_pandas_dtype())
        assert len(columns[column.name]) == len(rows[0])


def test_of_a_long_chain_the_first_and_the_last_part_are_read():
    rule = ChainRule(max_characters=1000)
    middle = "The hens eat 1+1=3 kg. " * 400
    report = analyse_chain(QUESTION, f"It is 2+2=5. {middle}\n#### 330", "330", None, rule)
    assert report.step_reports[0].text == "It is 2+2=5."
    assert report.stated_answer == "330"
    assert sum(len(step.text) for step in report.step_reports) <= 1000


def test_real_solutions_state_an_answer_and_hardly_compute_falsely(data_dir):
    path = data_dir / "gsm8k" / "train.jsonl"
    if not path.is_file():
        pytest.skip(f"no {path}; see rbic's data folder")
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line, _ in zip(lines, range(300), strict=False)]
    reports = [
        analyse_chain(row["question"], row["answer"], row["answer"].split("####")[1], None, RULE)
        for row in rows
    ]
    assert len(reports) == 300
    assert sum(report.false_equations > 0 for report in reports) <= 6  # 2 %
    assert sum(report.stated_answer is not None for report in reports) >= 285  # 95 %
    assert not any(report.contradicted for report in reports)
