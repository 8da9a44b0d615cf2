"""Whether two runs wrote the same bytes: shard, ledger and the tables of every step.

    python -m benchmarks.corpus.same_bytes OUT1 OUT2

Prints the number of files compared, and each that differs or is in one folder only; exit code 1 if
there is such a file.
"""

import hashlib
import sys
from pathlib import Path


def digests(out: Path) -> dict[str, str]:
    """SHA-256 of what a run publishes and of every step's tables, by path below the folder."""
    files = [*out.glob("refined/**/*"), out / "ledger.parquet", *out.glob("steps/*/*/*.parquet")]
    return {
        str(file.relative_to(out)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
        if file.is_file()
    }


def main(first: str, second: str) -> int:
    """Compare and print."""
    one, two = digests(Path(first)), digests(Path(second))
    different = sorted(name for name in one.keys() | two.keys() if one.get(name) != two.get(name))
    print(f"{len(one)} and {len(two)} files, {len(different)} differ")
    for name in different:
        print(f"  {name}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
