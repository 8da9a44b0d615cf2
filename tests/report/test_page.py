"""The page as a reader, and as an attacker, meets it."""

import pytest

from rbic.chunks import Workers
from rbic.report.page import parameters, visible
from rbic.stages.report import ReportConfig, report_step

HOSTILE = (
    '</script><script>window.pwned=1</script><img src=x onerror="window.pwned=1">'
    "{{ 7 * 191 }}{% raw %}'\"&amp;--> $\\frac{1}{2}$ \u2028"
)
FACTS = {
    "version": "0.1.0",
    "engine": "vllm 0.32",
    "model": "a-model",
    "tokenizer": None,
    "method": "rbic",
    "config": {"select": {"budget": 0.16, "floor": 2}},
}


def make_page(fake, folder, facts=FACTS, **settings):
    run = fake.FakeRun(**settings)
    outputs = fake.write_outputs(folder, fake.make_tables(run), run)
    step = report_step(ReportConfig(), facts, Workers())
    worker = step.worker({name: outputs[name] for name in step.reads})
    (chunk,) = step.plan(outputs)
    return worker(chunk).files["report.html"].decode()


@pytest.fixture(scope="module")
def page(fake, tmp_path_factory):
    return make_page(fake, tmp_path_factory.mktemp("run"), rows=1200)


@pytest.fixture(scope="module")
def hostile_page(fake, tmp_path_factory):
    facts = {**FACTS, "model": HOSTILE, "version": HOSTILE, HOSTILE: HOSTILE}
    return make_page(fake, tmp_path_factory.mktemp("run"), facts, rows=600, hostile=HOSTILE)


def test_the_page_is_one_small_file_that_loads_nothing(page, elements):
    parsed = elements(page)
    named = [one for _, attrs in parsed.found for one in ("src", "href") if one in attrs]
    links = {attrs["href"] for _, attrs in parsed.found if "href" in attrs}

    assert parsed.open == []
    assert len(page.encode()) < 1_000_000
    assert "src" not in named
    assert all(link.startswith("#") or link == "data:," for link in links)
    assert {link[1:] for link in links if link != "data:,"} <= {
        attrs.get("id") for _, attrs in parsed.found
    }
    assert "url(" not in page


def test_no_identifier_is_used_twice(page, elements):
    ids = [attrs["id"] for _, attrs in elements(page).found if "id" in attrs]

    assert len(set(ids)) == len(ids)


def test_the_page_answers_what_it_is_opened_for(page, elements):
    text = " ".join(" ".join(elements(page).text).split())

    for words in (
        "of 1,200 rows kept",
        "What came in",
        "What was kept",
        "Why rows were kept or dropped",
        "Can it be trusted?",
        "≥ 98.1 %",
        "Token counts are estimates",
        "鸡兔同笼, 头, 脚",
        "select.budget",
        "refined/gsm8k/part-00000.jsonl",
        "ac9fac9fac9f",
        "not json",
        "a-model",
    ):
        assert words in text


def test_hostile_text_brings_no_element_and_no_attribute(hostile_page, elements):
    parsed = elements(hostile_page)
    tags = [tag for tag, _ in parsed.found]
    text = "".join(parsed.text)

    assert parsed.open == []
    assert tags.count("script") == 1
    assert "img" not in tags
    assert not any(name.startswith("on") for _, attrs in parsed.found for name in attrs)
    assert "1337" not in text
    assert text.count(HOSTILE) > 300


def test_every_place_of_text_was_hostile(hostile_page, elements):
    text = "".join(elements(hostile_page).text)

    for after in (
        "gsm8k/train.jsonl", "A discount problem", "Step 1", '{"question"', "no field", "discount",
        "sound, but others", "gsm8k/part-00000.jsonl",
    ):  # fmt: skip
        assert HOSTILE + after in text or f"refined/{HOSTILE}{after}" in text


def test_characters_that_hide_or_turn_text_are_shown():
    assert visible("a\u202eb\x00c\ufeff") == "a⟨U+202E⟩b⟨U+0000⟩c⟨U+FEFF⟩"
    assert visible("two\r\nlines\tand 中文 √2") == "two\nlines\tand 中文 √2"


