"""Where runs are executed: cores are shared by explicit numbers of threads."""

import os
import shutil
import subprocess
import sys

import pytest

from tutorial.pools import is_shared, shared_threads


@pytest.fixture(autouse=True)
def no_wishes(monkeypatch):
    for name in ("OMP_NUM_THREADS", "JUPYTERHUB_API_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def machine(monkeypatch):
    """Pretend eight cores, of which so many per cent are busy."""

    def be(busy):
        monkeypatch.setattr(os, "cpu_count", lambda: 8)
        monkeypatch.setattr("psutil.cpu_percent", lambda seconds: busy)

    return be


def test_runs_side_by_side_share_the_cores(machine, capsys):
    machine(busy=2)
    assert [shared_threads(jobs)["OMP_NUM_THREADS"] for jobs in (2, 3, 8, 20)] == list("4211")
    assert capsys.readouterr().out == ""


def test_a_run_that_is_alone_leaves_the_number_of_threads_to_pytorch(machine, capsys):
    machine(busy=2)
    assert shared_threads(1) == {}
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("busy", "jobs", "threads", "words"),
    [
        (50, 1, "4", "4 of 8 cores are busy with other programs: 4 threads for each run"),
        (50, 4, "1", "4 of 8 cores are busy with other programs: 1 thread for each run"),
        (100, 1, "1", "8 of 8 cores are busy with other programs: 1 thread for each run"),
    ],
)
def test_runs_leave_alone_the_cores_that_others_use(machine, capsys, busy, jobs, threads, words):
    machine(busy)
    assert shared_threads(jobs) == {"OMP_NUM_THREADS": threads}
    assert capsys.readouterr().out == f"{words}\n"


def test_a_number_of_threads_that_the_user_chose_stays(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert shared_threads(2) == {}


def test_a_server_of_jupyterhub_is_a_shared_machine(monkeypatch):
    monkeypatch.setattr("psutil.users", list)
    assert not is_shared()
    monkeypatch.setenv("JUPYTERHUB_API_URL", "http://127.0.0.1:8081/hub/api")
    assert is_shared()


def test_where_no_process_can_start_a_run_says_so_in_one_line(write_notebook, tmp_path):
    closed = "mount -t tmpfs -o ro nothing /dev/shm"
    inside = ["unshare", "--mount", "sh", "-c", f'{closed} && exec "$@"', "sh"]
    if not shutil.which("unshare") or subprocess.run([*inside, "true"]).returncode:
        pytest.skip("a /dev/shm of its own needs root on Linux")
    command = [sys.executable, "-m", "tutorial", "run", write_notebook("1")]
    done = subprocess.run(
        [*inside, *command, "--output", tmp_path / "results"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("tutorial: no process can be started here; on Linux they need")
    assert len(done.stderr.splitlines()) == 1
