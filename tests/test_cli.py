"""The tutorial command: real processes, clear lines, exit codes 0, 1 and 2."""

import os
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import nbformat
import pytest

from tutorial.errors import UsageError
from tutorial.project import find_lessons


def tutorial(*arguments, cwd, **environment):
    return subprocess.run(
        [sys.executable, "-m", "tutorial", *map(str, arguments)],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )


def test_run_executes_a_notebook_and_ends_with_a_table(write_notebook, tmp_path):
    lesson = write_notebook("print(seed)")
    done = tutorial("run", lesson, "-p", "seed", 5, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2].split() == ["lesson", "status", "seconds", "data"]
    assert done.stdout.splitlines()[-1].startswith("lesson  ok")
    executed = nbformat.read(tmp_path / "results" / "lesson.ipynb", as_version=4)
    assert executed.cells[-1].outputs[0].text == "5\n"


def test_run_names_the_failing_cell_and_goes_on_with_the_other_lessons(write_notebook, tmp_path):
    bad = write_notebook("int('x')", name="bad.ipynb")
    good = write_notebook("1", name="good.ipynb")
    done = tutorial("run", bad, good, "--output", tmp_path / "out", cwd=tmp_path)
    assert done.returncode == 1
    assert "bad failed in code cell 2 (`int('x')`): ValueError" in done.stderr
    assert "1 of 2 runs failed" in done.stderr
    assert (tmp_path / "out" / "good.ipynb").exists()
    assert not (tmp_path / "out" / "bad.ipynb").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "42"], "no lesson '42'"),
        (["run", "lessons/nowhere.ipynb"], "no lesson 'lessons/nowhere.ipynb'"),
        (["run", "01", "-p", "sed", "1"], "no lesson has a parameter 'sed'"),
        (["run", "01", "-p", "seed", "one"], "parameter 'seed' is a int: 'one' is none"),
        (["data", "--source", "nowhere.zip"], "nowhere.zip does not exist"),
        (["run", "05", "-p", "data_source", "nowhere.zip"], "nowhere.zip does not exist"),
        (["dance"], "invalid choice: 'dance'"),
    ],
)
def test_wrong_use_is_one_clear_line_and_exit_code_2(arguments, message, tmp_path):
    done = tutorial(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "results").exists()


def test_data_says_what_it_found(tmp_path):
    done = tutorial("data", "--source", "drawn", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "STAND-IN" in done.stdout


def test_data_that_is_not_cifar10_is_one_clear_line_and_exit_code_1(tmp_path):
    page = tmp_path / "cifar-10-python.tar.gz"
    page.write_text("<!DOCTYPE html><title>404</title>")
    done = tutorial("data", "--source", page, cwd=tmp_path)
    assert done.returncode == 1
    assert page.name in done.stderr
    assert "Traceback" not in done.stderr


def test_help_names_every_command(tmp_path):
    shown = tutorial("--help", cwd=tmp_path).stdout
    assert all(command in shown for command in ("lab", "run", "data", "refresh"))


def test_lessons_are_found_by_number_name_and_path():
    first = find_lessons()[0]
    assert find_lessons(["1"]) == find_lessons(["01"]) == find_lessons([first.stem]) == [first]
    assert find_lessons([str(first), "01"]) == [first]
    with pytest.raises(UsageError, match="no lesson '99'"):
        find_lessons(["99"])


class Store(BaseHTTPRequestHandler):
    """A web folder that papermill can write to; some of it refuses."""

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "/full/" not in self.path:
            self.server.files[self.path] = body
        self.send_response(507 if "/full/" in self.path else 201)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def store():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    server.files = {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def test_notebooks_can_go_to_an_address(write_notebook, store, tmp_path):
    good = write_notebook(
        "from helpers import record\nrecord(data_source='mine')", name="good.ipynb"
    )
    bad = write_notebook("1 / 0", name="bad.ipynb")
    url = f"http://127.0.0.1:{store.server_port}/out"
    done = tutorial("run", good, bad, "--output", url, cwd=tmp_path)
    assert done.returncode == 1
    assert sorted(store.files) == ["/out/bad.failed.ipynb", "/out/good.ipynb"]
    assert done.stdout.splitlines()[-2].split()[::3] == ["good", "mine"]


def test_an_address_that_refuses_is_a_failure(write_notebook, store, tmp_path):
    url = f"http://127.0.0.1:{store.server_port}/full"
    done = tutorial("run", write_notebook("1"), "--output", url, cwd=tmp_path)
    assert done.returncode == 1
    assert "it was executed, but writing it failed" in done.stderr


def test_two_notebooks_of_one_name_are_refused_before_anything_runs(write_notebook, tmp_path):
    first = write_notebook("1")
    second = tmp_path / "other" / first.name
    second.parent.mkdir()
    shutil.copy(first, second)
    done = tutorial("run", first, second, cwd=tmp_path)
    assert done.returncode == 2
    assert "two notebooks are called lesson.ipynb" in done.stderr
    assert not (tmp_path / "results").exists()


def test_a_notebook_is_never_replaced_by_its_own_result(write_notebook, tmp_path):
    lesson = write_notebook("1")
    before = lesson.read_bytes()
    done = tutorial("run", lesson, "--output", tmp_path, cwd=tmp_path)
    assert done.returncode == 2
    assert "its result would replace it" in done.stderr
    assert lesson.read_bytes() == before


@pytest.mark.parametrize("place", ["file", "file/out", "bogus://x"])
def test_a_place_that_nobody_can_write_to_is_refused(write_notebook, tmp_path, place):
    (tmp_path / "file").write_text("in the way")
    done = tutorial("run", write_notebook("1"), "--output", place, cwd=tmp_path)
    assert done.returncode == 2
    assert "cannot write" in done.stderr
    assert "Traceback" not in done.stderr
