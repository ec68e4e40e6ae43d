"""For maintainers: execute lessons again, store their outputs, keep everything else tidy."""

import copy
import importlib
import importlib.util
import itertools
import os
import re
import tempfile
import tomllib

from helpers.batch import collect_metrics
from helpers.kernels import file_socket_kernels
from helpers.project import UsageError, find_root

# The contract copy of a data lesson: small, on pictures that every machine can draw.
CONTRACT = {"data_source": "drawn", "train_images": 2000, "epochs": 1, "log_every": 100}
KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
CELL_METADATA = {"tags", "nbval"}  # what a maintainer wrote; all else is left by some program
QUESTIONS = re.compile(r"^from helpers\.questions import (\w+) as questions$", re.MULTILINE)
CHECK = re.compile(r"^questions\.(?P<name>\w+)\.check\((?P<answer>\w+)\)\Z", re.MULTILINE)
PARAMETER = re.compile(r"^(?P<name>\w+)(?P<type>: *\w+)? = (?P<value>[^#\n]*?)(?P<rest> *#.*)?$")


def refresh(lessons):
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
        If a full-scale lesson ran on the stand-in pictures: its outputs are not stored.
    nbclient.exceptions.CellExecutionError
        If a cell fails: nothing of that notebook is stored.
    """
    import nbformat

    changed = []
    for lesson in lessons:
        stored = nbformat.read(lesson, as_version=4)
        fresh = execute(copy.deepcopy(stored), lesson.parent)
        if str(collect_metrics(fresh).get("data_source", "")).startswith("STAND-IN"):
            raise UsageError(
                f"{lesson.name} ran on drawn pictures: name real ones with CIFAR10_SOURCE"
            )
        changed += _store(keep_equal_outputs(stored, fresh), lesson)
        if is_data_lesson(fresh):
            path = contract_folder() / lesson.name
            small = execute(contract_copy(fresh), lesson.parent)
            if path.exists():
                small = keep_equal_outputs(nbformat.read(path, as_version=4), small)
            changed += _store(small, path)
    return changed


def contract_folder():
    """Return the folder of the contract copies (pathlib.Path)."""
    return find_root() / "tests" / "contract"


def execute(notebook, folder):
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
    """
    from nbclient import NotebookClient

    with tempfile.TemporaryDirectory(prefix="kernel-") as sockets:
        NotebookClient(
            notebook,
            kernel_name="python3",
            kernel_manager_class=file_socket_kernels(sockets),
            resources={"metadata": {"path": str(folder)}},
        ).execute()
    return normalise(notebook)


def normalise(notebook):
    """Take out of a notebook what no author wrote, and number its cells.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Changed in place: nbformat 4.5, kernelspec ``python3``, stable cell ids, execution
        counts 1…N, streams in one piece, no timings, no metadata of papermill, widgets or editors.

    Returns
    -------
    nbformat.NotebookNode
        The same notebook.
    """
    import nbformat

    kept = {"nbval": notebook.metadata["nbval"]} if "nbval" in notebook.metadata else {}
    about = {"kernelspec": KERNELSPEC, "language_info": {"name": "python"}}
    notebook.metadata = nbformat.from_dict(about | kept)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    count = 0
    _give_ids(notebook.cells)
    for cell in notebook.cells:
        for name in set(cell.metadata) - CELL_METADATA:
            del cell.metadata[name]
        if cell.cell_type == "code":
            count += 1
            was_executed = cell.execution_count is not None
            cell.execution_count = count if was_executed else None
            cell.outputs = _join_streams(cell.outputs)
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count
    return notebook


def _join_streams(outputs):
    """Join neighbouring pieces of one stream: where a stream is cut is a matter of timing."""
    joined = []
    for output in outputs:
        last = joined[-1] if joined else {}
        if output.output_type == "stream" and output.name == last.get("name"):
            last.text += output.text
        else:
            joined.append(output)
    return joined


def _give_ids(cells):
    """Give an id to each cell without one of ours; whoever has one keeps it, wherever it moves."""
    taken = set()
    for cell in cells:
        own = cell.get("id", "")
        cell["id"] = own if re.fullmatch(r"[a-z]+-\d+", own) and own not in taken else None
        taken.add(cell["id"])
    for position, cell in enumerate(cells, 1):
        if cell["id"] is None:
            numbers = itertools.chain([position], itertools.count(len(cells) + 1))
            names = (f"{cell.cell_type}-{number}" for number in numbers)
            cell["id"] = next(name for name in names if name not in taken)
            taken.add(cell["id"])


def is_data_lesson(notebook):
    """Tell whether a lesson works on the pictures (bool): its parameters name their source."""
    cell = parameters_cell(notebook)
    return cell is not None and bool(re.search(r"^data_source\b", cell.source, re.MULTILINE))


def parameters_cell(notebook):
    """Return the cell tagged ``parameters`` (nbformat.NotebookNode, or None without one)."""
    tagged = (cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ()))
    return next(tagged, None)


def teachers_edition(lesson):
    """Fill in the answer of every exercise.

    Parameters
    ----------
    lesson : nbformat.NotebookNode
        The lesson as read; it is left as it is.

    Returns
    -------
    nbformat.NotebookNode
        The same cells without outputs, each exercise's cell with its solution.
    """
    answered = without_outputs(lesson)
    code = [cell for cell in answered.cells if cell.cell_type == "code"]
    questions = None
    for cell in code:
        if found := QUESTIONS.search(cell.source):
            questions = importlib.import_module(f"helpers.questions.{found[1]}")
        if found := CHECK.search(cell.source):
            cell.source = f"{getattr(questions, found['name']).code}\n\n{found[0]}"
    return answered


def contract_copy(lesson):
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
    cell = parameters_cell(small)
    cell.source = "\n".join(_with_contract_value(line) for line in cell.source.split("\n"))
    return small


def without_outputs(lesson):
    """Copy a notebook (nbformat.NotebookNode) as if it had never been executed."""
    bare = copy.deepcopy(lesson)
    for cell in bare.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return bare


def _with_contract_value(line):
    found = PARAMETER.match(line)
    if not found or found["name"] not in CONTRACT:
        return line
    value = CONTRACT[found["name"]]
    written = f'"{value}"' if isinstance(value, str) else f"{value:_}"
    return f"{found['name']}{found['type'] or ''} = {written}{found['rest'] or ''}"


def keep_equal_outputs(stored, fresh):
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
    differences, tolerance = _comparison()
    before = {cell["id"]: cell for cell in stored.cells if cell.cell_type == "code"}
    for cell in fresh.cells:
        old = before.get(cell.get("id"))
        if cell.cell_type != "code" or old is None or old.execution_count is None:
            continue
        own = {k: v for k, v in cell.metadata.get("nbval", {}).items() if k in tolerance}
        if not differences(old.outputs, cell.outputs, **(tolerance | own)):
            count, cell.outputs = cell.execution_count, old.outputs
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count
    return fresh


def _comparison():
    """Load the comparison of the tests, and its tolerances, from the checkout."""
    root = find_root()
    spec = importlib.util.spec_from_file_location(
        "output_comparison", root / "tests" / "output_comparison.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    options = settings["tool"]["pytest"]["ini_options"]
    return module.differences, {k: float(options[f"nbval_{k}"]) for k in ("rtol", "atol", "rms")}


def _store(notebook, path):
    """Write a notebook if it changed, aside and then by rename; return the names written."""
    import nbformat

    text = nbformat.writes(notebook) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return []
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8", newline="\n")
    os.replace(part, path)
    return [path.relative_to(find_root()).as_posix()]
