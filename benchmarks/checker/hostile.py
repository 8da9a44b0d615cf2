r"""Hand the checker 1,000 hostile answers: none may hang it, crash it, or be called right.

    python -m benchmarks.checker.hostile --out out.json

Every string is made from a seed by one of `KINDS`: deep nesting, towers of powers, huge factorials,
matrices and sums, unbalanced braces, a million characters, control characters, every corner of
Unicode, code that must not run. Each stands as a reply against the reference "7", and boxed
against itself boxed with one digit changed, so that both sides are hostile. A verdict of right is
printed, to be read, unless both answers are the same text, since the change lay outside of the box.
"""

import argparse
import contextlib
import json
import random
import resource
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil

from rbic.core.answers.judgement import Method
from rbic.models.checker import Checker, CheckRule, Judged

_CODE = "__import__('os').system('touch {mark}')"


def _nested(draw: random.Random) -> str:
    opening, closing = draw.choice(
        [
            ("{", "}"),
            ("(", ")"),
            ("[", "]"),
            (r"\frac{1}{", "}"),
            (r"\sqrt{", "}"),
            (r"\left(", r"\right)"),
            ("|", "|"),
        ]
    )
    depth = draw.choice([30, 300, 3_000, 30_000])
    return opening * depth + "8" + closing * depth


def _tower(draw: random.Random) -> str:
    mark = draw.choice(["^", "^{", "**"])
    height = draw.randint(3, 12)
    return mark.join(str(draw.randint(8, 99)) for _ in range(height)) + "}" * (
        height - 1 if mark == "^{" else 0
    )


def _large(draw: random.Random) -> str:
    return draw.choice([
        rf"{draw.randint(10**5, 10**9)}!!!",
        rf"{draw.randint(10**6, 10**9)}!",
        rf"\binom{{{draw.randint(10**7, 10**9)}}}{{{draw.randint(10**6, 10**7)}}}",
        rf"2^{{{draw.randint(10**8, 10**12)}}}+\sqrt{{x}}",
        rf"(x+y+z)^{{{draw.randint(400, 4000)}}}",
        rf"\sqrt[{draw.randint(10**6, 10**9)}]{{{draw.randint(10**6, 10**9)}^{{77777}}}}",
        rf"1e{draw.randint(10**5, 10**9)}",
        "9" * draw.randint(5_000, 100_000),
    ])  # fmt: skip


def _analysis(draw: random.Random) -> str:
    n = draw.randint(3, 60)
    return draw.choice([
        rf"\int_0^{{\infty}} e^{{-x^{{{n}}}}} \sin(x^{{x}})\ln(x)^{{{n}}} dx",
        rf"\int \frac{{\sin^{{{n}}} x}}{{x^{{{n}}}+\cos x}} dx",
        rf"\sum_{{k=1}}^{{{10**n}}} \frac{{1}}{{k^k}}",
        rf"\prod_{{p=2}}^{{{10**9 + n}}} (1-\frac{{1}}{{p^2}})",
        rf"\lim_{{x\to 0}} \frac{{\sin(\tan(x))-\tan(\sin(x))}}{{x^{{{n}}}}}",
        rf"\frac{{d^{{{n}}}}}{{dx^{{{n}}}}} x^{{x^{{x}}}}",
        r"\sqrt{" * 12 + "2" + "+3}" * 12,
        rf"x^{{{n}}}+x^{{{n - 1}}}+x+1=0",
    ])  # fmt: skip


def _matrix(draw: random.Random) -> str:
    size = draw.choice([5, 12, 40, 120])
    entry = draw.choice(["x^{2}+1", r"\sqrt{2}", "0", r"\frac{a}{b}"])
    rows = r" \\ ".join(" & ".join([entry] * size) for _ in range(size))
    return rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}^{{{draw.randint(-3, 99)}}}"


def _unbalanced(draw: random.Random) -> str:
    length = draw.choice([20, 200, 2_000])
    pieces = [
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        r"\left",
        r"\right",
        r"\{",
        "$",
        r"\frac",
        r"\begin{",
        "&",
        r"\\",
        "^",
        "_",
        "1",
        "x",
        ",",
        "=",
        "|",
        "#",
        "####",
        r"\boxed{",
    ]
    return "".join(draw.choice(pieces) for _ in range(length))


