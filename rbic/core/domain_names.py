"""Names for domains: the terms that set a domain's questions apart from the others'.

Class-based TF-IDF (Grootendorst 2022, BERTopic): a term's share of the domain's questions times
log(1 + mean terms of a domain / the term's count over all domains). Terms are words and pairs of
words, and for Chinese runs of two to four characters.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from rbic.core.notation import without_figures

_LATEX = re.compile(r"\\(?:begin|end) {0,3}\{[^{}\\]{0,40}\}|\\[A-Za-z]+|<<[^<>]{0,200}>>")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*[A-Za-z]|[\u3400-\u9fff]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_STOP_WORDS = frozenset(
    """a about above after again all also am an and any are as at be been before being below between
    both but by can could did do does doing down during each either else every few find first for
    from further get give given gives had has have having he her here hers him his how however i if
    in into is it its itself just last least let's like make many may might more most much must my
    never no nor not now number of off often on once one only or other our out over own per please
    same say says second shall she should so some still such than that the their them then there
    these they thing things this those three through thus to too two under until up upon us use used
    using very was we were what when where whether which while who whom whose why will with within
    without would you your yours answer answers question questions following true correct reason
    reasoning step think thinking options choose choice statement sentence claim expressed value
    values determine compute calculate solve problem suppose show express simplest form terms
    total""".split()
)
_HAN_STOP = re.compile(
    "[的了是在有和与个这那到从把被对为多少问求吗呢么几乙两中]"
    "|如果|他们|它们|我们|原来|等于|下列|其中|已知|所以|因为|一共|每|一个|没有|可以|不同|相同|至少|最多"
)
_PART_SHARE = 0.7
"""A Han term is a part of a longer one that makes up so much of its occurrences."""


def terms(text: str) -> Iterator[str]:
    """The terms of a question: lower-case words of three letters and more, word pairs, Han runs."""
    words: list[str] = []
    for word in _WORD.findall(_LATEX.sub(" ", without_figures(text))):
        if _HAN.match(word):
            words.append("")
            yield from _han_terms(word)
            continue
        lower = word.lower()
        useful = len(lower) > 2 and lower not in _STOP_WORDS
        words.append(lower if useful else "")
        if useful:
            yield lower
    for first, second in pairwise(words):
        if first and second and first != second:
            yield f"{first} {second}"


def _han_terms(run: str) -> Iterator[str]:
    for size in (2, 3, 4):
        for start in range(len(run) - size + 1):
            term = run[start : start + size]
            if not _HAN_STOP.search(term):
                yield term


def keywords(
    questions: Sequence[Sequence[str]], wanted: int = 6, min_questions: int = 3
) -> list[list[str]]:
    """The strongest terms of each domain.

    Args:
        questions: the questions of each domain.
        wanted: terms a domain.
        min_questions: a term must occur in so many of the domain's questions.

    Returns:
        Terms of each domain, the strongest first; ties in order of the alphabet. A term that lies
        within a stronger one, or holds one, is left out.
    """
    counts = [Counter[str]() for _ in questions]
    for count, texts in zip(counts, questions, strict=True):
        for text in texts:
            count.update(set(terms(text)))
    overall = Counter[str]()
    for count in counts:
        overall.update(count)
    parts = _parts_of_longer(overall)
    mean_terms = sum(overall.values()) / max(1, len(counts))
    named = []
    for count, texts in zip(counts, questions, strict=True):
        least = min(min_questions, max(1, len(texts) // 2))
        scored = [
            (-(seen / len(texts)) * float(np.log1p(mean_terms / overall[term])), term)
            for term, seen in count.items()
            if seen >= least and term not in parts
        ]
        named.append(_distinct([term for _, term in sorted(scored)], wanted))
    return named


def _parts_of_longer(count: Counter[str]) -> set[str]:
    """The Han terms that are hardly ever said but within a term one character longer."""
    return {
        part
        for term, seen in count.items()
        if len(term) > 2 and _HAN.match(term)
        for part in (term[:-1], term[1:])
        if seen >= _PART_SHARE * count[part]
    }


def _distinct(ranked: Sequence[str], wanted: int) -> list[str]:
    """The first `wanted` terms of which none contains another."""
    chosen: list[str] = []
    for term in ranked:
        if len(chosen) == wanted:
            break
        if not any(_within(term, other) or _within(other, term) for other in chosen):
            chosen.append(term)
    return chosen


def _within(term: str, other: str) -> bool:
    """Whether a term is part of another: words of words, characters of Chinese runs."""
    if _HAN.match(term):
        return term in other
    return {_singular(word) for word in term.split()} <= {_singular(word) for word in other.split()}


def _singular(word: str) -> str:
    """A word without the s of the plural, so that a name does not say `cost, costs`."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and word[-2] != "s" else word
