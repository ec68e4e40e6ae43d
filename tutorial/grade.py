"""Grade a folder of submissions: every answer in a process of its own; marks and feedback."""

import csv
import hashlib
import json
import os
import select
import shutil
import signal
import site
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from tutorial.errors import TutorialError, UsageError
from tutorial.execute import run_key
from tutorial.isolation import private_places
from tutorial.notebooks import NotebookNode, read, read_if_whole, whole_file, write
from tutorial.project import find_lessons, project_folder
from tutorial.report import plain
from tutorial.submissions import (
    Answer,
    Lesson,
    find_submissions,
    read_lesson,
    seen_solutions,
    take_answers,
)
from tutorial.sweep import results_folder

FORKS = sys.platform == "linux"  # elsewhere a process with PyTorch cannot be forked safely
PATIENCE = 120  # seconds for a process to start and load PyTorch, on a busy machine
LARGEST = 50_000_000  # bytes of a submission that is read
EQUAL = 60  # letters from which on equal answers are told: short ones are equal by themselves
KEPT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "CIFAR10_SOURCE", "LANG", "LC_ALL", "SYSTEMROOT")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
MARKS = {"correct": "✓", "wrong": "✗", "unanswered": "☐", "look": "?", "missing": "–"}
POINTS = {"correct": "1", "wrong": "0", "unanswered": "", "look": "?", "missing": ""}


@dataclass
class Graded:
    """What came of one submission.

    Attributes
    ----------
    name : str
        Whose it is.
    lesson : str
        The lesson's name.
    marks : dict of str to str
        For each exercise ``correct``, ``wrong``, ``unanswered``, ``missing`` or ``look``: the check
        says that it is correct, and may have been deceived.
    remarks : list of str
        For the teacher.
    words : dict of str to str
        A hash of each answer that is long enough to be somebody's own.
    failed : bool
        Whether the file could not be read.
    kept : bool
        Whether this is the result of an earlier command.
    seconds : float
    """

    name: str
    lesson: str
    marks: dict[str, str]
    remarks: list[str]
    words: dict[str, str] = field(default_factory=dict)
    failed: bool = False
    kept: bool = False
    seconds: float = 0.0

    @property
    def total(self) -> int:
        """How many answers are correct (int)."""
        return [*self.marks.values()].count("correct")


