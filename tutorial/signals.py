"""What asks a command to end, and when it is heard."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

STOPPING = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]


@contextmanager
def heard_once() -> Iterator[None]:
    """Let all that ask a command to end be heard as Ctrl-C, once: from then on it is ending."""
    before = {each: signal.getsignal(each) for each in STOPPING}
    heard = [each for each in STOPPING if before[each] is not signal.SIG_IGN]  # as under nohup
    ending = []

    def stop(number: int, frame: object) -> None:
        ending.append(number)
        for each in heard:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for each in heard:
        signal.signal(each, stop)
    try:
        yield
    finally:
        if not ending:
            for each in heard:
                signal.signal(each, before[each])


@contextmanager
def unheard() -> Iterator[None]:
    """Let nobody be interrupted: here until the end, in processes started here until they hear."""
    heard = []
    before = {each: signal.getsignal(each) for each in STOPPING}
    for each in STOPPING:
        if before[each] is not signal.SIG_IGN:  # as under nohup, which processes inherit
            signal.signal(each, lambda number, frame: heard.append(number))
    if hasattr(signal, "pthread_sigmask"):  # inherited, too; here a library's thread may still hear
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        hear()
        for each, handler in before.items():
            signal.signal(each, handler)
    for number in heard[:1]:
        signal.raise_signal(number)


def hear() -> None:
    """Let this process hear again, which was started while nobody was to be interrupted."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
