"""Cut a chain of thought into steps.

A step is the least piece that states one thing: a line, a sentence, or, where a sentence holds
several equations, one equation with the words that lead to it. Three cuts in turn, each a single
pass, so the time is linear in the length of the chain:

1. blocks: the thought and the write-up after it (`<think>`, `<|begin_of_solution|>`), and code
   between fences;
2. sentences: line breaks that are not a mere wrap, and sentence ends in English and Chinese;
3. clauses: only in a sentence with two or more relation signs.

Numbering, headings and bare markers (`Step 2:`, `解：`) join the step that follows them.
"""

import re
from typing import NamedTuple

from rbic.core.notation import SOFT_BREAK


class Step(NamedTuple):
    """A step in plain notation, and the block it stands in (0 the thought, 1 the write-up)."""

    text: str
    block: int
    code: bool


class Segmented(NamedTuple):
    """The steps of a chain, and whether a thought in it is opened and never closed."""

    steps: list[Step]
    unclosed: bool


_THOUGHT_ENDS = re.compile(r"</think(?:ing)?>|<\|end_of_thought\|>|<\|begin_of_solution\|>", re.I)
_THOUGHT_BEGINS = re.compile(r"<think(?:ing)?>|<\|begin_of_thought\|>", re.I)
_TAGS = re.compile(
    r"</?(?:think(?:ing)?|answer|solution|reasoning)>|<\|(?:begin|end)_of_(?:thought|solution)\|>"
    r"|<eo[ae]>|<\|(?:im_end|endoftext)\|>",
    re.I,
)
# LaTeX breaks a line by a sign and most write one more behind it.
_EQUATION_GOES_ON = re.compile(r"\n[ \t&]*+(?:\n[ \t&]*+){0,2}(?=[=≈≤≥≡⇒])(?!==)")
# What a match begins with comes first in each, and only then what must stand before it: so the
# search skips in C to where a match may begin.
_WRAP = re.compile(r"\n(?<=[a-z,]\n)(?=[a-z]{2,} )")
_WRAP_ZH = re.compile(
    r"\n(?<=[^\n]{18}[\u4e00-\u9fff，、]\n)(?=[\u4e00-\u9fff])"
    r"(?!所以|因此|故|则|解|综上|答|第|首先|其次|然后|最后|因为|由|设|当|又|即|令|若|同理|如果)"
)
_SENTENCE_END = re.compile(
    r"[\n.!?。！？；](?:(?<=\n)\n*[ \t]*"
    r"|(?:(?<=[^.]\.)|(?<=[!?]))[\"')\]*]{0,3}[ \t]+(?=[^\sa-z]|[a-z](?:_\w)? ?[=<>])"
    r"|(?<=[。！？；])[”」』\")]?\s*)"
)
_BEFORE_FACTORIAL = frozenset("0123456789)n")
_AFTER_FACTORIAL = frozenset("=+-*/^)$<>≤≥≈0123456789")
_ABBREVIATIONS = (
    " Mr.", " Mrs.", " Ms.", " Dr.", " St.", " vs.", "e.g.", "i.e.", " No.", "Fig.", "Eq.",
    " approx.", " Jr.", " Sr.", " Prof.", " resp.", " ft.", " in.", " lb.", " oz.", " hr.",
)  # fmt: skip
_TITLES = frozenset("Mr. Mrs. Ms. Dr. St. Prof.".split())
# What stands after an opening fence.
_LANGUAGE = re.compile(r"\A[A-Za-z+#\d]{1,20}[ \t]*(?=\n)")
_RELATION = re.compile(r"[=≈≤≥≡<>]")
_MARKER = re.compile(
    r"[#*\s>_-]*(?:"
    r"(?:step|case|part|method|way|question) ?\(?(?:\d{1,2}|[ivx]{1,4}|[a-d])\)?[.:)*\s]*"
    r"|第[一二三四五六七八九十\d]{1,2}(?:步|种方法|种情况|问|小题)[，,:：、.*\s]*|[①-⑳][.:、\s]*"
    r"|[(（【]?(?:\d{1,2}|[ivx]{1,4}|[一二三四五六七八九十]{1,2}|[a-d])[)）】.:、][.:、)\s*]*"
    r"|(?:solution|answer|analysis|explanation|proof|解析|解答|解|分析|详解|证明|证|答案|答)"
    r"(?:\s*[】]?[:：*]+)?[*\s]*|(?:and|so|then|thus|hence|therefore|or|now)[,:\s]*|[^\w]*)$",
    re.I,
)
_CLAUSE = re.compile(
    rf"(?<=[,;:]\$) +(?=\D)|(?<=[,，、：:;]) *(?=[^\d\s])(?!\$(?:[ .,]|$))"
    rf"|(?<={SOFT_BREAK})|(?=所以|因此|从而|于是|可得|解得|∴|⇒|⇔)"
    r"| (?=(?:so|and|then|which|thus|therefore|hence|giving|or|but|because|since|where|gives"
    r"|yields) )"
)
# Words and signs at the end of a line that leads to the formula below it.
_LEADING_WORDS = frozenset(
    "get have that is are by gives write find obtain as yields to becomes then and so equals where "
    "or".split()
)
_LEADING_SIGNS = frozenset(":：,，得知有为是")
_MAX_LEAD_IN = 160
_PREMISE = re.compile(
    r"\s*(?:\$\s*)?(?:since|because|if|when|given|as|for|with|substituting|from|by|where|let|suppose"
    r"|由|因为|由于|∵|若|当|已知|如果|设|令|把|将)",
    re.I,
)
_GOES_ON = re.compile(r"\s*(?:and|or|且|和|及)\b")

