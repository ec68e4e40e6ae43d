"""The set-up files agree with each other and with what is installed."""

import os
import re
import shutil
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError, metadata, version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
unix = os.name != "nt" and shutil.which("make") and shutil.which("sed")
needs_make = pytest.mark.skipif(not unix, reason="make and sed of Unix")
CONDA_NAMES = {"torch": "pytorch", "matplotlib": "matplotlib-base"}


def requirements(extras):
    return PROJECT["dependencies"] + [one for extra in extras for one in EXTRAS[extra]]


def test_the_conda_environment_has_the_same_packages_and_bounds_to_learn_and_to_test():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    listed = {line for line in conda["dependencies"] if isinstance(line, str)} - {"pip"}
    expected = {f"python{PROJECT['requires-python']}"}
    for requirement in requirements(["test", "cluster"]):
        name, bound = re.fullmatch(r"([\w-]+)(.*)", requirement).groups()
        expected.add(CONDA_NAMES.get(name, name) + bound)
    assert listed == expected


def test_every_dependency_has_an_exact_version_in_the_constraints():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.split("==")[0].lower() for line in lines if "==" in line}
    wanted = {re.match(r"[\w-]+", requirement)[0] for requirement in requirements(EXTRAS)}
    assert wanted <= pinned


def test_every_pinned_version_runs_on_the_oldest_python_there_is():
    """Debian 12 has Python 3.11.2, and some packages want 3.11.5."""
    oldest = PROJECT["requires-python"].removeprefix(">=") + ".0"
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if "==" in line)
    for name, version_of_it in pinned.items():
        try:
            known = metadata(name)
        except PackageNotFoundError:  # of an extra that is not installed
            continue
        if known["Version"] == version_of_it and known["Requires-Python"]:
            assert SpecifierSet(known["Requires-Python"]).contains(oldest), name


@needs_make
def test_make_help_lists_every_target():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.findall(r"make (\w+)", shown.stdout) == targets


def test_citation_and_package_name_the_same_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == PROJECT["version"] == version(PROJECT["name"])


@needs_make
def test_make_names_the_python_it_needs(tmp_path):
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    asked = ["make", "run", f"PYTHON={old}", f"VENV={tmp_path / 'venv'}"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed" in done.stdout
    assert not (tmp_path / "venv").exists()


def workflow():
    """Return the commands of the workflow, by job."""
    text = (ROOT / ".github" / "workflows" / "notebooks.yml").read_text(encoding="utf-8")
    jobs = yaml.safe_load(text)["jobs"]
    return {
        name: "\n".join(step["run"] for step in job["steps"] if "run" in step)
        for name, job in jobs.items()
    }


def test_every_tool_of_make_test_runs_in_the_workflow_and_is_documented():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^test:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)[1]
    documented = (ROOT / "docs" / "setup.md").read_text(encoding="utf-8")
    tools = re.findall(r"\$\(BIN\)/(?:python -m )?((?:ruff )?[\w-]+)", recipe)
    assert {"ruff check", "ruff format", "mypy", "lint-imports", "pytest"} == set(tools)
    for tool in tools:
        assert tool in workflow()["fast"], tool
        assert f"`{tool}" in documented, tool


def test_the_workflow_runs_everything_and_its_paths_exist():
    jobs = workflow()
    assert "bash .ci/run" in jobs["everything"]
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for commands in jobs.values():
        for path in re.findall(r"(?:--ignore |bash |-c )([\w./-]+)", commands):
            assert (ROOT / path).exists(), path
        for extras in re.findall(r"-e '\.\[([\w,]+)\]'", commands):
            assert set(extras.split(",")) <= set(EXTRAS)


def test_the_workflow_tries_what_the_readme_says_for_windows():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```powershell\n(.*?)```", readme, re.DOTALL)
    assert block.splitlines()
    for line in block.splitlines():
        assert line in workflow()["set-up"], line


@needs_make
def test_the_newest_versions_are_met_without_constraints_and_without_upper_bounds():
    newest = workflow()["newest"]
    assert "constraints.txt" not in newest
    command = next(line for line in newest.splitlines() if line.startswith("sed"))
    done = subprocess.run(
        f"{command.partition(' > ')[0]}", shell=True, cwd=ROOT, capture_output=True, text=True
    )
    bounded = [one for one in PROJECT["dependencies"] if "<" in one]
    assert done.stdout.split() == [re.match(r"[\w-]+", one)[0] for one in bounded]


def test_the_versions_of_the_outputs_are_within_the_bounds():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.lower().split("==") for line in lines if "==" in line)
    for requirement in map(Requirement, requirements(EXTRAS)):
        assert requirement.specifier.contains(pinned[requirement.name]), requirement


def test_the_map_of_the_project_names_every_module():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for package in ("helpers", "tutorial", "notebook_checker"):
        for path in (ROOT / package).glob("[a-z]*.py"):
            assert f"{path.name}`" in text, path
    drawn = (ROOT / "docs" / "images" / "architecture.svg").read_text(encoding="utf-8")
    for path in (ROOT / "helpers").glob("[a-z]*.py"):
        assert f">{path.stem}</text>" in drawn, path
