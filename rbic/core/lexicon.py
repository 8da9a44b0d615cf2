"""The words by which a step shows what it does: English words and Chinese phrases.

English is looked up word by word, so a step costs one dictionary look-up a word; Chinese, which
has no spaces, is searched by one compiled expression a role. What a step does when no word says
so is derive.

Sources of the roles: backtracking and verification markers follow the keyword lists by which
LCoT2Tree (arXiv 2505.22148) and "Thought Anchors" (arXiv 2506.19143) cut long chains into
thoughts; the lists themselves are ours, from reading the corpora named in
benchmarks/contribution.
"""

import re
from collections.abc import Sequence, Set
from enum import IntEnum


class Role(IntEnum):
    """What a step does in its chain."""

    DERIVE = 0
    PLAN = 1
    VERIFY = 2
    BACKTRACK = 3
    CONCLUDE = 4
    FILLER = 5


# Python 3.11 looks an enum's member up by a slow path, and the rules ask for them at every step.
DERIVE, PLAN, VERIFY, BACKTRACK, CONCLUDE, FILLER = Role


_BACKTRACK_HEADS = re.compile(
    r"(?:but |oh,? |hmm,? |no,? |so )?(?:wait\b|hold on|hmm\b|no,|no\. |scratch that"
    r"|on second thought"
    r"|actually, (?:no|wait|i)|that(?:'s| is) (?:not right|wrong|incorrect|invalid|impossible"
    r"|a contradiction|not possible)|that (?:doesn't|does not|can't|cannot) (?:work|make sense|be)"
    r"|this (?:is wrong|is not right|doesn't work|does not work|can't be|cannot be right)"
    r"|i (?:made|think i made|must have made) (?:a|an|some) (?:mistake|error)|i was wrong"
    r"|let me (?:reconsider|rethink|start over|redo|re-?examine|try (?:again|another|a different))"
    r"|let's (?:reconsider|start over|try (?:again|another|a different))"
    r"|alternatively\b|another (?:approach|way|method|idea)|maybe i should|maybe i made)"
)
# How the heads begin: three letters rule out most steps before an expression looks at them.
_BACKTRACK_STARTS = frozenset(
    ("but", "oh ", "oh,", "hmm", "no ", "no,", "no.", "so ", "wai", "hol", "scr", "on ", "act",
     "tha", "thi", "i m", "i t", "i w", "let", "alt", "ano", "may")
)  # fmt: skip
_GO_BACK = re.compile(
    r"\b(?:go back|reconsider|start over|exhausted all"
    r"|(?:has|have|reach(?:es)?|is) (?:a |an )?contradiction"
    r"|dead end)\b"
)
_BACKTRACK_ZH = re.compile(
    r"^(?:等等|等一下|等下|不对|不，|不是|错了|哎呀|嗯，不|换(?:一种|个)(?:思路|方法|角度)|重新(?:考虑|思考|来|计算|审视)"
    r"|另一种(?:方法|思路)|或者，?(?:可以|换)|我(?:算|想|弄|搞)错了|这(?:样)?(?:不对|不行|显然不)|让我(?:再想想|重新))"
)
_VERIFY_WORDS = frozenset(
    "check checks checking checked verify verifying verified verification verifies confirm "
    "confirms confirmed confirming double-check recheck sanity consistent".split()
)
_VERIFY_ZH = re.compile(r"检验|验算|验证|检查|核对|代入检|经检|再算一遍|复核")
_CONCLUDE_HEADS = frozenset(
    "so thus therefore hence consequently finally overall altogether ultimately accordingly "
    "answer final conclusion".split()
)
_CONCLUDE_WORDS = frozenset("therefore thus hence answer conclude final".split())
_CONCLUDE_ZH = re.compile(
    r"因此|所以|综上|故(?!事|意|障|乡)|可见|由此|∴|于是|答案|答[:：]|即为|应选|故选"
)
_PLAN_HEADS = re.compile(
    r"(?:first,? |now,? |next,? |then,? |so,? |okay,? |step \d+:? )?"
    r"(?:let(?! me (?:check|verify|double))(?: us| me|'s)?\b"
    r"|suppose|assume|consider\b|we (?:need|want|have) to|i (?:need|want|have|should) (?:to )?"
    r"|to (?:find|solve|determine|calculate|get|answer|compute|do)|our goal|the goal|define|denote"
    r"|we (?:will|can|must|should) (?:first|start|begin|use|find|solve)|i(?:'ll| will) )"
)
_PLAN_STARTS = frozenset(
    ("fir", "now", "nex", "the", "so ", "so,", "oka", "ste", "let", "sup", "ass", "con", "we ",
     "i n", "i w", "i h", "i s", "i'l", "to ", "our", "def", "den")
)  # fmt: skip
_PLAN_ZH = re.compile(
    r"^(?:首先|先|接下来|下面|我们(?:需要|先|要|可以先)|假设|设|令|不妨设|考虑|要(?:求|使|想)|为了)"
)

