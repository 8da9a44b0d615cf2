"""Ray nodes on this machine, started and killed the way a cluster's are: as processes."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import ray

ROOT = Path(__file__).parents[2]
RAY = Path(sys.executable).parent / "ray"
# A lost node is noticed after two seconds instead of half a minute.
HEALTH = {
    "health_check_initial_delay_ms": 1000,
    "health_check_period_ms": 500,
    "health_check_timeout_ms": 1000,
    "health_check_failure_threshold": 3,
}


def wait_for(condition, what, timeout_s=120.0):
    """The first true value of `condition()`."""
    until = time.monotonic() + timeout_s
    while not (value := condition()):
        assert time.monotonic() < until, f"waited {timeout_s:g} s for {what}"
        time.sleep(0.05)
    return value


def free_port():
    """A port that nobody listens on, outside those that Ray gives to workers (10002 to 19999)."""
    while True:
        port = 20000 + secrets.randbelow(12000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


def processes():
    """Parent and session of every process, by id."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has ended meanwhile
            found[int(folder.name)] = (int(fields[1]), int(fields[3]))
    return found


def below(pid, command):
    """Ids of the processes below one whose command line holds a text, in order."""
    table, ours = processes(), {pid}
    while more := {one for one, (parent, _) in table.items() if parent in ours} - ours:
        ours |= more
    found = []
    for one in sorted(ours - {pid}):
        try:
            line = Path(f"/proc/{one}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended meanwhile
        if command.encode() in line.replace(b"\0", b" "):
            found.append(one)
    return found


def kill_tree(leader):
    """SIGKILL a session's leader, all of its session, and whatever descends from either."""
    while True:
        table = processes()
        doomed = {pid for pid, (_, session) in table.items() if session == leader}
        while more := {pid for pid, (parent, _) in table.items() if parent in doomed} - doomed:
            doomed |= more
        if not doomed:
            return
        for pid in doomed:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            if pid == leader:
                os.waitpid(pid, 0)


class Cluster:
    """A head without CPUs that wants a token, and worker nodes of two CPUs."""

    def __init__(self, folder):
        self.folder = folder
        # Sockets lie below it, and the path of a socket has at most 107 bytes.
        self.temporary = Path(tempfile.mkdtemp(prefix="rb", dir="/tmp"))
        self.token = secrets.token_hex(32)
        token_file = folder / "token"
        token_file.write_text(self.token)
        token_file.chmod(0o600)
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("RAY_")},
            "PATH": f"{RAY.parent}:{os.environ['PATH']}",
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN_PATH": str(token_file),
            "RAY_TMPDIR": str(self.temporary),
            "RAY_USAGE_STATS_ENABLED": "0",
            "HF_HUB_OFFLINE": "1",
        }
        self.nodes = {}
        self._started = 0
        # Ray puts the machine's own address in the place of a loopback one.
        self.gcs = f"{ray.util.get_node_ip_address()}:{free_port()}"
        self.address = f"http://127.0.0.1:{free_port()}"

    wait_for = staticmethod(wait_for)

    def _start(self, name, *arguments):
        command = [RAY, "start", "--block"]
        command += ["--object-store-memory=100000000", "--min-worker-port=0", "--max-worker-port=0"]
        command += [
            f"--{kind}-port={free_port()}"
            for kind in (
                "dashboard-agent-listen",
                "dashboard-agent-grpc",
                "runtime-env-agent",
                "metrics-export",
                "node-manager",
                "object-manager",
            )
        ]
        with (self.folder / f"{name}.log").open("w") as log:
            self.nodes[name] = subprocess.Popen(
                [*command, *arguments], env=self.environment, cwd=self.folder,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def start_head(self):
        self._start(
            "head", "--head", "--num-cpus=0", f"--port={self.gcs.rpartition(':')[2]}",
            "--dashboard-host=127.0.0.1", f"--dashboard-port={self.address.rpartition(':')[2]}",
            f"--ray-client-server-port={free_port()}", f"--system-config={json.dumps(HEALTH)}",
        )  # fmt: skip
        wait_for(lambda: self.alive() == 1, "the head")

    def start_worker(self, name):
        self._start(name, f"--address={self.gcs}", "--num-cpus=2")
        wait_for(lambda: self.alive() == len(self.nodes), f"the node {name}")

    def kill(self, name):
        """SIGKILL a node: its raylet and every process on it."""
        kill_tree(self.nodes.pop(name).pid)

    def two_workers(self):
        """Put new worker nodes in the place of those that were killed."""
        wait_for(lambda: self.alive() == len(self.nodes), "the loss of a node to be noticed")
        while len(self.nodes) < 3:
            self._started += 1
            self.start_worker(f"worker-{self._started}")

    def workers(self):
        """Names of the worker nodes, the newest last."""
        return [name for name in self.nodes if name != "head"]

    def alive(self):
        """Nodes that the head thinks alive; 0 while nobody answers."""
        try:
            answer = self.get("/nodes?view=summary")
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return 0
        return sum(one["raylet"]["state"] == "ALIVE" for one in answer["data"]["summary"])

    def get(self, path, method="GET"):
        headers = {"Authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(self.address + path, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def job(self, *arguments, environment=None):
        """Run `ray job ...` as a user of this machine does."""
        return subprocess.run(
            [RAY, "job", arguments[0], "--address", self.address, *arguments[1:]],
            env=environment or self.environment, cwd=ROOT, capture_output=True, text=True,
            timeout=300, check=False,
        )  # fmt: skip

    def submit(self, name, *command, working_dir=ROOT):
        """Submit a command under a name, without waiting for it."""
        done = self.job(
            "submit", "--no-wait", "--submission-id", name, "--working-dir", str(working_dir),
            "--", *command,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    def end(self, name):
        """Wait until a job has ended; what Ray tells of it."""
        return wait_for(lambda: self.ended(name), f"the end of the job {name}", 480)

    def ended(self, name):
        """What Ray tells of a job that has ended, else None."""
        facts = self.get(f"/api/jobs/{name}")
        return facts if facts["status"] in ("STOPPED", "SUCCEEDED", "FAILED") else None

    def log(self, name):
        return self.get(f"/api/jobs/{name}/logs")["logs"]

    def close(self):
        for name in reversed(list(self.nodes)):
            self.kill(name)
        shutil.rmtree(self.temporary)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A head that waits for workers."""
    one = Cluster(tmp_path_factory.mktemp("nodes"))
    try:
        one.start_head()
        yield one
    finally:
        one.close()


@pytest.fixture(name="below", scope="session")
def below_fixture():
    """The function that finds processes below another; tests import nothing from here."""
    return below


@pytest.fixture(name="kill_tree", scope="session")
def kill_tree_fixture():
    """The function that kills a session's leader and all that descends from it."""
    return kill_tree


@pytest.fixture(name="wait_for", scope="session")
def wait_for_fixture():
    """The function that waits for a condition."""
    return wait_for
