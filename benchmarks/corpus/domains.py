"""How well domains agree with what publishers say of their rows.

    python -m benchmarks.corpus.domains OUT

OUT is the output folder of a run over the corpora of `prepare`. Prints the adjusted mutual
information (Vinh et al. 2010) of domains and subdomains with MATH's `type`, with the language of
TAL-SCQ5K, and with the corpus a row is from; beside it that of spherical k-means with
as many clusters on the same vectors.
"""

import json
import sys
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_mutual_info_score

from rbic import storage
from rbic.distinct import by_id, distinct_samples
from rbic.outputs import load_output
from rbic.stages.neighbours import read_vectors


def kmeans(vector_ND: NDArray[np.float16], clusters: int) -> NDArray[np.int64]:
    """Spherical k-means of FAISS, seeded."""
    wide_ND = np.ascontiguousarray(vector_ND.astype(np.float32))
    model = faiss.Kmeans(wide_ND.shape[1], clusters, niter=20, spherical=True, seed=1)
    model.train(wide_ND)
    return np.asarray(model.index.search(wide_ND, 1)[1][:, 0], np.int64)


def main(out: str) -> None:
    """Print the table."""
    steps = storage.read_json(storage.join(out, "run.json"))["steps"]
    outputs = {name: load_output(step["folder"]) for name, step in steps.items()}
    columns = ["source", "row", "extra"]
    samples = distinct_samples(outputs["ingest"], outputs["duplicates"], columns)
    id_N, vector_ND = read_vectors(outputs["embed"])
    assert np.array_equal(id_N, samples["sample_id"].to_numpy())
    domains = by_id(outputs["domains"].read("domains"), id_N, "benchmark")
    domain_N = domains["domain_id"].to_numpy().astype(np.int64)
    subdomain_N = domain_N * 1000 + domains["subdomain_id"].to_numpy()
    count, fine = len(set(domain_N.tolist())), len(set(subdomain_N.tolist()))
    partitions = {
        f"domains ({count})": domain_N,
        f"k-means ({count})": kmeans(vector_ND, count),
        f"subdomains ({fine})": subdomain_N,
        f"k-means ({fine})": kmeans(vector_ND, fine),
    }
    source_N = np.array(samples["source"].to_pylist(), dtype=object)
    corpus_N = np.array([Path(source).parts[0] for source in source_N], dtype=object)
    math = corpus_N == "math"
    subject_M = [json.loads(raw)["type"] for raw in samples.filter(math)["extra"].to_pylist()]
    tal = corpus_N == "tal_scq5k"
    labels = {
        "MATH by subject": (math, subject_M),
        "TAL by language": (tal, source_N[tal].tolist()),
        "all by corpus": (np.ones(len(id_N), bool), corpus_N.tolist()),
    }
    print(f"{'AMI':<20}" + "".join(f"{name:>20}" for name in partitions))
    for name, (rows, label) in labels.items():
        scores = [adjusted_mutual_info_score(label, part[rows]) for part in partitions.values()]
        print(f"{name:<20}" + "".join(f"{score:>20.3f}" for score in scores))


if __name__ == "__main__":
    main(sys.argv[1])
