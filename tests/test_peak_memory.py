"""The memory of a process and of those below it, with real ones."""

import subprocess
import sys
from pathlib import Path

import pytest

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


NAMED = """
import sys
open("/proc/self/comm", "wb").write(b"\\xc3\\xa9" * 8)
print("named", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not Path("/proc/self/comm").exists(), reason="a Linux /proc is asked")
def test_a_process_whose_name_is_cut_within_a_character_is_read():
    with subprocess.Popen(
        [sys.executable, "-c", NAMED], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        child.stdout.readline()
        with pytest.raises(UnicodeDecodeError):
            Path(f"/proc/{child.pid}/stat").read_bytes().decode()
        assert peak_memory_mib() > 0
        child.communicate()


def test_processes_of_others_that_are_hidden_are_passed_over(monkeypatch):
    read_text = Path.read_text

    def hidden(path, *args, **options):
        if path.match("/proc/1/*"):
            raise PermissionError(path)
        return read_text(path, *args, **options)

    monkeypatch.setattr(Path, "read_text", hidden)
    assert peak_memory_mib() > 0
