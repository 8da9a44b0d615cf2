"""The memory of a process and of those below it, with real ones."""

import subprocess
import sys

from rbic.peak_memory import peak_memory_mib

HOLD = """
import subprocess, sys
mib, *below = sys.argv[1:]
once = b"x" * (int(mib) << 20)
del once
if below:
    subprocess.Popen([sys.executable, "-c", sys.orig_argv[2], *below], stdin=sys.stdin)
else:
    print("all have held theirs", flush=True)
sys.stdin.read()
"""


def test_the_peaks_of_all_processes_below_are_counted_while_they_run():
    before = peak_memory_mib()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, "256", "128"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        child.stdout.readline()
        during = peak_memory_mib()
        child.communicate()
    # Python's own few MiB come to each.
    assert 384 <= during - before < 384 + 2 * 40
    assert peak_memory_mib() - before < 40
