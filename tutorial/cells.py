"""Cells as code: their statements, and the names that these make and need."""

import ast
import re
import symtable
from collections.abc import Collection
from dataclasses import dataclass, field

VERBS = ("check", "hint", "solution")
MAGIC = re.compile(r"^\s*([%!].*|\??[\w.]+\?{1,2})\s*$", re.MULTILINE)


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


def read_cell(source: str, asked: Collection[str] = (), id_: str = "") -> Cell:
    """Read the code of a cell.

    Parameters
    ----------
    source : str
        What Python cannot read stays as it is, and will fail when it is executed.
    asked : collection of str
        The exercises whose checks, hints and solutions are taken out. Default: none.
    id_ : str
        Of the cell. Default: none.

    Returns
    -------
    Cell
    """
    for text in (source, MAGIC.sub("", source)):
        try:
            body = ast.parse(text).body
            cell = Cell(id_, text)
            kept = [part for part in body if not _is_call_for_us(part, asked, cell)]
            cell.statements = [ast.unparse(part) for part in kept]
            if len(kept) < len(body):
                cell.code = _without(text, body, kept)
            cell.bound, cell.needed = read_names("\n".join(cell.statements))
            return cell
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return Cell(id_, source)


def _is_call_for_us(part: ast.stmt, asked: Collection[str], cell: Cell) -> bool:
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


def read_names(code: str) -> tuple[set[str], set[str]]:
    """Read which names code deals with.

    Parameters
    ----------
    code : str

    Returns
    -------
    bound, needed : set of str
        The names that it makes, and those that it takes from elsewhere.
    """
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
