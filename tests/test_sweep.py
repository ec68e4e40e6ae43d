"""Sweeps: the grid, its results, and every accident they must survive. All in real processes."""

import csv
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import psutil
import pytest

PARAMETERS = """\
seed: int = 1  # where to start
rate: float = 0.1  # a rate
size: int = 4  # a size
pause: float = 0.0  # seconds to wait"""
WORK = "import os, time\ntime.sleep(pause)\npid = os.getpid()"
RECORD = "from helpers import record\nrecord(score=rate * size + seed / 100)"

posix_only = pytest.mark.skipif(os.name == "nt", reason="signals and mounts of Unix")


@pytest.fixture
def lesson(write_notebook):
    return write_notebook(WORK, RECORD, parameters=PARAMETERS)


@pytest.fixture
def start(tmp_path):
    """Start a sweep in a process of its own; whatever is left of it is killed at the end."""
    started = []

    def start(lesson, *arguments, output="out", **options):
        command = [sys.executable, "-m", "tutorial", "sweep", str(lesson), "--jobs", "2"]
        process = subprocess.Popen(
            [*command, "--output", str(tmp_path / output), *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **options,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def run(start):
    def run(lesson, *arguments, **options):
        process = start(lesson, *arguments, **options)
        printed, errors = process.communicate(timeout=120)
        return process.returncode, printed, errors

    return run


def finished(folder):
    return sorted(p for p in folder.glob("*.ipynb") if p.stem.count(".") == 0)


def table(folder):
    with (folder / "results.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


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


def test_a_sweep_runs_every_combination_and_gathers_the_results(lesson, run, tmp_path):
    code, printed, _ = run(lesson, "-p", "rate", 0.1, 0.5, "-p", "size", 4, 8, "--seeds", 2)
    assert code == 0
    rows = table(tmp_path / "out")
    assert len(rows) == len(finished(tmp_path / "out")) == 8
    first = rows[0]
    assert (first["rate"], first["size"], first["seed"]) == ("0.1", "4", "0")
    assert float(first["score"]) == pytest.approx(0.4)
    assert first["status"] == "ok"
    assert first["torch"]
    assert (tmp_path / "out" / "results.png").read_bytes().startswith(b"\x89PNG")
    assert "[8/8] ok" in printed
    columns = re.search(r"^ *rate +size +seed +score +seconds  status$", printed, re.MULTILINE)
    assert re.match(r"\n +0\.1 +4 +0 +0\.4 +[\d.]+  ok\n", printed[columns.end() :])


def test_the_same_command_again_runs_only_what_is_missing_or_changed(lesson, run, tmp_path):
    run(lesson, "-p", "rate", 0.1, 0.5)
    before = {path: path.stat().st_mtime_ns for path in finished(tmp_path / "out")}
    missing, kept = before
    missing.unlink()
    code, printed, _ = run(lesson, "-p", "rate", 0.1, 0.5)
    assert (code, printed.count("] ok"), printed.count("] kept")) == (0, 1, 1)
    assert kept.stat().st_mtime_ns == before[kept]
    assert run(lesson, "-p", "rate", 0.1, 0.5, "--force")[1].count("] ok") == 2


def test_failed_runs_are_named_and_the_others_are_kept(write_notebook, run, tmp_path):
    lesson = write_notebook("print('so far')\n1 / (rate - 0.5)", RECORD, parameters=PARAMETERS)
    code, _, errors = run(lesson, "-p", "rate", 0.1, 0.5)
    assert code == 1
    assert "1 of 2 runs failed" in errors
    good, bad = table(tmp_path / "out")
    assert (good["status"], bad["status"]) == ("ok", "failed")
    assert "ZeroDivisionError" in bad["error"]
    assert "last output: so far" in bad["error"]
    assert bad["score"] == ""
    assert (tmp_path / "out" / bad["notebook"]).exists()
    assert len(finished(tmp_path / "out")) == 1
    assert run(lesson, "-p", "rate", 0.1, 0.5)[1].count("] kept") == 1


def test_a_cell_that_never_ends_is_a_failure(write_notebook, run, tmp_path):
    lesson = write_notebook("while rate == 0.5: pass", parameters=PARAMETERS)
    code, _, _ = run(lesson, "-p", "rate", 0.1, 0.5, "--timeout", 3)
    assert code == 1
    good, bad = table(tmp_path / "out")
    assert (good["status"], bad["status"]) == ("ok", "failed")
    assert "`while rate == 0.5: pass`): the cell took longer than its time limit" in bad["error"]


@posix_only
def test_a_killed_kernel_is_a_failure(lesson, start, tmp_path):
    sweep = start(lesson, "-p", "pause", 0, 60)
    wait_for(lambda: finished(tmp_path / "out") and kernels(sweep))
    time.sleep(1)
    for _, kernel in kernels(sweep):
        kernel.kill()
    sweep.communicate(timeout=60)
    assert sweep.returncode == 1
    good, bad = table(tmp_path / "out")
    assert (good["status"], bad["status"]) == ("ok", "failed")
    assert "the kernel died" in bad["error"]


@posix_only
def test_a_killed_worker_is_replaced(lesson, start, tmp_path):
    sweep = start(lesson, "-p", "pause", 0, 4, "-p", "size", 4, 8)
    wait_for(lambda: finished(tmp_path / "out") and kernels(sweep))
    kernels(sweep)[0][0].kill()
    sweep.communicate(timeout=120)
    assert sweep.returncode == 0
    assert [row["status"] for row in table(tmp_path / "out")] == ["ok"] * 4


@posix_only
@pytest.mark.parametrize("moment", ["at once", "in the first run", "after the first run"])
def test_after_kill_9_nothing_finished_is_lost_or_rerun(lesson, start, run, tmp_path, moment):
    arguments = ["-p", "pause", 0, 2, "-p", "size", 4, 8]
    sweep = start(lesson, *arguments)
    out = tmp_path / "out"
    if moment == "in the first run":
        wait_for(lambda: kernels(sweep))
    elif moment == "after the first run":
        wait_for(lambda: finished(out))
    left = psutil.Process(sweep.pid).children(recursive=True)
    sweep.kill()
    sweep.wait()
    wait_for(lambda: all_gone(left))
    before = {path: path.stat().st_mtime_ns for path in finished(out)}
    code, printed, _ = run(lesson, *arguments)
    assert (code, len(finished(out))) == (0, 4)
    assert printed.count("] kept") == len(before)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert not list(out.glob("*.part*"))


@posix_only
def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(lesson, start, run, tmp_path):
    arguments = ["-p", "pause", 0, 60]
    sweep = start(lesson, *arguments)
    out = tmp_path / "out"
    wait_for(lambda: finished(out) and kernels(sweep))
    left = [kernel for _, kernel in kernels(sweep)]
    os.killpg(sweep.pid, signal.SIGINT)  # as a terminal does
    _, errors = sweep.communicate(timeout=60)
    assert sweep.returncode == 1
    assert errors.strip() == "tutorial: stopped; the same command goes on where it was"
    wait_for(lambda: all_gone(left))
    assert len(finished(out)) == 1
    assert not list(out.glob("*.failed.ipynb"))


@posix_only
def test_ctrl_c_stops_a_run_cleanly_too(lesson, tmp_path):
    command = [sys.executable, "-m", "tutorial", "run", lesson, "-p", "pause", "60"]
    run = subprocess.Popen(
        [*map(str, command), "--output", str(tmp_path / "out")],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_for(lambda: kernels(run))
    os.killpg(run.pid, signal.SIGINT)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 1
    assert "tutorial: stopped" in errors
    assert not list((tmp_path / "out").glob("*"))


def test_a_folder_in_use_is_refused(lesson, start, run, tmp_path):
    sweep = start(lesson, "-p", "pause", 60)
    wait_for(lambda: (tmp_path / "out" / ".lock").exists())
    time.sleep(0.5)
    code, _, errors = run(lesson, "-p", "pause", 0)
    assert code == 2
    assert "another sweep is working in" in errors
    assert sweep.poll() is None


@contextmanager
def small_disk(folder, size):
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("mounting needs root on Linux")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_a_failure_with_a_reason(write_notebook, run, tmp_path):
    lesson = write_notebook("print('x' * 300_000 * size)", RECORD, parameters=PARAMETERS)
    with small_disk(tmp_path / "out", "700k"):
        code, _, _ = run(lesson, "-p", "size", 1, 4)
        assert code == 1
        good, bad = table(tmp_path / "out")
        assert (good["status"], bad["status"]) == ("ok", "failed")
        assert "No space left on device" in bad["error"]
        assert len(finished(tmp_path / "out")) == 1


def test_an_output_folder_taken_away_is_no_success(write_notebook, run, tmp_path):
    out = tmp_path / "out"
    take = f"import shutil\nshutil.rmtree({str(out)!r})"
    code, _, errors = run(write_notebook(take, RECORD, parameters=PARAMETERS))
    assert code == 1
    assert "Traceback" not in errors
    assert not out.exists() or not finished(out)


def test_a_read_only_folder_is_refused_in_one_line(lesson, run, tmp_path):
    with small_disk(tmp_path / "out", "1m"):
        remount = ["mount", "-o", "remount,ro", str(tmp_path / "out")]
        subprocess.run(remount, check=True)
        code, _, errors = run(lesson, "-p", "size", 1)
    assert code == 2
    assert errors.strip().splitlines() == [
        f"tutorial: cannot write into {tmp_path / 'out'} (Read-only file system): use --output"
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-p", "rat", "1"], "no lesson has a parameter 'rat'"),
        (["-p", "size", "4", "big"], "parameter 'size' is a int: 'big' is none"),
        (["-p", "size"], "needs values"),
        (["-p", "size", "4", "-p", "size", "8"], "stands once"),
        (["--jobs", "0"], "at least 1"),
        (["--scheduler", "tcp://127.0.0.1:9"], "no Dask scheduler answers"),
    ],
)
def test_wrong_use_is_refused_before_anything_runs(lesson, run, tmp_path, arguments, message):
    code, _, errors = run(lesson, *arguments)
    assert code == 2
    assert message in errors.strip().splitlines()[-1]
    assert not finished(tmp_path / "out")


@posix_only
def test_a_dask_cluster_completes_a_sweep_though_a_worker_is_killed(lesson, start, tmp_path):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        arguments = ["-p", "pause", 0, 4, "-p", "size", 4, 8]
        sweep = start(lesson, *arguments, "--scheduler", cluster.scheduler_address)
        wait_for(lambda: finished(tmp_path / "out"))
        os.kill(cluster.workers[0].pid, signal.SIGKILL)
        sweep.communicate(timeout=120)
    assert sweep.returncode == 0
    rows = table(tmp_path / "out")
    assert {row["status"] for row in rows} <= {"ok", "kept"}  # kept: finished, but not reported
    scores = [float(row["score"]) for row in rows]
    assert scores == pytest.approx([0.41, 0.81, 0.41, 0.81])
