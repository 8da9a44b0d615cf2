"""Names of what ships with rbic, for a configuration that holds no path of any machine."""

import os

from rbic.sample import corpus_dir, encoder_dir, model_dir

_PREFIX = "sample:"


def from_anywhere(name: str) -> str:
    """The same for a command that is run in another folder: a folder here by its whole path."""
    there = located(name)
    return os.path.abspath(there) if os.path.isdir(there) else there


def located(name: str) -> str:
    """The path that `sample:corpus`, `sample:model` or `sample:encoder` stands for here.

    Any other name is given back as it is. Called where the thing is loaded, so that the name, and
    not a path, is what travels to a cluster and into records.

    Raises:
        ValueError: another name after `sample:`.
        ModuleNotFoundError: the package that carries the encoder is not installed.
    """
    if not name.startswith(_PREFIX):
        return name
    match name.removeprefix(_PREFIX):
        case "corpus":
            return str(corpus_dir())
        case "model":
            return str(model_dir())
        case "encoder":
            return str(encoder_dir())
        case other:
            raise ValueError(f"{_PREFIX}{other}: there are sample:corpus, :model and :encoder")
