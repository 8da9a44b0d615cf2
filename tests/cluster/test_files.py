"""The files of cluster/ against the schemas of Ray and KubeRay, the code, and one another."""

import copy
import os
import re
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import jsonschema
import pytest
import yaml
from ray._private.runtime_env.packaging import create_package
from ray._private.runtime_env.working_dir import upload_working_dir_if_needed
from ray.autoscaler._private.util import prepare_config, validate_config

from rbic.config import WorkersConfig, load_config

ROOT = Path(__file__).parents[2]
LAUNCHER_FILES = [ROOT / "cluster" / "aws.yaml", ROOT / "cluster" / "gcp.yaml"]
RAY_JOB = ROOT / "cluster" / "rayjob.yaml"
DOCKERFILE = ROOT / "cluster" / "Dockerfile"
UNITS = {"Gi": 2**30, "Mi": 2**20}


def read(file):
    # The definitions are two megabytes of YAML: a minute without the C parser.
    return yaml.load(file.read_text(), Loader=yaml.CSafeLoader)


@pytest.fixture(params=LAUNCHER_FILES, ids=lambda file: file.stem)
def launcher(request):
    return prepare_config(read(request.param))


@pytest.fixture(scope="module")
def crds():
    """Validators by kind that forbid what the custom resource definitions do not name."""
    folder = Path(os.environ.get("RBIC_SCHEMAS", ROOT.parent / "shared" / "schemas"))
    files = sorted(folder.glob("kuberay-*/ray.io_*.yaml"))
    if not files:
        pytest.skip(f"no KubeRay definitions: {folder} has none; set RBIC_SCHEMAS")
    return dict(validator(read(file)) for file in files)


def validator(definition):
    version = next(one for one in definition["spec"]["versions"] if one["storage"])
    schema = forbid_unknown(version["schema"]["openAPIV3Schema"])
    schema["properties"]["metadata"] = {"type": "object", "required": ["name"]}
    return definition["spec"]["names"]["kind"], jsonschema.Draft7Validator(schema)


def forbid_unknown(schema):
    """The schema with objects closed, and in the words of JSON schema instead of Kubernetes'."""
    if isinstance(schema, list):
        return [forbid_unknown(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: forbid_unknown(value) for key, value in schema.items()}
    closed = "properties" in made and not made.get("x-kubernetes-preserve-unknown-fields")
    if closed and isinstance(made["properties"], dict) and made.get("type") == "object":
        made.setdefault("additionalProperties", False)
    if made.pop("x-kubernetes-int-or-string", False):
        made.pop("anyOf", None)
        made["type"] = ["integer", "string"]
    return made


def misspelt(tree, path, wrong):
    made = copy.deepcopy(tree)
    group = made
    for key in path[:-1]:
        group = group[key]
    group[wrong] = group.pop(path[-1])
    return made


def test_ray_accepts_the_launcher_file(launcher):
    validate_config(launcher)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("idle_timeout_minutes",), "idle_timeout_minute"),
        (("available_node_types", "gpu_spot", "priority"), "priorty"),
        (("available_node_types", "gpu_spot", "docker", "worker_image"), "image"),
    ],
)
def test_a_misspelt_key_of_a_launcher_file_is_found(launcher, path, wrong):
    with pytest.raises(jsonschema.ValidationError, match=wrong):
        validate_config(misspelt(launcher, path, wrong))


def test_a_launched_cluster_begins_with_a_head_that_takes_no_work(launcher):
    types = launcher["available_node_types"]
    assert types[launcher["head_node_type"]]["resources"]["CPU"] == 0
    workers = {name: one for name, one in types.items() if name != launcher["head_node_type"]}
    assert {name: one["min_workers"] for name, one in workers.items()} == {
        "cpu_ondemand": 0, "gpu_spot": 0, "gpu_ondemand": 0,
    }  # fmt: skip
    assert workers["gpu_spot"]["priority"] > workers["gpu_ondemand"].get("priority", 0)
    assert sum(one["max_workers"] for one in workers.values()) <= launcher["max_workers"]


def test_a_launched_cluster_is_closed(launcher):
    starts = [*launcher["head_start_ray_commands"], *launcher["worker_start_ray_commands"]]
    starts = [command for command in starts if "ray start" in command]
    assert len(starts) == 2
    assert all("RAY_AUTH_MODE=token ray start" in command for command in starts)
    assert "--dashboard-host=127.0.0.1" in starts[0]
    assert "/home/ray/.ray/auth_token" in launcher["file_mounts"]


def test_kuberay_accepts_the_job(crds):
    errors = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:160]}"
        for error in crds["RayJob"].iter_errors(read(RAY_JOB))
    ]
    assert errors == []


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("spec", "backoffLimit"), "backofLimit"),
        (("spec", "rayClusterSpec", "authOptions", "mode"), "mod"),
        (("spec", "rayClusterSpec", "workerGroupSpecs", 1, "priority"), "prio"),
        (("spec", "rayClusterSpec", "workerGroupSpecs", 1, "template", "spec", "tolerations"),
         "toleration"),
    ],
)  # fmt: skip
def test_a_misspelt_key_of_the_job_is_found(crds, path, wrong):
    job = misspelt(read(RAY_JOB), path, wrong)
    assert any(wrong in error.message for error in crds["RayJob"].iter_errors(job))


