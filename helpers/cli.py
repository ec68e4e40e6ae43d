"""The ``tutorial`` command: lab · run · sweep · data · answers · refresh."""

import argparse
import os
import sys
from pathlib import Path

from helpers.project import (
    UsageError,
    find_lessons,
    lessons_folder,
    skip_slow_import,
    start_page,
)


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
    skip_slow_import()
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
    lab.add_argument("--folder", type=Path, help="where they go; my-lessons/ of the project")
    lab.add_argument("--no-open", action="store_true", help="copy only")
    lab.add_argument("jupyter", nargs="*", help="options for JupyterLab, behind '--'")
    lab.set_defaults(command=_lab)

    run = commands.add_parser("run", help="execute lessons with papermill")
    run.add_argument("lessons", nargs="*", metavar="LESSON", help="number, name or file; all")
    run.add_argument("--output", default="results", help="folder for the results, or s3://…")
    run.add_argument(
        "-p",
        dest="parameters",
        nargs=2,
        metavar=("NAME", "VALUE"),
        action="append",
        default=[],
        help="a parameter, for the lessons that declare it; may be repeated",
    )
    _add_execution(run)
    run.set_defaults(command=_run)

    sweep = commands.add_parser("sweep", help="execute one lesson with a grid of parameters")
    sweep.add_argument("lesson", metavar="LESSON", help="number, name or file")
    sweep.add_argument("--output", type=Path, default=Path("results/sweep"), help="folder")
    sweep.add_argument(
        "-p",
        dest="parameters",
        nargs="+",
        metavar="NAME VALUE",
        action="append",
        default=[],
        help="a parameter and its values; may be repeated, every combination is run",
    )
    sweep.add_argument("--seeds", type=int, metavar="N", help="run each with the seeds 0 … N-1")
    sweep.add_argument("--jobs", type=int, default=os.cpu_count(), help="runs at once; all cores")
    sweep.add_argument("--scheduler", help="run on a Dask cluster instead: tcp://host:8786")
    sweep.add_argument("--metric", help="what to draw; the first number the lesson records")
    _add_execution(sweep)
    sweep.set_defaults(command=_sweep)

    data = commands.add_parser("data", help="prepare CIFAR-10 and say what was found")
    data.add_argument("--source", default="", help="archive or folder to read, or 'drawn'")
    data.set_defaults(command=_data)

    answers = commands.add_parser("answers", help="write the lessons with every exercise answered")
    answers.add_argument("lessons", nargs="*", metavar="LESSON", help="number, name or file; all")
    answers.add_argument("--output", type=Path, default=Path("answers"), help="folder for them")
    answers.set_defaults(command=_answers)

    refresh = commands.add_parser("refresh", help="execute lessons again and store their outputs")
    refresh.add_argument("lessons", nargs="*", metavar="LESSON", help="number, name or file; all")
    refresh.set_defaults(command=_refresh)
    return parser


def _add_execution(command):
    command.add_argument("--force", action="store_true", help="execute again what is there")
    command.add_argument(
        "--timeout", type=float, metavar="SECONDS", help="limit for each cell; none"
    )


def _lab(options):
    """Bring the learner's folder up to date and open JupyterLab on it."""
    from helpers.lab import store_progress, update_copies

    learners = options.folder or lessons_folder().parent / "my-lessons"
    done = update_copies([start_page(), *find_lessons()], learners)
    store_progress(learners / start_page().name)
    print(f"Your lessons are in {learners}: {len(done['new'])} new, {len(done['updated'])} updated")
    for name in done["kept"]:
        print(f"{name}: you changed it, so it stays; rename it to get the newer version as well")
    sys.stdout.flush()
    if options.no_open:
        return 0
    from jupyterlab.labapp import LabApp

    first = f"--LabApp.default_url=/lab/tree/{start_page().name}"
    LabApp.launch_instance([f"--notebook-dir={learners}", first, *options.jupyter])
    return 0


def _run(options):
    from helpers.batch import execute, execute_to_url, read_parameters

    to_url = "://" in options.output
    output = options.output if to_url else Path(options.output)
    lessons = find_lessons(options.lessons)
    parameters = read_parameters(lessons, options.parameters)
    data = _prepare_for(lessons, parameters)
    results = []
    for lesson in lessons:
        print(f"{lesson.stem} …", file=sys.stderr, flush=True)
        result = (execute_to_url if to_url else execute)(
            lesson,
            output,
            parameters[lesson],
            data=data,
            timeout=options.timeout,
            force=options.force,
            progress=sys.stderr.isatty(),
        )
        results.append(result)
    _print_table(
        [
            {
                "lesson": result.lesson,
                "status": result.status,
                "seconds": round(result.seconds, 1),
                "data": result.metrics.get("data_source", "–"),
            }
            for result in results
        ]
    )
    failed = [result for result in results if result.status == "failed"]
    for result in failed:
        print(f"tutorial: {result.lesson} failed in {result.error}", file=sys.stderr)
        print(f"          see {result.notebook}", file=sys.stderr)
    return 1 if failed else 0


