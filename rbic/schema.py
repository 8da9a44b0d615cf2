"""The tables that flow between stages: columns, Arrow types, units, ranges.

Every table is keyed by `sample_id`, the low 63 bits of a 64-bit hash of the normalised question,
chain and answer (rbic.core.identity). Ties everywhere are broken by it, the lower id first.

A table on disk is a folder of Parquet files. Vectors and neighbour lists are fixed-size lists, so
that any Arrow reader gets them as one flat buffer.
"""

from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa


class RejectReason(StrEnum):
    """Why an input row could not become a sample."""

    EMPTY_ROW = "empty_row"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    DUPLICATE_KEY = "duplicate_key"
    TOO_DEEP = "too_deep"
    TOO_LARGE = "too_large"
    NULL_CHARACTER = "null_character"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    EMPTY_FIELD = "empty_field"
    UNREADABLE = "unreadable"


class MarkReason(StrEnum):
    """What a stage noticed about a sample; `select` decides what follows from it."""

    EXACT_DUPLICATE = "exact_duplicate"
    NEAR_DUPLICATE = "near_duplicate"


class Verdict(StrEnum):
    """What checking a reply against the reference answer found."""

    RIGHT = "right"
    WRONG = "wrong"
    UNDECIDABLE = "undecidable"


class Basis(StrEnum):
    """What a pass rate rests on, the strongest evidence first."""

    GIVEN = "given"
    SAMPLED = "sampled"
    PROPAGATED = "propagated"
    TEXT = "text"


class LedgerReason(StrEnum):
    """Why a row was kept or dropped. Each row of the ledger carries exactly one."""

    SELECTED = "selected"
    FLOOR = "floor"
    RANDOM_SHARE = "random_share"
    REJECTED = "rejected"
    EXACT_DUPLICATE = "exact_duplicate"
    NEAR_DUPLICATE = "near_duplicate"
    TRUNCATED = "truncated"
    LOOPING = "looping"
    LOW_INTEGRITY = "low_integrity"
    SUSPECT_REFERENCE = "suspect_reference"
    TOO_LONG = "too_long"
    OVER_BUDGET = "over_budget"


KEPT_REASONS = frozenset({LedgerReason.SELECTED, LedgerReason.FLOOR, LedgerReason.RANDOM_SHARE})


