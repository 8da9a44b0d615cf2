"""The generator's front door: draw a problem, write its chain, know its truth.

    problem = draw_problem(ProblemMix(), seed=7, index=0)
    problem.question, problem.answer, plain_reply(problem)

Problem `index` of a seed depends on nothing but the two numbers and the mix, so that corpora of any
size can be drawn in parallel and in pieces.
"""

from dataclasses import dataclass
from random import Random

from benchmarks.sample import faults
from benchmarks.sample.chains import Move, Role, Style, write
from benchmarks.sample.compose import ProblemMix, Story, draw_story, rng_for
from benchmarks.sample.faults import Fault
from benchmarks.sample.program import Notation
from benchmarks.sample.wording import Wording, draw_wording, question_text, step_bodies
from benchmarks.sample.words import Language


@dataclass(frozen=True, slots=True)
class Problem:
    """A story in the words of one language."""

    story: Story
    language: Language
    wording: Wording
    question: str

    @property
    def answer(self) -> int:
        """The right answer."""
        return self.story.program.nodes[self.story.program.target].value

    @property
    def steps(self) -> int:
        """The number of needed steps."""
        return sum(len(event.nodes) for event in self.story.events)


@dataclass(frozen=True, slots=True)
class Chain:
    """A written chain."""

    text: str
    """Without a statement of the final answer."""
    answer: int
    """The answer that the chain comes to, or that its row states if it is broken off."""
    roles: tuple[Role, ...]
    """What each sentence is there for, in order."""


def draw_problem(
    mix: ProblemMix, seed: int, index: int, language: Language | None = None
) -> Problem:
    """Draw problem `index` of a seed, in a given language or in the mix's shares."""
    return draw_from(mix, rng_for(seed, index), language)


def draw_from(mix: ProblemMix, rng: Random, language: Language | None = None) -> Problem:
    """Draw the next problem of a random generator."""
    if language is None:
        chinese = rng.random() < mix.chinese_share
        language = Language.CHINESE if chinese else Language.ENGLISH
    story = draw_story(mix, rng)
    wording = draw_wording(story, language, rng)
    return Problem(story, language, wording, question_text(story, language, wording))


def write_chain(
    problem: Problem, style: Style, notation: Notation, fault: Fault, rng: Random
) -> Chain | None:
    """Write the chain of a problem, with a fault or without.

    Returns:
        The chain, or None where the problem cannot carry the fault.
    """
    program = problem.story.program
    language = problem.language
    values: tuple[int, ...] | None = tuple(node.value for node in program.nodes)
    if fault is Fault.WRONG:
        values = faults.slipped_values(program, rng)
    if values is None:
        return None
    bodies = step_bodies(problem.story, language, notation, values)
    steps = [
        Move(body, Role.STEP, node, program.nodes[node].operands) for node, body in bodies.items()
    ]
    moves: list[Move] | None = steps
    match fault:
        case Fault.REPEATED:
            moves = faults.repeat(steps, language, rng)
        case Fault.RAMBLING:
            moves = faults.ramble(steps, language, rng)
        case Fault.TANGENT:
            moves = faults.digress(steps, program, notation, language, rng)
        case Fault.LEAP:
            moves = faults.leap(steps, rng)
    if moves is None:
        return None
    text = write(moves, style, language, rng)
    if fault is Fault.BROKEN_OFF:
        text = faults.break_off(text, rng)
    return Chain(text, values[program.target], tuple(move.role for move in moves))


def plain_reply(problem: Problem) -> str:
    """The reply that the sample language model learns: one step a line, then `#### 42`."""
    program = problem.story.program
    values = [node.value for node in program.nodes]
    bodies = step_bodies(problem.story, problem.language, Notation.ASCII, values)
    return "\n".join([*bodies.values(), f"#### {problem.answer}"])
