"""Which tools files are exported for."""

from enum import StrEnum


class Target(StrEnum):
    """The tool that is exported for."""

    LLAMA_FACTORY = "llama-factory"
    AXOLOTL = "axolotl"
    TRL = "trl"
    LM_EVAL = "lm-eval"