class Judge:
    """A process of :mod:`tutorial.judge`: started when it is asked, and again if it has ended.

    Parameters
    ----------
    hidden : sequence of str
        What answers must not see.
    seconds : float
        How long each may take.
    """

    def __init__(self, hidden: Sequence[str], seconds: float) -> None:
        self._folder = tempfile.mkdtemp(prefix="judge-")
        self._home, self._log = Path(self._folder, "home"), Path(self._folder, "log")
        self._settings = {"home": str(self._home), "hidden": list(hidden), "seconds": seconds}
        self._limit = seconds + PATIENCE
        self._process: subprocess.Popen[str] | None = None
        self._closed = False

    def ask(self, job: dict[str, Any]) -> dict[str, Any]:
        """Return the verdict on one answer.

        Parameters
        ----------
        job : dict
            As :mod:`tutorial.judge` reads it.

        Returns
        -------
        dict
            ``status``, ``text``, ``changed`` (what was exchanged of what checks stand on),
            ``stopped`` and ``alone`` (whether the answer was shut off).
        """
        said: Any = None
        try:
            if self._process is None:
                self._start()
            said = json.loads(self._hear(f"{json.dumps(job)}\n"))
        except (OSError, ValueError, subprocess.TimeoutExpired):
            self._end()
        if not FORKS:
            self._end()
        status = said.get("status") if isinstance(said, dict) else None
        if status not in ("correct", "wrong", "unanswered"):
            words = "your code ended its process, or did not end."
            said = {"status": "wrong", "text": words, "stopped": True}
        return {"changed": "", "alone": False, "stopped": False} | said

    def close(self) -> None:
        """End the process, and start no other one."""
        self._closed = True
        self._end()
        shutil.rmtree(self._folder, ignore_errors=True)

    def why(self) -> str:
        """Return the last line that the process wrote to its error stream (str)."""
        with suppress(OSError, IndexError):
            return self._log.read_text(errors="replace").splitlines()[-1]
        return "it says nothing"

    def _start(self) -> None:
        if self._closed:
            raise TutorialError("stopped")
        shutil.rmtree(self._home, ignore_errors=True)
        self._home.mkdir()
        path = os.pathsep.join([str(project_folder()), os.environ.get("PYTHONPATH", "")])
        environment = {name: os.environ[name] for name in KEPT if name in os.environ} | ONE_THREAD
        environment |= dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP"), str(self._home))
        environment |= {"PYTHONPATH": path, "MPLBACKEND": "agg", "PYTHONWARNINGS": "ignore"}
        if user_base := site.getuserbase():
            environment["PYTHONUSERBASE"] = user_base
        settings = json.dumps(self._settings | {"forks": FORKS})
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "tutorial.judge", settings],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                cwd=self._home,
                env=environment,
                start_new_session=True,  # Ctrl-C is for the command, which ends it
            )

    def _hear(self, line: str) -> str:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise OSError("not started")
        if not FORKS:
            return process.communicate(line, self._limit)[0]
        process.stdin.write(line)
        process.stdin.flush()
        if not select.select([process.stdout], [], [], self._limit)[0]:
            raise OSError("no answer")
        return process.stdout.readline()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL) if FORKS else process.kill()
            with suppress(OSError):  # what is left in the pipe goes nowhere
                process.communicate()


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
        How long one answer may take.
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
    lessons = [(read_lesson(path), f"{run_key(path, {})} {seconds}") for path in paths]
    hidden = [str(folder), str(output), "/run", *private_places(Path.home(), _needed())]
    results: list[Graded] = []
    with results_folder(output, alone=True), _judges(jobs, hidden, seconds) as judges:
        _try_out(judges, lessons[0][0])

        def one(name: str, lesson: Lesson, key: str) -> Graded:
            begin, files = time.monotonic(), found[name][lesson.path]
            judge = judges.get()
            try:
                result = _grade_one(name, files, lesson, key, output, judge, force)
            finally:
                judges.put(judge)
            result.seconds = time.monotonic() - begin
            return result

        with ThreadPoolExecutor(jobs) as pool:
            handed_in = [
                (n, *lesson) for n in found for lesson in lessons if lesson[0].path in found[n]
            ]
            futures = [pool.submit(one, *given) for given in handed_in]
            try:
                for future in as_completed(futures):
                    results.append(future.result())
                    told(results[-1], len(results), len(futures))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        for name in found:
            for lesson, _ in lessons:
                if lesson.path not in found[name]:
                    marks = dict.fromkeys(lesson.exercises, "missing")
                    results.append(Graded(name, lesson.path.stem, marks, ["no file"]))
        results.sort(key=lambda one: (one.name, one.lesson))
        _tell_equal(results)
        _write_marks(results, output / "marks.csv")
    return results


@contextmanager
def _judges(jobs: int, hidden: list[str], seconds: float) -> Iterator[SimpleQueue[Judge]]:
    """Have as many judges as jobs; end them whatever happens, also while they are asked."""
    judges, free = [Judge(hidden, seconds) for _ in range(jobs)], SimpleQueue[Judge]()
    for judge in judges:
        free.put(judge)
    try:
        yield free
    finally:
        for judge in judges:
            judge.close()


def _needed() -> list[Path]:
    """List what answers must see: Python, libraries, lessons, data."""
    from helpers.data import data_folder

    places = {*sys.path, sys.prefix, sys.base_prefix, sys.executable, site.getuserbase()}
    places |= {os.environ.get("CIFAR10_SOURCE", ""), str(data_folder()), str(project_folder())}
    return [Path(place) for place in places if place]


