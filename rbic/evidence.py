"""What is known of the pass rates of all distinct samples, gathered from the rounds of attempts.

The steps that plan further attempts and the one that estimates in the end read the same tables and
learn the same prior from them.
"""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rbic.core.pass_rates import group_rate, neighbour_rate
from rbic.core.problems import representatives
from rbic.core.question_facts import question_facts
from rbic.core.rate_prior import Evidence, Prior, fit_prior
from rbic.core.suspects import WORD_COLUMNS, agreed_answer, words
from rbic.distinct import by_id, distinct_samples, flat_lists, rows_of
from rbic.models.generator import NEVER_WRITTEN
from rbic.outputs import Inputs
from rbic.schema import VERDICTS, Verdict

READS = ("ingest", "duplicates", "neighbours", "domains", "chains")
"""The steps that `gather` and `learn_prior` read besides the rounds."""

MOST_ROUNDS = 9
"""Rounds of attempts; their numbers have one digit, so that names sort as numbers do."""

_NEVER_REACHED = 0.05
"""A given pass rate below this counts as one of 0."""

_COSINE_POWER = 4
_SHAPE_COLUMNS = ("steps", "live_steps", "depth", "operations")
_TEXT_COLUMNS = [
    "problem_id", "question", "answer", "given_pass_rate", "question_tokens", "chain_tokens",
    "language",
]  # fmt: skip


@dataclass(frozen=True)
class Known:
    """What the attempts and the corpus tell of the distinct samples, in order of id."""

    id_N: NDArray[np.int64]
    problem_N: NDArray[np.int64]
    """Number of each sample's problem; samples of one problem share its attempts."""
    counted: Evidence
    """Attempts with a verdict of right or wrong."""
    given_N: NDArray[np.float64]
    """Pass rate that the corpus brings, nan for none."""
    word_N: NDArray[np.int64]
    """What the chains of its problem say of the reference, a `Word` of rbic.core.suspects."""
    contradicted_N: NDArray[np.bool_]
    """Whether the chain concludes otherwise than the reference."""
    agreed_N: NDArray[np.object_]
    """What the attempts agree on against the reference, None for nothing."""
    feature_NF: NDArray[np.float64]
    """What question, answer and chain tell; the last column says whether the text is Chinese."""

    @property
    def suspect_N(self) -> NDArray[np.bool_]:
        """Whether the reference is probably wrong: nobody reached it, and something speaks up.

        A reference that nobody was asked for is not out of reach. A given rate, which counts as
        more attempts than ours, has the word where there is one.
        """
        agreed_N = np.array([one is not None for one in self.agreed_N], dtype=bool)
        tried_N = (self.counted.attempts_N > 0) & (self.counted.right_N == 0)
        missed_N = np.where(np.isnan(self.given_N), tried_N, self.given_N < _NEVER_REACHED)
        return np.asarray(agreed_N | (self.contradicted_N & missed_N))

    def evidence(self, given_attempts: int) -> Evidence:
        """What counts as attempts: ours but at suspect references, and given rates as so many."""
        worth_N = np.where(np.isnan(self.given_N), 0.0, given_attempts)
        counts_N = ~self.suspect_N
        return Evidence(
            worth_N + counts_N * self.counted.attempts_N,
            worth_N * np.nan_to_num(self.given_N) + counts_N * self.counted.right_N,
        )


def rounds_read(rounds: int, *names: str) -> tuple[str, ...]:
    """The steps of several names in the first so many rounds."""
    return tuple(round_step(name, one) for one in range(1, rounds + 1) for name in names)


def round_step(name: str, number: int) -> str:
    """The name of a step in a round of attempts, from 1: attempts, attempts-2, attempts-3."""
    return name if number == 1 else f"{name}-{number}"


def read_rounds(inputs: Inputs, name: str, columns: list[str]) -> pa.Table:
    """A table of all rounds that a step reads, the first round first."""
    steps = [step for step in inputs if step == name or step.startswith(f"{name}-")]
    return pa.concat_tables([inputs[step].read(name, columns) for step in sorted(steps)])


