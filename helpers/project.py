"""Where the project is, and which lessons it has."""

import sys
from pathlib import Path


class UsageError(Exception):
    """The command cannot do what it was asked: one line that says why, and what to do."""


def find_root():
    """Find the checkout this package is installed from.

    Returns
    -------
    pathlib.Path or None
        The folder that holds ``notebooks/`` and ``helpers/``; None when the package was
        installed without its lessons.
    """
    root = Path(__file__).resolve().parent.parent
    is_checkout = (root / "pyproject.toml").is_file() and (root / "notebooks").is_dir()
    return root if is_checkout else None


def lessons_folder():
    """Return the folder of the lessons.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    UsageError
        If the package was installed without its lessons.
    """
    root = find_root()
    if root is None:
        raise UsageError(
            "no lessons here: clone the project and install it with 'pip install -e .' from there"
        )
    return root / "notebooks"


def start_page():
    """Return the notebook that says where to begin (pathlib.Path); it is no lesson."""
    return lessons_folder() / "00_start_here.ipynb"


def find_lessons(names=()):
    """Find lessons by number, name or path.

    Parameters
    ----------
    names : sequence of str
        Each a number (``6``, ``06``), a name (``06_training_loop``) or a path to a notebook.
        Default: every lesson.

    Returns
    -------
    list of pathlib.Path
        In the order of ``names``, each once.

    Raises
    ------
    UsageError
        If a name fits no lesson.
    """
    folder = lessons_folder()
    every = sorted(set(folder.glob("[0-9][0-9]_*.ipynb")) - {start_page()})
    return list(dict.fromkeys(_find(name, every) for name in names)) or every


def _find(name, every):
    path = Path(name)
    if path.suffix == ".ipynb" and path.is_file():
        return path.resolve()
    for lesson in every:
        if name in (lesson.stem, lesson.name) or name.zfill(2) == lesson.stem[:2]:
            return lesson
    known = ", ".join(lesson.stem for lesson in every)
    raise UsageError(f"no lesson '{name}': choose from {known}, or name a notebook file")


def skip_slow_import():
    """Keep a grammar of web addresses from loading, which takes longer than all of papermill.

    jsonschema would use it for one check that notebooks do not need, and does without it.
    """
    sys.modules.setdefault("rfc3987_syntax", None)
