"""Plant a fault in a chain, one kind at a time, such as real corpora have them.

Each function takes what a faultless chain is made of and returns the faulty one, or None where
this problem cannot carry the fault (a chain of one step has no step to leap over).
"""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from random import Random

from benchmarks.sample.chains import Move, Role
from benchmarks.sample.program import (
    LARGEST_VALUE,
    Notation,
    Op,
    Program,
    apply,
    equation,
    reevaluate,
)
from benchmarks.sample.words import Language


class Fault(StrEnum):
    """What is wrong with a chain."""

    NONE = "none"
    WRONG = "wrong"  # a slip at one step, carried on to a wrong final answer
    BROKEN_OFF = "broken_off"  # cut before the last result
    REPEATED = "repeated"  # steps said again, or the whole chain
    RAMBLING = "rambling"  # sentences that compute nothing
    TANGENT = "tangent"  # true computations that the answer does not rest on
    LEAP = "leap"  # a needed step left out, its result used


def slipped_values(program: Program, rng: Random) -> tuple[int, ...] | None:
    """The node values of a chain with one slip that changes the final answer.

    The slip is off by 1, 2 or 10, as in a lost carry. A slip whose consequences do not come out in
    integers is drawn again.
    """
    steps = [i for i, node in enumerate(program.nodes) if node.operands]
    for _ in range(12):
        slip = steps[int(rng.random() * len(steps))]
        value = program.nodes[slip].value + (1, -1, 10, -10, 2, -2)[int(rng.random() * 6)]
        if not 0 < value <= LARGEST_VALUE:
            continue
        values = reevaluate(program, slip, value)
        if values is not None and values[program.target] != program.nodes[program.target].value:
            return values
    return None


_AGAIN = {
    Language.ENGLISH: ("again, ", "as said before, ", "let me repeat: ", "to check once more, "),
    Language.CHINESE: ("再说一遍，", "如前所述，", "重复一次，", "再检查一下，"),
}


def repeat(moves: Sequence[Move], language: Language, rng: Random) -> list[Move]:
    """Say one to three steps again, verbatim or nearly, or go round the whole chain twice more."""
    if rng.random() < 0.3:
        again = [replace(move, role=Role.REPEAT) for move in moves]
        return [*moves, *again, *again]
    out = list(moves)
    for _ in range(1 + int(rng.random() * 3)):
        source = int(rng.random() * len(moves))
        words = _AGAIN[language]
        prefix = "" if rng.random() < 0.5 else words[int(rng.random() * len(words))]
        copy = replace(moves[source], body=prefix + moves[source].body, role=Role.REPEAT)
        after = out.index(moves[source]) + 1
        out.insert(after + int(rng.random() * (len(out) - after + 1)), copy)
    return out


_FILLERS = {
    Language.ENGLISH: (
        "let us think about this carefully",
        "this is an interesting question",
        "it helps to read the question once more",
        "we should not rush",
        "there are many ways to look at such a thing",
        "a good drawing can make everything clearer",
        "it is important to keep the goal in mind",
        "many pupils find this kind of exercise hard",
        "we will see in a moment where this leads",
        "taking a deep breath is never wrong",
        "hmm, let me think about what was said",
        "as we know, practice makes perfect",
        "the words of the question matter a lot here",
        "one has to be patient with such problems",
        "okay, so this is what we have to deal with",
        "it is always good to work in a tidy way",
        "perhaps there is a clever trick, perhaps there is none",
        "now we are getting closer to the solution",
    ),
    Language.CHINESE: (
        "让我们仔细想一想",
        "这是一个很有意思的问题",
        "最好把题目再读一遍",
        "我们不要着急",
        "看待这样的问题有很多角度",
        "画一张图会让一切更清楚",
        "牢记目标是很重要的",
        "很多同学觉得这类题目不容易",
        "过一会儿就会看到结果",
        "深呼吸总是没有错的",
        "嗯，再想想题目说了什么",
        "俗话说熟能生巧",
        "题目里的每个词都很关键",
        "做这样的题要有耐心",
        "好的，这就是我们要面对的情况",
        "书写整洁总是好的",
        "也许有巧妙的办法，也许没有",
        "现在离答案越来越近了",
    ),
}


def ramble(moves: Sequence[Move], language: Language, rng: Random) -> list[Move]:
    """Put six to fourteen empty sentences between the steps, twice as many as steps at least."""
    fillers = list(_FILLERS[language])
    rng.shuffle(fillers)
    out = list(moves)
    for body in fillers[: max(6, 2 * len(moves)) - 2 + int(rng.random() * 4)]:
        out.insert(int(rng.random() * len(out)), Move(body, Role.FILLER, None))
    return out


_ASIDES = {
    Language.ENGLISH: (
        "on the side, {}",
        "note that {}",
        "one could also compute {}",
        "for comparison, {}",
        "by the way, {}",
    ),
    Language.CHINESE: ("顺便算一下，{}", "注意到{}", "另外，{}", "作个比较，{}", "还可以算出{}"),
}


def digress(
    moves: Sequence[Move], program: Program, notation: Notation, language: Language, rng: Random
) -> list[Move] | None:
    """Insert one to three true equations that the answer does not rest on.

    Their operands are numbers of the question, their results are no number of the problem, so that
    nothing later can seem to use them.
    """
    known = [node.value for node in program.nodes if node.op is Op.GIVEN]
    if not known:
        return None
    taken = {node.value for node in program.nodes}
    out = list(moves)
    wanted = 1 + int(rng.random() * 3)
    for _ in range(20):
        if wanted == 0:
            break
        op = (Op.ADD, Op.SUBTRACT, Op.MULTIPLY)[int(rng.random() * 3)]
        values = [known[int(rng.random() * len(known))] for _ in range(2)]
        result = apply(op, values)
        if result is None or result in taken:
            continue
        taken.add(result)
        words = _ASIDES[language]
        body = words[int(rng.random() * len(words))].format(equation(op, values, result, notation))
        out.insert(int(rng.random() * len(out)), Move(body, Role.TANGENT, None))
        wanted -= 1
    return out if len(out) > len(moves) else None


def leap(moves: Sequence[Move], rng: Random) -> list[Move] | None:
    """Leave out one step other than the last; its result is still used."""
    if len(moves) < 2:
        return None
    gone = int(rng.random() * (len(moves) - 1))
    return [move for i, move in enumerate(moves) if i != gone]


def break_off(chain: str, rng: Random) -> str:
    """Cut a chain in the middle of a sentence, before the result of its last step."""
    end = chain.rindex("=")
    cut = max(4, int(end * (0.4 + 0.6 * rng.random())))
    return chain[:cut].rstrip(" \n.。，,0123456789")
