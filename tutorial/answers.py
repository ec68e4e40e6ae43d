"""The teacher's edition: the lessons with every exercise answered."""

import importlib
from collections.abc import Mapping
from pathlib import Path

from tutorial.errors import TutorialError, UsageError
from tutorial.notebooks import NotebookNode, code_cells, read_if_whole, without_outputs, write

MARK = "teachers_edition"  # in the metadata of what is written here, and may be written over


def write_made(made: Mapping[Path, NotebookNode], folder: Path, mark: str) -> int:
    """Write notebooks, and over none but those that were written by this function.

    Parameters
    ----------
    made : mapping of pathlib.Path to nbformat.NotebookNode
    folder : pathlib.Path
        Which all of them go into.
    mark : str
        What stands in the metadata of a notebook that was written here.

    Returns
    -------
    int
        How many were written.

    Raises
    ------
    UsageError
        If another file is in the way of one: nothing is written.
    TutorialError
        If the folder cannot be written.
    """
    for path, notebook in made.items():
        notebook.metadata[mark] = True
        if path.exists() and mark not in getattr(read_if_whole(path), "metadata", {}):
            raise UsageError(f"{path} is somebody's work and stays as it is: use another folder")
    try:
        for path, notebook in made.items():
            write(notebook, path)
    except OSError as error:
        words = f"cannot write into {folder} ({error.strerror}): use another folder"
        raise TutorialError(words) from None
    return len(made)


def teachers_edition(lesson: NotebookNode) -> NotebookNode:
    """Fill in the answer of every exercise.

    Parameters
    ----------
    lesson : nbformat.NotebookNode
        The lesson as read; it is left as it is.

    Returns
    -------
    nbformat.NotebookNode
        The same cells without outputs, each exercise's cell with its solution.
    """
    from helpers.exercises import CHECK, QUESTIONS

    answered = without_outputs(lesson)
    questions = None
    for _, cell in code_cells(answered):
        if found := QUESTIONS.search(cell.source):
            questions = importlib.import_module(f"helpers.questions.{found[1]}")
        if found := CHECK.search(cell.source):
            code = getattr(questions, found["name"]).code
            cell.source = f"{code}\n\n{cell.source[found.start() :]}"
    return answered
