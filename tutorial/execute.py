"""Execute one notebook with papermill, and say truthfully how it went.

Papermill's own metadata calls every cell “completed” after a dead kernel, a time-out or an
interruption, so nothing here trusts it: a lesson succeeded when papermill returned without an
exception and every code cell carries an execution count. Only then does the notebook get its
final name.
"""

import hashlib
import json
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tutorial.errors import TutorialError
from tutorial.notebooks import (
    NotebookNode,
    code_cells,
    for_papermill,
    part_name,
    read,
    read_if_whole,
    write,
)
from tutorial.parameters import Parameters
from tutorial.report import plain

IN_FOLDER = threading.Lock()  # a process has one working directory: no two lessons at once in it
LIBRARIES = ("torch", "torchvision", "numpy", "matplotlib", "papermill", "ipykernel")
RECORD_MIME = "application/vnd.pytorch-tutorial.record+json"  # as in helpers, which loads PyTorch


@dataclass(frozen=True)
class Run:
    """One notebook to execute.

    Attributes
    ----------
    lesson : pathlib.Path
        The notebook; it is only read.
    parameters : dict
        Values for its ``parameters`` cell; the others stay as they stand there.
    key : str
        What :func:`run_key` gave.
    name : str
        What the executed notebook is called, without its ending.
    """

    lesson: Path
    parameters: Parameters
    key: str
    name: str


@dataclass
class Result:
    """How a run went.

    Attributes
    ----------
    run : Run
    status : str
        ``"ok"``, ``"kept"`` (done before, nothing has changed since) or ``"failed"``.
    seconds : float
        How long it took.
    notebook : str
        Where the executed notebook is; of a failed run ``NAME.failed.ipynb``, or the folder if
        nothing could be written.
    error : str
        Of a failed run: the cell, and what went wrong there.
    """

    run: Run
    status: str
    seconds: float
    notebook: str
    error: str = ""

    @cached_property
    def recorded(self) -> dict[str, Any]:
        """What the lesson recorded with :func:`helpers.record` (dict); of a failed run nothing."""
        return {} if self.status == "failed" else collect_metrics(read(Path(self.notebook)))

    @property
    def metrics(self) -> dict[str, Any]:
        """What was recorded under other names than those of the parameters given (dict)."""
        return {name: v for name, v in self.recorded.items() if name not in self.run.parameters}

    @property
    def numbers(self) -> dict[str, float]:
        """The figures of merit among the metrics (dict): no words, no truth values."""
        return {name: v for name, v in self.metrics.items() if type(v) in (int, float)}


def execute(
    run: Run,
    output: Path,
    *,
    environment: Mapping[str, str] | None = None,
    timeout: float | None = None,
    force: bool = False,
    progress: Path | None = None,
) -> Result:
    """Execute one lesson from top to bottom.

    Parameters
    ----------
    run : Run
    output : pathlib.Path
        The folder for the executed notebook, made if need be.
    environment : mapping of str to str, optional
        Variables for the kernel, beside those of this process.
    timeout : float, optional
        Seconds that a cell may take. Default: no limit.
    force : bool
        Execute even if the same run is already there. Default: keep it.
    progress : pathlib.Path, optional
        A folder in which a file with the run's name says, as long as it runs, which of how many
        code cells it has reached. Default: nobody is told.

    Returns
    -------
    Result
        Whatever happens; only an interruption passes through.
    """
    start = time.monotonic()
    done = output / f"{run.name}.ipynb"
    failed = done.with_suffix(".failed.ipynb")
    part = part_name(done)

    def result(status: str, notebook: Path, error: str = "") -> Result:
        return Result(run, status, time.monotonic() - start, str(notebook), error)

    try:
        kept = None if force else read_if_whole(done)
        if kept is not None and kept.metadata.get("tutorial_key") == run.key:
            return result("kept", done)
        output.mkdir(parents=True, exist_ok=True)
        notebook = _run_papermill(run, part, environment, timeout, progress and progress / run.name)
        notebook.metadata["tutorial_key"] = run.key
        write(notebook, done)
        failed.unlink(missing_ok=True)
        return result("ok", done)
    except Exception as error:
        written = read_if_whole(part)
        reason = _explain(error, written)
        if written is None:  # nothing, or cut short: of no use to anybody
            return result("failed", output, reason)
        part.replace(failed)
        return result("failed", failed, reason)
    finally:
        with suppress(OSError):
            part.unlink()  # interrupted: what is half done gets no name


