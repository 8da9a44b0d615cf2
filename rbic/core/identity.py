"""Content ids: the low 63 bits of a 64-bit hash of normalised text.

At ten million rows the chance that any two different rows share an id is about 5 in a million.
"""

import re
import unicodedata

import xxhash

_SPACE = re.compile(r"\s+")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_SEPARATOR = "\x1f"
_ID_MASK = (1 << 63) - 1


def normalise(text: str) -> str:
    """Text as ids see it: Unicode NFC, full-width ASCII made plain, white space folded.

    Case stays, and so do superscripts (NFKC would make x² and x2 one).
    """
    plain = unicodedata.normalize("NFC", text).translate(_FULL_WIDTH)
    return _SPACE.sub(" ", plain).strip()


def content_id(*parts: str) -> int:
    """The id of normalised parts, in [0, 2^63)."""
    text = _SEPARATOR.join(normalise(part) for part in parts)
    return xxhash.xxh3_64_intdigest(text.encode("utf-8")) & _ID_MASK
