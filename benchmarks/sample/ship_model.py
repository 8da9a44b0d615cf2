"""Copy a trained model into the package, its logits scaled.

    python -m benchmarks.sample.ship_model OUT/model [--logit-scale 1.0]

Scaling the logits by s is what sampling at temperature 1 / s does. A model of two million weights
is unsure of every token, and the slips add up over a reply; at temperature 1 it would rarely finish
a long chain that it finishes when it takes the likeliest token. The scale is put into the weight of
the last normalisation, which stands right before the tied output matrix, so that every engine
samples the scaled model at temperature 1. `benchmarks.sample.pass_rates` tells what it does.
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from rbic.sample import model_dir

_LAST_NORM = "model.norm.weight"
_OTHER_FILES = ("config.json", "generation_config.json", "tokenizer.json")


def ship_model(trained: Path, folder: Path, logit_scale: float) -> int:
    """Write the scaled model.

    Args:
        trained: the folder that `train_model` wrote.
        folder: where to write; files of the same names are replaced.
        logit_scale: above 0.

    Returns:
        The size of the folder's files in bytes.

    Raises:
        ValueError: the scale is not positive.
    """
    if logit_scale <= 0:
        raise ValueError(f"ship_model: logit_scale must be positive, got {logit_scale}")
    folder.mkdir(parents=True, exist_ok=True)
    weights = load_file(trained / "model.safetensors")
    scaled = weights[_LAST_NORM].to(torch.float32) * logit_scale
    weights[_LAST_NORM] = scaled.to(torch.bfloat16)
    # save_file leaves a file that only its owner can read.
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)
    for name in _OTHER_FILES:
        shutil.copyfile(trained / name, folder / name)
    config = json.loads((trained / "tokenizer_config.json").read_text())
    # transformers 5 writes a class name that transformers 4 does not know; both know this one.
    config["tokenizer_class"] = "PreTrainedTokenizerFast"
    config.pop("backend", None)
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    return sum(path.stat().st_size for path in folder.iterdir())


def main() -> None:
    """Read the command line and copy."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("trained", type=Path)
    parser.add_argument("--logit-scale", type=float, default=1.0)
    parser.add_argument("--out", type=Path, default=model_dir())
    arguments = parser.parse_args()
    size = ship_model(arguments.trained, arguments.out, arguments.logit_scale)
    print(f"{arguments.out}: {size:,} bytes")


if __name__ == "__main__":
    main()
