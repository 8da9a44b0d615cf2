"""What decides the outcome of a trial, besides its method, budget and seed."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from rbic.core.contribution import ContributionRule
from rbic.core.integrity import ChainRule
from rbic.core.selection.refine import SelectConfig
from rbic.core.variants import Changes, Rules
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
    chains: ChainRule
    """What the integrity of the run goes by; with the next, what variants of rbic change."""
    contribution: ContributionRule
    variants: Mapping[str, Changes]
    """By name what each variant changes."""

    @property
    def rules(self) -> Rules:
        """What decides the choice of rbic itself."""
        return Rules(self.select, self.chains, self.contribution)


@dataclass(frozen=True)
class HeldOut:
    """The problems that no trial is trained on."""

    problems: pa.Table
    """Columns of the table samples, of rows with a reference answer, and `groups`."""
    by: list[str]
    """The fields whose values `groups` holds."""
    digest: str
