"""What is told of each domain: name, size, levels, pass rate, its most typical question.

Shape suffixes: N ledger rows, D domains.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rbic.core.pass_rates import LEVELS
from rbic.report.columns import LedgerColumns
from rbic.report.summaries import Tally, tallies
from rbic.schema import Basis


@dataclass(frozen=True)
class Domain:
    """What is told of one domain."""

    domain_id: int
    tally: Tally
    levels: list[Tally]
    keywords: list[str]
    subdomains: list[tuple[str, int]]
    """Names and numbers of distinct samples, the largest first."""
    medoid_id: int | None
    """Its most typical sample."""
    pass_rate: float | None
    """Mean over its samples that rest on more than the text; None where there is none."""
    integrity: float


def by_domain(rows: LedgerColumns, domain_names: pa.Table) -> list[Domain]:
    """The domains, the one with the most tokens first."""
    named = domain_names.to_pylist()
    whole = {row["domain_id"]: row for row in named if row["subdomain_id"] == -1}
    parts: dict[int, list[tuple[str, int]]] = {domain: [] for domain in whole}
    for row in named:
        if row["subdomain_id"] >= 0:
            parts[row["domain_id"]].append((row["name"], row["size"]))
    count = max(whole, default=-1) + 1
    names = [whole[domain]["name"] if domain in whole else "" for domain in range(count)]
    cell_N = np.where(rows.domain_N >= 0, rows.domain_N * LEVELS + rows.level_N, -1)
    cells = tallies([""] * (count * LEVELS), cell_N, rows)
    rate_D, integrity_D = _domain_means(rows, count)
    found = [
        Domain(
            domain_id=domain,
            tally=tally,
            levels=cells[domain * LEVELS : (domain + 1) * LEVELS],
            keywords=whole[domain]["keywords"],
            subdomains=sorted(parts[domain], key=lambda part: (-part[1], part[0])),
            medoid_id=next(iter(whole[domain]["medoid_ids"]), None),
            pass_rate=None if np.isnan(rate_D[domain]) else float(rate_D[domain]),
            integrity=float(integrity_D[domain]),
        )
        for domain, tally in enumerate(tallies(names, rows.domain_N, rows))
        if domain in whole
    ]
    return sorted(found, key=lambda one: (-one.tally.tokens, one.domain_id))


def _domain_means(
    rows: LedgerColumns, count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean measured pass rate and mean integrity of each domain; NaN where there is nothing."""
    text = rows.basis.names.index(Basis.TEXT) if Basis.TEXT in rows.basis.names else -2
    measured_N = rows.sample_N & (rows.basis.code_N != text)

    def mean(value_N: NDArray[np.float64], of_N: NDArray[np.bool_]) -> NDArray[np.float64]:
        domain_M = rows.domain_N[of_N]
        total_D = np.bincount(domain_M, weights=value_N[of_N], minlength=count)
        number_D = np.bincount(domain_M, minlength=count)
        return np.where(number_D, total_D / np.maximum(number_D, 1), np.nan)

    return mean(rows.pass_rate_N, measured_N), mean(rows.integrity_N, rows.sample_N)