def _run_papermill(
    run: Run,
    part: Path,
    environment: Mapping[str, str] | None,
    timeout: float | None,
    progress: Path | None,
) -> NotebookNode:
    """Execute a lesson into ``part``; return it, or raise if any cell was not executed."""
    import papermill
    from nbclient.exceptions import DeadKernelError

    from notebook_checker.kernels import kernel_manager, last_words
    from tutorial.client import ENGINE

    with IN_FOLDER, tempfile.TemporaryDirectory(prefix="kernel-") as folder:
        try:
            papermill.execute_notebook(
                for_papermill(run.lesson),
                for_papermill(part),
                run.parameters,
                engine_name=ENGINE,
                cwd=str(run.lesson.parent),
                progress_bar=False,
                timeout_func=lambda cell: timeout,
                kernel_manager_class=kernel_manager(folder, environment),
                progress=progress,
            )
        except DeadKernelError as error:
            raise TutorialError(" | ".join(["the kernel died", *last_words(folder, 3)])) from error
    notebook = read(part)
    for number, cell in code_cells(notebook):
        if cell.execution_count is None:
            raise TutorialError(f"code cell {number} was not executed")
    return notebook


def run_key(lesson: Path, parameters: Parameters, data: str = "") -> str:
    """Name a run by everything its outputs depend on.

    Parameters
    ----------
    lesson : pathlib.Path
        The notebook; its cells count, its stored outputs do not.
    parameters : dict
        The values it is given.
    data : str
        Names the images by their content. Default: the lesson needs none.

    Returns
    -------
    str
        Twelve hexadecimal digits; other digits mean another run.
    """
    sources = [(cell.cell_type, cell.source) for cell in read(lesson).cells]
    facts = json.dumps([sources, parameters, data, *_surroundings()], sort_keys=True)
    return hashlib.sha256(facts.encode()).hexdigest()[:12]


@cache
def _surroundings() -> tuple[list[str], list[str]]:
    """Gather what every run depends on: the code that lessons import, and the libraries."""
    spec = find_spec("helpers")
    folders = (spec and spec.submodule_search_locations) or []
    files = sorted(file for folder in folders for file in Path(folder).rglob("*.py"))
    code = [file.read_text(encoding="utf-8") for file in files]
    return code, [version(library) for library in LIBRARIES]


def collect_metrics(notebook: NotebookNode) -> dict[str, Any]:
    """Collect what an executed lesson recorded.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        An executed notebook.

    Returns
    -------
    dict of str to bool, int, float or str
        The values of all its ``record(...)`` calls; of two with one name, the later one. Words
        are fit for a terminal.
    """
    found: dict[str, Any] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            recorded = output.get("data", {}).get(RECORD_MIME)
            found |= recorded if isinstance(recorded, dict) else {}
    return {
        plain(name): plain(value) if isinstance(value, str) else value
        for name, value in found.items()
        if isinstance(value, bool | int | float | str)
    }


def _explain(error: Exception, notebook: NotebookNode | None) -> str:
    """Say in which cell a run ended and why, from what the notebook really holds."""
    cells = code_cells(notebook) if notebook else []
    begun = [pair for pair in cells if pair[1].metadata.get("papermill", {}).get("start_time")]
    if not begun:
        return summary(error)
    number, cell = begun[-1]
    where = f"code cell {number} (`{plain(cell.source.strip().splitlines()[0])}`)"
    said = "".join(output.text for output in cell.outputs if output.output_type == "stream")
    last = plain(" | ".join(said.splitlines()[-3:]))
    return f"{where}: {summary(error)}" + (f"; last output: {last}" if last else "")


def summary(error: Exception) -> str:
    """Say in one line what went wrong.

    Parameters
    ----------
    error : Exception

    Returns
    -------
    str
        Words fit for a terminal.
    """
    from nbclient.exceptions import CellTimeoutError
    from papermill.exceptions import PapermillExecutionError

    if isinstance(error, TutorialError):
        return plain(str(error))
    if isinstance(error, CellTimeoutError):
        return "the cell took longer than its time limit"
    if isinstance(error, PapermillExecutionError):  # an error inside a cell
        return plain(f"{error.ename}: {error.evalue}")
    return plain(f"{type(error).__name__}: {error}")
