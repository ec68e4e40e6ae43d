"""Sweeps: the grid, its results, and every accident they must survive. All in real processes."""

import csv
import os
import re
import signal
import socket
import subprocess

import nbformat
import psutil
import pytest
from commands import all_gone, exit_code, kernels, tutorial, wait_for
from filelock import FileLock

from tutorial import pools
from tutorial.errors import TutorialError
from tutorial.execute import RECORD_MIME, Result, Run
from tutorial.sweep import gather

PARAMETERS = """\
seed: int = 1  # where to start
rate: float = 0.1  # a rate
size: int = 4  # a size
gate: str = ""  # a file for which all sizes but 4 wait"""
WORK = """\
import os, time
from pathlib import Path
if gate and size > 4:
    Path(f"{gate}-{os.getpid()}").touch()
while gate and size > 4 and not Path(gate).exists():
    time.sleep(0.02)"""
RECORD = (  # as helpers.record does, without the seconds in which helpers loads PyTorch
    "from IPython.display import display\n"
    f"display({{{RECORD_MIME!r}: dict(score=rate * size + seed / 100)}}, raw=True)"
)

posix_only = pytest.mark.skipif(os.name == "nt", reason="signals and mounts of Unix")


@pytest.fixture
def lesson(write_notebook):
    return write_notebook(WORK, parameters=PARAMETERS)


@pytest.fixture
def gate(tmp_path):
    """A file that opens the gate once it is there; kernels that wait leave files beside it."""
    (tmp_path / "gate").mkdir()
    return tmp_path / "gate" / "open"


@pytest.fixture
def start(tmp_path):
    """Start a sweep in a process of its own; whatever is left of it is killed at the end."""
    started = []

    def start(lesson, *arguments, **options):
        arguments = ["--jobs", 2, "--output", tmp_path / "out", *arguments]
        started.append(tutorial("sweep", lesson, *arguments, **options))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def run(start):
    def run(lesson, *arguments, **options):
        process = start(lesson, *arguments, **options)
        printed, errors = process.communicate(timeout=300)
        return process.returncode, printed, errors

    return run


def finished(folder):
    return sorted(p for p in folder.glob("*.ipynb") if p.stem.count(".") == 0)


