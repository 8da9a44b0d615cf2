"""A chain of thought drawn in text: its steps, what each rests on, what is dead, what failed."""

from rbic.core.chains import ChainReport, StepReport
from rbic.core.live_part import Status

_WIDTH = 88
_MAX_STEPS = 200
"""Of a longer chain so many steps are drawn, half of them from its end."""

_WORDS = {
    Status.LIVE: "live",
    Status.SUPPORTING: "supports",
    Status.UNUSED: "unused",
    Status.FAILED: "abandoned",
    Status.REPEATED: "repeat",
    Status.TANGENT: "tangent",
    Status.FILLER: "filler",
}


def draw_chain(report: ChainReport) -> str:
    """Draw a chain, a step a line.

    Args:
        report: as from `analyse_chain`.

    Returns:
        A line a step: its number, the steps it uses behind an arrow, what it is to the answer,
        and its beginning; below it, each equation that does not hold with the value recomputed,
        and the operands that come from nowhere.
        Then the answer that the chain states.
    """
    steps = report.step_reports
    lines = [
        f"chain   {report.steps} steps, {report.live_steps} live, depth {report.depth}, "
        f"width {report.width}, {report.joins} joins, {report.reuse} reused"
    ]
    uses = [", ".join(str(parent + 1) for parent in step.parents) for step in steps]
    columns = len(str(len(steps))), max((len(one) for one in uses[:_MAX_STEPS]), default=0)
    skipped = range(_MAX_STEPS // 2, len(steps) - _MAX_STEPS // 2)
    for index, (step, used) in enumerate(zip(steps, uses, strict=True)):
        if index in skipped:
            if index == skipped.start:
                lines.append(f"  … {len(skipped):,} steps …")
            continue
        number, arrow = f"{index + 1:>{columns[0]}}", f"← {used}" if used else ""
        lines.append(
            f"  {number} {arrow:<{columns[1] + 2}}  {_word(step):<13} {_first_line(step.text)}"
        )
        lines += [f"{'':>{columns[0] + 8}}{fault}" for fault in _faults(step)]
    stated = report.stated_answer
    lines.append(f"  states the answer {stated}" if stated else "  states no answer")
    return "\n".join(lines)


def _word(step: StepReport) -> str:
    """What a step is to the answer; a repeat names what it repeats."""
    word = _WORDS[step.status]
    return f"{word} of {step.original + 1}" if step.status is Status.REPEATED else word


def _faults(step: StepReport) -> list[str]:
    """The equations of a step that are false, and its operands that nothing gave."""
    faults = [
        f"✗ false: {equation.written} (recomputed: {equation.recomputed})"
        for equation in step.facts.equations
        if equation.holds is False
    ]
    if step.leaps:
        faults.append("? from nowhere: " + ", ".join(map(str, step.leaps)))
    return faults


def _first_line(text: str) -> str:
    """A step on one line, cut to the width of a terminal."""
    line = " ".join(text.split())
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"
