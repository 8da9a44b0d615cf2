r"""What a chain states as its answer, whether that contradicts the reference, if it breaks off.

All three lean to silence: a contradiction is said only where the chain announces its answer
(`#### 42`, `\boxed{42}`, "the answer is", 答案) and the comparison of answers calls it wrong; a
chain breaks off only where it announces no answer and its end is no end of a sentence.
"""

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from rbic.core.answers.number_words import MULTIPLIERS
from rbic.core.equivalence import compare_answers
from rbic.core.notation import with_whole_part
from rbic.core.quantities import NUMBER, Value, as_value, magnitude, parse_number
from rbic.schema import Verdict

MAX_ANSWER_CHARACTERS = 120
_TAIL = 2_000

_HASHES = re.compile(r"####[ \t]*([^\s][^\n]{0,199})")
_ANNOUNCED = re.compile(
    r"(?:final answer|correct answer|the answer|answer|correct (?:option|choice))\**"
    r"(?: to [^.\n:]{1,80}?)? ?(?:is|are|:|would be|must be|should be|=)+:?\s*\**([^\n]{1,200})"
    r"|(?:^|\n)A: ([^\n]{1,200})"
    r"|(?:答案|结果)(?:应该|应|就)?】?\**(?:是|为|:|：|选)+\s*([^\n。；]{1,120})"
    r"|(?:故|应|因此|所以|本题)(?:应)?(?:选择|选)(?:项|答案)?\s*[是为:：]?\s*([^\n。；]{1,60})",
    re.IGNORECASE,
)
# One of these is in every announcement; looking for them costs a tenth of the expression.
_ANNOUNCING = ("answer", "correct ", "a: ", "答案", "结果", "选")
_FRACTION = re.compile(r"(?:frac\s?\{)?(\d{1,9})(?:\}\s?\{|\s?/\s?)(\d{1,9})")
_SENTENCE_END = re.compile(r"\.(?:\s|$)|[。；!?]|<eo")
_LETTER = re.compile(r"\W*(?:option|choice|选项)?\W*([A-Ja-j])\W*$", re.IGNORECASE)
_YES_NO = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}

_ENDS_SENTENCE = frozenset(".!?。！？．…;；:：)]}\"'”」』*`$>|）】_\\")
# ~ is LaTeX's space.
_BLANKS = " \t\r\n~\u00a0\u3000"
_OPEN_END = re.compile(
    r"(?:[,，、(\[{=+*/<≤≥≈~^&\\-]|\b(?:the|a|an|of|and|or|is|are|to|in|by|that|so|with|we|if|for|then"
    r"|from|which|as|be|because|since|has|have|at|on)|[的和与或是为在则])$"
)


# Ends of chains that are whole without a full stop: a choice (选B), a conclusion with its number
# (所以共有36个), an equation with the unit of its result (=15 ways). They look at the end only.
_LAST = 80
_LAST_NUMBER = re.compile(r"\d[^\d\\{}()\[=+*/<>^-]{0,12}$")
_FINISHED = re.compile(
    r"选(?:择|项)?\W{0,8}(?:text)?\W{0,3}[A-J]\W{0,8}$"
    r"|(?:故|所以|因此|综上|答|一共|共有)[^。，；]{0,30}\d[^\d。，；]{0,6}$"
    r"|[=≈][\s$]*(?:[A-Za-z]{1,2}|[^=≈\sA-Za-z\u4e00-\u9fff][^=≈]{0,40}[\d})%])"
    r"[\s$~]{0,4}(?:(?:[A-Za-z]{1,12}|[\u4e00-\u9fff]{1,3})[\s$~)]{0,4}){0,2}$"
)


class Statement(NamedTuple):
    """An answer that a chain states, and whether little follows it, so that it is the end."""

    answer: str
    concludes: bool


