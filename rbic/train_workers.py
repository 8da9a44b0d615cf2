"""Ray Train: the workers of one fine-tuning, their checkpoints, and going on after a loss.

Every worker reads all encoded samples and takes its share of each step's rows, and rank 0 writes
checkpoints to the run's folder. A worker that dies is replaced and all go on from the last
checkpoint; a driver that dies is started again by the same command.
"""

import math
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import ray

from rbic import storage
from rbic.models.finetune_config import FinetuneConfig
from rbic.progress import Progress
from rbic.resources import no_room, settled_gpus

STATE = "state.pt"
SUMMARY = "record.json"
HOW_FAR = "progress.json"
_DIVERGED = "diverged.json"
_TELL_S = 5.0
_LOOK_S = 1.0


@dataclass(frozen=True)
class TrainWorkers:
    """What the machine gives a fine-tuning; nothing here changes its steps but for last bits."""

    count: int = 1
    """Workers, each with a copy of the model."""
    least: int | None = None
    """The fewest that training goes on with, where the cluster cannot give `count`; null waits."""
    cpus_each: float = 0.5
    """Logical CPUs a worker holds, and its threads: as many from 1 on, else one. Without a GPU set
    it to the cores of the machine. The number of threads changes the last bits of sums."""
    gpus_each: float | None = None
    """GPUs a worker holds; null takes one where the cluster has any."""
    max_failures: int = 3
    """Lost workers after which the run is given up."""
    checkpoint_steps: int = 100
    """Optimiser steps between checkpoints: what a lost worker costs at most."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name in ("count", "checkpoint_steps"):
            if getattr(self, name) < 1:
                raise ValueError(f"train.{name} must be at least 1, got {getattr(self, name)}")
        if self.least is not None and not 1 <= self.least <= self.count:
            raise ValueError(f"train.least must be from 1 to train.count, got {self.least}")
        for name in ("cpus_each", "max_failures"):
            if getattr(self, name) < 0:
                raise ValueError(f"train.{name} must be 0 or more, got {getattr(self, name)}")
        if self.gpus_each is not None and self.gpus_each < 0:
            raise ValueError(f"train.gpus_each must be 0 or more, got {self.gpus_each}")


class TrainFailedError(RuntimeError):
    """A fine-tuning could not be finished; the message says why."""


def train(
    encoded: Sequence[str],
    config: FinetuneConfig,
    workers: TrainWorkers,
    folder: str,
    progress: Progress,
) -> str:
    """Fine-tune on the cluster that this process is connected to.

    Args:
        encoded: paths or URIs of the files of the table `encoded`, which all nodes can read.
        config: what is trained and how, its precision settled.
        workers: on what.
        folder: for checkpoints: a path or URI that all nodes can write.
        progress: told how far the training is.

    Returns:
        The folder of the last checkpoint, which holds what was trained and its record.

    Raises:
        TrainFailedError: a worker raised an exception, workers were lost too often, the loss is no
            number any more, or this machine has no room for the workers.
    """
    # It imports torch, which takes seconds, and every command imports this module.
    from ray.train.torch import TorchConfig, TorchTrainer  # noqa: PLC0415

    gpus = settled_gpus(workers.gpus_each)
    asked = {"CPU": workers.cpus_each, "GPU": gpus}
    if words := no_room(asked, workers.least or workers.count):
        raise TrainFailedError(f"finetune: train asks for {words}")
    count: Any = workers.count if workers.least is None else (workers.least, workers.count)
    filesystem, inner = storage.file_system(folder)
    where, _, name = inner.rpartition("/")
    trainer = TorchTrainer(
        _train_loop,
        train_loop_config={"encoded": list(encoded), "config": config, "folder": folder,
                           "checkpoint_steps": workers.checkpoint_steps,
                           "threads": max(1, int(workers.cpus_each))},
        torch_config=TorchConfig(backend="nccl" if gpus else "gloo"),
        scaling_config=ray.train.ScalingConfig(
            num_workers=count,
            use_gpu=gpus > 0,
            resources_per_worker={name: one for name, one in asked.items() if one or name == "CPU"},
        ),
        run_config=ray.train.RunConfig(
            name=name,
            storage_path=where,
            storage_filesystem=filesystem,
            failure_config=ray.train.FailureConfig(max_failures=workers.max_failures),
            checkpoint_config=ray.train.CheckpointConfig(num_to_keep=2),
        ),
    )  # fmt: skip
    diverged = storage.join(folder, _DIVERGED)
    if storage.exists(diverged):
        storage.remove(diverged)
    try:
        with watched(folder, progress):
            result = trainer.fit()
    except ray.train.TrainingFailedError as error:
        raise TrainFailedError(f"finetune: {_cause(error)}") from error
    if storage.exists(diverged):
        raise TrainFailedError(f"finetune: {storage.read_json(diverged)['why']}")
    if result.error is not None or result.checkpoint is None:
        raise TrainFailedError(f"finetune: {result.error}")
    return storage.join(folder, storage.file_name(str(result.checkpoint.path)))


@contextmanager
def watched(folder: str, progress: Progress) -> Iterator[None]:
    """Tell how far a training is, from what its first worker leaves in the folder now and then."""
    path = storage.join(folder, HOW_FAR)
    if storage.exists(path):
        storage.remove(path)
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(path, progress, ended), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
        progress.stop()


def _watch(path: str, progress: Progress, ended: threading.Event) -> None:
    """Look every second until the training has ended; a lost worker sets it back."""
    seen: int | None = None
    while not ended.wait(_LOOK_S):
        try:
            told = storage.read_json(path)
        except OSError:
            continue  # it is not there yet, or out of reach for a moment
        if seen is None:
            progress.start("finetune", "steps", told["steps"], told["step"])
        else:
            progress.advance(told["step"] - seen)
        seen = told["step"]


def _cause(error: BaseException) -> str:
    """The first line of what a worker raised."""
    failures = getattr(error, "worker_failures", None) or {}
    first = next(iter(failures.values()), error)
    while first.__cause__ is not None:
        first = first.__cause__
    return f"{type(first).__name__}: {first}".splitlines()[0]


class _AllWorkers:
    """The workers of this run; sums travel between them."""

    def __init__(self) -> None:
        import ray.train  # noqa: PLC0415 - as in train

        context = ray.train.get_context()
        self.rank = context.get_world_rank()
        self.world = context.get_world_size()

    def add(self, tensors: Sequence[Any]) -> None:
        """Replace each tensor by its sum over the workers."""
        # Torch takes seconds to import, and only workers need it.
        from torch import distributed  # noqa: PLC0415

        if self.world == 1:
            return
        device = tensors[0].device
        for tensor in tensors:
            there = tensor.to(device)
            distributed.all_reduce(there)
            tensor.copy_(there)


def _train_loop(settings: dict[str, Any]) -> None:
    """One worker, from the first step or the last checkpoint to the end."""
    # Heavy imports, in the worker only.
    import ray.train  # noqa: PLC0415
    import torch  # noqa: PLC0415

    from rbic.models.finetune_run import prepare  # noqa: PLC0415
    from rbic.models.finetuning import DivergedError  # noqa: PLC0415

    # Ray and rbic.cluster leave workers one thread; their number decides the order of sums.
    torch.set_num_threads(settings["threads"])
    table = pa.concat_tables([storage.read_parquet(path) for path in settings["encoded"]])
    run = prepare(table, settings["config"], _AllWorkers())
    checkpoint = ray.train.get_checkpoint()
    if checkpoint is not None:
        with checkpoint.as_directory() as folder:
            path = Path(folder) / STATE
            run.tuning.load_state(torch.load(path, map_location="cpu", weights_only=True))

    told = -math.inf

    def after(_: object) -> None:
        nonlocal told
        done, every = run.tuning.progress.step, settings["checkpoint_steps"]
        if time.monotonic() - told > _TELL_S and ray.train.get_context().get_world_rank() == 0:
            told = time.monotonic()
            how_far = {"step": done, "steps": run.tuning.steps}
            # Only told: a store that is out of reach for a moment must not end the training.
            with suppress(OSError):
                storage.write_json(storage.join(settings["folder"], HOW_FAR), how_far)
        if done % every == 0 and done < run.tuning.steps:
            _report(run, finished=False)

    try:
        run.tuning.run(after)
    except DivergedError as error:
        # Raised, it would be tried again from the last checkpoint, to the same end. All workers
        # have the same sums and stop here.
        if ray.train.get_context().get_world_rank() == 0:
            storage.write_json(storage.join(settings["folder"], _DIVERGED), {"why": str(error)})
        return
    _report(run, finished=True)


def _report(run: Any, finished: bool) -> None:
    """Give Ray Train a checkpoint: a barrier that every worker calls, with files from rank 0."""
    import ray.train  # noqa: PLC0415 - as above
    import torch  # noqa: PLC0415 - as above

    progress = run.tuning.progress
    metrics = {"step": progress.step, "steps": run.tuning.steps, "loss": progress.losses[-1]}
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = None
        if ray.train.get_context().get_world_rank() == 0:
            torch.save(run.tuning.state(), Path(folder) / STATE)
            if finished:
                run.save(folder)
                storage.write_json(f"{folder}/{SUMMARY}", run.record())
            checkpoint = ray.train.Checkpoint.from_directory(folder)
        ray.train.report(metrics, checkpoint=checkpoint)
