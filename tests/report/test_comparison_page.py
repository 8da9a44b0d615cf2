"""The page and the files of a comparison."""

import csv
import io
import json
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from rich.console import Console

from rbic.core.comparing import compare
from rbic.core.comparison import ComparisonRule
from rbic.core.trial_tables import trial_table
from rbic.report.comparison import render_comparison
from rbic.report.comparison_charts import draw_budgets, draw_losses, spread_out, thinned, ticks
from rbic.report.comparison_figures import forests, heat_maps, pair_tables
from rbic.report.comparison_files import to_csv, to_json, to_markdown, to_terminal
from rbic.report.comparison_words import Focus

FOCUS = Focus("rbic", 0.16)
HOSTILE = '</script><script>window.pwned=1</script><img src=x onerror="window.pwned=1">\'"& '
FACTS = {"version": "0.1.0", "model": "a-model", "methods": {"ifd": "by difficulty"},
         "config": {"compare": {"margin": 0.0113}}}  # fmt: skip


def made(fake_trials, **settings):
    settings = {"problems": 240, "seeds": 2, **settings}
    table = trial_table(*fake_trials.make_trials(fake_trials.FakeTrials(**settings)))
    return table, compare(table, ComparisonRule(resamples=100))


@pytest.fixture(scope="module")
def study(fake_trials):
    return made(fake_trials)


@pytest.fixture(scope="module")
def page(study):
    table, comparison = study
    return render_comparison(comparison, table.trials, FOCUS, FACTS)


@pytest.fixture(scope="module")
def hostile_page(fake_trials):
    table, comparison = made(fake_trials, methods=("rbic", "random", "ifd"), hostile=HOSTILE)
    facts = {**FACTS, "model": HOSTILE, HOSTILE: HOSTILE, "methods": {HOSTILE + "ifd": HOSTILE}}
    return render_comparison(comparison, table.trials, Focus(HOSTILE + "rbic", 0.16), facts)


def test_the_page_is_one_file_that_loads_nothing(page, elements):
    parsed = elements(page)
    links = {attrs["href"] for _, attrs in parsed.found if "href" in attrs}
    ids = [attrs["id"] for _, attrs in parsed.found if "id" in attrs]

    assert parsed.open == []
    assert len(page.encode()) < 1_000_000
    assert not any("src" in attrs for _, attrs in parsed.found)
    assert {link[1:] for link in links if link != "data:,"} <= set(ids)
    assert len(set(ids)) == len(ids)
    assert "url(" not in page


def test_the_page_answers_what_it_is_opened_for(page, elements):
    text = " ".join(" ".join(elements(page).text).split())

    for words in (
        "rbic on 16 % of the tokens", "What it does not", "Methods at equal tokens",
        "length matched random", "鸡兔同笼, 头, 脚", "Worst domain and forgetting", "by difficulty",
        "Training losses", "147 trials", "compare.margin", "a-model",
    ):  # fmt: skip
        assert words in text
    assert "nan" not in text.lower().split()


def test_the_same_trials_give_the_same_page(study, page):
    table, comparison = study

    assert render_comparison(comparison, table.trials, FOCUS, FACTS) == page


def test_hostile_text_brings_no_element_and_no_attribute(hostile_page, elements):
    parsed = elements(hostile_page)
    tags = [tag for tag, _ in parsed.found]

    assert parsed.open == []
    assert tags.count("script") == 1
    assert "img" not in tags
    assert not any(name.startswith("on") for _, attrs in parsed.found for name in attrs)
    assert "".join(parsed.text).count(HOSTILE) > 100


