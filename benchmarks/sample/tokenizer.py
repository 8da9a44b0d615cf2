"""The tokenizer of the sample language model: byte-level BPE over the generator's own text.

Digits stay single, a leading space with them, so that a number of d digits is d tokens. Every byte
is in the vocabulary, so that any text can be encoded.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from benchmarks.sample.chains import Style
from benchmarks.sample.compose import ProblemMix, rng_for
from benchmarks.sample.faults import Fault
from benchmarks.sample.problems import draw_problem, plain_reply, write_chain
from benchmarks.sample.program import Notation

PAD = "<|pad|>"
USER = "<|user|>"
ASSISTANT = "<|assistant|>"
END = "<|end|>"

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}"
    f"{{{{ '{ASSISTANT}' + message['content'] + '{END}' }}}}"
    "{% else %}"
    f"{{{{ '{USER}' + message['content'] }}}}"
    "{% endif %}"
    "{% endfor %}"
    f"{{% if add_generation_prompt %}}{{{{ '{ASSISTANT}' }}}}{{% endif %}}"
)
"""No BOS: what the template renders, encoded without special tokens, is what the model saw."""


def train_tokenizer(vocabulary: int, problems: int, seed: int) -> Tokenizer:
    """Train the tokenizer on questions, plain replies and a few chains in the other styles."""
    return train_on(_texts(problems, seed), vocabulary)


def train_on(texts: Iterable[str], vocabulary: int) -> Tokenizer:
    """Byte-level BPE with single digits over any texts."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r" ?\d"), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[PAD, USER, ASSISTANT, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def _texts(problems: int, seed: int) -> Iterator[str]:
    mix = ProblemMix(zipf_exponent=0.3, chinese_share=0.4)
    for index in range(problems):
        problem = draw_problem(mix, seed, index)
        yield problem.question
        yield plain_reply(problem)
        if index % 8 == 0:
            rng = rng_for(seed, problems + index)
            chain = write_chain(problem, Style.PROSE, Notation.ASCII, Fault.RAMBLING, rng)
            assert chain is not None  # any chain can ramble
            yield chain.text


def save_tokenizer(tokenizer: Tokenizer, folder: Path, max_length: int) -> None:
    """Write the tokenizer as Hugging Face files, with its chat template inside the config."""
    fast_tokenizer: Any = PreTrainedTokenizerFast  # its constructor is untyped
    fast = fast_tokenizer(
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=PAD,
        model_max_length=max_length,
        clean_up_tokenization_spaces=False,
    )
    fast.chat_template = CHAT_TEMPLATE
    fast.save_pretrained(folder, save_jinja_files=False)
