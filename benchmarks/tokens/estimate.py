"""How near the token estimate comes to a real vocabulary, by corpus.

    python -m benchmarks.tokens.estimate VOCABULARY FILE...

VOCABULARY is a `.tiktoken` file; the figures in README.md are of Qwen's, which the package
dashscope carries (dashscope/resources/qwen.tiktoken). FILE are corpora as rbic reads them. Prints,
per file, tokens by the vocabulary, the estimate's sum over it, and the spread of the ratio over
rows.
"""

import base64
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import tiktoken

from rbic.core.parts import Parts, read_parts
from rbic.core.rows import parse_row
from rbic.core.token_estimate import estimate_tokens
from rbic.corpus import CorpusFile, find_files
from rbic.raw_rows import FileChunk, read_raw_rows
from rbic.stages.ingest import IngestConfig, detect_layout

_ROWS = 3000
# The pattern by which Qwen's tokenizer splits a text before its pairs are merged.
_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def load(path: str) -> tiktoken.Encoding:
    """The tokenizer of a vocabulary file: a token in base 64 and its rank a line."""
    ranks = {}
    for line in Path(path).read_bytes().splitlines():
        token, rank = line.split()
        ranks[base64.b64decode(token)] = int(rank)
    return tiktoken.Encoding("bench", pat_str=_PATTERN, mergeable_ranks=ranks, special_tokens={})


def texts(file: CorpusFile) -> list[str]:
    """Question and chain of the first rows."""
    layout = detect_layout(file, IngestConfig())
    rows = islice(read_raw_rows(file, FileChunk(0, file.size_bytes, 0), 1 << 23), _ROWS)
    parts = [read_parts(raw.value or parse_row(raw.raw), layout) for raw in rows]
    return [f"{one.question}\n{one.chain}" for one in parts if isinstance(one, Parts)]


def main(vocabulary: str, paths: list[str]) -> None:
    """Print the table."""
    encoding = load(vocabulary)
    print(f"{'file':<45}{'tokens':>12}{'estimate':>10}{'5 %':>8}{'95 %':>8}")
    for file in find_files(paths):
        rows = texts(file)
        real = np.array([len(encoding.encode(text)) for text in rows])
        estimated = np.array([estimate_tokens(text) for text in rows])
        ratio = estimated / real
        low, high = np.quantile(ratio, [0.05, 0.95])
        share = estimated.sum() / real.sum()
        print(f"{file.name:<45}{real.sum():>12,}{share:>10.3f}{low:>8.3f}{high:>8.3f}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
