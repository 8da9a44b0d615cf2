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

from rbic.core.announcements import last_announcement
from rbic.core.answers.number_words import MULTIPLIERS
from rbic.core.equivalence import compare_answers
from rbic.core.notation import with_whole_part
from rbic.core.quantities import NUMBER, Value, as_value, magnitude, parse_number
from rbic.schema import Verdict

MAX_ANSWER_CHARACTERS = 120
_TAIL = 2_000

_HASHES = re.compile(r"####[ \t]*([^\s][^\n]{0,199})")
_FRACTION = re.compile(r"(?:frac\s?\{)?(\d{1,9})(?:\}\s?\{|\s?/\s?)(\d{1,9})")
_SENTENCE_END = re.compile(r"\.(?:\s|$)|[。；!?]|．(?!\d)|<eo")
_BOLD_LINE = re.compile(r"\n\*\*([^*\n]{1,60})\*\*[.。]?\Z")
_LETTER = re.compile(
    r"\W*(?:option|choice|选项|选择?)?\W*([A-Ja-j])\W*(?:选?项)?\W*$", re.IGNORECASE
)
# What only sets the type of a letter: \text{B}, $(\mathbf{B})$.
_TYPESETTING = re.compile(r"\\(?:text|math)(?:bf|rm|it|sf)?(?![a-z])|\\(?:bf|rm)(?![a-z])|[${}*~]")
# A letter beside the content of its option: (C) 12, C. 12, 12 = C, 12，选C.
_MARK = re.compile(
    r"(?<![A-Za-z\d)])\(\s*([A-J])\s*\)|^\W*([A-J])\s*[.:)、]|选[择项]?\W{0,4}([A-J])(?![A-Za-z])"
    r"|=\W*([A-J])\W*$"
)
_SET_BRACE = re.compile(r"\\(?:left|right)? ?[{}]")
_WORDED = re.compile(r"[\u4e00-\u9fff]{4}")
_YES_NO = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}

_ENDS_SENTENCE = frozenset(".!?。！？．…;；:：)]}\"'”」』*`$>|）】_\\")
# ~ is LaTeX's space.
_COMPUTES = frozenset("=+-*/<^(×÷")
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
    last = last_announcement(tail)
    if last is None:
        return _bold_line(tail)
    phrase = last[last.lastindex or 0]
    end = _SENTENCE_END.search(phrase)
    answer = phrase[: end.start()] if end else phrase
    # "The answer is 4. But let me check with" goes on, and may break off.
    rest = tail[last.start(last.lastindex or 0) + (end.end() if end else len(phrase)) :].strip()
    ends = not rest or (rest[-1] in _ENDS_SENTENCE and len(_SENTENCE_END.findall(rest)) <= 1)
    return Statement(with_whole_part(answer).strip(" \t*`\"'“”.:："), ends)


def _bold_line(tail: str) -> Statement | None:
    """The number that stands alone and in bold in the last line of a chain."""
    if not tail.rstrip().endswith(("**", "**.", "**。")):
        return None
    match = _BOLD_LINE.search(tail.rstrip())
    return Statement(match[1].strip(), True) if match and _number(match[1]) is not None else None


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
    letters = _letters(stated), _letters(wanted)
    if letters[0] and letters[1]:
        return letters[0].isdisjoint(letters[1])
    if len(NUMBER.findall(stated)) > 1 and _WORDED.search(stated):
        # 答：当年龄和是50时，应该是7年以后: which of them it is, is not known.
        return False
    if _is_letter(stated) or _is_letter(wanted):
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


def _is_letter(answer: str) -> bool:
    """Whether an answer is the letter of an option and nothing more."""
    return _LETTER.match(_TYPESETTING.sub(" ", answer)) is not None


def _letters(answer: str) -> set[str]:
    """The letters of the options that an answer names, alone or beside their contents."""
    plain = _TYPESETTING.sub(" ", answer)
    if alone := _LETTER.match(plain):
        return {alone[1].upper()}
    return {mark[mark.lastindex or 0] for mark in _MARK.finditer(plain)}


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
    left_open = (
        end.count("```") % 2 == 1 or tail.rfind("\\[") > tail.rfind("\\]") or _leaves_brace(line)
    )
    if not end or (not left_open and _reaches(line[-_LAST:], answers)):
        return Ending(unclosed, False)
    cut = left_open or (_OPEN_END.search(line[-12:]) is not None and not line.endswith("$"))
    return Ending(unclosed or cut or _stops_inside(line, tail), line[-1] not in _ENDS_SENTENCE)


def _leaves_brace(line: str) -> bool:
    r"""Whether a last line that ends no sentence opens an argument and does not close it.

    Braces that are signs (`\{`, or `\left {` of a system of equations) are none.
    """
    if "{" not in line or line[-1] in ".。．!?！？":
        return False
    plain = _SET_BRACE.sub("", line)
    return plain.count("{") > plain.count("}")


def _reaches(end: str, answers: Sequence[str | None]) -> bool:
    """Whether the end of a chain has one of the answers as it is written, or ends in its number.

    An operand is no end: 180-30= has not come to 30, nor 2*130 to it.
    """
    numbers = NUMBER.findall(end)
    last = parse_number(numbers[-1]) if _LAST_NUMBER.search(end) else None
    for answer in answers:
        text = answer.strip() if answer else ""
        if not answer or not text:
            continue
        if number := NUMBER.fullmatch(text.strip("$ ")):
            if number[0] in numbers and end[-1] not in _COMPUTES:
                return True
        elif text in end:
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
