"""Samples as token ids: question and reply in the chat template, and where the reply begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_OPENINGS = ("<think>",)
"""What the templates of reasoning models write before a reply begins."""
_MARK = "Reply"
"""Stands for a reply, where what a template writes behind one is looked for."""
_BATCH = 256
"""Samples that are encoded together."""


@dataclass(frozen=True)
class EncodedSample:
    """One sample as it is trained on."""

    ids: list[int]
    reply_start: int
    """Index of the first token of the reply; loss is taken from there on."""


def encode_samples(
    tokenizer: Any, questions: Sequence[str], replies: Sequence[str], system: str | None = None
) -> list[EncodedSample]:
    """Render samples in the tokenizer's chat template and encode them.

    The prompt's tokens are those that a generator is given (rbic.models.generator.prompt_ids) which
    asks the question alone, so that the model is trained on what it will see. A template that
    rewrites old replies, as those of reasoning models do which leave out what was thought, is used
    for the prompt alone; the reply follows as it is. Every sample ends with `end_of_turn`.

    Args:
        tokenizer: a Hugging Face tokenizer; without a template, turns are joined by a line end.
        questions: the user's turns.
        replies: the assistant's turns, as many.
        system: the system's turn, for all.
    """
    pairs = list(zip(questions, replies, strict=True))
    found: list[EncodedSample] = []
    for start in range(0, len(pairs), _BATCH):
        found += _encoded(tokenizer, pairs[start : start + _BATCH], system)
    return found


def _encoded(
    tokenizer: Any, pairs: Sequence[tuple[str, str]], system: str | None
) -> list[EncodedSample]:
    """The same for some of them: a tokenizer's output takes a hundred bytes and more a token."""
    end = end_of_turn(tokenizer)
    ending = _as_text(tokenizer, end)
    texts = [_texts(tokenizer, question, reply, system, ending) for question, reply in pairs]
    prompts, wholes = zip(*texts, strict=True)
    # The template writes the special tokens; without one, the tokenizer adds its own to the front.
    special = tokenizer.chat_template is None
    prompt_ids = tokenizer(list(prompts), add_special_tokens=special)["input_ids"]
    whole_ids = tokenizer(list(wholes), add_special_tokens=False)["input_ids"]
    if special:
        # One text stands for all: what is put before a text does not depend on it.
        front = _front(tokenizer, prompt_ids[0], prompts[0])
        whole_ids = [front + ids for ids in whole_ids]
    return [
        _ended(EncodedSample(whole, _shared(prompt, whole)), end)
        for prompt, whole in zip(prompt_ids, whole_ids, strict=True)
    ]


def sample_texts(
    tokenizer: Any, question: str, reply: str, system: str | None = None
) -> tuple[str, str]:
    """Prompt and reply, with the end of its turn, as the text that `encode_samples` encodes."""
    ending = _as_text(tokenizer, end_of_turn(tokenizer))
    prompt, whole = _texts(tokenizer, question, reply, system, ending)
    written, mark, _ = whole[len(prompt) :].rpartition(ending) if ending else ("", "", "")
    return prompt, written + mark if mark else f"{whole[len(prompt) :]}{ending}"


def keeps_reply(tokenizer: Any, question: str, reply: str) -> bool:
    """Whether a chat template writes a reply whole: that of a reasoning model may not."""
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": reply}]
    return reply.strip() in tokenizer.apply_chat_template(turns, tokenize=False)


def end_of_turn(tokenizer: Any) -> int | None:
    """The token that ends a reply; None where the tokenizer has none.

    It is the first special token that the chat template writes behind a reply. A base model's
    template may end turns otherwise than its texts end (Qwen2.5: `<|im_end|>`, and `<|endoftext|>`
    as eos_token), and who waits for the latter never sees a reply end. Where the template writes
    none, or there is no template, it is the eos_token.
    """
    end: int | None = tokenizer.eos_token_id
    if tokenizer.chat_template is None:
        return end
    turns = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": _MARK}]
    behind = tokenizer.apply_chat_template(turns, tokenize=False).rpartition(_MARK)[2]
    added = tokenizer.added_tokens_decoder.items()
    special = {*tokenizer.all_special_ids, *(i for i, token in added if token.special)}
    ids = tokenizer(behind, add_special_tokens=False)["input_ids"]
    return next((i for i in ids if i in special), end)


def _as_text(tokenizer: Any, end: int | None) -> str:
    """A special token as it is written; empty for None."""
    return "" if end is None else str(tokenizer.convert_ids_to_tokens(end))


def named_ends(model: Any) -> list[int]:
    """The tokens at which a model's own generation settings end a reply."""
    named = model.generation_config.eos_token_id
    return list(named) if isinstance(named, list) else [] if named is None else [named]


def special_front(tokenizer: Any) -> str:
    """The special tokens that a tokenizer puts before a text, as text; empty if there are none."""
    text = "a"
    front: str = tokenizer.decode(_front(tokenizer, tokenizer(text)["input_ids"], text))
    return front


def _texts(
    tokenizer: Any, question: str, reply: str, system: str | None, end: str
) -> tuple[str, str]:
    """The prompt, and prompt and reply, as text."""
    if tokenizer.chat_template is None:
        return f"{question}\n", f"{question}\n{reply}{end}"
    turns = [{"role": "system", "content": system}] if system else []
    turns.append({"role": "user", "content": question})
    prompt = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    turns.append({"role": "assistant", "content": reply})
    whole = tokenizer.apply_chat_template(turns, tokenize=False)
    if whole.startswith(prompt) and reply.strip() in whole[len(prompt) :]:
        return prompt, whole
    for opening in _OPENINGS:
        if prompt.rstrip().endswith(opening) and reply.lstrip().startswith(opening):
            reply = reply.lstrip().removeprefix(opening).lstrip("\n")
    return prompt, f"{prompt}{reply}{end}"


def _front(tokenizer: Any, prompt_ids: Sequence[int], prompt: str) -> list[int]:
    """The special tokens that a tokenizer puts before a text."""
    bare = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    first = len(prompt_ids) - len(bare)
    return list(prompt_ids[:first]) if first > 0 and list(prompt_ids[first:]) == bare else []


def _shared(prompt: Sequence[int], whole: Sequence[int]) -> int:
    """How many tokens the prompt and the whole begin with alike.

    Where a token spans the border of prompt and reply, it belongs to the reply.
    """
    for i, (one, other) in enumerate(zip(prompt, whole, strict=False)):
        if one != other:
            return i
    return min(len(prompt), len(whole))


def _ended(sample: EncodedSample, end: int | None) -> EncodedSample:
    """The sample up to the reply's end, which is put there where it has none."""
    if end is None:
        return sample
    for i in range(len(sample.ids) - 1, sample.reply_start - 1, -1):
        if sample.ids[i] == end:
            return EncodedSample(sample.ids[: i + 1], sample.reply_start)
    return EncodedSample([*sample.ids, end], sample.reply_start)
