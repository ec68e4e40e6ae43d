"""Execute lessons with papermill, and say truthfully how it went.

Papermill's own metadata calls every cell «completed» after a dead kernel, a time-out or an
interruption, so nothing here trusts it: a lesson succeeded when papermill returned without an
exception and every code cell carries an execution count. Only then does the notebook get its
final name.
"""

import hashlib
import json
import os
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

from helpers.kernels import file_socket_kernels
from helpers.lesson import RECORD_MIME
from helpers.project import UsageError

IN_FOLDER = threading.Lock()  # a process has one working directory: no two lessons at once in it
LIBRARIES = ("torch", "torchvision", "numpy", "matplotlib", "papermill", "ipykernel")


@dataclass
class Result:
    """How the execution of one lesson went.

    Attributes
    ----------
    lesson : str
        The lesson's name, without folder and ending.
    status : str
        ``"ok"``, ``"kept"`` (done before, nothing has changed since) or ``"failed"``.
    seconds : float
        How long it took.
    notebook : pathlib.Path
        The executed notebook; of a failed run, ``NAME.failed.ipynb`` if it could be written.
    parameters : dict
        The values the lesson was given.
    error : str
        Of a failed run: the cell, and what went wrong there.
    metrics : dict
        What the lesson recorded with :func:`helpers.record`.
    """

    lesson: str
    status: str
    seconds: float
    notebook: Path
    parameters: dict = field(default_factory=dict)
    error: str = ""
    metrics: dict = field(default_factory=dict)


def read_parameters(lessons, pairs):
    """Give each parameter to the lessons that declare it, as the type they declare.

    Parameters
    ----------
    lessons : sequence of pathlib.Path
        Notebooks with a cell tagged ``parameters``.
    pairs : sequence of (name, value), both str
        As they were typed on the command line.

    Returns
    -------
    dict of pathlib.Path to dict
        The parameters of each lesson.

    Raises
    ------
    UsageError
        If no lesson declares a name, or a value is not of the declared type.
    """
    declared = {lesson: declared_parameters(lesson) for lesson in lessons}
    given = {lesson: {} for lesson in lessons}
    for name, value in pairs:
        takers = [lesson for lesson in lessons if name in declared[lesson]]
        if not takers:
            known = sorted({name for names in declared.values() for name in names})
            raise UsageError(f"no lesson has a parameter '{name}': there are {', '.join(known)}")
        for lesson in takers:
            given[lesson][name] = _convert(name, value, declared[lesson][name])
    return given


def declared_parameters(lesson):
    """List the parameters of a notebook.

    Parameters
    ----------
    lesson : pathlib.Path
        A notebook with a cell tagged ``parameters``.

    Returns
    -------
    dict of str to str
        The name of each parameter and the type it is declared with, ``"None"`` without one.

    Raises
    ------
    UsageError
        If the file is no notebook that can be executed.
    """
    from papermill import inspect_notebook

    try:
        found = inspect_notebook(str(lesson))
    except (ValueError, OSError) as error:
        raise UsageError(f"the parameters of {lesson} cannot be read: {error}") from None
    return {name: facts["inferred_type_name"] for name, facts in found.items()}


def _convert(name, value, declared):
    truth = {"true": True, "false": False}
    read = {"int": int, "float": float, "bool": lambda text: truth[text.lower()]}
    try:
        return read.get(declared, str)(value)
    except (ValueError, KeyError):
        raise UsageError(f"parameter '{name}' is a {declared}: '{value}' is none") from None


