"""Ways to draw the numbers that a question states. All are cheap: they run for every problem."""

import math
from collections.abc import Callable, Sequence
from random import Random

from benchmarks.sample.story import Draw, Values


def between(low: int, high: int) -> Draw:
    """A uniform integer in [low, high]."""
    width = high - low + 1

    def draw(values: Values, rng: Random) -> int:
        return low + int(rng.random() * width)

    return draw


def one_of(choices: Sequence[int]) -> Draw:
    """One of the given numbers, uniformly."""

    def draw(values: Values, rng: Random) -> int:
        return choices[int(rng.random() * len(choices))]

    return draw


def below(name: str, high: int = 99) -> Draw:
    """A uniform integer in [1, high] that leaves at least 1 of the quantity `name`."""

    def draw(values: Values, rng: Random) -> int | None:
        top = min(values[name] - 1, high)
        return 1 + int(rng.random() * top) if top > 0 else None

    return draw


def above(name: str, high: int = 40) -> Draw:
    """The quantity `name` plus a uniform integer in [1, high]."""

    def draw(values: Values, rng: Random) -> int:
        return values[name] + 1 + int(rng.random() * high)

    return draw


def divisor_of(name: str, high: int = 12, low: int = 2) -> Draw:
    """A divisor of the quantity `name` in [low, high] other than itself."""

    def draw(values: Values, rng: Random) -> int | None:
        value = values[name]
        divisors = [d for d in range(low, min(high, value - 1) + 1) if value % d == 0]
        return divisors[int(rng.random() * len(divisors))] if divisors else None

    return draw


def percent_of(name: str) -> Draw:
    """A percentage in [5, 90] of which the quantity `name` has a whole number."""
    choices = (10, 20, 25, 50, 75, 5, 30, 40, 60, 80, 90)

    def draw(values: Values, rng: Random) -> int | None:
        fitting = [p for p in choices if values[name] * p % 100 == 0]
        return fitting[int(rng.random() * len(fitting))] if fitting else None

    return draw


def made(formula: Callable[[Values], int]) -> Draw:
    """A number that follows from those drawn before it, hidden ones among them."""

    def draw(values: Values, rng: Random) -> int:
        return formula(values)

    return draw


def multiple_of(name: str, low: int, high: int) -> Draw:
    """The quantity `name` times a uniform integer in [low, high]."""
    width = high - low + 1

    def draw(values: Values, rng: Random) -> int:
        return values[name] * (low + int(rng.random() * width))

    return draw


def coprime_to(name: str, low: int, high: int) -> Draw:
    """An integer in [low, high] without a common divisor with the quantity `name`."""

    def draw(values: Values, rng: Random) -> int | None:
        fitting = [n for n in range(low, high + 1) if math.gcd(n, values[name]) == 1]
        return fitting[int(rng.random() * len(fitting))] if fitting else None

    return draw


def proper_part_of(name: str) -> Draw:
    """A numerator of at least 2 that makes a proper fraction in lowest terms over `name`."""

    def draw(values: Values, rng: Random) -> int | None:
        q = values[name]
        fitting = [p for p in range(2, q) if math.gcd(p, q) == 1]
        return fitting[int(rng.random() * len(fitting))] if fitting else None

    return draw
