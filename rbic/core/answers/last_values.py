"""The last formula or number of a text that states its answer in no other way."""

import re

_TAIL = 4_000
FORMULA = re.compile(
    r"\$\$(.{1,2000}?)\$\$|\$(?!\s)([^$\n]{1,800})(?<!\s)\$(?!\d)|\$\s([^$]{1,800})\s\$(?!\d)"
    r"|\\\[(.{1,2000}?)\\\]|\\\((.{1,800}?)\\\)",
    re.DOTALL,
)
_DECIMAL = r"(?:\d[\d,]*(?:\.\d+)?|\.\d+)"
_ROOT = r"√\s?(?:\d+|\(\d+\))"
_OVER = r"(?:\s?/\s?\d+(?!\d|\.\d))"
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.\\{^])[-−]?(?:\\?[$€£¥]\s?)?"
    # 2 1/2, 25π, 3√2/2, √3, π/4, .75
    rf"(?:{_DECIMAL}(?:\s\d{{1,3}}(?=\s?/\s?\d))?{_OVER}?(?:\s?(?:π|pi\b|{_ROOT}){_OVER}?)?"
    rf"|{_ROOT}{_OVER}?|π{_OVER})"
    r"(?:\s?\\?%|\s?[\u4e00-\u9fff]{1,4}|\s(?:percent|pct)\b)?(?![\d])"
)
_SUM = re.compile(r"[\d)%]\s*[A-Za-z]{0,12}\s*=\s*")
_SUM_ONLY = re.compile(r"(?:\\[A-Za-z]+|[^A-Za-z\\])*")
_PRODUCT_LABEL = re.compile(r"\s*\d+\s*[A-Za-z]{1,2}\s*")
_AFTER_FORMULA = re.compile(r"\s*(?:\\?%|percent\b|pct\b|degrees?\b)")
_JOINED_FORMULAS = re.compile(r"\s*(?:,|and|or|,\s*and|,\s*or|;|和|或|、)\s*")


def _formula(match: re.Match[str], text: str) -> str | None:
    """A formula as an answer: with a percent sign after it, and its last side if it is a sum."""
    content = next(group for group in match.groups() if group is not None).strip()
    if not re.search(r"[\d=<>]|\\(?:frac|sqrt|pi|le|ge|in|infty|text|begin|emptyset)", content):
        return None
    left, equals, right = content.rpartition("=")
    if equals and right.strip() and (_SUM_ONLY.fullmatch(left) or _PRODUCT_LABEL.fullmatch(left)):
        content = right.strip()
    after = _AFTER_FORMULA.match(text, match.end())
    return content + (after.group(0) if after else "")


def _result(text: str, number: re.Match[str]) -> re.Match[str] | None:
    """The result of the last sum in the sentence of a number: 10 x 5 = 50 miles in 5 days."""
    begin = max(text.rfind("\n", 0, number.start()), text.rfind(". ", 0, number.start()), 0)
    result = None
    for equals in _SUM.finditer(text, begin, number.start() + 1):
        result = _NUMBER.match(text, equals.end()) or result
    return result


def last_value(text: str) -> str | None:
    """The last formula or number of a text, with those joined to it by commas or "and"."""
    tail = text[-_TAIL:]
    formulas = list(FORMULA.finditer(tail))
    spans = [match.span() for match in formulas]
    last_number = None
    for match in _NUMBER.finditer(tail):
        if not any(start <= match.start() < end for start, end in spans):
            last_number = match
    answer, position = None, -1
    if last_number is not None:
        last_number = _result(tail, last_number) or last_number
    for i in range(len(formulas) - 1, -1, -1):
        answer = _formula(formulas[i], tail)
        if answer is not None:
            position = formulas[i].end()
            while i > 0 and _JOINED_FORMULAS.fullmatch(
                tail[formulas[i - 1].end() : formulas[i].start()]
            ):
                i -= 1
                answer = (_formula(formulas[i], tail) or "") + ", " + answer
            break
    if last_number is not None and last_number.end() > position:
        return last_number.group(0).strip()
    return answer