def stated_answer(chain: str) -> Statement | None:
    r"""The answer that a chain announces last.

    Args:
        chain: as the corpus has it.

    Returns:
        What follows `####`, stands in the last `\boxed{}`, or follows words that announce an
        answer, nearest to the end of the chain; None where there is no such thing.
    """
    tail = chain[-_TAIL:]
    found = _HASHES.findall(tail) if "####" in tail else []
    if found:
        return Statement(found[-1].strip(), True)
    if (box := max(tail.rfind("\\boxed"), tail.rfind("\\fbox"))) >= 0:
        content = _braced(tail, box)
        return Statement(content, True) if content else None
    low = tail.lower()
    if not any([head in low for head in _ANNOUNCING]):
        return None
    last, at = None, 0
    while match := _ANNOUNCED.search(tail, at):
        # What follows an announcement may hold the next one.
        last, at = match, match.start(match.lastindex or 0)
    if last is None:
        return None
    phrase = next(group for group in last.groups() if group is not None)
    end = _SENTENCE_END.search(phrase)
    answer = phrase[: end.start()] if end else phrase
    # "The answer is 4. But let me check with" goes on, and may break off.
    rest = tail[last.start(last.lastindex or 0) + (end.end() if end else len(phrase)) :].strip()
    ends = not rest or (rest[-1] in _ENDS_SENTENCE and len(_SENTENCE_END.findall(rest)) <= 1)
    return Statement(with_whole_part(answer).strip(" \t*`\"'“”.:："), ends)


def _braced(text: str, start: int) -> str:
    """The argument in braces of the command that begins at `start`."""
    opening = text.find("{", start)
    if opening < 0 or opening - start > 8:
        return ""
    depth = 0
    for match in re.finditer(r"\\.|[{}]", text[opening : opening + 4 * MAX_ANSWER_CHARACTERS]):
        depth += {"{": 1, "}": -1}.get(match.group(), 0)
        if depth == 0:
            return text[opening + 1 : opening + match.start()].strip()
    return ""


def contradicts(
    statement: Statement | None, answer: str | None, options: Sequence[str] | None
) -> bool:
    """Whether the answer that a chain states is clearly another than the reference answer.

    Args:
        statement: as from `stated_answer`.
        answer: the reference answer, None where there is none.
        options: the options of a multiple choice, A first.

    Returns:
        True only where both are short, and numbers, option letters, yes or no that differ, or
        expressions that `compare_answers` finds unequal.
    """
    if statement is None or not answer or not statement.answer:
        return False
    stated, wanted = statement.answer, answer.strip()
    if stated == wanted or max(len(stated), len(wanted)) > MAX_ANSWER_CHARACTERS:
        return False
    letters = _LETTER.match(stated), _LETTER.match(wanted)
    if letters[0] and letters[1]:
        return letters[0][1].upper() != letters[1][1].upper()
    if letters[0] or letters[1]:
        # A letter against a value is comparable only through the options.
        return options is not None and _is_wrong(wanted, stated, options)
    said, meant = _YES_NO.get(stated.lower()), _YES_NO.get(wanted.lower())
    if said and meant:
        return said != meant
    numbers = _number(stated), _number(wanted)
    if numbers[0] is not None and numbers[1] is not None:
        # An hour is 60 minutes, and 3万 is 30000.
        return not _nearly(numbers[0], numbers[1]) and _is_wrong(wanted, stated, options)
    if not any(sign.isdigit() for sign in wanted):
        return False
    return _is_wrong(wanted, stated, options)


def _is_wrong(wanted: str, stated: str, options: Sequence[str] | None) -> bool:
    """Whether the comparison of answers calls the stated one wrong."""
    return compare_answers(wanted, stated, options).verdict is Verdict.WRONG


_SCALES: dict[str, Value] = {**MULTIPLIERS, "折": Fraction(1, 10), "成": Fraction(1, 10)}
_SCALE = re.compile(rf"\d ?({'|'.join(sorted(_SCALES, key=len, reverse=True))})")