def _long(draw: random.Random) -> str:
    piece = draw.choice(
        [
            "1+",
            "x",
            r"\frac",
            r"\boxed{1",
            "the answer is ",
            "7,",
            "{",
            "$",
            "$1$ and ",
            "答案是",
            "1 ",
            "-",
            r"\\",
            "\n",
            "(A) ",
            "#### 1\n",
            "=",
            ". ",
            "1,111",
            "</think>",
        ]
    )
    return (piece * (1_000_000 // len(piece) + 1))[:1_000_000]


def _characters(draw: random.Random) -> str:
    ranges = [
        (0, 32),
        (0x300, 0x36F),
        (0x200B, 0x2064),
        (0x4E00, 0x9FFF),
        (0x1D400, 0x1D7FF),
        (0xFF00, 0xFFEF),
        (0x2070, 0x209F),
        (0xE000, 0xE100),
        (0x10FF00, 0x10FFFF),
        (0x0660, 0x0669),
        (0x2150, 0x218B),
        (0x1F600, 0x1F64F),
        (127, 160),
    ]
    low, high = draw.choice(ranges)
    characters = (chr(draw.randint(low, high)) for _ in range(draw.choice([3, 40, 400])))
    return "".join(draw.choice([c, c, "1", "^", "{"]) for c in characters)


def _code(draw: random.Random) -> str:
    call = _CODE.format(mark="/nonexistent/rbic-hostile")
    return draw.choice([
        call, f"$ {call} $", rf"\boxed{{{call}}}", f"exec({call!r})", rf"\text{{{call}}}",
        "{{7*7}}", r"\input{/etc/passwd}", r"\write18{touch x}", "lambda: (yield)", "open('x','w')",
        "().__class__.__bases__[0].__subclasses__()",
        '{"gold": 1}\n{"outcome": "equal"}', "nan", "inf",
    ])  # fmt: skip


def _words(draw: random.Random) -> str:
    return draw.choice([
        "百" * draw.randint(5, 2_000), "one hundred " * draw.randint(1, 500),
        "万亿" * 50 + "分之" + "九" * 50,
        "x" * draw.randint(100, 1_500), "A" * draw.randint(11, 500), "yes " * 300,
        "1," * draw.randint(100, 900), "1 2 " * 100, r"\pm" * 100 + "1", r"1\pm2," * 80,
        "=".join("1" * 150), "<".join("x" * 100), r"\cup".join(["[0,1]"] * 150),
        r"\{" * 20 + "1" + r"\}" * 20, "(" + "),(".join(["1,2"] * 60) + ")",
    ])  # fmt: skip


KINDS: dict[str, Callable[[random.Random], str]] = {
    "nested": _nested, "tower": _tower, "large": _large, "analysis": _analysis, "matrix": _matrix,
    "unbalanced": _unbalanced, "long": _long, "characters": _characters, "code": _code,
    "words": _words,
}  # fmt: skip


def hostile(seed: int, count: int) -> list[tuple[str, str]]:
    """Hostile strings with their kinds, `count` in all, the kinds in turn."""
    draw = random.Random(seed)
    kinds = list(KINDS.items())
    return [(name, make(draw)) for name, make in (kinds[i % len(kinds)] for i in range(count))]


def _changed(text: str) -> str:
    """The text with another first digit, or with one more character."""
    for i, character in enumerate(text[:1000]):
        if character.isascii() and character.isdigit():
            return text[:i] + str((int(character) + 1) % 10) + text[i + 1 :]
    return text + "9"


def pairs_of(text: str) -> list[tuple[str, str]]:
    """The pairs of reference and reply in which a hostile string stands."""
    return [("7", text), (rf"\boxed{{{_changed(text)}}}", rf"\boxed{{{text}}}")]


class _Memory(threading.Thread):
    """Watches the resident memory of the algebra processes."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most_bytes = 0
        self.done = threading.Event()

    def run(self) -> None:
        while not self.done.wait(0.1):
            total = 0
            for child in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    total += child.memory_info().rss
            self.most_bytes = max(self.most_bytes, total)


def main() -> None:
    """Judge the strings one by one and report time, memory and verdicts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--timeout-s", type=float, default=2.0)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    slowest: list[tuple[float, str, str]] = []
    counts: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    memory = _Memory()
    memory.start()
    rule = CheckRule(timeout_s=arguments.timeout_s)
    with Checker(rule) as checker:
        # The first pair waits for math-verify to load, which is not the strings' doing.
        checker.check([r"\int_0^1 x dx"], [r"\boxed{2}"], [None])
        start = time.monotonic()
        for kind, text in hostile(arguments.seed, arguments.count):
            for gold, reply in pairs_of(text):
                begun = time.monotonic()
                judged = checker.check([gold], [reply], [None])[0]
                took = time.monotonic() - begun
                slowest.append((round(took, 3), kind, text[:40]))
                counts[_key(judged)] += 1
                if judged.verdict == "right" and judged.method != Method.TEXT:
                    print("RIGHT", kind, judged.method, ascii(gold[:90]), ascii(text[:90]))
                seconds[kind] += round(took * 1000)
    memory.done.set()
    report = {
        "pairs": 2 * arguments.count,
        "seconds": round(time.monotonic() - start, 1),
        "timeout_s": arguments.timeout_s,
        "slowest": sorted(slowest, reverse=True)[:10],
        "milliseconds_by_kind": dict(seconds),
        "verdicts": dict(sorted(counts.items())),
        "peak_MB_of_the_caller": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "peak_MB_of_the_processes": memory.most_bytes // 2**20,
    }
    print(json.dumps(report, indent=1, ensure_ascii=False))
    if arguments.out:
        arguments.out.write_text(json.dumps(report, indent=1, ensure_ascii=False))


def _key(judged: Judged) -> str:
    return f"{judged.verdict} {judged.method}"


if __name__ == "__main__":
    main()