def execute(
    lesson,
    output,
    parameters=None,
    *,
    name=None,
    data="",
    timeout=None,
    force=False,
    progress=False,
):
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
    data : str
        Where the images come from, so that a run on other images is another run.
    timeout : float, optional
        Seconds that a cell may take. Default: no limit.
    force : bool
        Execute even if the same run is already there. Default: keep it.
    progress : bool
        Draw papermill's progress bar. Default: no.

    Returns
    -------
    Result
    """
    import nbformat

    name = name or lesson.stem
    done = output / f"{name}.ipynb"
    part = output / f"{name}.{os.getpid()}.part.ipynb"
    failed = output / f"{name}.failed.ipynb"
    key = run_key(lesson, parameters or {}, data)
    start = time.monotonic()

    def result(status, notebook, **facts):
        seconds = time.monotonic() - start
        return Result(name, status, seconds, notebook, parameters=parameters or {}, **facts)

    if not force and (kept := _read(done)) and kept.metadata.get("tutorial_key") == key:
        return result("kept", done, metrics=collect_metrics(kept))
    try:
        output.mkdir(parents=True, exist_ok=True)
        notebook = _run_papermill(lesson, part, parameters, timeout, progress)
        notebook.metadata["tutorial_key"] = key
        nbformat.write(notebook, part)
        os.replace(part, done)
        failed.unlink(missing_ok=True)
        return result("ok", done, metrics=collect_metrics(notebook))
    except Exception as error:
        written = _read(part)
        reason = _explain(error, written)
        if written is None:  # nothing, or cut short: of no use to anybody
            return result("failed", output, error=reason)
        os.replace(part, failed)
        return result("failed", failed, error=reason)
    finally:
        with suppress(OSError):
            part.unlink()  # interrupted: what is half done gets no name


def execute_to_url(lesson, url, parameters=None, **options):
    """Execute one lesson, and put its notebook where papermill can write, ``s3://…`` for example.

    Parameters
    ----------
    lesson, parameters, **options
        As for :func:`execute`. Nothing is kept from an earlier run.
    url : str
        The folder.

    Returns
    -------
    Result
        Failed, too, if the notebook could not be written there.
    """
    from papermill.iorw import write_ipynb

    with tempfile.TemporaryDirectory() as folder:
        result = execute(lesson, Path(folder), parameters, **options)
        target = f"{url.rstrip('/')}/{result.notebook.name}"
        if (notebook := _read(result.notebook)) is None:  # failed before a notebook was written
            return replace(result, notebook=url)
        try:
            write_ipynb(notebook, target)
        except Exception as error:
            reason = f"it was executed, but writing it failed with {type(error).__name__}: {error}"
            return replace(result, status="failed", notebook=target, error=reason)
        return replace(result, notebook=target)


def _run_papermill(lesson, part, parameters, timeout, progress):
    """Execute ``lesson`` into ``part``; return it, or raise if any cell was not executed."""
    import papermill
    from nbclient.exceptions import DeadKernelError

    with IN_FOLDER, tempfile.TemporaryDirectory(prefix="kernel-") as folder:
        try:
            papermill.execute_notebook(
                str(lesson),
                str(part),
                parameters,
                cwd=str(lesson.parent),
                progress_bar=progress,
                execution_timeout=timeout,
                kernel_manager_class=file_socket_kernels(folder),
            )
        except DeadKernelError as error:
            said = (Path(folder) / "stderr").read_text(errors="replace")
            raise DeadKernelError("the kernel died", said) from error
    notebook = _read(part)
    if notebook is None:
        raise OSError(f"the executed notebook cannot be read again: {part}")
    for number, cell in _code_cells(notebook):
        if cell.execution_count is None:
            raise RuntimeError(f"code cell {number} was not executed")
    return notebook


def run_key(lesson, parameters, data):
    """Name a run by everything its outputs depend on.

    Parameters
    ----------
    lesson : pathlib.Path
        The notebook; its cells count, its stored outputs do not.
    parameters : dict
        The values it is given.
    data : str
        Where the images come from.

    Returns
    -------
    str
        Twelve hexadecimal digits; other digits mean another run.
    """
    cells = json.loads(lesson.read_text(encoding="utf-8"))["cells"]
    sources = [(cell["cell_type"], cell["source"]) for cell in cells]
    package = [path.read_text(encoding="utf-8") for path in sorted(_package_files())]
    versions = [version(library) for library in LIBRARIES]
    facts = json.dumps([sources, parameters, data, package, versions], sort_keys=True)
    return hashlib.sha256(facts.encode()).hexdigest()[:12]


def _package_files():
    return Path(__file__).parent.rglob("*.py")


def collect_metrics(notebook):
    """Collect what an executed lesson recorded.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        An executed notebook.

    Returns
    -------
    dict
        The values of all its ``record(...)`` calls, the later ones first in charge.
    """
    found = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            found.update(output.get("data", {}).get(RECORD_MIME, {}))
    return found


def _read(path):
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError):  # not there, or cut short by an earlier accident
        return None


def _code_cells(notebook):
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [(number, cell) for number, cell in enumerate(cells, 1) if cell.source.strip()]


def _explain(error, notebook):
    """Say in which cell a run ended and why, from what the notebook really holds."""
    kind = type(error).__name__
    summary = f"{kind}: {error}"
    if hasattr(error, "ename"):  # papermill's report of an error inside a cell
        summary = f"{error.ename}: {error.evalue}"
    elif kind == "DeadKernelError":
        summary = " | ".join(["the kernel died", *error.args[1].splitlines()[-3:]])
    elif kind == "CellTimeoutError":
        summary = "the cell took longer than its time limit"
    summary = " ".join(summary.split())
    cells = _code_cells(notebook) if notebook else []
    begun = [pair for pair in cells if pair[1].metadata.get("papermill", {}).get("start_time")]
    if not begun:
        return summary
    number, cell = begun[-1]
    said = "".join(output.text for output in cell.outputs if output.output_type == "stream")
    last = " | ".join(said.splitlines()[-3:])
    where = f"code cell {number} (`{cell.source.strip().splitlines()[0]}`)"
    return f"{where}: {summary}" + (f"; last output: {last}" if last else "")
