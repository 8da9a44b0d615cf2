"""What a server of OpenAI's chat completions answers, read as many servers write it."""

import json
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

import httpx

from rbic.core.token_estimate import estimate_tokens
from rbic.models.generator import Finish, Reply, mean_log_probability

LONGEST_WORDS = 2000
"""Characters of a server's words that are kept."""

_BUSY = frozenset({429, 503})
_OF_THE_QUESTION = frozenset({400, 413, 422})
_NO_MONEY = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")
"""Error codes under a 429 that no waiting mends."""
_FLAGGED = "input was flagged"
"""OpenRouter's words, under a 403, for one question that its moderation refuses."""
_NO_MORE_MONEY = "key limit exceeded"
"""OpenRouter's words, under a 403, for a key that may spend no more."""
_ENDS = frozenset({None, "stop", "length", "eos", "eos_token", "stop_sequence", "tool_calls"})
"""Reasons with which a model ends by itself, or runs into max_tokens."""
# The words of OpenAI, vLLM, SGLang, llama.cpp and text-generation-inference.
_OVERFLOW = re.compile(
    r"context_length_exceeded|(?:maximum|model's) context length|exceed_context_size"
    r"|available context size|`inputs` tokens \+ `max_new_tokens` must be"
)
_LIMIT = re.compile(r"context length (?:is|of) (\d+)|`max_new_tokens` must be <= (\d+)")
_PROMPT = re.compile(
    r"(at least )?(\d+) (?:in the messages|in your prompt|input tokens|tokens from the input"
    r"|`inputs` tokens)|messages resulted in (\d+)"
)
_HALF = re.compile(r"[\ud800-\udfff]")


class Fault(StrEnum):
    """What a failed request says about asking again."""

    BUSY = "busy"
    """The server has enough to do: all requests wait."""
    AWAY = "away"
    """Nobody is there to answer."""
    AILING = "ailing"
    """Something went wrong on its side, perhaps because of this very question."""
    SLOW = "slow"
    """No answer came in time."""
    REFUSED = "refused"
    """This question is refused, whenever it is asked."""
    UNUSABLE = "unusable"
    """Every request would be refused."""
    NO_KEY = "no key"
    """So it would be without another key."""
    FORBIDDEN = "forbidden"
    """So it would be, unless others are answered with this key: then it is this question."""
    NO_ROOM = "no room"
    """The longest reply asked for does not fit behind the prompt."""
    RENAMED = "renamed"
    """The length of a reply is called max_completion_tokens."""


_BY_STATUS = (
    dict.fromkeys((408, 409, 425, *range(500, 600)), Fault.AILING)
    | {502: Fault.AWAY}
    | {401: Fault.NO_KEY}
)


@dataclass(frozen=True)
class Failure:
    """A request without a reply."""

    fault: Fault
    words: str
    """What the server said."""
    wait_s: float | None = None
    """Seconds that it asks to wait."""
    room: int | None = None
    """Tokens that fit behind the prompt, 0 or less where it is too long by itself; None where the
    server does not say."""


def read_completion(response: httpx.Response) -> Reply | Failure:
    """The reply in a response, or why there is none."""
    status = response.status_code
    words = f"status {status}: {response.text[:LONGEST_WORDS]}"
    if response.is_success:
        found = _completion(response)
        if found is not None:
            return found
        return Failure(Fault.AILING, f"no completion in the answer: {words}")
    if status in _OF_THE_QUESTION:
        return _refusal(words, response.text)
    if status in _BUSY:
        if any(code in response.text for code in _NO_MONEY):
            return Failure(Fault.UNUSABLE, words)
        if "request too large" in response.text.lower():
            return Failure(Fault.REFUSED, words)
        return Failure(Fault.BUSY, words, wait_s=_wait_s(response.headers))
    if status == 403:
        return Failure(_forbidden(response.text), words)
    return Failure(_BY_STATUS.get(status, Fault.UNUSABLE), words)


