"""The ``tutorial`` command: lab · run · sweep · grade · data · answers · release · refresh."""

import argparse
import io
import math
import os
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tutorial.errors import TutorialError
from tutorial.project import find_lessons, project_folder, start_page

if TYPE_CHECKING:
    from tutorial.execute import Result

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
        return options.command(options)
    except TutorialError as error:
        print(f"tutorial: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # whoever read the output has gone; Python must not try again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("\ntutorial: stopped; the same command goes on where it was", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tutorial", description="Learn PyTorch in executable notebooks."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(function: Callable, words: str) -> argparse.ArgumentParser:
        added = commands.add_parser(function.__name__.strip("_"), help=words)
        added.set_defaults(command=function)
        return added

    lab = command(_lab, "copy the lessons to my-lessons/ and open JupyterLab")
    lab.add_argument("--folder", type=Path, help="where they go; my-lessons/ of the project")
    lab.add_argument("--no-open", action="store_true", help="copy only")
    lab.add_argument("jupyter", nargs="*", help="options for JupyterLab, behind '--'")

    run = command(_run, "execute lessons with papermill")
    _add_lessons(run)
    run.add_argument("--output", default="results", help="folder for the results, or s3://…")
    words = "a parameter, for the lessons that declare it; may be repeated"
    _add_execution(run, 2, ("NAME", "VALUE"), words)

    sweep = command(_sweep, "execute one lesson with a grid of parameters")
    sweep.add_argument("lesson", metavar="LESSON", help="number, name or file")
    sweep.add_argument("--output", type=Path, default=Path("results/sweep"), help="folder")
    sweep.add_argument("--seeds", type=_count, metavar="N", help="run each with seeds 0 … N-1")
    sweep.add_argument("--jobs", type=_count, default=CORES, help="runs at once; all cores")
    sweep.add_argument("--scheduler", help="run on a Dask cluster instead: tcp://host:8786")
    sweep.add_argument("--metric", help="what to draw; the first number the lesson records")
    words = "a parameter and its values; may be repeated, every combination is run"
    _add_execution(sweep, "+", "NAME VALUE", words)

    grade = command(_grade, "grade a folder of submissions: marks, and feedback for each")
    grade.add_argument("folder", type=Path, metavar="FOLDER", help="NAME/….ipynb, NAME_03_….ipynb")
    grade.add_argument("--output", type=Path, default=Path("marks"), help="folder for the results")
    grade.add_argument("--jobs", type=_count, default=min(2, CORES), help="at once; two")
    words = "limit for each answer; 20"
    grade.add_argument("--timeout", type=_seconds, default=20, metavar="SECONDS", help=words)
    grade.add_argument("--force", action="store_true", help="grade again what is graded")

    data = command(_data, "prepare CIFAR-10 and say what was found")
    data.add_argument("--source", default="", help="archive or folder to read, or 'drawn'")

    answers = command(_answers, "write the lessons with every exercise answered")
    _add_lessons(answers)
    answers.add_argument("--output", type=Path, default=Path("answers"), help="folder for them")

    release = command(_release, "write the lessons as source notebooks for nbgrader")
    _add_lessons(release)
    words = "folder of the course"
    release.add_argument("--nbgrader", type=Path, required=True, metavar="FOLDER", help=words)

    _add_lessons(command(_refresh, "execute lessons again and store their outputs"))
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


def _lab(options: argparse.Namespace) -> int:
    """Bring the learner's folder up to date and open JupyterLab on it."""
    from tutorial.copies import store_progress, update_copies

    learners = options.folder or project_folder() / "my-lessons"
    done = update_copies([start_page(), *find_lessons()], learners)
    store_progress(learners / start_page().name)
    print(f"Your lessons are in {learners}: {len(done['new'])} new, {len(done['updated'])} updated")
    for name in done["kept"]:
        print(f"{name}: you changed it, so it stays; rename it to get the newer version as well")
    sys.stdout.flush()
    if options.no_open:
        return 0
    from jupyterlab.labapp import LabApp

    from tutorial.pools import is_shared

    if is_shared():  # else learners who train at once would bring each other to a standstill
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        print(f"This machine is shared: {os.environ['OMP_NUM_THREADS']} thread for each kernel")
    ours = Path(__file__).parent / "jupyterlab"
    settings = [
        f"--notebook-dir={learners}",
        f"--LabApp.default_url=/lab/tree/{start_page().name}",
        f"--LabApp.app_settings_dir={ours}",  # overrides.json: no news, whole file names
        "--LabApp.custom_css=True",
        f"--ServerApp.static_custom_path={ours}",
    ]
    LabApp.launch_instance([*settings, *options.jupyter])
    return 0


def _run(options: argparse.Namespace) -> int:
    from tutorial.pools import process_pool
    from tutorial.report import print_table
    from tutorial.sweep import check_places, execute_all, plan, results_folder, upload

    lessons = find_lessons(options.lessons)
    check_places(lessons, options.output)
    runs, environment = plan(lessons, options.parameters)
    settings = {"environment": environment, "timeout": options.timeout, "force": options.force}
    url = options.output if "://" in options.output else None

    def ended(result: "Result", number: int) -> None:
        if url:
            upload(result, url)
        _say(result, number, len(runs))

    with (
        TemporaryDirectory() as scratch,
        results_folder(Path(scratch if url else options.output), alone=False) as folder,
    ):
        results = execute_all(runs, folder, partial(process_pool, 1), ended, **settings)
    print_table(
        [
            {
                "lesson": result.run.name,
                "status": result.status,
                "seconds": round(result.seconds, 1),
                "data": result.metrics.get("data_source", "–"),
            }
            for result in results
        ]
    )
    return _verdict(results)


def _sweep(options: argparse.Namespace) -> int:
    from tutorial.pools import dask_cluster, process_pool, shared_threads
    from tutorial.report import print_table
    from tutorial.sweep import columns, execute_all, gather, plan, results_folder

    lessons = find_lessons([options.lesson])
    runs, environment = plan(lessons, options.parameters, options.seeds, "{lesson}-{key}")
    if options.scheduler is None:
        jobs = min(options.jobs, len(runs))
        workers, environment = partial(process_pool, jobs), environment | shared_threads(jobs)
    else:
        workers = partial(dask_cluster, options.scheduler)
    settings = {"environment": environment, "timeout": options.timeout, "force": options.force}
    with results_folder(options.output, alone=True) as folder:
        ended = partial(_say, total=len(runs))
        results = execute_all(runs, folder, workers, ended, **settings)
        print_table(
            [
                columns(result) | {"seconds": round(result.seconds, 1), "status": result.status}
                for result in results
            ]
        )
        print(f"\n{gather(results, options.metric, folder)}")
    return _verdict(results)


def _say(result: "Result", number: int, total: int) -> None:
    from tutorial.sweep import columns

    words = " ".join([result.run.name, *(f"{n}={v}" for n, v in columns(result).items())])
    line = f"[{number}/{total}] {result.status:6} {result.seconds:6.1f} s  {words}"
    if result.status == "failed":
        line += f": {result.error}; see {result.notebook}"
    print(line, flush=True, file=sys.stderr if result.status == "failed" else sys.stdout)


def _verdict(results: list["Result"]) -> int:
    failed = sum(result.status == "failed" for result in results)
    if failed:
        words = f"{failed} of {len(results)} runs failed; the same command tries them again"
        print(f"tutorial: {words}", file=sys.stderr)
    return int(failed > 0)


def _grade(options: argparse.Namespace) -> int:
    from tutorial.grade import MARKS, Graded, grade
    from tutorial.report import plain, print_table

    def told(result: Graded, number: int, total: int) -> None:
        status = "failed" if result.failed else "kept" if result.kept else "graded"
        words = f"{plain(result.name)} {result.lesson}"
        print(f"[{number}/{total}] {status:6} {result.seconds:6.1f} s  {words}", flush=True)

    settings = {"jobs": options.jobs, "seconds": options.timeout, "force": options.force}
    results = grade(options.folder, options.output, told, **settings)
    print_table(
        [
            {
                "name": plain(result.name),
                "lesson": result.lesson[:2],
                "exercises": "".join(MARKS[mark] for mark in result.marks.values()),
                "total": result.total,
                "remarks": plain("; ".join(result.remarks)),
            }
            for result in results
        ]
    )
    print("\n✓ correct  ✗ wrong  ☐ not answered  ? look at it: not counted  – missing")
    print(f"The marks are in {options.output / 'marks.csv'}, feedback beside them.")
    if failed := sum(result.failed for result in results):
        print(f"tutorial: {failed} of {len(results)} files cannot be read", file=sys.stderr)
    return int(failed > 0)


def _data(options: argparse.Namespace) -> int:
    from tutorial.parameters import prepare_images

    prepare_images(options.source)
    return 0


def _answers(options: argparse.Namespace) -> int:
    from tutorial.answers import write_answers

    count = write_answers(find_lessons(options.lessons), options.output)
    print(f"{count} lessons with every exercise answered in {options.output}")
    return 0


def _release(options: argparse.Namespace) -> int:
    from tutorial.release import write_release

    count = write_release(find_lessons(options.lessons), options.nbgrader)
    print(f"{count} source notebooks for nbgrader in {options.nbgrader / 'source'}")
    return 0


def _refresh(options: argparse.Namespace) -> int:
    from tutorial.parameters import prepare_for
    from tutorial.refresh import refresh

    lessons = find_lessons(options.lessons)
    prepare_for({lesson: {} for lesson in lessons})
    if not options.lessons:
        lessons.append(start_page())  # it reads the others
    changed = refresh(lessons)
    print("changed: " + (", ".join(changed) if changed else "nothing"))
    return 0
