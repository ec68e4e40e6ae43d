"""What a learner's code reaches for: modules, functions, and names that no answer needs."""

import ast
import re
from collections.abc import Iterable

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


def reaches(statements: Iterable[str], given: set[str]) -> list[str]:
    """List what code reaches for that no answer needs.

    Parameters
    ----------
    statements : iterable of str
        Of an answer.
    given : set of str
        Names of modules, of which it should change nothing.

    Returns
    -------
    list of str
        Names, each once.
    """
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
                if not isinstance(context, ast.Load) and ast.unparse(owner).split(".")[0] in given:
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
