"""Write a sample corpus: three files in three layouts.

    python -m benchmarks.sample.make_corpus [--out rbic/sample/corpus] [--seed 1]

The rows carry an `id` and no truth; `benchmarks.sample.corpus.truth(seed)` has the truth by id.
The same seed gives the same bytes, as far as pyarrow and zlib are the same.
"""

import argparse
import gzip
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.sample.corpus import SAMPLE_SEED, CorpusConfig, Layout, Row, make_rows
from rbic.sample import corpus_dir

_LEVELS = (1, 2, 3, 4, 4, 5, 5, 5)
"""The level of a problem with 1, 2, … steps, named as in MATH."""


def story_record(row: Row) -> dict[str, str]:
    """GSM8K's layout: the chain, then `#### 42`."""
    return {
        "id": row.truth.id,
        "question": row.question,
        "answer": f"{row.chain}\n#### {row.stated_answer}",
    }


def maths_record(row: Row) -> dict[str, str]:
    r"""MATH's layout: a solution with `\boxed{42}`, and a level."""
    return {
        "id": row.truth.id,
        "problem": row.question,
        "solution": f"{row.chain}\nThe answer is $\\boxed{{{row.stated_answer}}}$.",
        "level": f"Level {_LEVELS[row.truth.steps - 1]}",
    }


def chat_record(row: Row) -> dict[str, object]:
    """The layout of distilled chat corpora: the chain between think tags, then the answer."""
    reply = f"<think>\n{row.chain}\n</think>\n\n答案是{row.stated_answer}。"
    return {
        "id": row.truth.id,
        "messages": [
            {"role": "user", "content": row.question},
            {"role": "assistant", "content": reply},
        ],
    }


def _json_lines(records: Iterable[Mapping[str, object]]) -> bytes:
    lines = (json.dumps(record, ensure_ascii=False) for record in records)
    return "".join(f"{line}\n" for line in lines).encode()


def _write_stories(rows: Sequence[Row], folder: Path) -> Path:
    path = folder / "stories.jsonl"
    path.write_bytes(_json_lines(map(story_record, rows)))
    return path


def _write_maths(rows: Sequence[Row], folder: Path) -> Path:
    path = folder / "maths.parquet"
    names = ("id", "problem", "solution", "level")
    schema = pa.schema([pa.field(name, pa.string(), nullable=False) for name in names])
    table = pa.Table.from_pylist([maths_record(row) for row in rows], schema=schema)
    pq.write_table(table, path, compression="zstd", row_group_size=1000)
    return path


def _write_chinese(rows: Sequence[Row], folder: Path) -> Path:
    path = folder / "chinese.jsonl.gz"
    path.write_bytes(gzip.compress(_json_lines(map(chat_record, rows)), mtime=0))
    return path


_WRITERS: dict[Layout, Callable[[Sequence[Row], Path], Path]] = {
    Layout.STORIES: _write_stories,
    Layout.MATHS: _write_maths,
    Layout.CHINESE: _write_chinese,
}


def write_corpus(rows: Mapping[Layout, Sequence[Row]], folder: Path) -> list[Path]:
    """Write the file of each layout into a folder, which is made if need be.

    Returns:
        The paths written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [_WRITERS[layout](drawn, folder) for layout, drawn in rows.items()]


def main() -> None:
    """Read the command line and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=corpus_dir())
    parser.add_argument("--seed", type=int, default=SAMPLE_SEED)
    arguments = parser.parse_args()
    rows = make_rows(CorpusConfig(seed=arguments.seed))
    for path in write_corpus(rows, arguments.out):
        print(f"{path}  {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
