from rbic.core.chain_drawing import draw_chain
from rbic.core.chains import analyse_chain
from rbic.core.integrity import ChainRule

QUESTION = "Tom has 3 apples and buys 4 more. How many?"
STEPS = (
    "He pays 3 * 17 = 51 for them.",
    "He has 3 + 4 = 8 apples.",
    "So 8 + 19 - 23 = 5.",
    "The answer is 8.",
)


def test_a_drawing_says_what_each_step_uses_is_and_lacks():
    report = analyse_chain(QUESTION, "\n".join(STEPS), "7", None, ChainRule())
    assert draw_chain(report).splitlines() == [
        "chain   4 steps, 2 live, depth 2, width 1, 0 joins, 0 reused",
        "  1      unused        He pays 3 * 17 = 51 for them.",
        "         ? from nowhere: 17",
        "  2      live          He has 3 + 4 = 8 apples.",
        "         ✗ false: 3 + 4 = 8 apples (recomputed: 7)",
        "  3 ← 2  unused        So 8 + 19 - 23 = 5.",
        "         ✗ false: 8 + 19 - 23 = 5 (recomputed: 4)",
        "         ? from nowhere: 19, 23",
        "  4 ← 2  live          The answer is 8.",
        "  states the answer 8",
    ]


def test_what_earlier_words_brought_in_comes_from_somewhere():
    chain = "A box holds 12 of them.\nSo 12 * 17 = 204.\nThe answer is 204."
    drawn = draw_chain(analyse_chain("How many?", chain, None, None, ChainRule()))
    assert "? from nowhere: 17" in drawn
    assert drawn.count("nowhere") == 1
