"""Compare the arms of a TrialTable."""

from rbic.core.comparison import Comparison, ComparisonRule, TrialTable


def compare(table: TrialTable, rule: ComparisonRule) -> Comparison:
    """Accuracies, differences to full, to random and between methods, with intervals."""
    raise NotImplementedError
