"""Shut a process off from the rest of the machine, as far as the system can: all of it on Linux."""

import ctypes
import math
import os
import struct
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import psutil

MEMORY = 2 * 1024**3  # bytes that an answer may take, beside what is loaded
FILES = 16 * 1024**2  # bytes of one file that it may write
HOME = 64 * 1024**2  # bytes of all its files together, in memory
PROCESSES = 64  # that it may start, threads included
BUSY = 10  # how many times longer than alone it may take on a busy machine

# The names are those of Linux's headers.
NAMESPACES = 0x10000000 | 0x20000 | 0x40000000 | 0x20000000 | 0x8000000  # CLONE_NEWUSER, …
MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE, RDONLY, PRIVATE = 442, -100, 0x8000, 1, 1 << 18
MS_RDONLY, MS_BIND = 1, 4096
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, KILLED = 1, 38, 9
CAPABILITIES = 0x20080522  # the version of the structure that capset takes


def shut_off(home: str, hidden: Iterable[str]) -> None:
    """Leave this process a machine without network, on which it can only read.

    Its children cannot see, end or trace any process but their own; when the first one ends, so
    does whatever it started. They must call :func:`give_up_rights` before anything else.

    Parameters
    ----------
    home : str
        A folder: empty from now on, and the only one that can be written, beside ``/dev/shm``.
    hidden : iterable of str
        Folders and files that look empty from now on.

    Raises
    ------
    OSError
        If the system does not let this user do that, or is not Linux.
    """
    if sys.platform != "linux":
        raise OSError("only Linux can do that")
    user, group = os.getuid(), os.getgid()
    _call("unshare", NAMESPACES)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    only_read = struct.pack("4Q", RDONLY, 0, PRIVATE, 0)
    _call("syscall", MOUNT_SETATTR, AT_FDCWD, b"/", AT_RECURSIVE, only_read, len(only_read))
    for place in (home, "/dev/shm"):
        _call("mount", b"none", os.fsencode(place), b"tmpfs", 0, f"size={HOME}".encode())
    for place in hidden:
        if os.path.isdir(place):
            _call("mount", b"none", os.fsencode(place), b"tmpfs", MS_RDONLY, None)
        elif os.path.isfile(place):
            _call("mount", b"/dev/null", os.fsencode(place), None, MS_BIND, None)


def give_up_rights() -> None:
    """Take from this process the rights it has over what :func:`shut_off` has made; on Linux.

    Raises
    ------
    OSError
        If that is not possible.
    """
    _call("prctl", PR_SET_PDEATHSIG, KILLED, 0, 0, 0)
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _call("capset", struct.pack("Ii", CAPABILITIES, 0), bytes(24))


def limit(seconds: float, alone: bool) -> None:
    """Limit what this process may take; on Windows nothing is limited.

    Parameters
    ----------
    seconds : float
        Of computing, from now on.
    alone : bool
        Whether :func:`shut_off` has worked, so that processes are counted for this one alone.
    """
    try:
        import resource
    except ImportError:
        return
    limits = {
        resource.RLIMIT_CPU: math.ceil(time.process_time() + seconds) + 1,
        resource.RLIMIT_FSIZE: FILES,
        resource.RLIMIT_CORE: 0,
    }
    if alone:
        limits[resource.RLIMIT_NPROC] = PROCESSES
    with suppress(OSError):  # there is no such file on macOS, and no such limit
        loaded = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        limits[resource.RLIMIT_AS] = loaded + MEMORY
    for kind, most in limits.items():
        with suppress(ValueError, OSError):  # it is lower already
            resource.setrlimit(kind, (most, most))


def has_had(process: int, seconds: float) -> Callable[[], bool]:
    """Make what tells whether a process has had its time, however busy the machine is.

    Parameters
    ----------
    process : int
        Its number.
    seconds : float
        Of computing, from now on. After as many seconds of the clock, what has computed for less
        than one part in ``BUSY`` of the time waits for what does not come, and has had its time.

    Returns
    -------
    callable
        True as soon as that is so.

    Raises
    ------
    psutil.NoSuchProcess
        If there is no such process, now or when it is asked.
    """
    asked = psutil.Process(process)

    def computed() -> float:
        times = asked.cpu_times()
        return times.user + times.system

    begin, before = time.monotonic(), computed()

    def over() -> bool:
        passed = time.monotonic() - begin
        return passed >= seconds and not passed / BUSY <= computed() - before <= seconds

    return over


def private_places(home: Path, needed: Iterable[Path]) -> list[str]:
    """List what answers need not see of a user's home.

    Parameters
    ----------
    home : pathlib.Path
    needed : iterable of pathlib.Path
        Where Python, the libraries, the lessons and the data are.

    Returns
    -------
    list of str
        Everything in the home but what holds something that is needed.
    """
    if home.resolve() == Path(home.resolve().anchor):
        return []
    kept = {place for path in needed for place in (path.resolve(), *path.resolve().parents)}
    with suppress(OSError):
        return [str(path) for path in home.resolve().iterdir() if path.resolve() not in kept]
    return []


def _call(name: str, *arguments: int | bytes | None) -> None:
    """Call a function of the C library; what Python 3.11 does not offer itself."""
    library = ctypes.CDLL(None, use_errno=True)
    words = [ctypes.c_long(word) if isinstance(word, int) else word for word in arguments]
    if getattr(library, name)(*words) < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")