# Beyond this many steps the rest of a chain is one step: no human chain has so many.
MAX_STEPS = 20_000


def split_steps(text: str) -> Segmented:
    """Cut a chain into its steps.

    Args:
        text: the chain in plain notation (rbic.core.notation).

    Returns:
        Its steps in order, none empty; and whether a thought is opened and never closed.
    """
    unclosed = False
    parts = [text]
    if "<" in text or "【" in text:
        ends = list(_THOUGHT_ENDS.finditer(text))
        unclosed = not ends and _THOUGHT_BEGINS.search(text) is not None
        if ends:
            parts = [text[: ends[0].start()], text[ends[0].end() :]]
        parts = [_TAGS.sub("\n", part) for part in parts]
    steps: list[Step] = []
    for block, part in enumerate(parts):
        if "```" in part:
            for number, piece in enumerate(part.split("```")):
                code = number % 2 == 1
                _append(steps, _LANGUAGE.sub("", piece) if code else piece, block, code)
        else:
            _append(steps, part, block, False)
    return Segmented(steps, unclosed)


def _append(steps: list[Step], text: str, block: int, code: bool) -> None:
    """Cut one piece of text and append its steps."""
    pieces = text.split("\n") if code else _sentences(text)
    lead = ""
    for piece in pieces:
        if len(piece) <= 24 and _MARKER.match(piece) and not piece.startswith("####"):
            lead += piece + " "
            continue
        if not code and len(piece) < _MAX_LEAD_IN and _leads_in(piece):
            lead += piece + " "
            continue
        if lead:
            piece, lead = lead + piece, ""
        if len(steps) >= MAX_STEPS:
            break
        if not code and len(piece) > 12 and _count_relations(piece) > 1:
            steps += [Step(clause, block, code) for clause in _clauses(piece)]
        else:
            steps.append(Step(piece.strip(), block, code))
    if lead.strip(" \n*#-_.:"):
        _close(steps, lead, block, code)


def _count_relations(piece: str) -> int:
    """The number of relation signs in a piece."""
    if piece.isascii() and "<" not in piece and ">" not in piece:
        return piece.count("=")
    return len(_RELATION.findall(piece))


def _leads_in(piece: str) -> bool:
    """Whether a piece without a relation of its own leads to the formula or list after it."""
    end = piece.rstrip("$ ")
    if end[-1:] not in _LEADING_SIGNS and end[end.rfind(" ") + 1 :] not in _LEADING_WORDS:
        return False
    return _RELATION.search(piece) is None


def _close(steps: list[Step], lead: str, block: int, code: bool) -> None:
    """Join a marker that nothing follows to the last step; alone it is a step of its own."""
    if steps and steps[-1].block == block:
        steps[-1] = steps[-1]._replace(text=f"{steps[-1].text} {lead.strip()}")
    else:
        steps.append(Step(lead.strip(), block, code))


def _sentences(text: str) -> list[str]:
    """The sentences and lines of a text."""
    if "\n" in text:
        text = _EQUATION_GOES_ON.sub(" ", text)
        text = _WRAP.sub(" ", text)
        if not text.isascii():
            text = _WRAP_ZH.sub("", text)
    sentences: list[str] = []
    begin = 0
    for match in _SENTENCE_END.finditer(text):
        end = match.end()
        sentence = text[begin:end].strip()
        sign = text[match.start()]
        if sign == "!" and _is_factorial(text, match.start(), end):
            continue
        if sign == "." and (sentence.endswith(_ABBREVIATIONS) or sentence in _TITLES):
            continue
        begin = end
        if sentence:
            sentences.append(sentence)
    last = text[begin:].strip()
    if last:
        sentences.append(last)
    return sentences


def _is_factorial(text: str, at: int, end: int) -> bool:
    """Whether a formula goes on behind an exclamation mark at `at`: 4! = 24, 7!(8 - 1)."""
    return text[at - 1 : at] in _BEFORE_FACTORIAL and text[end : end + 1] in _AFTER_FACTORIAL


def _clauses(sentence: str) -> list[str]:
    """One piece for each stated relation, with the clauses and premises that lead to it.

    `Since b+c=5 and c=3, we have b=2` is one piece; `x+y=3, so y=2` is two.
    """
    groups: list[str] = []
    current, waiting = "", ""
    related = premise = False
    for clause in _balanced(_CLAUSE.split(sentence)):
        if not current:
            premise = _PREMISE.match(clause) is not None
        elif premise and not _GOES_ON.match(clause) and current.rstrip()[-1:] in ",，、：:":
            # The main clause: what the premises were for.
            premise = related = False
        if _RELATION.search(clause) is None:
            if related and not premise:
                waiting += clause + " "
            else:
                current += clause + " "
        elif related and not premise:
            groups.append(current)
            current, waiting = waiting + clause + " ", ""
            premise = _PREMISE.match(current) is not None
        else:
            current, related = current + clause + " ", True
    groups.append(current + waiting)
    return [group.strip() for group in groups if group.strip()]


def _balanced(clauses: list[str]) -> list[str]:
    """The clauses, those joined again that a comma inside brackets had parted."""
    joined: list[str] = []
    depth = 0
    for clause in clauses:
        if depth > 0:
            joined[-1] += " " + clause
        else:
            joined.append(clause)
            depth = 0
        opened = clause.count("(") + clause.count("{") + clause.count("[")
        depth += opened - clause.count(")") - clause.count("}") - clause.count("]")
    return joined
