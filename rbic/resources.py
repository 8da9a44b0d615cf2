"""What Ray's nodes have, and whether they have room for what is asked of them."""

import math
from collections.abc import Mapping

import ray

OWN = "rbic_own"
"""A resource that only the node of a Ray of our own has: it never gets another node. A cluster that
others run may grow, so that what it has not it may still get."""

_GIB = 2**30


def settled_gpus(gpus_each: float | None, usual: int = 1) -> float:
    """GPUs that a worker holds: as asked; for None the usual number if the cluster has any."""
    if gpus_each is not None:
        return gpus_each
    return float(usual) if ray.cluster_resources().get("GPU", 0) else 0.0


def gpu_share() -> float:
    """Share of a GPU that Ray gave this process, in (0, 1]; 1 for several, and without Ray."""
    if not ray.is_initialized() or ray.get_runtime_context().worker.mode != ray.WORKER_MODE:
        return 1.0
    given = ray.get_runtime_context().get_assigned_resources().get("GPU", 1.0)
    return min(1.0, float(given))


def no_room(asked: Mapping[str, float], count: int = 1) -> str | None:
    """Why workers can never be started, in words; None where they can, or the cluster may grow.

    Args:
        asked: what one of them holds, by Ray's names: CPU, GPU, memory in bytes.
        count: how many have to run at the same time.
    """
    if not ray.cluster_resources().get(OWN):
        return None
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    needs = {name: amount for name, amount in asked.items() if amount > 0}
    places = sum(_places(node, needs) for node in nodes)
    if places >= count:
        return None
    total = {name: sum(node.get(name, 0) for node in nodes) for name in ("CPU", "GPU", "memory")}
    each = f"{count:,} workers with {_words(needs)} each" if count > 1 else _words(needs)
    return f"{each}, and this machine offers {_words(total)}"


def _places(node: Mapping[str, float], needs: Mapping[str, float]) -> float:
    """Workers that a node has room for."""
    return min(
        (math.floor(node.get(name, 0) / one) for name, one in needs.items()), default=math.inf
    )


def _words(resources: Mapping[str, float]) -> str:
    said = [
        f"{amount / _GIB:.1f} GiB of memory"
        if name == "memory"
        else f"{amount:g} {name}{'s' * (amount != 1)}"
        for name, amount in resources.items()
    ]
    return ", ".join(said) or "nothing"
