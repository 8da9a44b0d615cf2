"""One row's whole story, from what the steps of a run left."""

from collections.abc import Mapping
from typing import Any

import pyarrow.compute as pc

from rbic import storage
from rbic.config import ConfigError
from rbic.core.chain_drawing import draw_chain
from rbic.core.chains import analyse_chain
from rbic.core.integrity import ChainRule
from rbic.core.ledger import suspicion
from rbic.evidence import read_rounds
from rbic.outputs import StepOutput
from rbic.publish import read_run
from rbic.schema import VERDICTS

_LONG = 4000


def explain_row(out: str, sample: str) -> str:
    """What is known of a row: its texts, marks, domain, difficulty, chain, and the decision.

    Args:
        out: output folder of a run that got as far as `select`.
        sample: a sample id, or a source and a row as `SOURCE:ROW`.

    Raises:
        ConfigError: there is no finished run in the folder, or no such row in it.
    """
    _, outputs = read_run(out)
    if "select" not in outputs:
        raise ConfigError(f"{out}: the run stopped before select; run it without --until")
    row = _ledger_row(outputs["select"], sample)
    parts = [_decision(row)]
    if row["sample_id"] is None:
        parts.append(_reject(outputs["ingest"], row))
    else:
        parts += _sample(outputs, row)
    return "\n\n".join(parts)


def _ledger_row(select: StepOutput, sample: str) -> dict[str, Any]:
    ledger = select.read("ledger")
    source, colon, number = sample.rpartition(":")
    if colon and number.isdigit():
        same = pc.and_(pc.equal(ledger["source"], source), pc.equal(ledger["row"], int(number)))
    elif sample.isdigit():
        same = pc.equal(ledger["sample_id"], int(sample))
    else:
        raise ConfigError(f"{sample!r} is neither a sample id nor SOURCE:ROW")
    found = ledger.filter(same)
    if not found.num_rows:
        sources = pc.unique(ledger["source"]).to_pylist()[:5]
        raise ConfigError(f"no row {sample!r} in the ledger; sources are {', '.join(sources)} ...")
    row: dict[str, Any] = found.slice(0, 1).to_pylist()[0]
    return row


def _decision(row: Mapping[str, Any]) -> str:
    verdict = "kept" if row["kept"] else "dropped"
    title = f"{row['source']}:{row['row']}   sample {row['sample_id']}"
    return f"{title}\n{verdict}: {row['reason'].replace('_', ' ')}: {row['detail']}"


def _reject(ingest: StepOutput, row: Mapping[str, Any]) -> str:
    rejects = ingest.read("rejects")
    same = pc.and_(pc.equal(rejects["source"], row["source"]), pc.equal(rejects["row"], row["row"]))
    return "the row\n" + _indent(rejects.filter(same)["raw"][0].as_py())


def _sample(outputs: Mapping[str, StepOutput], row: Mapping[str, Any]) -> list[str]:
    sample = _one(outputs["ingest"], "samples", row["sample_id"])
    chain = _one(outputs["chains"], "chains", row["sample_id"])
    return [
        "question\n" + _indent(sample["question"]),
        f"reference answer   {sample['answer']}",
        _domain(outputs, row),
        _difficulty(outputs, row),
        _facts("chain", chain),
        draw_chain(
            analyse_chain(
                sample["question"], sample["chain"], sample["answer"], sample["options"],
                ChainRule(**_params(outputs["chains"])),
            )
        ),
        _facts("contribution", _one(outputs["contribution"], "contribution", row["sample_id"])),
        *_likelihood(outputs, row["sample_id"]),
    ]  # fmt: skip


def _likelihood(outputs: Mapping[str, StepOutput], sample_id: int) -> list[str]:
    """What a language model makes of the reply, where the method of selection asked one."""
    if "likelihood" not in outputs:
        return []
    return [_facts("likelihood", _one(outputs["likelihood"], "likelihoods", sample_id))]


def _params(output: StepOutput) -> dict[str, Any]:
    params: dict[str, Any] = storage.read_json(storage.join(output.folder, "record.json"))["params"]
    return params


def _one(output: StepOutput, table: str, sample_id: int) -> dict[str, Any]:
    """The first row of a sample, read file by file."""
    for file in output.tables[table]:
        rows = storage.read_parquet(file.path)
        rows = rows.filter(pc.equal(rows["sample_id"], sample_id))
        if rows.num_rows:
            found: dict[str, Any] = rows.slice(0, 1).to_pylist()[0]
            return found
    raise ConfigError(f"sample {sample_id} is not in {output.folder}/{table}")


def _domain(outputs: Mapping[str, StepOutput], row: Mapping[str, Any]) -> str:
    names = outputs["domains"].read("domain_names")
    lines = []
    for subdomain in (-1, row["subdomain_id"]):
        same = pc.and_(
            pc.equal(names["domain_id"], row["domain_id"]),
            pc.equal(names["subdomain_id"], subdomain),
        )
        one = names.filter(same).to_pylist()[0]
        kind = "domain   " if subdomain == -1 else "subdomain"
        lines.append(f"{kind}   {one['name']} ({one['size']:,} samples)")
    neighbours = _one(outputs["neighbours"], "neighbours", row["sample_id"])
    lines.append(f"coreness    {row['coreness']:.2f}")
    lines.append("nearest     " + ", ".join(
        f"{other} ({cosine:.3f})"
        for other, cosine in zip(neighbours["neighbour_id"][:3], neighbours["cosine"][:3],
                                 strict=True)
        if other >= 0
    ))  # fmt: skip
    return "\n".join(lines)


def _difficulty(outputs: Mapping[str, StepOutput], row: Mapping[str, Any]) -> str:
    one = _one(outputs["difficulty"], "difficulty", row["sample_id"])
    lines = [
        f"difficulty   level {one['level']} of 0 to 4, pass rate {one['pass_rate']:.2f} "
        f"[{one['low']:.2f}, {one['high']:.2f}], {one['basis']}: {one['right']} of "
        f"{one['attempts']} attempts right"
    ]
    if one["suspect"]:
        lines.append(f"  suspect: {suspicion(one)}")
    verdicts = read_rounds(outputs, "verdicts", VERDICTS.names)
    for verdict in verdicts.filter(pc.equal(verdicts["sample_id"], row["sample_id"])).to_pylist():
        answer = verdict["final_answer"]
        lines.append(
            f"  attempt {verdict['attempt']}   {verdict['verdict']:<11} {answer!r} "
            f"({verdict['method']})"
        )
    return "\n".join(lines)


def _facts(title: str, row: Mapping[str, Any]) -> str:
    shown = [
        f"{name}={value:.3g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in row.items()
        if name != "sample_id"
    ]
    return f"{title}   " + ", ".join(shown)


def _indent(text: str) -> str:
    cut = text if len(text) <= _LONG else f"{text[:_LONG]} … ({len(text):,} characters)"
    return "\n".join(f"  {line}" for line in cut.splitlines())
