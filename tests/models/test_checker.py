"""The algebra runs in processes that may hang, swell or die: each costs its own pair only."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from rbic.core.answers.judgement import Method
from rbic.models.checker import Checker, CheckRule
from rbic.schema import Verdict

# Pairs that only the algebra can decide: the answer grammar knows no integral and no sum sign.
EQUAL = (r"\int_0^1 2x\,dx", r"\sum_{k=0}^{0} 1")
DIFFERENT = (r"\int_0^1 2x\,dx", "2")
# Sympy works on this for minutes.
ENDLESS = (r"\int_0^{\infty} e^{-x^{7}} \sin(x^{x}) \ln(x)^{5} dx", "3")


def check_one(checker, pair):
    return checker.check([pair[0]], [rf"\boxed{{{pair[1]}}}"], [None])[0]


@pytest.fixture(scope="module")
def checker():
    with Checker(CheckRule(timeout_s=2.0)) as shared:
        yield shared


def children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if "rbic.models.algebra" in " ".join(child.cmdline())
    ]


def test_replies_get_their_judgements_in_order(checker):
    judged = checker.check(
        ["42", "A", EQUAL[0], "7", DIFFERENT[0]],
        [
            "So the answer is 42.",
            "It is (B).",
            rf"\boxed{{{EQUAL[1]}}}",
            "I do not know how one would go about this, so I will rather say nothing at all here.",
            rf"\boxed{{{DIFFERENT[1]}}}",
        ],
        [None, ["1", "2"], None, None, None],
    )
    assert [(j.final_answer, j.verdict, j.method) for j in judged] == [
        ("42", Verdict.RIGHT, Method.TEXT),
        ("B", Verdict.WRONG, Method.CHOICE),
        (EQUAL[1], Verdict.RIGHT, Method.ALGEBRA),
        (None, Verdict.WRONG, Method.NO_ANSWER),
        ("2", Verdict.WRONG, Method.ALGEBRA),
    ]


def test_a_solution_as_reference_stands_for_its_answer(checker):
    judged = checker.check([r"Adding gives $\boxed{7}$."], ["#### 7"], [None])
    assert judged[0].verdict is Verdict.RIGHT


def test_an_endless_pair_is_undecidable_in_time_and_the_next_one_is_decided(checker):
    check_one(checker, EQUAL)
    begun = time.monotonic()
    assert check_one(checker, ENDLESS).method is Method.TIMEOUT
    # Eight times the limit is what a pair may wait for a busy machine.
    assert time.monotonic() - begun < 8 * 2.0 + 3.0
    assert check_one(checker, EQUAL).verdict is Verdict.RIGHT


HOSTILE_JUDGE = """
import ctypes, sys
import rbic.models.algebra as algebra

def judge(gold, given):
    if gold == "swell":
        return "x" * 10**9
    if gold == "crash":
        ctypes.string_at(0)
    if gold == "spin":
        while True:
            pass
    if gold == "raise":
        raise RuntimeError("sympy lost its way")
    return "equal"

