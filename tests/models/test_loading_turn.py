"""Turns among real processes, which are killed and interrupted."""

import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager

import pytest

from rbic.models.loading_turn import loading_turn

TAKE = """
import signal, sys, tempfile, time
# A shell starts what runs in its background deaf to it, and that is inherited.
signal.signal(signal.SIGINT, signal.default_int_handler)
tempfile.tempdir = sys.argv[1]
from rbic.models.loading_turn import loading_turn
print("waits", flush=True)
with loading_turn() as taken:
    print(taken, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def turns(tmp_path, monkeypatch):
    """Turns of this test alone: a way to start processes that take one."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    @contextmanager
    def other():
        with subprocess.Popen(
            [sys.executable, "-c", TAKE, str(tmp_path)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        ) as process:  # fmt: skip
            try:
                assert process.stdout.readline() == "waits\n"
                yield process
            finally:
                process.kill()

    return other


def test_the_turn_passes_on_when_its_holder_is_killed(turns):
    with turns() as first:
        assert first.stdout.readline() == "True\n"
        with turns() as second, loading_turn(0.3) as taken:
            assert not taken
            first.kill()
            assert second.stdout.readline() == "True\n"
            second.kill()
            second.wait()
            with loading_turn(60) as taken_now:
                assert taken_now


def test_one_that_waits_can_be_interrupted_and_leaves_the_turn_to_others(turns):
    with loading_turn(), turns() as waiting:
        time.sleep(0.3)
        waiting.send_signal(signal.SIGINT)
        assert waiting.wait(30) != 0
        assert waiting.stdout.read() == ""
    with loading_turn(0) as taken:
        assert taken


def test_the_turn_ends_with_an_error(turns):
    with pytest.raises(ValueError, match="not loaded"), loading_turn():
        raise ValueError("not loaded")
    with loading_turn(0) as taken:
        assert taken
