"""What a text states as its answer in so many words: a box, four hashes, an announcement."""

import re

from rbic.core.answers.boxes import Stated, boxed
from rbic.core.answers.last_values import FORMULA, last_value
from rbic.core.answers.number_words import MULTIPLIERS
from rbic.core.answers.parts import listed, without_labels
from rbic.core.answers.units import measure

LONGEST_BARE = 200
"""An answer stated in a sentence has at most this many characters."""
_LAST_PARTS = (20_000, 200_000)
"""Characters searched for a stated answer from the end of a text: it is at the end, if at all."""
MOST_WORDS = 12

_HASHES = re.compile(r"####[ \t]*([^\n]+)")

# A letter as it is set: C, (C), $\text{C}$, $\rm C$.
_SET_LETTER = r"[\s$(*]{0,6}(?:\\(?:text|mathrm|rm|mathbf|textbf)\s*\{?\s*)?(?-i:[A-J])(?![A-Za-z])"
_ENGLISH = (
    r"(?:\b(?:answers?|r[ée]ponse|respuesta|antwort)(?:\s+(?:to|of|for)\s[^.\n:]{1,80}?)?"
    r"|\b(?:correct|right|best)\s+(?:choice|option|statement)s?)"
    r"[\"”]?\s*(?:\*\*)?\s*"
    r"(?:(?:is|are|was|should be|must be|would be|will be|est|es|ist)\b\s*:?|[:=])"
    rf"|\b(?:choose|select|pick)\s+(?:option|choice|answer)?\s*(?={_SET_LETTER})"
)
_LINE_START = r"(?m:^[ \t]*(?:\*\*)?(?:A|Ans|答|解答|Final Answer)\s*(?:\*\*)?\s*[:：∶])"
_CHINESE = (
    r"【(?:正确|参考|标准)?答案】\s*[:：∶]?|"
    r"(?:最终|正确|标准|参考)?(?:答案|结果)(?:应该|应|就|依次|分别)?\s*(?:】|\*\*)?\s*(?:是|为|[:：∶]|选择?)+"
    r"|(?:故|应|因此|所以|答案|本题|正确选项)(?:应|本题|答案|正确答案)*(?:选择|选|是选项|为选项)(?:项|答案)?\s*[是为:：∶]?"
    rf"|(?<![错不误可供])选择?\s*[:：∶]?(?={_SET_LETTER})"
    r"|正确(?:的)?(?:选项|答案|说法)?(?:是|为)\s*[:：∶]?"
)
_DOUBT = (
    r"(?P<doubt>(?i:\b(?:if|whether|that|assum(?:e|ing)|suppos(?:e|ing)|not|why))\s+"
    r"|假设|如果|若)?"
)
# The letter before the words: option B is correct, 因此B选项正确.
_CALLED_CORRECT = re.compile(
    rf"{_DOUBT}"
    r"(?:(?i:\b(?:option|choice|answer|statement))\s*|选项\s*)?"
    r"(?:(?<![A-Za-z\\、,，$和与及或])|(?<=[确误][,，]))(?<![A-J], )(?<!and )(?<!or )"
    r"\(?(?P<letter>[A-J])\)?"
    r"(?:\s+(?:is|would be|must be)\s+(?:the\s+)?(?:only\s+)?(?:correct|right|best)"
    r"(?:\s+(?:answer|option|choice|one|statement))?\b"
    r"|\s*(?:选项|项)?\s*(?:是|为)?(?:正确|符合题意)(?!与否|吗|的?是))"
)
# Several letters before the words: options A and D are correct, A、D正确.
_LETTERS = (
    r"(?P<{}>\(?[A-J]\)?(?:(?:\s*[,，、]\s*|\s*(?:and|&|和|与|及)\s*){{1,2}}\(?[A-J]\)?){{1,9}})"
)
_CALLED_ALL = re.compile(
    rf"{_DOUBT}(?:(?i:\b(?:options|choices|answers|statements))\s+{_LETTERS.format('english')}"
    r"\s+are\s+(?:all\s+|both\s+)?(?:the\s+)?(?:correct|right)\b"
    rf"|(?:选项\s*)?(?<![A-Za-z\\]){_LETTERS.format('chinese')}"
    r"\s*(?:选项|项)?\s*(?:都|均)?(?:是|为)?(?:正确|符合题意)(?!与否|吗|的?是))"
)
_CALLED_WRONG = re.compile(
    r"(?<![A-Za-z\\])[A-J]\s*(?:选项|项)?\s*(?:均|都)?(?:是|为)?(?:错误|不正确)"
)
# The value before the words: so 5 is the answer.
_IS_THE_ANSWER = re.compile(
    r"\s(?:is|must be)\s+(?:the|our|my)\s+(?:final\s+|correct\s+|right\s+)?answer\b"
)
_CALLED_VALUE = re.compile(
    r"(?P<doubt>(?i:\b(?:if|whether|not|why|(?:assum|suppos|doubt)\w*(?:\s+that)?))\s+)?"
    r"(?<![\w.$\\=<>+*/^-])"
    r"(?P<value>\$[^$\n]{1,200}\$|[-−]?\$?\d[\d.,/:]{0,30}%?(?:\s[A-Za-z/]{1,15}){0,2}"
    r"|\(?[A-J]\)?)\Z"
)
_LONGEST_VALUE = 220
_ANNOUNCED = re.compile(rf"(?i:{_ENGLISH})|{_LINE_START}|{_CHINESE}")
_SENTENCE_END = re.compile(r"[。！；]|．(?!\d)|[.!?](?=\s|$|\"|'\})|\n|\\n(?![a-z])|<eo[ae]>")
_REASON = re.compile(
    r"(?:,?\s+"
    r"(?:because|since|which(?!\s+(?:is|equals|gives))|so that|where|as\s|given that|when)\b"
    r"|,?\s+(?:rather than|instead of)\b|[,;]\s*(?:and\s|but\s)?not\b"
    r"|;(?=[^;]*\b(?:is|are|was|were|has|have|had|that|this|we|it|she|he|they)\b)"
    r"|[,，]\s*(?:因为|由于|而不是|不是|而非)).*",
    re.DOTALL,
)
_PRAISE = re.compile(
    r"(?i)(?:in)?(?:correct|right|wrong|valid|consistent|reasonable)"
    r"|not (?:clear|known|sure|given|unique|correct|right|just|always|necessarily)\b.*"
)
# A remark behind an answer: 12 (see step 3). A condition or a multiplier is no remark.
_REMARK = re.compile(
    r"(?<=\S)\s+\((?!(?:mod|if|for|when|where|unless|or|in)\b)(?P<words>[^()]*[A-Za-z]{2,}[^()]*)\)\W*\Z"
    r"|(?<=\S)\s*（[^（）]*[\u4e00-\u9fff]{2,}[^（）]*）\W*\Z"
)
_JSON_VALUE = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|(-?[\d.]+))\s*(?:\}|,\s*")')
_LETTER_NOT = re.compile(r"\(?([A-J])\)?,?\s+(?:not|non|rather than|instead of)\b")
_HOPE = re.compile(r"\s*I hope (?:it|this) is correct.*", re.DOTALL | re.IGNORECASE)

