"""Notebooks as files: read, write whole or not at all, bring into normal form."""

import copy
import itertools
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tutorial.errors import UsageError

# Importing nbformat takes 1.3 s, of which 1.1 s go into a grammar of web addresses. jsonschema
# wants it for one check that notebooks do not need, and does without it.
if sys.modules.setdefault("rfc3987_syntax", None) is None:  # type: ignore[arg-type]
    import nbformat

    del sys.modules["rfc3987_syntax"]
else:
    import nbformat
from nbformat import NotebookNode

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
OURS = {"tags", "notebook_checker", "jupyter"}  # metadata that a maintainer wrote, not a program
FOLDED = {"source_hidden": True}  # of a cell whose code is folded away
HERE = re.sub(r"\W", "-", platform.node())


def part_name(path: Path) -> Path:
    """Name the file in which this process prepares another one, beside it.

    Parameters
    ----------
    path : pathlib.Path
        The file to be.

    Returns
    -------
    pathlib.Path
        ``NAME.HOST.PID.part.ENDING``, so that :func:`clear_parts` knows whose it is.
    """
    return path.with_name(f"{path.stem}.{HERE}.{os.getpid()}.part{path.suffix}")


def clear_parts(folder: Path) -> None:
    """Take away what processes of this machine left half done when they were killed.

    Parameters
    ----------
    folder : pathlib.Path
        It need not exist.
    """
    import psutil

    for part in folder.glob(f"*.{HERE}.*.part*"):
        owner = part.name.rsplit(".part", 1)[0].rsplit(".", 1)[-1]
        if owner.isdecimal() and not psutil.pid_exists(int(owner)):
            with suppress(OSError):
                part.unlink()


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Write a file so that it is there whole or not at all, whatever happens meanwhile.

    Parameters
    ----------
    path : pathlib.Path
        The file to be; one that is there is replaced.

    Yields
    ------
    pathlib.Path
        The file to write, beside it; on leaving the block it takes the place of ``path``.
    """
    part = part_name(path)
    clear_parts(path.parent)
    try:
        yield part
        with part.open("r+b") as file:
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, part)
        os.replace(part, path)
    finally:
        with suppress(OSError):
            part.unlink()


def read(path: Path) -> NotebookNode:
    """Read a notebook, of an older format too.

    Parameters
    ----------
    path : pathlib.Path
        A file.

    Returns
    -------
    nbformat.NotebookNode
        In nbformat 4.

    Raises
    ------
    UsageError
        If the file cannot be read, or is no notebook.
    """
    try:
        notebook = nbformat.read(path, as_version=4)
        if not all(isinstance(cell.source, str) for cell in notebook.cells):
            raise ValueError("a cell has no source")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except Exception as error:  # nbformat lets through whatever its parts raise
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        raise UsageError(f"{path} is no notebook ({said}): name another file") from None
    return notebook


def read_if_whole(path: Path) -> NotebookNode | None:
    """Read a notebook that may not be there, or be cut short (None).

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    nbformat.NotebookNode or None
    """
    try:
        return read(path)
    except UsageError:
        return None


def for_papermill(path: Path) -> str:
    """Write a path (str) as papermill wants it: to papermill, braces are fields to fill in."""
    return str(path).replace("{", "{{").replace("}", "}}")


def write(notebook: NotebookNode, path: Path) -> bool:
    """Write a notebook, whole or not at all, if it differs from what is there.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
    path : pathlib.Path
        Its folder is made if need be.

    Returns
    -------
    bool
        Whether the file was written.
    """
    text = nbformat.writes(notebook) + "\n"
    with suppress(OSError, UnicodeDecodeError):
        if path.read_text(encoding="utf-8") == text:
            return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
    return True


def code_cells(notebook: NotebookNode) -> list[tuple[int, NotebookNode]]:
    """List the code cells that hold code.

    Parameters
    ----------
    notebook : nbformat.NotebookNode

    Returns
    -------
    list of (int, nbformat.NotebookNode)
        Each with its number among all code cells, counted from 1.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [(number, cell) for number, cell in enumerate(cells, 1) if cell.source.strip()]


def parameters_cell(notebook: NotebookNode) -> NotebookNode | None:
    """Return the cell tagged ``parameters`` (nbformat.NotebookNode, or None without one)."""
    tagged = (cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ()))
    return next(tagged, None)


def without_outputs(notebook: NotebookNode) -> NotebookNode:
    """Copy a notebook (nbformat.NotebookNode) as if it had never been executed."""
    bare = copy.deepcopy(notebook)
    for cell in bare.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return bare


def normalise(notebook: NotebookNode) -> NotebookNode:
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
    from notebook_checker.comparison import join_streams

    kept = {name: notebook.metadata[name] for name in OURS if name in notebook.metadata}
    about = {"kernelspec": KERNELSPEC, "language_info": {"name": "python"}}
    notebook.metadata = nbformat.from_dict(about | kept)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    _give_ids(notebook.cells)
    count = 0
    for cell in notebook.cells:
        for name in set(cell.metadata) - OURS:
            del cell.metadata[name]
        if cell.metadata.get("jupyter", FOLDED) != FOLDED:
            del cell.metadata["jupyter"]
        if cell.cell_type == "code":
            count += 1
            cell.outputs = join_streams(cell.outputs)
            number(cell, count if cell.execution_count is not None else None)
    return notebook


def number(cell: NotebookNode, count: int | None) -> None:
    """Give a code cell and its result an execution count; None for one never executed."""
    cell.execution_count = count
    for output in cell.outputs:
        if output.output_type == "execute_result":
            output.execution_count = count


def _give_ids(cells: list[NotebookNode]) -> None:
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
