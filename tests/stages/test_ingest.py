import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rbic.chunks import Workers
from rbic.corpus import find_files
from rbic.models.tokenizer import TokenConfig
from rbic.schema import REJECTS, SAMPLES, RejectReason
from rbic.stages.ingest import FieldConfig, IngestConfig, ingest_step, scan_step
from rbic.steps import run_steps

GOOD = {"question": "What is 2 + 3?", "answer": "2 + 3 = 5\n#### 5"}


@pytest.fixture
def ingest(tmp_path, in_process, quiet):
    def read(paths, **settings):
        config = IngestConfig(**settings)
        steps = [
            scan_step(find_files(paths), config, Workers()),
            ingest_step(config, TokenConfig(), Workers()),
        ]
        return run_steps(steps, str(tmp_path / "steps"), quiet, in_process)["ingest"].output

    return read


HOSTILE = [
    (json.dumps(GOOD).encode(), None),
    (b'{"question": "broken', RejectReason.NOT_JSON),
    (b"", RejectReason.EMPTY_ROW),
    (b"   ", RejectReason.EMPTY_ROW),
    (b'{"question": 5, "answer": "a"}', RejectReason.WRONG_TYPE),
    (b'{"question": ["q", 1], "answer": "a"}', RejectReason.WRONG_TYPE),
    (b'{"question": "", "answer": "a"}', RejectReason.EMPTY_FIELD),
    (b'{"question": "q", "answer": null}', RejectReason.EMPTY_FIELD),
    (b'{"question": "q"}', RejectReason.MISSING_FIELD),
    (b"{}", RejectReason.MISSING_FIELD),
    (b'{"question": "a\\u0000b", "answer": "a"}', RejectReason.NULL_CHARACTER),
    (b'{"question": "a\x00b", "answer": "a"}', RejectReason.NOT_JSON),
    (b'{"question": "\\ud800", "answer": "a"}', RejectReason.NOT_UTF8),
    (b'{"question": "\xff\xfe", "answer": "a"}', RejectReason.NOT_UTF8),
    (b'{"question": "q", "question": "r", "answer": "a"}', RejectReason.DUPLICATE_KEY),
    (b'{"question": "q", "answer": "' + b"x" * 10_000_000 + b'"}', RejectReason.TOO_LARGE),
    (b'{"question": ' + b'{"a": ' * 100_000 + b"1" + b"}" * 100_001, RejectReason.TOO_DEEP),
    (b"[" * 50_000, RejectReason.TOO_DEEP),
    (b"[1, 2, 3]", RejectReason.NOT_AN_OBJECT),
    (b"null", RejectReason.NOT_AN_OBJECT),
    (b'{"question": NaN, "answer": "a"}', RejectReason.NOT_JSON),
    (b"\x1f\x8b\x08\x00 not text", RejectReason.NOT_UTF8),
    (json.dumps(GOOD | {"extra": {"deep": [1, None, "\u2028"]}}).encode(), None),
    ('{"question": "小明有3个苹果", "answer": "答案是3"}'.encode(), None),
]


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz"])
def test_every_line_of_a_hostile_file_is_a_sample_or_a_reject_with_a_reason(
    tmp_path, ingest, ending
):
    data = b"\n".join(raw for raw, _ in HOSTILE) + b"\n"
    path = tmp_path / f"hostile.{ending}"
    path.write_bytes(gzip.compress(data) if ending.endswith("gz") else data)
    output = ingest([str(path)])
    samples, rejects = output.read("samples"), output.read("rejects")
    assert samples.schema == SAMPLES.schema
    assert rejects.schema == REJECTS.schema
    reasons = dict(zip(rejects["row"].to_pylist(), rejects["reason"].to_pylist(), strict=True))
    assert reasons == {row: reason for row, (_, reason) in enumerate(HOSTILE) if reason}
    assert samples["row"].to_pylist() == [
        row for row, (_, reason) in enumerate(HOSTILE) if not reason
    ]
    assert all(rejects["detail"].to_pylist())
    assert max(len(raw) for raw in rejects["raw"].to_pylist()) <= 2000


def test_the_original_row_is_kept_to_the_byte(ingest, write_lines):
    raw = '{"question":  "a é 文",   "answer": "#### 5", "z": 1.50}'.encode()
    assert ingest([write_lines("a.jsonl", [raw])]).read("samples")["extra"].to_pylist() == [raw]


