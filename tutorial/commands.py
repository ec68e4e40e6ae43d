"""What each command does, from its options to its exit code: 0 all well, 1 something failed."""

import os
import sys
from argparse import Namespace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tutorial.project import find_lessons, find_topics, project_folder, start_page

if TYPE_CHECKING:
    from tutorial.execute import Result


def lab(options: Namespace) -> int:
    """Bring the learner's folder up to date and open JupyterLab on it."""
    from tutorial.copies import store_progress, update_copies

    learners = options.folder or project_folder() / "my-lessons"
    done = update_copies([start_page(), *find_lessons(), *find_topics()], learners)
    store_progress(learners / start_page().name)
    print(f"Your lessons are in {learners}: {len(done['new'])} new, {len(done['updated'])} updated")
    for name in done["kept"]:
        print(f"{name}: you changed it, so it stays; rename it to get the newer version as well")
    sys.stdout.flush()
    if options.no_open:
        return 0
    from jupyter_server.serverapp import ServerApp
    from jupyterlab.labapp import LabApp
    from traitlets import List

    from tutorial.pools import is_shared

    if is_shared():  # else learners who train at once would bring each other to a standstill
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        print(f"This machine is shared: {os.environ['OMP_NUM_THREADS']} thread for each kernel")
    ours = Path(__file__).parent / "jupyterlab"

    class Server(ServerApp):
        """Jupyter's server with our style sheet; no option can tell it where that is."""

        static_custom_path = List([str(ours)])

    LabApp.serverapp_class = Server
    settings = [
        f"--notebook-dir={learners}",
        f"--LabApp.default_url=/lab/tree/{start_page().name}",
        f"--LabApp.app_settings_dir={ours}",  # overrides.json: no news, whole file names
        "--LabApp.custom_css=True",
    ]
    LabApp.launch_instance([*settings, *options.jupyter])
    return 0


def run(options: Namespace) -> int:
    """Execute lessons, one after the other, and print how it went."""
    from tutorial.pools import process_pool, shared_threads
    from tutorial.report import print_table
    from tutorial.status import StatusLine
    from tutorial.sweep import check_places, execute_all, plan, results_folder, upload

    lessons = find_lessons(options.lessons)
    check_places(lessons, options.output)
    runs, environment = plan(lessons, options.parameters)
    environment |= shared_threads(1)
    settings = {"environment": environment, "timeout": options.timeout, "force": options.force}
    url = options.output if "://" in options.output else None

    with (
        TemporaryDirectory() as scratch,
        results_folder(Path(scratch if url else options.output), alone=False) as folder,
        StatusLine(runs, folder) as line,
    ):

        def ended(result: "Result", number: int) -> None:
            if url:
                upload(result, url)
            with line.ended(result):
                _say(result, number, len(runs))

        settings["progress"] = line.folder
        results = execute_all(runs, folder, partial(process_pool, 1), ended, **settings)
    print_table(
        [
            {
                "lesson": result.run.name,
                "status": result.status,
                "seconds": round(result.seconds, 1),
                "data": result.recorded.get("data_source", "–"),
            }
            for result in results
        ]
    )
    return _verdict(results)


def sweep(options: Namespace) -> int:
    """Execute a lesson with a grid of parameters; print, store and draw what came of it."""
    from tutorial.pools import dask_cluster, process_pool, shared_threads
    from tutorial.report import print_table
    from tutorial.status import StatusLine
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
        with StatusLine(runs, folder) as line:

            def ended(result: "Result", number: int) -> None:
                with line.ended(result):
                    _say(result, number, len(runs))

            settings["progress"] = line.folder
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


def grade(options: Namespace) -> int:
    """Grade a folder of submissions and print the marks."""
    from tutorial.grade import grade
    from tutorial.marks import MARKS, Graded
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


def data(options: Namespace) -> int:
    """Prepare the images."""
    from tutorial.parameters import prepare_images

    prepare_images(options.source)
    return 0


def answers(options: Namespace) -> int:
    """Write the lessons with every exercise answered."""
    from tutorial.answers import MARK, teachers_edition, write_made
    from tutorial.notebooks import read

    lessons, folder = find_lessons(options.lessons), options.output
    made = {folder / lesson.name: teachers_edition(read(lesson)) for lesson in lessons}
    count = write_made(made, folder, MARK)
    print(f"{count} lessons with every exercise answered in {options.output}")
    return 0


def release(options: Namespace) -> int:
    """Write the lessons as source notebooks for nbgrader."""
    from tutorial.release import write_release

    count = write_release(find_lessons(options.lessons), options.nbgrader)
    print(f"{count} source notebooks for nbgrader in {options.nbgrader / 'source'}")
    return 0


def refresh(options: Namespace) -> int:
    """Execute lessons again and store the outputs that changed."""
    from tutorial.parameters import prepare_for
    from tutorial.refresh import refresh

    lessons = find_lessons(options.lessons)
    if not options.lessons:
        lessons += find_topics()
    prepare_for({lesson: {} for lesson in lessons})
    if not options.lessons:
        lessons.append(start_page())  # it reads the others
    changed = refresh(lessons)
    print("changed: " + (", ".join(changed) if changed else "nothing"))
    return 0
