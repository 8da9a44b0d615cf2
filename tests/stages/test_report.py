"""The step that writes the report, over a made-up run."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from rbic.chunks import Workers
from rbic.report import report_available
from rbic.stages.report import ReportConfig, report_step


@pytest.fixture(scope="module")
def fake():
    path = Path(__file__).parents[1] / "report" / "fake_run.py"
    spec = importlib.util.spec_from_file_location("fake_run", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["fake_run"] = module
    spec.loader.exec_module(module)
    return module


def page_of(fake, folder, config=None, **settings):
    run = fake.FakeRun(**{"rows": 800, **settings})
    outputs = fake.write_outputs(folder, fake.make_tables(run), run)
    step = report_step(config or ReportConfig(), {"tokenizer": "x"}, Workers())
    worker = step.worker({name: outputs[name] for name in step.reads})
    (chunk,) = step.plan(outputs)
    made = worker(chunk)
    assert made.tables == {}
    assert chunk.rows == settings.get("rows", 800)
    return made.files["report.html"].decode()


def test_the_same_tables_give_the_same_bytes(fake, tmp_path):
    assert page_of(fake, tmp_path / "a") == page_of(fake, tmp_path / "b")


def test_the_step_reads_only_steps_before_it_and_its_facts_name_its_folder():
    step = report_step(ReportConfig(), {"engine": "none"}, Workers())

    assert step.params == {"kept_rows": 60, "dropped_rows": 60, "facts": {"engine": "none"}}
    assert {"select", "shard", "scan"} <= set(step.reads)
    assert dict(step.writes) == {}


def test_a_kept_and_a_dropped_row_are_shown_with_their_texts(fake, tmp_path):
    page = page_of(fake, tmp_path, ReportConfig(kept_rows=1, dropped_rows=1))

    assert page.count('<details class="row ') == 2
    assert page.count("So the answer is") == 2


def test_near_duplicates_show_the_question_they_repeat(fake, tmp_path):
    page = page_of(fake, tmp_path, ReportConfig(kept_rows=0))

    assert page.count("What it repeats") == page.count('data-reason="near_duplicate"') > 0


def test_rejects_show_the_row_as_it_came(fake, tmp_path):
    page = page_of(fake, tmp_path, reject_share=0.05)

    assert "The row as it came" in page
    assert "{&#34;question&#34;: &#34;How many&#34;, &#34;answer&#34; 12" in page


@pytest.mark.parametrize(
    "settings",
    [
        {"rows": 0},
        {"rows": 12, "reject_share": 1.1},
        {"rows": 200, "domains": 1},
        {"rows": 200, "basis": "text"},
        {"rows": 200, "reject_share": 0.0},
        {"rows": 40, "budget": 0.001},
    ],
    ids=["empty", "only rejects", "one domain", "text alone", "no reject", "nothing kept"],
)
def test_a_page_is_made_of_any_corpus(fake, tmp_path, settings):
    page = page_of(fake, tmp_path, **settings)

    assert page.endswith("</html>")
    assert "Can it be trusted?" in page


@pytest.mark.parametrize("name", ["kept_rows", "dropped_rows"])
def test_a_negative_number_of_rows_is_refused(name):
    with pytest.raises(ValueError, match=f"report.{name} must be 0 or more, got -1"):
        ReportConfig(**{name: -1})


def test_the_report_is_available_where_its_extra_is(monkeypatch):
    assert report_available()
    monkeypatch.setattr("rbic.report.find_spec", lambda name: None)
    assert not report_available()


@pytest.mark.slow
def test_without_the_extra_the_stage_can_be_imported_and_planned():
    code = (
        "import sys; sys.modules['jinja2'] = None\n"
        "from rbic.stages.report import ReportConfig, report_step\n"
        "from rbic.chunks import Workers\n"
        "report_step(ReportConfig(), {}, Workers())"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=100)