# A step of these words alone says nothing about the problem.
_FILLER_WORDS = frozenset(
    "a about above again all alright an and answer any approach are as at attempt be been before "
    "begin best break breaking but by can careful carefully cases check clear clearly could deal "
    "deep detail details do does doing done each easy everything exactly explain figure final "
    "find finding first follow following for from get give given glad go going good got great "
    "guide had hard has have help here hmm hope how i i'll i'm i've if important in information "
    "interesting into is it it's just keep know let let's like little ll long look looking looks "
    "lot make makes making may maybe me mean mind more move moving much my need next nice no not "
    "note now of oh ok okay on one or our out over part perhaps please problem proceed process "
    "put question questions quite really reasoning remember right s see seems sense should simple "
    "slow slowly so solution solve solving some something start started step steps straightforward "
    "sure tackle take task thank thanks that that's the them then there these they thing things "
    "think thinking this thorough thought thoughts through time to together tricky try trying "
    "understand up us use very wait want way we we'll we're well what what's when where which will "
    "with work work working would write yeah yes you your".split()
)
_FILLER_ZH = re.compile(
    r"^(?:嗯|好的?|那么|现在|首先|然后|接下来|让我们?|我们?|来|一步步|一步一步|仔细|慢慢|想想|思考|分析|看看|看一下|一下|这个|这道|问题|题目|题"
    r"|解答|解决|解|开始|吧|的|地|，|。|！|:|…|哦|呢|希望|对你|有帮助|有所|谢谢|很|有趣|需要|详解|解析)+$"
)

KINDS_OF_INFERENCE = {
    **dict.fromkeys("greater less larger smaller bigger more fewer than compare compared".split(),
                    "compare"),
    **dict.fromkeys("substitute substituting substitution plug plugging".split(), "substitute"),
    **dict.fromkeys("factor factors factoring factorization prime".split(), "factor"),
    **dict.fromkeys("expand expanding distribute simplify simplifying simplifies".split(),
                    "rewrite"),
    **dict.fromkeys("solve solving solution solutions root roots".split(), "solve"),
    **dict.fromkeys("case cases otherwise either".split(), "cases"),
    **dict.fromkeys("contradiction contradict contradicts impossible cannot".split(), "exclude"),
    **dict.fromkeys("choose ways permutations combinations arrangements count counting".split(),
                    "count"),
    **dict.fromkeys("average mean median".split(), "average"),
    **dict.fromkeys("remainder divisible modulo mod multiple".split(), "remainder"),
    **dict.fromkeys("sin cos tan sine cosine tangent".split(), "trigonometry"),
    **dict.fromkeys("log ln logarithm exponential".split(), "logarithm"),
    **dict.fromkeys("derivative differentiate integral integrate limit".split(), "calculus"),
    **dict.fromkeys("pythagorean similar congruent parallel perpendicular bisector".split(),
                    "geometry"),
    **dict.fromkeys("because since due".split(), "cause"),
    **dict.fromkeys("if assume suppose when unless".split(), "condition"),
    **dict.fromkeys("kind type means defined called example".split(), "definition"),
    **dict.fromkeys("percent percentage % ratio rate proportion".split(), "rate"),
    **dict.fromkeys("symmetry symmetric induction similarly".split(), "analogy"),
    **dict.fromkeys("maximum minimum largest smallest least greatest most".split(), "extreme"),
    **dict.fromkeys("probability chance likely expected".split(), "probability"),
    **dict.fromkeys("before after earlier later until".split(), "order"),
}  # fmt: skip
"""English word -> kind of inference."""
_NAMING_WORDS = frozenset(KINDS_OF_INFERENCE)

_KINDS_ZH = {
    "大于": "compare", "小于": "compare", "多于": "compare", "代入": "substitute",
    "因式": "factor", "分解": "factor", "质数": "factor", "展开": "rewrite", "化简": "rewrite",
    "整理": "rewrite", "解得": "solve", "解方程": "solve", "方程": "solve", "分类": "cases",
    "情况": "cases", "或者": "cases", "矛盾": "exclude", "不可能": "exclude", "不能": "exclude",
    "排列": "count", "组合": "count", "种": "count", "平均": "average", "余数": "remainder",
    "整除": "remainder", "余": "remainder", "倍数": "remainder", "导数": "calculus",
    "求导": "calculus", "极限": "calculus", "相似": "geometry", "全等": "geometry",
    "平行": "geometry", "垂直": "geometry", "勾股": "geometry", "因为": "cause", "由于": "cause",
    "∵": "cause", "如果": "condition", "假设": "condition", "若": "condition", "设": "condition",
    "当": "condition", "同理": "analogy", "对称": "analogy", "归纳": "analogy", "最大": "extreme",
    "最小": "extreme", "最多": "extreme", "最少": "extreme", "概率": "probability",
    "比例": "rate", "百分": "rate", "速度": "rate", "效率": "rate", "属于": "definition",
    "定义": "definition", "称为": "definition",
}  # fmt: skip
_KIND_PATTERN_ZH = re.compile("|".join(sorted(_KINDS_ZH, key=len, reverse=True)))

