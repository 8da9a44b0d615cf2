"""Exporting for any tool."""

from rbic.export.harness import export_evaluation
from rbic.export.target import Target
from rbic.export.trainers import LAYOUTS, export_shard


def export_run(run: str, target: Target, out: str, model: str | None = None) -> list[str]:
    """Write the files for one tool.

    Args:
        run: output folder of `refine`, for `lm-eval` of `evaluate`.
        target: the tool.
        out: folder for the files.
        model: the model to train or evaluate, as the tool knows it; None takes the run's.

    Returns:
        What was written and how it is used, a line each.

    Raises:
        ConfigError: there is no such run in the folder, or no model is known.
    """
    if target is Target.LM_EVAL:
        return export_evaluation(run, out, model)
    return export_shard(run, LAYOUTS[target.value], out, model)
