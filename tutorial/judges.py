"""Processes of :mod:`tutorial.judge`: started early, asked by turns, started again if they end."""

import json
import os
import select
import shutil
import signal
import site
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Self

from notebook_checker.kernels import last_words
from tutorial.errors import TutorialError
from tutorial.isolation import BUSY
from tutorial.project import project_folder
from tutorial.report import plain
from tutorial.submissions import Answer, Lesson

FORKS = sys.platform == "linux"  # elsewhere a process with PyTorch cannot be forked safely
PATIENCE = 120  # seconds for a process to start and load PyTorch, on a busy machine
KEPT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "CIFAR10_SOURCE", "LANG", "LC_ALL", "SYSTEMROOT")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
STOPPED = {"status": "wrong", "text": "your code ended its process, or did not end."}


class Judges:
    """Some processes, of which each judges one answer at a time; they end with a ``with`` block.

    Parameters
    ----------
    count : int
    seconds : float
        How long an answer may compute.

    Attributes
    ----------
    hidden : list of str
        Folders and files that answers must not see.
    """

    def __init__(self, count: int, seconds: float) -> None:
        self.hidden: list[str] = []
        self._all = [_Process(seconds) for _ in range(count)]
        self._free = SimpleQueue[_Process]()

    def __enter__(self) -> Self:
        for process in self._all:
            with suppress(OSError):  # whoever asks it tries again, and says what is wrong
                process.start()  # it loads PyTorch while the command does
            self._free.put(process)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._all:
            process.close()

    def ask(self, lesson: Lesson, name: str, answer: Answer) -> dict[str, Any]:
        """Return the verdict on an answer; wait for a process that is free.

        Parameters
        ----------
        lesson : Lesson
        name : str
            Of the exercise.
        answer : Answer

        Returns
        -------
        dict
            ``status``, ``text``, ``changed`` (what was exchanged of what checks stand on),
            ``stopped`` and ``alone`` (whether the answer was shut off).

        Raises
        ------
        TutorialError
            If the command is at its end already.
        """
        job: dict[str, Any] = {"module": lesson.module, "exercise": name}
        job |= {"answer": lesson.exercises[name].answer, "imports": lesson.imports}
        job |= {"before": answer.before, "cells": answer.cells, "hidden": self.hidden}
        process = self._free.get()
        try:
            return process.ask(job)
        finally:
            self._free.put(process)

    def try_out(self, lesson: Lesson) -> None:
        """Let a process judge a solution, and tell the user how far answers are shut off.

        Parameters
        ----------
        lesson : Lesson
            Whose first exercise it is.

        Raises
        ------
        TutorialError
            If answers cannot be executed here.
        """
        name = next(iter(lesson.exercises))
        code = [lesson.solution(name)]
        said = self.ask(lesson, name, Answer([lesson.parameters], code, "", False, []))
        if said["status"] != "correct":
            words = " ".join(last_words(self._all[0].folder, 1))
            raise TutorialError(f"answers cannot be executed here: {plain(words)}")
        if said["alone"]:
            print(
                "Answers run shut off: no network, nothing to write to, limits of time and memory."
            )
        else:
            words = (
                "NOT SHUT OFF on this system: answers run with your rights, under limits of time"
            )
            print(f"tutorial: {words} only; see docs/teaching.md", file=sys.stderr)


class _Process:
    def __init__(self, seconds: float) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="judge-"))
        self._home = self.folder / "home"
        self._settings = {"home": str(self._home), "seconds": seconds, "forks": FORKS}
        self._limit = BUSY * seconds + PATIENCE
        self._process: subprocess.Popen[str] | None = None
        self._closed = False

    def ask(self, job: dict[str, Any]) -> dict[str, Any]:
        said: Any = None
        try:
            if self._process is None:
                self.start()
            said = json.loads(self._hear(f"{json.dumps(job)}\n"))
        except (OSError, ValueError, subprocess.TimeoutExpired):
            self._end()
        if not FORKS:
            self._end()
        status = said.get("status") if isinstance(said, dict) else None
        if status not in ("correct", "wrong", "unanswered"):
            said = STOPPED | {"stopped": True}
        return {"changed": "", "alone": False, "stopped": False} | said

    def close(self) -> None:
        """End the process, and start no other one."""
        self._closed = True
        self._end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        if self._closed:
            raise TutorialError("stopped")
        shutil.rmtree(self._home, ignore_errors=True)
        self._home.mkdir()
        path = os.pathsep.join([str(project_folder()), os.environ.get("PYTHONPATH", "")])
        environment = {name: os.environ[name] for name in KEPT if name in os.environ} | ONE_THREAD
        environment |= dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP"), str(self._home))
        environment |= {"PYTHONPATH": path, "MPLBACKEND": "agg", "PYTHONWARNINGS": "ignore"}
        environment["PYTHONUSERBASE"] = site.getuserbase()
        with (self.folder / "stderr").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "tutorial.judge", json.dumps(self._settings)],
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
