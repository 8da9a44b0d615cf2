import numpy as np
import pyarrow as pa
import pytest

from rbic.core.trial_tables import trial_table

TRIALS = [
    {"method": "rbic", "budget": 0.16, "seed": 1, "train_tokens": 5, "train_seconds": 2.0,
     "selection_seconds": 1.0, "steps": 3, "loss_step": [1, 2], "loss": [2.0, 1.0]},
    {"method": "full", "budget": 1.0, "seed": 0, "train_tokens": 9, "train_seconds": 8.0,
     "selection_seconds": 0.0, "steps": 7, "loss_step": None, "loss": None},
]  # fmt: skip
SCORES = [
    {"method": method, "budget": budget, "seed": seed, "problem_id": problem, "score": score}
    for method, budget, seed, scores in (("rbic", 0.16, 1, (0.5, 1.0)), ("full", 1.0, 0, (0, 0.25)))
    for problem, score in zip("ba", scores, strict=True)
]
PROBLEMS = [{"problem_id": "b", "level": 10}, {"problem_id": "a", "level": 9}]


def made(trials=TRIALS, scores=SCORES, problems=PROBLEMS):
    return trial_table(*(pa.Table.from_pylist(rows) for rows in (trials, scores, problems)))


def test_trials_and_problems_are_put_in_order():
    table = made()

    assert [trial.name for trial in table.trials] == ["full at 1, seed 0", "rbic at 0.16, seed 1"]
    assert table.problem_id_P.tolist() == ["a", "b"]
    assert table.groups["level"].tolist() == ["9", "10"]
    assert table.score_TP.tolist() == [[0.25, 0.0], [1.0, 0.5]]
    assert table.trials[1].loss_L.tolist() == [2.0, 1.0]
    assert len(table.trials[0].loss_L) == 0


def test_the_order_of_rows_changes_nothing():
    turned = made(TRIALS[::-1], SCORES[::-1], PROBLEMS[::-1])

    assert (turned.score_TP == made().score_TP).all()
    assert turned.problem_id_P.tolist() == made().problem_id_P.tolist()
    assert [trial.name for trial in turned.trials] == [trial.name for trial in made().trials]


def test_ids_that_are_numbers_do_as_well():
    def numbered(rows):
        return [{**row, "problem_id": "ab".index(row["problem_id"])} for row in rows]

    table = made(scores=numbered(SCORES), problems=numbered(PROBLEMS))

    assert (table.score_TP == made().score_TP).all()


def changed(number, **values):
    return [{**row, **values} if place == number else row for place, row in enumerate(SCORES)]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"scores": SCORES[1:]}, "trial rbic at 0.16, seed 1 has 0 scores of problem b"),
        ({"scores": [*SCORES, SCORES[2]]}, "full at 1, seed 0 has 2 scores of problem b"),
        ({"scores": changed(0, score=1.5)}, r"a score must be in \[0, 1\].*1.5"),
        ({"scores": changed(0, score=np.nan)}, r"a score must be in \[0, 1\]"),
        ({"scores": changed(1, problem_id="z")}, "belongs to no problem .*'z'"),
        ({"scores": changed(1, seed=7)}, "belongs to no trial .*7"),
        ({"trials": [*TRIALS, TRIALS[0]]}, "trial rbic at 0.16, seed 1 stands twice"),
        ({"problems": [*PROBLEMS, PROBLEMS[0]]}, "problem b stands twice"),
        ({"problems": [{"problem_id": "a", "level": None}]}, "1 values of a column are null"),
        ({"trials": [{"method": "rbic"}]}, r"trials lacks the columns \['budget', 'seed'"),
    ],
)
def test_what_does_not_fit_together_is_refused(rows, message):
    with pytest.raises(ValueError, match=message):
        made(**rows)


def test_a_budget_is_a_share():
    with pytest.raises(ValueError, match=r"budget must be in \[0, 1\], got 16"):
        made(trials=[{**TRIALS[0], "budget": 16.0}])


def test_losses_and_their_steps_come_in_pairs():
    with pytest.raises(ValueError, match="1 losses at 2 steps"):
        made(trials=[{**TRIALS[0], "loss": [1.0]}])
