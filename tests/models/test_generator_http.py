import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from rbic.models.generator import Engine, Finish, GeneratorConfig, load_generator
from rbic.models.generator_http import ServerRefusedError


class _Server(ThreadingHTTPServer):
    """Speaks chat completions; `script` says what goes wrong, by how often a seed was seen."""

    daemon_threads = True

    def __init__(self, script):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script
        self.seen = Counter()
        self.lock = threading.Lock()
        self.headers_seen = []
        self.bodies = []
        self.most_at_once = self.at_once = 0


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server = self.server
        with server.lock:
            tries = server.seen[body["seed"]]
            server.seen[body["seed"]] += 1
            server.headers_seen.append(self.headers.get("Authorization"))
            server.bodies.append(body)
            server.at_once += 1
            server.most_at_once = max(server.most_at_once, server.at_once)
        try:
            self._answer(body, server.script(body, tries))
        finally:
            with server.lock:
                server.at_once -= 1

    def _answer(self, body, fault):
        if fault == "cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")
            self.close_connection = True
            return
        status = fault if isinstance(fault, int) else 200
        question = body["messages"][-1]["content"]
        message = {"content": f"{question} #### {body['seed']}"}
        if fault == "thinks":
            message["reasoning_content"] = "hm"
        reply = {
            "choices": [{"message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 5, "completion_tokens": 7},
        }
        data = json.dumps(reply if status == 200 else {"error": f"status {status}"}).encode()
        if isinstance(fault, str) and fault[0] in "<[{":
            data = fault.encode()
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "0.01")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def serve(monkeypatch):
    servers = []

    monkeypatch.setattr("rbic.models.pace._FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr("rbic.models.pace._LONGEST_PAUSE_S", 0.01)

    def start(script, **settings):
        server = _Server(script)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        config = GeneratorConfig(
            engine=Engine.HTTP, model="m", attempts=2, batch_replies=4,
            url=f"http://127.0.0.1:{server.server_port}/v1", **settings,
        )  # fmt: skip
        return server, load_generator(config)

    yield start
    for server in servers:
        server.shutdown()


SEEDS = np.arange(12).reshape(6, 2)
QUESTIONS = [f"q{i}" for i in range(6)]


def _texts(replies):
    return [[reply.text for reply in own] for own in replies]


EXPECTED = [[f"q{q} #### {seed}" for seed in own] for q, own in enumerate(SEEDS.tolist())]


def test_every_attempt_is_one_request_with_its_seed(serve):
    server, generator = serve(lambda body, tries: None, temperature=0.5, system="S")
    replies = generator.generate(QUESTIONS, SEEDS)
    assert _texts(replies) == EXPECTED
    assert server.seen == Counter(range(12))
    assert server.most_at_once <= 4
    body = server.bodies[0]
    assert (body["model"], body["temperature"], body["messages"][0]["role"]) == ("m", 0.5, "system")
    assert {(r.tokens, r.prompt_tokens, r.finish) for own in replies for r in own} == {
        (7, 5, Finish.STOP)
    }


def test_a_server_that_limits_fails_and_cuts_the_line_costs_no_reply(serve):
    faults = [429, 500, "cut", 503]
    server, generator = serve(
        lambda body, tries: faults[tries] if body["seed"] % 3 == 0 and tries < 4 else None
    )
    assert _texts(generator.generate(QUESTIONS, SEEDS)) == EXPECTED
    assert {seed: count for seed, count in server.seen.items() if count > 1} == {
        seed: 5 for seed in range(0, 12, 3)
    }


def test_a_refused_question_is_one_failed_reply(serve):
    _, generator = serve(lambda body, tries: 400 if body["seed"] == 3 else None)
    replies = [reply for own in generator.generate(QUESTIONS, SEEDS) for reply in own]
    assert [i for i, reply in enumerate(replies) if reply.finish is Finish.FAILED] == [3]
    assert "status 400" in replies[3].text


@pytest.mark.parametrize("status", [401, 403, 404, 503])
def test_what_holds_for_all_requests_is_an_error(serve, status):
    _, generator = serve(lambda body, tries: status, patience_s=0.2)
    with pytest.raises(ServerRefusedError, match=f"/v1/chat/completions: .*status {status}"):
        generator.generate(QUESTIONS, SEEDS)


def test_a_refused_key_names_the_variable(serve):
    _, generator = serve(lambda body, tries: 401, key_variable="MY_KEY")
    with pytest.raises(ServerRefusedError, match="set the environment variable MY_KEY"):
        generator.generate(QUESTIONS, SEEDS)


@pytest.mark.parametrize("body", ["<html>", "[]", '{"error": 1}', '{"choices": []}',
                                  '{"choices": [{"message": null}]}'])  # fmt: skip
def test_an_answer_without_a_completion_is_asked_for_again(serve, body):
    server, generator = serve(
        lambda sent, tries: body if sent["seed"] == 3 else None, patience_s=0.2
    )
    replies = [reply for own in generator.generate(QUESTIONS, SEEDS) for reply in own]
    assert [i for i, reply in enumerate(replies) if reply.finish is Finish.FAILED] == [3]
    assert server.seen[3] > server.seen[4] == 1


@pytest.mark.parametrize(
    ("usage", "tokens", "prompt_tokens"),
    [
        ("", 6, 0),
        (', "usage": null', 6, 0),
        (', "usage": []', 6, 0),
        (', "usage": {"completion_tokens": null, "prompt_tokens": 5}', 6, 5),
        (', "usage": {"completion_tokens": 0, "prompt_tokens": null}', 6, 0),
        (', "usage": {"completion_tokens": 9, "prompt_tokens": 5}', 9, 5),
    ],
)
def test_tokens_that_a_server_does_not_count_are_estimated(serve, usage, tokens, prompt_tokens):
    # Five words and a full stop.
    body = '{"choices": [{"message": {"content": "We add two and three."}}]' + usage + "}"
    _, generator = serve(lambda sent, tries: body)
    reply = generator.generate(QUESTIONS[:1], SEEDS[:1])[0][0]
    assert (reply.tokens, reply.prompt_tokens) == (tokens, prompt_tokens)
    assert (reply.text, reply.finish) == ("We add two and three.", Finish.STOP)


@pytest.mark.parametrize(
    ("logprobs", "mean"),
    [
        ('{"content": [{"token": "a", "logprob": -0.5}, {"token": "b", "logprob": -1}]}', -0.75),
        ('{"content": [{"token": "a", "logprob": 0.0001}]}', 0.0),
        ('{"content": []}', None),
        ('{"content": [{"token": "a", "logprob": null}]}', None),
        ('{"tokens": ["a"], "token_logprobs": [-0.5]}', None),
        ("null", None),
    ],
)
def test_log_probabilities_are_asked_for_and_read_where_they_are_told(serve, logprobs, mean):
    body = '{"choices": [{"message": {"content": "ab"}, "logprobs": ' + logprobs + "}]}"
    server, generator = serve(lambda sent, tries: body, log_probabilities=True)
    assert generator.generate(QUESTIONS[:1], SEEDS[:1])[0][0].mean_log_probability == mean
    assert server.bodies[0]["logprobs"] is True


def test_log_probabilities_are_not_asked_for_unless_wanted(serve):
    server, generator = serve(lambda sent, tries: None)
    assert generator.generate(QUESTIONS[:1], SEEDS[:1])[0][0].mean_log_probability is None
    assert "logprobs" not in server.bodies[0]


def test_an_address_with_a_password_is_refused():
    with pytest.raises(ValueError, match="must not hold a name or password"):
        GeneratorConfig(engine=Engine.HTTP, model="m", url="http://me:secret@host/v1")


@pytest.mark.parametrize("key", ["secret", "secret\n", " secret\r\n"])
def test_the_key_comes_from_the_environment(serve, monkeypatch, key):
    monkeypatch.setenv("MY_KEY", key)
    server, generator = serve(lambda body, tries: None, key_variable="MY_KEY")
    generator.generate(QUESTIONS[:1], SEEDS[:1])
    assert set(server.headers_seen) == {"Bearer secret"}


def test_reasoning_is_kept_in_front_of_the_reply(serve):
    _, generator = serve(lambda body, tries: "thinks")
    assert (
        _texts(generator.generate(QUESTIONS[:1], SEEDS[:1]))[0][0] == "<think>hm</think>q0 #### 0"
    )


def test_a_missing_address_is_named():
    with pytest.raises(ValueError, match="needs generator.url"):
        load_generator(GeneratorConfig(engine=Engine.HTTP, model="m"))