@lru_cache(maxsize=1 << 12)
def answer_value(text: str) -> Value | None:
    """The value of an answer that is one number or fraction, with units at most."""
    text = with_whole_part(text)
    if (fraction := _FRACTION.search(text)) and len(NUMBER.findall(text)) == 2:
        over, under = int(fraction[1]), int(fraction[2])
        return as_value(Fraction(over, under)) if under and "-" not in text else None
    return _number(text)


def answer_values(text: str) -> list[Value]:
    """What an answer may mean that is one number or fraction: 3万 is 3 of them, and 30000."""
    value = answer_value(text)
    if value is None:
        return []
    found = _SCALE.search(text)
    return [value] if found is None else [value, as_value(value * _SCALES[found[1]])]


def _number(text: str) -> Value | None:
    """The value of an answer that is one number with units at most."""
    text = with_whole_part(text)
    found = NUMBER.findall(text)
    if len(found) != 1 or any(sign in text for sign in "/^\\:±") or " and " in text:
        return None
    value = parse_number(found[0])
    if value is None:
        return None
    at = text.index(found[0])
    return -value if text[:at].rstrip(" $").endswith(("-", "−")) else value


def _nearly(one: Value, other: Value) -> bool:
    """Whether two answers are equal but for rounding or a percent sign."""
    for left, right in ((one, other), (one * 100, other), (one, other * 100)):
        if magnitude(left - right) * 100 <= magnitude(right):
            return True
    return False


class Ending(NamedTuple):
    """How a chain ends."""

    breaks_off: bool
    """A thought is left open, a formula, box or code is left open at the end, or the last line ends
    inside a sentence while no answer was announced or reached, and it is no conclusion or equation
    that only lacks its full stop."""
    is_open: bool
    """No answer was announced or reached, and its end is no end of a sentence. That alone is no
    fault: many write solutions without a last full stop (but see rbic.core.endings)."""


def ending_of(
    chain: str, unclosed: bool, states_answer: bool, answers: Sequence[str | None]
) -> Ending:
    """How a chain ends.

    Args:
        chain: as the corpus has it.
        unclosed: whether a thought in it is opened and never closed.
        states_answer: whether it announces an answer and ends with that.
        answers: texts that the chain may end with: the reference answer and, of a multiple
            choice, what its options say.
    """
    if states_answer:
        return Ending(unclosed, False)
    end = chain.rstrip(_BLANKS)
    tail = end[-_TAIL:]
    line = tail[tail.rfind("\n") + 1 :]
    left_open = end.count("```") % 2 == 1 or tail.rfind("\\[") > tail.rfind("\\]")
    if not end or (not left_open and _reaches(line[-_LAST:], answers)):
        return Ending(unclosed, False)
    cut = left_open or (_OPEN_END.search(line[-12:]) is not None and not line.endswith("$"))
    return Ending(unclosed or cut or _stops_inside(line, tail), line[-1] not in _ENDS_SENTENCE)


def _reaches(end: str, answers: Sequence[str | None]) -> bool:
    """Whether the end of a chain has one of the answers as it is written, or ends in its number."""
    last = parse_number(NUMBER.findall(end)[-1]) if _LAST_NUMBER.search(end) else None
    for answer in answers:
        if answer and answer.strip():
            if answer.strip() in end:
                return True
            if last is not None and answer_value(answer) == last:
                return True
    return False


def _stops_inside(line: str, tail: str) -> bool:
    """Whether the last line lacks the punctuation that the lines and sentences before it have."""
    if line[-1:] in _ENDS_SENTENCE or line[-1:].isdigit():
        return False
    if _FINISHED.search(line[-_LAST:]) is not None:
        return False
    lines = [text for text in tail.split("\n")[:-1] if text.strip()]
    punctuated = sum(text.rstrip()[-1] in ".!?。！？" for text in lines)
    inside = len(re.findall(r"[.!?] |[。！？；，]", line))
    if lines:
        return punctuated * 2 > len(lines) and len(lines) > 2
    # Chinese solutions often end without a full stop.
    return inside >= 2 and len(line) > 80 and line[-1].isascii()