def test_parameters_are_listed_with_dotted_names():
    facts = {"engine": "none", "config": {"select": {"budget": 0.16, "licences": None}}}

    assert parameters(facts) == [
        ("engine", "none"),
        ("select.budget", "0.16"),
        ("select.licences", "null"),
    ]


# In a browser.


def shown_rows(browser):
    return browser.execute_script(
        "return [...document.querySelectorAll('#browse > .row')]"
        ".filter((row) => row.getClientRects().length)"
        ".map((row) => ({...row.dataset, text: row.textContent}))"
    )


@pytest.mark.slow
def test_the_page_opens_without_an_error_and_asks_for_nothing(browser, show, page, tmp_path):
    show(page, tmp_path)

    assert browser.title.startswith("rbic: ")
    assert browser.get_log("browser") == []
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert browser.execute_script("return document.querySelectorAll('svg').length") == 6


@pytest.mark.slow
def test_hostile_text_does_not_run_even_without_the_security_policy(
    browser, show, hostile_page, tmp_path
):
    policy = hostile_page.index("<meta http-equiv")
    bare = hostile_page[:policy] + hostile_page[hostile_page.index(">", policy) + 1 :]

    for one in (hostile_page, bare):
        show(one, tmp_path)
        assert browser.execute_script("return window.pwned") is None
        assert browser.execute_script("return document.scripts.length") == 1
        assert browser.execute_script("return document.images.length") == 0
        assert HOSTILE in browser.execute_script("return document.body.textContent")
        assert browser.get_log("browser") == []


@pytest.mark.slow
def test_rows_are_filtered_by_decision_reason_domain_level_and_text(browser, show, page, tmp_path):
    show(page, tmp_path)
    select = (
        "const form = document.getElementById('filters'); form.reset();"
        "form.elements[arguments[0]].value = arguments[1];"
        "form.dispatchEvent(new Event('input', {bubbles: true}));"
    )

    assert len(shown_rows(browser)) == 20
    for name, value in (
        ("decision", "dropped"), ("reason", "near_duplicate"), ("domain", "0"), ("level", "4"),
    ):  # fmt: skip
        browser.execute_script(select, name, value)
        rows = shown_rows(browser)
        assert rows
        assert {row[name] for row in rows} == {value}
    browser.execute_script(select, "text", "Discount PROBLEM")
    assert all("discount problem" in row["text"].lower() for row in shown_rows(browser))
    browser.execute_script(select, "text", "no row says this")
    assert shown_rows(browser) == []
    assert browser.find_element("id", "found").text == "0 of 120 rows"
    browser.execute_script(select, "text", "")
    browser.execute_script("document.getElementById('more').click()")
    assert len(shown_rows(browser)) == 40


@pytest.mark.slow
def test_a_row_opens_and_the_table_of_domains_sorts(browser, show, page, tmp_path):
    show(page, tmp_path)
    browser.execute_script("document.querySelector('#browse .row summary').click()")
    opened = browser.find_element("css selector", "#browse .row[open]").text
    column = (
        "return [...document.querySelectorAll('#domain-table tbody tr')]"
        ".map((row) => Number(row.cells[5].dataset.value))"
    )
    heading = "document.querySelectorAll('#domain-table thead button')[5].click()"

    assert "Chain" in opened
    assert "training tokens" in opened
    browser.execute_script(heading)
    falling = browser.execute_script(column)
    browser.execute_script(heading)
    assert falling == sorted(falling, reverse=True)
    assert browser.execute_script(column) == falling[::-1] == sorted(falling)


@pytest.mark.slow
def test_a_mark_tells_its_values_under_the_pointer(browser, show, page, tmp_path):
    actions = pytest.importorskip("selenium.webdriver").ActionChains
    show(page, tmp_path)
    bar = browser.find_element("css selector", ".paired .pair")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", bar)
    actions(browser).move_to_element(bar).perform()

    assert browser.find_element("id", "tip").get_property("textContent") == bar.get_attribute(
        "data-tip"
    )


@pytest.mark.slow
@pytest.mark.parametrize("width", [400, 768, 1920])
def test_nothing_is_wider_than_the_window(browser, show, page, tmp_path, width):
    show(page, tmp_path, width)

    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
