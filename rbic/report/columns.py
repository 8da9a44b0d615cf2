"""The ledger as flat arrays, which a million rows of it fit into.

Shape suffix: N ledger rows.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

LEDGER_COLUMNS = [
    "source", "row", "sample_id", "kept", "reason", "train_tokens", "language", "licence",
    "domain_id", "level", "basis", "pass_rate", "steps", "integrity",
    "complexity", "contribution",
]  # fmt: skip


@dataclass(frozen=True)
class Codes:
    """A column of few distinct names: the names, and for each row which one; -1 for null."""

    names: list[str]
    code_N: NDArray[np.int64]


@dataclass(frozen=True)
class LedgerColumns:
    """The ledger as flat arrays."""

    kept_N: NDArray[np.bool_]
    sample_N: NDArray[np.bool_]
    """Whether the row became a sample; false for a reject."""
    id_N: NDArray[np.int64]
    """-1 for a reject."""
    row_N: NDArray[np.int64]
    tokens_N: NDArray[np.int64]
    reason: Codes
    source: Codes
    language: Codes
    licence: Codes
    basis: Codes
    domain_N: NDArray[np.int64]
    """-1 for a reject."""
    level_N: NDArray[np.int64]
    """-1 for a reject."""
    pass_rate_N: NDArray[np.float64]
    steps_N: NDArray[np.float64]
    integrity_N: NDArray[np.float64]
    complexity_N: NDArray[np.float64]
    contribution_N: NDArray[np.float64]
    """NaN for a reject, as the four before."""


def ledger_columns(ledger: pa.Table) -> LedgerColumns:
    """Flat arrays of a table with at least LEDGER_COLUMNS."""

    def whole_numbers(name: str) -> NDArray[np.int64]:
        filled = pc.fill_null(ledger[name].cast(pa.int64()), -1)
        return np.asarray(filled.to_numpy(), np.int64)

    def numbers(name: str) -> NDArray[np.float64]:
        return np.asarray(ledger[name].to_numpy(zero_copy_only=False), np.float64)

    sample_id = ledger["sample_id"]
    return LedgerColumns(
        kept_N=ledger["kept"].to_numpy(zero_copy_only=False),
        sample_N=sample_id.is_valid().to_numpy(zero_copy_only=False),
        id_N=whole_numbers("sample_id"),
        row_N=whole_numbers("row"),
        tokens_N=whole_numbers("train_tokens"),
        reason=encode(ledger["reason"]),
        source=encode(ledger["source"]),
        language=encode(ledger["language"]),
        licence=encode(ledger["licence"]),
        basis=encode(ledger["basis"]),
        domain_N=whole_numbers("domain_id"),
        level_N=whole_numbers("level"),
        pass_rate_N=numbers("pass_rate"),
        steps_N=numbers("steps"),
        integrity_N=numbers("integrity"),
        complexity_N=numbers("complexity"),
        contribution_N=numbers("contribution"),
    )


def encode(column: pa.ChunkedArray) -> Codes:
    """Names in the order of their first row, and codes."""
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):  # combine_chunks of no chunk at all
        return Codes([], np.empty(0, np.int64))
    code_N = pc.fill_null(encoded.indices, -1).to_numpy().astype(np.int64)
    return Codes(encoded.dictionary.to_pylist(), code_N)
