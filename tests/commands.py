"""The tutorial command in processes of its own, and what it has started there."""

import os
import subprocess
import sys
import time
from unittest.mock import patch

import psutil

from tutorial.cli import main

# Chosen here, so that nothing is said about how busy the machine is.
CHOSEN = {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")}


def tutorial(*arguments, **options):
    """Start the command; its streams are text, its process group its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tutorial", *map(str, arguments)],
        stdout=options.pop("stdout", subprocess.PIPE),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | CHOSEN | options.pop("environment", {}),
        **options,
    )


def exit_code(*arguments):
    """Call the command in this process, which has loaded what most commands need."""
    with patch.dict(os.environ, CHOSEN):
        try:
            return main([*map(str, arguments)])
        except SystemExit as end:
            return end.code


def wait_for(condition, seconds=600):
    """Wait for an event; the limit is there lest a test hangs."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found


def is_kernel(process):
    try:
        return any("ipykernel" in word for word in process.cmdline())
    except psutil.Error:
        return False


def kernels(command):
    """Return (worker, kernel) pairs of processes of a running command."""
    workers = psutil.Process(command.pid).children() if command.poll() is None else []
    pairs = [(worker, kernel) for worker in workers for kernel in worker.children()]
    return [pair for pair in pairs if is_kernel(pair[1])]


def all_gone(processes):
    return not any(process.is_running() and is_kernel(process) for process in processes)
