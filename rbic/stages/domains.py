"""Find knowledge domains in the neighbour graph, name them, and rank what is core in each.

Reads   samples      questions, for the names
        marks        of the exact duplicates, which are left out
        templates    frames of questions, which name no domain
        neighbours
Writes  domains        one row a sample, in order of id
        domain_names   one row a domain and one a subdomain
        edges          the weighted graph, for whoever wants to draw it
Needs   the graph and the questions of a sample of each domain in a worker's memory
"""

from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rbic.chunks import Chunk, ChunkTables, Step, Workers, whole
from rbic.core.domain_names import keywords
from rbic.core.domains import coreness, neighbour_edges
from rbic.core.partitions import adjusted_rand, by_size, merge_small, size_band
from rbic.core.templates import without_templates
from rbic.distinct import (
    by_id,
    distinct_samples,
    flat_lists,
    read_templates,
    rows_of,
    texts_of,
)
from rbic.models.leiden import LeidenGraph
from rbic.outputs import Inputs, StepOutput
from rbic.schema import DOMAIN_NAMES, DOMAINS

EDGES = pa.schema(
    [
        pa.field("a_id", pa.int64(), nullable=False),
        pa.field("b_id", pa.int64(), nullable=False),
        pa.field("weight", pa.float32(), nullable=False),
    ]
)

_RESOLUTIONS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
_NAMED_QUESTIONS = 2000
_EXCERPT_CHARACTERS = 40


