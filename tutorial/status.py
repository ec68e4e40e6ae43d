"""One line on a terminal that says what is running, how far it is, and how long it will take."""

import json
import os
import re
import shutil
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from tqdm import tqdm

from tutorial.execute import Result, Run
from tutorial.notebooks import read

EVERY = 1.0  # seconds
MINUTES = re.compile(r"(?P<under>under )?(?:\d+ to )?(?P<most>\d+) to run")


class StatusLine:
    """Keeps one line up to date while runs are executed; where no terminal is, it does nothing.

    Parameters
    ----------
    runs : sequence of Run
        All that are to be executed.
    output : pathlib.Path
        The folder of the executed notebooks: those of an earlier call say how long a run takes.

    Attributes
    ----------
    folder : pathlib.Path or None
        Where runs are to write how far they are; None if nobody reads it.
    """

    def __init__(self, runs: Sequence[Run], output: Path) -> None:
        self.folder: Path | None = None
        self._left = {run.name: run for run in runs}  # not ended
        self._total, self._output, self._start = len(runs), output, time.monotonic()
        self._seconds: dict[Path, list[float]] = {}  # that each lesson took, each time
        self._cells: dict[str, tuple[int, int]] = {}  # of running ones: which, of how many
        self._begun: dict[str, float] = {}
        self._most = 0  # that ran at once
        self._over = threading.Event()

    def __enter__(self) -> "StatusLine":
        tqdm.set_lock(threading.RLock())  # its own is for several processes, and starts one
        self._bar = tqdm(total=self._total, bar_format="{desc} {bar:20}", leave=False, disable=None)
        if not self._bar.disable:
            self._scratch = TemporaryDirectory(prefix="status-")
            self.folder = Path(self._scratch.name)
            self._known = {name: known_seconds(r, self._output) for name, r in self._left.items()}
            self._thread = threading.Thread(target=self._follow, daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.folder is None:
            return
        self._over.set()
        self._thread.join()
        self._bar.close()
        with suppress(OSError):  # the terminal may be gone; what it echoed, ^C, goes too
            print(f"\r{' ' * _width()}\r", end="", file=sys.stderr, flush=True)
        self._scratch.cleanup()

    @contextmanager
    def ended(self, result: Result) -> Iterator[None]:
        """Count a run that has ended; what is printed in the block stands above the line.

        Parameters
        ----------
        result : Result

        Yields
        ------
        None
        """
        with tqdm.external_write_mode():  # it holds the lock
            del self._left[result.run.name]
            if result.status == "ok":
                self._seconds.setdefault(result.run.lesson, []).append(result.seconds)
            yield
            if self.folder is not None:
                self._update()

    def _follow(self) -> None:
        while not self._over.wait(EVERY):
            with self._bar.get_lock():
                self._update()
                self._bar.refresh(nolock=True)

    def _update(self) -> None:
        self._look()
        begun = sum((cell - 1) / of for cell, of in self._cells.values())
        self._bar.ncols = _width()
        self._bar.n = self._total - len(self._left) + begun
        self._bar.desc = self._words()

    def _look(self) -> None:
        """Read how far the runs are that have begun and not ended."""
        assert self.folder is not None
        cells = {}
        for name in self._left:
            with suppress(OSError, ValueError):  # it has not begun
                cell, of = (self.folder / name).read_text().split()
                cells[name] = int(cell), int(of)
                self._begun.setdefault(name, time.monotonic())
        self._cells = cells
        self._most = max(self._most, len(cells))

    def _words(self) -> str:
        before, name = f"[{self._total - len(self._left)}/{self._total}] ", ""
        after = f"{len(self._cells)} running" if self._cells else "starting" if self._left else ""
        if len(self._cells) == 1:
            ((one, (cell, of)),) = self._cells.items()
            name, after = self._left[one].lesson.stem, f" cell {cell}/{of}"
        if seconds := self._seconds_left():
            after += f", about {max(1, round(seconds / 60))} min left"
        room = max(2, _width() - len(before + after))
        return before + name[:room] + after

    def _seconds_left(self) -> float | None:
        """Estimate how long it will take; None as long as nothing is known about some run."""
        left, now = list(self._left.values()), time.monotonic()
        if not self._most:  # a cluster with folders of its own: at the pace until now
            ended = self._total - len(left)
            return (now - self._start) / ended * len(left) if ended else None
        seconds = 0.0
        for run in left:
            taken = self._seconds.get(run.lesson)
            expected = self._known[run.name] or (sum(taken) / len(taken) if taken else None)
            spent = now - self._begun.get(run.name, now)
            if expected is None or spent > expected:
                return None
            seconds += expected - spent
        return seconds / max(1, min(self._most, len(left)))


def known_seconds(run: Run, output: Path) -> float | None:
    """Find out how long a run takes, before it has begun.

    Parameters
    ----------
    run : Run
    output : pathlib.Path
        The folder in which an earlier call may have left its notebook.

    Returns
    -------
    float or None
        What the same run took before; else the minutes that the lesson itself states, if its
        parameters are its own; else nothing is known.
    """
    with suppress(OSError, ValueError, LookupError, TypeError):
        text = (output / f"{run.name}.ipynb").read_text(encoding="utf-8")
        before = json.loads(text)["metadata"]["papermill"]
        if before["parameters"] == run.parameters:
            return float(before["duration"])
    stated = MINUTES.search(read(run.lesson).cells[0].source)
    if run.parameters or not stated:
        return None
    return int(stated["most"]) * (30.0 if stated["under"] else 60.0)


def _width() -> int:
    """Return how many characters fit on a line of the terminal, and leave its last one free."""
    try:
        fallback = os.get_terminal_size(sys.stderr.fileno())
    except (OSError, ValueError):
        fallback = os.terminal_size((80, 24))
    return shutil.get_terminal_size(fallback).columns - 1
