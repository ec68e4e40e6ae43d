"""How the exercises of a folder of lessons stand, read from the saved notebooks."""

import re
from pathlib import Path

from IPython.display import display

from helpers.exercises import CHECK, VERDICTS
from helpers.lesson import EXERCISE_MIME


def read_progress(folder: Path) -> list[tuple[Path, str, list[str]]]:
    """Read from saved notebooks how their exercises stand.

    Parameters
    ----------
    folder : pathlib.Path
        A folder of lessons; other notebooks in it, and broken ones, are left out.

    Returns
    -------
    list of (pathlib.Path, str, list of str)
        Each lesson, its title, and a mark for each of its exercises: ``✓`` answered, ``✗``
        wrong, ``☐`` not answered yet.
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
            progress.append((path, title[1], marks))
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

    Parameters
    ----------
    folder : str or pathlib.Path
        Default: the working directory, which in JupyterLab is the notebook's folder.
    """
    display(as_output(Path(folder)), raw=True)


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
    lines = ["| lesson | exercises | answered |", "| --- | --- | --- |"]
    for path, title, marks in progress:
        count = marks.count("✓")
        lines.append(f"| [{title}]({path.name}) | {' '.join(marks)} | {count} of {len(marks)} |")
    left = [f"[{title}]({path.name})" for path, title, marks in progress if set(marks) != {"✓"}]
    if left:
        lines += ["", f"Go on with {left[0]}."]
    elif progress:
        lines += ["", "Every exercise is answered. Well done!"]
    table = "\n".join(lines)
    return {"text/markdown": table, "text/plain": table}
