"""What decides the outcome of a trial, besides its method, budget and seed."""

from dataclasses import dataclass

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
