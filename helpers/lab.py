"""A learner's folder: the lessons copied and kept up to date, and progress in exercises."""

import hashlib
import re
from pathlib import Path

ASKED = re.compile(r"^questions\.(\w+)\.check\(", re.MULTILINE)
SAID = re.compile(r"([✓✗☐]) \*\*(\w+)\*\*")


def update_copies(lessons, folder):
    """Copy lessons into a learner's folder, and never write over what a learner changed.

    A copy remembers in its metadata what it was copied from. One whose cells are still those is
    replaced when the lesson has changed; one with other cells is the learner's own.

    Parameters
    ----------
    lessons : sequence of pathlib.Path
        The lessons as they are now.
    folder : pathlib.Path
        The learner's folder; it is made if it is not there.

    Returns
    -------
    dict of str to list of str
        The names of the lessons that are ``"new"`` here, that were ``"updated"``, and that were
        ``"kept"`` because the learner changed them, though there is a newer version.
    """
    import nbformat

    from helpers.authoring import without_outputs

    folder.mkdir(parents=True, exist_ok=True)
    done = {"new": [], "updated": [], "kept": []}
    for lesson in lessons:
        fresh = without_outputs(nbformat.read(lesson, as_version=4))  # predict, then run
        fresh.metadata["copied_from"] = digest(fresh)
        copy = folder / lesson.name
        what = _needed(copy, fresh)
        if what in ("new", "updated"):
            nbformat.write(fresh, copy)
        if what:
            done[what].append(lesson.stem)
    return done


def _needed(copy, fresh):
    """Say what is to be done with a copy: nothing ("") if it is of this version."""
    if not copy.exists():
        return "new"
    own = _read(copy)
    if own is None:  # whatever it is now, it is the learner's
        return "kept"
    copied_from = own.metadata.get("copied_from")
    if fresh.metadata["copied_from"] in (copied_from, digest(own)):
        return ""
    return "updated" if copied_from == digest(own) else "kept"


def _read(path):
    """Read a notebook; return None if it is none any more."""
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except Exception:  # nbformat lets through whatever its parts raise
        return None


def digest(notebook):
    """Return a checksum (str) of a notebook's cells, without what they printed."""
    words = repr([(cell.cell_type, cell.source) for cell in notebook.cells])
    return hashlib.sha256(words.encode()).hexdigest()


def read_progress(folder):
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
    progress = []
    for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")):
        notebook = _read(path)
        marks = _marks(notebook) if notebook else []
        title = re.match(r"# (.*)", notebook.cells[0].source) if marks else None
        if title:
            progress.append((path, title[1], marks))
    return progress


def _marks(notebook):
    """Read what the last check of each exercise said; one that never ran is not answered yet."""
    said = {}
    for cell in notebook.cells:
        said |= {name: "☐" for name in ASKED.findall(cell.source) if name not in said}
        for output in cell.get("outputs", ()):
            if found := SAID.match(output.get("data", {}).get("text/plain", "")):
                said[found[2]] = found[1]
    return list(said.values())


def show_progress(folder="."):
    """Display a table of the lessons in a folder: how their exercises stand, and where to go on.

    Parameters
    ----------
    folder : str or pathlib.Path
        Default: the working directory, which in JupyterLab is the notebook's folder.
    """
    from IPython.display import display

    display(_as_output(Path(folder)), raw=True)


def store_progress(page):
    """Write the table into a start page, as if its cell had run: it is there when the page opens.

    Parameters
    ----------
    page : pathlib.Path
        A notebook with a cell that ends with ``show_progress()``; one without stays as it is.
    """
    import nbformat

    notebook = _read(page)
    for cell in notebook.cells if notebook else ():
        if cell.cell_type == "code" and cell.source.endswith("show_progress()"):
            cell.outputs = [nbformat.v4.new_output("display_data", _as_output(page.parent))]
            nbformat.write(notebook, page)


def _as_output(folder):
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
