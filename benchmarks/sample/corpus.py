"""A corpus of problems with chains, faults and duplicates, in three layouts, and its truth.

Each layout is what a kind of real corpus looks like: `stories` GSM8K, `maths` MATH, `chinese` a
distilled chat corpus. No row says what is wrong with it; `truth` does, by the row's id.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random

from benchmarks.sample.chains import Style
from benchmarks.sample.compose import ProblemMix
from benchmarks.sample.faults import Fault
from benchmarks.sample.problems import Chain, Problem, draw_from, write_chain
from benchmarks.sample.program import Notation, depth, needed_steps
from benchmarks.sample.wording import Wording, question_text, reword
from benchmarks.sample.words import Language

SAMPLE_SEED = 1
"""The seed of the corpus that ships. Models are trained on seeds from 1,000 on."""


class Layout(StrEnum):
    """The form of the rows of one file."""

    STORIES = "stories"
    MATHS = "maths"
    CHINESE = "chinese"


@dataclass(frozen=True)
class FaultRates:
    """The share of rows with each fault; the rest is faultless. Each lies in [0, 1]."""

    wrong: float = 0.05
    broken_off: float = 0.03
    repeated: float = 0.06
    rambling: float = 0.04
    tangent: float = 0.04
    leap: float = 0.04
    exact_duplicate: float = 0.02
    near_duplicate: float = 0.08

    def __post_init__(self) -> None:
        """Refuse rates that are no shares.

        Raises:
            ValueError: a negative rate, or rates that sum to more than 0.9.
        """
        rates = vars(self)
        if min(rates.values()) < 0 or sum(rates.values()) > 0.9:
            raise ValueError(f"fault rates must be at least 0 and sum to at most 0.9, got {rates}")


@dataclass(frozen=True)
class CorpusConfig:
    """Everything that decides the rows of a corpus."""

    seed: int = SAMPLE_SEED
    rows: Mapping[Layout, int] = field(
        default_factory=lambda: {Layout.STORIES: 1500, Layout.MATHS: 750, Layout.CHINESE: 750}
    )
    mix: ProblemMix = field(default_factory=ProblemMix)
    faults: FaultRates = field(default_factory=FaultRates)


@dataclass(frozen=True)
class Truth:
    """What is known of a row and not told in it."""

    id: str
    layout: Layout
    domain: str
    setting: str
    language: Language
    steps: int
    """Needed steps, 1 to 8."""
    depth: int
    """Needed steps on the longest path."""
    operations: tuple[str, ...]
    """The operation of each needed step, in order."""
    answer: int
    """The right answer, which the row does not state if its fault is `wrong`."""
    fault: Fault
    style: Style
    sentences: int
    """Sentences of the chain; all but `live_sentences` of them repeat, digress or say nothing."""
    live_sentences: int
    duplicate_of: str | None
    exact: bool
    """Whether `duplicate_of` has the same text, and not only the same problem in other words."""


@dataclass(frozen=True)
class Row:
    """One sample: what a layout writes, and the truth."""

    question: str
    chain: str
    stated_answer: int
    truth: Truth


@dataclass(frozen=True)
class _Draft:
    problem: Problem
    chain: Chain
    style: Style
    fault: Fault
    source: "_Draft | None" = None
    exact: bool = False


_STYLES = {
    Layout.STORIES: (Style.LINES, Style.LINES, Style.NUMBERED, Style.PROSE, Style.BECAUSE),
    Layout.MATHS: (Style.LINES, Style.PROSE, Style.PROSE, Style.NUMBERED, Style.BECAUSE),
    Layout.CHINESE: (Style.LINES, Style.PROSE, Style.PROSE, Style.NUMBERED, Style.BECAUSE),
}
_NOTATIONS = {
    Layout.STORIES: (Notation.ASCII, Notation.ASCII, Notation.ANNOTATED),
    Layout.MATHS: (Notation.LATEX,),
    Layout.CHINESE: (Notation.ASCII, Notation.SCHOOL),
}


def make_rows(config: CorpusConfig) -> dict[Layout, list[Row]]:
    """Make the rows of every layout, the same for the same config.

    Faults and duplicates have exactly their rates, up to rounding. A near-duplicate rewords a
    faultless row of its own or an earlier layout; an exact one repeats any row of its own.
    """
    drafts: dict[Layout, list[_Draft]] = {}
    for layout, count in config.rows.items():
        # Not `hash(layout)`, which differs from process to process.
        rng = Random(config.seed * 16 + list(Layout).index(layout))
        drafts[layout] = _draw_layout(layout, count, config, drafts, rng)
    ids = {
        id(draft): f"{layout}-{i:05d}"
        for layout, drawn in drafts.items()
        for i, draft in enumerate(drawn)
    }
    return {
        layout: [_row(draft, layout, ids) for draft in drawn] for layout, drawn in drafts.items()
    }


def truth(seed: int = SAMPLE_SEED) -> dict[str, Truth]:
    """The truth about each row of the sample corpus of a seed, by the row's id."""
    rows = make_rows(CorpusConfig(seed=seed))
    return {row.truth.id: row.truth for drawn in rows.values() for row in drawn}