def test_the_kubernetes_job_is_closed_and_can_be_tried_again():
    spec = read(RAY_JOB)["spec"]
    cluster = spec["rayClusterSpec"]
    assert cluster["authOptions"] == {"mode": "token"}
    assert cluster["enableInTreeAutoscaling"]
    assert cluster["autoscalerOptions"]["version"] == "v2"
    assert cluster["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
    groups = {group["groupName"]: group for group in cluster["workerGroupSpecs"]}
    assert {name: group["minReplicas"] for name, group in groups.items()} == {
        "cpu": 0, "gpu-spot": 0, "gpu-ondemand": 0,
    }  # fmt: skip
    assert groups["gpu-spot"]["priority"] > groups["gpu-ondemand"].get("priority", 0)
    assert spec["backoffLimit"] >= 1
    # A second try goes on with the first one's files only if it is given the same words.
    assert "$" not in spec["entrypoint"]


def quantity(text):
    return int(text[:-2]) * UNITS[text[-2:]]


def nodes(file):
    """What Ray can give away on one node of each kind, by name."""
    tree = read(file)
    if file is not RAY_JOB:
        types = prepare_config(tree)["available_node_types"]
        return {name: one["resources"] for name, one in types.items()}
    made = {}
    for group in tree["spec"]["rayClusterSpec"]["workerGroupSpecs"]:
        limits = group["template"]["spec"]["containers"][0]["resources"]["limits"]
        made[group["groupName"]] = {
            "CPU": float(limits["cpu"]),
            "GPU": float(limits.get("nvidia.com/gpu", 0)),
            "memory": quantity(limits["memory"]),
        }
    return made


@pytest.mark.parametrize("file", [*LAUNCHER_FILES, RAY_JOB], ids=lambda file: file.stem)
def test_what_a_worker_asks_for_fits_on_a_node(file):
    config = load_config(str(ROOT / "conf" / "cluster.yaml"))
    for step in (one.name for one in fields(WorkersConfig)):
        workers = getattr(config.workers, step)
        asked = {
            "CPU": workers.cpus_each,
            "GPU": workers.gpus_each,
            "memory": workers.memory_gib_each * 2**30,
        }
        fits = [
            name
            for name, has in nodes(file).items()
            if all(has.get(what, 0) >= amount for what, amount in asked.items())
            # A node with a GPU is no place to plan other work on.
            and bool(has.get("GPU")) == bool(asked["GPU"])
        ]
        assert fits, f"{step} asks for {asked}"


def entrypoints():
    """Every `python -m module` of the files, with what follows."""
    for file in (*LAUNCHER_FILES, RAY_JOB, ROOT / "cluster" / "README.md"):
        # A line that ends in a backslash, and a folded scalar of YAML, go on with the next.
        text = re.sub(r"\\?\n\s*", " ", file.read_text())
        for found in re.finditer(r"python -m (\S+)([^`#]*)", text):
            yield file.name, found[1], found[2]


def test_the_entrypoints_and_their_settings_exist():
    named = list(entrypoints())
    assert {"rayjob.yaml", "README.md"} <= {file for file, _, _ in named}
    for file, module, rest in named:
        assert find_spec(module) is not None, f"{file}: {module}"
        for path in re.findall(r"--config (\S+)", rest):
            assert (ROOT / path.removeprefix("/home/ray/rbic/")).is_file(), f"{file}: {path}"


def test_what_the_files_want_installed_is_listed():
    wanted = set()
    for file in (*LAUNCHER_FILES, DOCKERFILE):
        wanted |= set(re.findall(r"-r (?:~/)?(requirements/\S+)", file.read_text()))
    wanted = {name.replace("${FLAVOUR}", flavour) for name in wanted for flavour in ("cpu", "gpu")}
    assert wanted == {"requirements/cpu.txt", "requirements/gpu.txt"}
    missing = [name for name in wanted if not (ROOT / name).is_file()]
    assert missing == []


def test_all_nodes_run_one_version_of_ray():
    texts = [file.read_text() for file in (*LAUNCHER_FILES, DOCKERFILE)]
    images = [found for text in texts for found in re.findall(r"rayproject/ray:(\S+?)-py311", text)]
    versions = {*images, read(RAY_JOB)["spec"]["rayClusterSpec"]["rayVersion"]}
    for name in ("cpu", "gpu"):
        listed = (ROOT / "requirements" / f"{name}.txt").read_text()
        versions |= set(re.findall(r"^ray(?:\[[^]]*\])?==([\d.]+)", listed, re.MULTILINE))
    assert len(versions) == 1, versions


@pytest.fixture(scope="module")
def upload(tmp_path_factory):
    """The package that `ray job submit --working-dir .` sends."""
    package = tmp_path_factory.mktemp("upload") / "package.zip"

    def pack(folder, excludes, is_file=False):
        create_package(folder, package, include_gitignore=True, excludes=excludes)

    upload_working_dir_if_needed({"working_dir": str(ROOT)}, True, None, upload_fn=pack)
    return package


def test_the_upload_is_small(upload):
    assert upload.stat().st_size < 20 * 2**20


def test_the_upload_holds_what_a_job_needs_and_nothing_else(upload):
    with ZipFile(upload) as package:
        names = {name for name in package.namelist() if not name.endswith("/")}
    assert {name.split("/")[0] for name in names} <= {"rbic", "jobs", "conf"}
    code = {str(file.relative_to(ROOT)) for top in ("rbic", "jobs") for file in
            (ROOT / top).rglob("*.py")}  # fmt: skip
    settings = {str(file.relative_to(ROOT)) for file in (ROOT / "conf").glob("*.yaml")}
    sample = ROOT / "rbic" / "sample"
    data = {str(file.relative_to(ROOT)) for file in sample.rglob("*") if file.is_file()
            and "__pycache__" not in file.parts}  # fmt: skip
    assert code | settings | data <= names
    assert not [name for name in names if "__pycache__" in name]
