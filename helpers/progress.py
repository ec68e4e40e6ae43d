"""How the exercises of a folder of lessons stand, read from the saved notebooks."""

import html
import re
import threading
import time
from pathlib import Path

from IPython.display import DisplayHandle

from helpers.exercises import CHECK, VERDICTS
from helpers.lesson import EXERCISE_MIME

LOOK_EVERY = 2.0  # seconds
BUTTON = "background-color: #0b5cad; color: white; padding: 10px 18px; border-radius: 4px"
BUTTON += "; font-weight: bold; text-decoration: none"


def read_progress(folder: Path) -> list[tuple[Path, str, str, list[str]]]:
    """Read from saved notebooks how their exercises stand.

    Parameters
    ----------
    folder : pathlib.Path
        A folder of lessons; other notebooks in it, and broken ones, are left out.

    Returns
    -------
    list of (pathlib.Path, str, str, list of str)
        Each lesson, its title, how many minutes it says it takes to read, and a mark for each of
        its exercises: ``✓`` answered, ``✗`` wrong, ``☐`` not answered yet.
    """
    import nbformat

    progress = []
    for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")):
        try:
            cells = nbformat.read(path, as_version=4).cells
        except Exception:  # nbformat lets through whatever its parts raise
            continue
        marks = _marks(cells)
        title = re.match(r"# (.*)", cells[0].source) if marks else None
        if title:
            minutes = re.search(r"\| (\d+) to read", cells[0].source)
            progress.append((path, title[1], minutes[1] if minutes else "", marks))
    return progress


def _marks(cells: list) -> list[str]:
    """Read what the last check of each exercise said; one that never ran is not answered yet."""
    said: dict[str, str] = {}
    for cell in cells:
        for asked in CHECK.finditer(cell.source):
            said.setdefault(asked["name"], "☐")
        for output in cell.get("outputs", ()):
            if found := output.get("data", {}).get(EXERCISE_MIME):
                said[found["exercise"]] = VERDICTS[found["status"]][0]
    return list(said.values())


def show_progress(folder: str | Path = ".") -> None:
    """Display a table of the lessons in a folder: how their exercises stand, and where to go on.

    As long as the kernel runs, the table follows the lessons as they are saved.

    Parameters
    ----------
    folder : str or pathlib.Path
        Default: the working directory, which in JupyterLab is the notebook's folder.
    """
    folder = Path(folder).resolve()
    table = as_output(folder)
    handle = DisplayHandle()
    handle.display(table, raw=True)
    threading.Thread(target=_follow, args=(folder, table, handle), daemon=True).start()


def _follow(folder: Path, shown: dict[str, str], handle: DisplayHandle) -> None:
    """Put a new table in the old one's place whenever a saved lesson changed it."""
    saved: list[tuple[str, int]] = []
    while True:
        time.sleep(LOOK_EVERY)
        found = [(path.name, path.stat().st_mtime_ns) for path in sorted(folder.glob("*.ipynb"))]
        if found != saved:
            saved, table = found, as_output(folder)
            if table != shown:
                shown = table
                handle.update(table, raw=True)


def as_output(folder: Path) -> dict[str, str]:
    """Make the table that :func:`show_progress` displays.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    dict of str to str
        The content of an output, for each MIME type.
    """
    progress = read_progress(folder)
    total = sum(len(marks) for *_, marks in progress)
    answered = sum(marks.count("✓") for *_, marks in progress)
    lines = []
    left = [(title, path) for path, title, _, marks in progress if set(marks) != {"✓"}]
    if left:
        title, path = left[0]
        words = f"{'Go on' if answered else 'Begin'} with {title}"
        button = f'<a class="go-on" href="{path.name}" style="{BUTTON}">{html.escape(words)}</a>'
        lines += [f"{button} &nbsp; {answered} of {total} exercises answered.", ""]
    elif progress:
        lines += ["Every exercise is answered. Well done!", ""]
    lines += ["| lesson | minutes to read | exercises | answered |", "| --- | --- | --- | --- |"]
    for path, title, minutes, marks in progress:
        count = f"{marks.count('✓')} of {len(marks)}"
        lines.append(f"| [{title}]({path.name}) | {minutes} | {' '.join(marks)} | {count} |")
    table = "\n".join(lines)
    return {"text/markdown": table, "text/plain": re.sub(r"<[^>]*>|&nbsp;", "", table)}
