"""Executing lessons: success is only what really ran to its end."""

import nbformat
import pytest

from helpers import lesson as lessons
from tutorial.client import TEXT
from tutorial.execute import RECORD_MIME, Run, collect_metrics, execute, run_key
from tutorial.project import find_lessons

RECORD = f"from IPython.display import display\ndisplay({{{RECORD_MIME!r}: {{}}}}, raw=True)"


def run(lesson, output, parameters=None, data="", **options):
    parameters = parameters or {}
    key = run_key(lesson, parameters, data)
    return execute(Run(lesson, parameters, key, lesson.stem), output, **options)


def test_what_lessons_record_is_what_commands_read():
    assert lessons.RECORD_MIME == RECORD_MIME


def test_a_lesson_that_runs_gets_its_final_name_and_its_metrics(write_notebook, tmp_path):
    lesson = write_notebook(RECORD.replace("{}", "dict(loss=seed / 2, seed=9)"))
    result = run(lesson, tmp_path / "out", {"seed": 7})
    assert (result.status, result.metrics) == ("ok", {"loss": 3.5})  # and no other seed than given
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["lesson.ipynb"]


def test_a_cell_that_raises_fails_the_run_and_is_named(write_notebook, tmp_path):
    result = run(write_notebook("1 / 0", "print('never')"), tmp_path / "out")
    assert result.status == "failed"
    assert result.error == "code cell 2 (`1 / 0`): ZeroDivisionError: division by zero"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["lesson.failed.ipynb"]


def test_a_dead_kernel_fails_the_run_and_its_last_words_are_reported(write_notebook, tmp_path):
    die = "import os, sys\nprint('out of memory', file=sys.__stderr__, flush=True)\nos._exit(1)"
    result = run(write_notebook(die, "1"), tmp_path / "out")
    assert result.status == "failed"
    assert result.error == "code cell 2 (`import os, sys`): the kernel died | out of memory"
    assert not (tmp_path / "out" / "lesson.ipynb").exists()


def test_a_finished_run_is_kept_until_something_changes(write_notebook, tmp_path):
    lesson, out = write_notebook("seed"), tmp_path / "out"
    assert run(lesson, out).status == "ok"
    assert run(lesson, out).status == "kept"
    assert run(lesson, out, force=True).status == "ok"
    assert run(lesson, out, {"seed": 2}).status == "ok"
    assert run(lesson, out, {"seed": 2}, data="other images").status == "ok"
    write_notebook("seed + 1")
    assert run(lesson, out, {"seed": 2}, data="other images").status == "ok"


def test_an_output_cut_short_is_executed_again(write_notebook, tmp_path):
    lesson, out = write_notebook("seed"), tmp_path / "out"
    run(lesson, out)
    done = out / "lesson.ipynb"
    done.write_text(done.read_text()[:100])
    assert run(lesson, out).status == "ok"
    assert nbformat.read(done, as_version=4).cells


def test_a_failure_leaves_the_last_success_alone(write_notebook, tmp_path):
    out = tmp_path / "out"
    run(write_notebook("'good'"), out)
    good = (out / "lesson.ipynb").read_text()
    assert run(write_notebook("1 / 0"), out).status == "failed"
    assert (out / "lesson.ipynb").read_text() == good


def test_a_folder_that_cannot_be_made_is_a_failure_with_a_reason(write_notebook, tmp_path):
    (tmp_path / "file").write_text("in the way")
    result = run(write_notebook("1"), tmp_path / "file" / "out")
    assert result.status == "failed"
    assert "NotADirectoryError" in result.error


def test_a_flood_is_cut_and_the_notebook_says_so(write_notebook, tmp_path):
    flood = "for _ in range(20):\n    print('y' * 1_000_000)"
    result = run(write_notebook(flood, "print('goes on')"), tmp_path / "out")
    assert result.status == "ok"
    flooded, after = nbformat.read(result.notebook, as_version=4).cells[1:]
    assert sum(len(output.text) for output in flooded.outputs) < TEXT + 100
    assert "cut here: more than 1,000,000 characters from one cell" in flooded.outputs[-1].text
    assert after.outputs[0].text == "goes on\n"


def test_a_display_without_end_is_cut_too(write_notebook, tmp_path):
    flood = "from IPython.display import display\nfor _ in range(3):\n"
    flood += "    display({'text/plain': 'y' * 30_000_000}, raw=True)"
    result = run(write_notebook(flood), tmp_path / "out")
    assert result.status == "ok"
    outputs = nbformat.read(result.notebook, as_version=4).cells[1].outputs
    assert "cut here: more than 50,000,000 characters" in outputs[-1].text


def test_what_a_failed_cell_said_is_one_short_line_that_steers_no_screen(write_notebook, tmp_path):
    title, clear = r"\x1b]0;pwned\x07", r"\x1b[2J"
    cell = f"print('{title}{clear}' + 'y' * 5000)\nraise ValueError('{clear}red' + 'z' * 5000)"
    result = run(write_notebook(cell), tmp_path / "out")
    assert result.error.isprintable()
    assert "ValueError: redzzz" in result.error
    assert "; last output: yyyy" in result.error
    assert len(result.error) < 1000


def test_what_a_lesson_records_steers_no_screen():
    record = {"data_source": "\x1b]52;c;ZXZpbA==\x07mine\n", "\x1b[2Jloss": 1.0, "list": [1]}
    output = nbformat.v4.new_output("display_data", {RECORD_MIME: record})
    cell = nbformat.v4.new_code_cell(outputs=[output])
    found = collect_metrics(nbformat.v4.new_notebook(cells=[cell]))
    assert found == {"data_source": "mine", "loss": 1.0}


@pytest.mark.parametrize("record", [["a list"], "a word", 3])
def test_a_record_of_another_kind_is_none(record):
    output = nbformat.v4.new_output("display_data", {RECORD_MIME: record})
    cell = nbformat.v4.new_code_cell(outputs=[output])
    assert collect_metrics(nbformat.v4.new_notebook(cells=[cell])) == {}


def test_a_lesson_runs_whose_epochs_are_too_short_for_a_printed_loss(tmp_path):
    lesson = next(path for path in find_lessons() if path.name.startswith("06"))
    result = run(lesson, tmp_path, {"data_source": "drawn", "train_images": 400, "epochs": 1})
    assert result.status == "ok", result.error
