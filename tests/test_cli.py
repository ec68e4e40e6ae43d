"""The tutorial command: real processes, clear lines, exit codes 0, 1 and 2."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import commands
import nbformat
import pytest
from commands import all_gone, exit_code, kernels, wait_for
from papermill.exceptions import missing_dependency_generator

from tutorial.errors import UsageError
from tutorial.execute import RECORD_MIME
from tutorial.project import find_lessons, find_topics


def tutorial(*arguments, cwd, **environment):
    process = commands.tutorial(*arguments, cwd=cwd, environment=environment)
    printed, errors = process.communicate(timeout=300)
    return subprocess.CompletedProcess(process.args, process.returncode, printed, errors)


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
    assert "bad: code cell 2 (`int('x')`): ValueError" in done.stderr
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
def test_wrong_use_is_one_clear_line_and_exit_code_2(
    arguments, message, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert exit_code(*arguments) == 2
    assert message in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "results").exists()


def test_data_says_what_it_found(capsys):
    assert exit_code("data", "--source", "drawn") == 0
    assert "STAND-IN" in capsys.readouterr().out


def test_data_that_is_not_cifar10_is_one_clear_line_and_exit_code_1(tmp_path, capsys):
    page = tmp_path / "cifar-10-python.tar.gz"
    page.write_text("<!DOCTYPE html><title>404</title>")
    assert exit_code("data", "--source", page) == 1
    assert page.name in capsys.readouterr().err.splitlines()[-1]


def test_help_names_every_command(tmp_path):
    shown = tutorial("--help", cwd=tmp_path).stdout
    assert all(
        command in shown for command in ("lab", "run", "sweep", "data", "answers", "refresh")
    )


def test_lessons_are_found_by_number_name_and_path():
    first = find_lessons()[0]
    assert find_lessons(["1"]) == find_lessons(["01"]) == find_lessons([first.stem]) == [first]
    assert find_lessons([str(first), "01"]) == [first]
    assert find_lessons(["your_question"]) == [find_topics()[-1]]
    assert not set(find_topics()) & set(find_lessons())
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
        "from IPython.display import display\n"
        f"display({{{RECORD_MIME!r}: dict(data_source='mine')}}, raw=True)",
        name="good.ipynb",
    )
    bad = write_notebook("1 / 0", name="bad.ipynb")
    url = f"http://127.0.0.1:{store.server_port}/out"
    done = tutorial("run", good, bad, "--output", url, cwd=tmp_path)
    assert done.returncode == 1
    assert sorted(store.files) == ["/out/bad.failed.ipynb", "/out/good.ipynb"]
    assert done.stdout.splitlines()[-2].split()[::3] == ["good", "mine"]


def test_the_table_says_which_images_a_lesson_really_used(write_notebook, tmp_path):
    record = f"display({{{RECORD_MIME!r}: dict(data_source='STAND-IN')}}, raw=True)"
    lesson = write_notebook(
        f"from IPython.display import display\n{record}",
        parameters='data_source: str = ""  # which',
    )
    done = tutorial("run", lesson, "-p", "data_source", "drawn", cwd=tmp_path)
    assert done.stdout.splitlines()[-1].split()[::3] == ["lesson", "STAND-IN"]


def test_an_address_that_refuses_is_a_failure(write_notebook, store, tmp_path):
    url = f"http://127.0.0.1:{store.server_port}/full"
    done = tutorial("run", write_notebook("1"), "--output", url, cwd=tmp_path)
    assert done.returncode == 1
    assert "it was executed, but writing it failed" in done.stderr


def test_two_notebooks_of_one_name_are_refused_before_anything_runs(
    write_notebook, tmp_path, capsys
):
    first = write_notebook("1")
    second = tmp_path / "other" / first.name
    second.parent.mkdir()
    shutil.copy(first, second)
    assert exit_code("run", first, second, "--output", tmp_path / "results") == 2
    assert "two notebooks are called lesson.ipynb" in capsys.readouterr().err
    assert not (tmp_path / "results").exists()


def test_a_notebook_is_never_replaced_by_its_own_result(write_notebook, tmp_path, capsys):
    lesson = write_notebook("1")
    before = lesson.read_bytes()
    assert exit_code("run", lesson, "--output", tmp_path) == 2
    assert "its result would replace it" in capsys.readouterr().err
    assert lesson.read_bytes() == before


@pytest.mark.parametrize("place", ["file", "file/out", "bogus://x", "s3://bucket/out"])
def test_a_place_that_nobody_can_write_to_is_refused(
    write_notebook, tmp_path, monkeypatch, capsys, place
):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.chdir(tmp_path)
    missing = missing_dependency_generator("boto3", "s3")
    monkeypatch.setattr("papermill.iorw.S3", missing)  # as where boto3 is not installed
    assert exit_code("run", write_notebook("1"), "--output", place) == 2
    assert "cannot write" in capsys.readouterr().err


def test_names_of_every_kind_work(write_notebook, tmp_path):
    scratch = tmp_path / ("a long {name} " * 8)  # too long for the path of a socket
    folder = tmp_path / "ü {b} %s"
    scratch.mkdir()
    folder.mkdir()
    lesson = write_notebook("print(seed)", name=f"{folder.name}/a '{{c}}' 100%.ipynb")
    out = tmp_path / "out {d} %d"
    done = tutorial("run", lesson, "--output", out, cwd=tmp_path, TMPDIR=str(scratch))
    assert done.returncode == 0, done.stderr
    executed = nbformat.read(out / lesson.name, as_version=4)
    assert executed.cells[-1].outputs[0].text == "1\n"


def test_a_notebook_of_an_old_format_runs(tmp_path):
    old = tmp_path / "old.ipynb"
    cell = nbformat.v3.new_code_cell("print('old')")
    metadata = {"kernelspec": {"name": "python3", "display_name": "x"}, "name": "old"}
    sheet = nbformat.v3.new_worksheet(cells=[cell])
    notebook = nbformat.v3.new_notebook(worksheets=[sheet])
    notebook.metadata.update(metadata)
    old.write_text(nbformat.v3.writes_json(notebook))
    done = tutorial("run", old, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    executed = nbformat.read(tmp_path / "results" / old.name, as_version=4)
    assert executed.cells[-1].outputs[0].text == "old\n"


@pytest.mark.parametrize("encoding", ["cp437", "ascii"])
def test_a_narrow_terminal_ends_no_run(write_notebook, tmp_path, encoding):
    lesson = write_notebook("raise ValueError('–…“”')")
    done = tutorial("run", lesson, cwd=tmp_path, PYTHONIOENCODING=encoding)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "ValueError: ???" in done.stderr
    assert done.stdout.splitlines()[-1].startswith("lesson  failed")


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_an_interruption_anywhere_is_exit_code_1(tmp_path):
    code = """
