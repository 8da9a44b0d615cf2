"""What decides the outcome of a trial, besides its method, budget and seed."""

from dataclasses import dataclass

import pyarrow as pa

from rbic.core.selection.refine import SelectConfig
from rbic.models.checker import CheckRule
from rbic.models.finetune_config import FinetuneConfig
from rbic.models.generator import GeneratorConfig


@dataclass(frozen=True)
class TrialConfig:
    """How samples are chosen, a model is tuned on them, asked, and its replies are checked."""

    select: SelectConfig
    finetune: FinetuneConfig
    generator: GeneratorConfig
    check: CheckRule


@dataclass(frozen=True)
class HeldOut:
    """The problems that no trial is trained on."""

    problems: pa.Table
    """Columns of the table samples, of rows with a reference answer."""
    digest: str
