"""A run's tables made up from a seed: consistent with one another, and of any size."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rbic import storage
from rbic.core.layouts import Layout
from rbic.outputs import StepOutput, TableFile
from rbic.schema import (
    CHAINS,
    DIFFICULTY,
    DOMAIN_NAMES,
    KEPT,
    LEDGER,
    MARKS,
    PARTS,
    REJECTS,
    SAMPLES,
    SOURCES,
    Basis,
    LedgerReason,
    Table,
)

NAMES = (
    "discount, price, percent", "train, speed, hour", "鸡兔同笼, 头, 脚", "fraction, pizza, slice",
    "triangle, angle, area", "probability, dice, card", "工程队, 天, 效率", "age, years, older",
    "polynomial, root, degree", "apples, basket, friends", "logic, knight, knave",
    "进价, 售价, 利润", "sequence, term, sum", "interest, bank, year", "congruence, modulo, prime",
    "rope, length, meter", "相遇, 速度, 千米", "photosynthesis, plant, light",
    "matrix, vector, rank", "recipe, cups, flour",
)  # fmt: skip
SHARES = (0.46, 0.24, 0.18, 0.12)
SOURCE_NAMES = (
    "gsm8k/train.jsonl", "math/train.parquet", "tal_scq5k/zh.jsonl", "alpaca_cot/part-000.jsonl.gz",
)  # fmt: skip
REJECTS_MADE = (
    ("not_json", "Expecting ',' delimiter at character 41", '{"question": "How many", "answer" 12'),
    (
        "missing_field",
        "no field `answer`; the row has question, id",
        '{"question": "2+2?", "id": 7}',
    ),
    ("empty_field", "question is empty", '{"question": "", "answer": "#### 3"}'),
    ("wrong_type", "answer is a list, expected text", '{"question": "Why?", "answer": [1, 2]}'),
)


@dataclass(frozen=True)
class FakeRun:
    """What to make up."""

    rows: int = 3000
    domains: int = 20
    reject_share: float = 0.012
    budget: float = 0.16
    basis: str = "measured"
    """measured: most sampled, some given and propagated; text: from text alone."""
    hostile: str = ""
    """Put into every place of text."""
    seed: int = 7
    counts: dict[str, dict[str, int]] = field(default_factory=dict)


def make_tables(run: FakeRun) -> dict[str, pa.Table]:
    """The tables of a run, by `step.table`; fills `run.counts`."""
    rng = np.random.default_rng(run.seed)
    rejected = rng.random(run.rows) < run.reject_share
    source = np.sort(rng.choice(len(SOURCE_NAMES), run.rows, p=SHARES))
    start = np.searchsorted(source, np.arange(len(SOURCE_NAMES)))
    row = np.arange(run.rows) - start[source]
    facts = _facts(run, rng, np.flatnonzero(~rejected))
    facts["source"], facts["row"] = source[~rejected], row[~rejected]
    _copy_duplicates(facts, rng)
    _decide(facts, run, rng)
    names = [run.hostile + name if run.hostile else name for name in SOURCE_NAMES]
    samples = _samples(facts, names, run)
    rejects = _rejects(source[rejected], row[rejected], names, run)
    ledger = _ledger(facts, names, rejects, run)
    distinct = np.sort(np.unique(facts["id"], return_index=True)[1])
    tables = {
        "scan.sources": _sources(names),
        "ingest.samples": samples,
        "ingest.rejects": rejects,
        "near_duplicates.marks": _marks(facts, names),
        "domains.domain_names": _domain_names(facts, distinct, run),
        "chains.chains": _chains(facts, distinct, rng),
        "difficulty.difficulty": _difficulty(facts, distinct),
        "select.ledger": ledger,
        "select.kept": _kept(facts),
        "shard.parts": _parts(facts, run),
    }
    tokens = int(facts["tokens"].sum()) if len(facts["tokens"]) else 0
    run.counts.update(
        select={
            "tokens_in": tokens,
            "budget": int(run.budget * tokens),
            "tokens_out": int(facts["tokens"][facts["kept"]].sum()),
            "value_ratio_thousandths": 981 if facts["kept"].any() else 0,
        },
        domains={"domains": run.domains, "agreement_percent": 87},
        contribution={"gamma_thousandths": 250 if run.basis == "measured" else 0},
    )
    return tables


def write_outputs(folder: Path, tables: dict[str, pa.Table], run: FakeRun) -> dict[str, StepOutput]:
    """Step outputs as a finished run leaves them; samples lie in three files."""
    outputs: dict[str, StepOutput] = {}
    for name, table in tables.items():
        step, _, table_name = name.partition(".")
        files = []
        pieces = 3 if name == "ingest.samples" else 1
        for piece in range(pieces):
            part = _piece(table, piece, pieces)
            path = str(folder / step / f"{table_name}-{piece}.parquet")
            storage.write_bytes(path, storage.parquet_bytes(part))
            files.append(TableFile(path, part.num_rows))
        known = outputs.get(step)
        outputs[step] = StepOutput(
            step=step,
            folder=str(folder / step),
            digest="",
            tables={**(known.tables if known else {}), table_name: tuple(files)},
            schemas={**(known.schemas if known else {}), table_name: table.schema},
            counts=run.counts.get(step, {}),
        )
    outputs["contribution"] = StepOutput(
        "contribution", str(folder), "", {}, {}, run.counts["contribution"]
    )
    return outputs


def _piece(table: pa.Table, piece: int, pieces: int) -> pa.Table:
    size = -(-table.num_rows // pieces)
    return table.slice(piece * size, size)


def _facts(run: FakeRun, rng: np.random.Generator, rows: np.ndarray) -> dict[str, Any]:
    n = len(rows)
    weight = 1.0 / np.arange(1, run.domains + 1) ** 0.7
    domain = rng.choice(run.domains, n, p=weight / weight.sum()) if n else np.empty(0, np.int64)
    level = np.clip((rng.beta(1.1, 0.9 + 0.05 * (domain % 9), n) * 5).astype(int), 0, 4)
    steps = 1 + rng.poisson(1.5 + 1.3 * level)
    tokens = (35 + rng.lognormal(3.4, 0.5, n) + 24 * steps).astype(np.int64)
    integrity = np.where(rng.random(n) < 0.6, 1.0, rng.beta(5, 1.4, n))
    z = rng.normal(size=n)
    rate = np.clip(0.95 - 0.225 * level + rng.normal(0, 0.05, n), 0, 1)
    draw = rng.random(n)
    basis = np.where(
        draw < 0.2, Basis.GIVEN, np.where(draw < 0.75, Basis.SAMPLED, Basis.PROPAGATED)
    )
    if run.basis == "text":
        basis = np.full(n, Basis.TEXT)
    return {
        "id": (rng.integers(0, 2**62, n) + 1).astype(np.int64),
        "domain": domain, "level": level, "steps": steps, "tokens": tokens, "integrity": integrity,
        "live": np.maximum(1, (steps * np.minimum(1, integrity + 0.1)).astype(int)),
        "contribution": integrity * np.exp(0.25 * z), "complexity": rng.random(n), "rate": rate,
        "coreness": rng.random(n), "basis": basis, "text": np.arange(n), "copy_of": np.full(n, -1),
    }  # fmt: skip


def _copy_duplicates(facts: dict[str, Any], rng: np.random.Generator) -> None:
    """Make two per cent of the rows copies of earlier ones."""
    n = len(facts["id"])
    copies = np.flatnonzero((rng.random(n) < 0.02) & (np.arange(n) > n // 2))
    first = rng.permutation(n // 2)[: len(copies)]
    copies = copies[: len(first)]
    for name, values in facts.items():
        if name not in ("source", "row", "copy_of"):
            values[copies] = values[first]
    facts["copy_of"][copies] = first


def _decide(facts: dict[str, Any], run: FakeRun, rng: np.random.Generator) -> None:
    n = len(facts["id"])
    reason = np.full(n, LedgerReason.OVER_BUDGET, dtype=object)
    reason[facts["integrity"] < 0.6] = LedgerReason.LOW_INTEGRITY
    draw = rng.random(n)
    for low, high, name in (
        (0.0, 0.05, LedgerReason.NEAR_DUPLICATE),
        (0.05, 0.07, LedgerReason.TRUNCATED),
        (0.07, 0.077, LedgerReason.LOOPING),
    ):
        reason[(draw >= low) & (draw < high)] = name
    copied = np.isin(np.arange(n), facts["copy_of"])
    reason[(reason == LedgerReason.NEAR_DUPLICATE) & copied] = LedgerReason.OVER_BUDGET
    reason[facts["copy_of"] >= 0] = LedgerReason.EXACT_DUPLICATE
    key = rng.gumbel(size=n) + np.log(np.maximum(facts["contribution"], 1e-3))
    waiting = reason == LedgerReason.OVER_BUDGET
    rows = np.flatnonzero(waiting)
    cell = facts["domain"] * 5 + facts["level"]
    first = rows[np.unique(cell[rows], return_index=True)[1]]
    key[first] += 100
    order = np.argsort(np.where(waiting, -key, 1e9), kind="stable")
    budget = run.budget * facts["tokens"].sum()
    fits = np.cumsum(facts["tokens"][order]) <= budget
    chosen = order[fits & (reason[order] == LedgerReason.OVER_BUDGET)]
    reason[chosen] = LedgerReason.SELECTED
    reason[chosen[rng.random(len(chosen)) < 0.1]] = LedgerReason.RANDOM_SHARE
    reason[first[np.isin(first, chosen)]] = LedgerReason.FLOOR
    facts["reason"], facts["kept"] = reason, np.isin(np.arange(n), chosen)
    facts["rank"] = np.zeros(n, np.int64)
    facts["rank"][chosen] = np.arange(len(chosen))


def _question(index: int, domain: int, hostile: str) -> str:
    a, b = 3 + index % 47, 2 + index % 11
    name = NAMES[domain % len(NAMES)]
    words = name.split(", ")
    if not name.isascii():
        return f"{hostile}{words[0]}问题:有{a}个{words[1]},每个对应{b}个{words[-1]},一共有多少?"
    return (
        f"{hostile}A {words[0]} problem: there are {a} of one kind of {words[1]} and {b} for each "
        f"{words[2]}. How many are there in all, if $x = \\frac{{{a}}}{{{b}}}$?"
    )


def _chain(index: int, steps: int, hostile: str) -> str:
    a, b = 3 + index % 47, 2 + index % 11
    lines = [f"Step {k + 1}: {a + k} * {b} = {(a + k) * b}." for k in range(min(steps, 40))]
    return hostile + "\n".join([*lines, f"So the answer is {a * b}."])


def _samples(facts: dict[str, Any], names: list[str], run: FakeRun) -> pa.Table:
    n = len(facts["id"])
    text, domain, steps = facts["text"].tolist(), facts["domain"].tolist(), facts["steps"].tolist()
    columns = {
        "sample_id": facts["id"], "question_id": facts["id"], "problem_id": facts["id"],
        "source": [names[one] for one in facts["source"]], "row": facts["row"],
        "question": [_question(i, d, run.hostile) for i, d in zip(text, domain, strict=True)],
        "chain": [_chain(i, s, run.hostile) for i, s in zip(text, steps, strict=True)],
        "answer": [f"{run.hostile}{(3 + i % 47) * (2 + i % 11)}" for i in text],
        "options": [[run.hostile, "12"] if run.hostile else None] * n,
        "question_tokens": facts["tokens"] // 3, "chain_tokens": facts["tokens"] // 2,
        "train_tokens": facts["tokens"], "language": _languages(facts), "licence": _licences(facts),
        "given_pass_rate": facts["rate"], "extra": [b"{}"] * n,
    }  # fmt: skip
    return _table(SAMPLES, columns)


def _languages(facts: dict[str, Any]) -> list[str]:
    ascii_names = [name.isascii() for name in NAMES]
    return ["en" if ascii_names[one % len(NAMES)] else "zh" for one in facts["domain"].tolist()]


def _licences(facts: dict[str, Any]) -> list[str | None]:
    return [("MIT", "MIT", "Apache-2.0", None)[one] for one in facts["source"]]


def _table(table: Table, columns: dict[str, Any]) -> pa.Table:
    arrays = [pa.array(columns[c.name], from_pandas=True).cast(c.type) for c in table.columns]
    return pa.Table.from_arrays(arrays, schema=table.schema)


def _rejects(source: np.ndarray, row: np.ndarray, names: list[str], run: FakeRun) -> pa.Table:
    made = [REJECTS_MADE[(i * i) % len(REJECTS_MADE)] for i in row.tolist()]
    return _table(
        REJECTS,
        {
            "source": [names[one] for one in source],
            "row": row,
            "reason": [one[0] for one in made],
            "detail": [run.hostile + one[1] for one in made],
            "raw": [run.hostile + one[2] for one in made],
        },
    )


def _details(facts: dict[str, Any], run: FakeRun) -> list[str]:
    words = {
        LedgerReason.NEAR_DUPLICATE: "asks what gsm8k/train.jsonl:12 asks (cosine 0.961)",
        LedgerReason.EXACT_DUPLICATE: "the same question, chain and answer as gsm8k/train.jsonl:12",
        LedgerReason.TRUNCATED: "the chain breaks off before a conclusion",
        LedgerReason.LOOPING: "the chain repeats itself without end",
        LedgerReason.LOW_INTEGRITY: "integrity 0.48: 20% of the steps repeat earlier ones",
        LedgerReason.OVER_BUDGET: "sound, but others of its domain and level come first",
        LedgerReason.SELECTED: "chosen as number 311; adds 81.42 to the objective",
        LedgerReason.FLOOR: "among the first of its domain and level",
        LedgerReason.RANDOM_SHARE: "drawn at random within its domain and level",
    }
    return [run.hostile + words[one] for one in facts["reason"]]


def _ledger(facts: dict[str, Any], names: list[str], rejects: pa.Table, run: FakeRun) -> pa.Table:
    kept, reason = facts["kept"], facts["reason"]
    repeats = np.isin(reason.astype(str), ("near_duplicate", "exact_duplicate"))
    n = len(kept)
    columns: dict[str, Any] = {
        "source": [names[one] for one in facts["source"]], "row": facts["row"],
        "sample_id": facts["id"], "kept": kept, "reason": reason.astype(str),
        "detail": _details(facts, run), "rank": pa.array(facts["rank"], mask=~kept),
        "other_source": pa.array([names[0]] * n, mask=~repeats),
        "other_row": pa.array(np.full(n, 12), mask=~repeats), "train_tokens": facts["tokens"],
        "language": _languages(facts), "licence": _licences(facts), "domain_id": facts["domain"],
        "subdomain_id": np.zeros(n, int), "coreness": facts["coreness"],
        "attempts": np.where(facts["basis"] == Basis.SAMPLED, 8, 0), "pass_rate": facts["rate"],
        "level": facts["level"], "basis": facts["basis"].astype(str),
        "suspect": np.zeros(n, bool), "steps": facts["steps"],
        "live_steps": facts["live"], "integrity": facts["integrity"],
        "complexity": facts["complexity"], "contribution": facts["contribution"],
        "gain": pa.array(facts["contribution"] * facts["tokens"], mask=~kept),
    }  # fmt: skip
    nothing = pa.nulls(rejects.num_rows)
    rejected = dict.fromkeys(LEDGER.names, nothing) | {
        "source": rejects["source"],
        "row": rejects["row"],
        "kept": np.zeros(rejects.num_rows, bool),
        "reason": [LedgerReason.REJECTED.value] * rejects.num_rows,
        "detail": rejects["detail"],
        "train_tokens": np.zeros(rejects.num_rows, int),
    }
    rejected_table = pa.table(rejected).cast(LEDGER.schema)
    whole = pa.concat_tables([_table(LEDGER, columns), rejected_table])
    return whole.sort_by([("source", "ascending"), ("row", "ascending")])


def _sources(names: list[str]) -> pa.Table:
    layout = Layout(question=("question",), chain=("answer",)).to_json()
    made = []
    for place, name in enumerate(names):
        form = "parquet" if name.endswith("parquet") else "jsonl"
        codec = "gz" if name.endswith("gz") else ""
        made.append((name, f"/corpus/{name}", form, codec, 4_700_000 * (place + 1),
                     f"{place:032x}", layout, "", 0, 10, 0))  # fmt: skip
    columns = dict(zip(SOURCES.names, map(list, zip(*made, strict=True)), strict=True))
    return _table(SOURCES, columns)


def _marks(facts: dict[str, Any], names: list[str]) -> pa.Table:
    near = np.flatnonzero(facts["reason"] == LedgerReason.NEAR_DUPLICATE)
    m = len(near)
    columns = {
        "sample_id": facts["id"][near], "source": [names[one] for one in facts["source"][near]],
        "row": facts["row"][near], "stage": ["near_duplicates"] * m,
        "reason": ["near_duplicate"] * m, "other_id": np.full(m, facts["id"][0] if m else 0),
        "other_source": [names[0]] * m, "other_row": np.full(m, 12), "score": np.full(m, 0.96),
    }  # fmt: skip
    return _table(MARKS, columns)


def _domain_names(facts: dict[str, Any], distinct: np.ndarray, run: FakeRun) -> pa.Table:
    rows = []
    domain = facts["domain"][distinct]
    for one in range(run.domains if len(distinct) else 0):
        inside = distinct[domain == one]
        name = run.hostile + NAMES[one % len(NAMES)]
        for part, share in ((-1, 1), (0, 2), (1, 3)):
            rows.append({
                "domain_id": one, "subdomain_id": part, "size": len(inside) // share,
                "tokens": int(facts["tokens"][inside].sum()),
                "name": name if part < 0 else f"{name.split(', ')[part + 1]} {part}",
                "keywords": [*name.split(", "), "total", "每"],
                "medoid_ids": facts["id"][inside[:5]].tolist(),
            })  # fmt: skip
    return pa.Table.from_pylist(rows, schema=DOMAIN_NAMES.schema)


def _chains(facts: dict[str, Any], distinct: np.ndarray, rng: np.random.Generator) -> pa.Table:
    m = len(distinct)
    reason, integrity = facts["reason"][distinct], facts["integrity"][distinct]
    low = 1 - integrity
    columns: dict[str, Any] = {name: np.zeros(m) for name in CHAINS.names} | {
        "sample_id": facts["id"][distinct], "steps": facts["steps"][distinct],
        "live_steps": facts["live"][distinct], "depth": facts["live"][distinct],
        "live_share": 1 - 0.5 * low, "repeated": np.where(rng.random(m) < 0.5, low, 0),
        "failed_share": np.where(rng.random(m) < 0.2, low, 0),
        "leaps": np.where(rng.random(m) < 0.3, low, 0),
        "checked": facts["steps"][distinct], "false_equations": (low > 0.5) * 1,
        "contradicted": (low > 0.45) & (rng.random(m) < 0.5),
        "unreached": (low > 0.45) & (rng.random(m) < 0.2),
        "assumed": (low > 0.45) & (rng.random(m) < 0.1),
        "left_out": np.where(low > 0.4, rng.random(m), 0.0),
        "truncated": reason == LedgerReason.TRUNCATED, "looping": reason == LedgerReason.LOOPING,
        "structured": np.ones(m, bool), "integrity": integrity,
    }  # fmt: skip
    columns = {name: np.asarray(one) for name, one in columns.items()}
    for name in ("contradicted", "unreached", "assumed", "truncated", "looping", "structured"):
        columns[name] = columns[name].astype(bool)
    return _table(CHAINS, columns).sort_by("sample_id")


def _difficulty(facts: dict[str, Any], distinct: np.ndarray) -> pa.Table:
    rate, basis = facts["rate"][distinct], facts["basis"][distinct]
    sampled = basis == Basis.SAMPLED
    columns = {
        "sample_id": facts["id"][distinct], "attempts": np.where(sampled, 8, 0),
        "right": np.where(sampled, np.round(8 * rate), 0),
        "given_rate": pa.array(rate, pa.float32(), mask=basis != Basis.GIVEN), "pass_rate": rate,
        "low": np.maximum(0, rate - 0.18), "high": np.minimum(1, rate + 0.18),
        "level": facts["level"][distinct], "level_probability": np.where(sampled, 0.74, 0.51),
        "basis": basis.astype(str), "suspect": np.zeros(len(rate), bool),
        "agreed_answer": pa.nulls(len(rate), pa.string()),
    }  # fmt: skip
    return _table(DIFFICULTY, columns).sort_by("sample_id")


def _kept(facts: dict[str, Any]) -> pa.Table:
    kept = np.flatnonzero(facts["kept"])
    columns = {
        "sample_id": facts["id"][kept], "file": np.zeros(len(kept), int), "position": kept,
        "train_tokens": facts["tokens"][kept],
    }  # fmt: skip
    return _table(KEPT, columns)


def _parts(facts: dict[str, Any], run: FakeRun) -> pa.Table:
    rows = []
    for one in np.unique(facts["source"][facts["kept"]]).tolist():
        inside = facts["kept"] & (facts["source"] == one)
        rows.append({
            "path": f"refined/{run.hostile}{SOURCE_NAMES[one].split('/')[0]}/part-00000.jsonl",
            "group": SOURCE_NAMES[one], "format": "jsonl", "rows": int(inside.sum()),
            "tokens": int(facts["tokens"][inside].sum()), "size_bytes": 480_211 + one,
            "sha256": f"{one + 10:x}c9f" * 16,
        })  # fmt: skip
    return pa.Table.from_pylist(rows, schema=PARTS.schema)
