from dataclasses import fields
from functools import reduce
from pathlib import Path

import pytest
import yaml

from rbic.config import CompareJobConfig, RunConfig, WorkersConfig, load, load_config
from rbic.models.generator import Engine
from rbic.models.precision import Precision
from rbic.progress import LogFormat

CONF = Path(__file__).parents[2] / "conf"
FILES = sorted(CONF.glob("*.yaml"))


def leaves(tree, prefix=()):
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, (*prefix, key))
        else:
            yield (*prefix, key)


def value_at(config, path):
    """What lies there; None where there is no such entry."""
    return reduce(_entry, path, config)


def _entry(config, key):
    return config.get(key) if isinstance(config, dict) else getattr(config, key, None)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_key_of_a_file_changes_the_configuration(file):
    root = CompareJobConfig if file.stem in ("compare", "guard") else RunConfig
    config, default = load(root, str(file)), load(root, None)
    idle = [
        ".".join(path)
        for path in leaves(yaml.safe_load(file.read_text()))
        if value_at(config, path) == value_at(default, path)
    ]
    assert idle == []


def test_on_a_cluster_nothing_is_found_out_on_the_head():
    config = load_config(str(CONF / "cluster.yaml"))
    assert config.embed.precision is not Precision.AUTO
    assert config.generator.engine is not Engine.AUTO
    assert config.log is LogFormat.JSON
    assert config.cluster.address == "auto"
    uncounted = [one.name for one in fields(WorkersConfig) if not worker(config, one.name).count]
    assert uncounted == []


def test_on_a_cluster_each_worker_says_what_it_needs():
    config = load_config(str(CONF / "cluster.yaml"))
    for one in fields(WorkersConfig):
        assert worker(config, one.name).memory_gib_each > 0, one.name
        assert worker(config, one.name).cpus_each >= 1, one.name


def test_models_get_the_gpus():
    for name in ("one-gpu", "cluster"):
        config = load_config(str(CONF / f"{name}.yaml"))
        with_gpu = {f.name for f in fields(WorkersConfig) if worker(config, f.name).gpus_each}
        assert with_gpu == {"embed", "neighbours", "attempts", "judgements", "likelihood"}


def worker(config: RunConfig, name: str):
    return getattr(config.workers, name)
