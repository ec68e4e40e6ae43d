"""Where runs are executed: cores are shared by explicit numbers of threads."""

import os

import pytest

from tutorial.pools import is_shared, shared_threads


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
