"""The engine http: any server that speaks OpenAI's chat completions."""

import asyncio
import os
import random
from collections.abc import Sequence
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

from rbic.core.token_estimate import estimate_tokens
from rbic.models.generator import Finish, GeneratorConfig, Reply, chat_turns

_RETRY_STATUS = frozenset({408, 409, 425, 429, *range(500, 600)})
_MAX_TRIES = 8
_MAX_WAIT_S = 60.0
_LONGEST_WORDS = 2000


class ServerRefusedError(RuntimeError):
    """The server refuses what holds for every request; the message says what to set."""


class HttpGenerator:
    """Sends one request an attempt, many at a time; waits and tries again when told to."""

    def __init__(self, config: GeneratorConfig) -> None:
        """Take the server's address; the key comes from the environment only.

        Raises:
            ValueError: no URL is given.
        """
        if config.url is None:
            raise ValueError("generator.engine=http needs generator.url")
        self.name = "http"
        self._config = config
        self._url = config.url.rstrip("/") + "/chat/completions"
        key = os.environ.get(config.key_variable)
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def generate(self, questions: Sequence[str], seed_QA: NDArray[np.int64]) -> list[list[Reply]]:
        """Replies to each question; one that the server refuses for good is empty and `failed`."""
        return asyncio.run(self._generate(questions, seed_QA))

    async def _generate(
        self, questions: Sequence[str], seed_QA: NDArray[np.int64]
    ) -> list[list[Reply]]:
        at_once = asyncio.Semaphore(self._config.batch_replies)
        limits = httpx.Limits(max_connections=self._config.batch_replies)
        async with httpx.AsyncClient(
            headers=self._headers, timeout=self._config.timeout_s, limits=limits
        ) as client:

            async def attempt(question: str, seed: int) -> Reply:
                async with at_once:
                    return await self._attempt(client, question, seed)

            tasks = [
                attempt(question, seed)
                for question, seed_A in zip(questions, seed_QA.tolist(), strict=True)
                for seed in seed_A
            ]
            replies = await asyncio.gather(*tasks)
        attempts = seed_QA.shape[1]
        return [list(replies[i : i + attempts]) for i in range(0, len(replies), attempts)]

    async def _attempt(self, client: httpx.AsyncClient, question: str, seed: int) -> Reply:
        body = {
            "model": self._config.model,
            "messages": chat_turns(self._config, question),
            "temperature": self._config.temperature,
            "top_p": self._config.top_p,
            "max_tokens": self._config.max_tokens,
            "seed": seed,
        }
        for tries in range(_MAX_TRIES):
            last = tries + 1 == _MAX_TRIES
            try:
                response = await client.post(self._url, json=body)
            except httpx.TransportError:
                if last:
                    raise
                await _wait(tries, None)
                continue
            if response.status_code not in _RETRY_STATUS:
                reply = _read(response, self._config.key_variable)
                if reply is not None:
                    return reply
                if last:
                    words = f"no completion in the answer: {response.text[:_LONGEST_WORDS]}"
                    return Reply(words, Finish.FAILED, 0, 0)
            elif last:
                raise ServerRefusedError(_said(response, self._config.key_variable))
            await _wait(tries, response.headers.get("retry-after"))
        raise AssertionError("the last try returns or raises")


async def _wait(tries: int, retry_after: str | None) -> None:
    """Wait as long as the server says, else twice as long each time; always a little random."""
    seconds = min(_MAX_WAIT_S, 0.5 * 2**tries)
    if retry_after is not None and retry_after.replace(".", "", 1).isdigit():
        seconds = min(_MAX_WAIT_S, float(retry_after))
    await asyncio.sleep(seconds * random.uniform(1.0, 1.5))


def _said(response: httpx.Response, key_variable: str) -> str:
    """What a server refused, without the name and password that its address may hold."""
    place = response.url.copy_with(username=None, password=None)
    hint = (
        f" (set the environment variable {key_variable} where the workers run)"
        if response.status_code in (401, 403)
        else ""
    )
    return f"{place} answered {response.status_code}{hint}: {response.text[:_LONGEST_WORDS]}"


def _read(response: httpx.Response, key_variable: str) -> Reply | None:
    """The reply in a response; a refusal of this very question (400, 413, 422) is a failed one.

    Returns:
        None where the server says that all is well and sends no completion.

    Raises:
        ServerRefusedError: the server refuses for a reason that holds for all (401, 404).
    """
    if response.status_code in (400, 413, 422):
        return Reply(response.text[:_LONGEST_WORDS], Finish.FAILED, 0, 0)
    if not response.is_success:
        raise ServerRefusedError(_said(response, key_variable))
    try:
        body: dict[str, Any] = response.json()
        choice = body["choices"][0]
        usage = body.get("usage")
        message = choice["message"]
        reasoning = message.get("reasoning_content") or ""
        text = message.get("content") or ""
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    text = f"<think>{reasoning}</think>{text}" if reasoning else text
    return Reply(
        text=text,
        finish=Finish.LENGTH if choice.get("finish_reason") == "length" else Finish.STOP,
        # Rounds are paid for in tokens: a reply that seemed to cost none would end them.
        tokens=_counted(usage, "completion_tokens") or estimate_tokens(text),
        prompt_tokens=_counted(usage, "prompt_tokens"),
    )


def _counted(usage: Any, name: str) -> int:
    """Tokens that a server says it used; 0 where it does not say."""
    count = usage.get(name) if isinstance(usage, dict) else None
    return count if isinstance(count, int) and count > 0 else 0
