"""Execute many runs: lessons one after the other, or one lesson with a grid of parameters.

The notebooks are the results: a run that succeeded has its final name, and the same command
again executes only what is missing, failed or changed. The table and the picture are made from
them, each time anew.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from contextlib import AbstractContextManager, contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from tutorial.errors import TutorialError, UsageError
from tutorial.execute import LIBRARIES, Result, Run, execute, run_key, summary
from tutorial.notebooks import clear_parts, read_if_whole, whole_file
from tutorial.parameters import combinations, prepare_for, read_grids
from tutorial.pools import Submit, lost_worker


def plan(
    lessons: Sequence[Path],
    given: Sequence[Sequence[str]],
    seeds: int | None = None,
    name: str = "{lesson}",
) -> tuple[list[Run], dict[str, str]]:
    """Turn what was asked for into runs, and prepare the images that they need.

    Parameters
    ----------
    lessons : sequence of pathlib.Path
    given : sequence of (name, value, value, …), all str
        As they were typed on the command line; every combination is run.
    seeds : int, optional
        How many values the parameter ``seed`` takes.
    name : str
        What executed notebooks are called, of ``{lesson}`` and ``{key}``.

    Returns
    -------
    runs : list of Run
    environment : dict of str to str
        Variables for their kernels.

    Raises
    ------
    TutorialError
        As :func:`~tutorial.parameters.read_grids` and :func:`~tutorial.parameters.prepare_for`.
    """
    grids = read_grids(lessons, given, seeds)
    data, environment = prepare_for(grids)
    runs = []
    for lesson, grid in grids.items():
        for parameters in combinations(grid):
            key = run_key(lesson, parameters, data.get(lesson, ""))
            called = name.format(lesson=lesson.stem, key=key)
            runs.append(Run(lesson, parameters, key, called))
    return runs, environment


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
        If two notebooks would get one name, a notebook would be replaced by its own result,
        papermill does not know how to write to the address, or it lacks a library for it.
    """
    from papermill.exceptions import PapermillOptionalDependencyException
    from papermill.iorw import LocalHandler, papermill_io

    names = [lesson.name for lesson in lessons]
    if twice := [name for name in names if names.count(name) > 1]:
        raise UsageError(f"two notebooks are called {twice[0]}: run them with an --output each")
    if "://" in output:
        handler = papermill_io.get_handler(output)
        if isinstance(handler, LocalHandler):
            raise UsageError(f"papermill cannot write to {output}: use a folder, or s3://…")
        try:
            handler.listdir(output)
        except PapermillOptionalDependencyException as error:
            raise UsageError(f"cannot write to {output}: {error}") from None
        except Exception:  # to write does not need the right to list, nor a folder that is there
            return
    folder = Path(output).expanduser().resolve()
    if own := [lesson.name for lesson in lessons if lesson.parent == folder]:
        raise UsageError(f"{own[0]} lies in {output}, its result would replace it: use --output")


def upload(result: Result, url: str) -> None:
    """Put an executed notebook where papermill can write, ``s3://…`` for example.

    Parameters
    ----------
    result : Result
        Changed in place: its notebook is there now, or it has failed.
    url : str
        The folder.
    """
    from papermill.iorw import write_ipynb

    notebook = read_if_whole(Path(result.notebook))
    target = f"{url.rstrip('/')}/{Path(result.notebook).name}"
    try:
        if notebook is not None:
            result.recorded  # noqa: B018  read now: they cannot be read from there
            result.notebook = target
            write_ipynb(notebook, target)
    except Exception as error:
        result.status = "failed"
        result.error = f"it was executed, but writing it failed with {summary(error)}"


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
        with TemporaryFile(dir=output):
            clear_parts(output)
        if alone:
            lock.acquire(timeout=0)
    except Timeout:
        raise UsageError(f"another command is working in {output}: wait, or use --output") from None
    except OSError as error:
        raise UsageError(f"cannot write into {output} ({error.strerror}): use --output") from None
    try:
        yield output
    finally:
        clear_parts(output)
        lock.release()


