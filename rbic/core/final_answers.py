r"""The final answer that a reply, a chain of thought or a reference solution states.

In this order: the last \boxed{...} (several in one sentence are the parts of one answer),
`#### x`, a phrase that announces it ("the answer is", "Answer:", 答案是, 故选, "option B is
correct"), a reply that is nothing but an answer, an option's letter at the end, a yes or no at the
end or the beginning, the last formula or number. What a reasoning model thinks before </think> is
left out; a thought that never ends states an answer only in a box.

Everything is linear in the length of the text.
"""

import re

from rbic.core.answers.forms import Unreadable
from rbic.core.answers.last_values import last_value
from rbic.core.answers.parser import parse_answer
from rbic.core.answers.statements import LONGEST_BARE, MOST_WORDS, boxed, stated_answer, statement
from rbic.core.answers.text import plain_form

_THOUGHT_ENDS = ("</think>", "<|end_of_thought|>", "</thought>")
_THOUGHT_BEGINS = ("<think>", "<|begin_of_thought|>", "<thought>")
_PROSE = re.compile(r"(?<![\\A-Za-z{])[A-Za-z]{3,}|[\u4e00-\u9fff]{2}")
_SENTENCE_START = re.compile(r"[A-Za-z][a-z]+\s|[A-Z]{3,}\s")
_CALCULATION = re.compile(r"\d[^=]*=")
_MOST_UNIT_WORDS = 3
_LAST_LETTER = re.compile(
    r"(?:(?<![A-Za-z\\])\(([A-J])\)|(?:(?i:option|choice)|选项?)\s*[:：]?\s*\(?([A-J])\)?"
    r"|(?m:^)\s*\*{0,2}([A-J])[.)。:]?\*{0,2})\W*\Z"
)
_FIRST_LETTER = re.compile(r"\s*\(?([A-J])\s*[.)。:：,，](?:\s|$)")

_FIRST_POLAR = re.compile(
    r"\W*(?i:(yes|no)\b(?:[.!,;:]|\s+(?:because|since|as)\b)|(是的|不是|否)[，,。])"
)
_LAST_POLAR = re.compile(
    r"(?:\b(?:so|thus|therefore|hence)\b,?\s*(yes|no)|(?:所以|因此|故)[，,]?\s*(是的?|不是|否))\W*\Z",
    re.IGNORECASE,
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


def _last_letter(text: str) -> str | None:
    match = _LAST_LETTER.search(text[-200:])
    if match is None:
        return None
    return next(group for group in match.groups() if group)


def _polar(text: str) -> str | None:
    """The yes or no that a text ends with or, before its reasons, begins with."""
    match = _LAST_POLAR.search(text[-200:]) or _FIRST_POLAR.match(text)
    return next(group for group in match.groups() if group) if match else None


def final_answer(text: str) -> str | None:
    """The last final answer that a reply or a chain states.

    Args:
        text: the reply, with or without a thought before it.

    Returns:
        The answer as written, its parts joined by commas; None where there is none.
    """
    thought, reply, finished = _split_thought(text)
    found = (stated_answer(reply) or _unannounced(reply.strip())) if finished else None
    if found is not None:
        return found
    box = boxed(thought or reply)
    return box.answer if box else None


def _unannounced(text: str) -> str | None:
    """The answer of a text that announces none."""
    if len(text) <= LONGEST_BARE:
        if match := _FIRST_LETTER.match(text):
            return match.group(1)
        if letter := _last_letter(text):
            return letter
        if _is_bare(text):
            return text
    return _last_letter(text) or _polar(text) or last_value(text)


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
