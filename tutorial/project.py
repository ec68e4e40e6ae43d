"""Where the project is, and which lessons it has."""

from collections.abc import Sequence
from pathlib import Path

from tutorial.errors import UsageError


def project_folder() -> Path:
    """Return the checkout that this package is installed from.

    Returns
    -------
    pathlib.Path
        The folder that holds ``notebooks/`` and ``helpers/``.

    Raises
    ------
    UsageError
        If the package was installed without its lessons.
    """
    root = Path(__file__).resolve().parent.parent
    if (root / "pyproject.toml").is_file() and (root / "notebooks").is_dir():
        return root
    raise UsageError(
        "no lessons here: clone the project and install it with 'pip install -e .' from there"
    )


def start_page() -> Path:
    """Return the notebook that says where to begin (pathlib.Path); it is no lesson."""
    return project_folder() / "notebooks" / "00_start_here.ipynb"


def find_topics() -> list[Path]:
    """Return the worked examples of a question of one's own, and its template; no lessons.

    Returns
    -------
    list of pathlib.Path
        The template comes last.
    """
    folder = start_page().parent
    return [*sorted(folder.glob("topic_*.ipynb")), *folder.glob("your_question.ipynb")]


def find_lessons(names: Sequence[str] = ()) -> list[Path]:
    """Find lessons by number, name or path.

    Parameters
    ----------
    names : sequence of str
        Each a number (``6``, ``06``), a name (``06_training_loop``, ``topic_colour``) or a path
        to a notebook. Default: every lesson, and no topic.

    Returns
    -------
    list of pathlib.Path
        In the order of ``names``, each once.

    Raises
    ------
    UsageError
        If a name fits no lesson.
    """
    folder = start_page().parent
    every = sorted(set(folder.glob("[0-9][0-9]_*.ipynb")) - {start_page()})
    return list(dict.fromkeys(_find(name, every) for name in names)) or every


def _find(name: str, every: list[Path]) -> Path:
    path = Path(name).expanduser()
    if path.suffix == ".ipynb" and path.is_file():
        return path.resolve()
    for lesson in [*every, *find_topics()]:
        if name in (lesson.stem, lesson.name) or name.zfill(2) == lesson.stem[:2]:
            return lesson
    known = ", ".join(lesson.stem for lesson in every)
    raise UsageError(f"no lesson '{name}': choose from {known}, or name a notebook file")
