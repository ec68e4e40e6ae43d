"""Kernels: started side by side without clashing, heard to the end, stopped like any program."""

import asyncio
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from nbval.kernel import NbvalKernelspecManager
from traitlets import Float, Instance, Unicode

LONGEST = 90  # bytes of a folder's path: a socket in it has room in the 104 of macOS


def kernel_manager(
    folder: str | Path, environment: Mapping[str, str] | None = None
) -> type[AsyncKernelManager]:
    """Make a class of kernel managers for one kernel.

    It talks through files in ``folder``, because parallel starts clash over TCP ports; where
    that is impossible (Windows, a long path), over TCP on 127.0.0.1. What the kernel writes to
    its own standard error goes to ``folder/stderr``.

    Parameters
    ----------
    folder : path-like
        An empty folder, for this kernel alone.
    environment : mapping of str to str, optional
        Variables for the kernel, beside those of this process. Default: none.

    Returns
    -------
    type
        For the ``kernel_manager_class`` of nbclient and papermill.
    """
    interrupt = signal.getsignal(signal.SIGINT)
    by_file = os.name != "nt" and len(os.fsencode(folder)) <= LONGEST

    class KernelManager(AsyncKernelManager):
        kernel_spec_manager = Instance(NbvalKernelspecManager, ())  # knows “this environment”
        transport = Unicode("ipc" if by_file else "tcp")
        ip = Unicode(str(Path(folder, "socket")) if by_file else "127.0.0.1")
        # one in ten kernels misses the request to end, and is waited for 5 s otherwise
        shutdown_wait_time = Float(1.0)

        async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
            # nbclient has taken over Ctrl-C, and would call it a dead kernel: give it back
            loop = asyncio.get_running_loop()
            if loop.remove_signal_handler(signal.SIGINT):
                signal.signal(signal.SIGINT, interrupt)
            loop.remove_signal_handler(signal.SIGTERM)
            options["env"] = {**os.environ, **options.get("env", {}), **(environment or {})}
            with Path(folder, "stderr").open("wb") as log:
                await super().start_kernel(**options | {"stderr": log})

    return KernelManager


def last_words(folder: str | Path, lines: int) -> list[str]:
    """Return the last lines that a kernel wrote to its own standard error.

    Parameters
    ----------
    folder : path-like
        As given to :func:`kernel_manager`.
    lines : int
        How many, at most.

    Returns
    -------
    list of str
    """
    log = Path(folder, "stderr")
    return log.read_text(errors="replace").splitlines()[-lines:] if log.exists() else []
