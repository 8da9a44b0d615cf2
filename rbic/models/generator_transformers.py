"""The engine transformers: batches in this process, where vLLM is not to be had."""

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
import torch
import transformers
from numpy.typing import NDArray

from rbic.models.adapters import find_adapter, load_merged
from rbic.models.chat import end_of_turn, named_ends
from rbic.models.decoding import Decoder, DecodeRule, DecodeWatch, decodes
from rbic.models.generator import (
    Finish,
    GeneratorConfig,
    Reply,
    Watch,
    check_template,
    mean_log_probability,
    prompt_ids,
)
from rbic.models.sampling import choose, log_probabilities
from rbic.sample.names import located

_MARGIN_TOKENS = 8
"""Tokens before a word that ends a reply, read with it."""

_Written = tuple[list[int], float | None]
"""A reply's tokens, and the sum of their log-probabilities where it is wanted."""


class TransformersGenerator:
    """Generates in batches of prompts of like length."""

    def __init__(self, config: GeneratorConfig, watch: Watch) -> None:
        """Load model and tokenizer, onto the GPU if there is one.

        Args:
            config: which model, and how it is asked.
            watch: told how far it is.

        Raises:
            ValueError: the chat template refuses the prompt.
        """
        folder, revision = located(str(config.model)), config.revision
        adapter = find_adapter(folder)
        if adapter is not None:
            model = load_merged(adapter, config.dtype)
            folder, revision = adapter.tokenizer
        else:
            model = transformers.AutoModelForCausalLM.from_pretrained(
                folder, revision=revision, dtype=config.dtype
            )
        model = model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, revision=revision)
        self._take(model, tokenizer, config, watch)

    @classmethod
    def from_loaded(cls, model: Any, tokenizer: Any, config: GeneratorConfig) -> Self:
        """A generator over a model that the caller holds, where it is and in its own arithmetic.

        Neither is changed: a model in training is one again when `generate` returns.

        Args:
            model: a causal language model of transformers, or one that peft wraps.
            tokenizer: its tokenizer.
            config: how it is asked; what names or loads a model does not count.

        Raises:
            ValueError: neither the settings nor the model say how long it may read, or the chat
                template refuses the prompt.
        """
        made = cls.__new__(cls)
        made._take(model, tokenizer, config, Watch())
        return made

    def _take(self, model: Any, tokenizer: Any, config: GeneratorConfig, watch: Watch) -> None:
        check_template(tokenizer, config)
        self.name = f"transformers {transformers.__version__}"
        self._config = config
        self._watch = watch
        self._model = model
        self._tokenizer = tokenizer
        # Models that also see name a limit only for the part that reads text.
        text = model.config.get_text_config()
        longest = config.max_model_tokens or getattr(text, "max_position_embeddings", None)
        if longest is None:
            raise ValueError("generator.max_model_tokens is needed: the model names no limit")
        # Padding is masked, so any token will do; base models often name none.
        names = (tokenizer.pad_token_id, tokenizer.eos_token_id, 0)
        self._rule = DecodeRule(
            temperature=config.temperature,
            top_p=config.top_p,
            max_new_tokens=config.max_tokens,
            max_tokens=int(longest),
            batch_rows=config.batch_replies,
            ends=_ends(model, tokenizer),
            padding=next(int(token) for token in names if token is not None),
            log_probabilities=config.log_probabilities,
            stopped=_stopped_by(tokenizer, config.stop),
        )

    def generate(self, questions: Sequence[str], seed_QA: NDArray[np.int64]) -> list[list[Reply]]:
        """Replies to each question; an over-long prompt is answered with an empty one."""
        prompts = prompt_ids(self._tokenizer, self._config, questions)
        attempts = seed_QA.shape[1]
        replies = [[Reply("", Finish.PROMPT_TOO_LONG, 0, len(ids))] * attempts for ids in prompts]
        fitting = [q for q, ids in enumerate(prompts) if len(ids) < self._rule.max_tokens]
        fitting.sort(key=lambda q: (len(prompts[q]), q))
        # The likeliest reply is the same each time.
        written = attempts if self._config.temperature > 0 else 1

        def ended(place: int, rows: list[_Written]) -> None:
            q = fitting[place]
            own = [self._reply(*row, len(prompts[q])) for row in rows]
            replies[q] = own * (attempts // written)
            self._watch.done(q, replies[q])

        rows = [prompts[q] for q in fitting for _ in range(written)]
        watch = _Questions(self._watch, fitting, written, ended)
        self._write(rows, seed_QA[fitting, :written].ravel(), watch)
        return replies

    def _write(self, rows: list[list[int]], seed_R: NDArray[np.int64], watch: "_Questions") -> None:
        """Write each row's reply, with the token that ends it."""
        training = self._model.training
        self._model.eval()
        try:
            if decodes(self._model):
                Decoder(self._model, rows, seed_R, self._rule, watch).run()
                return
            batch = self._rule.batch_rows
            for start in range(0, len(rows), batch):
                of_batch = rows[start : start + batch]
                watch.begun(range(start, start + len(of_batch)))
                replies = self._generate(of_batch, seed_R[start:][:batch], watch)
                for row, (ids, log_probability) in enumerate(replies, start):
                    watch.ended(row, ids, log_probability)
        finally:
            self._model.train(training)

    def _generate(
        self, rows: list[list[int]], seed_R: NDArray[np.int64], watch: DecodeWatch
    ) -> list[_Written]:
        """One batch by the library's own loop, for models that keep more than keys and values."""
        rule = self._rule
        width = max(map(len, rows))
        ids = [[rule.padding] * (width - len(row)) + row for row in rows]
        there = [[0] * (width - len(row)) + [1] * len(row) for row in rows]
        room = max(min(rule.max_new_tokens, rule.max_tokens - len(row)) for row in rows)
        # Its own settings only: no penalties of the checkpoint's, as the other engines.
        settings = transformers.GenerationConfig(
            max_new_tokens=room,
            do_sample=False,
            eos_token_id=sorted(rule.ends) or None,
            pad_token_id=rule.padding,
        )
        chosen = _Chosen(seed_R, rule, watch.beat)
        with torch.inference_mode():
            output = self._model.generate(
                input_ids=torch.tensor(ids, device=self._model.device),
                attention_mask=torch.tensor(there, device=self._model.device),
                generation_config=settings,
                logits_processor=transformers.LogitsProcessorList([chosen]),
                stopping_criteria=transformers.StoppingCriteriaList([_Stopped(width, rule)]),
            )
        replies = [
            self._to_end(reply, len(row))
            for reply, row in zip(output[:, width:].tolist(), rows, strict=True)
        ]
        if not rule.log_probabilities:
            return [(ids, None) for ids in replies]
        sum_TR = np.cumsum(chosen.log_probability_TR, axis=0)
        return [(ids, float(sum_TR[len(ids) - 1, row])) for row, ids in enumerate(replies)]

    def _to_end(self, ids: list[int], prompt_tokens: int) -> list[int]:
        """A padded reply up to its end, and no longer than its prompt leaves room for."""
        rule = self._rule
        ids = ids[: min(rule.max_new_tokens, rule.max_tokens - prompt_tokens)]
        for i, token in enumerate(ids, 1):
            if token in rule.ends or (self._config.stop and rule.stopped(ids[:i])):
                return ids[:i]
        return ids

    def _reply(self, ids: list[int], log_probability: float | None, prompt_tokens: int) -> Reply:
        ended = bool(ids) and ids[-1] in self._rule.ends
        text = self._tokenizer.decode(ids[:-1] if ended else ids, skip_special_tokens=True)
        at = min((at for word in self._config.stop if (at := text.find(word)) >= 0), default=None)
        finish = Finish.STOP if ended or at is not None else Finish.LENGTH
        mean = None if log_probability is None else mean_log_probability(log_probability, len(ids))
        return Reply(text[:at], finish, len(ids), prompt_tokens, mean)


class _Questions(DecodeWatch):
    """Tells of questions what is heard of the replies to them, which follow one another."""

    def __init__(
        self,
        watch: Watch,
        questions: Sequence[int],
        attempts: int,
        ended: Callable[[int, list[_Written]], None],
    ) -> None:
        """Take who is told.

        Args:
            watch: hears of tokens, and which questions are begun.
            questions: the number of each question.
            attempts: replies to each.
            ended: called with a question's place and its replies when all are there.
        """
        self._watch = watch
        self._questions = questions
        self._attempts = attempts
        self._ended = ended
        self._written: dict[int, dict[int, _Written]] = {}

    def beat(self) -> None:
        self._watch.beat()

    def begun(self, replies: Sequence[int]) -> None:
        places = {reply // self._attempts for reply in replies}
        self._watch.begun(sorted(self._questions[place] for place in places))

    def ended(self, reply: int, ids: list[int], log_probability: float | None) -> None:
        place, attempt = divmod(reply, self._attempts)
        own = self._written.setdefault(place, {})
        own[attempt] = (ids, log_probability)
        if len(own) == self._attempts:
            self._ended(place, [own[attempt] for attempt in range(self._attempts)])
            del self._written[place]


class _Stopped(transformers.StoppingCriteria):
    """Rows whose reply holds a word that ends it."""

    def __init__(self, width: int, rule: DecodeRule) -> None:
        self._width = width
        self._rule = rule

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        ended = [self._rule.stopped(ids) for ids in input_ids[:, self._width :].tolist()]
        return torch.tensor(ended, device=input_ids.device)


class _Chosen(transformers.LogitsProcessor):
    """Our choice as a logits processor: scores that leave one token."""

    def __init__(
        self, seed_R: NDArray[np.int64], rule: DecodeRule, beat: Callable[[], None]
    ) -> None:
        self._beat = beat
        self._seed_R = seed_R
        self._rule = rule
        self._step = 0
        self.log_probability_TR: list[NDArray[np.float64]] = []
        """Of the token that each row got at each step."""

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        self._beat()
        step_R = np.full(len(self._seed_R), self._step)
        self._step += 1
        token_R = choose(scores, self._seed_R, step_R, self._rule.temperature, self._rule.top_p)
        if self._rule.log_probabilities:
            self.log_probability_TR.append(log_probabilities(scores, token_R))
        left = torch.full_like(scores, -torch.inf)
        return left.scatter(1, token_R[:, None], 0.0)


def _ends(model: Any, tokenizer: Any) -> frozenset[int]:
    """The tokens that end a reply: those that the model names, and its template's."""
    end = end_of_turn(tokenizer)
    return frozenset([*named_ends(model), *([] if end is None else [end])])


def _stopped_by(tokenizer: Any, words: Sequence[str]) -> Callable[[Sequence[int]], bool]:
    """Whether a reply's tokens end with one of some words, and perhaps a little more."""
    if not words:
        return lambda ids: False
    # A token is a byte at least; what the first of them is a part of may read wrong.
    tail = max(len(word.encode()) for word in words) + _MARGIN_TOKENS

    def stopped(ids: Sequence[int]) -> bool:
        text = tokenizer.decode(ids[-tail:], skip_special_tokens=True)
        return any(word in text for word in words)

    return stopped