@dataclass(frozen=True)
class Column:
    """One column of a table: its Arrow type and what it holds, with unit and range."""

    name: str
    type: pa.DataType
    holds: str
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """A table between stages."""

    name: str
    columns: tuple[Column, ...]

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema that every file of the table has."""
        return pa.schema([pa.field(c.name, c.type, nullable=c.nullable) for c in self.columns])

    @property
    def names(self) -> list[str]:
        """The column names in order."""
        return [column.name for column in self.columns]


def conform(table: pa.Table, schema: pa.Schema, where: str) -> pa.Table:
    """Select the columns of `schema` from `table`, in order, and cast them.

    Args:
        table: what a stage computed or a file held; further columns are left out.
        schema: the declared Arrow schema.
        where: the stage or file, for the message.

    Returns:
        A table whose schema equals `schema`.

    Raises:
        ValueError: a column is missing, has values that do not cast, or has nulls where none are
            allowed; the message names `where`, the column and what was found.
    """
    missing = [name for name in schema.names if name not in table.column_names]
    if missing:
        raise ValueError(f"{where}: missing columns {missing}; got {table.column_names}")
    arrays = []
    for field in schema:
        column = table[field.name]
        if column.type != field.type:
            try:
                column = column.cast(field.type)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
                found = f"column {field.name!r} is {column.type}, expected {field.type}"
                raise ValueError(f"{where}: {found}: {error}") from error
        if column.null_count and not field.nullable:
            raise ValueError(f"{where}: column {field.name!r} has {column.null_count} nulls")
        arrays.append(column)
    return pa.Table.from_arrays(arrays, schema=schema)


def vectors_schema(dimensions: int) -> pa.Schema:
    """The schema of the table `vectors`: unit vectors of `dimensions` float16 components."""
    return pa.schema(
        [
            pa.field("sample_id", pa.int64(), nullable=False),
            pa.field("vector", pa.list_(pa.float16(), dimensions), nullable=False),
        ]
    )


def neighbours_schema(neighbours: int) -> pa.Schema:
    """The schema of the table `neighbours`: for each sample its nearest others, nearest first.

    Where a corpus has fewer other samples than `neighbours`, the rest of a list is id -1 and
    cosine -2. `exact` says that no other sample can be nearer than the last one listed.
    """
    return pa.schema(
        [
            pa.field("sample_id", pa.int64(), nullable=False),
            pa.field("neighbour_id", pa.list_(pa.int64(), neighbours), nullable=False),
            pa.field("cosine", pa.list_(pa.float32(), neighbours), nullable=False),
            pa.field("exact", pa.bool_(), nullable=False),
        ]
    )


_ID = Column("sample_id", pa.int64(), "content id, in [0, 2^63)")
_SOURCE = Column("source", pa.string(), "the input file, relative to the corpus argument's root")
_OF_STEPS = frozenset({"sample_id", "request", "engine", "model"})
"""Columns that tie attempts and verdicts to the run that made them."""
_ROW = Column("row", pa.int64(), "the row's number in its source, from 0")

SOURCES = Table(
    "sources",
    (
        _SOURCE,
        Column("path", pa.string(), "path or URI of the file"),
        Column("format", pa.string(), "jsonl, json or parquet"),
        Column("codec", pa.string(), "gz, zst, or empty"),
        Column("size_bytes", pa.int64(), "size of the whole file"),
        Column("digest", pa.string(), "digest of the whole file's bytes"),
        Column("layout", pa.string(), "which fields hold what, as JSON (rbic.core.layouts)"),
        Column("arrow_schema", pa.string(), "of a Parquet file, as text (rbic.outputs); or empty"),
        Column("start", pa.int64(), "first byte of the stretch, or first row group"),
        Column("stop", pa.int64(), "one past its last byte or row group"),
        Column("first_row", pa.int64(), "number of its first row"),
    ),
)

SAMPLES = Table(
    "samples",
    (
        _ID,
        Column("question_id", pa.int64(), "content id of the normalised question"),
        Column("problem_id", pa.int64(), "content id of the normalised question and answer"),
        _SOURCE,
        _ROW,
        Column("question", pa.large_string(), "the question with the options of a multiple choice"),
        Column("chain", pa.large_string(), "the chain of thought, as the row has it"),
        Column("answer", pa.string(), "the reference answer; null where none was found", True),
        Column("options", pa.list_(pa.string()), "a multiple choice's options, A first", True),
        Column("question_tokens", pa.int32(), "tokens of the question"),
        Column("chain_tokens", pa.int32(), "tokens of the chain and the answer"),
        Column("train_tokens", pa.int32(), "tokens of the sample in the chat template, at least 1"),
        Column("language", pa.string(), "en, zh or other"),
        Column("licence", pa.string(), "the row's licence, where it names one", True),
        Column("given_pass_rate", pa.float32(), "pass rate the corpus brings, in [0, 1]", True),
        Column("extra", pa.large_binary(), "the original row, untouched (rbic.core.rows)"),
    ),
)

REJECTS = Table(
    "rejects",
    (
        _SOURCE,
        _ROW,
        Column("reason", pa.string(), "a RejectReason"),
        Column("detail", pa.string(), "the field, the value found and what was expected"),
        Column("raw", pa.string(), "the row's first 2,000 characters"),
    ),
)

MARKS = Table(
    "marks",
    (
        _ID,
        _SOURCE,
        _ROW,
        Column("stage", pa.string(), "the stage that marked it"),
        Column("reason", pa.string(), "a MarkReason"),
        Column("other_id", pa.int64(), "the sample it repeats"),
        Column("other_source", pa.string(), "that sample's source"),
        Column("other_row", pa.int64(), "that sample's row"),
        Column("score", pa.float32(), "cosine similarity to it, in [-1, 1]; 1 for an exact one"),
    ),
)

TEMPLATES = Table(
    "templates",
    (
        Column("edge", pa.string(), "begin or end: where questions have it"),
        Column("words", pa.string(), "its words, joined by single blanks"),
    ),
)

DOMAINS = Table(
    "domains",
    (
        _ID,
        Column("domain_id", pa.int32(), "from 0, the largest domain first"),
        Column("subdomain_id", pa.int32(), "from 0 within the domain, the largest first"),
        Column("coreness", pa.float32(), "rank of typicality within the domain, in [0, 1]"),
    ),
)

DOMAIN_NAMES = Table(
    "domain_names",
    (
        Column("domain_id", pa.int32(), "the domain"),
        Column("subdomain_id", pa.int32(), "the subdomain; -1 for the whole domain"),
        Column("size", pa.int64(), "samples"),
        Column("tokens", pa.int64(), "training tokens"),
        Column("name", pa.string(), "its keywords, joined"),
        Column("keywords", pa.list_(pa.string()), "by class-based TF-IDF, the strongest first"),
        Column("medoid_ids", pa.list_(pa.int64()), "its most typical samples"),
    ),
)

CHAINS = Table(
    "chains",
    (
        _ID,
        Column("steps", pa.int32(), "steps the chain was cut into"),
        Column("live_steps", pa.int32(), "steps the answer rests on, repeats merged"),
        Column("weighted_steps", pa.float32(), "n of LC: in loose prose less than live_steps"),
        Column("depth", pa.int32(), "steps on the longest path of the live graph"),
        Column("width", pa.int32(), "live steps on the fullest level of depth"),
        Column("joins", pa.int32(), "live steps that use two or more others"),
        Column("reuse", pa.int32(), "live steps that are used more than once"),
        Column("edges", pa.int32(), "dependencies found between steps"),
        Column("operations", pa.int32(), "distinct operations and kinds of inference"),
        Column("operation_entropy", pa.float32(), "of the operations over live steps, in nats"),
        Column("verifications", pa.int32(), "steps that check a live step"),
        Column("corrections", pa.int32(), "steps back that a live step follows"),
        Column("inferences", pa.int32(), "live steps that state what follows from others"),
        Column("equations", pa.int32(), "numeric equations in live steps"),
        Column("operators", pa.int32(), "signs of operations and relations in live steps"),
        Column("terms", pa.int32(), "distinct numbers and symbols in live steps"),
        Column("concepts", pa.int32(), "distinct content words in live steps"),
        Column("premises", pa.int32(), "distinct words (or Chinese pairs) of the question"),
        Column("quantitative", pa.bool_(), "the question is about quantities"),
        Column("asks_how_much", pa.bool_(), "the question asks how much or how many"),
        Column("live_share", pa.float32(), "share of the chain's characters in live steps, [0, 1]"),
        Column("repeated", pa.float32(), "share of steps that repeat an earlier one, [0, 1]"),
        Column("failed_share", pa.float32(), "share of steps in abandoned branches, [0, 1]"),
        Column("leaps", pa.float32(), "share of operands that come from nowhere, [0, 1]"),
        Column("checked", pa.int32(), "equations recomputed"),
        Column("false_equations", pa.int32(), "equations recomputed and found false"),
        Column("contradicted", pa.bool_(), "the chain concludes otherwise than the reference"),
        Column("unreached", pa.bool_(), "the number it states as its answer is reached by no step"),
        Column("assumed", pa.bool_(), "the chain supposes its answer before anything gives it"),
        Column("left_out", pa.float32(), "share of the question's numbers it does not use, [0, 1]"),
        Column("truncated", pa.bool_(), "the chain breaks off before a conclusion"),
        Column("announced", pa.bool_(), "the chain announces an answer and ends with that"),
        Column(
            "open_end",
            pa.bool_(),
            "it ends inside a sentence, without an answer",
        ),
        Column("looping", pa.bool_(), "the chain repeats itself without end"),
        Column(
            "structured", pa.bool_(), "values or symbols show how most live steps hang together"
        ),
        Column("logical_complexity", pa.float32(), "LC of rbic.core.complexity, from 0"),
        Column("integrity", pa.float32(), "R of rbic.core.integrity, in [0, 1]"),
    ),
)

PROBLEMS = Table(
    "problems",
    (
        _ID,
        Column("question", pa.large_string(), "the question to be answered"),
        Column("answer", pa.string(), "the reference answer"),
        Column("options", pa.list_(pa.string()), "a multiple choice's options, A first", True),
        Column("attempts", pa.int32(), "attempts to make in this round, from 0"),
        Column("first_attempt", pa.int32(), "number of the first of them, from 0"),
    ),
)

REPLIES = Table(
    "replies",
    (
        Column("request", pa.int64(), "content id of model, settings, question and seed"),
        Column("seed", pa.int64(), "the sampling seed"),
        Column(
            "reply",
            pa.large_string(),
            "the model's reply, whole; of a failed request the words of server or engine",
        ),
        Column("finish", pa.string(), "stop, length, prompt_too_long or failed"),
        Column("prompt_tokens", pa.int32(), "tokens of the prompt"),
        Column("reply_tokens", pa.int32(), "tokens of the reply"),
        Column(
            "mean_log_probability",
            pa.float64(),
            "mean over the reply's tokens, in nats; with generator.log_probabilities",
            True,
        ),
        Column("engine", pa.string(), "vllm, transformers or http, with its version"),
        Column("model", pa.string(), "name or folder of the model"),
    ),
)

ATTEMPTS = Table("attempts", (_ID, Column("attempt", pa.int32(), "from 0"), *REPLIES.columns))

VERDICTS = Table(
    "verdicts",
    (
        _ID,
        Column("attempt", pa.int32(), "the attempt judged"),
        Column("final_answer", pa.string(), "what the reply gives as its answer", True),
        Column("verdict", pa.string(), "a Verdict"),
        Column("method", pa.string(), "the rule that decided; judge where a model did"),
    ),
)

JUDGEMENTS = Table(
    "judgements",
    (
        _ID,
        Column("final_answer", pa.string(), "the answer that the checker could not decide on"),
        Column("verdict", pa.string(), "what the judge model's reply says of it, a Verdict"),
        *REPLIES.columns,
    ),
)

ANSWERED = Table(
    "answered",
    (
        Column("problem", pa.int64(), "index of the problem among those asked, from 0"),
        *(column for column in ATTEMPTS.columns if column.name not in _OF_STEPS),
        *(column for column in VERDICTS.columns if column.name not in _OF_STEPS | {"attempt"}),
    ),
)

GRADES = Table(
    "grades",
    (
        _SOURCE,
        _ROW,
        Column("sample_id", pa.int64(), "the problem that was asked for this row"),
        Column("language", pa.string(), "en, zh or other"),
        Column("groups", pa.list_(pa.string()), "values of the fields of evaluate.by, in order"),
        Column("replies", pa.int32(), "replies: the next four add up to them"),
        Column("right", pa.int32(), "with the right answer"),
        Column("wrong", pa.int32(), "with a wrong answer"),
        Column("no_answer", pa.int32(), "that state no answer"),
        Column("undecidable", pa.int32(), "not to be judged, or never written: a request failed"),
        Column("cut_off", pa.int32(), "that ran into the limit of length"),
        Column("reply_tokens", pa.int64(), "tokens of all replies"),
    ),
)

ACCURACY = Table(
    "accuracy",
    (
        Column("of", pa.string(), "all, language, or a field of evaluate.by"),
        Column("name", pa.string(), "the field's value; empty for all"),
        Column("problems", pa.int64(), "rows with a reference answer; equal ones count each"),
        Column("replies", pa.int64(), "replies to them"),
        Column("accuracy", pa.float64(), "mean over problems of the share right, in [0, 1]"),
        Column("low", pa.float64(), "lower end of its 95 % interval"),
        Column("high", pa.float64(), "upper end of its 95 % interval"),
        Column("no_answer", pa.float64(), "share of replies that state no answer, in [0, 1]"),
        Column("undecidable", pa.float64(), "share of replies not to be judged, in [0, 1]"),
        Column("cut_off", pa.float64(), "share of replies that ran into the limit, in [0, 1]"),
        Column("reply_tokens", pa.float64(), "mean tokens of a reply"),
    ),
)

DIFFICULTY = Table(
    "difficulty",
    (
        _ID,
        Column("attempts", pa.int32(), "attempts with a verdict of right or wrong"),
        Column("right", pa.int32(), "of these, right"),
        Column("given_rate", pa.float32(), "pass rate that the corpus brings, in [0, 1]", True),
        Column("pass_rate", pa.float32(), "posterior mean, in [0, 1]"),
        Column("low", pa.float32(), "lower end of the shortest 90 % posterior interval"),
        Column("high", pa.float32(), "upper end of the shortest 90 % posterior interval"),
        Column("level", pa.int8(), "0 (nearly always solved) to 4 (nearly never)"),
        Column("level_probability", pa.float32(), "posterior probability of that level, in [0, 1]"),
        Column("basis", pa.string(), "a Basis"),
        Column("suspect", pa.bool_(), "the reference is probably wrong; its attempts do not count"),
        Column("agreed_answer", pa.string(), "what attempts agree on against the reference", True),
    ),
)

CALIBRATION = Table(
    "calibration",
    (
        Column("level", pa.int8(), "level of the predicted pass rate, 0 to 4; those that occur"),
        Column("attempts", pa.int64(), "attempts held out"),
        Column("predicted", pa.float64(), "mean predicted pass rate, in [0, 1]"),
        Column("right", pa.float64(), "share of the attempts that were right, in [0, 1]"),
    ),
)

LIKELIHOODS = Table(
    "likelihoods",
    (
        _ID,
        Column("reply_tokens", pa.int32(), "tokens of the reply; 0 where the sample is too long"),
        Column("conditional_loss", pa.float32(), "mean over them after the question, nats", True),
        Column("unconditional_loss", pa.float32(), "mean over them alone, nats", True),
        Column("surprisal_sum", pa.float64(), "sum over them after the question, nats", True),
        Column("rank_sum", pa.int64(), "sum of min(rank, 100), ranks from 1", True),
    ),
)

CONTRIBUTION = Table(
    "contribution",
    (
        _ID,
        Column("complexity", pa.float32(), "rank of logical complexity in the corpus, in [0, 1]"),
        Column("complexity_residual", pa.float32(), "of LC given length, level, language, domain"),
        Column("contribution", pa.float32(), "integrity x exp(gamma x z), from 0"),
    ),
)

ENCODED = Table(
    "encoded",
    (
        _ID,
        Column("ids", pa.list_(pa.int32()), "question and reply in the chat template, as tokens"),
        Column("reply_start", pa.int32(), "index of the reply's first token"),
    ),
)

TRIALS = Table(
    "trials",
    (
        Column("method", pa.string(), "a method of selection; base, full or a control of full"),
        Column("budget", pa.float64(), "share of the pool's training tokens, in [0, 1]"),
        Column("seed", pa.int64(), "of selection and training"),
        Column("samples", pa.int64(), "samples chosen"),
        Column("pool_tokens", pa.int64(), "their training tokens"),
        Column("train_tokens", pa.int64(), "tokens that passed through training"),
        Column("steps", pa.int64(), "optimiser steps"),
        Column("losses", pa.list_(pa.float32()), "mean loss of each step, in nats"),
    ),
)

TIMINGS = Table(
    "timings",
    (
        Column("method", pa.string(), "as in trials"),
        Column("budget", pa.float64(), "as in trials"),
        Column("seed", pa.int64(), "as in trials"),
        Column("selection_seconds", pa.float64(), "wall clock of choosing"),
        Column("train_seconds", pa.float64(), "wall clock of loading, packing and training"),
        Column("answer_seconds", pa.float64(), "wall clock of answering and checking"),
    ),
)

SCORES = Table(
    "scores",
    (
        Column("method", pa.string(), "as in trials"),
        Column("budget", pa.float64(), "as in trials"),
        Column("seed", pa.int64(), "as in trials"),
        Column("problem", pa.int32(), "number of the held-out problem, from 0"),
        Column("attempt", pa.int32(), "from 0"),
        Column("reply", pa.large_string(), "the reply, whole"),
        Column("final_answer", pa.string(), "what it gives as its answer", True),
        Column("verdict", pa.string(), "a Verdict"),
        Column("reply_tokens", pa.int32(), "tokens of the reply"),
    ),
)

KEPT = Table(
    "kept",
    (
        _ID,
        Column("file", pa.int32(), "index of the file of `samples` that holds it"),
        Column("position", pa.int64(), "its row in that file"),
        Column("train_tokens", pa.int32(), "training tokens"),
    ),
)

PARTS = Table(
    "parts",
    (
        Column("path", pa.string(), "below the output folder"),
        Column("group", pa.string(), "rows of one group share format and fields"),
        Column("format", pa.string(), "jsonl, json or parquet"),
        Column("rows", pa.int64(), "samples"),
        Column("tokens", pa.int64(), "training tokens"),
        Column("size_bytes", pa.int64(), "size of the file"),
        Column("sha256", pa.string(), "digest of the file"),
    ),
)

SUMS = Table(
    "sums",
    (
        Column("of", pa.string(), "reason, reject, level or basis; the last two over kept rows"),
        Column("name", pa.string(), "which reason, reject, level or basis"),
        Column("rows", pa.int64(), "rows of the ledger"),
        Column("tokens", pa.int64(), "their training tokens"),
    ),
)

LEDGER = Table(
    "ledger",
    (
        _SOURCE,
        _ROW,
        Column("sample_id", pa.int64(), "null for a reject", True),
        Column("kept", pa.bool_(), "whether the row is in the refined shard"),
        Column("reason", pa.string(), "a LedgerReason"),
        Column("detail", pa.string(), "the reason in words, with the numbers behind it"),
        Column("rank", pa.int64(), "order of choice, from 0; null when dropped", True),
        Column("other_source", pa.string(), "for a duplicate: the source it repeats", True),
        Column("other_row", pa.int64(), "for a duplicate: the row it repeats", True),
        Column("train_tokens", pa.int32(), "training tokens; 0 for a reject"),
        Column("language", pa.string(), "en, zh or other", True),
        Column("licence", pa.string(), "the row's licence", True),
        Column("domain_id", pa.int32(), "knowledge domain", True),
        Column("subdomain_id", pa.int32(), "subdomain", True),
        Column("coreness", pa.float32(), "in [0, 1]", True),
        Column("attempts", pa.int32(), "attempts with a verdict", True),
        Column("pass_rate", pa.float32(), "in [0, 1]", True),
        Column("level", pa.int8(), "0 to 4", True),
        Column("basis", pa.string(), "a Basis", True),
        Column("suspect", pa.bool_(), "the reference answer is probably wrong", True),
        Column("steps", pa.int32(), "steps of the chain", True),
        Column("live_steps", pa.int32(), "live steps of the chain", True),
        Column("integrity", pa.float32(), "in [0, 1]", True),
        Column("complexity", pa.float32(), "in [0, 1]", True),
        Column("contribution", pa.float32(), "from 0", True),
        Column("gain", pa.float32(), "what keeping it added to the objective", True),
    ),
)
