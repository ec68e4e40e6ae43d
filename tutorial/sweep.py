"""Execute many runs: lessons one after the other, or one lesson with a grid of parameters.

The notebooks are the results: a run that succeeded has its final name, and the same command
again executes only what is missing, failed or changed. The table and the picture are made from
them, each time anew.
"""

import csv
import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, as_completed
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tutorial.errors import TutorialError, UsageError
from tutorial.execute import LIBRARIES, Result, execute, summary
from tutorial.notebooks import clear_parts, read_if_whole, whole_file
from tutorial.parameters import Parameters
from tutorial.pools import STARTED_BY, Submit, lost_worker
from tutorial.report import numbers


@dataclass
class Run:
    """One notebook to execute, with its parameters.

    Attributes
    ----------
    lesson : pathlib.Path
    parameters : dict
    name : str
        What the executed notebook is called, without its ending.
    key : str
        Of :func:`tutorial.execute.run_key`.
    """

    lesson: Path
    parameters: Parameters
    name: str
    key: str


def check_places(lessons: Sequence[Path], output: str) -> None:
    """Make sure that every executed notebook has a place of its own.

    Parameters
    ----------
    lessons : sequence of pathlib.Path
    output : str
        A folder, or an address such as ``s3://bucket/folder``.

    Raises
    ------
    UsageError
        If two notebooks would get one name, a notebook would be replaced by its own result, or
        papermill does not know how to write to the address.
    """
    from papermill.iorw import LocalHandler, papermill_io

    names = [lesson.name for lesson in lessons]
    if twice := [name for name in names if names.count(name) > 1]:
        raise UsageError(f"two notebooks are called {twice[0]}: run them with an --output each")
    if "://" in output and isinstance(papermill_io.get_handler(output), LocalHandler):
        raise UsageError(f"papermill cannot write to {output}: use a folder, or s3://…")
    folder = Path(output).expanduser().resolve()
    if own := [lesson.name for lesson in lessons if lesson.parent == folder]:
        raise UsageError(f"{own[0]} lies in {output}, its result would replace it: use --output")


def upload(result: Result, url: str) -> Result:
    """Put an executed notebook where papermill can write, ``s3://…`` for example.

    Parameters
    ----------
    result : Result
        Changed in place: its notebook is there now, or it has failed.
    url : str
        The folder.

    Returns
    -------
    Result
    """
    from papermill.iorw import write_ipynb

    notebook = read_if_whole(Path(result.notebook))
    target = f"{url.rstrip('/')}/{Path(result.notebook).name}"
    try:
        if notebook is not None:
            result.metrics = result.metrics  # read now: they cannot be read from there
            result.notebook = target
            write_ipynb(notebook, target)
    except Exception as error:
        result.status = "failed"
        result.error = f"it was executed, but writing it failed with {summary(error)}"
    return result


