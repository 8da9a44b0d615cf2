"""Attempts through a server that fails, and a driver that is killed, through the whole command."""

import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.timeout(900)]

WITHOUT_END = 10**6
UNDER_WAY = 4
"""Requests of a worker at a time; fewer than a chunk has."""


class _Server(ThreadingHTTPServer):
    """Speaks chat completions; `faults` holds what goes wrong at a seed's first requests."""

    daemon_threads = True

    def __init__(self, faults=lambda seed: [], most=WITHOUT_END):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.faults = faults
        self.asked, self.answered = Counter(), Counter()
        self.lock = threading.Lock()
        self.most = most  # replies, after which it falls silent
        self.settings = (
            "generator.engine=http", f"generator.batch_replies={UNDER_WAY}",
            f"generator.url=http://127.0.0.1:{self.server_port}/v1",
        )  # fmt: skip
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_POST(self):
        server = self.server
        seed = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["seed"]
        with server.lock:
            fault = [*server.faults(seed), *[None] * 99][server.asked[seed]]
            server.asked[seed] += 1
        if fault == "cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")
            self.close_connection = True
            return
        if not fault:
            while server.answered.total() >= server.most:
                time.sleep(0.1)
            with server.lock:
                server.answered[seed] += 1
        message = {"message": {"content": f"#### {seed % 7}"}, "finish_reason": "stop"}
        data = json.dumps({"choices": [message], "usage": {"completion_tokens": 4}}).encode()
        self.send_response(fault or 200)
        if fault == 429:
            self.send_header("Retry-After", "0.05")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def test_a_failing_server_and_a_killed_driver_cost_no_reply_and_buy_none_twice(
    begin, below, gone, wait_for, sizes, tmp_path
):
    rows, attempts, chunk_rows = sizes
    faults = {1: [429], 2: [500], 3: ["cut"], 5: [503, "cut", 429]}
    # Amid a chunk: some of its replies are there, and it is not committed.
    most = rows * attempts // 2 + chunk_rows
    server = _Server(lambda seed: faults.get(seed % 8, []), most=most)
    run = begin(tmp_path / "out", *server.settings)
    wait_for(lambda: server.answered.total() >= server.most, "half of the replies", 300)
    time.sleep(2)
    committed, workers = run.committed(), below(run.process.pid, "ray::MapWorker")
    assert workers
    run.kill()
    gone(*workers)
    before = dict(server.asked)
    server.most = WITHOUT_END
    again = begin(tmp_path / "out", *server.settings).wait()
    again.kept(committed)
    assert len(committed) >= 2
    chunk_replies = chunk_rows * attempts
    # What was under way is all that is asked again: what came before was kept as it came.
    asked_again = {seed for seed in before if server.asked[seed] > before[seed]}
    answered_twice = {seed for seed, times in server.answered.items() if times > 1}
    assert answered_twice <= asked_again
    assert 0 < len(asked_again) <= UNDER_WAY * len(workers)
    assert len(set(before) - asked_again) >= most > len(committed) * chunk_replies
    assert not (tmp_path / "out/steps/journal").exists()
    for row in again.attempts():
        assert (row["reply"], row["finish"]) == (f"#### {row['seed'] % 7}", "stop")
        seed = row["seed"]
        if seed not in asked_again:
            assert server.asked[seed] == 1 + len(faults.get(seed % 8, []))
