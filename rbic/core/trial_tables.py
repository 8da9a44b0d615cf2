"""Trials and scores from Arrow tables, checked: every trial answered every problem once."""

import pyarrow as pa

from rbic.core.comparison import TrialTable


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

    Raises:
        ValueError: a trial or problem stands twice, a score is missing, stands twice, is out of
            range or belongs to no trial or problem.
    """
    raise NotImplementedError
