"""Starting a Ray of our own, with a Ray that does not start."""

import pytest

from rbic.cluster import ClusterConfig, connect

SLOW = "The current node timed out during startup. This could happen because ..."


@pytest.fixture
def starts(monkeypatch):
    """Every start of Ray with how it was asked for; the list of errors is raised one by one."""
    made = []

    def init(**how):
        made.append(how)
        if errors:
            raise errors.pop(0)

    errors = []
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr("ray.init", init)
    return made, errors


def test_a_ray_that_is_too_slow_is_started_again(starts):
    made, errors = starts
    errors += [Exception(SLOW), Exception(SLOW)]
    assert connect(ClusterConfig())
    assert len(made) == 3
    assert made[0] == made[1] == made[2]
    assert made[0]["address"] == "local"


@pytest.mark.parametrize(("error", "tries"), [(Exception(SLOW), 3), (ValueError("no"), 1)])
def test_what_does_not_pass_is_raised(starts, error, tries):
    made, errors = starts
    errors += [error] * 5
    with pytest.raises(type(error), match=str(error)[:8]):
        connect(ClusterConfig())
    assert len(made) == tries


def test_a_cluster_that_others_run_is_joined_once(starts):
    made, errors = starts
    errors += [Exception(SLOW)]
    with pytest.raises(Exception, match="timed out"):
        connect(ClusterConfig(address="auto"))
    assert [how["address"] for how in made] == ["auto"]
