"""A driver: runs 24 chunks that take half a second each, as tasks or as actors.

Arguments: the folder for the chunks, and `tasks` or `actors`. Each start of a chunk is a line in
the folder's file `starts`: the chunk, and where rbic was imported from.
"""

import sys
import time
from pathlib import Path

import pyarrow as pa

import rbic
from rbic.chunks import Chunk, ChunkTables, Step, Workers
from rbic.cluster import ClusterConfig, connect, disconnect, stream_chunks

folder, loads_model = sys.argv[1], sys.argv[2] == "actors"
CHUNKS = [Chunk(f"{number:02d}", 1) for number in range(24)]


class Slow:
    """Takes its time."""

    def __call__(self, chunk):
        """Say which chunk was begun, and return a table of one row."""
        with (Path(folder) / "starts").open("a") as starts:
            starts.write(f"{chunk.name} {rbic.__file__}\n")
        time.sleep(0.5)
        return ChunkTables({"rows": pa.table({"value": [1]})})


connect(ClusterConfig(address="auto"))
# Two workers a node of two CPUs, and a rest for Ray Data: actors that hold every CPU of a cluster
# for life can leave it standing still.
step = Step(
    name="slow", reads=(), writes={"rows": None}, params={}, plan=lambda inputs: CHUNKS,
    worker=lambda inputs: Slow(), workers=Workers(count=4, cpus_each=0.75), loads_model=loads_model,
)  # fmt: skip
list(stream_chunks(step, {}, folder, CHUNKS))
disconnect()