@pytest.mark.parametrize(
    "settings",
    [
        {"methods": ("rbic",), "budgets": (0.16,), "seeds": 1, "full": False, "base": False},
        {"methods": ("rbic", "random"), "budgets": (0.16,), "full": False},
        {"methods": ("rbic", "longest"), "budgets": (0.1, 0.16), "base": False, "problems": 30},
    ],
)
def test_a_comparison_that_lacks_something_has_a_page_too(fake_trials, settings, elements):
    table, comparison = made(fake_trials, **settings)
    parsed = elements(render_comparison(comparison, table.trials, FOCUS, {}))

    assert parsed.open == []
    assert ("budgets" in [attrs.get("id") for _, attrs in parsed.found]) == (
        len(settings["budgets"]) > 1
    )
    assert to_markdown(comparison, FOCUS).startswith("# rbic on 16")


@pytest.mark.parametrize("budgets", [(0.16,), (0.1, 0.16)])
def test_the_chart_stands_alone_and_holds_every_arm_once(fake_trials, budgets):
    _, comparison = made(fake_trials, budgets=budgets)
    svg = ElementTree.fromstring(draw_budgets(comparison, FOCUS, standalone=True))
    space = "{http://www.w3.org/2000/svg}"
    dots = svg.findall(f".//{space}circle")
    names = [one.text for one in svg.findall(f".//{space}text") if "name" in one.get("class")]

    assert len(dots) == 18 * len(budgets)
    assert sorted(names) == sorted({arm.method.replace("_", " ") for arm in comparison.arms})
    assert svg.find(f"{space}style").text.startswith("svg.budgets")
    height = {
        one.get("data-tip").split("\n")[0]: float(one.get("cy")) for one in dots
    }  # a higher accuracy lies higher up
    own = {f"{a.method.replace('_', ' ')} at {100 * a.budget:g}\N{NO-BREAK SPACE}%": a
           for a in comparison.arms}  # fmt: skip
    ordered = sorted(height, key=height.get)
    accuracies = [own[name].accuracy.value for name in ordered]
    assert accuracies == sorted(accuracies, reverse=True)


def test_marks_lie_where_their_estimates_are(study):
    _, comparison = study
    for forest in forests(comparison):
        marks = [one.accuracy for one in forest.rows]
        values = [one.row.arm.accuracy.value for one in forest.rows]
        # one scale: places rise in proportion to values
        slope = np.polyfit(values, [mark.at for mark in marks], 1)
        assert np.allclose(np.polyval(slope, values), [mark.at for mark in marks])
        assert all(0 <= mark.low <= mark.at <= mark.high <= 100 for mark in marks)
        for one in forest.rows:
            if one.difference is not None:
                right = one.difference.at > forest.zero
                assert right == (one.row.random.points.value > 0)


def test_heat_is_the_difference_to_random(study):
    _, comparison = study
    (heat, *_) = heat_maps(comparison)["level"]
    random = comparison.arm("random", heat.budget).by_group["level"]

    assert [name for name, _ in heat.names] == ["1", "2", "3", "4", "5", "6"]
    for row in heat.rows:
        if row.method in ("full", "base"):
            continue
        own = comparison.arm(row.method, heat.budget).by_group["level"]
        for cell, one, other in zip(row.cells, own, random, strict=True):
            gap = one.accuracy.value - other.accuracy.value
            assert np.sign(cell.tint) == np.sign(gap)
            assert cell.text == f"{100 * one.accuracy.value:.0f}"
    tints = [abs(cell.tint) for row in heat.rows for cell in row.cells]
    assert max(tints) == 100


def test_pairs_mirror_each_other(study):
    _, comparison = study
    for table in pair_tables(comparison):
        for row, first in enumerate(table.methods):
            assert table.cells[row][row] is None
            for column in range(row):
                there, back = table.cells[row][column], table.cells[column][row]
                flipped = there.text.translate(str.maketrans("+−", "−+"))
                assert back.text == flipped
                assert first.replace("_", " ") in there.tip


def test_losses_are_thinned_to_means():
    step, loss = thinned(np.arange(10.0), np.arange(10.0) ** 2, 3)

    assert step.tolist() == [1.0, 4.0, 7.5]
    assert loss.tolist() == [(0 + 1 + 4) / 3, (9 + 16 + 25) / 3, (36 + 49 + 64 + 81) / 4]


