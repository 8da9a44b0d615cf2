"""Ray: joining or starting a cluster, and streaming the chunks of a step through its actors."""

import json
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import ray
from numpy.typing import NDArray
from ray.data.exceptions import ExecutionTimeoutError

from rbic.chunks import Chunk, ChunkWorker, Step, Workers, run_chunk
from rbic.corpus import CorpusError
from rbic.outputs import load_inputs
from rbic.resources import OWN, no_room, settled_gpus

_ACTOR_ENVIRONMENT = {
    # One thread a worker: the pool is the parallelism, and sums keep their order for any count.
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    # A worker that holds no GPU sees none: without this each would load its model onto the first.
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "1",
}

_STARTS = 3
_TOO_SLOW = "timed out during startup"
"""What Ray says when its node was not up in time."""

_LOST_WORKERS = (
    ray.exceptions.RayActorError,
    ray.exceptions.WorkerCrashedError,
    ray.exceptions.NodeDiedError,
    ray.exceptions.OutOfMemoryError,
)


@dataclass(frozen=True)
class ClusterConfig:
    """Which Ray the job runs on; nothing here changes the result."""

    address: str | None = None
    """A running cluster ("auto" for the one of this node); null starts one on this machine,
    unless the environment names one in RAY_ADDRESS, as `ray job submit` does."""
    logical_cpus: int = 0
    """CPUs that a Ray of our own believes in; 0 takes twice the machine's, at least 4. With two,
    actors that hold a CPU for life leave none for Ray Data's tasks, and the job stands still."""
    object_store_gib: float = 0.25
    """Shared memory of a Ray of our own, GiB. Only descriptors pass through it."""
    stall_hours: float = 24.0
    """Hours without a finished chunk after which the job fails."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.logical_cpus < 0:
            raise ValueError(f"cluster.logical_cpus must be 0 or more, got {self.logical_cpus}")
        if self.object_store_gib < 0.1:
            raise ValueError(
                f"cluster.object_store_gib must be at least 0.1, got {self.object_store_gib}"
            )
        if self.stall_hours <= 0:
            raise ValueError(f"cluster.stall_hours must be positive, got {self.stall_hours}")


class ChunkFailedError(RuntimeError):
    """A step could not compute one of its chunks; the message names both and the cause."""


def connect(config: ClusterConfig) -> bool:
    """Join the cluster that the configuration or the environment names, or start one here.

    Returns:
        Whether this process started the Ray it uses.
    """
    # The driver's C++ part warns at every pool of a limit that only a lost head node could reach.
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    with _without_first_line():
        return _connect(config)


@contextmanager
def _without_first_line() -> Iterator[None]:
    """Leave out what Ray's C++ part says of the level above; whatever else it says comes after."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            said.seek(0)
            lines = [line for line in said if b"Set ray log level from environment" not in line]
            os.write(2, b"".join(lines))


def _connect(config: ClusterConfig) -> bool:
    address = config.address or os.environ.get("RAY_ADDRESS")
    common: dict[str, Any] = {
        "log_to_driver": False,
        "logging_level": "ERROR",
        "runtime_env": {"env_vars": _ACTOR_ENVIRONMENT},
    }
    if address:
        ray.init(address=address, **common)
    else:
        # "local" always: a bare ray.init() joins whatever cluster another job left in the
        # temporary folder.
        _start_ray(
            address="local",
            num_cpus=config.logical_cpus or max(4, 2 * (os.cpu_count() or 1)),
            resources={OWN: 1},
            include_dashboard=False,
            object_store_memory=int(config.object_store_gib * 2**30),
            **common,
        )
    context = ray.data.DataContext.get_current()
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.execution_no_progress_timeout_s = int(config.stall_hours * 3600)
    return not address


