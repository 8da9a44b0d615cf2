"""Chunks of very different length: none waits behind a long one while another worker is free."""

import time
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rbic import cluster
from rbic.chunks import Chunk, ChunkTables, Step, Workers
from rbic.cluster import ClusterConfig

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.timeout(900)]

CHUNKS = [Chunk(name, 1) for name in ("long", *"abcdef")]


class _Worker:
    """Waits with the long chunk until all others are there."""

    def __init__(self, inputs, folder):
        self._folder = folder

    def __call__(self, chunk):
        until = time.monotonic() + 120
        while chunk.name == "long" and time.monotonic() < until:
            if len(list(self._folder.glob("chunks/*.json"))) == len(CHUNKS) - 1:
                break
            time.sleep(0.05)
        return ChunkTables({"rows": pa.table({"late": [time.monotonic() > until]})})


@pytest.fixture(scope="module", autouse=True)
def node():
    cluster.connect(ClusterConfig(logical_cpus=4))
    yield
    cluster.disconnect()


def test_no_trial_waits_behind_a_long_one(tmp_path):
    step = Step(
        name="trials", reads=(), writes={"rows": None}, params={}, plan=lambda inputs: CHUNKS,
        worker=partial(_Worker, folder=tmp_path), workers=Workers(count=2), loads_model=True,
    )  # fmt: skip
    assert len(list(cluster.stream_chunks(step, {}, str(tmp_path), CHUNKS))) == len(CHUNKS)
    late = [pq.read_table(path)["late"][0].as_py() for path in tmp_path.glob("rows/*")]
    assert late == [False] * len(CHUNKS)
