"""The engine http: any server that speaks OpenAI's chat completions.

Three patiences, each of its own kind. A server that has enough to do (429, 503) makes all requests
wait and uses up nothing. A question that fails while others are answered is asked eight times, then
its reply is `failed` with the server's words. A server that answers nothing for
`generator.patience_s` ends the work.
"""

import asyncio
import contextlib
import math
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

from rbic.models.completion import Failure, Fault, read_completion
from rbic.models.generator import NEVER_WRITTEN, Finish, GeneratorConfig, Reply, chat_turns
from rbic.models.pace import Pace, Slot, backoff_s, with_jitter
from rbic.models.reply_journal import ReplyJournal, request_key

_MAX_TRIES = 8
"""Failures of one question between answers to others."""
_MAX_SLOW = 2
"""A question without an answer in time is as costly as it is slow."""
_MOST_REFUSED = 8
"""Questions refused or given up one after another, without a reply in between, that show it is not
them; as with the other engines (rbic.models.generator_process)."""
_CONNECT_S = 30.0
_NEW_LENGTH = "max_completion_tokens"
"""What OpenAI's reasoning models call max_tokens."""
_WORTH_SAYING_S = 60.0
"""A longer wait is said in the worker's log."""
_WRITE_EVERY_S = 1.0
"""What a killed worker loses of the replies that its server wrote; see ReplyJournal."""
_NOT_OF_THE_SERVER = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)
"""A URL without http://, a key that is no header: no waiting mends them."""


class ServerRefusedError(RuntimeError):
    """The server is of no use, whatever it is asked; the message says what to set."""


