"""The ``tutorial`` command: lab · run · data · refresh."""

import argparse
import os
import shutil
import sys
from pathlib import Path

from helpers.project import UsageError, find_lessons, lessons_folder


def main(arguments=None):
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
    options = _parser().parse_args(arguments)
    named = os.environ.get("CIFAR10_SOURCE", "")
    if named not in ("", "drawn"):  # kernels work in another folder than this command
        os.environ["CIFAR10_SOURCE"] = os.path.abspath(named)
    try:
        return options.command(options)
    except UsageError as error:
        print(f"tutorial: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ntutorial: stopped; the same command goes on where it was", file=sys.stderr)
        return 1


def _parser():
    parser = argparse.ArgumentParser(
        prog="tutorial", description="Learn PyTorch in executable notebooks."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    lab = commands.add_parser("lab", help="copy the lessons to my-lessons/ and open JupyterLab")
    lab.add_argument("--no-open", action="store_true", help="copy only")
    lab.set_defaults(command=_lab)

    run = commands.add_parser("run", help="execute lessons with papermill")
    run.add_argument("lessons", nargs="*", metavar="LESSON", help="number, name or file; all")
    run.add_argument("--output", type=Path, default=Path("results"), help="folder for the results")
    run.add_argument(
        "-p",
        dest="parameters",
        nargs=2,
        metavar=("NAME", "VALUE"),
        action="append",
        default=[],
        help="a parameter, for the lessons that declare it; may be repeated",
    )
    run.add_argument("--force", action="store_true", help="execute again what is already there")
    run.set_defaults(command=_run)

    data = commands.add_parser("data", help="prepare CIFAR-10 and say what was found")
    data.add_argument("--source", default="", help="archive or folder to read, or 'drawn'")
    data.set_defaults(command=_data)

    refresh = commands.add_parser("refresh", help="execute lessons again and store their outputs")
    refresh.add_argument("lessons", nargs="*", metavar="LESSON", help="number, name or file; all")
    refresh.set_defaults(command=_refresh)
    return parser


def _lab(options):
    """Copy what is not there yet; a learner's own file is never written over."""
    learners = lessons_folder().parent / "my-lessons"
    learners.mkdir(exist_ok=True)
    new = [lesson for lesson in find_lessons() if not (learners / lesson.name).exists()]
    for lesson in new:
        shutil.copy(lesson, learners / lesson.name)
    print(f"{len(new)} new lessons in {learners}; what was there is left as it was", flush=True)
    if options.no_open:
        return 0
    import subprocess

    return subprocess.call([sys.executable, "-m", "jupyterlab", f"--notebook-dir={learners}"])


def _run(options):
    from helpers.batch import execute, read_parameters

    lessons = find_lessons(options.lessons)
    parameters = read_parameters(lessons, options.parameters)
    data = _prepare_for(lessons, parameters)
    results = []
    for lesson in lessons:
        print(f"{lesson.stem} …", file=sys.stderr, flush=True)
        result = execute(
            lesson,
            options.output,
            parameters[lesson],
            data=data,
            force=options.force,
            progress=sys.stderr.isatty(),
        )
        results.append(result)
    _print_table(results)
    failed = [result for result in results if result.status == "failed"]
    for result in failed:
        print(f"tutorial: {result.lesson} failed in {result.error}", file=sys.stderr)
        print(f"          see {result.notebook}", file=sys.stderr)
    return 1 if failed else 0


def _prepare_for(lessons, parameters):
    """Decode the images once, before any lesson needs them, and say which ones they are."""
    from helpers.batch import declared_parameters

    takers = [lesson for lesson in lessons if "data_source" in declared_parameters(lesson)]
    if not takers:
        return ""
    chosen = parameters[takers[0]].get("data_source", "")
    if chosen not in ("", "drawn"):
        chosen = os.path.abspath(chosen)
        for lesson in takers:
            parameters[lesson]["data_source"] = chosen
    source = _prepare(chosen)
    if not source.is_cifar10:
        # The lessons must not each wait for a download that has failed already.
        os.environ["CIFAR10_SOURCE"] = chosen or "drawn"
    return str(source)


def _prepare(chosen):
    from helpers.data import DataError, prepare

    path = chosen or os.environ.get("CIFAR10_SOURCE", "")
    if path and path != "drawn" and not Path(path).exists():
        raise UsageError(f"no file or folder '{path}': name CIFAR-10's archive, or 'drawn'")
    try:
        source = prepare(chosen or None)
    except DataError as error:
        raise SystemExit(f"tutorial: {error}") from None
    print(f"Data: {source}", flush=True)
    return source


def _data(options):
    _prepare(options.source)
    return 0


def _print_table(results):
    width = max(len(result.lesson) for result in results)
    print(f"\n{'lesson':{width}}  status  seconds  data")
    for result in results:
        data = result.metrics.get("data_source", "–")
        print(f"{result.lesson:{width}}  {result.status:6}  {result.seconds:7.1f}  {data}")


def _refresh(options):
    from nbclient.exceptions import CellExecutionError

    from helpers.authoring import refresh

    try:
        changed = refresh(find_lessons(options.lessons))
    except CellExecutionError as error:
        print(f"tutorial: nothing stored, a cell failed:\n{error}", file=sys.stderr)
        return 1
    print("changed: " + (", ".join(changed) if changed else "nothing"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
