"""What lessons declare and commands give: parameters of the right type, and prepared images."""

import itertools
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutorial.errors import TutorialError, UsageError

if TYPE_CHECKING:
    from helpers.sources import Source

Parameters = dict[str, Any]
Grid = dict[str, list[Any]]  # the values of each parameter


def declared_parameters(lesson: Path) -> dict[str, str]:
    """List the parameters of a notebook.

    Parameters
    ----------
    lesson : pathlib.Path
        A notebook with a cell tagged ``parameters``.

    Returns
    -------
    dict of str to str
        The name of each parameter and the type it is declared with, ``"None"`` without one.

    Raises
    ------
    UsageError
        If the file is no notebook that can be executed.
    """
    from papermill import inspect_notebook

    from tutorial.notebooks import for_papermill, read

    read(lesson)
    try:
        found = inspect_notebook(for_papermill(lesson))
    except (ValueError, OSError) as error:
        raise UsageError(f"the parameters of {lesson} cannot be read: {error}") from None
    return {name: facts["inferred_type_name"] for name, facts in found.items()}


def read_grids(
    lessons: Sequence[Path], given: Sequence[Sequence[str]], seeds: int | None = None
) -> dict[Path, Grid]:
    """Give each parameter to the lessons that declare it, as the type they declare.

    Parameters
    ----------
    lessons : sequence of pathlib.Path
        Notebooks with a cell tagged ``parameters``.
    given : sequence of (name, value, value, …), all str
        As they were typed on the command line.
    seeds : int, optional
        How many values the parameter ``seed`` takes: 0, 1, 2, … Default: as given.

    Returns
    -------
    dict of pathlib.Path to dict of str to list
        Of each lesson the values of its parameters, each once.

    Raises
    ------
    UsageError
        If no lesson declares a name, or something is missing, twice there, or not of the
        declared type.
    """
    typed: dict[str, list[str]] = {}
    for name, *values in given:
        if not values or name in typed:
            raise UsageError(f"'-p {name}' needs values, and stands once: -p {name} VALUE VALUE …")
        typed[name] = values
    if seeds and "seed" in typed:
        raise UsageError("give '-p seed' or '--seeds', not both")
    if seeds:
        typed["seed"] = [str(seed) for seed in range(seeds)]
    declared = {lesson: declared_parameters(lesson) for lesson in lessons}
    known = sorted({name for types in declared.values() for name in types})
    if unknown := [name for name in typed if name not in known]:
        there = ", ".join(known) or "none"
        raise UsageError(f"no lesson has a parameter '{unknown[0]}': there are {there}")
    return {
        lesson: {
            name: list(dict.fromkeys(_convert(name, value, types[name]) for value in values))
            for name, values in typed.items()
            if name in types
        }
        for lesson, types in declared.items()
    }


def _convert(name: str, value: str, declared: str) -> Any:
    truth = {"true": True, "false": False}
    read: dict[str, Any] = {"int": int, "float": _finite}
    read["bool"] = lambda text: truth[text.lower()]
    try:
        return read.get(declared, str)(value)
    except (ValueError, KeyError):
        raise UsageError(f"parameter '{name}' is a {declared}: '{value}' is none") from None


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def combinations(grid: Grid) -> list[Parameters]:
    """Combine every value of every parameter.

    Parameters
    ----------
    grid : dict of str to list
        ``{"learning_rate": [0.01, 0.1], "batch_size": [4, 64]}`` gives four combinations.

    Returns
    -------
    list of dict
    """
    return [dict(zip(grid, chosen, strict=True)) for chosen in itertools.product(*grid.values())]


def prepare_images(source: str = "") -> tuple["Source", str]:
    """Find the images and decode them, if that has not been done yet, and say which they are.

    Parameters
    ----------
    source : str
        An archive, a folder, or ``drawn``. Default: what ``CIFAR10_SOURCE`` names, else what
        is found.

    Returns
    -------
    found : helpers.sources.Source
    name : str
        What names it wherever a kernel works; empty if it was found without being named.

    Raises
    ------
    UsageError
        If the source that was named does not exist.
    TutorialError
        If it cannot be used.
    """
    from helpers.data import DataError, prepare
    from helpers.find import locate

    name = source or os.environ.get("CIFAR10_SOURCE", "")
    try:
        name = name if name in ("", "drawn") else str(locate(name))
    except DataError as error:
        raise UsageError(str(error)) from None
    try:
        found = prepare(name or None)
    except DataError as error:
        raise TutorialError(str(error)) from None
    print(f"Data: {found}", flush=True)
    return found, name


def prepare_for(grids: dict[Path, Grid]) -> tuple[dict[Path, str], dict[str, str]]:
    """Prepare the images once, before any lesson needs them.

    Parameters
    ----------
    grids : dict of pathlib.Path to dict
        What each lesson is given. A ``data_source`` becomes absolute, because kernels work in
        another folder than the command.

    Returns
    -------
    keys : dict of pathlib.Path to str
        Of each lesson that needs images, what names these by their content.
    environment : dict of str to str
        What kernels must be told, so that all use what was found.

    Raises
    ------
    UsageError
        If there is more than one source, or it does not exist.
    TutorialError
        If it cannot be used.
    """
    takers = [lesson for lesson in grids if "data_source" in declared_parameters(lesson)]
    if not takers:
        return {}, {}
    (given, *others) = grids[takers[0]].get("data_source", [""])
    if others:
        raise UsageError("a command works on one data_source")
    found, name = prepare_images(given)
    for lesson in takers if given else ():
        grids[lesson]["data_source"] = [name]
    if not found.is_cifar10:
        name = "drawn"  # no kernel waits for a download that has failed already
    return dict.fromkeys(takers, found.key), {"CIFAR10_SOURCE": name} if name else {}
