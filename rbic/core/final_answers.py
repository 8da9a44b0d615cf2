r"""The final answer that a reply, a chain of thought or a reference solution states.

In this order: the last \boxed{...} (several in one sentence are the parts of one answer),
`#### x`, a phrase that announces it ("the answer is", "Answer:", 答案是, 故选, "option B is
correct"), a reply that is nothing but an answer, an option's letter at the end, a yes or no at the
end or the beginning, the last formula or number. What a reasoning model thinks before </think> is
left out; a thought that never ends states an answer only in a box.

Everything is linear in the length of the text.
"""

import re

from rbic.core.answers.boxes import boxed
from rbic.core.answers.forms import Unreadable
from rbic.core.answers.last_values import last_value
from rbic.core.answers.parser import parse_answer
from rbic.core.answers.parts import last_lines
from rbic.core.answers.readings import number_in_words
from rbic.core.answers.statements import LONGEST_BARE, MOST_WORDS, stated_answer, statement
from rbic.core.answers.text import plain_form
from rbic.core.equivalence import compare_answers
from rbic.schema import Verdict

_THOUGHT_ENDS = (
    "</think>", "<|end_of_thought|>", "</thought>", "◁/think▷", "<|channel|>final<|message|>",
)  # fmt: skip
_THOUGHT_BEGINS = (
    "<think>", "<|begin_of_thought|>", "<thought>", "◁think▷", "<|channel|>analysis<|message|>",
)  # fmt: skip
# A model that does not stop writes the next question too.
_NEXT_TURN = re.compile(
    r"(?<=\S)\s*(?:\n[ \t]*(?:\*\*|#+[ \t]*)?(?:Human|User|用户)\s*(?:\*\*)?[:：]"
    r"|<\|(?:im_start\|>)?user\b).*",
    re.DOTALL,
)
_PROSE = re.compile(r"(?<![\\A-Za-z{])[A-Za-z]{3,}|[\u4e00-\u9fff]{2}")
_SENTENCE_START = re.compile(r"[A-Za-z][a-z]+\s|[A-Z]{3,}\s")
_CALCULATION = re.compile(r"\d[^=]*=")
_MOST_UNIT_WORDS = 3
_LAST_LETTER = re.compile(
    r"(?:(?<![A-Za-z\\])\(([A-J])\)|(?:(?i:option|choice)|选项?)\s*[:：]?\s*\(?([A-J])\)?"
    r"|(?:\b(?i:so|thus|therefore|hence)\b,?\s+|(?:综上(?:所述)?|所以|因此|故)[,，]?\s*)([A-J])"
    r"|(?m:^)\s*\*{0,2}([A-J])[.)。:]?\*{0,2})(?:\s+\([^()]{2,60}\))?\W*\Z"
)
_OR = re.compile(r",?\s+(?:or|i\.e\.,?)\s+|\s*[,，]?或(?:者|写成)?\s*")
_FIRST_LETTER = re.compile(r"\s*\(?([A-J])\s*[.)。:：,，](?:\s|$)")

_FIRST_POLAR = re.compile(
    r"\W*(?i:(yes|no)\b(?:[.!,;:]|\s+(?:because|since|as)\b)|(是的|不是|否)[，,。])"
)
_LAST_POLAR = re.compile(
    r"(?:\b(?:so|thus|therefore|hence)\b,?\s*(yes|no)|(?:所以|因此|故)[，,]?\s*(是的?|不是|否)"
    r"|\b(?:statement|claim|assertion|proposition|conjecture)\s+is\s+(?:indeed\s+)?"
    r"(true|false|correct|incorrect)"
    r"|(?:说法|命题|判断|结论|叙述)(?:是|为)?(正确|错误|不正确|真|假)(?:的|命题)?)\W*\Z",
    re.IGNORECASE,
)
# A number in words at the end of a conclusion: 所以一共有三个苹果.
_LAST_WORDED = re.compile(
    r"(?:所以|因此|故|综上|答|一共|总共|共)[^。！？；\n]{0,40}?(?:有|是|为|得到?|需要?|要|等于|剩下?)"
    r"((?!一[样起定般致些直旦种切])[负零〇一二两三四五六七八九十百千][^。，,！？；\n]{0,20})[。！!\s]*\Z"
)


def _split_thought(text: str) -> tuple[str, str, bool]:
    """The thought, what follows it, and whether there is no thought or it ends."""
    for mark in _THOUGHT_ENDS:
        before, found, after = text.rpartition(mark)
        if found:
            return before, after, bool(after.strip())
    return "", text, not any(mark in text for mark in _THOUGHT_BEGINS)


