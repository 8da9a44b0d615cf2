"""Branches that a chain opens by an assumption and gives up by going back to it.

`Assume Ava is a knight. ... let us go back and reconsider Ava.` abandons all between. Only a step
back that names what it goes back to is read so; other steps back are judged by what became of
the steps before them (rbic.core.live_part).
"""

import re
from collections.abc import Sequence

_GO_BACK = re.compile(
    r"(?:go back|return|back ?track)[^.]{0,40}?\b(?:to|and reconsider|reconsider)\b"
    r"(?P<to>[^.]{1,60})"
    r"|\breconsider (?P<re>[^.]{1,60})|重新考虑(?P<zh>[^。]{1,20})|回到(?P<back>[^。]{1,20})",
    re.IGNORECASE,
)
_ASSUMES = re.compile(
    r"(?:now,? |then,? |so,? |next,? |first,? |let us |let's )*(?:assume|suppose|say|try|case\b)"
    r"|假设|设|若",
    re.IGNORECASE,
)
_NAMES = re.compile(r"\b[A-Z][a-z]{2,}\b|(?<![A-Za-z])[A-Za-z](?![A-Za-z])|[\u4e00-\u9fff]")
_NO_NAMES = frozenset("Assume Suppose Say Try Case Let Then Now First Next The This That".split())


def goes_back(text: str) -> bool:
    """Whether a chain may have a step back that names where to; a cheap test before the rest."""
    return "econsider" in text or "go back" in text or "重新考虑" in text or "回到" in text


def abandoned_steps(texts: Sequence[str]) -> set[int]:
    """The steps of branches that are given up, the assumption and the step back included.

    Args:
        texts: the steps in plain notation.

    Returns:
        Their indices. An assumption is given up by a step back to something that it names and
        that no later assumption still open names.
    """
    abandoned: set[int] = set()
    open_assumptions: list[tuple[int, set[str]]] = []
    places: dict[str, list[int]] = {}
    for index, text in enumerate(texts):
        if _ASSUMES.match(text):
            names = names_in(text)
            for name in names:
                places.setdefault(name, []).append(len(open_assumptions))
            open_assumptions.append((index, names))
        elif match := _GO_BACK.search(text):
            target = names_in(next(filter(None, match.groups())))
            named = [places[name][-1] for name in target if places.get(name)]
            if named:
                at = max(named)
                abandoned.update(range(open_assumptions[at][0], index + 1))
                for _, names in open_assumptions[at:]:
                    for name in names:
                        places[name].pop()
                del open_assumptions[at:]
    return abandoned


def names_in(text: str) -> set[str]:
    """The names of a step: capitalised words, single letters, Chinese characters."""
    return set(_NAMES.findall(text)) - _NO_NAMES
