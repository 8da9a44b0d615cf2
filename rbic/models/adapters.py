"""Model folders: what is in them, and adapters of peft merged into the model that they adapt.

An adapter is a folder with an `adapter_config.json`. It is always merged, whatever the engine: a
merged model answers as fast as any, every kind of adapter can be merged, and both engines then run
the same weights. For vLLM the merged model is written to a temporary folder.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xxhash

from rbic.sample.names import located

_ADAPTER = "adapter_config.json"
_PIECE_BYTES = 1 << 20
_WHOLE_BYTES = 64 << 20


@dataclass(frozen=True)
class Adapter:
    """A folder with an adapter, and the model that it adapts."""

    folder: str
    base: str
    """A folder or a name on the hub."""
    base_revision: str | None

    @property
    def tokenizer(self) -> tuple[str, str | None]:
        """Where the tokenizer is, and its revision: beside the adapter if one was saved there."""
        own = (Path(self.folder) / "tokenizer_config.json").exists()
        return (self.folder, None) if own else (self.base, self.base_revision)


def find_adapter(model: str) -> Adapter | None:
    """The adapter that a folder holds; None for a whole model or a name on the hub.

    Raises:
        ValueError: the adapter does not say what it adapts.
    """
    path = Path(located(model)) / _ADAPTER
    if not path.is_file():
        return None
    config = json.loads(path.read_text())
    base = config.get("base_model_name_or_path")
    if not base:
        raise ValueError(f"{path}: base_model_name_or_path is missing, so no model to adapt")
    return Adapter(str(path.parent), located(base), config.get("revision"))


def load_merged(adapter: Adapter, dtype: str) -> Any:
    """The model with its adapter merged into the weights, on the CPU.

    Raises:
        ValueError: peft is not installed.
    """
    # Heavy, and peft is needed for adapters only.
    try:
        from peft import PeftModel  # noqa: PLC0415
    except ImportError as error:
        raise ValueError(f"{adapter.folder} needs peft: pip install 'rbic[train]'") from error
    from transformers import AutoModelForCausalLM  # noqa: PLC0415

    model = AutoModelForCausalLM.from_pretrained(
        adapter.base, revision=adapter.base_revision, dtype=dtype
    )
    return PeftModel.from_pretrained(model, adapter.folder).merge_and_unload()


@contextmanager
def merged_folder(adapter: Adapter, dtype: str) -> Iterator[str]:
    """A temporary folder with the merged model and its tokenizer."""
    from transformers import AutoTokenizer  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="rbic-merged-") as folder:
        load_merged(adapter, dtype).save_pretrained(folder)
        name, revision = adapter.tokenizer
        AutoTokenizer.from_pretrained(name, revision=revision).save_pretrained(folder)
        yield folder


def model_digest(model: str | None) -> str:
    """A digest of a model folder, so that another model of the same name is another model.

    Of a file above 64 MiB its size and four pieces of 1 MiB count. Empty for what is no folder
    here; an adapter's digest covers the folder of the model that it adapts.
    """
    folder = Path(located(model or ""))
    if not model or not folder.is_dir():
        return ""
    digest = xxhash.xxh3_128()
    for path in sorted(folder.iterdir()):
        if path.is_file():
            digest.update(f"{path.name}|{path.stat().st_size}|".encode())
            _take_up(path, digest)
    adapter = find_adapter(model)
    return digest.hexdigest() + (model_digest(adapter.base) if adapter else "")


def _take_up(path: Path, digest: Any) -> None:
    size = path.stat().st_size
    whole = size <= _WHOLE_BYTES
    starts = (
        range(0, size, _PIECE_BYTES)
        if whole
        else [size * i // 3 - _PIECE_BYTES * (i > 0) for i in range(4)]
    )
    with path.open("rb") as stream:
        for start in starts:
            stream.seek(start)
            digest.update(stream.read(_PIECE_BYTES))
