"""Choose which notebooks are checked.

Lessons with a contract copy need CIFAR-10 at full scale; the copy in tests/contract/ is checked
in their place, unless you name the lesson itself.
"""

import os
from pathlib import Path

HERE = Path(__file__).parent
collect_ignore = [f"notebooks/{copy.name}" for copy in HERE.glob("tests/contract/*.ipynb")]

# Workers side by side share the cores: kernels with a thread for every core each would crawl.
if workers := os.environ.get("PYTEST_XDIST_WORKER_COUNT"):
    threads = max(1, (os.cpu_count() or 1) // int(workers))
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))
