"""Submissions: which notebooks there are, and what in them a learner has answered."""

import ast
import builtins
import re
import symtable
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tutorial.notebooks import NotebookNode, code_cells, parameters_cell, read

VERBS = ("check", "hint", "solution")
MAGIC = re.compile(r"^\s*([%!].*|\??[\w.]+\?{1,2})\s*$", re.MULTILINE)

# Whatever else an answer imports or uses could reach the check that judges it, or other files.
LIBRARIES = re.compile(
    "collections|copy|dataclasses|decimal|fractions|functools|io|itertools|math|matplotlib|numpy|"
    "random|statistics|string|time|torch|torchvision|tqdm|typing"
)
REACHING = re.compile(
    "atexit|builtins|ctypes|gc|helpers|importlib|inspect|multiprocessing|os|pathlib|pickle|"
    "questions|shutil|signal|socket|subprocess|sys|threading|weakref|"
    "allow_pickle|cpp_extension|hub|package|"  # by which libraries run code that nobody sees here
    "__(?!(call|class|enter|exit|getitem|getitems|init|iter|len|name|next|repr|str)__)\\w+__"
)
REACHING_FUNCTIONS = re.compile(
    "breakpoint|compile|delattr|eval|exec|get_ipython|getattr|globals|locals|open|setattr|vars"
)
SPECIAL = re.compile(r"__\w+__")


@dataclass(eq=False)
class Cell:
    """A code cell of a notebook.

    Attributes
    ----------
    id : str
        As its notebook has it, or empty.
    code : str
        Without calls of checks, hints and solutions; as it was typed if it cannot be read.
    statements : list of str
        The same, normalised: no comments, one style; empty if it cannot be read.
    checked : dict of str to str
        The exercises that it checks, each with the expression it hands over.
    seen : list of str
        The exercises whose solution it shows.
    bound, needed : set of str
        The names that it makes, and those that it takes from other cells.
    """

    id: str
    code: str
    statements: list[str] = field(default_factory=list)
    checked: dict[str, str] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    bound: set[str] = field(default_factory=set)
    needed: set[str] = field(default_factory=set)


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


@dataclass(frozen=True)
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
    reaches : list of str
        What of it could reach the check that judges it, or other files.
    """

    before: list[str]
    cells: list[str]
    words: str
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
    cells = _cells(notebook, set(asked))
    exercises = {name: Exercise(name, asked[name], cell) for cell in cells for name in cell.checked}
    given = [statement for cell in cells for statement in cell.statements]
    tagged = parameters_cell(notebook)
    steps = [
        _cell("", statement, set())
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
    cells = _cells(submission, set(lesson.exercises))
    return {name: _take(exercise, cells, lesson) for name, exercise in lesson.exercises.items()}


def seen_solutions(submission: NotebookNode, lesson: Lesson) -> list[str]:
    """List the exercises (list of str) whose solution a notebook asks for."""
    cells = _cells(submission, set(lesson.exercises))
    return list(dict.fromkeys(name for cell in cells for name in cell.seen))


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
            taken.append(_cell("", f"{exercise.answer} = {handed}", set()))
    provided = {*dir(builtins), *_names(f"{lesson.imports}\n{lesson.parameters}")[0]}
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
        _reaches(typed, _names(lesson.imports)[0]),
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


def _cells(notebook: NotebookNode, asked: set[str]) -> list[Cell]:
    return [_cell(cell.get("id", ""), cell.source, asked) for _, cell in code_cells(notebook)]


def _cell(id_: str, source: str, asked: set[str]) -> Cell:
    """Read a cell; what Python cannot read stays as it is, and will fail when it is executed."""
    for text in (source, MAGIC.sub("", source)):
        try:
            body = ast.parse(text).body
            cell = Cell(id_, text)
            kept = [part for part in body if not _is_call_for_us(part, asked, cell)]
            cell.statements = [ast.unparse(part) for part in kept]
            if len(kept) < len(body):
                cell.code = _without(text, body, kept)
            cell.bound, cell.needed = _names("\n".join(cell.statements))
            return cell
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return Cell(id_, source)


def _is_call_for_us(part: ast.stmt, asked: set[str], cell: Cell) -> bool:
    """Tell whether a statement is there to check, or to be helped; note down which exercise."""
    found = False
    for node in ast.walk(part):
        match node:
            case ast.Call(
                func=ast.Attribute(ast.Attribute(ast.Name(), name), verb), args=arguments
            ) if name in asked and verb in VERBS:
                found = True
                if verb == "check":
                    cell.checked[name] = ast.unparse(arguments[0]) if arguments else "..."
                elif verb == "solution":
                    cell.seen.append(name)
    return found and isinstance(part, ast.Expr | ast.Assert | ast.Assign)


def _without(text: str, body: list[ast.stmt], kept: list[ast.stmt]) -> str:
    """Take statements out of code, as it was typed if they stand on lines of their own."""
    gone = {line for part in body if part not in kept for line in _lines(part)}
    if gone & {line for part in kept for line in _lines(part)}:
        return "\n".join(map(ast.unparse, kept))
    lines = enumerate(text.splitlines(), 1)
    return "\n".join(line for number, line in lines if number not in gone).strip()


def _lines(part: ast.stmt) -> range:
    return range(part.lineno, (part.end_lineno or part.lineno) + 1)


def _names(code: str) -> tuple[set[str], set[str]]:
    """Return the names that code makes, and those that it takes from elsewhere."""
    table = symtable.symtable(code, "cell", "exec")
    symbols = table.get_symbols()
    bound = {one.get_name() for one in symbols if one.is_assigned() or one.is_imported()}
    needed = {one.get_name() for one in symbols if one.is_referenced()}
    inner = table.get_children()
    while inner:
        block = inner.pop()
        inner += block.get_children()
        needed |= {one.get_name() for one in block.get_symbols() if one.is_global()}
    return bound, needed - bound


def _reaches(statements: Iterable[str], given: set[str]) -> list[str]:
    """List what code reaches for that no answer needs."""
    found: list[str] = []
    for node in (node for text in statements for node in ast.walk(ast.parse(text))):
        words: list[str] = []
        match node:
            case ast.Import(names) | ast.ImportFrom(names=names):
                first = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
                places = [f"{first}{alias.name}".split(".") for alias in names]
                words = [word for place in places for word in place]
                found += [place[0] for place in places if not LIBRARIES.fullmatch(place[0])]
            case ast.Name(name):
                words = [name]
                found += [name] if REACHING_FUNCTIONS.fullmatch(name) else []
            case ast.Attribute(owner, name, context):
                words = [name]
                if name.startswith("_") and not SPECIAL.fullmatch(name):
                    found += [] if getattr(owner, "id", "") in ("self", "cls") else [name]
                if not isinstance(context, ast.Load) and _root(owner) in given:
                    found.append(ast.unparse(node))
            case ast.keyword("weights_only", ast.Constant(False)):
                found.append("weights_only")
            case ast.FunctionDef(name) | ast.keyword(str(name)):
                words = [name]
            case ast.MatchClass(kwd_attrs=names):
                words = names
            case ast.Constant(str(text)):
                words = SPECIAL.findall(text)
        found += filter(REACHING.fullmatch, words)
    return list(dict.fromkeys(found))


def _root(node: ast.expr) -> str:
    """Return the name at the beginning of ``name.part.part``."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


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
