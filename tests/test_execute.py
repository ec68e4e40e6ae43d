"""Executing lessons: success is only what really ran to its end."""

import nbformat

from tutorial.execute import collect_metrics, execute, run_key


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
    other = run_key(lesson, {"seed": 2}, "other images")
    assert execute(lesson, out, {"seed": 2}, key=other).status == "ok"
    write_notebook("seed + 1")
    changed = run_key(lesson, {"seed": 2}, "other images")
    assert execute(lesson, out, {"seed": 2}, key=changed).status == "ok"


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


def test_a_dead_kernels_last_words_are_reported(write_notebook, tmp_path):
    die = "import os, sys\nprint('out of memory', file=sys.__stderr__, flush=True)\nos._exit(1)"
    result = execute(write_notebook(die), tmp_path / "out")
    assert result.error.endswith("the kernel died | out of memory")


def test_metrics_of_a_notebook_without_records_are_empty(write_notebook):
    assert collect_metrics(nbformat.read(write_notebook("1"), as_version=4)) == {}
