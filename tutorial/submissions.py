"""Submissions: which notebooks there are, and what in them a learner has answered."""

import builtins
import importlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from tutorial.cells import Cell, read_cell, read_names
from tutorial.notebooks import NotebookNode, code_cells, parameters_cell, read
from tutorial.reaches import reaches


@dataclass(frozen=True)
class Exercise:
    """How a lesson asks for an answer.

    Attributes
    ----------
    name : str
    answer : str
        The name of what is checked.
    cell : Cell
        In which it does so.
    """

    name: str
    answer: str
    cell: Cell


@dataclass(frozen=True, eq=False)
class Lesson:
    """What of a lesson its answers stand on.

    Attributes
    ----------
    path : pathlib.Path
    module : str
        Of ``helpers.questions``.
    exercises : dict of str to Exercise
    imports : str
        All of its imports.
    parameters : str
        Its parameters.
    steps : list of Cell
        All its other statements, one in each; what an answer needs of them is executed.
    given : set of str
        All its statements, normalised.
    ids : set of str
        Of all its cells.
    """

    path: Path
    module: str
    exercises: dict[str, Exercise]
    imports: str
    parameters: str
    steps: list[Cell]
    given: set[str]
    ids: set[str]

    def solution(self, name: str) -> str:
        """Return the code that solves an exercise (str)."""
        questions = importlib.import_module(f"helpers.questions.{self.module}")
        return str(vars(questions)[name].code)


@dataclass(frozen=True)
class Answer:
    """What a learner has answered.

    Attributes
    ----------
    before : list of str
        Code of the lesson that it needs, beside the imports.
    cells : list of str
        The learner's code, as it was typed.
    words : str
        The same, normalised; empty for code that is the lesson's own.
    seen : bool
        Whether the notebook asks for the solution.
    reaches : list of str
        What of it could reach the check that judges it, or other files.
    """

    before: list[str]
    cells: list[str]
    words: str
    seen: bool
    reaches: list[str]


def read_lesson(path: Path) -> Lesson:
    """Read from a lesson what it asks.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    Lesson
        One without exercises has no module.
    """
    from helpers.exercises import CHECK, QUESTIONS

    notebook = read(path)
    sources = [cell.source for _, cell in code_cells(notebook)]
    asked = {m["name"]: m["answer"] for source in sources for m in CHECK.finditer(source)}
    module = QUESTIONS.search("\n".join(sources))
    cells = _cells(notebook, asked)
    exercises = {name: Exercise(name, asked[name], cell) for cell in cells for name in cell.checked}
    given = [statement for cell in cells for statement in cell.statements]
    tagged = parameters_cell(notebook)
    steps = [
        read_cell(statement)
        for cell in cells
        if not cell.checked
        for statement in cell.statements
        if not _imports(statement)
    ]
    return Lesson(
        path,
        module[1] if module else "",
        exercises,
        "\n".join(filter(_imports, given)),
        tagged.source if tagged else "",
        steps,
        set(given),
        {cell.id for cell in cells},
    )


def take_answers(submission: NotebookNode, lesson: Lesson) -> dict[str, Answer]:
    """Take the answers out of a notebook, and nothing else.

    The cell of an answer is found by its id; if that has gone, by the check that it calls, or by
    the name of the answer. New cells right before it belong to it, and so does whatever makes a
    name that it needs, wherever that is.

    Parameters
    ----------
    submission : nbformat.NotebookNode
        Whatever the learner made of the lesson.
    lesson : Lesson

    Returns
    -------
    dict of str to Answer
        For each exercise of the lesson; one that nobody has touched is as the lesson gives it.
    """
    cells = _cells(submission, lesson.exercises)
    return {name: _take(exercise, cells, lesson) for name, exercise in lesson.exercises.items()}