import sys
from tutorial import cli, commands

def data(_):
    exec("raise KeyboardInterrupt")  # as in an import that makes a dataclass

commands.data = data
sys.exit(cli.main(["data"]))"""
    (tmp_path / "interrupted.py").write_text(code)
    command = [sys.executable, "-m", "interrupted"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    stopped = "tutorial: stopped; the same command goes on where it was\n"
    assert (done.returncode, done.stderr) == (1, stopped)


@pytest.mark.skipif(os.name == "nt", reason="pipes of Unix")
def test_a_reader_that_goes_away_ends_the_command_quietly(write_notebook, tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    process = commands.tutorial("run", write_notebook("1"), cwd=tmp_path, stdout=writer)
    os.close(writer)
    _, errors = process.communicate(timeout=300)
    assert (process.returncode, errors) == (1, "")
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["lesson.ipynb"]


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_a_run_that_is_killed_or_interrupted_leaves_nothing_behind(write_notebook, tmp_path):
    gate = tmp_path / "gate"
    wait = f"import time\nfrom pathlib import Path\nPath({str(gate)!r}).touch()\ntime.sleep(600)"
    lesson, out = write_notebook(wait), tmp_path / "results"
    run = commands.tutorial("run", lesson, cwd=tmp_path)
    wait_for(gate.exists)
    left = [kernel for _, kernel in kernels(run)]
    run.kill()
    run.communicate(timeout=300)
    wait_for(lambda: all_gone(left))
    assert [path.name for path in out.glob("*.part.*")]

    gate.unlink()
    run = commands.tutorial("run", lesson, cwd=tmp_path)
    wait_for(gate.exists)
    left = [kernel for _, kernel in kernels(run)]
    run.send_signal(signal.SIGINT)  # to the command alone
    _, errors = run.communicate(timeout=300)
    assert run.returncode == 1
    assert errors.strip() == "tutorial: stopped; the same command goes on where it was"
    wait_for(lambda: all_gone(left))
    assert not list(out.iterdir())