def _try_out(judges: SimpleQueue[Judge], lesson: Lesson) -> None:
    """Let a judge judge a solution, and say how far answers are shut off here."""
    import importlib

    judge = judges.get()
    exercise = next(iter(lesson.exercises.values()))
    questions = importlib.import_module(f"helpers.questions.{lesson.module}")
    code = vars(questions)[exercise.name].code
    said = judge.ask(_job(lesson, exercise.name, Answer([lesson.parameters], [code], "", [])))
    if said["status"] != "correct":
        raise TutorialError(f"answers cannot be executed here: {plain(judge.why())}")
    judges.put(judge)
    if said["alone"]:
        print("Answers run shut off: no network, nothing to write to, limits of time and memory.")
    else:
        words = "NOT SHUT OFF on this system: answers run with your rights, under limits of time"
        print(f"tutorial: {words} only; see docs/teaching.md", file=sys.stderr)


def _job(lesson: Lesson, name: str, answer: Answer) -> dict[str, Any]:
    return {
        "module": lesson.module,
        "exercise": name,
        "answer": lesson.exercises[name].answer,
        "imports": lesson.imports,
        "before": answer.before,
        "cells": answer.cells,
    }


def _grade_one(
    name: str,
    files: list[Path],
    lesson: Lesson,
    key: str,
    output: Path,
    judge: Judge,
    force: bool,
) -> Graded:
    """Grade one notebook and write its feedback, whatever is in it."""
    title = lesson.path.stem
    feedback = output / name / lesson.path.name
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
    result, cells = _judge_all(name, submission, lesson, judge)
    if len(files) > 1:
        result.remarks.append(f"{len(files)} files, the newest counts")
    page = _new_page(name, title, f"{result.total} of {len(result.marks)} answers are correct.")
    page.cells += cells
    stored = {"marks": result.marks, "remarks": result.remarks, "words": result.words}
    page.metadata["graded"] = {"key": key, "result": stored}
    write(page, feedback)
    return result


def _judge_all(
    name: str, submission: NotebookNode, lesson: Lesson, judge: Judge
) -> tuple[Graded, list[NotebookNode]]:
    """Judge every answer of a submission; return also a cell of feedback for each."""
    import importlib

    from nbformat.v4 import new_code_cell, new_output

    questions = importlib.import_module(f"helpers.questions.{lesson.module}")
    result = Graded(name, lesson.path.stem, {}, [])
    seen = seen_solutions(submission, lesson)
    result.remarks += [f"saw the solution of {exercise}" for exercise in seen]
    cells = []
    for exercise, answer in take_answers(submission, lesson).items():
        said: dict[str, Any] = {"status": "unanswered", "text": ""}
        if answer.words:
            said = judge.ask(_job(lesson, exercise, answer))
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
        own = len(answer.words) >= EQUAL and answer.words not in vars(questions)[exercise].code
        if own:
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


def _tell_equal(results: list[Graded]) -> None:
    """Add to the remarks whose answers are equal, letter by letter."""
    groups = defaultdict(list)
    for result in results:
        for exercise, words in result.words.items():
            groups[result.lesson, exercise, words].append(result)
    for (_, exercise, _), group in groups.items():
        for result in group if len(group) > 1 else ():
            names = [plain(other.name) for other in group if other is not result]
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            result.remarks.append(f"{exercise} equals that of {', '.join(names[:3])}{more}")


def _write_marks(results: list[Graded], path: Path) -> None:
    """Write one line for each submission: a column for each exercise, the total, remarks."""
    exercises = list(dict.fromkeys(name for result in results for name in result.marks))
    with whole_file(path) as part, part.open("w", newline="", encoding="utf-8-sig") as file:
        table = csv.writer(file)
        table.writerow(["name", "lesson", *exercises, "total", "remarks"])
        for result in results:
            points = [POINTS[result.marks[n]] if n in result.marks else "" for n in exercises]
            remarks = _as_text("; ".join(result.remarks))
            row = [_as_text(result.name), result.lesson, *points, str(result.total), remarks]
            table.writerow(row)


def _as_text(words: str) -> str:
    """Make words that no spreadsheet takes for a formula."""
    words = plain(words)
    return f"'{words}" if words.startswith(("=", "+", "-", "@")) else words
