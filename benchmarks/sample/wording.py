"""Put a drawn story into words: the question in one of its wordings, and the bodies of its steps.

The wording is drawn apart from the story, so that one story can be told twice (a near-duplicate)
or in two languages.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from benchmarks.sample.compose import Event, Story
from benchmarks.sample.program import Notation, equation
from benchmarks.sample.words import LETTERS, PEOPLE, Language


@dataclass(frozen=True, slots=True)
class Wording:
    """Which wording of each beat and of the question is used, and whether the question leads."""

    beats: tuple[int, ...]
    question: int
    question_first: bool = False


def draw_wording(story: Story, language: Language, rng: Random) -> Wording:
    """Draw a wording, all wordings being equally likely."""
    beats = tuple(int(rng.random() * len(event.beat.wordings[language])) for event in story.events)
    questions = story.domain.questions[story.kind][language]
    return Wording(beats, int(rng.random() * len(questions)))


def reword(story: Story, language: Language, wording: Wording, rng: Random) -> Wording:
    """Draw another wording of the same story: other words here and there, at times another order.

    At least one beat gets other words. As people reword, most sentences stay as they were.
    """
    beats = list(wording.beats)
    changed = [i for i in range(len(beats)) if rng.random() < 0.15]
    for i in changed or [int(rng.random() * len(beats))]:
        count = len(story.events[i].beat.wordings[language])
        beats[i] = (beats[i] + 1 + int(rng.random() * (count - 1))) % count
    question = wording.question
    if rng.random() < 0.3:
        question = (question + 1) % len(story.domain.questions[story.kind][language])
    return Wording(tuple(beats), question, rng.random() < 0.1)


def question_text(story: Story, language: Language, wording: Wording) -> str:
    """The question as a textbook would print it."""
    sentences = []
    for (event, slots), variant in zip(_told(story, language), wording.beats, strict=True):
        template = event.beat.wordings[language][variant]
        sentences.append(sentence(template.format_map(slots), language))
    template = story.domain.questions[story.kind][language][wording.question]
    slots = _words(story, language) | _cast(story, language, story.cursor)
    question = sentence(template.format_map(slots), language)
    sentences.insert(0 if wording.question_first else len(sentences), question)
    return (" " if language is Language.ENGLISH else "").join(sentences)


def step_bodies(
    story: Story, language: Language, notation: Notation, values: Sequence[int]
) -> dict[int, str]:
    """What a chain says at each step, equation included, without any connective.

    Args:
        story: the problem.
        language: the language of the chain.
        notation: how equations are written.
        values: the value of each node as the chain has it, which may be wrong.

    Returns:
        The text by node index, in order.
    """
    bodies = {}
    nodes = story.program.nodes
    for event, slots in _told(story, language):
        for step, node in zip(event.beat.steps, event.nodes, strict=True):
            operands = [values[i] for i in nodes[node].operands]
            slots["eq"] = equation(nodes[node].op, operands, values[node], notation)
            body = step.wording[language].format_map(slots)
            bodies[node] = _close_maths(body) if notation is Notation.LATEX else body
    return bodies


def _close_maths(body: str) -> str:
    """Draw a left side such as `3x = ` into the dollar signs of the equation that follows it."""
    return re.sub(r"^([\w()+/ ]+) = \$", r"$\1 = ", body)


def sentence(text: str, language: Language) -> str:
    """The text with its first letter in upper case if it is English."""
    return text[0].upper() + text[1:] if language is Language.ENGLISH else text


def _told(story: Story, language: Language) -> Iterator[tuple[Event, dict[str, object]]]:
    """Each event with the words that fill its templates."""
    words = _words(story, language)
    for event in story.events:
        yield event, words | event.given | _cast(story, language, event.cursor)


def _words(story: Story, language: Language) -> dict[str, object]:
    setting = story.setting
    people = PEOPLE[language]
    nouns = setting.nouns[language]
    return {
        "name": people[story.people[0]],
        "friend": people[story.people[1]],
        "item": nouns[story.nouns[0]],
        "item2": nouns[story.nouns[1]],
        "item3": nouns[story.nouns[2]],
        "place": setting.places[language][story.place],
    }


def _cast(story: Story, language: Language, cursor: int) -> dict[str, object]:
    setting = story.setting
    actors: Sequence[str] = PEOPLE[language]
    if setting.cast == "letters":
        actors = LETTERS
    elif setting.qualities is not None:
        actors = setting.qualities[language]
    cast = story.cast
    return {
        "first": actors[cast[0]],
        "cur": actors[cast[cursor % len(cast)]],
        "new": actors[cast[(cursor + 1) % len(cast)]],
    }