def table(folder):
    with (folder / "results.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def statuses(folder):
    return {row["size"]: row["status"] for row in table(folder)}


def litter(folder):
    return [p.name for p in folder.iterdir() if ".part" in p.name or ".failed" in p.name]


def test_a_sweep_runs_every_combination_and_gathers_the_results(write_notebook, run, tmp_path):
    lesson = write_notebook(RECORD, parameters=PARAMETERS)
    code, printed, _ = run(lesson, "-p", "rate", 0.1, "1e-1", -1e-3, "--seeds", 2)
    assert code == 0
    rows = table(tmp_path / "out")
    assert len(rows) == len(finished(tmp_path / "out")) == 4
    first = rows[0]
    assert (first["rate"], first["seed"]) == ("0.1", "0")
    assert float(first["score"]) == pytest.approx(0.4)
    assert first["status"] == "ok"
    assert first["torch"]
    assert (tmp_path / "out" / "results.png").read_bytes().startswith(b"\x89PNG")
    assert "[4/4] ok" in printed
    columns = re.search(r"^ *rate +seed +score +seconds  status$", printed, re.MULTILINE)
    assert re.match(r"\n +0\.1 +0 +0\.4 +[\d.]+  ok\n", printed[columns.end() :])


def test_failed_runs_are_named_and_the_others_are_kept(write_notebook, run, tmp_path):
    loop = "while size == 9: pass"
    bad = "print('so far')\n1 / (size - 8)"
    lesson = write_notebook(loop, bad, parameters=PARAMETERS)
    code, printed, errors = run(lesson, "-p", "size", 4, 8, 9, "--timeout", 1.5)
    assert code == 1
    assert "2 of 3 runs failed" in errors
    assert "no run recorded a number to draw" in printed
    good, bad, endless = table(tmp_path / "out")
    assert [row["status"] for row in (good, bad, endless)] == ["ok", "failed", "failed"]
    assert "ZeroDivisionError" in bad["error"]
    assert "last output: so far" in bad["error"]
    assert f"`{loop}`): the cell took longer than its time limit" in endless["error"]
    assert (tmp_path / "out" / bad["notebook"]).exists()
    assert len(finished(tmp_path / "out")) == 1
    assert not (tmp_path / "out" / "results.png").exists()


@posix_only
def test_a_killed_kernel_fails_its_run_and_a_killed_worker_is_replaced(
    lesson, start, gate, tmp_path
):
    sweep = start(lesson, "-p", "size", 4, 8, 9, "-p", "gate", gate)
    wait_for(lambda: len(list(gate.parent.iterdir())) == 2)
    (_, kernel), (worker, _) = kernels(sweep)
    kernel.kill()
    worker.kill()
    gate.touch()
    sweep.communicate(timeout=300)
    assert sweep.returncode == 1
    rows = table(tmp_path / "out")
    assert sorted(row["status"] for row in rows) == ["failed", "ok", "ok"]
    assert "the kernel died" in "".join(row["error"] for row in rows)
    assert len(litter(tmp_path / "out")) == 1


@posix_only
def test_a_cell_that_kills_its_worker_takes_no_other_run_with_it(write_notebook, run, tmp_path):
    kill = "import os, signal\nif size == 8:\n    os.kill(os.getppid(), signal.SIGKILL)"
    lesson = write_notebook(kill, parameters=PARAMETERS)
    code, _, errors = run(lesson, "-p", "size", 4, 8, 9, 10)
    assert code == 1
    assert ": its worker was killed" in errors
    assert statuses(tmp_path / "out") == {"4": "ok", "8": "failed", "9": "ok", "10": "ok"}
    assert not litter(tmp_path / "out")


@posix_only
def test_after_kill_9_nothing_finished_is_lost_or_rerun(lesson, start, run, gate, tmp_path):
    arguments = ["-p", "size", 4, 8, "-p", "gate", gate]
    sweep = start(lesson, *arguments)
    out = tmp_path / "out"
    wait_for(lambda: finished(out) and list(gate.parent.iterdir()))
    left = psutil.Process(sweep.pid).children(recursive=True)
    sweep.kill()
    sweep.wait()
    wait_for(lambda: all_gone(left))
    (kept,) = finished(out)
    before = kept.stat().st_mtime_ns
    assert litter(out)  # of the other run, until the next call
    gate.touch()
    code, printed, _ = run(lesson, *arguments)
    assert (code, printed.count("] kept"), printed.count("] ok")) == (0, 1, 1)
    assert kept.stat().st_mtime_ns == before
    assert not litter(out)


@posix_only
@pytest.mark.parametrize("to", ["the group, as a terminal does", "the command alone"])
def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(lesson, start, gate, tmp_path, to):
    sweep = start(lesson, "-p", "size", 4, 8, "-p", "gate", gate)
    out = tmp_path / "out"
    wait_for(lambda: finished(out) and list(gate.parent.iterdir()))
    left = [kernel for _, kernel in kernels(sweep)]
    (os.killpg if to.startswith("the group") else os.kill)(sweep.pid, signal.SIGINT)
    _, errors = sweep.communicate(timeout=300)
    assert sweep.returncode == 1
    assert errors.strip() == "tutorial: stopped; the same command goes on where it was"
    wait_for(lambda: all_gone(left))
    assert len(finished(out)) == 1
    assert not litter(out)


@posix_only
def test_ctrl_c_while_workers_start_is_one_line_too(lesson, start, tmp_path):
    sweep = start(lesson, "-p", "size", 4, 8)
    wait_for(lambda: psutil.Process(sweep.pid).children())
    os.killpg(sweep.pid, signal.SIGINT)
    _, errors = sweep.communicate(timeout=300)
    assert sweep.returncode == 1
    assert errors.strip() == "tutorial: stopped; the same command goes on where it was"
    assert not litter(tmp_path / "out")


def test_a_folder_in_use_is_refused(lesson, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    with FileLock(tmp_path / "out" / ".lock"):
        assert exit_code("sweep", lesson, "--output", tmp_path / "out") == 2
    assert "another command is working in" in capsys.readouterr().err


def test_a_full_disk_is_a_failure_with_a_reason(write_notebook, run, small_disk, tmp_path):
    lesson = write_notebook("print('x' * 100_000 * size)", parameters=PARAMETERS)
    with small_disk(tmp_path / "out", "700k"):
        code, _, _ = run(lesson, "-p", "size", 3, 8, "--jobs", 1)
        assert code == 1
        good, bad = table(tmp_path / "out")
        assert (good["status"], bad["status"]) == ("ok", "failed")
        assert "No space left on device" in bad["error"]
        assert len(finished(tmp_path / "out")) == 1
        assert not litter(tmp_path / "out")


def test_an_output_folder_taken_away_is_no_success(write_notebook, run, tmp_path):
    out = tmp_path / "out"
    take = f"import shutil\nshutil.rmtree({str(out)!r})"
    code, _, errors = run(write_notebook(take, parameters=PARAMETERS))
    assert code == 1
    assert "Traceback" not in errors
    assert not out.exists() or not finished(out)


@pytest.mark.parametrize("command", ["run", "sweep"])
def test_a_read_only_folder_is_refused_in_one_line(lesson, command, small_disk, tmp_path, capsys):
    with small_disk(tmp_path / "out", "1m"):
        remount = ["mount", "-o", "remount,ro", str(tmp_path / "out")]
        subprocess.run(remount, check=True)
        assert exit_code(command, lesson, "--output", tmp_path / "out") == 2
    assert capsys.readouterr().err.splitlines() == [
        f"tutorial: cannot write into {tmp_path / 'out'} (Read-only file system): use --output"
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-p", "rat", "1"], "no lesson has a parameter 'rat'"),
        (["-p", "size", "4", "big"], "parameter 'size' is a int: 'big' is none"),
        (["-p", "size"], "needs values"),
        (["-p", "size", "4", "-p", "size", "8"], "stands once"),
        (["-p", "rate", "-1e-3", "nan"], "parameter 'rate' is a float: 'nan' is none"),
        (["-p", "seed", "7", "--seeds", "2"], "not both"),
        (["--jobs", "0"], "at least 1"),
        (["--timeout", "nan"], "seconds above 0 are needed, not nan"),
        (["--timeout", "-1"], "seconds above 0 are needed, not -1"),
        (["--scheduler", "tcp://127.0.0.1:9"], "no Dask scheduler answers"),
        (["--scheduler", "tcp://127.0.0.1:99999"], "no Dask scheduler answers"),
        (["--scheduler", "tcp://[::1]:9"], "no Dask scheduler answers"),
        (["--scheduler", "nonsense"], "'nonsense' is no address"),
    ],
)
def test_wrong_use_is_refused_before_anything_runs(lesson, tmp_path, capsys, arguments, message):
    assert exit_code("sweep", lesson, "--output", tmp_path / "out", *arguments) == 2
    assert message in capsys.readouterr().err.splitlines()[-1]
    assert not finished(tmp_path / "out")


def test_a_port_where_something_else_listens_is_told(lesson, monkeypatch, capsys):
    pytest.importorskip("distributed")
    monkeypatch.setattr(pools, "ANSWER", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # as Dask's web page, on 8787
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        assert exit_code("sweep", lesson, "--scheduler", address) == 2
    assert f"no Dask scheduler answers at '{address}': timed out" in capsys.readouterr().err


@pytest.fixture
def recorded(write_notebook, tmp_path):
    """Results whose notebooks recorded what is given."""

    def recorded(*records):
        results = []
        for number, record in enumerate(records):
            path = write_notebook("1", name=f"{number}.ipynb")
            notebook = nbformat.read(path, as_version=4)
            output = nbformat.v4.new_output("display_data", {RECORD_MIME: record})
            notebook.cells[1].outputs = [output]
            nbformat.write(notebook, path)
            run = Run(path, {"rate": number / 10}, "key", str(number))
            results.append(Result(run, "ok", 1.0, str(path)))
        return results

    return recorded


@pytest.mark.parametrize("metric", ["typo", "data", "passed", "rate"])
def test_a_metric_that_is_no_recorded_number_is_told(recorded, tmp_path, metric):
    results = recorded({"data": "mine", "passed": True, "loss": 0.5, "rate": 9.0})
    with pytest.raises(TutorialError, match=f"no number '{metric}' was recorded: there are loss"):
        gather(results, metric, tmp_path)
    assert table(tmp_path)[0]["rate"] == "0.0"
    assert not (tmp_path / "results.png").exists()


def test_the_picture_is_of_the_validation_if_there_is_one(recorded, tmp_path):
    results = recorded({"loss": 0.5, "validation_loss": 0.7}, {"loss": 0.4}, ["no dict"])
    assert "the picture of validation_loss results.png beside it" in gather(results, None, tmp_path)
    assert (tmp_path / "results.png").read_bytes().startswith(b"\x89PNG")


def test_a_sweep_of_a_lesson_as_it_stands_has_a_picture_too(recorded, tmp_path):
    (result,) = recorded({"loss": 0.5})
    result.run.parameters.clear()
    assert "the picture of loss" in gather([result], None, tmp_path)


def test_a_table_that_finds_no_room_is_told_and_the_old_one_stays(recorded, small_disk, tmp_path):
    with small_disk(tmp_path / "out", "4k"):
        (tmp_path / "out" / "results.csv").write_text("the old one")
        with pytest.raises(TutorialError, match="No space left on device"):
            gather(recorded({"loss": 0.5}), None, tmp_path / "out")
        assert [path.read_text() for path in (tmp_path / "out").iterdir()] == ["the old one"]


def test_without_numbers_nobody_speaks_of_a_picture(recorded, tmp_path):
    (tmp_path / "results.png").write_bytes(b"of an earlier sweep")
    said = gather(recorded({"data": "mine"}), None, tmp_path)
    assert said.endswith("results.csv; no run recorded a number to draw.")
    assert not (tmp_path / "results.png").exists()


@posix_only
def test_a_dask_cluster_completes_a_sweep_and_is_left_alone_after_ctrl_c(
    lesson, start, gate, tmp_path
):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0"
    ) as cluster:
        arguments = ["-p", "size", 4, 8, 9, "-p", "gate", gate]
        arguments += ["--scheduler", cluster.scheduler_address]

        def waiting():
            pids = [int(path.name.rpartition("-")[2]) for path in gate.parent.iterdir()]
            return [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]

        sweep = start(lesson, *arguments)
        wait_for(lambda: len(waiting()) == 2)
        left = waiting()
        sweep.send_signal(signal.SIGINT)
        _, errors = sweep.communicate(timeout=300)
        assert "tutorial: stopped" in errors
        assert "Traceback" not in errors
        wait_for(lambda: all_gone(left))
        for mark in gate.parent.iterdir():
            mark.unlink()

        sweep = start(lesson, *arguments)
        wait_for(lambda: len(waiting()) == 2)
        waiting()[0].parent().kill()
        gate.touch()
        sweep.communicate(timeout=300)
    assert sweep.returncode == 0
    ended = statuses(tmp_path / "out")
    assert list(ended) == ["4", "8", "9"]
    assert set(ended.values()) <= {"ok", "kept"}  # kept: finished, but not reported
    assert not litter(tmp_path / "out")
