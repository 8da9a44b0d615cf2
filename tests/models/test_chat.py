"""Samples as token ids: the prompt as a generator is asked, the reply with its end, no more."""

import pytest

pytest.importorskip("transformers", reason="needs the extra cpu or gpu")

from tokenizers.processors import TemplateProcessing
from transformers import AutoTokenizer

from rbic.core.token_estimate import estimate_tokens
from rbic.models.chat import encode_samples, end_of_turn
from rbic.models.generator import GeneratorConfig, prompt_ids
from rbic.models.tokenizer import EstimatedTokens, TokenizerTokens
from rbic.sample.names import located

QUESTIONS = [
    "What is 2 + 2?",
    "小明有3个苹果，又买了4个。他有几个？",
    "Tom has 3 apples.  How many?\n",
]
REPLIES = ["2 + 2 = 4.\nAnswer: 4", "3 + 4 = 7\n答案：7", "  He has 3.\n\n#### 3"]


@pytest.fixture
def tokenizer():
    return AutoTokenizer.from_pretrained(located("sample:model"))


def _parts(tokenizer, *samples):
    return [
        (tokenizer.decode(one.ids[: one.reply_start]), tokenizer.decode(one.ids[one.reply_start :]))
        for one in samples
    ]


def test_a_prompt_is_what_a_generator_is_given_and_the_reply_follows_whole(tokenizer):
    encoded = encode_samples(tokenizer, QUESTIONS, REPLIES)
    for one, question in zip(encoded, QUESTIONS, strict=True):
        assert one.ids[: one.reply_start] == list(
            prompt_ids(tokenizer, GeneratorConfig(), [question])[0]
        )
        assert one.ids[-1] == tokenizer.eos_token_id
        assert one.ids.count(tokenizer.eos_token_id) == 1
    assert _parts(tokenizer, *encoded) == [
        (f"<|user|>{question}<|assistant|>", f"{reply}<|end|>")
        for question, reply in zip(QUESTIONS, REPLIES, strict=True)
    ]


def test_no_samples_give_none(tokenizer):
    assert encode_samples(tokenizer, [], []) == []


def test_a_system_turn_comes_first_where_one_is_asked_for(tokenizer):
    tokenizer.chat_template = (
        "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}"
        "{% if m['role'] == 'assistant' %}<|end|>{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}<assistant>{% endif %}"
    )
    with_system = encode_samples(tokenizer, ["2 + 2?"], ["4"], "Be brief.")
    assert _parts(tokenizer, *with_system) == [
        ("<system>Be brief.<user>2 + 2?<assistant>", "4<|end|>")
    ]
    assert _parts(tokenizer, *encode_samples(tokenizer, ["2 + 2?"], ["4"])) == [
        ("<user>2 + 2?<assistant>", "4<|end|>")
    ]


def test_what_a_template_writes_after_the_end_of_turn_is_left_out(tokenizer):
    tokenizer.chat_template += "{% if not add_generation_prompt %}{{ '\n' }}{% endif %}"
    (one,) = encode_samples(tokenizer, ["2 + 2?"], ["4"])
    assert _parts(tokenizer, one) == [("<|user|>2 + 2?<|assistant|>", "4<|end|>")]


def test_where_a_template_writes_no_end_of_turn_the_end_of_text_is_put_there(tokenizer):
    tokenizer.chat_template = tokenizer.chat_template.replace(" + '<|end|>'", "")
    (one,) = encode_samples(tokenizer, ["2 + 2?"], ["so 4"])
    assert _parts(tokenizer, one) == [("<|user|>2 + 2?<|assistant|>", "so 4<|end|>")]


@pytest.mark.parametrize("forgetful", [False, True])
def test_turns_may_end_otherwise_than_texts(tokenizer, forgetful):
    """As in the base models of Qwen: <|im_end|> in the template, <|endoftext|> as eos_token."""
    if forgetful:
        tokenizer.chat_template = FORGETFUL
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_end|>"]})
    tokenizer.chat_template = tokenizer.chat_template.replace("'<|end|>'", "'<|im_end|>\n'")
    reply = "<think>\n2 + 2 = 4\n</think>\nIt is 4."
    (one,) = encode_samples(tokenizer, ["2 + 2?"], [reply])
    assert _parts(tokenizer, one) == [("<|user|>2 + 2?<|assistant|>", f"{reply}<|im_end|>")]
    assert end_of_turn(tokenizer) == tokenizer.convert_tokens_to_ids("<|im_end|>")