def execute_all(
    runs: Sequence[Run],
    output: Path,
    workers: Callable[[], AbstractContextManager[Submit]],
    ended: Callable[[Result, int], None],
    **options: Any,
) -> list[Result]:
    """Execute runs, as many at once as there are workers.

    A run that loses its worker is tried once more, alone, so that one that kills workers cannot
    take others with it.

    Parameters
    ----------
    runs : sequence of Run
    output : pathlib.Path
        The folder for the executed notebooks.
    workers : callable
        Makes what :mod:`tutorial.pools` offers.
    ended : callable
        Is told each result as the runs end, in any order, and how many have ended.
    **options
        As for :func:`tutorial.execute.execute`.

    Returns
    -------
    list of Result
        In the order of the runs.
    """
    results: dict[str, Result] = {}

    def tell(result: Result) -> None:
        results[result.run.name] = result
        ended(result, len(results))

    def attempt(some: Sequence[Run]) -> list[Run]:
        with workers() as submit:
            futures = {submit(execute, run, output, **options): run for run in some}
            lost = []
            for future in as_completed(futures):
                if lost_worker(future):
                    lost.append(futures[future])
                else:
                    tell(future.result())
        return lost

    for run in attempt(runs):
        if attempt([run]):
            tell(Result(run, "failed", 0.0, str(output), "its worker was killed"))
    return [results[run.name] for run in runs]


def columns(result: Result) -> dict[str, Any]:
    """Gather what tells a run from the others: what it was given, what it measured.

    Parameters
    ----------
    result : Result

    Returns
    -------
    dict of str to object
        Numbers that were measured are rounded to four digits.
    """
    return result.run.parameters | {
        name: float(f"{value:.4g}") if isinstance(value, float) else value
        for name, value in result.numbers.items()
    }


def gather(results: Sequence[Result], metric: str | None, output: Path) -> str:
    """Make the table and the picture of a sweep from its results.

    Parameters
    ----------
    results : sequence of Result
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
    names = dict.fromkeys(name for result in results for name in result.numbers)
    favourites = [name for name in names if name.startswith("validation")]
    try:
        write_table(results, table)
        if not names:
            picture.unlink(missing_ok=True)  # of an earlier sweep
            return f"The table is {table}; no run recorded a number to draw."
        chosen = metric or [*favourites, *names][0]
        if chosen not in names:
            raise TutorialError(f"no number '{chosen}' was recorded: there are {', '.join(names)}")
        draw_results(results, chosen, picture)
    except OSError as error:
        words = f"cannot write {error.filename or output} ({error.strerror}): make room"
        raise TutorialError(words) from None
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
        result.run.parameters
        | result.metrics
        | {"seconds": round(result.seconds, 1), "status": result.status, "error": result.error}
        | versions
        | {"notebook": Path(result.notebook).name}
        for result in results
    ]
    names = list(dict.fromkeys(name for row in rows for name in row))
    with whole_file(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, names, restval="")
        table.writeheader()
        table.writerows(rows)


def draw_results(results: Sequence[Result], metric: str, path: Path) -> None:
    """Draw a metric against the first parameter, one line for each value of the others.

    Parameters
    ----------
    results : sequence of Result
        Those that recorded the metric are drawn: their mean and range over the seeds; runs
        without parameters are numbered.
    metric : str
        What to draw, of what the lesson recorded.
    path : pathlib.Path
        A PNG file; it appears whole or not at all.
    """
    from helpers.plots import plot_sweep

    given = list(results[0].run.parameters)
    names = [name for name in given if name != "seed"] or given
    curves: dict[str, dict[Any, list[float]]] = {}
    for number, result in enumerate(results, 1):
        if (value := result.numbers.get(metric)) is not None:
            parameters = result.run.parameters
            others = ", ".join(f"{name} {parameters[name]}" for name in names[1:])
            place = parameters[names[0]] if names else number
            curves.setdefault(others or metric, {}).setdefault(place, []).append(value)
    figure: Any = plot_sweep(curves, names[0] if names else "run", metric).figure
    with whole_file(path) as part:
        figure.savefig(part, format="png", dpi=144)
