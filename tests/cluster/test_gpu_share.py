"""The part of a GPU that an engine may take is what Ray gave its worker."""

import pytest
import ray

from rbic.resources import gpu_share

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module", autouse=True)
def node():
    # Ray believes what it is told; no GPU is used.
    ray.init(address="local", num_cpus=4, num_gpus=2, include_dashboard=False)
    yield
    ray.shutdown()


@pytest.mark.parametrize(
    ("gpus", "share"), [(0.5, 0.5), (0.25, 0.25), (1, 1.0), (2, 1.0), (0, 1.0)]
)
def test_a_worker_with_a_part_of_a_gpu_knows_it(gpus, share):
    given = ray.remote(gpu_share).options(num_gpus=gpus).remote()
    assert ray.get(given) == share


def test_outside_of_a_worker_the_gpu_is_whole():
    assert gpu_share() == 1.0
