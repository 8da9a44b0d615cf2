"""Steps that say again what an earlier step said, and chains that never stop doing so.

Two steps say the same when they have the same words and signs in the same order but for blanks
and words that carry nothing (so, then, the, again). Negations carry something. One dictionary finds
them: linear in the number of steps.
"""

from collections.abc import Collection, Sequence
from itertools import filterfalse

_SHORT = 12
"""Characters: a shorter step (`x = 5`) may be said twice, but not three times."""
_LOOP_WINDOW = 60
_LOOP_TIMES = 6
_LOOP_PROBE = 8
_LOOP_SHARE = 0.8
_LOOP_STEPS = 8

_EMPTY_WORDS = frozenset(
    "a an the so therefore thus hence then now and but wait again also okay ok well yes just this "
    "that is are we have get has get gives us you he she it they of to in for".split()
)
_EMPTY_ZH = str.maketrans("", "", "的了是在就也那么吧呢啊我们，。、！；： ")


def find_repeats(
    words_of_step: Sequence[Sequence[str]], blocks: Sequence[int], abandoned: Collection[int]
) -> list[int]:
    """For each step the earlier step that it repeats.

    Args:
        words_of_step: the words of each step, lower case.
        blocks: the block of each step: a write-up may say again what the thought found.
        abandoned: steps of branches that the chain gives up. Said again they are said anew.

    Returns:
        One index a step, -1 where it repeats none. The earliest of equal steps is the original.
    """
    originals = [-1] * len(words_of_step)
    seen: dict[tuple[int, str], int] = {}
    times: dict[tuple[int, str], int] = {}
    for index, (words, block) in enumerate(zip(words_of_step, blocks, strict=True)):
        if index in abandoned:
            continue
        said = tuple(filterfalse(_EMPTY_WORDS.__contains__, words)) or tuple(words)
        if len(said) < 4 and said and not said[-1].isascii():
            said = tuple([word.translate(_EMPTY_ZH) for word in said])
        # Without blanks, for 3*4=12 and 3 * 4 = 12 are one.
        key = (block, "".join(said))
        first = seen.setdefault(key, index)
        if first == index:
            continue
        times[key] = times.get(key, 1) + 1
        if times[key] > 2 or sum(map(len, words)) >= _SHORT:
            originals[index] = first
    return originals


def is_looping(text: str, originals: Sequence[int]) -> bool:
    """Whether the chain repeats itself without end.

    Args:
        text: the chain in plain notation.
        originals: the step that each step repeats, -1 for none, as from `find_repeats`.

    Returns:
        True where the last 60 characters of the chain occur six times or more in it, where it
        ends in one phrase over and over, or where nearly all of its last steps are repeats.
    """
    end = text.rstrip()
    tail = end[-_LOOP_WINDOW:]
    if len(tail) == _LOOP_WINDOW and end.count(tail[-_LOOP_PROBE:]) >= _LOOP_TIMES:
        period = _period(tail)
        if period and end.endswith(tail[-period:] * _LOOP_TIMES * (1 + _LOOP_WINDOW // period)):
            return any(sign.isalnum() for sign in tail)
        if not period and end.count(tail) >= _LOOP_TIMES:
            return True
    last = originals[-max(_LOOP_STEPS, len(originals) // 4) :]
    return len(last) >= _LOOP_STEPS and sum(step >= 0 for step in last) >= _LOOP_SHARE * len(last)


def _period(text: str) -> int:
    """The least period of `text` that fits twice into it, or 0."""
    for period in range(1, len(text) // 2 + 1):
        if text[period:] == text[:-period]:
            return period
    return 0
