"""Load the notebook checker, whatever path pytest is given.

Lessons with a contract copy need CIFAR-10 at full scale; the copy in tests/contract/ is checked
in their place, unless you name the lesson itself.
"""

from pathlib import Path

pytest_plugins = ["notebook_checker"]

HERE = Path(__file__).parent
collect_ignore = [f"notebooks/{copy.name}" for copy in HERE.glob("tests/contract/*.ipynb")]
