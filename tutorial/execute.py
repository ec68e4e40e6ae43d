"""Execute one notebook with papermill, and say truthfully how it went.

Papermill's own metadata calls every cell “completed” after a dead kernel, a time-out or an
interruption, so nothing here trusts it: a lesson succeeded when papermill returned without an
exception and every code cell carries an execution count. Only then does the notebook get its
final name.
"""

import hashlib
import json
import re
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
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

IN_FOLDER = threading.Lock()  # a process has one working directory: no two lessons at once in it
LINE = 300  # characters of a message in a terminal or a table
LIBRARIES = ("torch", "torchvision", "numpy", "matplotlib", "papermill", "ipykernel")


@dataclass
class Result:
    """How the execution of one lesson went.

    Attributes
    ----------
    lesson : str
        What the executed notebook is called, without folder and ending.
    status : str
        ``"ok"``, ``"kept"`` (done before, nothing has changed since) or ``"failed"``.
    seconds : float
        How long it took.
    notebook : str
        Where the executed notebook is; of a failed run ``NAME.failed.ipynb``, or the folder if
        nothing could be written.
    parameters : dict
        The values the lesson was given.
    error : str
        Of a failed run: the cell, and what went wrong there.
    """

    lesson: str
    status: str
    seconds: float
    notebook: str
    parameters: Parameters = field(default_factory=dict)
    error: str = ""

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """What the lesson recorded with :func:`helpers.record` (dict); of a failed run nothing."""
        return {} if self.status == "failed" else collect_metrics(read(Path(self.notebook)))


def execute(
    lesson: Path,
    output: Path,
    parameters: Parameters | None = None,
    *,
    name: str | None = None,
    key: str | None = None,
    environment: Mapping[str, str] | None = None,
    timeout: float | None = None,
    force: bool = False,
    progress: bool = False,
) -> Result:
    """Execute one lesson from top to bottom.

    Parameters
    ----------
    lesson : pathlib.Path
        The notebook to execute; it is only read.
    output : pathlib.Path
        The folder for the executed notebook, made if need be.
    parameters : dict, optional
        Values for the lesson's ``parameters`` cell. Default: as they stand there.
    name : str, optional
        What the executed notebook is called. Default: as the lesson.
    key : str, optional
        What :func:`run_key` gave for this run. Default: it is made here, for no images.
    environment : mapping of str to str, optional
        Variables for the kernel, beside those of this process.
    timeout : float, optional
        Seconds that a cell may take. Default: no limit.
    force : bool
        Execute even if the same run is already there. Default: keep it.
    progress : bool
        Draw papermill's progress bar. Default: no.

    Returns
    -------
    Result
        Whatever happens; only an interruption passes through.
    """
    given = parameters or {}
    start = time.monotonic()
    done = output / f"{name or lesson.stem}.ipynb"
    failed = done.with_suffix(".failed.ipynb")
    part = part_name(done)

    def result(status: str, notebook: Path, error: str = "") -> Result:
        seconds = time.monotonic() - start
        return Result(done.stem, status, seconds, str(notebook), given, error)

    try:
        key = key or run_key(lesson, given)
        kept = None if force else read_if_whole(done)
        if kept is not None and kept.metadata.get("tutorial_key") == key:
            return result("kept", done)
        output.mkdir(parents=True, exist_ok=True)
        notebook = _run_papermill(lesson, part, given, environment, timeout, progress)
        notebook.metadata["tutorial_key"] = key
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
    lesson: Path,
    part: Path,
    parameters: Parameters,
    environment: Mapping[str, str] | None,
    timeout: float | None,
    progress: bool,
) -> NotebookNode:
    """Execute ``lesson`` into ``part``; return it, or raise if any cell was not executed."""
    import papermill
    from nbclient.exceptions import DeadKernelError

    from notebook_checker.kernels import kernel_manager, last_words
    from tutorial.client import ENGINE

    with IN_FOLDER, tempfile.TemporaryDirectory(prefix="kernel-") as folder:
        try:
            papermill.execute_notebook(
                for_papermill(lesson),
                for_papermill(part),
                parameters,
                engine_name=ENGINE,
                cwd=str(lesson.parent),
                progress_bar=progress,
                timeout_func=lambda cell: timeout,
                kernel_manager_class=kernel_manager(folder, environment),
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
    dict
        The values of all its ``record(...)`` calls; of two with one name, the later one.
    """
    from helpers.lesson import RECORD_MIME

    found: dict[str, Any] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            recorded = output.get("data", {}).get(RECORD_MIME)
            found |= recorded if isinstance(recorded, dict) else {}
    return found


def _explain(error: Exception, notebook: NotebookNode | None) -> str:
    """Say in which cell a run ended and why, from what the notebook really holds."""
    cells = code_cells(notebook) if notebook else []
    begun = [pair for pair in cells if pair[1].metadata.get("papermill", {}).get("start_time")]
    if not begun:
        return summary(error)
    number, cell = begun[-1]
    where = f"code cell {number} (`{_plain(cell.source.strip().splitlines()[0])}`)"
    said = "".join(output.text for output in cell.outputs if output.output_type == "stream")
    last = " | ".join(map(_plain, said.splitlines()[-3:]))
    return f"{where}: {summary(error)}" + (f"; last output: {last}" if last else "")


def summary(error: Exception) -> str:
    """Say in one line what went wrong.

    Parameters
    ----------
    error : Exception
        Its words are made fit for a terminal: short, and nothing in them steers the screen.

    Returns
    -------
    str
    """
    from nbclient.exceptions import CellTimeoutError
    from papermill.exceptions import PapermillExecutionError

    if isinstance(error, TutorialError):
        return _plain(str(error))
    if isinstance(error, CellTimeoutError):
        return "the cell took longer than its time limit"
    if isinstance(error, PapermillExecutionError):  # an error inside a cell
        return _plain(f"{error.ename}: {error.evalue}")
    return _plain(f"{type(error).__name__}: {error}")


def _plain(text: str) -> str:
    """Make words fit for a terminal and a table: one short line, nothing that steers a screen."""
    text = re.sub(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?)", "", text)
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    line = " ".join(line.split())
    return line if len(line) <= LINE else f"{line[:LINE]}…"
