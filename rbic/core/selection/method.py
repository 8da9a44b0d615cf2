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


RULES: Mapping[Method, int] = {
    Method.RBIC: 2, Method.RBIC_LITERAL: 2, Method.STRATIFIED_RANDOM: 2,
    Method.D2: 2, Method.LIMO: 2, Method.CCS: 2, Method.SELECT2REASON: 2,
}  # fmt: skip
"""Raised when what a method chooses becomes another, 1 where it never did but with what it rests
on: its trials are then run anew, and those of the others kept."""


def rule_of(method: Method) -> int:
    """The number of a method's rule, which rises with that of what its choice rests on."""
    own = RULES.get(method, 1)
    # It draws as many tokens of each length as rbic takes.
    return own + RULES[Method.RBIC] - 1 if method is Method.LENGTH_MATCHED_RANDOM else own


def needs(method: Method) -> frozenset[Need]:
    """What a method must know beyond the columns of `Pool` that are always there."""
    return frozenset(need for need, methods in _NEEDS.items() if method in methods)


def respects_hygiene(method: Method) -> bool:
    """Whether a method leaves out what hygiene bars: near-duplicates, looping and broken chains.

    The published methods see the pool as it came, less exact duplicates, as their papers do.
    """
    return method in _HYGIENIC


IN_WORDS: Mapping[Method, str] = {
    Method.RBIC: "sound chains, even over domain and level, tilted by contribution",
    Method.RBIC_LITERAL: "the most complex chains of each domain and level",
    Method.RANDOM: "rows drawn at random",
    Method.STRATIFIED_RANDOM: "rows drawn at random, every domain in proportion",
    Method.LENGTH_MATCHED_RANDOM: "rows drawn at random, of the lengths of the chosen ones",
    Method.HYGIENE_RANDOM: "no repeats, loops or broken-off chains, then at random",
    Method.WHOLE_RANDOM: "chains without a seen fault, then at random",
    Method.LONGEST: "the longest chains first",
    Method.SHORTEST: "the shortest chains first",
    Method.IFD: "replies that the question helps least (arXiv 2308.12032)",
    Method.PERPLEXITY: "replies of middling perplexity",
    Method.RSR: "replies of low rank for their surprisal (arXiv 2601.14249)",
    Method.DEITA: "complex and sound, unlike those before (arXiv 2312.15685)",
    Method.SEMDEDUP: "the least redundant questions (arXiv 2303.09540)",
    Method.K_CENTER: "farthest first among the questions",
    Method.FACILITY_LOCATION: "questions that cover the others best",
    Method.D2: "hard ones, spread over the graph (arXiv 2310.07931)",
    Method.S1: "unsolved and long, even over domains (arXiv 2501.19393)",
    Method.LIMO: "hardly ever solved, by a score of the chain (arXiv 2502.03387)",
    Method.CCS: "even over difficulty, the hardest left out (arXiv 2210.15809)",
    Method.SELECT2REASON: "hard and long (arXiv 2505.17266)",
}
"""What each method does, for people."""
