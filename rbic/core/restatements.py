"""Steps of mathematics that state nothing new, in whatever words.

`Let us double-check the first bounce: 100+50=150` after `The first bounce is 100+50=150`. Prose is
compared word by word (rbic.core.repeats); a step with relations says nothing new where all of them,
its numbers and what it speaks of were there before. To recall a result for use is no fault, so it
is said only of a step that checks, or that says that it repeats.
"""

import re
from collections.abc import Sequence

from rbic.core.lexicon import BACKTRACK, CONCLUDE, FILLER, METHOD_WORDS, VERIFY
from rbic.core.step_facts import Facts
from rbic.core.steps import Step

_RELATION = re.compile(r"[=≈≤≥≡<>]")
_EQUALS = re.compile(r"\b(?:is )?equals?(?: to)?\b")
_BREAK = re.compile(
    r"(?<![A-Za-z])(?!(?:frac|sqrt|nthroot|binom|sin|cos|tan|log|ln|mod)\b)[A-Za-z]{2,}"
    r"|[\u4e00-\u9fff，。；：？！]+|[;:?!\x1e\x1f]|, "
)
_SPACE = re.compile(r"[\s${}]+")
_CHECKING_WORDS = METHOD_WORDS | frozenset(
    word[:6]
    for word in "check verify confirm confirmed consistent recheck recap again repeat ensure "
    "calculation correct clarity earlier already previous".split()
)
_LONGEST = 300
"""Characters of a relation; a longer one is not kept."""


def relations_of(text: str) -> list[str]:
    """The relations that a step states: each pair of neighbours in `a = b = c`, and first and last.

    Args:
        text: the step, in plain notation.

    Returns:
        The relations without blanks, braces, dollar signs and words.
    """
    found: list[str] = []
    if "equal" in text:
        text = _EQUALS.sub("=", text)
    for span in _BREAK.split(text):
        if _RELATION.search(span) is None:
            continue
        sides = [side.strip(".,") for side in _RELATION.split(_SPACE.sub("", span))]
        signs = _RELATION.findall(span)
        for left, sign, right in zip(sides, signs, sides[1:], strict=False):
            if left and right and len(left) + len(right) < _LONGEST:
                found.append(f"{left}{sign}{right}")
        if len(sides) > 2 and sides[0] and sides[-1]:
            found.append(f"{sides[0]}={sides[-1]}"[:_LONGEST])
    return found


def find_restatements(
    facts: Sequence[Facts],
    steps: Sequence[Step],
    topics: Sequence[frozenset[str]],
    originals: Sequence[int],
) -> list[int]:
    """Add to the steps that repeat another those that state its relations anew.

    Args:
        facts: what each step uses and gives.
        steps: the steps; a write-up may say again what the thought before it found.
        topics: the content words of each.
        originals: for each step the one that it repeats word by word, or -1.

    Returns:
        One index a step, -1 where it says something new. The last step, conclusions and answers
        always do.
    """
    found = list(originals)
    doubtful = {index for index, step in enumerate(facts[:-1]) if _says_again(step)}
    if not doubtful:
        return found
    stated: dict[str, int] = {}
    numbers: set[str] = set()
    words: set[str] = set(_CHECKING_WORDS)
    for index, (step, (text, block, _)) in enumerate(zip(facts, steps, strict=True)):
        if index and block != steps[index - 1].block:
            stated.clear()
        if step.role is FILLER:
            continue
        relations = relations_of(text)
        before = [stated.get(relation, -1) for relation in relations]
        stated_all = bool(before) and min(before) >= 0 and numbers.issuperset(step.numerals)
        if stated_all and index in doubtful and words.issuperset(topics[index]):
            found[index] = before[-1] if found[index] < 0 else found[index]
        for relation in relations:
            stated.setdefault(relation, index)
        numbers.update(step.numerals)
        words.update(topics[index])
    return found


def _says_again(step: Facts) -> bool:
    """Whether a step checks, or says that it repeats."""
    if not step.repeats and step.role is not VERIFY:
        return False
    return not (step.announces or step.asks or step.role is CONCLUDE or step.role is BACKTRACK)
