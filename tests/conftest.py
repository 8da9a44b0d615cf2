"""Fixtures shared by all tests."""

import hashlib
import io
import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from rbic.chunks import Chunk, Step, run_chunk
from rbic.outputs import load_inputs
from rbic.progress import LogFormat, Progress

# A deadline would be a timed test: a busy machine fails it.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real reasoning data, or a skip that says how to point to one."""
    default = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    folder = Path(os.environ.get("RBIC_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"no real data: {folder} is not a folder; set RBIC_DATA")
    return folder


class InProcess:
    """Runs chunks in this process, in place of a cluster; remembers which it ran."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, str]] = []
        self.stop_after: int | None = None
        self.backwards = False

    def __call__(
        self, step: Step, input_folders: dict[str, str], folder: str, chunks: Sequence[Chunk]
    ) -> Iterator[dict[str, Any]]:
        worker = step.worker(load_inputs(input_folders))
        for chunk in reversed(chunks) if self.backwards else chunks:
            if self.stop_after is not None and len(self.ran) >= self.stop_after:
                raise KeyboardInterrupt
            marker = run_chunk(worker, step, folder, chunk)
            self.ran.append((step.name, chunk.name))
            yield marker


@pytest.fixture
def in_process() -> InProcess:
    """A stream that computes chunks here."""
    return InProcess()


@pytest.fixture
def quiet() -> Progress:
    """Progress into a buffer, as JSON lines (`quiet.lines()` is not needed by most tests)."""
    return Progress(LogFormat.JSON, io.StringIO())


class FakeEncoder:
    """Unit vectors from the words of a text: texts that share words are near each other."""

    dimensions = 32

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                digest = hashlib.sha256(word.encode()).digest()
                vectors[row] += np.frombuffer(digest, np.int8).astype(np.float32)
            vectors[row, 0] += 1e-3
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def fake_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Embeds by words instead of by a model."""
    monkeypatch.setattr("rbic.stages.embed.load_encoder", lambda config: FakeEncoder())


@pytest.fixture
def write_lines(tmp_path: Path) -> Callable[..., str]:
    """Writes rows as JSON lines below tmp_path and gives the path."""

    def write(name: str, rows: Sequence[Any]) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
        path.write_bytes(b"".join(line + b"\n" for line in lines))
        return str(path)

    return write