def _is_bare(text: str) -> bool:
    """Whether a short text is an answer as a whole: a value, or words without one."""
    if not re.search(r"[\d$\\]", text):
        return 0 < len(text.split()) <= MOST_WORDS
    if text.startswith("\\begin"):
        return True
    if "\n" in text or _SENTENCE_START.match(text) or _CALCULATION.search(text):
        return False
    if len(_PROSE.findall(text)) > _MOST_UNIT_WORDS:
        return False
    try:
        parse_answer(plain_form(text))
    except Unreadable:
        return False
    return True


def _one_group(match: re.Match[str] | None) -> str | None:
    return next(group for group in match.groups() if group) if match else None


def _last_letter(text: str) -> str | None:
    return _one_group(_LAST_LETTER.search(text[-200:]))


def _last_worded(text: str) -> str | None:
    """The number in Chinese words that a text ends with."""
    match = _LAST_WORDED.search(text[-200:])
    return match[1] if match and number_in_words(match[1]) else None


def _once(answer: str) -> str:
    """An answer without a second spelling of its one value: 3/4 or 0.75."""
    sides = _OR.split(answer)
    if len(sides) == 2 and compare_answers(*sides).verdict is Verdict.RIGHT:
        return sides[0]
    return answer


def final_answer(text: str) -> str | None:
    """The last final answer that a reply or a chain states.

    Args:
        text: the reply, with or without a thought before it.

    Returns:
        The answer as written, its parts joined by commas; None where there is none.
    """
    thought, reply, finished = _split_thought(_NEXT_TURN.sub("", text))
    found = (stated_answer(reply) or _unannounced(reply.strip())) if finished else None
    if found is not None:
        return _once(found)
    box = boxed(thought or reply)
    return box.answer if box else None


def _unannounced(text: str) -> str | None:
    """The answer of a text that announces none."""
    if len(text) <= LONGEST_BARE and (match := _FIRST_LETTER.match(text)):
        return match.group(1)
    if parts := last_lines(text):
        return ", ".join(parts)
    found = _last_letter(text) or _one_group(_LAST_POLAR.search(text[-200:])) or _last_worded(text)
    if found is not None:
        return found
    if len(text) <= LONGEST_BARE and _is_bare(text):
        return text
    return _one_group(_FIRST_POLAR.match(text)) or last_value(text)


def reference_answer(text: str) -> str:
    """The answer in a reference: what it states if it is a solution, else the text itself."""
    return stated_answer(text) or text.strip()


_LEAD_IN = re.compile(
    r"(?i:so|thus|therefore|hence|then|and|finally|in conclusion)?,?\s*(?i:the|our|my)?\s*"
    r"(?i:final|correct|best|right)?|\W*"
)
_STEP_END = re.compile(r"\n|\\n(?![a-z])|[.!?]\s|[。！？；]")
# "... = 1120 The final answer: (C).": a sentence without a full stop before it.
_NEW_SENTENCE = re.compile(
    r"(?<=\s)(?:(?:So|Thus|Therefore|Hence),?\s+(?:the\s+)?(?:final\s+)?a"
    r"|(?:The|Our)\s+(?:final\s+|correct\s+)?a|Final\s+a|A)\Z"
)
_CLOSING = " \t\r\n.。．；;!！$*)]\\}\"'"
_LONGEST_LEAD_IN = 200


def split_chain(text: str) -> tuple[str, str | None]:
    """Split a solution into its chain and the answer that it states.

    Args:
        text: the solution.

    Returns:
        The chain without a last line or sentence that only states the answer, and the answer; the
        whole text and None where no answer is stated. A box within the last step stays there.
    """
    stated = statement(text)
    if stated is None:
        return text, None
    if text[stated.end :].strip(_CLOSING):
        return text, stated.answer
    begin = max(0, stated.start - _LONGEST_LEAD_IN)
    ends = [match.end() for match in _STEP_END.finditer(text, begin, stated.start)]
    begin = ends[-1] if ends else begin
    if not _LEAD_IN.fullmatch(text[begin : stated.start].strip()):
        sentence = _NEW_SENTENCE.search(text, begin, stated.start + 1)
        if sentence is None:
            return text, stated.answer
        begin = sentence.start()
    chain = text[:begin].rstrip().removesuffix("\\n").rstrip()
    return (chain, stated.answer) if chain else (text, stated.answer)
