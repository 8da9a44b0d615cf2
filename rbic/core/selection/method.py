"""The methods of selection by name, what each needs to know, and which rows each may take."""

from collections.abc import Mapping
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
    IFD = "ifd"
    PERPLEXITY = "perplexity"
    RSR = "rsr"
    DEITA = "deita"
    SEMDEDUP = "semdedup"
    K_CENTER = "k_center"
    FACILITY_LOCATION = "facility_location"
    D2 = "d2"
    S1 = "s1"
    LIMO = "limo"
    CCS = "ccs"
    SELECT2REASON = "select2reason"


class Need(StrEnum):
    """What a method must know beyond what every run finds out."""

    VECTORS = "vectors"
    LIKELIHOODS = "likelihoods"
    PASS_RATES = "pass_rates"


_NEEDS: Mapping[Need, frozenset[Method]] = {
    Need.VECTORS: frozenset({Method.DEITA, Method.SEMDEDUP, Method.K_CENTER}),
    Need.LIKELIHOODS: frozenset({Method.IFD, Method.PERPLEXITY, Method.RSR}),
    Need.PASS_RATES: frozenset(
        {Method.D2, Method.S1, Method.LIMO, Method.CCS, Method.SELECT2REASON}
    ),
}

_HYGIENIC = frozenset(
    {Method.RBIC, Method.RBIC_LITERAL, Method.HYGIENE_RANDOM, Method.WHOLE_RANDOM}
)


def needs(method: Method) -> frozenset[Need]:
    """What a method must know beyond the columns of `Pool` that are always there."""
    return frozenset(need for need, methods in _NEEDS.items() if method in methods)


def respects_hygiene(method: Method) -> bool:
    """Whether a method leaves out what hygiene bars: near-duplicates, looping and broken chains.

    The published methods see the pool as it came, less exact duplicates, as their papers do.
    """
    return method in _HYGIENIC