def _forbidden(text: str) -> Fault:
    """Whether a 403 is about the question or about the key, where its words tell."""
    if _FLAGGED in text:
        return Fault.REFUSED
    return Fault.NO_KEY if _NO_MORE_MONEY in text.lower() else Fault.FORBIDDEN


def _refusal(words: str, text: str) -> Failure:
    """A refused question; what is merely too long is told from the rest."""
    if _OVERFLOW.search(text):
        limit, prompt = _LIMIT.search(text), _PROMPT.search(text)
        if prompt is None or limit is None:
            return Failure(Fault.NO_ROOM, words, room=0)
        if prompt.group(1):
            # vLLM stops counting where the prompt leaves no room for max_tokens.
            return Failure(Fault.NO_ROOM, words)
        tokens = int(prompt.group(2) or prompt.group(3))
        return Failure(Fault.NO_ROOM, words, room=int(limit.group(1) or limit.group(2)) - tokens)
    if "max_completion_tokens" in text and re.search(r"unsupported|not supported", text.lower()):
        return Failure(Fault.RENAMED, words)
    return Failure(Fault.REFUSED, words)


def _completion(response: httpx.Response) -> Reply | None:
    """The reply; None where the server says that all is well and sends none."""
    try:
        body: dict[str, Any] = response.json()
        choice = body["choices"][0]
        usage, message, reason = body.get("usage"), choice["message"], choice.get("finish_reason")
        thought = _text(message.get("reasoning_content") or message.get("reasoning"))
        text = _text(message.get("content"))
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    text = f"<think>{thought}</think>{text}" if thought else text
    finish = Finish.LENGTH if reason == "length" else Finish.STOP
    if reason not in _ENDS:
        # A filter's end stays the same; "error", "abort" and the like may be chance.
        if not text and reason != "content_filter":
            return None
        finish = Finish.LENGTH if text else Finish.FAILED
        text = text or f"finish_reason {json.dumps(reason)} and no text"
    return Reply(
        text=text,
        finish=finish,
        # Rounds are paid for in tokens: a reply that seemed to cost none would end them.
        tokens=_counted(usage, "completion_tokens") or estimate_tokens(text),
        prompt_tokens=_counted(usage, "prompt_tokens"),
        mean_log_probability=_mean(choice.get("logprobs")),
    )


def _text(content: Any) -> str:
    """The text of a message's content: a string, or parts of which some hold text.

    Raises:
        TypeError: it is neither.
    """
    if content is None or isinstance(content, str):
        return without_halves(content or "")
    if not isinstance(content, list):
        raise TypeError(f"content is a {type(content).__name__}")
    parts = [part if isinstance(part, str) else part.get("text") for part in content]
    return without_halves("".join(part for part in parts if isinstance(part, str)))


def without_halves(text: str) -> str:
    """The text with U+FFFD for each half of a surrogate pair, which no table can hold.

    A server that cuts a reply by UTF-16 units leaves one.
    """
    return _HALF.sub("\ufffd", text)


def _mean(logprobs: Any) -> float | None:
    """The mean log-probability of a reply's tokens; None where a server does not say."""
    content = logprobs.get("content") if isinstance(logprobs, dict) else None
    if not isinstance(content, list):
        return None
    told = [one.get("logprob") for one in content if isinstance(one, dict)]
    each = [float(one) for one in told if isinstance(one, int | float) and math.isfinite(one)]
    return mean_log_probability(sum(each), len(each)) if len(each) == len(content) else None


def _counted(usage: Any, name: str) -> int:
    """Tokens that a server says it used; 0 where it does not say."""
    count = usage.get(name) if isinstance(usage, dict) else None
    return count if isinstance(count, int) and count > 0 else 0


def _wait_s(headers: httpx.Headers) -> float | None:
    """Seconds that a server asks to wait, which it names as a number or as a date."""
    asked = headers.get("retry-after", "")
    try:
        seconds = float(asked)
    except ValueError:
        until, now = _date(asked), _date(headers.get("date", "")) or datetime.now(UTC)
        return max(0.0, (until - now).total_seconds()) if until is not None else None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _date(text: str) -> datetime | None:
    """An HTTP date."""
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)
