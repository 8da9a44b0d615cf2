"""Words that many questions of a corpus begin or end with: the frame of a prompt, not the problem.

`Let's think step by step.` behind a question, or `Is the above claim true? Options: - yes - no`,
says how a row was asked. An encoder does not know that, and puts questions in one place that share
nothing else. What is found here is left out before questions are embedded and domains are named;
rows stay as they are.

A frame is whole sentences: what begins a question ends with punctuation, what ends a question
begins with a capital letter, or is a phrase before a colon. So `Find the area of the`, which many
problems begin with, is none.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

MAX_WORDS = 24
MIN_REMAINDER = 3
"""Words that must remain of a question; else it is left whole."""
_EDGE_CHARACTERS = 400
_ENDS = frozenset(".?!:。？！：")
_OPENS = frozenset(":：")
_ASKS = frozenset("?？")


class Templates(NamedTuple):
    """What questions begin and end with, words joined by single blanks."""

    begins: frozenset[str]
    ends: frozenset[str]


def find_templates(texts: Sequence[str], least: int) -> Templates:
    """The sentences that at least `least` questions begin with, and that as many end with.

    An edge of n words can only be frequent where its first n - 1 words are, so few are counted.
    """
    begins = _frequent_edges([_first_words(text) for text in texts], least)
    ends = _frequent_edges([_last_words(text) for text in texts], least)
    return Templates(
        frozenset(" ".join(edge) for edge in begins if edge[-1][-1] in _ENDS),
        frozenset(" ".join(reversed(edge)) for edge in ends if _is_end(edge)),
    )


def _is_end(edge: Sequence[str]) -> bool:
    """Whether the last words of a text, the very last first, are sentences or lead to a reply.

    What ends with a question mark is what is asked: `What is the distance in km?` is no frame.
    """
    if edge[0][-1] in _ASKS:
        return False
    leads = edge[0][-1] in _OPENS and not any(word[-1] in _ENDS for word in edge[1:])
    return edge[-1][0].isupper() or leads


def _first_words(text: str) -> list[str]:
    return text[:_EDGE_CHARACTERS].split()[: MAX_WORDS + 1]


def _last_words(text: str) -> list[str]:
    """The last words, the very last one first."""
    return text[-_EDGE_CHARACTERS:].split()[: -MAX_WORDS - 2 : -1]


def _frequent_edges(words_of_text: Sequence[Sequence[str]], least: int) -> set[tuple[str, ...]]:
    """The beginnings, of any number of words, that at least `least` of the texts share."""
    found: set[tuple[str, ...]] = set()
    alive = words_of_text
    for size in range(1, MAX_WORDS + 1):
        # An edge that is a whole text leaves nothing of it.
        alive = [words for words in alive if len(words) > size]
        counts = Counter(tuple(words[:size]) for words in alive)
        frequent = {edge for edge, count in counts.items() if count >= least}
        if not frequent:
            break
        found |= frequent
        alive = [words for words in alive if tuple(words[:size]) in frequent]
    return found


def without_templates(text: str, templates: Templates) -> str:
    """A question without the longest frame at its end and the longest one at its beginning."""
    inner = text
    words = _last_words(inner)
    for size in range(min(MAX_WORDS, len(words)), 0, -1):
        if " ".join(reversed(words[:size])) in templates.ends:
            inner = inner.rsplit(None, size)[0]
            break
    words = _first_words(inner)
    for size in range(min(MAX_WORDS, len(words) - 1), 0, -1):
        if " ".join(words[:size]) in templates.begins:
            inner = inner.split(None, size)[size]
            break
    return inner if len(inner.split(None, MIN_REMAINDER)) >= MIN_REMAINDER else text
