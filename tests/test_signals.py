"""What asks a command to end is heard once, and not while processes start."""

import os
import signal
import threading

import pytest

from tutorial.cli import main
from tutorial.signals import unheard

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of Unix")


def test_what_is_heard_while_processes_start_counts_when_they_have():
    """A library's thread may be the one that hears it: then no mask of ours holds it back."""
    end = threading.Event()
    other = threading.Thread(target=end.wait)
    other.start()
    reached = []
    try:
        with pytest.raises(KeyboardInterrupt), unheard():
            os.kill(os.getpid(), signal.SIGINT)
            end.wait(0.1)
            reached.append("the end")
    finally:
        end.set()
        other.join()
    assert reached == ["the end"]


def test_what_is_ignored_stays_ignored_in_processes_that_start():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as under nohup
    try:
        with unheard():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_command_that_fails_leaves_signals_as_they_were(tmp_path):
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    assert main(["run", str(tmp_path / "missing.ipynb")]) == 2
    after = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    assert after == before
