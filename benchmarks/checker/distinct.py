"""How often two different references of MATH are called the same answer; each such pair is shown.

    python -m benchmarks.checker.distinct --data FOLDER --share 1.0

All pairs of distinct references that are no plain integers: 1.6 million. Nearly all differ, so this
is where a comparison that is too generous shows. Pairs found right are to be read by eye.
"""

import argparse
import random
import time
from pathlib import Path

from benchmarks.contribution.corpora import read_jsonl
from rbic.core.equivalence import compare_answers


def main() -> None:
    """Compare the pairs and print those found right, with the time taken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--share", type=float, default=0.1, help="of the pairs, drawn at random")
    arguments = parser.parse_args()
    references = {row["target"] for row in read_jsonl(arguments.data / "math/train.jsonl")} - {None}
    texts = sorted(text for text in references if not text.lstrip("-").isdigit())
    draw = random.Random(0)
    pairs = found = 0
    begun = time.process_time()
    for i, one in enumerate(texts):
        for other in texts[i + 1 :]:
            if arguments.share < 1 and draw.random() > arguments.share:
                continue
            pairs += 1
            judged = compare_answers(one, other)
            if judged.verdict == "right":
                found += 1
                print(f"{one}   {other}   ({judged.method})")
    seconds = time.process_time() - begun
    print(f"{len(texts)} references, {pairs} pairs, {found} right, {pairs / seconds:.0f} pairs/s")


if __name__ == "__main__":
    main()
