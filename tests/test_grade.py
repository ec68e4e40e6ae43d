"""Forty submissions, graded together: honest ones get their marks, hostile ones get nowhere."""

import csv
import importlib
import os
import re
import socket
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import hostile
import nbformat
import pytest
from commands import exit_code, tutorial, wait_for
from nbformat.v4 import new_code_cell, new_output

from helpers.lesson import EXERCISE_MIME
from tutorial import isolation, judges
from tutorial.marks import Graded, write_marks
from tutorial.notebooks import without_outputs
from tutorial.project import find_lessons, project_folder
from tutorial.submissions import read_lesson, take_answers

LESSONS = {path.stem[:2]: read_lesson(path) for path in find_lessons(["1", "2", "3"])}
QUESTIONS = {n: importlib.import_module(f"helpers.questions.{LESSONS[n].module}") for n in LESSONS}
ANSWERS = {n: importlib.import_module(f"answers.{LESSONS[n].module}") for n in LESSONS}
SHUT_OFF = "from tutorial.isolation import shut_off; shut_off('/tmp', [])"
ALONE = not subprocess.run([sys.executable, "-c", SHUT_OFF], capture_output=True).returncode


def solution(number, name):
    return vars(QUESTIONS[number])[name].code


def is_function(number, name):
    return solution(number, name).startswith("def ")


def names(number, functions=None):
    """List the exercises of a lesson, or those whose answer is a function, or is none."""
    every = LESSONS[number].exercises
    return [n for n in every if functions is None or is_function(number, n) == functions]


def write(path, number, code, edit=lambda notebook: None, ids=True):
    """Write a lesson with answers in the cells of its exercises, and edited further."""
    lesson = LESSONS[number]
    notebook = without_outputs(nbformat.read(lesson.path, as_version=4))
    for name, text in code.items():
        cell = next(cell for cell in notebook.cells if cell.id == lesson.exercises[name].cell.id)
        cell.source = f"{text}\n\n\nquestions.{name}.check({lesson.exercises[name].answer})"
    edit(notebook)
    if not ids:
        notebook.nbformat_minor = 4
        for cell in notebook.cells:
            del cell["id"]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def cell_of(notebook, number, name):
    return next(c for c in notebook.cells if c.id == LESSONS[number].exercises[name].cell.id)


def insert_before(notebook, number, name, *sources):
    place = notebook.cells.index(cell_of(notebook, number, name))
    notebook.cells[place:place] = [new_code_cell(source) for source in sources]


def other_style(number, name):
    """Choose a right answer of another style that needs no import beside the lesson's."""
    right = ANSWERS[number].RIGHT[name]
    return next((code for code in right if "np." not in code), solution(number, name))


def honest(folder):
    """Write twenty honest submissions; return for each the exercises that are right."""
    right = {}

    def learner(name, number, code, correct=None, file="{name}/{lesson}.ipynb", **more):
        path = folder / file.format(name=name, lesson=LESSONS[number].path.stem)
        write(path, number, code, **more)
        right[name] = number, [*code] if correct is None else correct

    for number in LESSONS:
        every = names(number)
        learner(f"solves {number}", number, {n: solution(number, n) for n in every})
        learner(f"in a style {number}", number, {n: other_style(number, n) for n in every})
        half = {
            every[0]: solution(number, every[0]),
            every[1]: ANSWERS[number].WRONG[every[1]][0][0],
        }
        learner(f"half {number}", number, half, [every[0]])
    learner("untouched", "03", {})
    function, value = names("03", True)[0], names("03", False)[0]
    answer, short = solution("03", function), solution("03", value)
    called = LESSONS["03"].exercises[function].answer

    def rename(notebook):
        source = f"{answer.replace(called, 'mine')}\nquestions.{function}.check(mine)"
        cell_of(notebook, "03", function).source = source
        cell_of(notebook, "03", value).source = f"questions.{value}.check({short.split('=')[1]})"

    learner("renames", "03", {}, [function, value], edit=rename)

    def split(notebook):
        insert_before(notebook, "03", function, "1 / 0", "# mine\n" + answer)
        cell_of(notebook, "03", function).source = f"questions.{function}.check({called})"

    learner("splits", "03", {}, [function], edit=split)
    learner("loses ids", "02", {names("02")[0]: solution("02", names("02")[0])}, ids=False)

    def shuffle(notebook):
        notebook.cells.reverse()

    learner("reverses", "03", {value: short, function: answer}, edit=shuffle, ids=False)

    def at_the_end(notebook):
        notebook.cells.append(new_code_cell(f"{answer}\n\nquestions.{function}.check({called})"))

    learner("at the end", "03", {}, [function], edit=at_the_end)

    def far_away(notebook):
        notebook.cells.insert(3, new_code_cell("def help_me(value):\n    return value"))
        notebook.cells.insert(5, new_code_cell(answer.replace(called, "mine")))

    code = {function: f"{called} = help_me(mine)", value: f"assert seed + 1\n{short}"}
    learner("has helpers", "03", code, edit=far_away)
    learner("likes magic", "03", {function: f"%%time\n# a comment\ntorch.full?\n{answer}"})

    def ask(notebook):
        cell_of(notebook, "03", value).source += f"\nquestions.{value}.solution()"

    learner("asks", "03", {value: short}, edit=ask)

    def only_answers(notebook):
        notebook.cells = [cell_of(notebook, "03", value), cell_of(notebook, "03", function)]

    learner("deletes", "03", {value: short, function: answer}, edit=only_answers)
    learner(
        "flat", "01", {names("01")[0]: solution("01", names("01")[0])}, file="{name}_{lesson}.ipynb"
    )
    assert len(right) == 20
    return right


