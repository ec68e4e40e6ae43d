"""The line that says what is running: on a real terminal, and nowhere else."""

import os
import re
import signal
import struct
import subprocess
import sys

import psutil
import pytest
from commands import all_gone, kernels, tutorial, wait_for

from tutorial.execute import Run
from tutorial.project import find_lessons
from tutorial.status import known_seconds

STOPPED = "tutorial: stopped; the same command goes on where it was"
WAIT = """\
import time
from pathlib import Path
Path({0!r}, f"waits-{{seed}}").touch()
while not Path({0!r}, "open").exists():
    time.sleep(0.02)"""


class Terminal:
    """The command in a terminal of its own, with what it has shown there."""

    def __init__(self, *arguments, columns, cwd, **environment):
        import fcntl
        import pty
        import termios

        self.columns, self.shown = columns, ""
        self.end, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, *map(str, arguments)],
            stdin=other,
            stdout=other,
            stderr=other,
            start_new_session=True,
            cwd=cwd,
            env={name: v for name, v in os.environ.items() if name != "COLUMNS"} | environment,
        )
        os.close(other)

    def read(self, until=None):
        """Read what is shown: until it holds some words, or to the end."""
        while until is None or until not in self.shown:
            try:
                self.shown += os.read(self.end, 4096).decode("utf-8", "replace")
            except OSError:  # everybody has left the terminal
                assert until is None, self.shown
                self.process.wait(60)
                return

    def screen(self):
        """Return the lines that stay to be read, as a terminal without steering codes has them."""
        lines = []
        for line in self.shown.replace("\r\n", "\n").split("\n"):
            letters = []
            for part in line.split("\r"):
                letters[: len(part)] = part
                assert "\r" not in line or len(part) <= self.columns  # else it would not go again
            lines.append("".join(letters).rstrip())
        return lines


# The terminal must be the one that Ctrl-C is typed into.
START = """\
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from tutorial.cli import main
sys.exit(main())"""


@pytest.fixture
def waiting(write_notebook, tmp_path):
    """A lesson whose second cell waits for a file."""
    return write_notebook(WAIT.format(str(tmp_path)))


@pytest.fixture
def terminal(tmp_path):
    if os.name == "nt":
        pytest.skip("terminals of Unix")
    opened = []

    def terminal(*arguments, columns=80, **environment):
        opened.append(Terminal(*arguments, columns=columns, cwd=tmp_path, **environment))
        return opened[-1]

    yield terminal
    for one in opened:
        one.process.kill()
        one.process.wait()
        os.close(one.end)


@pytest.mark.parametrize(("columns", "encoding"), [(80, "utf-8"), (40, "utf-8"), (80, "ascii")])
def test_a_terminal_shows_the_cell_and_is_left_clean(
    waiting, terminal, tmp_path, columns, encoding
):
    run = terminal("run", waiting, columns=columns, PYTHONIOENCODING=encoding)
    run.read(until="[0/1] lesson cell 2/2")
    (tmp_path / "open").touch()
    run.read()
    assert run.process.returncode == 0
    done, *rest = run.screen()
    assert re.fullmatch(r"\[1/1\] ok +[\d.]+ s  lesson", done)
    assert [line.split()[:2] for line in rest] == [[], ["lesson", "status"], ["lesson", "ok"], []]


def test_a_sweep_of_several_runs_at_once_has_one_line_with_the_time_that_is_left(
    waiting, terminal, tmp_path
):
    sweep = terminal("sweep", waiting, "-p", "seed", 1, 2, 3, "--jobs", 2)
    sweep.read(until="[0/3] 2 running")
    assert "left" not in sweep.shown  # nobody can know yet
    (tmp_path / "open").touch()
    sweep.read()
    assert ", about 1 min left" in sweep.shown
    assert [line[:8] for line in sweep.screen()[:3]] == ["[1/3] ok", "[2/3] ok", "[3/3] ok"]


def test_ctrl_c_typed_again_and_again_leaves_one_line(waiting, terminal, tmp_path):
    run = terminal("run", waiting)
    run.read(until="cell 2/2")
    left = [kernel for _, kernel in kernels(run.process)]
    assert left
    for _ in range(3):
        os.write(run.end, b"\x03")
    run.read()
    assert run.process.returncode == 1
    assert run.screen() == [STOPPED, ""]
    wait_for(lambda: all_gone(left))
    assert not list((tmp_path / "results").iterdir())


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("command", ["run", "sweep"])
def test_whoever_asks_a_command_to_end_gets_one_line_and_no_process_is_left(
    waiting, tmp_path, command, name
):
    (tmp_path / "t").mkdir()
    environment = {"TMPDIR": str(tmp_path / "t")}
    done = tutorial(command, waiting, "-p", "seed", 1, cwd=tmp_path, environment=environment)
    wait_for((tmp_path / "waits-1").exists)
    left = psutil.Process(done.pid).children(recursive=True)
    assert any("ipykernel" in " ".join(process.cmdline()) for process in left)
    for _ in range(3):
        os.killpg(done.pid, getattr(signal, name))
    printed, errors = done.communicate(timeout=300)
    assert (done.returncode, printed, errors.strip()) == (1, "", STOPPED)
    wait_for(lambda: not any(process.is_running() for process in left))
    assert not [path for path in (tmp_path / "results").rglob("*") if path.suffix == ".ipynb"]
    assert not list((tmp_path / "t").iterdir())


def test_every_lesson_states_how_long_it_runs_and_an_earlier_run_knows_better(
    write_notebook, tmp_path
):
    stated = [known_seconds(Run(one, {}, "key", one.stem), tmp_path) for one in find_lessons()]
    assert all(10 < seconds <= 600 for seconds in stated)
    lesson = find_lessons(["06"])[0]
    assert known_seconds(Run(lesson, {"epochs": 1}, "key", "06"), tmp_path) is None
    before = '{"metadata": {"papermill": {"parameters": {"epochs": 1}, "duration": 7.5}}}'
    (tmp_path / "06.ipynb").write_text(before)
    assert known_seconds(Run(lesson, {"epochs": 1}, "key", "06"), tmp_path) == 7.5
    (tmp_path / "06.ipynb").write_text("{}")
    assert known_seconds(Run(lesson, {}, "key", "06"), tmp_path) == 180