class HttpGenerator:
    """Sends one request an attempt, many at a time, as fast as the server takes them."""

    def __init__(
        self, config: GeneratorConfig, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Take the server's address; the key comes from the environment only.

        Args:
            config: which server, and how it is asked.
            transport: carries the requests; None takes the network.

        Raises:
            ValueError: no URL is given, it is none, or the key cannot be sent.
        """
        if config.url is None:
            raise ValueError("generator.engine=http needs generator.url")
        self.name = "http"
        self.journal: str | None = None
        self._config = config
        self._transport = transport
        self._url = _checked_url(config.url).rstrip("/") + "/chat/completions"
        key = _key(config.key_variable)
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._pace = Pace(config.batch_replies, config.requests_per_minute)
        self._length_name = "max_tokens"
        self._refused: set[str] = set()
        self._ended_by: str | None = None

    def generate(self, questions: Sequence[str], seed_QA: NDArray[np.int64]) -> list[list[Reply]]:
        """Replies to each question; one that is refused for good holds the server's words.

        Raises:
            ServerRefusedError: the server refuses whatever it is asked, or is silent for longer
                than `generator.patience_s`. Requests under way were waited for, and what they
                brought is in the journal.
        """
        journal = ReplyJournal(self.journal) if self.journal is not None else None
        return asyncio.run(self._generate(questions, seed_QA, journal))

    async def _generate(
        self, questions: Sequence[str], seed_QA: NDArray[np.int64], journal: ReplyJournal | None
    ) -> list[list[Reply]]:
        self._pace.renew()
        self._ended_by = None
        timeout_s = self._config.timeout_s
        asked = [
            (question, seed)
            for question, seed_A in zip(questions, seed_QA.tolist(), strict=True)
            for seed in seed_A
        ]
        async with httpx.AsyncClient(
            headers=self._headers,
            timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, _CONNECT_S)),
            limits=httpx.Limits(max_connections=self._config.batch_replies),
            transport=self._transport,
        ) as client:
            writing = asyncio.create_task(_write_now_and_then(journal))
            try:
                async with asyncio.TaskGroup() as group:
                    tasks = [group.create_task(self._reply(client, *one, journal)) for one in asked]
            finally:
                writing.cancel()
                _write_last(journal)
        if self._ended_by is not None:
            raise ServerRefusedError(self._ended_by)
        replies = [task.result() for task in tasks]
        attempts = seed_QA.shape[1]
        return [replies[i : i + attempts] for i in range(0, len(replies), attempts)]

    async def _reply(
        self, client: httpx.AsyncClient, question: str, seed: int, journal: ReplyJournal | None
    ) -> Reply:
        """The reply to one attempt, from the journal where it is there."""
        request = self._request(question, seed)
        key = request_key(request)
        known = journal.get(key) if journal is not None else None
        if known is not None:
            return known
        reply = await self._attempt(client, _Asked(question, request))
        if journal is not None and reply.finish not in NEVER_WRITTEN:
            journal.add(key, reply)
        return reply

    def _request(self, question: str, seed: int) -> dict[str, Any]:
        stop = {"stop": list(self._config.stop)} if self._config.stop else {}
        return {
            "model": self._config.model,
            "messages": chat_turns(self._config, question),
            "temperature": self._config.temperature,
            "top_p": self._config.top_p,
            "max_tokens": self._config.max_tokens,
            "seed": seed,
            **stop,
            **({"logprobs": True} if self._config.log_probabilities else {}),
        }

    async def _attempt(self, client: httpx.AsyncClient, asked: "_Asked") -> Reply:
        """Ask until there is a reply, or none is to be expected."""
        while (slot := await self._pace.begin(again=asked.failures > 0)) is not None:
            heard = await self._post(client, slot, asked.request)
            if isinstance(heard, Failure):
                ended = await self._after(heard, slot, asked)
                if ended is not None:
                    return ended
                continue
            self._pace.answered()
            self._refused.clear()
            return heard
        return Reply("not asked: the work had ended", Finish.FAILED, 0, 0)

    async def _post(
        self, client: httpx.AsyncClient, slot: Slot, request: dict[str, Any]
    ) -> Reply | Failure:
        """What the server says to one request."""
        length = self._length_name
        named = {length if name == "max_tokens" else name: value for name, value in request.items()}
        try:
            heard = read_completion(await client.post(self._url, json=named))
        except httpx.ReadTimeout:
            words = f"no answer within generator.timeout_s={self._config.timeout_s:g} s"
            return Failure(Fault.SLOW, words)
        except httpx.RequestError as error:
            return Failure(_fault(error), _words(error))
        finally:
            self._pace.end(slot)
        if isinstance(heard, Failure) and heard.fault is Fault.RENAMED and length == _NEW_LENGTH:
            return replace(heard, fault=Fault.REFUSED)
        if isinstance(heard, Failure) and heard.fault is Fault.FORBIDDEN:
            # A key with which others were answered is not what is wrong.
            answered = math.isfinite(self._pace.answered_at)
            return replace(heard, fault=Fault.REFUSED if answered else Fault.NO_KEY)
        return heard

    async def _after(self, failure: Failure, slot: Slot, asked: "_Asked") -> Reply | None:
        """What follows from a failure: a reply that no model wrote, or, after a wait, None."""
        match failure.fault:
            case Fault.BUSY:
                wait_s = self._pace.hold(slot, failure.wait_s, fewer=True)
                if wait_s > _WORTH_SAYING_S:
                    sys.stderr.write(f"rbic: {self._place} asks to wait {wait_s:.0f} s\n")
                self._end_if_silent(failure)
                return None
            case Fault.AWAY | Fault.AILING | Fault.SLOW:
                return await self._after_trouble(failure, slot, asked)
            case Fault.UNUSABLE:
                self._end(failure.words)
                return None
            case Fault.NO_KEY:
                variable = self._config.key_variable
                self._end(f"{failure.words} (set the environment variable {variable} where the "
                          "workers run)")  # fmt: skip
                return None
        self._pace.alive()
        if failure.fault is Fault.RENAMED:
            self._length_name = _NEW_LENGTH
            return None
        if failure.fault is Fault.NO_ROOM:
            return asked.shorten(failure.room)
        return self._give_up(asked.question, failure)

    async def _after_trouble(self, failure: Failure, slot: Slot, asked: "_Asked") -> Reply | None:
        self._pace.ailing()
        if self._for_good(failure.fault, asked):
            return self._give_up(asked.question, failure)
        if failure.fault is Fault.AWAY:
            self._pace.hold(slot, None, fewer=False)
            self._end_if_silent(failure)
        else:
            await self._pace.rest(with_jitter(backoff_s(asked.failures)))
        return None

    def _for_good(self, fault: Fault, asked: "_Asked") -> bool:
        """Whether a question that failed is not asked again."""
        asked.failures += 1
        # A server that is away for a while uses up no tries: only what others do not suffer.
        asked.tries += self._pace.answered_at > asked.failed_at
        asked.failed_at = asyncio.get_running_loop().time()
        asked.slow += fault is Fault.SLOW
        if fault is not Fault.AWAY and self._pace.silent_s() > self._config.patience_s:
            return True
        return asked.slow == _MAX_SLOW or asked.tries == _MAX_TRIES

    def _give_up(self, question: str, failure: Failure) -> Reply:
        self._refused.add(question)
        if len(self._refused) >= _MOST_REFUSED:
            self._end(
                f"{_MOST_REFUSED} questions failed one after another; at last: {failure.words}"
            )
        return Reply(failure.words, Finish.FAILED, 0, 0)

    def _end_if_silent(self, failure: Failure) -> None:
        silent_s = self._pace.silent_s()
        if silent_s > self._config.patience_s:
            self._end(
                f"nothing answered for {silent_s:.0f} s, more than generator.patience_s="
                f"{self._config.patience_s:g}; at last: {failure.words}"
            )

    def _end(self, why: str) -> None:
        """Ask nothing more."""
        if self._ended_by is None:
            self._ended_by = f"{self._place}: {why}"
        self._pace.close()

    @property
    def _place(self) -> str:
        """The server's address, without the name and password that it may hold."""
        return str(httpx.URL(self._url).copy_with(username=None, password=None))


@dataclass
class _Asked:
    """An attempt on its way."""

    question: str
    request: dict[str, Any]
    failures: int = 0
    """All failures but those of a server that has enough to do."""
    tries: int = 0
    """Those between which others were answered."""
    slow: int = 0
    """Those without an answer in time."""
    failed_at: float = float("-inf")
    """When it failed last, on the event loop's clock."""

    def shorten(self, room: int | None) -> Reply | None:
        """Ask for a shorter reply, as the other engines do; one to a prompt that is too long.

        Args:
            room: tokens that fit behind the prompt; None takes half of what was asked for.
        """
        most: int = self.request["max_tokens"]
        room = most // 2 if room is None else min(room, most - 1)
        if room < 1:
            return Reply("", Finish.PROMPT_TOO_LONG, 0, 0)
        self.request["max_tokens"] = room
        return None


async def _write_now_and_then(journal: ReplyJournal | None) -> None:
    while journal is not None:
        await asyncio.sleep(_WRITE_EVERY_S)
        # What was not written is kept, and written with what comes next.
        with contextlib.suppress(OSError):
            journal.write()


def _write_last(journal: ReplyJournal | None) -> None:
    """Write what is left, or say that it could not be written.

    It is no error: where all went well the chunk is committed next, and where the work ended, its
    own error is the one to be seen.
    """
    if journal is None:
        return
    try:
        journal.write()
    except OSError as error:
        sys.stderr.write(
            f"rbic: the last replies could not be kept in {journal.folder}, and are bought again "
            f"if this chunk is run again: {error}\n"
        )


def _checked_url(url: str) -> str:
    """The same URL.

    Raises:
        ValueError: it is none.
    """
    try:
        httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ValueError(
            f"generator.url must be a URL such as http://127.0.0.1:8000/v1, but {url!r} is none: "
            f"{error}"
        ) from error
    return url


def _key(variable: str) -> str:
    """The key in an environment variable; empty where there is none.

    Raises:
        ValueError: no header can hold it; the message does not quote it.
    """
    # A mounted secret is a file, which ends with a line break.
    key = os.environ.get(variable, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ValueError(
            f"the environment variable {variable} (generator.key_variable) must hold a key of "
            "ASCII characters without control characters"
        )
    return key


def _words(error: httpx.RequestError) -> str:
    """What an error without an answer says of itself."""
    name = type(error).__name__
    if isinstance(error, httpx.LocalProtocolError):
        return f"{name}: not quoted, since it may hold the key"
    return f"{name}: {error}".rstrip(": ")


def _fault(error: httpx.RequestError) -> Fault:
    """What an error without an answer says about asking again."""
    if isinstance(error, _NOT_OF_THE_SERVER):
        return Fault.UNUSABLE
    # One that took the question up and broke off may have died of it.
    nobody = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError)
    return Fault.AWAY if nobody else Fault.AILING
