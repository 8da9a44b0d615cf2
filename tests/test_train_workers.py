import io
import time

import pytest

from rbic import storage, train_workers
from rbic.progress import LogFormat, Progress
from rbic.train_workers import HOW_FAR, watched


@pytest.fixture
def log(monkeypatch):
    monkeypatch.setattr(train_workers, "_LOOK_S", 0.01)
    return io.StringIO()


def tell(folder, step):
    storage.write_json(f"{folder}/{HOW_FAR}", {"step": step, "steps": 40})
    time.sleep(0.1)


def test_a_training_shows_how_far_it_is(tmp_path, log):
    with watched(str(tmp_path), Progress(LogFormat.PLAIN, log, interval_s=0.0)):
        tell(tmp_path, 10)
        tell(tmp_path, 30)
        tell(tmp_path, 20)  # a worker was lost
    lines = [line.split("steps")[0].split() for line in log.getvalue().splitlines()]
    assert ["finetune", "30", "/", "40"] in lines
    assert lines[-1] == ["finetune", "20", "/", "40"]


def test_what_an_earlier_sitting_left_is_not_shown(tmp_path, log):
    tell(tmp_path, 30)
    with watched(str(tmp_path), Progress(LogFormat.PLAIN, log, interval_s=0.0)):
        time.sleep(0.1)
    assert log.getvalue() == ""


def test_a_failure_passes_through_and_ends_the_watch(tmp_path, log):
    def training():
        with watched(str(tmp_path), Progress(LogFormat.PLAIN, log, interval_s=0.0)):
            tell(tmp_path, 10)
            raise RuntimeError("lost")

    with pytest.raises(RuntimeError, match="lost"):
        training()
    before = log.getvalue()
    tell(tmp_path, 20)
    assert log.getvalue() == before