_NEXT_LINE = re.compile(r"[ \t*:：]*(?:\n[ \t]*)+")

_WORD_FIRST = re.compile(r"[A-Za-z]{2,}")


def _sentence(text: str, start: int) -> tuple[str, int]:
    """The rest of the sentence that begins at `start`, or of the next line if this one is empty."""
    while start < len(text) and text[start] in " \t\n*:：":
        start += 1
    end = _SENTENCE_END.search(text, start)
    opening = text[start : start + 2]
    closing = {"\\[": "\\]", "$$": "$$", "\\(": "\\)"}.get(opening)
    if closing and (close := text.find(closing, start + 2)) > 0:
        end = _SENTENCE_END.search(text, close)
    stop = end.start() if end else len(text)
    return text[start:stop], stop


def _called_correct(text: str) -> Stated | None:
    """The options that a text calls correct: one, or several together in one sentence.

    Three that are called correct beside one called wrong are no answer: it may be the wrong one
    that is asked for.
    """
    found = [match for match in _CALLED_CORRECT.finditer(text) if not match["doubt"]]
    together = [match for match in _CALLED_ALL.finditer(text) if not match["doubt"]]
    if together and (not found or together[-1].end() >= found[-1].end()):
        last = together[-1]
        letters = re.findall("[A-J]", last["english"] or last["chinese"])
        return _called(text, "".join(letters), last)
    named = sorted({match["letter"] for match in found})
    if not named:
        return None
    if len(named) > 1:
        denied = len(_CALLED_WRONG.findall(text))
        if _SENTENCE_END.search(text, found[0].start(), found[-1].start()):
            return None
        if len(named) > 2 and denied == 1:
            return None
    return _called(text, "".join(named), found[-1])


