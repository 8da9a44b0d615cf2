"""How difficulty was measured, and how sure its levels are."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rbic.report.columns import encode
from rbic.schema import Basis

EVIDENCE_COLUMNS = ["attempts", "pass_rate", "low", "high", "level_probability", "basis"]


@dataclass(frozen=True)
class Evidence:
    """The distinct samples whose pass rate rests on one basis."""

    basis: str
    samples: int
    share: float
    """Of the distinct samples, in [0, 1]."""
    attempts: float
    """Mean attempts with a verdict."""
    pass_rate: float
    """Mean, in [0, 1]."""
    interval: float
    """Mean width of the 90 % interval of the pass rate, in [0, 1]."""
    level_probability: float
    """Mean probability that a sample has the level it was given, in [0, 1]."""


def evidence_of(difficulty: pa.Table) -> list[Evidence]:
    """One record a basis that occurs, the strongest first; needs EVIDENCE_COLUMNS."""
    codes = encode(difficulty["basis"])
    columns = {name: difficulty[name].to_numpy() for name in EVIDENCE_COLUMNS if name != "basis"}
    found = []
    for basis in Basis:
        if basis not in codes.names:
            continue
        here_N = codes.code_N == codes.names.index(basis)
        mean = {name: float(np.mean(column[here_N])) for name, column in columns.items()}
        found.append(
            Evidence(
                basis=basis,
                samples=int(here_N.sum()),
                share=float(here_N.mean()),
                attempts=mean["attempts"],
                pass_rate=mean["pass_rate"],
                interval=mean["high"] - mean["low"],
                level_probability=mean["level_probability"],
            )
        )
    return found