algebra.judge = judge
sys.argv = ["algebra", "0.5", str(2**26)]
algebra.main()
"""


def test_what_befalls_the_child_is_said_and_the_next_pair_is_judged():
    with subprocess.Popen(
        [sys.executable, "-c", HOSTILE_JUDGE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert json.loads(process.stdout.readline()) == {"ready": True}
        outcomes = []
        for gold in ("fine", "swell", "fine", "crash", "spin", "raise", "fine"):
            process.stdin.write(json.dumps({"gold": gold, "given": ""}) + "\n")
            process.stdin.flush()
            outcomes.append(json.loads(process.stdout.readline())["outcome"])
        process.stdin.close()
        assert process.wait(10) == 0
    assert outcomes == ["equal", "memory", "equal", "killed", "timeout", "unsure", "equal"]


@pytest.mark.slow
@pytest.mark.parametrize("whom", ["parent", "child"])
def test_a_process_killed_in_the_middle_costs_its_pair_only(checker, whom):
    check_one(checker, EQUAL)
    (parent,) = [p for p in children() if p.ppid() == os.getpid()]
    victim = parent if whom == "parent" else parent.children()[0]
    killer = threading.Timer(0.7, lambda: os.kill(victim.pid, signal.SIGKILL))
    killer.start()
    judged = check_one(checker, ENDLESS)
    killer.join()
    assert (judged.verdict, judged.method) == (Verdict.UNDECIDABLE, Method.KILLED)
    assert check_one(checker, EQUAL).verdict is Verdict.RIGHT


@pytest.mark.slow
def test_a_process_killed_between_pairs_costs_none(checker):
    check_one(checker, EQUAL)
    for process in children():
        if process.ppid() == os.getpid():
            process.kill()
    time.sleep(0.2)
    assert check_one(checker, EQUAL).verdict is Verdict.RIGHT


def test_sixteen_threads_at_once_get_their_own_verdicts(checker):
    pairs = [EQUAL if i % 3 else (EQUAL[0], str(i + 2)) for i in range(48)]
    with ThreadPoolExecutor(16) as threads:
        judged = list(threads.map(lambda pair: check_one(checker, pair), pairs))
    expected = [Verdict.RIGHT if i % 3 else Verdict.WRONG for i in range(48)]
    assert [j.verdict for j in judged] == expected


@pytest.mark.slow
def test_no_process_outlives_its_checker():
    before = {process.pid for process in children()}
    with Checker(CheckRule()) as short:
        check_one(short, EQUAL)
        (parent,) = [p for p in children() if p.ppid() == os.getpid() and p.pid not in before]
        own = [parent, *parent.children()]
        assert len(own) == 2
    assert not any(process.is_running() for process in own)


def test_a_reply_is_never_executed(checker, tmp_path: Path):
    mark = tmp_path / "executed"
    call = f"__import__('pathlib').Path('{mark}').touch()"
    for reply in (call, rf"\boxed{{{call}}}", f"$ {call} $", rf"\int_0^1 {call} dx", f"1+{call}"):
        judged = checker.check(["1", EQUAL[0], "$x$"], [reply] * 3, [None] * 3)
        assert all(j.verdict is not Verdict.RIGHT for j in judged)
    assert not mark.exists()


def test_sequences_of_unequal_length_are_refused(checker):
    with pytest.raises(ValueError, match="zip"):
        checker.check(["1", "2"], ["1"], [None])


@pytest.mark.parametrize(
    ("wrong", "name"),
    [({"timeout_s": 0.0}, "timeout_s"), ({"timeout_s": 1e9}, "timeout_s"),
     ({"memory_bytes": 1}, "memory")],
)  # fmt: skip
def test_a_rule_out_of_range_is_refused_by_name(wrong, name):
    with pytest.raises(ValueError, match=name):
        CheckRule(**wrong)


def test_a_checker_without_processes_is_refused():
    with pytest.raises(ValueError, match="processes must be at least 1, got 0"):
        Checker(CheckRule(), processes=0)


@pytest.mark.ray
def test_a_checker_works_within_an_actor_of_many_threads():
    ray = pytest.importorskip("ray")
    ray.init(num_cpus=2, include_dashboard=False, logging_level="error")
    try:

        @ray.remote(num_cpus=0.5, max_concurrency=4)
        class Judge:
            def __init__(self) -> None:
                self.checker = Checker(CheckRule())

            def judge(self, pair: tuple[str, str]) -> str:
                return check_one(self.checker, pair).verdict.value

        judge = Judge.remote()
        pairs = [EQUAL, DIFFERENT, ENDLESS, EQUAL]
        assert ray.get([judge.judge.remote(pair) for pair in pairs], timeout=100) == [
            "right",
            "wrong",
            "undecidable",
            "right",
        ]
    finally:
        ray.shutdown()
