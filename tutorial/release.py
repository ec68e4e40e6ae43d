"""Lessons as source notebooks for nbgrader: answers to clear, and hidden tests with points."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbformat.v4 import new_code_cell

from tutorial.answers import write_made
from tutorial.notebooks import NotebookNode, read, without_outputs

# The hidden test loads the checker anew: an answer may have put another one in its place.
TEST = """### BEGIN HIDDEN TESTS
import importlib

import helpers.exercises, helpers.questions.tools, helpers.questions.{module}

for module in (helpers.exercises, helpers.questions.tools, helpers.questions.{module}):
    importlib.reload(module)
note = helpers.questions.{module}.{name}.check({answer})
assert note.status == "correct", note.text
### END HIDDEN TESTS"""
MARK = "nbgrader_source"  # in the metadata of what is written here, and may be written over
CONFIG = """# Written by tutorial release: what nbgrader must know of these lessons.
c = get_config()
c.ClearSolutions.code_stub = {"python": ""}  # the cell holds what the lesson gives already
c.ExecutePreprocessor.timeout = 600  # seconds for a cell; some lessons train a network
"""


def write_release(lessons: Sequence[Path], folder: Path) -> int:
    """Write source notebooks into a course of nbgrader.

    Parameters
    ----------
    lessons : sequence of pathlib.Path
    folder : pathlib.Path
        Of the course, made if need be. A notebook goes to ``source/NAME/NAME.ipynb``; a
        ``nbgrader_config.py`` that is there stays.

    Returns
    -------
    int
        How many notebooks were written.

    Raises
    ------
    UsageError
        If another notebook is in the way: nothing is written.
    TutorialError
        If the folder cannot be written.
    """
    made = {
        folder / "source" / lesson.stem / lesson.name: source_notebook(read(lesson))
        for lesson in lessons
    }
    count = write_made(made, folder, MARK)
    config = folder / "nbgrader_config.py"
    if not config.exists():
        config.write_text(CONFIG, encoding="utf-8")
    return count


def source_notebook(lesson: NotebookNode) -> NotebookNode:
    """Give a lesson the metadata that nbgrader reads.

    Parameters
    ----------
    lesson : nbformat.NotebookNode
        As read; it is left as it is.

    Returns
    -------
    nbformat.NotebookNode
        The cell of an exercise holds the lesson's code and a solution between marks; after it comes
        a locked cell with a hidden test, of one point. Imports and parameters are locked.
    """
    import importlib

    from helpers.exercises import CHECK, QUESTIONS

    source = without_outputs(lesson)
    cells, questions = [], None
    for cell in source.cells:
        cells.append(cell)
        if cell.cell_type != "code":
            continue
        if found := QUESTIONS.search(cell.source):
            questions = importlib.import_module(f"helpers.questions.{found[1]}")
        if found or "parameters" in cell.metadata.get("tags", ()):
            cell.metadata["nbgrader"] = _about(cell.id, locked=True)
        if questions and (asked := CHECK.search(cell.source)):
            name, given = asked["name"], cell.source[: asked.start()].strip()
            code = vars(questions)[name].code
            marked = f"### BEGIN SOLUTION\n{code}\n### END SOLUTION"
            cell.source = f"{given}\n\n\n{marked}\n\n{cell.source[asked.start() :]}"
            cell.metadata["nbgrader"] = _about(name, solution=True)
            module = questions.__name__.rpartition(".")[2]
            test = TEST.format(module=module, name=name, answer=asked["answer"])
            about = _about(f"test_{name}", grade=True, locked=True, points=1)
            more = new_code_cell(test, id=f"test-{cell.id}", metadata={"nbgrader": about})
            cells.append(more)
    source.cells = cells
    return source


def _about(grade_id: str, **more: Any) -> dict[str, Any]:
    """Return the metadata of a cell, in the scheme that nbgrader calls version 3."""
    what = {"grade": False, "solution": False, "locked": False, "task": False} | more
    return {"schema_version": 3, "grade_id": grade_id, "cell_type": "code"} | what
