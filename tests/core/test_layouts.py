import pytest

from rbic.core.layouts import Layout, find_layout, layout_from_json
from rbic.core.parts import read_parts
from rbic.core.rows import Fault
from rbic.schema import RejectReason


def _layout(row):
    return find_layout([row, row])


@pytest.mark.parametrize(
    ("row", "question", "chain", "answer"),
    [
        ({"question": "q", "answer": "1+1=2\n#### 2"}, ("question",), ("answer",), None),
        (
            {"problem": "q", "solution": "c", "answer": None, "target": "0"},
            ("problem",),
            ("solution",),
            "target",
        ),
        (
            {"instruction": "q", "input": "", "output": "c"},
            ("instruction", "input"),
            ("output",),
            None,
        ),
        (
            {"question": "q", "reasoning": "c", "response": "r", "final_answer": 3},
            ("question",),
            ("reasoning", "response"),
            "final_answer",
        ),
        (
            {"problem": "q", "answer_analysis": ["c"], "answer_value": "B"},
            ("problem",),
            ("answer_analysis",),
            "answer_value",
        ),
        ({"Problem": "q", "Rationale": "c", "label": "A"}, ("Problem",), ("Rationale",), "label"),
    ],
)
def test_fields_are_found_by_the_names_that_corpora_use(row, question, chain, answer):
    layout = _layout(row)
    assert (layout.question, layout.chain, layout.answer) == (question, chain, answer)


def test_a_conversation_is_found_and_its_last_reply_is_the_chain():
    row = {
        "messages": [
            {"role": "system", "content": "You are helpful."},
            {"role": "user", "content": "q1"},
            {"role": "assistant", "content": "a1"},
            {"role": "user", "content": "q2"},
            {"role": "assistant", "content": "<think>c</think>7"},
        ]
    }
    parts = read_parts(row, _layout(row))
    assert (parts.question, parts.chain) == ("q1\n\na1\n\nq2", "<think>c</think>7")


def test_sharegpt_turns_are_read():
    row = {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "c"}]}
    parts = read_parts(row, _layout(row))
    assert (parts.question, parts.chain) == ("q", "c")


def test_names_given_by_hand_win():
    row = {"a": "q", "b": "c", "question": "not this"}
    layout = find_layout([row], Layout(question=("a",), chain=("b",)))
    assert (layout.question, layout.chain) == (("a",), ("b",))


def test_unknown_fields_are_an_error_that_lists_them():
    with pytest.raises(ValueError, match=r"question; fields are \['foo', 'text'\]"):
        find_layout([{"foo": "q", "text": "c"}])


def test_a_layout_survives_json():
    layout = Layout(question=("a", "b"), chain=("c",), answer="d")
    assert layout_from_json(layout.to_json()) == layout


@pytest.mark.parametrize(
    "options",
    [
        ["2", "3"],
        ["A. 2", "B) 3"],
        [[{"aoVal": "A", "content": "2 "}], [{"aoVal": "B", "content": "3"}]],
        {"text": ["2", "3"], "label": ["A", "B"]},
        {"A": 2, "B": 3},
    ],
)
def test_options_are_read_from_every_common_form(options):
    row = {"question": "q", "solution": "c", "options": options, "answer": "B"}
    parts = read_parts(row, _layout(row))
    assert parts.options == ("2", "3")
    assert parts.question == "q\nA. 2\nB. 3"


def test_options_that_the_question_holds_are_not_repeated():
    row = {"question": "q (A) two (B) three", "solution": "c", "options": ["two", "three"]}
    assert read_parts(row, _layout(row)).question == "q (A) two (B) three"


def test_written_line_ends_become_line_ends_and_latex_stays():
    row = {"question": r"a\nB $x \neq \nu$", "solution": "c"}
    assert read_parts(row, _layout(row)).question == "a\nB $x \\neq \\nu$"


@pytest.mark.parametrize(
    ("row", "reason", "words"),
    [
        ({"question": "q"}, RejectReason.MISSING_FIELD, "'solution'"),
        ({"question": "q", "solution": 3}, RejectReason.WRONG_TYPE, "expected text, got int 3"),
        ({"question": " ", "solution": "c"}, RejectReason.EMPTY_FIELD, "question"),
        ({"question": "q", "solution": None}, RejectReason.EMPTY_FIELD, "chain"),
        (
            {"question": "q", "solution": "c", "answer": {"x": 1}},
            RejectReason.WRONG_TYPE,
            "answer",
        ),
        (
            {"question": "q", "solution": "c", "pass_rate": 57},
            RejectReason.WRONG_TYPE,
            r"a number in [0, 1], got int 57",
        ),
        ({"question": "q\x00", "solution": "c"}, RejectReason.NULL_CHARACTER, "question"),
    ],
)
def test_a_row_that_does_not_fit_is_a_fault_that_names_the_field(row, reason, words):
    layout = Layout(
        question=("question",), chain=("solution",), answer="answer", pass_rate="pass_rate"
    )
    fault = read_parts(row, layout)
    assert isinstance(fault, Fault)
    assert fault.reason is reason
    assert words in fault.detail


