"""Replies that were paid for, kept beside work that is not done, so that none is bought twice.

A folder of small files, each written at once and never changed, since an object store appends to
none. Whoever kills the writer loses what came after its last file.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import xxhash

from rbic import storage
from rbic.models.completion import without_halves
from rbic.models.generator import Finish, Reply


def request_key(request: Mapping[str, Any]) -> str:
    """What a reply is found by: a digest of all that was asked, the attempt's seed among it."""
    return xxhash.xxh3_128_hexdigest(json.dumps(request, sort_keys=True).encode())


class ReplyJournal:
    """The replies in one folder."""

    def __init__(self, folder: str) -> None:
        """Read the replies that are there already.

        Args:
            folder: path or URI; made when the first reply is written.
        """
        self.folder = folder
        self._new: list[str] = []
        self._replies: dict[str, Reply] = {}
        if storage.exists(folder):
            for file in storage.list_files(folder):
                # A write that failed may have left a part of a file under another name.
                if not storage.file_name(file.path).endswith(".jsonl"):
                    continue
                for line in storage.read_bytes(file.path).splitlines():
                    self._take(json.loads(line))

    def _take(self, entry: dict[str, Any]) -> None:
        key = entry.pop("key")
        # Earlier versions kept texts as servers sent them.
        text = without_halves(entry["text"])
        self._replies[key] = Reply(**entry | {"finish": Finish(entry["finish"]), "text": text})

    def get(self, key: str) -> Reply | None:
        """The reply to a request, where it is known."""
        return self._replies.get(key)

    def add(self, key: str, reply: Reply) -> None:
        """Note a reply, to be written by the next `write`."""
        self._new.append(json.dumps({"key": key, **asdict(reply)}))

    def write(self) -> None:
        """Write what was noted since the last time."""
        if self._new:
            data = "\n".join(self._new).encode() + b"\n"
            storage.write_bytes(storage.join(self.folder, f"{uuid.uuid4().hex}.jsonl"), data)
            self._new = []
