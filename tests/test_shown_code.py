"""What a lesson shows in full view is what the helpers run.

Docstrings, types, and moving a network to the lesson's device are left out.
"""

import ast
from pathlib import Path

import nbformat
import pytest

from tutorial.project import find_lessons

ROOT = Path(__file__).parent.parent
MODULES = ("data", "models", "training")


class Plain(ast.NodeTransformer):
    """Leave out docstrings, annotations, the types of a base class, and a last `.to(device)`."""

    def visit_ClassDef(self, node):
        node.bases = [
            base.value if isinstance(base, ast.Subscript) else base for base in node.bases
        ]
        return self.visit_FunctionDef(node)

    def visit_FunctionDef(self, node):
        node.returns = None
        if ast.get_docstring(node):
            node.body = node.body[1:]
        return self.generic_visit(node)

    def visit_Return(self, node):
        if ast.unparse(node).endswith(".to(device)"):
            node.value = node.value.func.value
        return self.generic_visit(node)

    def visit_arg(self, node):
        node.annotation = None
        return node


def definitions(source):
    """Map the name of each class and function to its plain code."""
    return {
        node.name: ast.unparse(Plain().visit(node))
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    }


def shown():
    for path in find_lessons():
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                for name, code in definitions(cell.source).items():
                    yield path.stem, name, code


def kept():
    found = {}
    for module in MODULES:
        path = ROOT / "helpers" / f"{module}.py"
        if path.exists():
            found |= definitions(path.read_text(encoding="utf-8"))
    return found


BOTH = [pytest.param(c, kept()[n], id=f"{lesson}-{n}") for lesson, n, c in shown() if n in kept()]


@pytest.mark.parametrize(("in_lesson", "in_helpers"), BOTH)
def test_the_lesson_shows_the_code_of_the_helpers(in_lesson, in_helpers):
    assert in_lesson == in_helpers


def test_lesson_05_shows_how_batches_are_served():
    assert {"05_cifar10_data-InMemoryImages", "05_cifar10_data-whole_batch"} <= {
        case.id for case in BOTH
    }