def test_numbers_and_truth_values_are_answers():
    layout = Layout(question=("q",), chain=("c",), answer="a")
    answers = [read_parts({"q": "q", "c": "c", "a": a}, layout).answer for a in (3, 0.5, True, "x")]
    assert answers == ["3", "0.5", "true", "x"]


def test_content_parts_and_reasoning_beside_the_reply_are_read():
    text = [{"type": "text", "text": "What is"}, {"type": "text", "text": "1 + 1?"}]
    reply = {"role": "assistant", "content": "2", "reasoning_content": "One and one."}
    row = {"messages": [{"role": "user", "content": text}, reply]}
    parts = read_parts(row, _layout(row))
    assert parts.question == "What is\n1 + 1?"
    assert parts.chain == "<think>\nOne and one.\n</think>\n\n2"


def test_a_content_part_that_is_no_text_is_a_fault():
    image = [{"type": "image_url", "image_url": {"url": "x"}}]
    row = {"messages": [{"role": "user", "content": image}, {"role": "assistant", "content": "2"}]}
    assert read_parts(row, _layout(row)).reason is RejectReason.WRONG_TYPE


def test_a_rate_that_is_not_a_number_is_missing():
    layout = Layout(question=("q",), chain=("c",), pass_rate="r")
    assert read_parts({"q": "q", "c": "c", "r": float("nan")}, layout).pass_rate is None


@pytest.mark.parametrize(
    ("row", "name"),
    [({"licence": "\ud800"}, "licence"), ({"\ud800": "a"}, "fields: licence, question")],
)
def test_lone_surrogates_are_a_fault_that_can_be_written(row, name):
    layout = Layout(question=("question",), chain=("solution",), licence="licence")
    good = {"question": "q", "solution": "c", "licence": "MIT"}
    if "licence" not in row:
        del good["solution"]
    fault = read_parts(good | row, layout)
    assert isinstance(fault, Fault)
    assert name in fault.detail
    fault.detail.encode()


@pytest.mark.parametrize(
    ("row", "chain", "answer"),
    [
        ({"question": "q", "answer": "5"}, (), "answer"),
        ({"question": "q", "answer": "2 + 3 = 5\n#### 5"}, (), "answer"),
        ({"problem": "q", "solution": "c", "answer": "5"}, ("solution",), "answer"),
        ({"problem": "q", "solution": "so \\boxed{5}"}, ("solution",), None),
        ({"question": "q", "reasoning": "c", "answer": "5"}, ("reasoning",), "answer"),
        ({"question": "q"}, (), None),
    ],
)
def test_without_a_chain_the_answer_is_found_first(row, chain, answer):
    layout = find_layout([row], chain_required=False)
    assert (layout.chain, layout.answer) == (chain, answer)
    assert layout_from_json(layout.to_json()) == layout
    parts = read_parts(row, layout, chain_required=False)
    assert (parts.answer, bool(parts.chain)) == (row.get(answer), bool(chain))


def test_a_row_without_a_chain_is_rejected_where_one_is_required():
    row = {"question": "q", "answer": "5", "solution": ""}
    layout = Layout(question=("question",), chain=("solution",), answer="answer")
    assert read_parts(row, layout).reason is RejectReason.EMPTY_FIELD
    assert read_parts(row, layout, chain_required=False).chain == ""
    del row["solution"]
    assert read_parts(row, layout).reason is RejectReason.MISSING_FIELD
    assert read_parts(row, layout, chain_required=False).answer == "5"


def test_a_conversation_may_end_with_the_question():
    row = {"messages": [{"role": "user", "content": "q"}], "answer": "5"}
    layout = find_layout([row], chain_required=False)
    parts = read_parts(row, layout, chain_required=False)
    assert (parts.question, parts.chain, parts.answer) == ("q", "", "5")
    assert read_parts(row, layout).reason is RejectReason.MISSING_FIELD


@pytest.mark.parametrize("chain", ["N/A.", "$$N.A.$$", "omitted", "Nil", "略", "（略）", "暂无"])
def test_a_chain_that_says_there_is_none_is_empty(chain):
    row = {"question": "q", "answer": "5", "solution": chain}
    layout = Layout(question=("question",), chain=("solution",), answer="answer")
    fault = read_parts(row, layout)
    assert fault.reason is RejectReason.EMPTY_FIELD
    assert repr(chain) in fault.detail
    assert read_parts(row, layout, chain_required=False).chain == ""


@pytest.mark.parametrize("chain", ["B", "7", "None of them is even, so 0."])
def test_a_chain_that_states_only_an_answer_is_kept(chain):
    layout = Layout(question=("question",), chain=("solution",))
    assert read_parts({"question": "q", "solution": chain}, layout).chain == chain