@dataclass(frozen=True)
class DomainConfig:
    """How the corpus is divided."""

    k: int = 15
    """Neighbours that make edges, of those in the graph."""
    fewest: int = 0
    """Fewest domains; 0 takes an eighth of the square root of the samples, at most 64."""
    most: int = 0
    """Most domains; 0 takes half of the square root, at most 256."""
    min_size: int = 10
    """Smaller communities join the one they are closest to."""
    seeds: int = 3
    """Runs that have to agree on a partition; the resolution of best agreement is taken."""
    duplicate_cosine: float = 0.97
    """From this cosine similarity on, a neighbour does not count towards coreness."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name, least in (("k", 1), ("fewest", 0), ("most", 0), ("min_size", 1), ("seeds", 1)):
            if getattr(self, name) < least:
                raise ValueError(
                    f"domains.{name} must be at least {least}, got {getattr(self, name)}"
                )
        if self.most and self.most < self.fewest:
            raise ValueError(f"domains.most {self.most} is below domains.fewest {self.fewest}")


@dataclass(frozen=True)
class _Graph:
    """The neighbour graph by rows of ascending ids."""

    id_N: NDArray[np.int64]
    cosine_NK: NDArray[np.float32]
    there_NK: NDArray[np.bool_]
    edge_E2: NDArray[np.int64]
    weight_E: NDArray[np.float64]


class FindDomains:
    """Divides the whole graph in one piece of work."""

    def __init__(self, inputs: Inputs, config: DomainConfig) -> None:
        """Take the inputs."""
        self._inputs = inputs
        self._config = config

    def __call__(self, chunk: Chunk) -> ChunkTables:
        """Domains, their names, and the edges."""
        config = self._config
        ingest = self._inputs["ingest"]
        samples = distinct_samples(ingest, self._inputs["duplicates"], ["train_tokens"])
        graph = _read_graph(self._inputs["neighbours"], samples["sample_id"].to_numpy(), config.k)
        domain_N, resolution, agreement = divide(graph, config)
        subdomain_N = subdivide(graph, domain_N, config)
        core_N = coreness(domain_N, graph.cosine_NK, graph.there_NK, config.duplicate_cosine)
        names = _name_table(self._inputs, samples, domain_N, subdomain_N, core_N)
        domains = pa.table(
            {
                "sample_id": graph.id_N,
                "domain_id": domain_N.astype(np.int32),
                "subdomain_id": subdomain_N.astype(np.int32),
                "coreness": core_N,
            },
            schema=DOMAINS.schema,
        )
        edges = pa.table(
            {
                "a_id": graph.id_N[graph.edge_E2[:, 0]],
                "b_id": graph.id_N[graph.edge_E2[:, 1]],
                "weight": graph.weight_E.astype(np.float32),
            },
            schema=EDGES,
        )
        counts = {
            "domains": int(domain_N.max(initial=-1)) + 1,
            "resolution_percent": round(100 * resolution),
            "agreement_percent": round(100 * agreement),
        }
        tables = {"domains": domains, "domain_names": names, "edges": edges}
        return ChunkTables(tables, counts)


def _read_graph(neighbours: StepOutput, id_N: NDArray[np.int64], k: int) -> _Graph:
    table = by_id(neighbours.read("neighbours"), id_N, "domains")
    listed = table["neighbour_id"].type.list_size
    neighbour_NK = rows_of(id_N, flat_lists(table["neighbour_id"])).reshape(-1, listed)
    cosine_NK = flat_lists(table["cosine"]).reshape(-1, listed)
    edge_E2, weight_E = neighbour_edges(neighbour_NK[:, :k], cosine_NK[:, :k])
    return _Graph(id_N, cosine_NK, neighbour_NK >= 0, edge_E2, weight_E)


def divide(graph: _Graph, config: DomainConfig) -> tuple[NDArray[np.int64], float, float]:
    """The partition into domains, its resolution, and how well several seeds agree on it.

    Of the resolutions whose number of domains lies within the band, the one on which the seeds
    agree best (mean adjusted Rand index); where none does, the one nearest to the band.
    """
    samples = len(graph.id_N)
    auto_fewest, auto_most = size_band(samples)
    most = config.most or max(auto_most, config.fewest)
    fewest = config.fewest or min(auto_fewest, most)
    leiden = LeidenGraph(samples, graph.edge_E2, graph.weight_E)

    def partition(resolution: float, seed: int) -> NDArray[np.int64]:
        label_N = leiden.communities(resolution, config.seed + seed)
        return merge_small(label_N, graph.edge_E2, graph.weight_E, config.min_size)

    first = {resolution: partition(resolution, 0) for resolution in _RESOLUTIONS}
    count = {resolution: int(label_N.max()) + 1 for resolution, label_N in first.items()}
    inside = [r for r in _RESOLUTIONS if fewest <= count[r] <= most]
    if not inside:
        middle = (fewest + most) / 2
        inside = [min(_RESOLUTIONS, key=lambda r: (abs(count[r] - middle), r))]
    agreement = {}
    for resolution in inside:
        others = [partition(resolution, seed) for seed in range(1, config.seeds)]
        scores = [adjusted_rand(first[resolution], other) for other in others]
        agreement[resolution] = float(np.mean(scores)) if scores else 1.0
    best = max(inside, key=lambda r: (agreement[r], -r))
    return first[best], best, agreement[best]


def subdivide(
    graph: _Graph, domain_N: NDArray[np.int64], config: DomainConfig
) -> NDArray[np.int64]:
    """Subdomains within each domain: its own Leiden communities at resolution 1."""
    subdomain_N = np.zeros(len(domain_N), np.int64)
    inside_E = domain_N[graph.edge_E2[:, 0]] == domain_N[graph.edge_E2[:, 1]]
    edge_E2, weight_E = graph.edge_E2[inside_E], graph.weight_E[inside_E]
    domain_E = domain_N[edge_E2[:, 0]]
    for domain in range(int(domain_N.max()) + 1):
        row_M = np.flatnonzero(domain_N == domain)
        if len(row_M) < 2 * config.min_size:
            continue
        own_E = domain_E == domain
        local_E2 = np.searchsorted(row_M, edge_E2[own_E])
        leiden = LeidenGraph(len(row_M), local_E2, weight_E[own_E])
        label_M = by_size(leiden.communities(1.0, config.seed))
        subdomain_N[row_M] = merge_small(label_M, local_E2, weight_E[own_E], config.min_size)
    return subdomain_N


def _name_table(
    inputs: Inputs,
    samples: pa.Table,
    domain_N: NDArray[np.int64],
    subdomain_N: NDArray[np.int64],
    core_N: NDArray[np.float32],
) -> pa.Table:
    """Sizes, keywords and medoids of domains and subdomains."""
    id_N = samples["sample_id"].to_numpy()
    tokens_N = samples["train_tokens"].to_numpy()
    groups: dict[tuple[int, int], NDArray[np.int64]] = {}
    for domain in range(int(domain_N.max(initial=-1)) + 1):
        inside = np.flatnonzero(domain_N == domain)
        groups[(domain, -1)] = inside
        for subdomain in range(int(subdomain_N[inside].max()) + 1):
            groups[(domain, subdomain)] = inside[subdomain_N[inside] == subdomain]
    central = {key: rows[np.lexsort((rows, -core_N[rows]))] for key, rows in groups.items()}
    named = {key: rows[:_NAMED_QUESTIONS] for key, rows in central.items()}
    text = _read_questions(inputs, id_N, named)
    words = _keywords(text, named)
    rows = [
        {
            "domain_id": domain,
            "subdomain_id": subdomain,
            "size": len(inside),
            "tokens": int(tokens_N[inside].sum()),
            "name": ", ".join(words[domain, subdomain][:3])
            or _excerpt(text[int(central[domain, subdomain][0])]),
            "keywords": words[domain, subdomain],
            "medoid_ids": id_N[central[domain, subdomain][:5]].tolist(),
        }
        for (domain, subdomain), inside in groups.items()
    ]
    return pa.Table.from_pylist(rows, schema=DOMAIN_NAMES.schema)


def _excerpt(question: str) -> str:
    """The beginning of a typical question, for a domain of formulas that no words set apart."""
    line = " ".join(question.split())
    return line if len(line) <= _EXCERPT_CHARACTERS else f"{line[:_EXCERPT_CHARACTERS]}…"


def _read_questions(
    inputs: Inputs, id_N: NDArray[np.int64], rows: dict[tuple[int, int], NDArray[np.int64]]
) -> dict[int, str]:
    """The questions of rows, without the frames of prompts."""
    text: dict[int, str] = {}
    if not rows:
        return text
    templates = read_templates(inputs["templates"])
    wanted = np.unique(np.concatenate(list(rows.values())))
    for table in texts_of(inputs["ingest"], id_N[wanted], ["question"]):
        places = rows_of(id_N, table["sample_id"].to_numpy()).tolist()
        inner = [without_templates(one, templates) for one in table["question"].to_pylist()]
        text.update(zip(places, inner, strict=True))
    return text


def _keywords(
    text: dict[int, str], rows: dict[tuple[int, int], NDArray[np.int64]]
) -> dict[tuple[int, int], list[str]]:
    """Keywords of domains against one another, and of subdomains against their siblings."""
    found: dict[tuple[int, int], list[str]] = {}
    for parent in (-1, *(domain for domain, subdomain in rows if subdomain == -1)):
        keys = [
            key
            for key in rows
            if (key[1] == -1 if parent == -1 else key[0] == parent and key[1] >= 0)
        ]
        questions = [[text[row] for row in rows[key].tolist()] for key in keys]
        found.update(zip(keys, keywords(questions), strict=True))
    return found


def domains_step(config: DomainConfig, workers: Workers) -> Step:
    """Find domains in one piece of work."""
    return Step(
        name="domains",
        reads=("ingest", "duplicates", "templates", "neighbours"),
        writes={
            "domains": DOMAINS.schema,
            "domain_names": DOMAIN_NAMES.schema,
            "edges": EDGES,
        },
        params=asdict(config),
        plan=lambda inputs: whole(inputs["neighbours"].rows("neighbours")),
        worker=partial(FindDomains, config=config),
        workers=workers,
    )
