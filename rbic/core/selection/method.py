"""The methods of selection by name, what each needs to know, and which rows each may take."""

from enum import StrEnum


class Method(StrEnum):
    """How samples are chosen: ours, the plain ones, and the published ones."""

    RBIC = "rbic"
    RBIC_LITERAL = "rbic_literal"
    RANDOM = "random"
    STRATIFIED_RANDOM = "stratified_random"
    LENGTH_MATCHED_RANDOM = "length_matched_random"
    HYGIENE_RANDOM = "hygiene_random"
    WHOLE_RANDOM = "whole_random"
    LONGEST = "longest"
    SHORTEST = "shortest"


class Need(StrEnum):
    """What a method must know beyond what every run finds out."""

    VECTORS = "vectors"
    LIKELIHOODS = "likelihoods"
    PASS_RATES = "pass_rates"


_NEEDS: dict[Method, frozenset[Need]] = {}

_HYGIENIC = frozenset(
    {Method.RBIC, Method.RBIC_LITERAL, Method.HYGIENE_RANDOM, Method.WHOLE_RANDOM}
)


def needs(method: Method) -> frozenset[Need]:
    """What a method must know beyond the columns of `Pool` that are always there."""
    return _NEEDS.get(method, frozenset())


def respects_hygiene(method: Method) -> bool:
    """Whether a method leaves out what hygiene bars: near-duplicates, looping and broken chains.

    The published methods see the pool as it came, less exact duplicates, as their papers do.
    """
    return method in _HYGIENIC