# Words that carry no topic: sharing one links no two steps.
STOP_WORDS = _FILLER_WORDS | frozenset(
    "he she they his her him their its were was did after before because since also only both "
    "than thus therefore hence who whom whose while during per total number amount equal equals "
    "equation same other another between many must every such those being under off down too "
    "there's only even still yet most least less another new two three four five six seven eight "
    "nine ten half twice times plus minus divided frac sqrt nthroot left".split()
)


# Words of the language of reasoning, cut to a stem of six letters as topics are: a step that uses
# one speaks of the argument, whatever the argument is about.
METHOD_WORDS = frozenset(
    word[:6]
    for word in (
        "side sides term terms radical power powers expression casework numbers digit digits value "
        "values formula variable variables coefficient denominator numerator fraction product sum "
        "difference quotient interval intervals theorem property identity inequality distributive "
        "exponent polynomial substitute simplify simplifies compute calculate result integer "
        "argument step calculation obtain add subtract multiply divide reach reached end finish "
        "conclusion process"
    ).split()
)


REPEATING_WORDS = frozenset(
    "again recheck reiterate reiterating recap repeat recomputing restate".split()
)
"""English words by which a step says that it repeats something."""

SIGNALS = _VERIFY_WORDS | _CONCLUDE_WORDS | _NAMING_WORDS | REPEATING_WORDS
"""Every word that tells something of a step wherever in it it stands."""


def role_of(head: str, words: Sequence[str], signals: Set[str], chinese: bool) -> Role:
    """What a step does, by its words.

    Args:
        head: the first 60 characters of the step, lower case.
        words: all its words, lower case.
        signals: those of them that are `SIGNALS`.
        chinese: whether the step has characters outside ASCII.

    Returns:
        The first role of filler, backtrack, verify, conclude and plan that its words show, or
        `Role.DERIVE`.
    """
    if chinese and (role := _chinese_role(head)) is not DERIVE:
        return role
    if not words:
        return DERIVE
    start = head[:3]
    if (start in _BACKTRACK_STARTS and _BACKTRACK_HEADS.match(head)) or _goes_back(head):
        return BACKTRACK
    if signals and not _VERIFY_WORDS.isdisjoint(signals):
        return VERIFY
    if words[0] in _CONCLUDE_HEADS or (signals and not _CONCLUDE_WORDS.isdisjoint(signals)):
        return CONCLUDE
    return PLAN if start in _PLAN_STARTS and _PLAN_HEADS.match(head) else DERIVE


def _goes_back(head: str) -> bool:
    """Whether a step says that it goes back; plain searches rule out most."""
    may = (
        "back" in head
        or "reconsider" in head
        or "contradiction" in head
        or "start over" in head
        or "exhausted all" in head
        or "dead end" in head
    )
    return may and _GO_BACK.search(head) is not None


def _chinese_role(head: str) -> Role:
    """The role that Chinese phrases show."""
    if _BACKTRACK_ZH.match(head):
        return BACKTRACK
    if _VERIFY_ZH.search(head):
        return VERIFY
    if _CONCLUDE_ZH.search(head):
        return CONCLUDE
    return PLAN if _PLAN_ZH.match(head) else DERIVE


def says_nothing(text: str, words: Sequence[str], chinese: bool) -> bool:
    """Whether a step without numbers and relations is filler.

    Such are `Okay, let's think.` and 好的，我们来看。
    """
    if chinese:
        return _FILLER_ZH.match(text) is not None
    return _FILLER_WORDS.issuperset(words)


def kinds_of_inference(
    text: str, words: Sequence[str], signals: Set[str], chinese: bool
) -> list[str]:
    """The kinds of inference that a step names, each occurrence once."""
    found: list[str] = []
    if signals and not _NAMING_WORDS.isdisjoint(signals):
        found = [KINDS_OF_INFERENCE[word] for word in words if word in _NAMING_WORDS]
    if chinese:
        found += [_KINDS_ZH[phrase] for phrase in _KIND_PATTERN_ZH.findall(text)]
    return found
