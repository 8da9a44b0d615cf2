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


@pytest.mark.parametrize("other", [{"seed": 3}, {"seed": 1, "stop": ["x"]}, {"seed": "1"}])
def test_another_request_has_another_key(other):
    assert request_key(other) not in REPLIES
