"""Trials and scores from Arrow tables, checked: every trial answered every problem once.

Shape suffixes: N scores, T trials, P problems.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rbic.core.comparison import Trial, TrialTable

_KEYS = ("method", "budget", "seed")
_COSTS = ("train_tokens", "train_seconds", "selection_seconds", "steps")


def trial_table(trials: pa.Table, scores: pa.Table, problems: pa.Table) -> TrialTable:
    """Put trials, scores and problems together.

    Args:
        trials: one row a trial: `method`, `budget`, `seed`, `train_tokens`, `train_seconds`,
            `selection_seconds`, `steps`, and, where losses were logged, `loss_step` and `loss`,
            lists of one length.
        scores: one row a trial and problem, in any order: `method`, `budget`, `seed`,
            `problem_id`, `score` in [0, 1].
        problems: one row a problem: `problem_id`, and every other column is a group, such as
            `domain` and `level`.

    Returns:
        Trials by method, budget and seed, problems by the text of their id: the order of the rows
        of the tables changes nothing.

    Raises:
        ValueError: a column is missing, a trial or problem stands twice, a score is missing, stands
            twice, is out of range or belongs to no trial or problem.
    """
    _require(trials, "trials", (*_KEYS, *_COSTS))
    _require(scores, "scores", (*_KEYS, "problem_id", "score"))
    _require(problems, "problems", ("problem_id",))
    made = tuple(sorted((_trial(row) for row in trials.to_pylist()), key=_key))
    problem_id_P, order_P = _ordered_ids(problems)
    groups = {
        name: _texts(problems[name])[order_P]
        for name in problems.column_names
        if name != "problem_id"
    }
    trial_N = _trial_of_scores(made, scores)
    problem_N = _places(_texts(scores["problem_id"]), problem_id_P)
    score_TP = _matrix(made, problem_id_P, trial_N, problem_N, scores)
    return TrialTable(made, score_TP, problem_id_P, groups)


def _require(table: pa.Table, name: str, columns: tuple[str, ...]) -> None:
    missing = [column for column in columns if column not in table.column_names]
    if missing:
        raise ValueError(
            f"compare: {name} lacks the columns {missing}; it has {table.column_names}"
        )


def _trial(row: Mapping[str, Any]) -> Trial:
    return Trial(
        method=row["method"],
        budget=float(row["budget"]),
        seed=int(row["seed"]),
        **{name: row[name] for name in _COSTS},
        loss_step_L=np.array(row.get("loss_step") or [], float),
        loss_L=np.array(row.get("loss") or [], float),
    )


def _key(trial: Trial) -> tuple[str, float, int]:
    return trial.method, trial.budget, trial.seed


def _texts(column: pa.ChunkedArray) -> NDArray[np.str_]:
    """A column of any type as texts; a value that is null is refused."""
    if column.null_count:
        raise ValueError(f"compare: {column.null_count} values of a column are null")
    return np.array(column.cast(pa.string()).to_pylist(), dtype=np.str_)


def _ordered_ids(problems: pa.Table) -> tuple[NDArray[np.str_], NDArray[np.int64]]:
    id_P = _texts(problems["problem_id"])
    order_P = np.argsort(id_P, kind="stable")
    ordered_P = id_P[order_P]
    twice = ordered_P[1:][ordered_P[1:] == ordered_P[:-1]]
    if len(twice):
        raise ValueError(f"compare: problem {twice[0]} stands twice among the problems")
    return ordered_P, order_P


def _trial_of_scores(trials: tuple[Trial, ...], scores: pa.Table) -> NDArray[np.int64]:
    """The trial of each score, -1 for none."""
    numbers: dict[tuple[str, float, int], int] = {}
    for number, trial in enumerate(trials):
        if numbers.setdefault(_key(trial), number) != number:
            raise ValueError(f"compare: trial {trial.name} stands twice")
    # Each column by its few distinct values: a million Python tuples would take seconds.
    method = scores["method"].combine_chunks().dictionary_encode()
    methods = method.dictionary.to_pylist()
    budget_U, budget_N = np.unique(scores["budget"].to_numpy(), return_inverse=True)
    seed_U, seed_N = np.unique(scores["seed"].to_numpy(), return_inverse=True)
    code_N = method.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    code_N = (code_N * len(budget_U) + budget_N) * len(seed_U) + seed_N
    number_C = np.full(len(methods) * len(budget_U) * len(seed_U), -1)
    for code in np.unique(code_N).tolist():
        rest, seed = divmod(code, len(seed_U))
        name, budget = divmod(rest, len(budget_U))
        key = methods[name], float(budget_U[budget]), int(seed_U[seed])
        number_C[code] = numbers.get(key, -1)
    return np.asarray(number_C[code_N])


def _places(id_N: NDArray[np.str_], id_P: NDArray[np.str_]) -> NDArray[np.int64]:
    """The place of each id, -1 for none."""
    if not len(id_P):
        return np.full(len(id_N), -1)
    place_N = np.minimum(np.searchsorted(id_P, id_N), len(id_P) - 1)
    return np.where(id_P[place_N] == id_N, place_N, -1)


def _matrix(
    trials: tuple[Trial, ...],
    problem_id_P: NDArray[np.str_],
    trial_N: NDArray[np.int64],
    problem_N: NDArray[np.int64],
    scores: pa.Table,
) -> NDArray[np.float64]:
    """Scores by trial and problem; every one must be there once."""
    for number_N, what in ((trial_N, "trial"), (problem_N, "problem")):
        unknown = np.flatnonzero(number_N < 0)
        if len(unknown):
            row = scores.slice(int(unknown[0]), 1).to_pylist()[0]
            raise ValueError(f"compare: a score belongs to no {what} that is known: {row}")
    score_N = scores["score"].to_numpy().astype(float)
    wrong = np.flatnonzero(~((score_N >= 0) & (score_N <= 1)))
    if len(wrong):
        row = scores.slice(int(wrong[0]), 1).to_pylist()[0]
        raise ValueError(f"compare: a score must be in [0, 1]: {row}")
    shape = len(trials), len(problem_id_P)
    times_TP = np.zeros(shape, np.int64)
    np.add.at(times_TP, (trial_N, problem_N), 1)
    for trial, problem in np.argwhere(times_TP != 1)[:1]:
        raise ValueError(
            f"compare: trial {trials[trial].name} has {times_TP[trial, problem]} scores of problem "
            f"{problem_id_P[problem]}, expected 1"
        )
    score_TP = np.empty(shape)
    score_TP[trial_N, problem_N] = score_N
    return score_TP