def test_an_empty_reply_ends_once(tokenizer):
    (one,) = encode_samples(tokenizer, ["2 + 2?"], [""])
    assert _parts(tokenizer, one) == [("<|user|>2 + 2?<|assistant|>", "<|end|>")]


# As those of reasoning models: of an old reply only what follows the thinking is kept.
FORGETFUL = (
    "{% for m in messages %}{% if m['role'] == 'assistant' %}"
    "{{ '<|assistant|>' + m['content'].split('</think>')[-1].lstrip() + '<|end|>' }}"
    "{% else %}{{ '<|user|>' + m['content'] }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def test_a_template_that_drops_old_thinking_is_used_for_the_prompt_alone(tokenizer):
    tokenizer.chat_template = FORGETFUL
    reply = "<think>\n2 + 2 = 4\n</think>\nIt is 4."
    (one,) = encode_samples(tokenizer, ["2 + 2?"], [reply])
    assert _parts(tokenizer, one) == [("<|user|>2 + 2?<|assistant|>", f"{reply}<|end|>")]


def test_thinking_that_the_prompt_opens_is_not_opened_twice(tokenizer):
    tokenizer.chat_template = FORGETFUL.replace(
        "{{ '<|assistant|>' }}{% endif %}", "{{ '<|assistant|><think>\n' }}{% endif %}"
    )
    (one,) = encode_samples(tokenizer, ["2 + 2?"], ["<think>\n2 + 2 = 4\n</think>\n4"])
    whole = tokenizer.decode(one.ids)
    assert whole == "<|user|>2 + 2?<|assistant|><think>\n2 + 2 = 4\n</think>\n4<|end|>"
    asked = list(prompt_ids(tokenizer, GeneratorConfig(), ["2 + 2?"])[0])
    # A token may span the border; then it is the reply's.
    assert one.ids[: one.reply_start] == asked[: one.reply_start]
    assert len(asked) - one.reply_start <= 1


def test_without_a_template_a_line_end_parts_question_and_reply(tokenizer):
    tokenizer.chat_template = None
    (one,) = encode_samples(tokenizer, ["2 + 2?"], ["so 4"])
    assert tokenizer.decode(one.ids) == "2 + 2?\nso 4<|end|>"
    assert tokenizer.decode(one.ids[one.reply_start :]).strip() == "so 4<|end|>"


def test_without_a_template_the_special_tokens_of_the_front_are_kept(tokenizer):
    tokenizer.chat_template = None
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="<|pad|> $A", special_tokens=[("<|pad|>", tokenizer.pad_token_id)]
    )
    encoded = encode_samples(tokenizer, ["2 + 2?", "3 + 3?"], ["4", "6"])
    assert [tokenizer.decode(one.ids) for one in encoded] == [
        "<|pad|>2 + 2?\n4<|end|>", "<|pad|>3 + 3?\n6<|end|>",
    ]  # fmt: skip
    asked = prompt_ids(tokenizer, GeneratorConfig(), ["2 + 2?"])[0]
    assert encoded[0].ids[: encoded[0].reply_start] == asked[: encoded[0].reply_start]
    assert encoded[0].reply_start > 1


def test_a_list_of_another_length_is_refused(tokenizer):
    with pytest.raises(ValueError, match="shorter"):
        encode_samples(tokenizer, ["a", "b"], ["c"])


@pytest.mark.parametrize("template", [FORGETFUL, "its own", None])
@pytest.mark.parametrize("system", [None, "Be brief, and think."])
def test_a_sample_counts_what_is_trained_on(tokenizer, template, system):
    if template != "its own":
        tokenizer.chat_template = template
    questions = ["2 + 2?", "Who?"]
    replies = ["<think>\n" + "2 + 2 = 4, I am sure.\n" * 20 + "</think>\nIt is 4.", "I."]
    counts = TokenizerTokens(tokenizer, system).count_train(questions, replies)
    samples = encode_samples(tokenizer, questions, replies, system)
    assert counts == [len(sample.ids) for sample in samples]
    assert counts[0] > len(tokenizer(replies[0], add_special_tokens=False)["input_ids"])


def test_an_estimate_holds_the_system_turn_too():
    system = "Be brief, and think."
    (alone,) = EstimatedTokens().count_train(["2 + 2?"], ["It is 4."])
    (more,) = EstimatedTokens(system).count_train(["2 + 2?"], ["It is 4."])
    assert more - alone == estimate_tokens(system)