def attacks(folder, marks, port):
    """Write twenty hostile submissions, each with an honest answer too; return which that is."""
    number, target, good = "03", names("03", True)[0], names("03", False)[0]
    code = hostile.EVERYWHERE | (hostile.ALONE if ALONE else {})
    words = {
        "ANSWER": LESSONS[number].exercises[target].answer,
        "EXERCISE": target,
        "RECORD": EXERCISE_MIME,
        "FOLDER": str(folder),
        "OTHER": str(folder / "untouched" / LESSONS[number].path.name),
        "MARKS": str(marks),
        "PORT": str(port),
    }
    for name, attack in code.items():
        for word, meaning in words.items():
            attack = attack.replace(word, meaning)
        write(folder / name / "03.ipynb", number, {good: solution(number, good), target: attack})

    def claim(notebook):
        record = {EXERCISE_MIME: {"exercise": target, "status": "correct"}, "text/plain": "✓"}
        cell_of(notebook, number, target).outputs = [new_output("display_data", record)]
        notebook.cells.insert(2, new_code_cell("class questions:\n    def check(*given): ..."))

    write(folder / "claims" / "03.ipynb", number, {good: solution(number, good)}, edit=claim)
    return number, good, target, [*code, "claims"]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Grade everything, in a run that is killed and another; return what came of it."""
    if not judges.FORKS:
        pytest.skip("each of a hundred answers takes seconds here; one has a test of its own")
    folder, marks = tmp_path_factory.mktemp("class"), tmp_path_factory.mktemp("results") / "marks"
    heard, server = [], socket.create_server(("127.0.0.1", 0))

    def listen():
        while True:
            heard.append(server.accept())

    threading.Thread(target=listen, daemon=True).start()
    right = honest(folder)
    bad = attacks(folder, marks, server.getsockname()[1])
    (folder / "not json").mkdir()
    (folder / "not json" / "03_autograd.ipynb").write_text('{"cells": [')
    (folder / "nothing").mkdir()
    function = names("03", True)[0]
    mine = "def mine(*given):\n    result = 'an idea of nobody else'\n    return result\n\n\n"
    for name in ("copies", "is copied"):
        code = {function: mine + f"{LESSONS['03'].exercises[function].answer} = mine"}
        write(folder / name / "03.ipynb", "03", code)
    write(folder / "a first" / "03.ipynb", "03", {})
    secret = {"AWS_SECRET": "open sesame"}
    arguments = ("grade", folder, "--output", marks, "--timeout", 2)
    killed = tutorial(*arguments, "--jobs", 1, environment=secret)
    told = []
    wait_for(lambda: told.append(killed.stdout.readline()) or "[3/" in told[-1])
    killed.kill()
    told += killed.communicate()[0].splitlines()
    nothing_yet = not (marks / "marks.csv").exists()
    write(folder / "a first" / "03.ipynb", "03", {function: solution("03", function)})
    before = contents(folder)
    command = tutorial(*arguments, environment=secret)
    said = command.communicate()
    return {
        "killed": status_of(told),
        "nothing yet": nothing_yet,
        "status": status_of(said[0].splitlines()),
        "right": right,
        "bad": bad,
        "said": said,
        "code": command.returncode,
        "heard": heard,
        "changed": contents(folder) != before,
        "rows": read_marks(marks),
        "marks": marks,
        "folder": folder,
    }


def status_of(lines):
    """Read from what the command prints whether a submission was graded, or kept, or failed."""
    lines = [line.strip().split(" s  ") for line in lines if line.startswith("[")]
    return {name: words.split()[1] for words, name in lines}


def contents(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def read_marks(marks):
    with (marks / "marks.csv").open(encoding="utf-8-sig", newline="") as file:
        return {(row["name"], row["lesson"][:2]): row for row in csv.DictReader(file)}


def test_twenty_honest_submissions_get_their_marks(graded):
    for name, (number, correct) in graded["right"].items():
        row = graded["rows"][name, number]
        found = [exercise for exercise in names(number) if row[exercise] == "1"]
        assert sorted(found) == sorted(correct), row
        assert row["total"] == str(len(correct))


def test_hostile_submissions_gain_nothing_and_lose_nothing_else(graded):
    number, good, target, everybody = graded["bad"]
    assert len(everybody) >= (20 if ALONE else 12)
    for name in everybody:
        row = graded["rows"][name, number]
        assert row[good] == "1", row
        assert row[target] in ("0", "", "?"), row
        assert row["total"] == "1", row


def test_nobody_changes_a_file_reaches_a_network_or_learns_a_secret(graded):
    assert not graded["changed"]
    assert not graded["heard"]
    for (name, number), row in graded["rows"].items():
        feedback = graded["marks"] / name / LESSONS[number].path.name
        assert feedback.exists() == ("no file" not in row["remarks"]), row
    assert not (graded["marks"] / "bob").exists()
    assert not any(b"open sesame" in content for content in contents(graded["marks"]).values())


def test_what_a_teacher_should_look_at_is_told(graded):
    rows, (number, _, target, _) = graded["rows"], graded["bad"]
    assert f"saw the solution of {names('03', False)[0]}" in rows["asks", "03"]["remarks"]
    assert f"{target} uses" in rows["looks through frames", number]["remarks"]
    changed = rows["exchanges PyTorch by another name", number]["remarks"]
    assert "changed torch.testing" in changed
    assert rows["never ends", number]["remarks"] == f"{target} was stopped"
    assert rows["nothing", "03"]["remarks"] == "no file"
    assert rows["not json", "03"]["remarks"].startswith("cannot be read")
    assert graded["code"] == 1, graded["said"]
    assert "cannot be read" in graded["said"][1]


def test_equal_answers_are_told(graded):
    function = names("03", True)[0]
    first, second = (graded["rows"][name, "03"]["remarks"] for name in ("copies", "is copied"))
    assert first == f"{function} equals that of is copied"
    assert second == f"{function} equals that of copies"
    assert "equals" not in graded["rows"]["solves 03", "03"]["remarks"]


def test_feedback_shows_answers_and_verdicts_without_code_that_ran_for_it(graded):
    name = "half 03"
    page = nbformat.read(graded["marks"] / name / LESSONS["03"].path.name, as_version=4)
    cells = page.cells[1:]
    texts = [cell.outputs[0].text for cell in cells]
    assert len(cells) == len(names("03"))
    assert texts[0].startswith("✓")
    assert texts[1].startswith("✗")
    assert texts[2].startswith("☐")
    assert not any("check(" in cell.source for cell in cells)


def test_a_killed_run_is_resumed_and_what_changed_is_graded_again(graded):
    assert graded["nothing yet"]
    first = "a first 03_autograd"
    assert first in graded["killed"]
    again = {name: status for name, status in graded["status"].items() if name in graded["killed"]}
    assert len(again) >= 3
    assert set(again.values()) == {"graded", "kept"}
    assert [name for name, status in again.items() if status == "graded"] == [first]
    assert graded["rows"]["a first", "03"]["total"] == "1"
    assert len(graded["status"]) > 40


def test_an_answer_has_its_time_of_computing_however_busy_the_machine_is(monkeypatch):
    clock = SimpleNamespace(now=0.0, monotonic=lambda: clock.now)
    monkeypatch.setattr(isolation, "time", clock)
    begin, over = time.process_time(), isolation.has_had(os.getpid(), 1)

    def compute(seconds):
        while time.process_time() - begin < seconds:
            pass

    clock.now = 0.9
    assert not over()
    compute(0.5)
    clock.now = 4
    assert not over()  # others had the rest
    clock.now = 9
    assert over()  # nobody is so busy: it waits
    compute(1.2)
    clock.now = 4
    assert over()


def test_where_processes_cannot_be_forked_each_answer_has_a_new_one(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(judges, "FORKS", False)
    function = names("03", True)[0]
    code = {function: "while True:\n    pass"}
    write(tmp_path / "class" / "ada" / "03.ipynb", "03", code)
    marks = tmp_path / "marks"
    arguments = ("--output", marks, "--timeout", 1, "--jobs", 1)
    assert exit_code("grade", tmp_path / "class", *arguments) == 0
    assert read_marks(marks)["ada", "03"][function] == "0"
    assert "NOT SHUT OFF" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x"])
def test_no_name_is_a_formula_for_a_spreadsheet(tmp_path, name):
    result = Graded(name, "03_autograd", {"slope": "correct"}, ["=cmd()"])
    write_marks([result], tmp_path / "marks.csv")
    text = (tmp_path / "marks.csv").read_text(encoding="utf-8-sig")
    assert f"'{name}" in text
    assert "'=cmd()" in text


@pytest.mark.parametrize("page", ["SECURITY.md", "docs/teaching.md"])
def test_a_warning_stands_before_what_runs_a_submission(page):
    text = (project_folder() / page).read_text(encoding="utf-8")
    warning = re.search(r"A (submission|notebook) is a program", text).start()
    commands = re.finditer(r"tutorial (grade|run) .*submissions|nbgrader autograde", text)
    assert all(warning < found.start() for found in commands)


def test_wrong_use_is_told_in_a_line(tmp_path, capsys):
    assert exit_code("grade", tmp_path / "nowhere") == 2
    assert exit_code("grade", tmp_path) == 2
    write(tmp_path / "ada" / "03.ipynb", "03", {})
    assert exit_code("grade", tmp_path, "--output", tmp_path) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 3
    assert all(line.startswith("tutorial: ") for line in errors)


def test_what_an_answer_takes_from_the_lesson_is_the_lessons_own():
    lesson = LESSONS["03"]
    notebook = nbformat.read(lesson.path, as_version=4)
    step = next(s for s in lesson.steps if s.code.startswith("def "))
    made = next(iter(step.bound))
    function = names("03", True)[0]
    cell_of(notebook, "03", function).source = f"{lesson.exercises[function].answer} = {made}"
    answer = take_answers(notebook, lesson)[function]
    assert step.code in answer.before


@pytest.mark.parametrize(
    ("code", "reached"),
    [
        ("x = torch.os.environ", "os"),
        ("match torch:\n    case object(sys=x):\n        pass", "sys"),
        ("from torch import os as x", "os"),
        ("x = torch.load('file', weights_only=False)", "weights_only"),
        ("torch.hub.load('.', 'x', source='local')", "hub"),
        ("x = type('X', (), {'__eq__': print})", "__eq__"),
        ("x = random._os", "_os"),
        ("torch.float32 = torch.int64", "torch.float32"),
        ("import requests", "requests"),
        ("net.eval()\nself._cache = torch.load('file', weights_only=True)", ""),
        ("import torch.nn.functional as F\nimport math, io, copy", ""),
        ("x.grad = None\nx.data -= 1\nsuper().__init__()", ""),
    ],
)
def test_what_reaches_for_more_than_an_answer_needs_is_told(code, reached):
    lesson = LESSONS["03"]
    name = names("03", True)[0]
    source = f"{code}\n{lesson.exercises[name].answer} = 0"
    notebook = nbformat.v4.new_notebook(cells=[new_code_cell(source)])
    answer = take_answers(notebook, lesson)[name]
    assert answer.words
    assert answer.reaches == ([reached] if reached else [])
