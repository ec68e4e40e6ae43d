"""Lessons and helpers on an accelerator, pretended by pretend_device.py: right, and not by luck.

Two lessons run on ``cuda``, one on ``mps``. With ``EVERY_DEVICE=1`` in the environment
all of them run on both, the lesson that starts processes of its own too; CI does that every week.
"""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pretend_device
import pytest
import torch

from tutorial.execute import Run, execute
from tutorial.project import find_lessons

TESTS = Path(__file__).parent
LESSONS = {path.name[:2]: path for path in find_lessons() if path.name[:2] != "00"}
DATA = {"data_source": "drawn", "device": "auto", "epochs": 1}
SMALL = {  # as small as the lesson's cells can bear
    "05": {"data_source": "drawn"},
    "06": DATA | {"train_images": 400, "log_every": 20},
    "07": DATA | {"train_images": 1000},
    "08": DATA | {"train_images": 600, "batch_size": 32},
    "09": DATA | {"train_images": 600, "batch_size": 32},
    "10": DATA | {"train_images": 600},
    "11": DATA | {"train_images": 600, "splits": 1, "own_steps": 3},
    "12": DATA | {"train_images": 640},
}
EVERY = [(lesson, kind) for lesson in LESSONS for kind in ("cuda", "mps")]
OFTEN = [("04", "cuda"), ("07", "cuda"), ("06", "mps")]
RUNS = EVERY if os.environ.get("EVERY_DEVICE") else OFTEN
WITH_NET = {"06", "07", "08", "09", "11"}  # their variable ``net`` has been trained on the device

version = torch.__version__
pytestmark = pytest.mark.skipif(
    not version.startswith(tuple(f"{known}." for known in pretend_device.KNOWN)),
    reason=f"the pretend device is known to work with torch {pretend_device.KNOWN}, not {version}",
)


def environment(kind, folder):
    """Return the variables of a process whose kernel, or pytest, begins with the device."""
    startup = folder / "ipython" / "profile_default" / "startup" / "device.py"
    startup.parent.mkdir(parents=True)
    startup.write_text("import pretend_device\n")
    path = os.pathsep.join([str(TESTS), str(TESTS.parent), os.environ.get("PYTHONPATH", "")])
    more = {"PRETEND_DEVICE": kind, "IPYTHONDIR": str(startup.parents[2]), "PYTHONPATH": path}
    return more | {"OMP_NUM_THREADS": "1"}


def cells_of(lesson, *more):
    """Return the cells of a lesson, and more code after them."""
    cells = nbformat.read(LESSONS[lesson], as_version=4).cells
    return cells + [nbformat.v4.new_code_cell(source) for source in more]


def run(lesson, kind, cells, folder):
    """Execute cells of a lesson, small, on a pretended device."""
    notebook = nbformat.read(LESSONS[lesson], as_version=4)
    notebook.cells = cells
    path = folder / LESSONS[lesson].name
    nbformat.write(notebook, path)
    small = Run(path, SMALL.get(lesson, {}), key="", name=path.stem)
    return execute(small, folder / "out", environment=environment(kind, folder), timeout=300)


@pytest.mark.parametrize(("lesson", "kind"), RUNS)
def test_a_lesson_runs_on_an_accelerator(lesson, kind, tmp_path):
    checks = [f"assert torch.accelerator.current_accelerator().type == {kind!r}"]
    if lesson in WITH_NET:
        checks += [f"assert next(net.parameters()).device.type == {kind!r}"]
    result = run(lesson, kind, cells_of(lesson, *checks), tmp_path)
    assert (result.status, result.error) == ("ok", "")


MISTAKES = [
    ("06", "net = Net().to(device)", "net = Net()"),
    ("06", "inputs, labels = inputs.to(device), labels.to(device)", "pass"),
    (
        "08",
        "few = normalize(shrink(trainset.images[:4], 24)).to(device)",
        "few = normalize(shrink(trainset.images[:4], 24))",
    ),
]


@pytest.mark.parametrize(("lesson", "right", "wrong"), MISTAKES)
def test_a_forgotten_device_is_found(lesson, right, wrong, tmp_path):
    cells = [cell for cell in cells_of(lesson) if not takes_long(cell)]
    place = next(i for i, cell in enumerate(cells) if right in cell.source)
    cells[place].source = cells[place].source.replace(right, wrong)
    result = run(
        lesson, "cuda", cells[: place + 8], tmp_path
    )  # one of the next code cells meets it
    assert result.status == "failed"
    assert "same device" in result.error or "should be the same" in result.error


def takes_long(cell):
    """Tell whether a cell of lesson 08 trains or measures: the mistake needs none of them."""
    marks = ("\nclimb(", "\nnote(", "costs", "step_time(", "whole[", "try_switches(", "_pays")
    return any(mark in cell.source for mark in marks)


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_the_helpers_are_right_on_an_accelerator(kind, tmp_path):
    checks = [sys.executable, "-m", "pytest", "-p", "pretend_device", TESTS / "checks_on_device.py"]
    done = subprocess.run(
        [*checks, "--quiet", "-p", "no:cacheprovider"],
        env=os.environ | environment(kind, tmp_path),
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
