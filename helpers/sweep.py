"""Execute one lesson with every combination of some parameters, and gather the results.

The notebooks are the results: a run that succeeded has its final name, and the same command
again executes only what is missing, failed or changed. The table and the picture are made from
them, each time anew.
"""

import csv
import itertools
import os
import signal
import threading
from concurrent.futures import BrokenExecutor, CancelledError, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from importlib.metadata import version
from multiprocessing import connection, get_context, parent_process

from helpers.batch import LIBRARIES, Result, execute, run_key
from helpers.project import UsageError, skip_slow_import

TRIES = 3  # how often a run may lose its worker before it counts as failed


def grid(values):
    """Combine every value of every parameter.

    Parameters
    ----------
    values : dict of str to list
        ``{"learning_rate": [0.01, 0.1], "batch_size": [4, 64]}`` gives four combinations.

    Returns
    -------
    list of dict
    """
    return [
        dict(zip(values, chosen, strict=True)) for chosen in itertools.product(*values.values())
    ]


@contextmanager
def process_pool(jobs):
    """Run in warm processes that share the cores instead of fighting for them.

    Parameters
    ----------
    jobs : int
        How many runs at once.

    Yields
    ------
    concurrent.futures.Executor
    """
    threads = max(1, (os.cpu_count() or 1) // jobs)
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), _warm_up, (threads,))
    try:
        yield pool
    except BaseException:
        for process in list((pool._processes or {}).values()):
            process.terminate()  # its kernel notices and ends too
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _warm_up(threads):
    skip_slow_import()
    import papermill  # noqa: F401  loading it takes longer than a small run

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command, not for its workers
    os.environ["OMP_NUM_THREADS"] = str(threads)  # the kernels inherit it
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent():
    connection.wait([parent_process().sentinel])  # the command was killed: do not go on without it
    os._exit(1)


@contextmanager
def dask_cluster(address):
    """Run on the workers of a Dask cluster.

    Parameters
    ----------
    address : str
        Of the scheduler, for example ``tcp://host:8786``.

    Yields
    ------
    concurrent.futures.Executor

    Raises
    ------
    UsageError
        If Dask is not installed, or no scheduler answers at the address.
    """
    try:
        from distributed import Client
    except ImportError:
        raise UsageError("--scheduler needs Dask: pip install -e '.[cluster]'") from None
    try:
        client = Client(address, timeout=5, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"no Dask scheduler answers at '{address}': {error}") from None
    with client:
        yield client.get_executor(retries=TRIES, pure=False)


@contextmanager
def folder_lock(output):
    """Keep a second sweep out of a folder while the first one works there.

    Parameters
    ----------
    output : pathlib.Path
        The folder, made if need be; what a killed sweep left half done is taken away.

    Raises
    ------
    UsageError
        If the folder is in use, or cannot be written.
    """
    from filelock import FileLock, Timeout

    try:
        output.mkdir(parents=True, exist_ok=True)
        lock = FileLock(output / ".lock")
        lock.acquire(timeout=0)
    except Timeout:
        raise UsageError(f"another sweep is working in {output}: wait, or use --output") from None
    except OSError as error:
        raise UsageError(f"cannot write into {output} ({error.strerror}): use --output") from None
    try:
        for part in output.glob("*.part.ipynb"):
            part.unlink()
        yield
    finally:
        lock.release()


def sweep(lesson, runs, output, make_executor, *, data="", timeout=None, force=False):
    """Execute a lesson once for every combination of parameters.

    Parameters
    ----------
    lesson : pathlib.Path
        The notebook.
    runs : list of dict
        The parameters of each run.
    output : pathlib.Path
        The folder for the executed notebooks.
    make_executor : callable
        Gives a context manager of a :class:`concurrent.futures.Executor`; called again when
        the workers of the one before were killed.
    data, timeout, force
        As for :func:`helpers.batch.execute`.

    Yields
    ------
    Result
        As the runs end, in any order.
    """
    options = {"data": data, "timeout": timeout, "force": force}
    waiting = {f"{lesson.stem}-{run_key(lesson, run, data)}": run for run in runs}
    for _ in range(TRIES):
        if not waiting:
            return
        with make_executor() as executor:
            futures = {
                executor.submit(execute, lesson, output, run, name=name, **options): name
                for name, run in waiting.items()
            }
            for future in as_completed(futures):
                if (result := _result(future)) is not None:
                    del waiting[futures[future]]
                    yield result
    for name, run in waiting.items():
        yield Result(name, "failed", 0.0, output, parameters=run, error="its worker was killed")


def _result(future):
    """Return what a run came to; None if its worker was killed, so that others take it over."""
    try:
        return future.result()
    except (BrokenExecutor, CancelledError):
        return None
    except Exception as error:
        if type(error).__name__ == "KilledWorker":  # Dask's word for it
            return None
        raise


def write_table(results, path):
    """Write one line for every run: what it was given, what came of it, what it ran with.

    Parameters
    ----------
    results : list of Result
    path : pathlib.Path
        A CSV file; it appears whole or not at all.
    """
    versions = {library: version(library) for library in LIBRARIES}
    rows = [
        result.parameters
        | result.metrics
        | {"seconds": round(result.seconds, 1), "status": result.status, "error": result.error}
        | versions
        | {"notebook": result.notebook.name}
        for result in results
    ]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    part = path.with_suffix(".part")
    with part.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, restval="")
        table.writeheader()
        table.writerows(rows)
    os.replace(part, path)


def first_metric(results):
    """Return the name of the first number that a lesson recorded (str), or None."""
    numbers = (
        name
        for result in results
        for name, value in result.metrics.items()
        if isinstance(value, int | float)
    )
    return next(numbers, None)


def draw_results(results, values, metric, path):
    """Draw a metric against the first parameter, one line for each value of the others.

    Parameters
    ----------
    results : list of Result
        Those that succeeded are drawn: their mean and range over the seeds.
    values : dict of str to list
        The parameters that were varied, as for :func:`grid`.
    metric : str
        What to draw, of what the lesson recorded.
    path : pathlib.Path
        A PNG file; it appears whole or not at all.
    """
    from helpers.plots import plot_sweep

    names = [name for name in values if name != "seed"] or list(values)
    curves = {}
    for result in results:
        if metric in result.metrics:
            others = ", ".join(f"{name} {result.parameters[name]}" for name in names[1:])
            curve = curves.setdefault(others or metric, {})
            curve.setdefault(result.parameters[names[0]], []).append(result.metrics[metric])
    figure = plot_sweep(curves, names[0], metric).figure
    part = path.with_suffix(".part")
    figure.savefig(part, format="png", dpi=144)
    os.replace(part, path)
