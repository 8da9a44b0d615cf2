"""Put real corpora into one folder, the AdaRFT success rates joined to MATH as given pass rates.

    python -m benchmarks.corpus.prepare DATA OUT

DATA holds gsm8k/, math/, tal_scq5k/, alpaca_cot/ and adarft_difficulty/ as the projects publish
them. OUT gets the training files, 47,000 rows in four layouts: unchanged but for MATH, whose rows
get `pass_rate` (share of 128 attempts that were right) where AdaRFT has the problem. Joined by
text without white space and without the prompt that AdaRFT adds; of two values the mean is taken.
"""

import json
import shutil
import sys
from pathlib import Path
from statistics import fmean

COPIED = (
    "gsm8k/train.jsonl",
    "tal_scq5k/en_single_choice_train_3K.jsonl",
    "tal_scq5k/ch_single_choice_train_3K.jsonl",
    *(
        f"alpaca_cot/{name}_train.json"
        for name in ("aqua", "creak", "ecqa", "qasc", "sensemaking", "strategyqa")
    ),
)
_PROMPT = "Let's think step by step and output the final answer within \\boxed{}."


def key(problem: str) -> str:
    """A problem's text without white space and without the added prompt."""
    return "".join(problem.replace(_PROMPT, "").split())


def success_rates(path: Path) -> dict[str, float]:
    """Success rates in [0, 1] by key."""
    found: dict[str, list[float]] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            found.setdefault(key(row["problem"]), []).append(1 - row["difficulty"] / 100)
    return {problem: fmean(rates) for problem, rates in found.items()}


def prepare(data: Path, out: Path) -> None:
    """Write the folder, and say how many rates were joined."""
    for name in COPIED:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(data / name, out / name)
    rates = success_rates(data / "adarft_difficulty/union.jsonl")
    (out / "math").mkdir(exist_ok=True)
    rows = joined = 0
    with (
        (data / "math/train.jsonl").open(encoding="utf-8") as lines,
        (out / "math/train.jsonl").open("w", encoding="utf-8") as written,
    ):
        for line in lines:
            row = json.loads(line)
            row["pass_rate"] = rates.get(key(row["problem"]))
            rows += 1
            joined += row["pass_rate"] is not None
            written.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(f"{joined:,} of {rows:,} MATH rows got a pass rate")


if __name__ == "__main__":
    prepare(Path(sys.argv[1]), Path(sys.argv[2]))
