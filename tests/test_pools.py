"""Where runs are executed: cores are shared by explicit numbers of threads."""

import os
import signal
import threading

import pytest

from tutorial.pools import _no_signals, is_shared, shared_threads


@pytest.fixture(autouse=True)
def no_wishes(monkeypatch):
    for name in ("OMP_NUM_THREADS", "JUPYTERHUB_API_URL"):
        monkeypatch.delenv(name, raising=False)


def test_runs_side_by_side_share_the_cores(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert [shared_threads(jobs)["OMP_NUM_THREADS"] for jobs in (1, 2, 3, 8, 20)] == list("84211")


def test_a_number_of_threads_that_the_user_chose_stays(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert shared_threads(2) == {}


def test_a_server_of_jupyterhub_is_a_shared_machine(monkeypatch):
    monkeypatch.setattr("psutil.users", list)
    assert not is_shared()
    monkeypatch.setenv("JUPYTERHUB_API_URL", "http://127.0.0.1:8081/hub/api")
    assert is_shared()


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_what_is_heard_while_processes_start_counts_when_they_have():
    """A library's thread may be the one that hears it: then no mask of ours holds it back."""
    end = threading.Event()
    other = threading.Thread(target=end.wait)
    other.start()
    reached = []
    try:
        with pytest.raises(KeyboardInterrupt), _no_signals():
            os.kill(os.getpid(), signal.SIGINT)
            end.wait(0.1)
            reached.append("the end")
    finally:
        end.set()
        other.join()
    assert reached == ["the end"]


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_what_is_ignored_stays_ignored_in_processes_that_start():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as under nohup
    try:
        with _no_signals():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