def test_losses_that_were_not_logged_are_not_drawn(study):
    table, _ = study
    charts = draw_losses(table.trials, FOCUS)

    assert [chart.trials for chart in charts] == [36] * 4 + [2]
    assert draw_losses([one for one in table.trials if one.method == "base"], FOCUS) == []


def test_labels_are_moved_apart_no_further_than_needed():
    assert spread_out([10, 50, 90], 15, 0, 100) == [10, 50, 90]
    assert spread_out([50, 50], 10, 0, 100) == [45, 55]
    assert spread_out([0, 0, 40], 10, 0, 100) == [0, 10, 40]
    assert spread_out([98, 99, 100], 10, 0, 100) == [80, 90, 100]
    rng = np.random.default_rng(0)
    for _ in range(100):
        found = spread_out(np.sort(rng.uniform(0, 300, 15)).tolist(), 14, 0, 300)
        assert np.diff(found).min() > 14 - 1e-9


def test_ticks_are_round():
    assert np.allclose(ticks(0.21, 0.54), [0.3, 0.4, 0.5])
    assert ticks(0, 300, 3) == [0, 100, 200, 300]


def test_the_files_hold_the_same_numbers(study):
    _, comparison = study
    found = json.loads(to_json(comparison, FOCUS))
    rows = list(csv.DictReader(to_csv(comparison).splitlines()))

    assert len(rows) == len(found["arms"]) == 74
    for row in rows:
        arm = comparison.arm(row["method"], float(row["budget"]))
        assert float(row["accuracy"]) == pytest.approx(arm.accuracy.value)
        assert (row["less_random"] == "") == (row["method"] in ("full", "base", "random"))
    by_name = {(one["method"], one["budget"]): one for one in found["arms"]}
    for arm in comparison.arms:
        one = by_name[arm.method, arm.budget]
        assert one["accuracy"]["low"] == pytest.approx(arm.accuracy.low)
    assert len(found["pairs"]) == len(comparison.pairs)


def test_a_bar_in_a_name_does_not_end_a_cell(fake_trials):
    _, comparison = made(fake_trials, methods=("rbic", "random"), budgets=(0.16,), hostile="a|b\n")
    lines = to_markdown(comparison, Focus("a|b\nrbic", 0.16)).splitlines()
    table = [line.replace("\\|", "") for line in lines if line.startswith("| ")]

    assert len({line.count("|") for line in table}) == 1
    assert len(table) == 2 + 4


@pytest.mark.parametrize("width", [80, 160])
def test_the_terminal_shows_the_arms_of_the_focus_whole(study, width):
    _, comparison = study
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(to_terminal(comparison, FOCUS, console.width))
    text = console.export_text()

    assert "rbic on 16" in text
    assert text.count("%") > 40
    assert "…" not in text
    for word in ("full", "base", "length"):
        assert f"\n {word} " in text


# In a browser.


@pytest.mark.slow
def test_the_page_works_in_a_browser(browser, show, page, tmp_path):
    show(page, tmp_path)

    assert browser.title.startswith("rbic: rbic on 16")
    assert browser.get_log("browser") == []
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0
    column = (
        "return [...document.querySelectorAll('#table table tbody tr')].slice(0, 20)"
        ".map((row) => Number(row.cells[1].dataset.value))"
    )
    browser.execute_script("document.querySelectorAll('#table thead button')[1].click()")
    falling = browser.execute_script(column)
    assert falling == sorted(falling, reverse=True)
    for width in (400, 768, 1920):
        show(page, tmp_path, width)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.slow
def test_hostile_text_does_not_run(browser, show, hostile_page, tmp_path):
    show(hostile_page, tmp_path)

    assert browser.execute_script("return window.pwned") is None
    assert browser.execute_script("return document.scripts.length") == 1
    assert browser.get_log("browser") == []