def _draw_layout(
    layout: Layout,
    count: int,
    config: CorpusConfig,
    earlier: Mapping[Layout, list[_Draft]],
    rng: Random,
) -> list[_Draft]:
    language = Language.CHINESE if layout is Layout.CHINESE else Language.ENGLISH
    rates = config.faults
    copies = round(rates.exact_duplicate * count)
    near_copies = round(rates.near_duplicate * count)
    planned = [fault for fault in Fault if fault is not Fault.NONE]
    faults: list[Fault] = []
    for fault in planned:
        faults += [fault] * round(getattr(rates, fault) * count)
    faults += [Fault.NONE] * (count - copies - near_copies - len(faults))
    seen = {_identity(draft.problem) for drafts in earlier.values() for draft in drafts}
    drawn = [_draw(layout, language, fault, config.mix, seen, rng) for fault in faults]
    all_drawn = [*(draft for drafts in earlier.values() for draft in drafts), *drawn]
    originals = [
        draft
        for draft in all_drawn
        if draft.fault is Fault.NONE and draft.source is None and draft.problem.language is language
    ]
    asked = {draft.problem.question for draft in all_drawn}
    drawn += [_copy(drawn[int(rng.random() * len(faults))]) for _ in range(copies)]
    while len(drawn) < count:
        near = _reworded(layout, originals[int(rng.random() * len(originals))], rng)
        if near.problem.question not in asked:
            asked.add(near.problem.question)
            drawn.append(near)
    rng.shuffle(drawn)
    return drawn


def _draw(
    layout: Layout,
    language: Language,
    fault: Fault,
    mix: ProblemMix,
    seen: set[str],
    rng: Random,
) -> _Draft:
    """Draw a problem that can carry the fault and is no chance repeat of an earlier one."""
    while True:
        problem = draw_from(mix, rng, language)
        identity = _identity(problem)
        style, chain = _chain(layout, problem, fault, rng)
        if chain is not None and identity not in seen:
            seen.add(identity)
            return _Draft(problem, chain, style, fault)


def _identity(problem: Problem) -> str:
    """The question in its first wording and with the same names for all."""
    story = problem.story
    names = tuple(range(len(story.people)))
    cast = names if story.setting.cast == "people" else story.cast
    wording = Wording((0,) * len(story.events), 0)
    return question_text(replace(story, people=names, cast=cast), problem.language, wording)


def _chain(
    layout: Layout, problem: Problem, fault: Fault, rng: Random
) -> tuple[Style, Chain | None]:
    style = _STYLES[layout][int(rng.random() * len(_STYLES[layout]))]
    notation = _NOTATIONS[layout][int(rng.random() * len(_NOTATIONS[layout]))]
    return style, write_chain(problem, style, notation, fault, rng)


def _copy(original: _Draft) -> _Draft:
    return _Draft(
        original.problem, original.chain, original.style, original.fault, original, exact=True
    )


def _reworded(layout: Layout, original: _Draft, rng: Random) -> _Draft:
    before = original.problem
    wording = reword(before.story, before.language, before.wording, rng)
    question = question_text(before.story, before.language, wording)
    problem = Problem(before.story, before.language, wording, question)
    style, chain = _chain(layout, problem, Fault.NONE, rng)
    assert chain is not None  # only a fault can make a chain impossible
    return _Draft(problem, chain, style, Fault.NONE, original)


def _row(draft: _Draft, layout: Layout, ids: Mapping[int, str]) -> Row:
    story = draft.problem.story
    needed = needed_steps(story.program)
    roles = draft.chain.roles
    return Row(
        question=draft.problem.question,
        chain=draft.chain.text,
        stated_answer=draft.chain.answer,
        truth=Truth(
            id=ids[id(draft)],
            layout=layout,
            domain=story.domain.name,
            setting=story.setting.name,
            language=draft.problem.language,
            steps=len(needed),
            depth=depth(story.program),
            operations=tuple(story.program.nodes[i].op.value for i in needed),
            answer=draft.problem.answer,
            fault=draft.fault,
            style=draft.style,
            sentences=len(roles),
            live_sentences=roles.count("step"),
            duplicate_of=ids[id(draft.source)] if draft.source else None,
            exact=draft.exact,
        ),
    )
