"""Executing lessons: success is only what really ran to its end."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import nbformat
import pytest

from helpers.batch import (
    collect_metrics,
    declared_parameters,
    execute,
    execute_to_url,
    read_parameters,
)
from helpers.project import UsageError

TYPED = 'rate: float = 0.1  # a rate\nsteps: int = 3  # how many\nname: str = "x"  # a name'


def test_a_lesson_that_runs_gets_its_final_name_and_its_metrics(write_notebook, tmp_path):
    lesson = write_notebook("from helpers import record\nrecord(loss=seed / 2)")
    result = execute(lesson, tmp_path / "out", {"seed": 7})
    assert (result.status, result.metrics) == ("ok", {"loss": 3.5})
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["lesson.ipynb"]


def test_a_cell_that_raises_fails_the_run_and_is_named(write_notebook, tmp_path):
    result = execute(write_notebook("1 / 0", "print('never')"), tmp_path / "out")
    assert result.status == "failed"
    assert result.error == "code cell 2 (`1 / 0`): ZeroDivisionError: division by zero"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["lesson.failed.ipynb"]


def test_a_dead_kernel_fails_the_run_and_is_named(write_notebook, tmp_path):
    result = execute(write_notebook("import os\nos._exit(1)", "1"), tmp_path / "out")
    assert result.status == "failed"
    assert result.error == "code cell 2 (`import os`): the kernel died"
    assert not (tmp_path / "out" / "lesson.ipynb").exists()


def test_a_finished_run_is_kept_until_something_changes(write_notebook, tmp_path):
    lesson, out = write_notebook("seed"), tmp_path / "out"
    assert execute(lesson, out).status == "ok"
    assert execute(lesson, out).status == "kept"
    assert execute(lesson, out, {"seed": 2}).status == "ok"
    assert execute(lesson, out, {"seed": 2}, data="other pictures").status == "ok"
    write_notebook("seed + 1")
    assert execute(lesson, out, {"seed": 2}, data="other pictures").status == "ok"


def test_force_executes_again(write_notebook, tmp_path):
    lesson = write_notebook("seed")
    execute(lesson, tmp_path / "out")
    assert execute(lesson, tmp_path / "out", force=True).status == "ok"


def test_an_output_cut_short_is_executed_again(write_notebook, tmp_path):
    lesson, out = write_notebook("seed"), tmp_path / "out"
    execute(lesson, out)
    done = out / "lesson.ipynb"
    done.write_text(done.read_text()[:100])
    assert execute(lesson, out).status == "ok"
    assert nbformat.read(done, as_version=4).cells


def test_a_failure_leaves_the_last_success_alone(write_notebook, tmp_path):
    out = tmp_path / "out"
    execute(write_notebook("'good'"), out)
    good = (out / "lesson.ipynb").read_text()
    assert execute(write_notebook("1 / 0"), out).status == "failed"
    assert (out / "lesson.ipynb").read_text() == good


def test_a_folder_that_cannot_be_made_is_a_failure_with_a_reason(write_notebook, tmp_path):
    (tmp_path / "file").write_text("in the way")
    result = execute(write_notebook("1"), tmp_path / "file" / "out")
    assert result.status == "failed"
    assert "NotADirectoryError" in result.error


def test_a_parameter_goes_to_the_lessons_that_declare_it(write_notebook):
    first = write_notebook(name="first.ipynb", parameters=TYPED)
    second = write_notebook(name="second.ipynb")
    given = read_parameters([first, second], [("steps", "5"), ("seed", "2"), ("rate", "1e-3")])
    assert given == {first: {"steps": 5, "rate": 0.001}, second: {"seed": 2}}


def test_a_parameter_that_no_lesson_declares_is_refused(write_notebook):
    with pytest.raises(UsageError, match="no lesson has a parameter 'epoch'"):
        read_parameters([write_notebook(parameters=TYPED)], [("epoch", "1")])


@pytest.mark.parametrize(("name", "value"), [("steps", "2.5"), ("rate", "fast"), ("steps", "")])
def test_a_value_of_the_wrong_type_is_refused(write_notebook, name, value):
    with pytest.raises(UsageError, match=f"parameter '{name}' is a "):
        read_parameters([write_notebook(parameters=TYPED)], [(name, value)])


def test_declared_parameters_carry_their_types(write_notebook):
    lesson = write_notebook(parameters=TYPED)
    assert declared_parameters(lesson) == {"rate": "float", "steps": "int", "name": "str"}


def test_a_file_that_is_no_notebook_is_refused_in_one_line(tmp_path):
    (tmp_path / "page.ipynb").write_text("<html>")
    with pytest.raises(UsageError, match=r"page.ipynb cannot be read"):
        declared_parameters(tmp_path / "page.ipynb")


def test_a_dead_kernels_last_words_are_reported(write_notebook, tmp_path):
    die = "import os, sys\nprint('out of memory', file=sys.__stderr__, flush=True)\nos._exit(1)"
    result = execute(write_notebook(die), tmp_path / "out")
    assert result.error.endswith("the kernel died | out of memory")


def test_metrics_of_a_notebook_without_records_are_empty(write_notebook):
    assert collect_metrics(nbformat.read(write_notebook("1"), as_version=4)) == {}


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


def test_a_notebook_can_go_to_a_url(write_notebook, store):
    url = f"http://127.0.0.1:{store.server_port}/out"
    result = execute_to_url(write_notebook("'done'"), url)
    assert (result.status, result.notebook) == ("ok", f"{url}/lesson.ipynb")
    assert b"'done'" in store.files["/out/lesson.ipynb"]
    failed = execute_to_url(write_notebook("1 / 0"), url)
    assert (failed.status, failed.notebook) == ("failed", f"{url}/lesson.failed.ipynb")


def test_a_url_that_cannot_be_written_is_a_failure(write_notebook, store):
    url = f"http://127.0.0.1:{store.server_port}/full"
    result = execute_to_url(write_notebook("'done'"), url)
    assert result.status == "failed"
    assert "executed, but writing it failed" in result.error