def _start_ray(**how: Any) -> None:
    """Start a Ray of our own; again where a busy machine exceeds the half minute that Ray waits."""
    # What a try leaves behind is idle and ends with this process.
    for left in reversed(range(_STARTS)):
        try:
            ray.init(**how)
        except Exception as error:  # Ray has no class of its own for this
            if not left or _TOO_SLOW not in str(error):
                raise
        else:
            return


def disconnect() -> None:
    """Leave the cluster; a Ray of our own ends with it."""
    ray.shutdown()


def pool_size(workers: Workers, chunks: int) -> int:
    """How many actors a step gets: as asked, or one a CPU or GPU; never more than chunks."""
    if workers.count:
        return min(workers.count, chunks)
    if workers.gpus_each:
        gpus = float(ray.cluster_resources().get("GPU", 0))
        return max(1, min(int(gpus / workers.gpus_each), chunks))
    return max(1, min(os.cpu_count() or 1, chunks))


_WARM: dict[str, ChunkWorker] = {}
"""The worker of the step that this process last ran a chunk of, by the step's folder."""


def _run(step: Step, input_folders: dict[str, str], folder: str, chunk: Chunk) -> dict[str, Any]:
    """Run a chunk with the worker of this process; what goes wrong names step and chunk."""
    try:
        if folder not in _WARM:
            _WARM.clear()
            _WARM[folder] = step.worker(load_inputs(input_folders))
        return run_chunk(_WARM[folder], step, folder, chunk)
    except CorpusError:
        raise
    except Exception as error:
        where = f"{step.name}: chunk {chunk.name}"
        raise ChunkFailedError(f"{where}: {type(error).__name__}: {error}") from error


class _ChunkActor:
    """Runs one chunk after another in its own process, with one worker for all of them."""

    def __init__(self, step: Step, input_folders: dict[str, str], folder: str) -> None:
        # The worker is made with the first chunk. Made here, a model that is not to be found would
        # look like a lost process, and one that kills its process would be loaded for ever.
        self._arguments = (step, input_folders, folder)

    def __call__(self, batch: dict[str, NDArray[np.str_]]) -> dict[str, list[str]]:
        """Run the chunks of a batch (always one) and return their markers, or what went wrong."""
        chunks = [Chunk(**json.loads(text)) for text in batch["chunk"]]
        try:
            markers = [json.dumps(_run(*self._arguments, chunk)) for chunk in chunks]
        except ChunkFailedError as error:
            # Returned and not raised: Ray Data would put advice of its own in the message's place.
            return {"marker": [""], "failure": [str(error)]}
        return {"marker": markers, "failure": [""] * len(markers)}


@ray.remote(max_retries=3)
def _run_in_task(
    step: Step, input_folders: dict[str, str], folder: str, chunk: Chunk
) -> dict[str, Any]:
    """Run a chunk in a process that is there for other chunks and steps, too."""
    return _run(step, input_folders, folder, chunk)


def stream_chunks(
    step: Step, input_folders: dict[str, str], folder: str, chunks: Sequence[Chunk]
) -> Iterator[dict[str, Any]]:
    """Run chunks on the cluster and yield their markers as they come.

    A step with a model streams its chunks through a pool of actors that ends with it, and so does
    what it holds. Other steps are tasks, whose processes stay warm from step to step: starting
    Python anew for each would cost more than many of them take.

    Raises:
        CorpusError: a chunk found that the corpus cannot be refined.
        ChunkFailedError: a chunk raised an exception, or its process died four times, or none was
            finished within `cluster.stall_hours`, or this machine has not what a worker is to hold.
    """
    gpus_each = settled_gpus(step.workers.gpus_each, step.gpus)
    step = replace(step, workers=replace(step.workers, gpus_each=gpus_each))
    if step.told_how_many:
        among = pool_size(step.workers, len(chunks))
        step = replace(step, worker=partial(step.worker, among=among))
    if words := no_room(_asked(step.workers)):
        raise ChunkFailedError(f"{step.name}: workers.{step.name} asks for {words}")
    through = _stream_through_actors if step.loads_model else _stream_through_tasks
    try:
        yield from through(step, input_folders, folder, chunks)
    except ray.exceptions.RayTaskError as error:
        cause = error.cause
        while isinstance(cause, ray.exceptions.RayTaskError):
            cause = cause.cause
        if isinstance(cause, CorpusError):
            raise cause from error
        raise ChunkFailedError(str(cause)) from error
    except ExecutionTimeoutError as error:
        raise ChunkFailedError(_stalled(step)) from error
    except _LOST_WORKERS as error:
        raise ChunkFailedError(
            f"{step.name}: a worker process died four times on the same chunk (out of memory? "
            f"try workers.{step.name}.count=1 or a smaller chunk_rows): {error}"
        ) from error


