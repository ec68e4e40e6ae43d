"""Where runs are executed: in processes of this machine, or on a Dask cluster."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import connection, get_context, parent_process

from pebble import ProcessExpired, ProcessPool

from tutorial.errors import UsageError

STARTED_BY = "TUTORIAL_STARTED_BY"  # a variable of each kernel: the process of its command
Submit = Callable[..., Future]  # takes a function and its arguments


def lost_worker(error: BaseException | None) -> bool:
    """Tell whether a run ended because its worker was killed, not by an error of its own.

    Parameters
    ----------
    error : BaseException or None
        What the run's future holds.

    Returns
    -------
    bool
    """
    dask = sys.modules.get("distributed")
    kinds = (ProcessExpired, CancelledError) + ((dask.KilledWorker,) if dask else ())
    return isinstance(error, kinds)


def shared_threads(jobs: int) -> dict[str, str]:
    """Share the cores between runs: what kernels must be told.

    Parameters
    ----------
    jobs : int
        How many runs at once. A number of threads that the user chose stays as it is.

    Returns
    -------
    dict of str to str
        Environment variables.
    """
    threads = max(1, (os.cpu_count() or 1) // jobs)
    return {} if "OMP_NUM_THREADS" in os.environ else {"OMP_NUM_THREADS": str(threads)}


def is_shared() -> bool:
    """Tell whether several people compute on this machine.

    Returns
    -------
    bool
        True under JupyterHub, whose servers carry its variables, and where another user is
        logged in.
    """
    import psutil

    return "JUPYTERHUB_API_URL" in os.environ or len({user.name for user in psutil.users()}) > 1


@contextmanager
def process_pool(jobs: int) -> Iterator[Submit]:
    """Run in warm processes of this machine; one that is killed takes no other run with it.

    Parameters
    ----------
    jobs : int
        How many runs at once.

    Yields
    ------
    callable
        Submits a function; its future raises ProcessExpired if the process was killed.
    """
    pool = ProcessPool(jobs, initializer=_warm_up, context=get_context("spawn"))
    try:
        yield lambda function, *given, **named: pool.schedule(function, given, named)
    except BaseException:
        pool.stop()  # the kernels of its processes notice and end too
        raise
    else:
        pool.close()
    finally:
        pool.join()


def _warm_up() -> None:
    import tutorial.client  # noqa: F401  loading it takes longer than a small run

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command, not for its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if parent := parent_process():
        connection.wait([parent.sentinel])  # the command was killed: do not go on without it
    os._exit(1)


@contextmanager
def dask_cluster(address: str) -> Iterator[Submit]:
    """Run on the workers of a Dask cluster.

    Parameters
    ----------
    address : str
        Of the scheduler, for example ``tcp://host:8786``.

    Yields
    ------
    callable
        Submits a function; its future raises KilledWorker if worker after worker was killed.

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
        workers = client.get_executor(pure=False)
        try:
            # as one callable: Dask would take a `key` among the arguments for its own
            yield lambda function, *given, **named: workers.submit(
                partial(function, *given, **named)
            )
        except BaseException:
            workers.shutdown(wait=False, cancel_futures=True)
            client.run(_end_kernels, os.getpid(), nanny=False)
            raise


def _end_kernels(command: int) -> None:
    """On a Dask worker: end the kernel of the command that was stopped."""
    import psutil

    for process in psutil.Process().children():
        with suppress(psutil.Error):
            if process.environ().get(STARTED_BY) == str(command):
                process.kill()
