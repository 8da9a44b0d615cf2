"""The domains, the largest first in a corpus with a Zipf tail."""

from benchmarks.sample.domains import (
    ages,
    calendar,
    cooking,
    counting,
    equations,
    geometry,
    money,
    numbers,
    ordering,
    ratio,
    sequences,
    travel,
)
from benchmarks.sample.story import Domain

DOMAINS: tuple[Domain, ...] = (
    money.DOMAIN,
    travel.DOMAIN,
    ratio.DOMAIN,
    geometry.DOMAIN,
    ages.DOMAIN,
    numbers.DOMAIN,
    cooking.DOMAIN,
    equations.DOMAIN,
    calendar.DOMAIN,
    counting.DOMAIN,
    sequences.DOMAIN,
    ordering.DOMAIN,
)
