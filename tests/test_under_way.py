"""Work that takes long: what it keeps and tells, and what a run says of it."""

import io
import json
import time
from types import SimpleNamespace

import pytest

from rbic import progress, under_way
from rbic.progress import LogFormat, Progress
from rbic.under_way import UnderWay, Watch


@pytest.fixture
def clock(monkeypatch):
    made = SimpleNamespace(now=100.0)
    monkeypatch.setattr(under_way.time, "monotonic", lambda: made.now)
    return made


@pytest.fixture
def work(clock, tmp_path):
    return UnderWay(str(tmp_path), "trials", "name", "full, seed 1")


def test_it_is_kept_every_two_minutes_and_gone_when_it_has_ended(clock, work):
    states = iter([b"one", b"two", b"three"])
    assert work.kept() is None
    for now, kept in ((100, None), (219, None), (220, b"one"), (339, b"one"), (340, b"two")):
        clock.now = now
        work.keep(lambda: next(states))
        assert work.kept() == kept
    work.keep(lambda: next(states), at_once=True)
    assert work.kept() == b"three"
    work.end()
    work.end()
    assert work.kept() is None


def test_what_takes_long_to_keep_is_kept_less_often(clock, work):
    def slow():
        clock.now += 30
        return b"slow"

    kept = []
    for now in range(100, 2000, 10):
        clock.now = max(clock.now, now)
        work.keep(lambda: kept.append(clock.now) or slow())
    assert kept == [220, 850, 1480]


def test_those_that_tell_something_are_under_way_and_those_of_a_killed_run_are_not(clock, tmp_path):
    root = str(tmp_path)
    assert Watch(root, "trials").look() == []
    UnderWay(root, "trials", "dead", "dead").tell("step 1")
    UnderWay(root, "other", "else", "else").tell("step 1")
    watch = Watch(root, "trials")
    full, ours = (UnderWay(root, "trials", name, name) for name in ("full", "rbic"))
    assert watch.look() == []
    full.tell("step 7")
    ours.tell("step 3")
    full.tell("step 8")
    assert watch.look() == ["full: step 7", "rbic: step 3"]
    clock.now += 10
    full.tell("step 9")
    ours.tell("answers", at_once=True)
    assert watch.look() == ["full: step 9", "rbic: answers"]
    ours.end()
    assert watch.look() == ["full: step 9"]
    UnderWay(root, "trials", "dead", "dead").tell("step 2")
    assert watch.look() == ["dead: step 2", "full: step 9"]


def _waiting(log_format, look, monkeypatch):
    """What a run says that waits for a chunk until it has said something, or looked often."""
    monkeypatch.setattr(progress, "_LOOK_S", 0.05)
    log = io.StringIO()
    said = Progress(log_format, log, silence_s=0.1)
    looked = []
    said.start("trials", "trials", 21, 3, lambda: looked.append(1) or look())
    give_up = time.monotonic() + 30
    while len(log.getvalue()) < 300 and len(looked) < 20 and time.monotonic() < give_up:
        time.sleep(0.05)
    said.finish("done")
    lines = log.getvalue().splitlines()
    time.sleep(0.2)
    assert log.getvalue().splitlines() == lines
    return lines


def test_a_log_is_not_silent_while_a_chunk_takes_long(monkeypatch):
    lines = _waiting(LogFormat.PLAIN, lambda: ["full: step 7", "rbic: step 3"], monkeypatch)
    assert lines[0].startswith("trials                     3 / 21 trials   14%")
    assert lines[1:3] == ["  full: step 7", "  rbic: step 3"]
    told = [json.loads(one) for one in _waiting(LogFormat.JSON, lambda: ["full: 7"], monkeypatch)]
    assert {"event": "progress", "done": 3, "under_way": ["full: 7"]}.items() <= told[1].items()


@pytest.mark.parametrize(
    ("rate", "said"), [(1234.5, "1,234/s"), (1.0, "1/s"), (0.075, "4.5/min"), (1 / 3000, "1.2/h")]
)
def test_a_slow_rate_is_told_by_the_minute_or_hour(rate, said):
    assert progress._speed(rate) == said


def test_the_time_left_goes_by_the_work_where_chunks_take_differently_long(monkeypatch):
    passed = [0]
    really = time.monotonic
    monkeypatch.setattr(progress.time, "monotonic", lambda: really() + passed[0])
    log = io.StringIO()
    said = Progress(LogFormat.JSON, log)
    said.start("trials", "trials", 10, 6, work=12.0)
    for rows, work, left in ((1, 6.0, 60.0), (1, 3.0, 40.0), (2, 3.0, 0.0)):
        passed[0] += 60
        said.advance(rows, work)
        told = json.loads(log.getvalue().splitlines()[-1])
        assert told["left_s"] == pytest.approx(left, abs=1)
    said.stop()
    passed[0] = 0
    said.start("chains", "rows", 10, 6)
    passed[0] = 60
    said.advance(1)
    told = json.loads(log.getvalue().splitlines()[-1])
    assert told["done"] == 7
    assert told["left_s"] == pytest.approx(180, abs=3)
    said.stop()


def test_a_store_that_does_not_answer_ends_no_run(monkeypatch):
    def look():
        raise OSError

    lines = _waiting(LogFormat.PLAIN, look, monkeypatch)
    assert lines[-1].startswith("trials           done")


def test_a_store_that_is_out_of_reach_for_a_moment_does_not_end_the_work(clock, work, monkeypatch):
    def refuse(*_):
        raise OSError("out of reach")

    with monkeypatch.context() as patch:
        patch.setattr(under_way.storage, "write_bytes", refuse)
        patch.setattr(under_way.storage, "write_json", refuse)
        work.tell("step 1")
        work.keep(lambda: b"state", at_once=True)
    assert work.kept() is None
    work.keep(lambda: b"state", at_once=True)
    assert work.kept() == b"state"
