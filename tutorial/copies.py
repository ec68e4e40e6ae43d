"""A learner's folder: lessons and the pages they link to, up to date, nobody's work touched."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from tutorial.errors import TutorialError
from tutorial.notebooks import (
    NotebookNode,
    read,
    read_if_whole,
    whole_file,
    without_outputs,
    write,
)

PAGE = re.compile(r"\]\((\.\./(docs/\w+\.md))[)#]")  # a link from a lesson to a page of the project
COPIED = "<!-- A copy that follows the original: what you write here will be lost. -->\n\n"


def update_copies(lessons: Sequence[Path], folder: Path) -> dict[str, list[str]]:
    """Copy lessons, and the pages they link to, and never write over what a learner changed.

    A copy remembers in its metadata what it was copied from. One whose cells are still those
    follows the lesson when that changes, and keeps the outputs, attachments and tags of the cells
    that stay the same; one with other cells is the learner's own.

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

    Raises
    ------
    TutorialError
        If the folder cannot be written.
    """
    done: dict[str, list[str]] = {"new": [], "updated": [], "kept": []}
    for lesson in lessons:
        fresh = without_outputs(read(lesson))  # predict, then run
        fresh.metadata["copied_from"] = digest(fresh)
        copy = folder / lesson.name
        try:
            what = _needed(copy, fresh)
            if what == "updated":
                _carry_over(read(copy), fresh)
            if what in ("new", "updated"):
                write(fresh, copy)
            _copy_pages(lesson, folder)
        except OSError as error:
            raise TutorialError(
                f"cannot write {copy} ({error.strerror}): make room, or name another --folder"
            ) from None
        if what:
            done[what].append(lesson.stem)
    return done


def _copy_pages(lesson: Path, folder: Path) -> None:
    """Put the pages that a lesson links to where its links lead from a learner's folder.

    JupyterLab knows nothing above its own folder, and takes ``../docs`` for ``docs``.
    """
    for link, place in sorted(set(PAGE.findall(lesson.read_text(encoding="utf-8")))):
        page, copy = lesson.parent / link, folder / place
        if not page.exists():
            continue
        fresh = COPIED + page.read_text(encoding="utf-8").replace("](../notebooks/", "](../")
        there = copy.read_text(encoding="utf-8") if copy.exists() else COPIED
        if there.startswith(COPIED) and there != fresh:
            copy.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(copy) as part:
                part.write_text(fresh, encoding="utf-8", newline="\n")


def _needed(copy: Path, fresh: NotebookNode) -> str:
    """Say what is to be done with a copy: nothing ("") if it is of this version."""
    if copy.is_symlink():  # what it leads to belongs elsewhere
        return "kept"
    if not copy.exists():
        return "new"
    own = read_if_whole(copy)
    if own is None:  # whatever it is now, it is the learner's
        return "kept"
    copied_from = own.metadata.get("copied_from")
    if fresh.metadata["copied_from"] in (copied_from, digest(own)):
        return ""
    return "updated" if copied_from == digest(own) else "kept"


def _carry_over(own: NotebookNode, fresh: NotebookNode) -> None:
    """Give the cells that stay the same what the learner has in them: outputs, pictures, tags."""
    for cell in fresh.cells:
        same = [
            old for old in own.cells if (old.cell_type, old.source) == (cell.cell_type, cell.source)
        ]
        old = next((old for old in same if old.id == cell.id), same[0] if same else None)
        if old is not None:
            for name in ("outputs", "execution_count", "attachments"):
                if name in old:
                    cell[name] = old[name]
            cell.metadata = old.metadata | cell.metadata
            if tags := [*old.metadata.get("tags", ()), *cell.metadata.get("tags", ())]:
                cell.metadata["tags"] = list(dict.fromkeys(tags))


def digest(notebook: NotebookNode) -> str:
    """Return a checksum (str) of a notebook's cells, without what they printed."""
    words = repr([(cell.cell_type, cell.source) for cell in notebook.cells])
    return hashlib.sha256(words.encode()).hexdigest()


def store_progress(page: Path) -> None:
    """Write the table of progress into a start page, as if its cell had run.

    The cell remembers of which lessons its table is: as long as none was saved since, nothing is
    read, and PyTorch, which takes seconds, is not loaded.

    Parameters
    ----------
    page : pathlib.Path
        A notebook with a cell that ends with ``show_progress()``; one without, and a link to
        another place, stay as they are.

    Raises
    ------
    TutorialError
        If the page cannot be written; it is then as it was.
    """
    notebook = None if page.is_symlink() else read_if_whole(page)
    if notebook is None:
        return
    saved = {path.name: path.stat().st_mtime_ns for path in page.parent.glob("[0-9]*.ipynb")}
    saved.pop(page.name)
    for cell in notebook.cells:
        if cell.cell_type != "code" or not cell.source.endswith("show_progress()"):
            continue
        if cell.outputs and cell.metadata.get("progress_of") == saved:
            continue
        from nbformat.v4 import new_output

        from helpers.progress import as_output

        cell.outputs = [new_output("display_data", as_output(page.parent))]
        cell.metadata["progress_of"] = saved
        try:
            write(notebook, page)
        except OSError as error:
            raise TutorialError(f"cannot write {page} ({error.strerror}): make room") from None
