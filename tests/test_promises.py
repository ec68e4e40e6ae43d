"""Each promise has its tests."""

import ast
from pathlib import Path

from promises import PROMISES


def test_every_test_that_holds_a_promise_exists():
    there = {
        f"tests/{path.name}::{node.name}"
        for path in Path(__file__).parent.glob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    named = {name for names in PROMISES.values() for name in names}
    assert all(PROMISES.values())
    assert named <= there, named - there