def test_a_sample_is_taken_apart(ingest, write_lines):
    row = ingest([write_lines("a.jsonl", [GOOD])]).read("samples").to_pylist()[0]
    assert row["question"] == GOOD["question"]
    assert row["chain"] == GOOD["answer"]
    assert row["answer"] == "5"
    assert (row["language"], row["source"], row["row"]) == ("en", "a.jsonl", 0)
    assert row["train_tokens"] > row["question_tokens"] + row["chain_tokens"] > 10


def test_ids_tell_questions_problems_and_samples_apart(ingest, write_lines):
    rows = [
        GOOD,
        GOOD | {"answer": "3 + 2 = 5\n#### 5"},
        GOOD | {"answer": "2 + 3 = 6\n#### 6"},
        GOOD | {"question": "What  is 2 + 3?\n"},
    ]
    table = ingest([write_lines("a.jsonl", rows)]).read("samples")
    sample, question, problem = (
        table[name].to_pylist() for name in ("sample_id", "question_id", "problem_id")
    )
    assert len(set(question)) == 1
    assert problem[0] == problem[1] == problem[3] != problem[2]
    assert sample[0] == sample[3]
    assert len(set(sample[:3])) == 3


def test_layouts_of_several_files_are_told_file_by_file(tmp_path, ingest, write_lines):
    paths = [
        write_lines("gsm/a.jsonl", [GOOD]),
        write_lines("math/a.jsonl", [{"problem": "p", "solution": r"So $x=\boxed{7}$."}]),
        write_lines("chat/a.jsonl", [{"messages": [
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": "<think>1+1=2</think>The answer is 2."}]}]),
    ]  # fmt: skip
    pq.write_table(
        pa.table({"question": ["q"], "solution": ["c"], "final_answer": [4]}),
        tmp_path / "p.parquet",
    )
    table = ingest([*paths, str(tmp_path / "p.parquet")]).read("samples")
    answers = dict(zip(table["source"].to_pylist(), table["answer"].to_pylist(), strict=True))
    assert answers == {
        "gsm/a.jsonl": "5", "math/a.jsonl": "7", "chat/a.jsonl": "2", "p.parquet": "4",
    }  # fmt: skip


def test_fields_can_be_named_by_hand(ingest, write_lines):
    path = write_lines("a.jsonl", [{"title": "T", "body": "B", "why": "w", "rate": 0.25}])
    fields = FieldConfig(question="title+body", chain="why", pass_rate="rate")
    row = ingest([path], fields=fields).read("samples").to_pylist()[0]
    assert (row["question"], row["chain"], row["given_pass_rate"]) == ("T\nB", "w", 0.25)


def test_a_file_whose_fields_cannot_be_told_is_named(ingest, write_lines):
    path = write_lines("odd.jsonl", [{"foo": "q", "bar": "c"}])
    with pytest.raises(ValueError, match=r"odd.jsonl: no field looks like the question"):
        ingest([path])


def test_a_file_of_nothing_but_broken_lines_is_all_rejects(ingest, write_lines):
    output = ingest([write_lines("a.jsonl", [b"nope", b"{"])])
    assert (output.rows("samples"), output.rows("rejects")) == (0, 2)


def test_an_empty_file_has_no_rows(tmp_path, ingest):
    (tmp_path / "a.jsonl").write_bytes(b"")
    output = ingest([str(tmp_path / "a.jsonl")])
    assert (output.rows("samples"), output.rows("rejects")) == (0, 0)


def test_touching_a_file_does_not_read_it_again(tmp_path, ingest, in_process, write_lines):
    path = write_lines("a.jsonl", [GOOD])
    ingest([path])
    in_process.ran.clear()
    (tmp_path / "a.jsonl").touch()
    ingest([path])
    assert {name for name, _ in in_process.ran} == {"scan"}


def test_real_corpora_are_read_without_a_single_reject(data_dir, ingest):
    paths = [
        data_dir / "gsm8k/train.jsonl",
        data_dir / "math/test.jsonl",
        data_dir / "tal_scq5k/ch_single_choice_train_3K.jsonl",
        data_dir / "alpaca_cot/aqua_train.json",
    ]
    output = ingest([str(path) for path in paths])
    table = output.read("samples", ["source", "answer", "options"])
    assert table.num_rows + output.rows("rejects") == 7473 + 5000 + 3000 + 2728
    reasons = set(output.read("rejects")["reason"].to_pylist())
    assert reasons <= {RejectReason.EMPTY_FIELD}
    assert output.rows("rejects") < 100
    assert table["answer"].null_count < 50
