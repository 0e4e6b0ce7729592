"""What runs on a public host is what runs here: targets of the Makefile, on the versions that pyproject.toml names."""

from __future__ import annotations

import re
import tomllib
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
OURS = "bash .ci/run"


def made_by(command: str) -> list[str]:
    """Return the targets that a line of shell makes; variables are no targets."""
    words = command.partition("#")[0].split()
    if "make" not in words:
        return []
    return [word for word in words[words.index("make") + 1 :] if "=" not in word and not word.startswith("-")]


def variants(job: dict[str, Any]) -> list[dict[str, str]]:
    """Return the values of a job's matrix, one set for each of its runs."""
    matrix = dict(job.get("strategy", {}).get("matrix", {}))
    more = [{name: str(value) for name, value in each.items()} for each in matrix.pop("include", [])]
    return [dict(zip(matrix, map(str, values), strict=True)) for values in product(*matrix.values())] + more


def commands(job: dict[str, Any]) -> list[str]:
    """Return the lines that a job runs, with the values of its matrix filled in."""
    lines = [line for step in job["steps"] if "run" in step for line in step["run"].splitlines()]
    filled = []
    for values, line in product(variants(job) or [{}], lines):
        filled.append(re.sub(r"\$\{\{ *matrix\.(\w+) *\}\}", lambda name, values=values: values[name[1]], line))
    return filled


@pytest.fixture(scope="module")
def jobs() -> dict[str, dict[str, Any]]:
    return {name: job for path in WORKFLOWS for name, job in YAML(typ="safe").load(path)["jobs"].items()}


@pytest.fixture(scope="module")
def targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_each_job_makes_targets_that_exist_or_runs_what_must_pass_here(jobs, targets):
    assert jobs
    for name, job in jobs.items():
        for line in commands(job):
            made = made_by(line)
            assert made or line.endswith(OURS), f"{name}: {line}"
            assert set(made) <= targets, f"{name}: {line}"


def test_what_must_pass_here_makes_targets_that_exist(targets):
    lines = (ROOT / ".ci/run").read_text().splitlines()
    made = [target for line in lines if line.startswith("make ") for target in made_by(line)]
    assert {"test", "lint", "types", "imports", "docs"} <= set(made) <= targets


def test_the_versions_of_python_are_those_that_the_package_names(jobs):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = [each.rpartition(" ")[2] for each in project["classifiers"] if re.search(r"Python :: 3\.\d+$", each)]
    matrix = jobs["fast"]["strategy"]["matrix"]
    assert matrix["python"] == named
    assert project["requires-python"] == f">={named[0]}"
    assert all(each["tried"] for each in matrix["include"])
    assert "matrix.tried" in jobs["fast"]["continue-on-error"]  # what is only tried fails nothing


def test_both_ends_of_the_allowed_dependencies_are_tried_with_the_oldest_python(jobs):
    (python,) = [step["with"]["python-version"] for step in jobs["dependencies"]["steps"] if "with" in step]
    assert python == jobs["fast"]["strategy"]["matrix"]["python"][0]
    assert commands(jobs["dependencies"]) == ["make test-oldest", "make test-newest"]


@pytest.mark.parametrize(
    ("line", "made"),
    [
        ("make format test-fast PYTHON=python3.12", ["format", "test-fast"]),
        ("sudo CI=true make -j test # all", ["test"]),
        ("bash .ci/run", []),
    ],
)
def test_targets_are_read_from_a_line_of_shell(line, made):
    assert made_by(line) == made