def _called(text: str, answer: str, words: re.Match[str]) -> Stated:
    """An answer that the words of a match call one, up to the end of their sentence."""
    sentence = _SENTENCE_END.search(text, words.end())
    return Stated(answer, words.start(), sentence.start() if sentence else len(text))


def _called_answer(text: str) -> Stated | None:
    """What a text calls its answer in front of these words, or the options it calls correct."""
    correct = _called_correct(text)
    for words in reversed(list(_IS_THE_ANSWER.finditer(text))):
        before = text[max(0, words.start() - _LONGEST_VALUE) : words.start()]
        value = _CALLED_VALUE.search(before)
        if value is None or value["doubt"]:
            continue
        named = _called(text, value["value"], words)
        named = Stated(named.answer, words.start() - len(value.group()), named.end)
        return named if correct is None or named.start >= correct.start else correct
    return correct


def _answer_from(text: str, start: int) -> tuple[str | None, int]:
    """The answer that an announcement up to `start` introduces, and where it ends."""
    line = _NEXT_LINE.match(text, start)
    parts, end = listed(text, line.end()) if line else ([], start)
    if parts:
        answers = [_trimmed(_sentence(part, 0)[0]) for part in parts]
        return ", ".join(answer for answer in answers if answer) or None, end
    phrase, end = _sentence(text, start)
    return _trimmed(phrase), end


def _announced(text: str) -> Stated | None:
    """What follows the last phrase that announces an answer."""
    correct = _called_answer(text)
    for match in reversed(list(_ANNOUNCED.finditer(text))):
        if correct is not None and correct.start >= match.start():
            return correct
        answer, end = _answer_from(text, match.end())
        if answer and not _PRAISE.fullmatch(answer):
            return Stated(answer, match.start(), end)
    return correct


def _without_remark(phrase: str) -> str:
    """A phrase without a remark in brackets at its end; a unit in them follows the value."""
    match = _REMARK.search(phrase)
    if match is None:
        return phrase
    words = (match["words"] or "").strip()
    if measure(words) or set(words.lower().rstrip("s").split()) & MULTIPLIERS.keys():
        return f"{phrase[: match.start()]} {words}"
    return phrase[: match.start()]


def _trimmed(phrase: str) -> str | None:
    """The answer in the words that follow an announcement; None where there is none."""
    if match := _JSON_VALUE.match(phrase):
        return match.group(1) or match.group(2)
    phrase = _REASON.sub("", _HOPE.sub("", phrase)).replace('\\"', '"')
    phrase = without_labels(_without_remark(phrase.strip(" \t\r*`\"'：:")))
    if match := _LETTER_NOT.match(phrase):
        return match.group(1)
    if not phrase:
        return None
    if _WORD_FIRST.match(phrase) and FORMULA.search(phrase):
        return last_value(phrase) or phrase
    if len(phrase.split()) <= MOST_WORDS and len(phrase) <= LONGEST_BARE:
        return phrase
    return last_value(phrase)


def _hashed(text: str) -> Stated | None:
    matches = list(_HASHES.finditer(text))
    if not matches:
        return None
    match = matches[-1]
    answer = match.group(1).strip()
    return Stated(answer, match.start(), match.end()) if answer else None


def statement(text: str) -> Stated | None:
    """What a text states in a box or after ####, unless it announces another value later."""
    marked = boxed(text) or _hashed(text)
    announced = _announced(text)
    if marked is None or announced is None:
        return marked or announced
    insists = re.match(r"(?i).{0,6}answer\s+is|答案", text[announced.start : announced.end])
    later = announced.start > marked.end and insists and re.search(r"\d|\\", announced.answer)
    return announced if later else marked


def stated_answer(text: str) -> str | None:
    """The answer that a text states in so many words: in a box, after #### or an announcement."""
    for part in _LAST_PARTS:
        stated = statement(text[-part:])
        if stated is not None:
            return stated.answer
        if len(text) <= part:
            break
    return None
