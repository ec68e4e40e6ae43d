"""Grade a folder of submissions: every answer in a process of its own; marks and feedback."""

import hashlib
import os
import site
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from tutorial.errors import UsageError
from tutorial.execute import run_key
from tutorial.isolation import private_places
from tutorial.judges import Judges
from tutorial.marks import MARKS, Graded, tell_equal, write_marks
from tutorial.notebooks import NotebookNode, read, read_if_whole, write
from tutorial.project import find_lessons, project_folder
from tutorial.report import plain
from tutorial.submissions import Lesson, find_submissions, read_lesson, take_answers
from tutorial.sweep import results_folder

LARGEST = 50_000_000  # bytes of a submission that is read
EQUAL = 60  # letters from which on equal answers are told: short ones are equal by themselves


def grade(
    folder: Path,
    output: Path,
    told: Callable[[Graded, int, int], None],
    *,
    jobs: int = 1,
    seconds: float = 20,
    force: bool = False,
) -> list[Graded]:
    """Grade submissions; those of an earlier command that are still the same are kept.

    Parameters
    ----------
    folder : pathlib.Path
        With ``NAME/….ipynb`` or ``NAME_03_autograd.ipynb``.
    output : pathlib.Path
        The folder for ``marks.csv`` and, for each name, feedback as notebooks.
    told : callable
        Is told each result, in any order, how many there are already, and how many there will be.
    jobs : int
        How many at once.
    seconds : float
        How long one answer may compute.
    force : bool
        Grade again what is graded already.

    Returns
    -------
    list of Graded
        By name, then by lesson.

    Raises
    ------
    UsageError
        If there are no submissions, or the folder for results is not fit for it.
    TutorialError
        If answers cannot be executed here, or results cannot be written.
    """
    folder, output = folder.expanduser().resolve(), output.expanduser().resolve()
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder: name the one that holds the submissions")
    if folder.is_relative_to(output):
        raise UsageError(f"the results would lie among the submissions in {output}: use --output")
    found, others = find_submissions(folder, find_lessons(), output)
    paths = sorted({lesson for files in found.values() for lesson in files})
    for path in others:
        print(f"tutorial: nobody's, or of no lesson: {plain(str(path))}", file=sys.stderr)
    if not paths:
        raise UsageError(f"no submissions in {folder}: NAME/….ipynb, or NAME_03_autograd.ipynb")
    results: list[Graded] = []
    with results_folder(output, alone=True), Judges(jobs, seconds) as judges:
        judges.hidden = [str(folder), str(output), "/run", *private_places(Path.home(), _needed())]
        lessons = {read_lesson(path): f"{run_key(path, {})} {seconds}" for path in paths}
        judges.try_out(next(iter(lessons)))

        def one(name: str, lesson: Lesson) -> Graded:
            begin, files = time.monotonic(), found[name][lesson.path]
            result = _grade_one(name, files, lesson, lessons[lesson], output, judges, force)
            result.seconds = time.monotonic() - begin
            return result

        with ThreadPoolExecutor(jobs) as pool:
            futures = []
            for name, files in found.items():
                for lesson in lessons:
                    if lesson.path in files:
                        futures.append(pool.submit(one, name, lesson))
                    else:
                        marks = dict.fromkeys(lesson.exercises, "missing")
                        results.append(Graded(name, lesson.path.stem, marks, ["no file"]))
            try:
                for number, future in enumerate(as_completed(futures), 1):
                    results.append(future.result())
                    told(results[-1], number, len(futures))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        results.sort(key=lambda one: (one.name, one.lesson))
        tell_equal(results)
        write_marks(results, output / "marks.csv")
    return results


def _needed() -> list[Path]:
    """List what answers must see: Python, libraries, lessons, data."""
    from helpers.data import data_folder

    places = {*sys.path, sys.prefix, sys.base_prefix, sys.executable, site.getuserbase()}
    places |= {os.environ.get("CIFAR10_SOURCE", ""), str(data_folder()), str(project_folder())}
    return [Path(place) for place in places if place]


def _grade_one(
    name: str,
    files: list[Path],
    lesson: Lesson,
    key: str,
    output: Path,
    judges: Judges,
    force: bool,
) -> Graded:
    """Grade one notebook and write its feedback, whatever is in it."""
    title, feedback = lesson.path.stem, output / name / lesson.path.name
    try:
        if files[-1].stat().st_size > LARGEST:
            raise UsageError(f"{files[-1].name} is larger than {LARGEST // 10**6} MB")
        key = hashlib.sha256(files[-1].read_bytes() + key.encode()).hexdigest()
        kept = None if force else read_if_whole(feedback)
        if kept is not None and kept.metadata.get("graded", {}).get("key") == key:
            return Graded(name, title, **kept.metadata["graded"]["result"], kept=True)
        submission = read(files[-1])
    except (OSError, UsageError) as error:
        marks = dict.fromkeys(lesson.exercises, "missing")
        page = _new_page(name, title, f"This file could not be read: {plain(str(error))}.")
        write(page, feedback)
        return Graded(name, title, marks, [plain(f"cannot be read: {error}")], failed=True)
    result, cells = _judge_all(name, submission, lesson, judges)
    if len(files) > 1:
        result.remarks.append(f"{len(files)} files, the newest counts")
    page = _new_page(name, title, f"{result.total} of {len(result.marks)} answers are correct.")
    page.cells += cells
    stored = {"marks": result.marks, "remarks": result.remarks, "words": result.words}
    page.metadata["graded"] = {"key": key, "result": stored}
    write(page, feedback)
    return result


def _judge_all(
    name: str, submission: NotebookNode, lesson: Lesson, judges: Judges
) -> tuple[Graded, list[NotebookNode]]:
    """Judge every answer of a submission; return also a cell of feedback for each."""
    from nbformat.v4 import new_code_cell, new_output

    answers = take_answers(submission, lesson)
    seen = [exercise for exercise, answer in answers.items() if answer.seen]
    remarks = [f"saw the solution of {exercise}" for exercise in seen]
    result, cells = Graded(name, lesson.path.stem, {}, remarks), []
    for exercise, answer in answers.items():
        said: dict[str, Any] = {"status": "unanswered", "text": ""}
        if answer.words:
            said = judges.ask(lesson, exercise, answer)
        status, words = said["status"], str(said["text"])
        if answer.reaches:
            result.remarks.append(f"{exercise} uses {', '.join(answer.reaches)}")
        if said.get("changed"):
            result.remarks.append(plain(f"{exercise} changed {said['changed']}"))
        if said.get("stopped"):
            result.remarks.append(f"{exercise} was stopped")
        if status == "correct" and (answer.reaches or said.get("changed")):
            status, words = "look", "your teacher looks at this one."
        result.marks[exercise] = status
        if len(answer.words) >= EQUAL and answer.words not in lesson.solution(exercise):
            result.words[exercise] = hashlib.sha256(answer.words.encode()).hexdigest()[:12]
        if not words.startswith(tuple(MARKS.values())):
            words = f"{MARKS[status]} {exercise}: {words or 'not answered yet.'}"
        output = new_output("stream", name="stdout", text=words)
        cells.append(new_code_cell("\n\n".join(answer.cells), outputs=[output]))
    return result, cells


def _new_page(name: str, title: str, words: str) -> NotebookNode:
    from nbformat.v4 import new_markdown_cell, new_notebook

    heading = f"# {title}: feedback for {plain(name)}"
    return new_notebook(cells=[new_markdown_cell(f"{heading}\n\n{words}")])
