"""What is lost, false or left behind when commands are killed?

Run it with ``python benchmarks/kill.py [COMMAND …] [--times 30] [--seed 0]``. Each time, one of
``run``, ``sweep``, ``lab`` and ``refresh`` is killed with kill -9 at a random moment, and called
again. It must then succeed, keep what had been finished, and leave nothing else behind. The exit
code is 1 if anything was lost, false or left.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import psutil

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("helpers", "notebook_checker", "tutorial")
NOTE = "my own note"


class Project:
    """A small project of its own, with one short lesson, and the command of this one."""

    def __init__(self, folder):
        self.folder = folder
        for package in PACKAGES:
            shutil.copytree(ROOT / package, folder / package)
        shutil.copy(ROOT / "pyproject.toml", folder)
        (folder / "notebooks").mkdir()
        (folder / "tests" / "contract").mkdir(parents=True)
        self.lesson = folder / "notebooks" / "01_short.ipynb"
        self.page = folder / "notebooks" / "00_start_here.ipynb"
        self.write(self.page, "from helpers.progress import show_progress\nshow_progress()")
        self.write(self.lesson, "import time\nfor _ in range(10):\n    time.sleep(0.03)", "seed")

    def write(self, path, *cells):
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
        first = nbformat.v4.new_code_cell("seed: int = 0", metadata={"tags": ["parameters"]})
        title = nbformat.v4.new_markdown_cell("# Short")
        notebook.cells = [title, first, *map(nbformat.v4.new_code_cell, cells)]
        nbformat.write(notebook, path)

    def start(self, *arguments):
        command = [sys.executable, "-m", "tutorial", *map(str, arguments)]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


def kill(process, moment):
    """Kill a command after some seconds; return whether it still ran, once its kernels ended."""
    try:
        process.wait(moment)
        return False
    except subprocess.TimeoutExpired:
        pass
    left = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(left, timeout=60)
    for orphan in alive:
        orphan.kill()
    assert not alive, f"still there after a minute: {alive}"
    return True


def again(project, *arguments):
    process = project.start(*arguments)
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    return said


def is_whole(path):
    return bool(nbformat.read(path, as_version=4).cells)


def batch(command, names):
    """Kill a run or a sweep; call it again; compare."""

    def attempt(project, draw, span):
        out = project.folder / "out"
        arguments = [command, project.lesson, "--output", out]
        arguments += ["-p", "seed", *names] + (["--jobs", 2] if command == "sweep" else [])
        lived = kill(project.start(*arguments), draw.uniform(0, span))
        before = {path: path.stat().st_mtime_ns for path in out.glob("*.ipynb")}
        before = {path: when for path, when in before.items() if path.stem.count(".") == 0}
        assert all(map(is_whole, before)), "a final name on half a notebook"
        said = again(project, *arguments)
        assert said.count("] kept") == len(before), f"executed again:\n{said}"
        assert all(path.stat().st_mtime_ns == when for path, when in before.items())
        there = {path.name for path in out.iterdir()} - {".lock", "results.csv", "results.png"}
        assert len(there) == len(names), f"left behind: {sorted(there)}"
        assert all(is_whole(out / name) for name in there)
        return lived

    return attempt


def lab(project, draw, span):
    """Kill an update of a learner's folder; call it again; the learner's note is still there."""
    mine = project.folder / "mine"
    arguments = ["lab", "--no-open", "--folder", mine]
    again(project, *arguments)
    page = nbformat.read(mine / project.page.name, as_version=4)
    page.cells.append(nbformat.v4.new_markdown_cell(NOTE))
    nbformat.write(page, mine / project.page.name)
    project.write(project.lesson, "'a newer version'")
    lived = kill(project.start(*arguments), draw.uniform(0, span))
    assert all(map(is_whole, mine.glob("*.ipynb"))), "half a notebook"
    again(project, *arguments)
    assert NOTE in (mine / project.page.name).read_text(), "the note is lost"
    assert "a newer version" in (mine / project.lesson.name).read_text(), "not updated"
    there = {path.name for path in mine.iterdir()}
    assert there == {project.page.name, project.lesson.name}, f"left behind: {sorted(there)}"
    return lived


def refresh(project, draw, span):
    """Kill a refresh; the lesson is the old one or the new one; call it again."""
    old = project.lesson.read_text()
    lived = kill(project.start("refresh", project.lesson), draw.uniform(0, span))
    if (text := project.lesson.read_text()) != old:
        assert '"execution_count": 3' in text, "neither old nor new"
    again(project, "refresh", project.lesson)
    assert '"execution_count": 3' in project.lesson.read_text(), "not stored"
    there = {path.name for path in (project.folder / "notebooks").iterdir()}
    assert there == {project.page.name, project.lesson.name}, f"left behind: {sorted(there)}"
    return lived


ATTEMPTS = {  # and the seconds in which to kill it
    "run": (batch("run", [1]), 3),
    "sweep": (batch("sweep", [1, 2, 3]), 5),
    "lab": (lab, 2),
    "refresh": (refresh, 3),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("commands", nargs="*", metavar="COMMAND", help=", ".join(ATTEMPTS))
    parser.add_argument("--times", type=int, default=30, help="how often each command is killed")
    parser.add_argument("--seed", type=int, default=0, help="for the moments")
    options = parser.parse_args()
    draw = random.Random(options.seed)
    wrong = 0
    for name in options.commands or ATTEMPTS:
        attempt, span = ATTEMPTS[name]
        lived, start = 0, time.monotonic()
        for number in range(options.times):
            with tempfile.TemporaryDirectory() as folder:
                try:
                    lived += attempt(Project(Path(folder)), draw, span)
                except AssertionError as error:
                    wrong += 1
                    print(f"{name}, time {number + 1}: {error}", flush=True)
        seconds = time.monotonic() - start
        print(f"{name}: called {options.times} times, killed {lived}, {seconds:.0f} s", flush=True)
    print(f"lost, false or left behind: {wrong}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
