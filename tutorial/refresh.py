"""For maintainers: execute lessons again, store their outputs, make their contract copies."""

import copy
import re
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

from tutorial.errors import TutorialError, UsageError
from tutorial.execute import collect_metrics
from tutorial.gallery import hang_pictures
from tutorial.notebooks import (
    NotebookNode,
    normalise,
    number,
    parameters_cell,
    read,
    read_if_whole,
    without_outputs,
    write,
)
from tutorial.project import project_folder, start_page

# The contract copy of a data lesson: small, on images that every machine can draw.
CONTRACT: dict[str, str | int] = {"data_source": "drawn", "device": "cpu"}
CONTRACT |= {"train_images": 2000, "epochs": 1, "log_every": 100, "splits": 2, "own_steps": 3}
CONTRACT |= {"test_images": 500}
PARAMETER = re.compile(r"^(?P<name>\w+)(?P<type>: *\w+)? = (?P<value>[^#\n]*?)(?P<rest> *#.*)?$")


def refresh(lessons: Sequence[Path]) -> list[str]:
    """Execute lessons in place, and their contract copies, and store outputs that changed.

    Parameters
    ----------
    lessons : sequence of pathlib.Path
        Notebooks of the project.

    Returns
    -------
    list of str
        The files that were written: none if every output still passes the comparison.

    Raises
    ------
    UsageError
        If a notebook is not one of the project: nothing has run.
    TutorialError
        If a cell fails, the kernel dies, or a full-scale lesson ran on the stand-in images:
        nothing of that notebook is stored.
    """
    root = project_folder()
    for lesson in lessons:
        if not lesson.is_relative_to(root / "notebooks"):
            raise UsageError(f"{lesson} is not in {root / 'notebooks'}: only lessons are refreshed")
    changed = []
    for lesson in lessons:
        stored = read(lesson)
        if lesson == start_page():
            hang_pictures(stored)
        fresh = execute(copy.deepcopy(stored), lesson.parent)
        if str(collect_metrics(fresh).get("data_source", "")).startswith("STAND-IN"):
            raise TutorialError(
                f"{lesson.name} ran on drawn images: name real ones with CIFAR10_SOURCE"
            )
        notebooks = {lesson: keep_equal_outputs(stored, fresh)}
        if is_data_lesson(fresh):
            path = contract_folder() / lesson.name
            small = execute(contract_copy(fresh), lesson.parent)
            before = read_if_whole(path)
            notebooks[path] = small if before is None else keep_equal_outputs(before, small)
        for path, notebook in notebooks.items():
            if write(notebook, path):
                changed.append(path.relative_to(root).as_posix())
    return changed


def contract_folder() -> Path:
    """Return the folder of the contract copies (pathlib.Path)."""
    return project_folder() / "tests" / "contract"


def execute(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Execute a notebook from top to bottom with a new kernel.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Changed in place: it gets the outputs.
    folder : pathlib.Path
        The kernel's working directory.

    Returns
    -------
    nbformat.NotebookNode
        The same notebook, normalised.

    Raises
    ------
    TutorialError
        If a cell fails, or the kernel dies.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    from notebook_checker.kernels import kernel_manager, last_words

    with tempfile.TemporaryDirectory(prefix="kernel-") as sockets:
        client = NotebookClient(
            notebook,
            kernel_name="python3",
            kernel_manager_class=kernel_manager(sockets),
            resources={"metadata": {"path": str(folder)}},
        )
        try:
            client.execute()
        except CellExecutionError as error:
            raise TutorialError(f"nothing stored, a cell failed:\n{error}") from None
        except DeadKernelError:
            said = " | ".join(["nothing stored, the kernel died", *last_words(sockets, 3)])
            raise TutorialError(said) from None
    return normalise(notebook)


def is_data_lesson(notebook: NotebookNode) -> bool:
    """Tell whether a lesson works on the images (bool): its parameters name their source."""
    cell = parameters_cell(notebook)
    return cell is not None and bool(re.search(r"^data_source\b", cell.source, re.MULTILINE))


def contract_copy(lesson: NotebookNode) -> NotebookNode:
    """Make the small copy of a data lesson, whose outputs are compared on every machine.

    Parameters
    ----------
    lesson : nbformat.NotebookNode
        The lesson as read; it is left as it is.

    Returns
    -------
    nbformat.NotebookNode
        The same cells without outputs, with the parameters of the contract.
    """
    small = without_outputs(lesson)
    if (cell := parameters_cell(small)) is not None:
        cell.source = "\n".join(_with_contract_value(line) for line in cell.source.split("\n"))
    return small


def _with_contract_value(line: str) -> str:
    found = PARAMETER.match(line)
    if not found or found["name"] not in CONTRACT:
        return line
    value = CONTRACT[found["name"]]
    written = f'"{value}"' if isinstance(value, str) else f"{value:_}"
    return f"{found['name']}{found['type'] or ''} = {written}{found['rest'] or ''}"


def keep_equal_outputs(stored: NotebookNode, fresh: NotebookNode) -> NotebookNode:
    """Put stored outputs back where the fresh ones pass the comparison with them.

    Parameters
    ----------
    stored, fresh : nbformat.NotebookNode
        The notebook before and after execution; cells are matched by id.

    Returns
    -------
    nbformat.NotebookNode
        ``fresh``, with the outputs of unchanged cells as they were stored.
    """
    from notebook_checker.comparison import differences

    limits = _tolerances()
    before = {cell["id"]: cell for cell in stored.cells if cell.cell_type == "code"}
    found, same_run = [], True  # of each cell: what was stored, what came, what passes, and nearly
    for cell in fresh.cells:
        old = before.get(cell.get("id"))
        if cell.cell_type != "code":
            continue
        if old is None or old.execution_count is None:
            same_run &= not cell.outputs
            continue
        own = cell.metadata.get("notebook_checker", {})
        own = {name: value for name, value in own.items() if name in limits}
        passes = not differences(old.outputs, cell.outputs, **limits)
        nearly = passes or not differences(old.outputs, cell.outputs, **(limits | own))
        found.append((old, cell, passes, nearly))
    ignored = "nbval-ignore-output"
    same_run &= all(ok or ignored in cell.metadata.get("tags", []) for _, cell, _, ok in found)
    for old, cell, passes, nearly in found:
        if passes or (nearly and same_run):  # or a picture would stand beside other numbers
            cell.outputs = old.outputs
            number(cell, cell.execution_count)
    return fresh


def _tolerances() -> dict[str, float]:
    """Read how far outputs may move from where the checker's settings stand."""
    text = (project_folder() / "pyproject.toml").read_text(encoding="utf-8")
    options = tomllib.loads(text)["tool"]["pytest"]["ini_options"]
    return {name: float(options[f"notebook_checker_{name}"]) for name in ("rtol", "atol", "rms")}
