"""The engine http and servers that limit, fail and hang, for hours of a clock that leaps."""

import asyncio
import json
import random
import selectors
from types import SimpleNamespace

import httpx
import numpy as np
import pytest

from rbic import storage
from rbic.models.generator import Engine, Finish, GeneratorConfig
from rbic.models.generator_http import HttpGenerator, ServerRefusedError


class _Leaping(selectors.SelectSelector):
    """Waits for nothing: the clock leaps to the next timer."""

    def __init__(self, now):
        super().__init__()
        self.now = now

    def select(self, timeout=None):
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "everything waits for something that never comes"
            self.now += timeout
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, now):
        self._leaping = _Leaping(now)
        super().__init__(self._leaping)

    def time(self):
        return self._leaping.now


class Clock:
    """What `asyncio.run` is while a test runs; keeps the time between its calls."""

    now = 0.0

    def run(self, work):
        loop = _Loop(self.now)
        try:
            return loop.run_until_complete(work)
        finally:
            self.now = loop.time()
            loop.close()


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    random.seed(0)
    monkeypatch.setattr(asyncio, "run", made.run)
    return made


class Server:
    """Answers after `takes_s`; `fault(body, now)` may say what to do instead."""

    def __init__(self, fault=lambda body, now: None, takes_s=1.0):
        self.fault, self.takes_s = fault, takes_s
        self.asked, self.written, self.at = [], [], []

    async def __call__(self, request):
        body = json.loads(request.content)
        now = asyncio.get_running_loop().time()
        self.asked.append(body["seed"])
        self.at.append(now)
        fault = self.fault(body, now)
        if isinstance(fault, Exception):
            await asyncio.sleep(0.01)
            raise fault
        if fault is not None:
            await asyncio.sleep(0.05)
            return fault
        await asyncio.sleep(self.takes_s)
        self.written.append(body["seed"])
        return completion(f"{body['messages'][-1]['content']} {body['seed']}")


def completion(content, **choice):
    message = {"message": {"content": content}, "finish_reason": "stop"} | choice
    return httpx.Response(200, json={"choices": [message], "usage": {"completion_tokens": 3}})