def _stalled(step: Step) -> str:
    hours = ray.data.DataContext.get_current().execution_no_progress_timeout_s / 3600
    return (
        f"{step.name}: no chunk was finished in {hours:g} hours (cluster.stall_hours); does the "
        f"cluster have a node for what workers.{step.name} asks for?"
    )


def _stream_through_tasks(
    step: Step, input_folders: dict[str, str], folder: str, chunks: Sequence[Chunk]
) -> Iterator[dict[str, Any]]:
    """Keep as many tasks under way as the step may have workers."""
    task: Any = _run_in_task.options(**_resources(step.workers))
    shared = [ray.put(one) for one in (step, input_folders, folder)]
    waiting = list(reversed(chunks))
    running: list[ray.ObjectRef[dict[str, Any]]] = []
    size = pool_size(step.workers, len(chunks))
    stall_s = ray.data.DataContext.get_current().execution_no_progress_timeout_s
    try:
        while waiting or running:
            while waiting and len(running) < size:
                running.append(task.remote(*shared, waiting.pop()))
            done, running = ray.wait(running, timeout=stall_s)
            if not done:
                raise ChunkFailedError(_stalled(step))
            yield ray.get(done[0])
    finally:
        for left in running:
            ray.cancel(left)


def _asked(workers: Workers) -> dict[str, float]:
    """What one of the workers holds, by Ray's names."""
    return {
        "CPU": workers.cpus_each,
        "GPU": workers.gpus_each or 0,
        "memory": int(workers.memory_gib_each * 2**30),
    }


def _resources(workers: Workers) -> dict[str, Any]:
    """The same as options of a task or an actor."""
    asked = _asked(workers)
    options = {"num_cpus": asked["CPU"], "num_gpus": asked["GPU"], "memory": asked["memory"]}
    return {name: amount for name, amount in options.items() if amount or name == "num_cpus"}


def _stream_through_actors(
    step: Step, input_folders: dict[str, str], folder: str, chunks: Sequence[Chunk]
) -> Iterator[dict[str, Any]]:
    rows = [{"chunk": json.dumps(asdict(chunk))} for chunk in chunks]
    size = pool_size(step.workers, len(chunks))
    # A chunk of one row is a trial, of minutes or hours: the next one goes to whoever is free. Of
    # shorter ones one waits with each actor, so that none is idle while the driver turns to it.
    in_flight = 1 if all(chunk.rows == 1 for chunk in chunks) else 2
    with warnings.catch_warnings():
        # There is no named parameter for retries; without a limit a chunk that kills its process is
        # tried for ever. Actors restart without a limit: over days a spot market takes many nodes.
        warnings.simplefilter("ignore", DeprecationWarning)
        dataset = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
            _ChunkActor,
            fn_constructor_kwargs={"step": step, "input_folders": input_folders, "folder": folder},
            batch_size=1,
            compute=ray.data.ActorPoolStrategy(
                min_size=1,
                max_size=size,
                initial_size=size,
                max_tasks_in_flight_per_actor=in_flight,
            ),
            max_task_retries=3,
            **_resources(step.workers),
        )
    for row in dataset.iter_rows():
        if row["failure"]:
            raise ChunkFailedError(row["failure"])
        yield json.loads(row["marker"])
