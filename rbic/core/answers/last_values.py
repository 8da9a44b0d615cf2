"""The last formula or number of a text that states its answer in no other way."""

import re

from rbic.core.answers.extents import COUNTED_OFF, changed_from, whole_value
from rbic.core.answers.pieces import unit_end

_TAIL = 4_000
FORMULA = re.compile(
    r"\$\$(.{1,2000}?)\$\$|\$(?!\s)([^$\n]{1,800})(?<!\s)\$(?!\d)|\$\s([^$]{1,800})\s\$(?!\d)"
    r"|\\\[(.{1,2000}?)\\\]|\\\((.{1,800}?)\\\)",
    re.DOTALL,
)
_NUMBER = re.compile(r"(?<![A-Za-z0-9_.\\])(?:\d[\d,]*|\.\d)")
_COUNTS_OFF = re.compile(rf"\b(?:{'|'.join(sorted(COUNTED_OFF))})\s+\Z", re.IGNORECASE)
_LONGEST_COUNTED = 12
_COLON = re.compile(r"\s?[:：]")
_SENTENCE_END = re.compile(r"[.!?](?=\s|\Z)|[。！？；\n]|\\n(?![a-z])")
_SUM = re.compile(r"[\d)%]\s*[A-Za-z]{0,12}\s*=\s*[-−]?(?:\\?[$€£¥]\s?)?")
_EQUALS = re.compile(r"=\s*[-−]?(?:\\?[$€£¥]\s?)?\Z")
# A remark at the end: he has 12 (he bought 3 of them).
_ASIDE = re.compile(r"\s*\([^()]*[A-Za-z]{3,}[^()]*\)\W*\Z")
_NEGATIVE = re.compile(r"\A(?:negative|minus) (?=[\d.])")
# What is glued to a numeral is a variable to the comparison.
_GLUED_UNIT = re.compile(r"(?<=\d)(?=[mgsh]\Z)")
_SUM_ONLY = re.compile(r"(?:\\[A-Za-z]+|[^A-Za-z\\])*")
_PRODUCT_LABEL = re.compile(r"\s*\d+\s*[A-Za-z]{1,2}\s*")
_DEGREES = re.compile(r"\s*(?:\\?%|degrees?\b)")
_JOINED_FORMULAS = re.compile(r"\s*(?:,|and|or|,\s*and|,\s*or|;|和|或|与|且|、)\s*")
_ONE_OF_TWO = re.compile(r"\s*(?::|[-–×*/]|to|in|out of)\s*")


def _formula(match: re.Match[str], text: str) -> str | None:
    """A formula as an answer: with the unit after it, and its last side if it is a sum."""
    content = next(group for group in match.groups() if group is not None).strip()
    if not re.search(r"[\d=<>]|\\(?:frac|sqrt|pi|le|ge|in|infty|text|begin|emptyset)", content):
        return None
    left, equals, right = content.rpartition("=")
    if equals and right.strip() and (_SUM_ONLY.fullmatch(left) or _PRODUCT_LABEL.fullmatch(left)):
        content = right.strip()
    return content + text[match.end() : _formula_end(match, text)]


def _formula_end(match: re.Match[str], text: str) -> int:
    """Where the unit after a formula ends."""
    after = _DEGREES.match(text, match.end())
    return after.end() if after else unit_end(text, match.end())


def _last_formulas(text: str, formulas: list[re.Match[str]]) -> tuple[str | None, int]:
    """The last formula that may be an answer, with those joined to it, and where they end."""
    for i in range(len(formulas) - 1, -1, -1):
        answer = _formula(formulas[i], text)
        if answer is None:
            continue
        end = _formula_end(formulas[i], text)
        between = text[formulas[i - 1].end() : formulas[i].start()] if i > 0 else ""
        if _ONE_OF_TWO.fullmatch(between):
            return text[formulas[i - 1].start() : end], end
        while i > 0 and _JOINED_FORMULAS.fullmatch(
            text, _formula_end(formulas[i - 1], text), formulas[i].start()
        ):
            i -= 1
            answer = (_formula(formulas[i], text) or "") + ", " + answer
        start = formulas[i].start()
        return text[changed_from(text, start) : start] + answer, end
    return None, -1


def _last_number(text: str, formulas: list[re.Match[str]]) -> re.Match[str] | None:
    """The last number of a text outside of its formulas that does not count off a step."""
    spans = [match.span() for match in formulas]
    last = None
    for match in _NUMBER.finditer(text):
        if any(start <= match.start() < end for start, end in spans):
            continue
        # "Step 4:" is where a reply was cut off, and 4 no answer.
        if _COLON.match(text, match.end()) and _COUNTS_OFF.search(
            text, max(0, match.start() - _LONGEST_COUNTED), match.start()
        ):
            continue
        last = match
    return last


def _sentence(text: str, position: int) -> tuple[int, int]:
    """Where the sentence around a position begins and ends."""
    begin = 0
    for match in _SENTENCE_END.finditer(text):
        if match.start() >= position:
            return begin, match.start()
        begin = match.end()
    return begin, len(text)


def _result(sentence: str, number: int) -> int:
    """Where the result of the last sum before a number begins: 10 x 5 = 50 miles in 5 days.

    Returns:
        `number` where no sum is before it, or an equals sign stands right before it.
    """
    if _EQUALS.search(sentence, max(0, number - 8), number):
        return number
    result = number
    for equals in _SUM.finditer(sentence, 0, number + 1):
        if _NUMBER.match(sentence, equals.end()):
            result = equals.end()
    return result


def last_value(text: str) -> str | None:
    """The last formula or number of a text, whole, with those joined to it by commas or "and".

    Args:
        text: any text; only its last characters are searched.

    Returns:
        The value as written, the sentence around it where it cannot be told from its
        surroundings, None where there is no value.
    """
    tail = text[-_TAIL:]
    formulas = list(FORMULA.finditer(tail))
    answer, position = _last_formulas(tail, formulas)
    number = _last_number(tail, formulas)
    if number is None or number.end() <= position:
        return answer
    begin, end = _sentence(tail, number.start())
    sentence, at = tail[begin:end], number.start() - begin
    if (aside := _ASIDE.search(sentence)) and (
        outer := _last_number(sentence[: aside.start()], [])
    ):
        sentence, at = sentence[: aside.start()], outer.start()
    value = whole_value(sentence, _result(sentence, at)).strip()
    return _NEGATIVE.sub("-", _GLUED_UNIT.sub(" ", value))
