import pytest

from rbic.models.generator import Finish, Reply
from rbic.models.reply_journal import ReplyJournal, request_key

REPLIES = {
    request_key({"seed": 1}): Reply("one\ntwo \u2028 三", Finish.STOP, 5, 7, -0.25),
    request_key({"seed": 2}): Reply("", Finish.LENGTH, 9, 7),
}


def test_what_was_written_is_found_again_and_nothing_else(tmp_path):
    folder = str(tmp_path / "journal")
    journal = ReplyJournal(folder)
    for key, reply in REPLIES.items():
        journal.add(key, reply)
        journal.write()
    journal.add("lost", Reply("", Finish.STOP, 1, 1))
    again = ReplyJournal(folder)
    assert {key: again.get(key) for key in REPLIES} == REPLIES
    assert again.get("lost") is None


def test_what_a_write_that_failed_left_is_not_read(tmp_path):
    journal = ReplyJournal(str(tmp_path))
    for key, reply in REPLIES.items():
        journal.add(key, reply)
    journal.write()
    (written,) = tmp_path.iterdir()
    (tmp_path / f"{written.name}.1a2b3c4d.tmp").write_bytes(written.read_bytes()[:-20])
    again = ReplyJournal(str(tmp_path))
    assert {key: again.get(key) for key in REPLIES} == REPLIES


def test_half_a_surrogate_pair_of_an_earlier_journal_is_mended(tmp_path):
    journal = ReplyJournal(str(tmp_path))
    journal.add("key", Reply("cut \ud83d", Finish.LENGTH, 1, 1))
    journal.write()
    assert ReplyJournal(str(tmp_path)).get("key") == Reply("cut \ufffd", Finish.LENGTH, 1, 1)


@pytest.mark.parametrize("other", [{"seed": 3}, {"seed": 1, "stop": ["x"]}, {"seed": "1"}])
def test_another_request_has_another_key(other):
    assert request_key(other) not in REPLIES