def _take(exercise: Exercise, cells: list[Cell], lesson: Lesson) -> Answer:
    own = [cell for cell in cells if not lesson.given.issuperset(cell.statements or [cell.code])]
    wishes = [
        [cell for cell in own if cell.id == exercise.cell.id],
        [cell for cell in own if exercise.name in cell.checked],
        [cell for cell in own if exercise.answer in cell.bound],
    ]
    taken = next(([cells_[-1]] for cells_ in wishes if cells_), [])
    for anchor in taken[:]:
        for cell in reversed(cells[: cells.index(anchor)]):
            if cell not in own or cell.checked or cell.id in lesson.ids:
                break
            taken.insert(0, cell)
        handed = anchor.checked.get(exercise.name, "...")
        if handed not in ("...", exercise.answer):  # another name, or the answer itself
            taken.append(read_cell(f"{exercise.answer} = {handed}"))
    provided = {*dir(builtins), *read_names(f"{lesson.imports}\n{lesson.parameters}")[0]}
    while open_names := _open(taken, provided | {exercise.answer}) | (
        {exercise.answer} - {name for cell in taken for name in cell.bound}
    ):
        left = [cell for cell in reversed(own) if cell not in taken and cell.bound & open_names]
        if not left:
            break
        taken.append(left[0])
    if not any(exercise.answer in cell.bound for cell in taken):
        taken.insert(0, exercise.cell)
    order = [exercise.cell, *cells]
    taken.sort(key=lambda cell: order.index(cell) if cell in order else len(order))
    typed = [text for cell in taken for text in cell.statements if text not in lesson.given]
    broken = [cell.code for cell in taken if not cell.statements]
    return Answer(
        _steps(lesson, _open(taken, provided), provided),
        [cell.code for cell in taken],
        "\n".join([*typed, *broken]).strip(),
        any(exercise.name in cell.seen for cell in cells),
        reaches(typed, read_names(lesson.imports)[0]),
    )


def _open(cells: list[Cell], provided: set[str]) -> set[str]:
    """Return the names that cells need and none of them makes."""
    bound = {name for cell in cells for name in cell.bound}
    return {name for cell in cells for name in cell.needed} - bound - provided


def _steps(lesson: Lesson, needed: set[str], provided: set[str]) -> list[str]:
    """Choose the statements of a lesson that make some names, and those that these need."""
    chosen: list[str] = []
    for step in reversed(lesson.steps):
        if step.bound & needed:
            chosen.insert(0, step.code)
            needed = (needed - step.bound) | (step.needed - provided)
    return [lesson.parameters, *chosen]


def _cells(notebook: NotebookNode, asked: Collection[str]) -> list[Cell]:
    return [read_cell(cell.source, asked, cell.get("id", "")) for _, cell in code_cells(notebook)]


def find_submissions(
    folder: Path, lessons: Sequence[Path], but: Path
) -> tuple[dict[str, dict[Path, list[Path]]], list[Path]]:
    """Find who has handed in what: ``NAME/….ipynb``, or ``NAME_03_autograd.ipynb``.

    Parameters
    ----------
    folder : pathlib.Path
    lessons : sequence of pathlib.Path
    but : pathlib.Path
        A folder in it that holds no submissions.

    Returns
    -------
    found : dict of str to dict of pathlib.Path to list of pathlib.Path
        For each name the files of each lesson, the newest last.
    others : list of pathlib.Path
        Notebooks of which nobody can tell whose they are, or of which lesson.
    """
    found: dict[str, dict[Path, list[Path]]] = {}
    others = []
    for child in sorted(folder.iterdir()):
        if child.name.startswith(".") or child == but:
            continue
        if child.is_dir():
            found.setdefault(child.name, {})
        for path in sorted(child.rglob("*.ipynb")) if child.is_dir() else [child]:
            inside = path.is_file() and path.resolve().is_relative_to(folder)  # no link elsewhere
            if path.suffix != ".ipynb" or not inside or path.parent.name.startswith("."):
                continue
            lesson, start = _lesson_of(path, lessons)
            name = child.name if child.is_dir() else path.stem[:start].strip("_- ")
            if lesson and name:
                found.setdefault(name, {}).setdefault(lesson, []).append(path)
            elif not path.stem.startswith("00_"):
                others.append(path)
    for files in found.values():
        for paths in files.values():
            paths.sort(key=lambda path: path.stat().st_mtime)
    return found, others


def _lesson_of(path: Path, lessons: Sequence[Path]) -> tuple[Path | None, int]:
    """Return the lesson that a file's name names, and where in it that begins."""
    for pattern in ("{0.stem}", r"(?<!\d){0.stem:.2}(?!\d)"):
        for lesson in lessons:
            if match := re.search(pattern.format(lesson), path.stem):
                return lesson, match.start()
    return None, 0


def _imports(statement: str) -> bool:
    return statement.startswith(("import ", "from "))
