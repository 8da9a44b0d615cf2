"""Run the main job and measure it: seconds and peak memory of each step, of all its processes.

    python -m benchmarks.corpus.measure OUT -- ARGUMENTS OF rbic refine

The memory of a moment is the proportional set size (memory that processes share is counted once)
of the job and every process below it, read from /proc four times a second.
"""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path


def _tree(root: int) -> list[int]:
    """A process and all below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += children.get(one, [])
    return found


def _memory_mib(processes: list[int]) -> float:
    total = 0
    for process in processes:
        try:
            for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return total / 1024


def main(out: str, arguments: list[str]) -> int:
    """Run, then print a row a step."""
    command = [sys.executable, "-m", "rbic.cli", *arguments, "--out", out]
    readings: list[tuple[float, float]] = []
    started = time.time()
    job = subprocess.Popen(command)

    def watch() -> None:
        while job.poll() is None:
            readings.append((time.time(), _memory_mib(_tree(job.pid))))
            time.sleep(0.25)

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = job.wait()
    watcher.join()
    print(f"\n{'step':<18}{'seconds':>9}{'peak MiB':>10}{'rows/s':>10}")
    for name, step in json.loads((Path(out) / "run.json").read_text())["steps"].items():
        record = json.loads((Path(step["folder"]) / "record.json").read_text())
        inside = [m for t, m in readings if record["started"] <= t <= record["finished"]]
        rows = sum(entry["rows"] for table in record["tables"].values() for entry in table)
        rate = rows / max(step["seconds"], 1e-3)
        print(f"{name:<18}{step['seconds']:>9.1f}{max(inside, default=0):>10,.0f}{rate:>10,.0f}")
    peak = max((memory for _, memory in readings), default=0)
    print(f"{'all':<18}{time.time() - started:>9.1f}{peak:>10,.0f}")
    return code


if __name__ == "__main__":
    divider = sys.argv.index("--")
    sys.exit(main(sys.argv[1], sys.argv[divider + 1 :]))
