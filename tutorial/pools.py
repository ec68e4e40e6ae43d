"""Where runs are executed: in processes of this machine, or on a Dask cluster."""

import os
import re
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import (
    active_children,
    connection,
    get_context,
    parent_process,
    resource_tracker,
)
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from pebble import ProcessExpired, ProcessPool

from tutorial.errors import TutorialError, UsageError
from tutorial.signals import hear, unheard

STARTED_BY = "TUTORIAL_STARTED_BY"  # a variable of kernels on a cluster: the command they are for
ANSWER = 60  # seconds in which a scheduler must answer, on a busy machine too
WATCHED = 0.5  # seconds in which to see how busy the machine is
Submit = Callable[..., Future]  # takes a function and its arguments


def lost_worker(future: Future) -> bool:
    """Tell whether a run ended because its worker was killed, not by an error of its own.

    Parameters
    ----------
    future : concurrent.futures.Future
        Of the run, done.

    Returns
    -------
    bool
    """
    if future.cancelled():
        return True
    dask = sys.modules.get("distributed")
    kinds = (ProcessExpired, BrokenProcessPool, CancelledError)
    return isinstance(future.exception(), kinds + ((dask.KilledWorker,) if dask else ()))


def shared_threads(jobs: int) -> dict[str, str]:
    """Share the cores between runs, those that other programs leave free at this moment.

    Threads that wait for each other while others have their cores come to a standstill: beside
    four busy programs on two cores, a step on two threads took 6 to 180 times as long as alone.

    Parameters
    ----------
    jobs : int
        How many runs at once.

    Returns
    -------
    dict of str to str
        What kernels must be told; nothing if the user chose a number of threads, or if one run
        has the machine to itself.
    """
    import psutil

    if "OMP_NUM_THREADS" in os.environ:
        return {}
    cores = os.cpu_count() or 1
    free = round(cores * (1 - psutil.cpu_percent(WATCHED) / 100))
    if jobs == 1 and free == cores:
        return {}  # PyTorch knows how many are good
    threads = max(1, free // jobs)
    if free < cores:
        words = f"{cores - free} of {cores} cores are busy with other programs"
        print(f"{words}: {threads} thread{'s'[: threads > 1]} for each run", flush=True)
    return {"OMP_NUM_THREADS": str(threads)}


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

    Raises
    ------
    TutorialError
        If this machine lets no process start.
    """
    with TemporaryDirectory(prefix="pool-", ignore_cleanup_errors=True) as scratch:
        spawn = get_context("spawn")
        pool = ProcessPool(jobs, initializer=_warm_up, initargs=[scratch], context=spawn)
        try:
            _start_tracker()  # or it starts below, and lets signals be heard again
            with unheard():
                try:
                    pool.active  # noqa: B018  this starts its processes
                except OSError as error:
                    words = "no process can be started here; on Linux they need a /dev/shm"
                    raise TutorialError(f"{words} to write to ({error})") from error
            yield lambda function, *given, **named: pool.schedule(function, given, named)
        except BaseException:
            pool.stop()
            for process in active_children():  # before their locks go, which they may just unpickle
                process.kill()  # their kernels notice and end too
            raise
        else:
            pool.close()
        finally:
            pool.join()


def _start_tracker() -> None:
    """Start Python's process for shared resources: it ignores Ctrl-C, and here SIGHUP too."""
    if not hasattr(signal, "SIGHUP"):
        return
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # which it inherits
    resource_tracker.ensure_running()
    signal.signal(signal.SIGHUP, before)


def _warm_up(scratch: str) -> None:
    tempfile.tempdir = scratch  # a process that is stopped cannot clear away what it made
    hear()  # by now it is ignored; kernels must hear when they are interrupted
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import tutorial.client  # noqa: F401  loading it takes longer than a small run


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
    if not (parts := re.fullmatch(r"(\w+)://(.+):(\d+)", address)):
        raise UsageError(f"'{address}' is no address of a Dask scheduler: use tcp://HOST:PORT")
    scheme, host, port = parts.groups()
    try:
        with socket.create_connection((host.strip("[]"), int(port)), ANSWER) as probe:
            if scheme == "tcp":  # a scheduler speaks first; Dask waits for others without end
                probe.recv(1)
        client = Client(address, timeout=ANSWER, set_as_default=False)
    except (OSError, OverflowError, ValueError) as error:
        raise UsageError(f"no Dask scheduler answers at '{address}': {error}") from None
    command = uuid4().hex
    with client:
        if not client.nthreads():
            print("the Dask cluster has no worker yet: waiting for one", file=sys.stderr)
        workers = client.get_executor(pure=False)

        def submit(
            function: Callable, *given: Any, environment: Mapping[str, str], **named: Any
        ) -> Future:
            named["environment"] = {**environment, STARTED_BY: command}
            # as one callable: Dask would take a `key` among the arguments for its own
            return workers.submit(partial(function, *given, **named))

        try:
            yield submit
        except BaseException:
            workers.shutdown(wait=False)  # it cancels what has not begun
            client.run(_end_kernels, command, nanny=False)
            raise


def _end_kernels(command: str) -> None:
    """On a Dask worker: end the kernels of a command that was stopped."""
    import psutil

    for process in psutil.Process().children():
        with suppress(psutil.Error):
            if process.environ().get(STARTED_BY) == command:
                process.kill()
