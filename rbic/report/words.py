"""The words of the report: what reasons, levels, bases and faults mean, and how numbers read."""

from collections.abc import Mapping

from rbic.core.pass_rates import LEVEL_EDGES
from rbic.core.selection.method import Method
from rbic.schema import Basis, LedgerReason, RejectReason

LEVEL_NAMES = (
    "nearly always solved",
    "mostly solved",
    "solved half the time",
    "seldom solved",
    "nearly never solved",
)

TEXT_LEVEL_NAMES = ("shortest, simplest", "short", "middling", "long", "longest, deepest")
"""What levels mean where they rest on the text alone."""

BASIS_NAMES: Mapping[str, tuple[str, str]] = {
    Basis.GIVEN: ("given", "the corpus brings pass rates"),
    Basis.SAMPLED: ("sampled", "a model tried, its answers were checked"),
    Basis.PROPAGATED: ("propagated", "predicted from neighbours and text"),
    Basis.TEXT: ("text alone", "guessed from length and structure"),
}

REASON_WORDS: Mapping[str, str] = {
    LedgerReason.SELECTED: "Added most to the objective per token: a sound chain, its domain and "
    "level in proportion, its part of the graph not yet covered.",
    LedgerReason.FLOOR: "Among the first of its domain and level; every pair that came in keeps "
    "a few rows.",
    LedgerReason.RANDOM_SHARE: "Drawn at random within its domain and level: insurance, and a "
    "control group inside the shard.",
    LedgerReason.REJECTED: "Could not be read as a sample; the rejects are listed below.",
    LedgerReason.EXACT_DUPLICATE: "Question, chain and answer repeat an earlier row.",
    LedgerReason.NEAR_DUPLICATE: "Asks what another row asks, in nearly the same words.",
    LedgerReason.TRUNCATED: "The chain breaks off before it reaches a conclusion.",
    LedgerReason.LOOPING: "The chain repeats itself without end.",
    LedgerReason.LOW_INTEGRITY: "Steps repeat, lead nowhere, come from nowhere or are false; "
    "such rows wait until every sound one is taken.",
    LedgerReason.SUSPECT_REFERENCE: "The reference answer is probably wrong: no attempt reaches "
    "it, and they agree on another, or the chain itself concludes otherwise; such rows wait as "
    "those of low integrity do.",
    LedgerReason.TOO_LONG: "Longer than select.max_sample_tokens allows.",
    LedgerReason.OVER_BUDGET: "Sound, but others of its domain and level came first; a larger "
    "budget would take it.",
}


def reason_words(reason: str, method: str) -> str:
    """What a reason of the ledger means where a method chose."""
    if method != Method.RBIC:
        match reason:
            case LedgerReason.SELECTED:
                return f"Came first by the method {method}."
            case LedgerReason.OVER_BUDGET:
                return f"Others came first by the method {method}."
    return REASON_WORDS.get(reason, "")


REJECT_WORDS: Mapping[str, str] = {
    RejectReason.EMPTY_ROW: "The line is empty.",
    RejectReason.NOT_UTF8: "The bytes are not UTF-8 text.",
    RejectReason.NOT_JSON: "The line is not JSON.",
    RejectReason.NOT_AN_OBJECT: "The value is not an object with fields.",
    RejectReason.DUPLICATE_KEY: "A field stands twice in the row.",
    RejectReason.TOO_DEEP: "The value is nested too deeply.",
    RejectReason.TOO_LARGE: "The row is longer than ingest.max_row_bytes.",
    RejectReason.NULL_CHARACTER: "A text contains the null character.",
    RejectReason.MISSING_FIELD: "A field of the mapping is not there.",
    RejectReason.WRONG_TYPE: "A field holds something else than text.",
    RejectReason.EMPTY_FIELD: "A field that is needed is empty.",
    RejectReason.UNREADABLE: "The file or this part of it cannot be read.",
}


LANGUAGE_NAMES: Mapping[str, str] = {"en": "English", "zh": "Chinese", "other": "other"}


def level_range(level: int) -> str:
    """The pass rates that make a level, as text."""
    edges = [f"{100 * edge:g}\N{NO-BREAK SPACE}%" for edge in reversed(LEVEL_EDGES)]
    if level == 0:
        return f"pass rate above {edges[0]}"
    if level == len(edges):
        return f"pass rate up to {edges[-1]}"
    return f"pass rate {edges[level]} to {edges[level - 1]}"


def said(name: str) -> str:
    """A name of a closed set as words: `near_duplicate` is "near duplicate"."""
    return name.replace("_", " ")


def percent(share: float, digits: int = 1) -> str:
    """A share as a percentage; what is neither nothing nor all never reads as 0 or 100 %."""
    least = 10.0 ** -(digits + 2)
    if share in (0, 1):
        text = f"{share:.0%}"
    elif 0 < share < least / 2:
        text = f"<{least:.{digits}%}"
    elif 1 - least / 2 < share < 1:
        text = f">{1 - least:.{digits}%}"
    else:
        text = f"{share:.{digits}%}"
    return text.replace("%", "\N{NO-BREAK SPACE}%")


def compact(number: float) -> str:
    """A count in at most five characters and a unit: 812, 5,312, 58k, 1.2M."""
    if abs(number) >= 10_000:
        for unit, size in (("B", 1e9), ("M", 1e6), ("k", 1e3)):
            if abs(number) >= size:
                scaled = number / size
                return f"{scaled:.1f}{unit}" if scaled < 9.95 else f"{scaled:,.0f}{unit}"
    return f"{number:,.0f}"


def size_words(size_bytes: int) -> str:
    """Bytes in the largest decimal unit that keeps them above 1."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size_bytes >= size:
            return f"{size_bytes / size:,.1f} {unit}"
    return f"{size_bytes} bytes"


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: `1 row`, `1,200 rows`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