def decided(inputs: Inputs) -> pa.Table:
    """The verdicts of right or wrong of all rounds."""
    verdicts = read_rounds(inputs, "verdicts", VERDICTS.names)
    return verdicts.filter(pc.not_equal(verdicts["verdict"], Verdict.UNDECIDABLE))


def gather(inputs: Inputs, verdicts: pa.Table) -> Known:
    """Read what is known of every distinct sample.

    Args:
        inputs: outputs of READS.
        verdicts: what `decided` gives of the rounds.
    """
    samples = distinct_samples(inputs["ingest"], inputs["duplicates"], _TEXT_COLUMNS)
    id_N = samples["sample_id"].to_numpy()
    _, problem_N = np.unique(samples["problem_id"].to_numpy(), return_inverse=True)
    columns = ["sample_id", *_SHAPE_COLUMNS, *WORD_COLUMNS]
    chains = by_id(inputs["chains"].read("chains", columns), id_N, "difficulty")
    said = {name: chains[name].to_numpy(zero_copy_only=False) for name in WORD_COLUMNS}
    word_P = np.zeros(int(problem_N.max(initial=-1)) + 1, dtype=np.int64)
    np.maximum.at(word_P, problem_N, words(said))
    nothing_N = np.zeros(len(id_N))
    silent = Known(
        id_N=id_N,
        problem_N=problem_N.astype(np.int64),
        counted=Evidence(nothing_N, nothing_N),
        given_N=samples["given_pass_rate"].to_numpy(zero_copy_only=False).astype(np.float64),
        word_N=word_P[problem_N],
        contradicted_N=said["contradicted"],
        agreed_N=np.full(len(id_N), None, dtype=object),
        feature_NF=_features(samples, chains),
    )
    return _heard(silent, verdicts)


def _heard(known: Known, verdicts: pa.Table) -> Known:
    """The same samples with these verdicts in the place of others."""
    problem_N = known.problem_N
    problem_M = problem_N[rows_of(known.id_N, verdicts["sample_id"].to_numpy())]
    counted_P = _count(problem_M, verdicts, int(problem_N.max(initial=-1)) + 1)
    word_P = np.zeros(len(counted_P.right_N), dtype=np.int64)
    word_P[problem_N] = known.word_N
    return replace(
        known,
        counted=counted_P.take(problem_N),
        agreed_N=_agreed(problem_M, verdicts["final_answer"], counted_P, word_P)[problem_N],
    )


@dataclass(frozen=True)
class HeldOut:
    """The last attempt at each problem that had two or more, and what is known without them."""

    known: Known
    row_M: NDArray[np.int64]
    """The row of `known` that stands for each attempt's problem, the first of its samples."""
    right_M: NDArray[np.bool_]
    """Whether the attempt was right."""


def hold_out(known: Known, verdicts: pa.Table) -> HeldOut:
    """Take the last attempt from each problem that had two or more.

    Which references are suspect is found anew without it: a right answer would clear one. So is
    what is left out for that, since of those problems no attempt counts.
    """
    problem_M = known.problem_N[rows_of(known.id_N, verdicts["sample_id"].to_numpy())]
    order = np.lexsort((verdicts["attempt"].to_numpy(), problem_M))
    ends = np.diff(problem_M[order], append=-1) != 0
    several = np.bincount(problem_M, minlength=1)[problem_M[order]] > 1
    last = np.sort(order[ends & several])
    kept_M = np.ones(len(problem_M), dtype=bool)
    kept_M[last] = False
    before = _heard(known, verdicts.filter(pa.array(kept_M)))
    first_P = np.unique(known.problem_N, return_index=True)[1]
    row_M = first_P[problem_M[last]].astype(np.int64)
    right_M = pc.equal(verdicts["verdict"], Verdict.RIGHT).to_numpy()[last]
    trusted_M = ~before.suspect_N[row_M]
    return HeldOut(before, row_M[trusted_M], right_M[trusted_M])


def _count(problem_M: NDArray[np.int64], verdicts: pa.Table, problems: int) -> Evidence:
    """Attempts and right ones of each problem."""
    right_M = pc.equal(verdicts["verdict"], Verdict.RIGHT).to_numpy().astype(np.float64)
    return Evidence(
        np.bincount(problem_M, minlength=problems).astype(np.float64),
        np.bincount(problem_M, right_M, problems).astype(np.float64),
    )


