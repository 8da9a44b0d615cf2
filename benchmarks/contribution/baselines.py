"""What anybody could measure of a chain without analysing it."""

import gzip
import re

_TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+|[^\w\s]")
_SENTENCE = re.compile(r"[.!?]+(?:\s|$)|[。！？．]")


def count_tokens(text: str) -> int:
    """Words, Chinese characters and signs."""
    return len(_TOKEN.findall(text))


def count_lines(text: str) -> int:
    """Lines that are not empty."""
    return sum(bool(line.strip()) for line in text.split("\n"))


def count_sentences(text: str) -> int:
    """Pieces between sentence ends that are not empty."""
    return sum(bool(piece.strip()) for piece in _SENTENCE.split(text))


def gzip_ratio(text: str) -> float:
    """Compressed bytes over bytes: low where a text repeats itself, high where it is short."""
    content = text.encode()
    return len(gzip.compress(content, 6)) / max(1, len(content))


BASELINES = {
    "tokens": count_tokens,
    "lines": count_lines,
    "sentences": count_sentences,
    "gzip ratio": gzip_ratio,
}