class Window:
    """So many requests in every minute; the others are told to wait, or not told."""

    def __init__(self, per_minute, tells=True, counts_refused=False):
        self.per_minute, self.tells, self.counts_refused = per_minute, tells, counts_refused
        self.used = {}

    def __call__(self, body, now):
        minute = int(now // 60)
        used = self.used.get(minute, 0)
        if used < self.per_minute:
            self.used[minute] = used + 1
            return None
        headers = {"Retry-After": str(60 - now % 60)} if self.tells else {}
        return httpx.Response(429, headers=headers, text="rate limit reached")


def ask(server, questions=64, attempts=4, journal=None, **settings):
    config = GeneratorConfig(
        engine=Engine.HTTP, model="m", url="http://server/v1", attempts=attempts, **settings
    )
    generator = HttpGenerator(config, httpx.MockTransport(server))
    generator.journal = journal
    seeds = np.arange(questions * attempts).reshape(questions, attempts)
    return generator.generate([f"q{i}" for i in range(questions)], seeds)


def all_right(replies):
    """Whether every attempt has its own reply."""
    attempts = len(replies[0])
    return [[r.text for r in own] for own in replies] == [
        [f"q{q} {q * attempts + a}" for a in range(attempts)] for q in range(len(replies))
    ]


@pytest.mark.parametrize("per_minute", [60, 1000])
@pytest.mark.parametrize("tells", [True, False])
def test_a_limited_server_writes_every_reply_once(clock, per_minute, tells):
    server = Server(Window(per_minute, tells))
    assert all_right(ask(server, 256, 8))
    assert len(server.written) == 2048
    ideal_s = 2048 / per_minute * 60
    # A server that names no time is asked in vain for up to half of each minute.
    assert clock.now < (1.2 if tells else 2.0) * ideal_s + 60
    # What is refused costs no money, but some servers count it.
    assert len(server.asked) < 2048 * (1.3 if tells else 2.0)


def test_a_server_with_room_for_sixteen_keeps_them_busy(clock):
    under_way = []

    def fault(body, now):
        under_way[:] = [end for end in under_way if end > now]
        if len(under_way) >= 16:
            return httpx.Response(503)
        under_way.append(now + 10.0)
        return None

    server = Server(fault, takes_s=10.0)
    assert all_right(ask(server))
    assert clock.now < 2 * 256 / 16 * 10


def test_a_long_reply_under_way_is_a_sign_of_life(clock):
    # One at a time, each for longer than the patience.
    busy_until = [0.0]

    def fault(body, now):
        if now < busy_until[0]:
            return httpx.Response(429)
        busy_until[0] = now + 500.0
        return None

    assert all_right(ask(Server(fault, takes_s=500.0), 4, 1, patience_s=300.0))


def test_requests_keep_their_distance(clock):
    server = Server()
    assert all_right(ask(server, questions=30, attempts=2, requests_per_minute=60))
    assert np.diff(server.at).min() >= 0.999
    assert clock.now < 65


@pytest.mark.parametrize("named", ["100", "date"])
def test_a_long_wait_that_the_server_names_is_kept_to(clock, named):
    headers = {"Retry-After": named}
    if named == "date":
        headers = {"Retry-After": "Wed, 21 Oct 2015 07:29:40 GMT",
                   "Date": "Wed, 21 Oct 2015 07:28:00 GMT"}  # fmt: skip
    server = Server(lambda b, now: httpx.Response(429, headers=headers) if now < 1 else None)
    assert all_right(ask(server, questions=4, attempts=2, batch_replies=4))
    assert all(at >= 100 for at in server.at[4:])
    assert clock.now < 130


@pytest.mark.parametrize("code", ["insufficient_quota", "billing_not_active"])
def test_spent_money_ends_the_work_at_once_and_keeps_what_was_bought(clock, code, tmp_path):
    server = Server()
    words = f'{{"error": {{"message": "check your plan", "code": "{code}"}}}}'
    server.fault = lambda b, now: httpx.Response(429, text=words) if len(server.at) > 20 else None
    with pytest.raises(ServerRefusedError, match=r"http://server/v1.*check your plan"):
        ask(server, batch_replies=8, journal=str(tmp_path / "j"))
    assert len(server.written) == 20
    assert len(server.asked) < 40
    again = Server()
    assert all_right(ask(again, journal=str(tmp_path / "j")))
    assert set(again.asked) == set(range(256)) - set(server.written)


@pytest.mark.parametrize(
    "away", [httpx.ConnectError("refused"), httpx.ReadError("cut"), httpx.Response(502),
             httpx.Response(503), httpx.Response(500)]
)  # fmt: skip
def test_a_server_that_is_started_anew_costs_no_reply(clock, away):
    server = Server(lambda body, now: away if 10 < now < 310 else None)
    assert all_right(ask(server, batch_replies=8))
    assert clock.now < 450
    assert len(server.asked) < 256 * 10


@pytest.mark.parametrize("away", [httpx.ConnectError("refused"), httpx.Response(503),
                                  httpx.Response(429, text="slow down")])  # fmt: skip
def test_a_server_that_stays_away_ends_the_work_and_loses_nothing(clock, away, tmp_path):
    server = Server(lambda body, now: away if now > 5 else None)
    words = r"http://server/v1.* nothing answered for .*generator.patience_s=600"
    with pytest.raises(ServerRefusedError, match=words):
        ask(server, journal=str(tmp_path / "j"), patience_s=600.0, batch_replies=16)
    assert 600 < clock.now < 700
    bought = set(server.written)
    assert 50 < len(bought) < 150
    again = Server()
    assert all_right(ask(again, journal=str(tmp_path / "j")))
    assert set(again.asked) == set(range(256)) - bought


def test_a_killed_run_loses_the_replies_of_a_moment(clock, tmp_path):
    class Killed(BaseException):
        pass

    def fault(body, now):
        if now > 30:
            raise Killed
        return None

    server = Server(fault)
    with pytest.raises(BaseException):  # noqa: B017, PT011 - as good as a signal
        ask(server, batch_replies=4, journal=str(tmp_path / "j"))
    again = Server()
    assert all_right(ask(again, journal=str(tmp_path / "j")))
    assert len(set(again.asked) & set(server.written)) == 0


@pytest.fixture
def store(monkeypatch):
    """An object store that fails on the writes, by their number, that a test names."""
    made = SimpleNamespace(writes=0, fails=lambda number: False)
    write = storage.write_bytes

    def write_bytes(path, data):
        made.writes += 1
        if made.fails(made.writes):
            raise OSError("the store is away")
        write(path, data)

    monkeypatch.setattr(storage, "write_bytes", write_bytes)
    return made


def test_a_store_that_is_away_for_a_while_loses_no_reply_of_the_journal(clock, store, tmp_path):
    class Killed(BaseException):
        pass

    def fault(body, now):
        if now > 30:
            # Too late for a last write.
            store.fails = lambda number: True
            raise Killed
        return None

    store.fails = lambda number: number < 4
    server = Server(fault)
    with pytest.raises(BaseException):  # noqa: B017, PT011 - as good as a signal
        ask(server, batch_replies=4, journal=str(tmp_path / "j"))
    store.fails = lambda number: False
    again = Server()
    assert all_right(ask(again, journal=str(tmp_path / "j")))
    # What was written in the last second was lost.
    assert len(set(again.asked) & set(server.written)) <= 8 < len(server.written)


def test_a_journal_whose_last_write_fails_is_said_and_costs_no_reply(
    clock, store, tmp_path, capsys
):
    store.fails = lambda number: True
    assert all_right(ask(Server(), 2, 2, journal=str(tmp_path / "j")))
    told = capsys.readouterr().err
    assert f"could not be kept in {tmp_path}/j" in told
    assert "the store is away" in told


def test_a_journal_whose_last_write_fails_does_not_hide_why_the_work_ended(clock, store, tmp_path):
    store.fails = lambda number: True
    server = Server(lambda b, now: httpx.Response(401, text="no") if b["seed"] > 2 else None)
    with pytest.raises(ServerRefusedError, match="status 401: no"):
        ask(server, 4, 2, journal=str(tmp_path / "j"))


def test_a_question_that_fails_alone_is_one_failed_reply(clock):
    bad = {17: httpx.Response(500, text="CUDA error"), 30: httpx.Response(200, text="<html>"),
           55: httpx.ReadError("cut"), 77: httpx.DecodingError("bad gzip"),
           90: httpx.ReadTimeout("")}  # fmt: skip
    server = Server(lambda body, now: bad.get(body["seed"]))
    replies = [one for own in ask(server, 160, 4, batch_replies=8) for one in own]
    assert {r for r, one in enumerate(replies) if one.finish is Finish.FAILED} == set(bad)
    for seed, words in {17: "CUDA error", 30: "<html>", 55: "ReadError: cut", 77: "bad gzip",
                        90: "generator.timeout_s=600"}.items():  # fmt: skip
        assert words in replies[seed].text
    assert {seed: server.asked.count(seed) for seed in bad} == {17: 8, 30: 8, 55: 8, 77: 8, 90: 2}


def test_a_last_question_that_fails_has_the_whole_patience(clock):
    server = Server(lambda b, now: httpx.Response(500) if b["seed"] == 5 and now < 400 else None)
    assert all_right(ask(server, 3, 2))
    server = Server(lambda b, now: httpx.Response(500) if b["seed"] == 5 else None)
    replies = ask(server, 3, 2, patience_s=300.0)
    assert [[one.finish for one in own] for own in replies] == [["stop"] * 2] * 2 + [
        ["stop", "failed"]
    ]


def test_a_server_that_refuses_everything_ends_the_work(clock):
    server = Server(lambda body, now: httpx.Response(400, text="no such parameter: seed"))
    with pytest.raises(ServerRefusedError, match="8 questions failed.*no such parameter: seed"):
        ask(server, attempts=1)
    # One question with many attempts is one.
    replies = ask(server, questions=1, attempts=16)
    assert {one.finish for one in replies[0]} == {Finish.FAILED}


MODERATED = httpx.Response(
    403, text='{"error": {"code": 403, "message": "m requires moderation on P. Your input was '
    'flagged for \\"violence\\".", "metadata": {"reasons": ["violence"]}}}',
)  # fmt: skip


def test_a_moderated_question_is_one_failed_reply_whenever_it_is_asked(clock):
    server = Server(lambda b, now: MODERATED if b["seed"] in (0, 9) else None)
    replies = [one for own in ask(server, 8, 2) for one in own]
    assert {r for r, one in enumerate(replies) if one.finish is Finish.FAILED} == {0, 9}
    assert "status 403" in replies[9].text
    assert server.asked.count(9) == 1


def test_a_question_that_is_forbidden_after_others_were_answered_is_one_failed_reply(clock):
    server = Server(lambda b, now: httpx.Response(403, text="no") if b["seed"] == 9 else None)
    replies = [one for own in ask(server, 8, 2, batch_replies=4) for one in own]
    assert [r for r, one in enumerate(replies) if one.finish is Finish.FAILED] == [9]


def test_a_key_that_is_forbidden_from_the_beginning_ends_the_work_and_is_named(clock):
    server = Server(lambda b, now: httpx.Response(403, text="no"))
    with pytest.raises(ServerRefusedError, match=r"status 403: no \(set the environment variable"):
        ask(server, 4, 2, batch_replies=2)
    assert len(server.asked) <= 2


def test_a_key_that_is_forbidden_from_some_time_on_ends_the_work(clock):
    server = Server(lambda b, now: httpx.Response(403, text="no") if now > 5 else None)
    with pytest.raises(ServerRefusedError, match="8 questions failed one after another.*403"):
        ask(server, attempts=1, batch_replies=4)


def test_a_key_that_may_spend_no_more_ends_the_work_at_once(clock):
    words = '{"error": {"message": "Key limit exceeded (total limit)", "code": 403}}'
    server = Server(lambda b, now: httpx.Response(403, text=words) if now > 5 else None)
    with pytest.raises(ServerRefusedError, match=r"Key limit exceeded .*OPENAI_API_KEY"):
        ask(server, batch_replies=4)


def test_refusals_with_replies_between_do_not_end_the_work(clock):
    server = Server(lambda b, now: httpx.Response(400) if b["seed"] % 2 else None)
    replies = ask(server, questions=64, attempts=2, batch_replies=4)
    assert [[one.finish for one in own] for own in replies] == [["stop", "failed"]] * 64


def test_the_new_name_of_max_tokens_is_taken_where_the_server_asks_for_it(clock):
    words = ("Unsupported parameter: 'max_tokens' is not supported with this model. Use "
             "'max_completion_tokens' instead.")  # fmt: skip

    def fault(body, now):
        return httpx.Response(400, text=words) if "max_tokens" in body else None

    server = Server(fault)
    assert all_right(ask(server, max_tokens=77))
    assert len(server.written) == 256
    server = Server(lambda body, now: httpx.Response(400, text=words))
    with pytest.raises(ServerRefusedError, match="Use 'max_completion_tokens'"):
        ask(server)


OVERFLOWS = [
    "This model's maximum context length is 100 tokens. However, you requested {} tokens "
    "({} in the messages, {} in the completion).",
    "'max_tokens' or 'max_completion_tokens' is too large: {2}. This model's maximum context length"
    " is 100 tokens and your request has {1} input tokens ({2} > 100 - {1}).",
    "Requested token count exceeds the model's maximum context length of 100 tokens. You requested "
    "a total of {} tokens: {} tokens from the input messages and {} tokens for the completion.",
    "`inputs` tokens + `max_new_tokens` must be <= 100. Given: {1} `inputs` tokens and {2} "
    "`max_new_tokens`",
]


@pytest.mark.parametrize("words", OVERFLOWS)
def test_a_prompt_leaves_the_reply_what_room_there_is(clock, words):
    granted = []

    def fault(body, now):
        prompt, room = (30, 70) if body["seed"] < 2 else (100, 0)
        if body["max_tokens"] > room:
            said = words.format(prompt + body["max_tokens"], prompt, body["max_tokens"])
            return httpx.Response(400, text=said)
        granted.append(body["max_tokens"])
        return None

    replies = ask(Server(fault), 2, 2, max_tokens=80)
    assert granted == [70, 70]
    assert [[one.finish for one in own] for own in replies] == [
        ["stop"] * 2, ["prompt_too_long"] * 2
    ]  # fmt: skip


def test_where_the_server_stops_counting_the_room_is_found_by_halves(clock):
    words = ("This model's maximum context length is 100 tokens. However, you requested {} output "
             "tokens and your prompt contains at least {} input tokens.")  # fmt: skip
    granted = []

    def fault(body, now):
        room, most = 90 if body["seed"] < 2 else 0, body["max_tokens"]
        if most > room:
            return httpx.Response(400, text=words.format(most, max(0, 101 - most)))
        granted.append(most)
        return None

    replies = ask(Server(fault), 2, 2, max_tokens=2048)
    assert granted == [64, 64]
    assert [own[0].finish for own in replies] == ["stop", "prompt_too_long"]


@pytest.mark.parametrize(
    ("message", "reason", "text", "finish"),
    [
        ({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, "stop", "ab",
         "stop"),
        ({"content": "a", "reasoning": "hm"}, "stop", "<think>hm</think>a", "stop"),
        ({"content": "a", "reasoning_content": "hm"}, "stop", "<think>hm</think>a", "stop"),
        ({"content": ""}, "content_filter", 'finish_reason "content_filter" and no text', "failed"),
        ({"content": "part of"}, "content_filter", "part of", "length"),
        ({"content": "part of"}, "error", "part of", "length"),
        ({"content": "a"}, None, "a", "stop"),
        ({"content": None}, "length", "", "length"),
        ({"content": "cut \ud83d"}, "length", "cut \ufffd", "length"),
        ({"content": ["\ude00 ", "\U0001f600"], "reasoning": "\udfff"}, "stop",
         "<think>\ufffd</think>\ufffd \U0001f600", "stop"),
    ],
)  # fmt: skip
def test_messages_are_read_as_servers_write_them(clock, message, reason, text, finish):
    def fault(body, now):
        choice = {"message": message, "finish_reason": reason}
        return httpx.Response(200, content=json.dumps({"choices": [choice]}))

    ((reply,),) = ask(Server(fault), 1, 1)
    assert (reply.text, reply.finish) == (text, finish)


def test_an_end_in_error_without_text_is_asked_again(clock):
    server = Server()
    server.fault = lambda b, now: completion("", finish_reason="error") if now < 1 else None
    assert all_right(ask(server, 4, 2))


def test_stop_words_are_sent(clock):
    server = Server(lambda body, now: completion(json.dumps(body.get("stop"))))
    assert ask(server, 1, 1, stop=["</s>", "\n\n"])[0][0].text == '["</s>", "\\n\\n"]'
    assert ask(server, 1, 1)[0][0].text == "null"


def test_a_question_that_is_too_large_for_the_limit_is_refused(clock):
    words = "Request too large for m on tokens per min (TPM): Limit 10000, Requested 12000."
    server = Server(lambda b, now: httpx.Response(429, text=words) if b["seed"] == 3 else None)
    replies = [one for own in ask(server, 4, 2) for one in own]
    assert [one.finish for one in replies].count("failed") == 1
    assert replies[3].text.endswith(words)


def test_an_address_without_a_scheme_is_said_at_once():
    config = GeneratorConfig(engine=Engine.HTTP, model="m", url="localhost:8000/v1")
    with pytest.raises(ServerRefusedError, match="UnsupportedProtocol"):
        HttpGenerator(config).generate(["q"], np.array([[0]]))


@pytest.mark.parametrize("port", ["80a", ":1"])
def test_an_address_that_is_none_is_named_before_anything_is_asked(port):
    config = GeneratorConfig(engine=Engine.HTTP, model="m", url=f"http://127.0.0.1:{port}/v1")
    with pytest.raises(ValueError, match=rf"generator.url .*127.0.0.1:{port}/v1.* Invalid port"):
        HttpGenerator(config)


@pytest.mark.parametrize(
    "key", ["sk-sec\nret", "sk-sec\x7fret", "sk-secr\u00e9t", "\ufeffsk-secret"]
)
def test_a_key_that_no_header_holds_is_refused_and_not_shown(monkeypatch, key):
    monkeypatch.setenv("MY_KEY", key)
    config = GeneratorConfig(
        engine=Engine.HTTP, model="m", url="http://server/v1", key_variable="MY_KEY"
    )
    with pytest.raises(ValueError, match="environment variable MY_KEY") as refused:
        HttpGenerator(config)
    assert "sk-" not in str(refused.value)


def test_a_request_that_breaks_the_protocol_is_not_quoted(clock):
    error = httpx.LocalProtocolError("Illegal header value b'Bearer sk-secret'")
    with pytest.raises(ServerRefusedError, match="LocalProtocolError") as refused:
        ask(Server(lambda body, now: error), 1, 1)
    assert "sk-" not in str(refused.value)


def test_another_setting_reads_no_reply_of_the_journal(clock, tmp_path):
    server = Server()
    ask(server, 2, 2, journal=str(tmp_path))
    ask(server, 2, 2, journal=str(tmp_path), temperature=0.5)
    assert len(server.written) == 8
    ask(server, 2, 2, journal=str(tmp_path))
    assert len(server.written) == 8
