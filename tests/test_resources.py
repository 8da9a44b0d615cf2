"""What workers hold, on clusters that are lists of nodes."""

import os
import subprocess
from dataclasses import replace

import pytest

from rbic import cluster, resources
from rbic.chunks import Chunk, Step, Workers
from rbic.resources import OWN, no_room, settled_gpus

GIB = 2**30


@pytest.fixture
def nodes(monkeypatch):
    """The nodes of the cluster: lists of what each has."""
    listed = []

    def total():
        return {
            name: sum(one.get(name, 0) for one in listed)
            for name in {n for one in listed for n in one}
        }

    monkeypatch.setattr(
        resources.ray, "nodes", lambda: [{"Alive": True, "Resources": one} for one in listed]
    )
    monkeypatch.setattr(resources.ray, "cluster_resources", total)
    return listed


def _step(workers, gpus=1):
    return Step(
        "embed", (), {}, {}, plan=lambda inputs: [], worker=lambda inputs: None, workers=workers,
        gpus=gpus,
    )  # fmt: skip


@pytest.fixture
def started(monkeypatch):
    """The workers of every step that was started, in place of starting it."""
    made = []

    def stream(step, inputs, folder, chunks):
        made.append((step.workers.gpus_each, cluster.pool_size(step.workers, len(chunks))))
        yield from ()

    monkeypatch.setattr(cluster, "_stream_through_tasks", stream)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    return made


CHUNKS = [Chunk(str(n), 1) for n in range(20)]


@pytest.mark.parametrize(
    ("gpus_each", "usual", "gpus", "expected"),
    [
        (None, 1, 0, (0.0, 6)),
        (None, 1, 4, (1.0, 4)),
        (None, 2, 4, (2.0, 2)),
        (None, 0, 4, (0.0, 6)),
        (0.0, 1, 4, (0.0, 6)),
        (0.5, 1, 4, (0.5, 8)),
    ],
)
def test_where_it_is_left_open_a_worker_takes_a_gpu_if_there_are_some(
    nodes, started, gpus_each, usual, gpus, expected
):
    nodes.append({"CPU": 12, "GPU": gpus, OWN: 1})
    step = _step(Workers(gpus_each=gpus_each), usual)
    assert list(cluster.stream_chunks(step, {}, "", CHUNKS)) == []
    assert started == [expected]


def test_workers_that_share_what_a_server_allows_are_told_how_many_they_are(nodes, monkeypatch):
    nodes.append({"CPU": 12, OWN: 1})
    told: list[int] = []

    def stream(step, inputs, folder, chunks):
        step.worker({})
        yield from ()

    monkeypatch.setattr(cluster, "_stream_through_tasks", stream)
    step = replace(
        _step(Workers(count=8)), worker=lambda inputs, among: told.append(among), told_how_many=True
    )
    list(cluster.stream_chunks(step, {}, "", CHUNKS))
    list(cluster.stream_chunks(step, {}, "", CHUNKS[:3]))
    assert told == [8, 3]


def test_what_this_machine_has_not_is_refused_at_once(nodes, started):
    nodes.append({"CPU": 4, "memory": 8 * GIB, OWN: 1})
    workers = Workers(gpus_each=1.0, memory_gib_each=16)
    with pytest.raises(
        cluster.ChunkFailedError,
        match=r"embed: workers.embed asks for 0.5 CPUs, 1 GPU, 16.0 GiB of memory, and this "
        r"machine offers 4 CPUs, 0 GPUs, 8.0 GiB of memory",
    ):
        list(cluster.stream_chunks(_step(workers), {}, "", CHUNKS))
    assert started == []


def test_a_cluster_that_others_run_may_grow(nodes, started):
    nodes.append({"CPU": 4})
    list(cluster.stream_chunks(_step(Workers(gpus_each=1.0)), {}, "", CHUNKS))
    assert started == [(1.0, 1)]


def test_workers_that_run_together_need_room_together(nodes):
    nodes += [{"CPU": 3, OWN: 1}, {"CPU": 2}]
    assert no_room({"CPU": 2, "GPU": 0}, 2) is None
    words = no_room({"CPU": 2, "GPU": 0}, 3)
    assert words.startswith("3 workers with 2 CPUs each, and this machine offers 5 CPUs")
    assert no_room({"CPU": 0, "GPU": 0}, 99) is None
    assert settled_gpus(0.25) == 0.25


@pytest.mark.ray
@pytest.mark.timeout(600)
def test_a_worker_that_holds_no_gpu_sees_none():
    import ray

    environment = {"env_vars": cluster._ACTOR_ENVIRONMENT}
    ray.init(address="local", num_cpus=4, num_gpus=2, include_dashboard=False,
             log_to_driver=False, runtime_env=environment)  # fmt: skip
    try:
        shown = ray.remote(subprocess.getoutput)
        tell = 'echo "seen:$CUDA_VISIBLE_DEVICES"'
        assert ray.get(shown.options(num_gpus=0).remote(tell)) == "seen:"
        assert ray.get(shown.options(num_gpus=1).remote(tell)) in ("seen:0", "seen:1")
        # With nothing set in this process, no value of its own reaches a worker.
        assert "CUDA_VISIBLE_DEVICES" not in os.environ
        unset = 'echo "${CUDA_VISIBLE_DEVICES-unset}"'
        assert ray.get(shown.options(num_gpus=0).remote(unset)) == ""
    finally:
        ray.shutdown()