def _agreed(
    problem_M: NDArray[np.int64],
    answers: pa.ChunkedArray,
    counted_P: Evidence,
    word_P: NDArray[np.int64],
) -> NDArray[np.object_]:
    """What the attempts at each problem agree on against its reference."""
    agreed_P = np.full(len(counted_P.right_N), None, dtype=object)
    rows = np.flatnonzero((counted_P.right_N == 0)[problem_M])
    rows = rows[np.argsort(problem_M[rows], kind="stable")]
    texts = answers.take(pa.array(rows)).to_pylist()
    problem_R, start_R = np.unique(problem_M[rows], return_index=True)
    for problem, own in zip(problem_R, np.split(np.arange(len(rows)), start_R[1:]), strict=False):
        agreed_P[problem] = agreed_answer([texts[row] for row in own], 0, word_P[problem])
    return agreed_P


def _features(samples: pa.Table, chains: pa.Table) -> NDArray[np.float64]:
    """What the text tells: lengths, steps, kind of answer, language. Shape (N, F)."""
    texts = [samples[name].to_numpy() for name in ("question_tokens", "chain_tokens")]
    structure = [chains[name].to_numpy() for name in _SHAPE_COLUMNS]
    chinese_N = pc.equal(samples["language"], "zh").to_numpy().astype(np.float64)
    words_NF = question_facts(samples["question"].to_pylist(), samples["answer"].to_pylist())
    lengths = [np.log1p(column) for column in texts + structure]
    return np.column_stack([words_NF, *lengths, chinese_N])


def learn_prior(inputs: Inputs, known: Known, evidence: Evidence) -> Prior:
    """Fit the prior to text, neighbours and domains, each problem's attempts counted once."""
    graph = by_id(inputs["neighbours"].read("neighbours"), known.id_N, "difficulty")
    k = graph["neighbour_id"].type.list_size
    neighbour_NK = rows_of(known.id_N, flat_lists(graph["neighbour_id"])).reshape(-1, k)
    weight_NK = np.maximum(flat_lists(graph["cosine"]).reshape(-1, k), 0.0).astype(np.float64)
    domains = by_id(inputs["domains"].read("domains"), known.id_N, "difficulty")
    around_N = neighbour_rate(evidence, neighbour_NK, weight_NK**_COSINE_POWER, known.problem_N)
    label_N = domains["domain_id"].to_numpy().astype(np.int64)
    domain_N = group_rate(evidence, label_N, known.problem_N)
    once_N = np.zeros(len(known.id_N))
    once_N[representatives(known.problem_N)] = 1.0
    fitted = Evidence(once_N * evidence.attempts_N, once_N * evidence.right_N)
    return fit_prior(fitted, np.column_stack([known.feature_NF, around_N, domain_N]))


def written(attempts: pa.Table) -> pa.Table:
    """Those attempts that a model wrote; the others have no tokens, and cost nothing to repeat."""
    never = pa.array(sorted(str(finish) for finish in NEVER_WRITTEN))
    return attempts.filter(pc.invert(pc.is_in(attempts["finish"], never)))


def reply_costs(id_N: NDArray[np.int64], attempts: pa.Table) -> NDArray[np.float64]:
    """Expected tokens of a further reply to each sample's question, at least 1.

    A problem's own replies are pulled to the mean of all as by two replies.

    Args:
        id_N: the samples, in order of id.
        attempts: the columns sample_id, finish and reply_tokens of all attempts at them.
    """
    attempts = written(attempts)
    tokens_M = attempts["reply_tokens"].to_numpy().astype(np.float64)
    place_M = rows_of(id_N, attempts["sample_id"].to_numpy())
    mean = max(1.0, float(tokens_M.mean())) if len(tokens_M) else 1.0
    count_N = np.bincount(place_M, minlength=len(id_N))
    total_N = np.bincount(place_M, tokens_M, len(id_N))
    return np.maximum((total_N + 2 * mean) / (count_N + 2), 1.0)
