r"""The words by which a text announces its answer: "the answer is", `A:`, a heading, 答案, 答：.

One list for the chain's answer and for the step that gives it, so that no markup decides whether
an answer counts as stated.
"""

import re

# A letter as it is set (C, (C), $\text{C}$), and what may follow it: 选A点 chooses a point.
_SET_LETTER = (
    r"[\s$({*]{0,6}(?:\\(?:text|mathrm|mathbf|textbf) ?\{)?\(?(?-i:[A-J])\)?"
    r"(?=[\s$})*]{0,6}(?:[.．。;；!\n]|选项|项|$))"
)
_ANNOUNCED = re.compile(
    r"(?:final answer|correct answer|the answer|answer|correct (?:option|choice))\**"
    r"(?: (?:to|for|of|in|we) [^.\n:]{1,80}?)? ?"
    r"(?:(?:is|are|:|would be|must be|should be|=)+:?|of(?= ?\$?\d))\s*\**([^\n]{1,200})"
    r"|(?:^|\n)(?:#{1,6} ?|\*\*)?(?:the |final )?answer\**[ \t]*[\n ]\s*(?=[\d$\\(-])([^\n]{1,200})"
    r"|(?:^|\n)A: (?![A-Z]:)([^\n]{1,200})"
    r"|(?:答案|结果)(?:应该|应|就)?】?\**(?:是|为|:|：|选[择项]?)+\s*([^\n。；]{1,120})"
    r"|(?:^|[\s。，；．])答\**[:：]\s*\**([^\n。；]{1,120})"
    r"|(?:故|应|因此|所以|本题)(?:应)?(?:选择|选)(?:项|答案)?\s*[是为:：]?\s*([^\n。；]{1,60})"
    rf"|(?<![错误不可供若果])选择?\s*[:：]?({_SET_LETTER})",
    re.IGNORECASE,
)
# One of these is in every announcement; looking for them costs a tenth of the expression.
_STEMS = ("answer", "correct ", "a: ", "答", "结果", "选")


def announces_answer(text: str) -> bool:
    """Whether a text announces an answer."""
    low = text.lower()
    return any([stem in low for stem in _STEMS]) and _ANNOUNCED.search(text) is not None


def last_announcement(text: str) -> re.Match[str] | None:
    """The last announcement in a text; what it announces is its last group."""
    low = text.lower()
    if not any([stem in low for stem in _STEMS]):
        return None
    last, at = None, 0
    while match := _ANNOUNCED.search(text, at):
        # What follows an announcement may hold the next one.
        last, at = match, match.start(match.lastindex or 0)
    return last
