"""Kernels for batch runs: started side by side, interrupted like any program, heard to the end."""

import asyncio
import os
import signal


def file_socket_kernels(folder):
    """Make a class of kernels that talk through files: parallel starts clash over TCP ports.

    Parameters
    ----------
    folder : str
        An empty folder with a short path, for one kernel's sockets.

    Returns
    -------
    type
        A kernel manager for nbclient and papermill; on Windows the ordinary one.
    """
    from jupyter_client.manager import AsyncKernelManager
    from traitlets import default

    if os.name == "nt":
        return AsyncKernelManager

    interrupt = signal.getsignal(signal.SIGINT)

    class FileSocketKernelManager(AsyncKernelManager):
        async def start_kernel(self, **options):
            # nbclient has taken over Ctrl-C, and would call it a dead kernel: give it back
            loop = asyncio.get_running_loop()
            loop.remove_signal_handler(signal.SIGTERM)
            if loop.remove_signal_handler(signal.SIGINT):
                signal.signal(signal.SIGINT, interrupt)
            with open(os.path.join(folder, "stderr"), "wb") as log:  # its last words
                await super().start_kernel(**options | {"stderr": log})

        @default("transport")
        def _default_transport(self):
            return "ipc"

        @default("shutdown_wait_time")
        def _default_shutdown_wait_time(self):
            return 1.0  # one in ten kernels misses the request, and is waited for 5 s otherwise

        @default("ip")
        def _default_ip(self):
            return os.path.join(folder, "socket")

    return FileSocketKernelManager
