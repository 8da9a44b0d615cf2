"""Trials of fine-tuning made up from a seed, with truths that are known."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.special import expit

METHODS = {
    "rbic": 0.35, "random": 0.0, "stratified_random": 0.02, "longest": -0.7,
    "length_matched_random": -0.05, "full_stopped": 0.1, "repeated": 0.12, "ifd": -0.4,
    "superfilter": -0.3, "deita": -0.1, "semdedup": 0.05, "k_centre": -0.15, "s1": -0.6,
    "perplexity": -0.25, "pass_rate": -0.5, "steps": -0.35, "integrity": 0.3, "shortest": -0.9,
}  # fmt: skip
"""What a method adds to the logit of the scores."""
BUDGETS = (0.05, 0.1, 0.16, 0.3)
DOMAINS = (
    "price, discount", "speed, train", "鸡兔同笼, 头, 脚", "fraction, slice", "angle, area",
    "dice, card", "age, years", "interest, bank", "modulo, prime", "recipe, cups",
)  # fmt: skip
POOL_TOKENS = 2_400_000


@dataclass(frozen=True)
class FakeTrials:
    """What to make up."""

    methods: tuple[str, ...] = tuple(METHODS)
    budgets: tuple[float, ...] = BUDGETS
    seeds: int = 5
    problems: int = 500
    replies: int = 1
    full: bool = True
    base: bool = True
    hostile: str = ""
    """Put into every place of text."""
    seed: int = 3


def make_trials(made: FakeTrials) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Tables of trials, scores and problems, as `rbic.core.trial_tables` takes them."""
    rng = np.random.default_rng(made.seed)
    level_P = rng.integers(1, 7, made.problems)
    domain_P = rng.choice(len(DOMAINS), made.problems, p=_falling(len(DOMAINS)))
    ease_P = 1.6 - 0.75 * (level_P - 1) + rng.normal(0, 0.9, made.problems) - 0.1 * domain_P
    names = [f"{made.hostile}p{number:05d}" for number in range(made.problems)]
    trials, scores = [], []
    for method, budget, seed in _arms(made):
        logit_P = _gain(method, budget) + rng.normal(0, 0.06) + ease_P
        if method != "base":
            logit_P = logit_P + rng.normal(0, 0.3, made.problems)
        score_P = rng.binomial(made.replies, expit(logit_P)) / made.replies
        trial = _costs(method, budget, rng)
        key = {"method": made.hostile + method if made.hostile and method in METHODS
               and method != "random" else method, "budget": budget, "seed": seed}  # fmt: skip
        trials.append({**key, **trial})
        scores += [
            {**key, "problem_id": name, "score": score}
            for name, score in zip(names, score_P.tolist(), strict=True)
        ]
    problems = pa.table(
        {
            "problem_id": names,
            "domain": [made.hostile + DOMAINS[one] for one in domain_P],
            "level": level_P,
        }
    )
    return pa.Table.from_pylist(trials), pa.Table.from_pylist(scores), problems


def _falling(count: int) -> np.ndarray:
    weight = 1 / np.arange(1, count + 1)
    return weight / weight.sum()


def _arms(made: FakeTrials) -> list[tuple[str, float, int]]:
    arms = [("base", 0.0, 0)] if made.base else []
    arms += [("full", 1.0, seed) for seed in range(made.seeds)] if made.full else []
    return arms + [
        (method, budget, seed)
        for method in made.methods
        for budget in made.budgets
        for seed in range(made.seeds)
    ]


def _gain(method: str, budget: float) -> float:
    if method == "base":
        return -1.2
    if method == "full":
        return 0.62
    return METHODS[method] * (1 - budget) + 0.62 * (1 + np.log10(budget)) - 0.15


def _costs(method: str, budget: float, rng: np.random.Generator) -> dict[str, object]:
    tokens = int(POOL_TOKENS * budget)
    if method == "repeated":
        tokens = POOL_TOKENS
    steps = tokens // 8192
    logged = np.arange(0, steps, max(1, steps // 40)) + 1 if steps else np.empty(0)
    loss = 0.45 + 1.5 * np.exp(-logged / 35) + rng.normal(0, 0.02, len(logged))
    random = method in ("base", "full", "random", "full_stopped", "repeated")
    return {
        "train_tokens": tokens,
        "train_seconds": 21.0 + tokens / 5200 + rng.uniform(0, 3) if tokens else 0.0,
        "selection_seconds": 0.0 if random else float(rng.uniform(4, 160)),
        "steps": steps,
        "loss_step": logged.tolist(),
        "loss": loss.tolist(),
    }