@contextmanager
def results_folder(output: Path, alone: bool) -> Iterator[Path]:
    """Work in a folder for results, made if need be.

    Parameters
    ----------
    output : pathlib.Path
    alone : bool
        Whether others who want it alone are kept out of it meanwhile.

    Yields
    ------
    pathlib.Path
        The folder; what killed processes left half done in it is taken away.

    Raises
    ------
    UsageError
        If the folder is in use, or cannot be written.
    """
    from filelock import FileLock, Timeout

    output = output.expanduser().resolve()
    lock = FileLock(output / ".lock")
    try:
        output.mkdir(parents=True, exist_ok=True)
        if alone:
            lock.acquire(timeout=0)
        elif not os.access(output, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except Timeout:
        raise UsageError(f"another sweep is working in {output}: wait, or use --output") from None
    except OSError as error:
        raise UsageError(f"cannot write into {output} ({error.strerror}): use --output") from None
    try:
        clear_parts(output)
        yield output
    finally:
        clear_parts(output)
        lock.release()


def execute_all(
    runs: Sequence[Run],
    output: Path,
    workers: AbstractContextManager[Submit],
    environment: Mapping[str, str],
    **options: Any,
) -> Iterator[Result]:
    """Execute runs, as many at once as there are workers.

    A run that loses its worker is tried once more, alone, so that one that kills workers cannot
    take others with it.

    Parameters
    ----------
    runs : sequence of Run
    output : pathlib.Path
        The folder for the executed notebooks.
    workers : context manager
        What :mod:`tutorial.pools` offers.
    environment : mapping of str to str
        Variables for the kernels.
    **options
        ``timeout``, ``force`` and ``progress``, as for :func:`tutorial.execute.execute`.

    Yields
    ------
    Result
        As the runs end, in any order.
    """
    options["environment"] = {**environment, STARTED_BY: str(os.getpid())}
    with workers as submit:

        def start(run: Run) -> Future:
            about = {"name": run.name, "key": run.key}
            return submit(execute, run.lesson, output, run.parameters, **about, **options)

        futures = {start(run): run for run in runs}
        lost = []
        for future in as_completed(futures):
            if lost_worker(future.exception()):
                lost.append(futures[future])
            else:
                yield future.result()
        for run in lost:
            future = start(run)
            if lost_worker(future.exception()):
                words = "its worker was killed"
                yield Result(run.name, "failed", 0.0, str(output), run.parameters, words)
            else:
                yield future.result()


def gather(
    results: Sequence[Result], grid: Mapping[str, list[Any]], metric: str | None, output: Path
) -> str:
    """Make the table and the picture of a sweep from its results.

    Parameters
    ----------
    results : sequence of Result
    grid : dict of str to list
        The parameters that were varied.
    metric : str or None
        What to draw of what the lesson recorded. Default: the first number that speaks of
        validation, else the first number.
    output : pathlib.Path
        The folder, in which ``results.csv`` and ``results.png`` are written.

    Returns
    -------
    str
        What was written, in a sentence.

    Raises
    ------
    TutorialError
        If they cannot be written, or no run recorded the metric.
    """
    table, picture = output / "results.csv", output / "results.png"
    names = dict.fromkeys(name for result in results for name in numbers(result))
    favourites = [name for name in names if name.startswith("validation")]
    try:
        write_table(results, table)
        if not names:
            picture.unlink(missing_ok=True)  # of an earlier sweep
            return f"The table is {table}; no run recorded a number to draw."
        chosen = metric or [*favourites, *names][0]
        if chosen not in names:
            raise TutorialError(f"no number '{chosen}' was recorded: there are {', '.join(names)}")
        draw_results(results, grid, chosen, picture)
    except OSError as error:
        raise TutorialError(f"cannot write {error.filename or output}: {error.strerror}") from None
    return f"The table is {table}, the picture of {chosen} {picture.name} beside it."


def write_table(results: Sequence[Result], path: Path) -> None:
    """Write one line for every run: what it was given, what came of it, what it ran with.

    Parameters
    ----------
    results : sequence of Result
    path : pathlib.Path
        A CSV file; it appears whole or not at all.
    """
    versions = {library: version(library) for library in LIBRARIES}
    rows = [
        result.parameters
        | {name: v for name, v in result.metrics.items() if name not in result.parameters}
        | {"seconds": round(result.seconds, 1), "status": result.status, "error": result.error}
        | versions
        | {"notebook": Path(result.notebook).name}
        for result in results
    ]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with whole_file(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, restval="")
        table.writeheader()
        table.writerows(rows)


def draw_results(
    results: Sequence[Result], grid: Mapping[str, list[Any]], metric: str, path: Path
) -> None:
    """Draw a metric against the first parameter, one line for each value of the others.

    Parameters
    ----------
    results : sequence of Result
        Those that recorded the metric are drawn: their mean and range over the seeds.
    grid : dict of str to list
        The parameters that were varied; without any, the runs are numbered.
    metric : str
        What to draw, of what the lesson recorded.
    path : pathlib.Path
        A PNG file; it appears whole or not at all.
    """
    from helpers.plots import plot_sweep

    names = [name for name in grid if name != "seed"] or list(grid)
    curves: dict[str, dict[Any, list[float]]] = {}
    for number, result in enumerate(results, 1):
        if (value := numbers(result).get(metric)) is not None:
            others = ", ".join(f"{name} {result.parameters[name]}" for name in names[1:])
            place = result.parameters[names[0]] if names else number
            curves.setdefault(others or metric, {}).setdefault(place, []).append(value)
    figure: Any = plot_sweep(curves, names[0] if names else "run", metric).figure
    with whole_file(path) as part:
        figure.savefig(part, format="png", dpi=144)
