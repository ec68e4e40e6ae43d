"""The ``tutorial`` command: lab · run · sweep · grade · data · answers · release · refresh."""

import argparse
import io
import math
import os
import re
import sys
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

from tutorial import commands
from tutorial.errors import TutorialError
from tutorial.signals import heard_once

CORES = os.cpu_count() or 1
NEGATIVE = re.compile(r"-\.?\d")  # of an option's values, -1e-3 too


def main(arguments: list[str] | None = None) -> int:
    """Run the ``tutorial`` command.

    Parameters
    ----------
    arguments : list of str, optional
        What stands behind ``tutorial`` on the command line. Default: ``sys.argv[1:]``.

    Returns
    -------
    int
        The exit code: 0 all well, 1 something failed, 2 wrong use.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a narrow terminal ends no run
    options = _parser().parse_args(arguments)
    try:
        with nullcontext() if options.command is commands.lab else heard_once():
            code = options.command(options)
        return code
    except TutorialError as error:
        print(f"tutorial: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # whoever read the output has gone; Python must not try again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        with suppress(OSError):  # the terminal may be what has gone
            start = "\r" if sys.stderr.isatty() else ""  # where it echoed ^C
            words = "tutorial: stopped; the same command goes on where it was"
            print(f"{start}{words}", file=sys.stderr, flush=True)
        exec("")  # or Python ends by the signal, if it came while a text was executed
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tutorial", description="Learn PyTorch in executable notebooks."
    )
    added_to = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(function: Callable, words: str) -> argparse.ArgumentParser:
        added = added_to.add_parser(function.__name__, help=words)
        added.set_defaults(command=function)
        return added

    lab = command(commands.lab, "copy the lessons to my-lessons/ and open JupyterLab")
    lab.add_argument("--folder", type=Path, help="where they go; my-lessons/ of the project")
    lab.add_argument("--no-open", action="store_true", help="copy only")
    lab.add_argument("jupyter", nargs="*", help="options for JupyterLab, behind '--'")

    run = command(commands.run, "execute lessons with papermill")
    _add_lessons(run)
    run.add_argument("--output", default="results", help="folder for the results, or s3://…")
    words = "a parameter, for the lessons that declare it; may be repeated"
    _add_execution(run, 2, ("NAME", "VALUE"), words)

    sweep = command(commands.sweep, "execute one lesson with a grid of parameters")
    sweep.add_argument("lesson", metavar="LESSON", help="number, name or file")
    sweep.add_argument("--output", type=Path, default=Path("results/sweep"), help="folder")
    sweep.add_argument("--seeds", type=_count, metavar="N", help="run each with seeds 0 … N-1")
    sweep.add_argument("--jobs", type=_count, default=CORES, help="runs at once; all cores")
    sweep.add_argument("--scheduler", help="run on a Dask cluster instead: tcp://host:8786")
    words = "what to draw; the first number about validation, else the first"
    sweep.add_argument("--metric", help=words)
    words = "a parameter and its values; may be repeated, every combination is run"
    _add_execution(sweep, "+", "NAME VALUE", words)

    grade = command(commands.grade, "grade a folder of submissions: marks, and feedback for each")
    grade.add_argument("folder", type=Path, metavar="FOLDER", help="NAME/….ipynb, NAME_03_….ipynb")
    grade.add_argument("--output", type=Path, default=Path("marks"), help="folder for the results")
    grade.add_argument("--jobs", type=_count, default=min(2, CORES), help="at once; two")
    words = "limit of computing for each answer; 20"
    grade.add_argument("--timeout", type=_seconds, default=20, metavar="SECONDS", help=words)
    grade.add_argument("--force", action="store_true", help="grade again what is graded")

    data = command(commands.data, "prepare CIFAR-10 and say what was found")
    data.add_argument("--source", default="", help="archive or folder to read, or 'drawn'")

    answers = command(commands.answers, "write the lessons with every exercise answered")
    _add_lessons(answers)
    answers.add_argument("--output", type=Path, default=Path("answers"), help="folder for them")

    release = command(commands.release, "write the lessons as source notebooks for nbgrader")
    _add_lessons(release)
    words = "folder of the course"
    release.add_argument("--nbgrader", type=Path, required=True, metavar="FOLDER", help=words)

    _add_lessons(command(commands.refresh, "execute lessons again and store their outputs"))
    return parser


def _add_lessons(command: argparse.ArgumentParser) -> None:
    command.add_argument("lessons", nargs="*", metavar="LESSON", help="number, name or file; all")


def _add_execution(command: argparse.ArgumentParser, count: Any, names: Any, words: str) -> None:
    many: dict[str, Any] = {"action": "append", "default": [], "dest": "parameters"}
    command.add_argument("-p", nargs=count, metavar=names, help=words, **many)
    command._negative_number_matcher = NEGATIVE  # Python's own knows -1e-3 from 3.14 on
    command.add_argument("--force", action="store_true", help="execute again what is there")
    limit = "limit for each cell; none"
    command.add_argument("--timeout", type=_seconds, metavar="SECONDS", help=limit)


def _count(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"a number of at least 1 is needed, not {text}")
    return number


def _seconds(text: str) -> float:
    if not (math.isfinite(seconds := float(text)) and seconds > 0):
        raise argparse.ArgumentTypeError(f"seconds above 0 are needed, not {text}")
    return seconds