def _sweep(options):
    from functools import partial

    from helpers import sweep

    (lesson,) = find_lessons([options.lesson])
    values = _sweep_values(lesson, options)
    parameters = {lesson: {name: chosen[0] for name, chosen in values.items()}}
    data = _prepare_for([lesson], parameters)
    if "data_source" in values:
        values["data_source"] = [parameters[lesson]["data_source"]]
    runs = sweep.grid(values)
    if options.scheduler:
        make_executor = partial(sweep.dask_cluster, options.scheduler)
    else:
        make_executor = partial(sweep.process_pool, min(options.jobs, len(runs)))
    settings = {"data": data, "timeout": options.timeout, "force": options.force}
    output = options.output.resolve()
    with sweep.folder_lock(output):
        results = []
        for result in sweep.sweep(lesson, runs, output, make_executor, **settings):
            results.append(result)
            print(f"[{len(results)}/{len(runs)}] {_describe(result)}", flush=True)
        results.sort(key=lambda result: runs.index(result.parameters))
        try:
            sweep.write_table(results, output / "results.csv")
            if metric := options.metric or sweep.first_metric(results):
                sweep.draw_results(results, values, metric, output / "results.png")
        except OSError as error:
            print(f"tutorial: results.csv or .png cannot be written: {error}", file=sys.stderr)
            return 1
    columns = dict.fromkeys(name for result in results for name in _numbers(result))
    _print_table(
        [
            {name: _numbers(result).get(name, "–") for name in columns}
            | {"seconds": round(result.seconds, 1), "status": result.status}
            for result in results
        ]
    )
    print(f"\nThe table is {output / 'results.csv'}, the picture results.png beside it.")
    failed = sum(result.status == "failed" for result in results)
    if failed:
        print(
            f"tutorial: {failed} of {len(runs)} runs failed; their notebooks are there too, and "
            "the same command tries them again",
            file=sys.stderr,
        )
    return 1 if failed else 0


def _sweep_values(lesson, options):
    """Read the values of each parameter; wrong ones are refused before anything runs."""
    from helpers.batch import read_parameters

    if options.jobs < 1 or (options.seeds is not None and options.seeds < 1):
        raise UsageError("--jobs and --seeds need a number of at least 1")
    given = {}
    for name, *values in options.parameters:
        if not values or name in given:
            raise UsageError(f"'-p {name}' needs values, and stands once: -p {name} VALUE VALUE …")
        if name == "data_source" and len(values) > 1:
            raise UsageError("a sweep works on one data_source")
        given[name] = list(dict.fromkeys(values))
    if options.seeds:
        given["seed"] = [str(seed) for seed in range(options.seeds)]
    return {
        name: [read_parameters([lesson], [(name, value)])[lesson][name] for value in values]
        for name, values in given.items()
    }


def _describe(result):
    words = " ".join(f"{name}={value}" for name, value in _numbers(result).items())
    return f"{result.status:6} {result.seconds:6.1f} s  {words}  {result.error}".rstrip()


def _numbers(result):
    """Gather what a run was given and the figures of merit that it recorded, rounded."""
    recorded = {
        name: float(f"{value:.4g}")
        for name, value in result.metrics.items()
        if isinstance(value, float)
    }
    return result.parameters | recorded


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


def _print_table(rows):
    """Print rows of words and numbers (dicts with the same keys), aligned."""
    print()
    for row in [dict(zip(rows[0], rows[0], strict=True)), *rows]:
        cells = []
        for name, value in row.items():
            width = max(len(str(line[name])) for line in [{name: name}, *rows])
            number = isinstance(rows[0][name], int | float)
            cells.append(f"{value!s:>{width}}" if number else f"{value!s:{width}}")
        print("  ".join(cells).rstrip())


def _answers(options):
    import nbformat

    from helpers.authoring import teachers_edition

    lessons = find_lessons(options.lessons)
    options.output.mkdir(parents=True, exist_ok=True)
    for lesson in lessons:
        answered = teachers_edition(nbformat.read(lesson, as_version=4))
        nbformat.write(answered, options.output / lesson.name)
    print(f"{len(lessons)} lessons with every exercise answered in {options.output}")
    return 0


def _refresh(options):
    from nbclient.exceptions import CellExecutionError

    from helpers.authoring import refresh

    lessons = find_lessons(options.lessons)
    _prepare_for(lessons, {lesson: {} for lesson in lessons})
    if not options.lessons:
        lessons.append(start_page())  # it reads the others
    try:
        changed = refresh(lessons)
    except CellExecutionError as error:
        print(f"tutorial: nothing stored, a cell failed:\n{error}", file=sys.stderr)
        return 1
    print("changed: " + (", ".join(changed) if changed else "nothing"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
