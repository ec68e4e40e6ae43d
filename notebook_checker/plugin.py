"""A pytest plugin: notebooks are executed, and their outputs compared with the stored ones.

Built on nbval by subclassing. What it adds: execution by nbclient, which notices dead kernels;
numbers within a tolerance and pictures by their pixels (``comparison``); no cell counts as
checked that was stored without execution; after an error the later cells are not run.

Settings (pytest's configuration file)
    ``notebook_checker_rtol``, ``notebook_checker_atol``, ``notebook_checker_rms``,
    ``notebook_checker_timeout`` (seconds a cell may take).
In a cell's metadata
    ``"notebook_checker": {"rtol": 0.01}``, with the same names, for this cell alone. nbval's
    tags work: ``nbval-skip``, ``nbval-ignore-output``, ``raises-exception``.
In a notebook's metadata
    ``"notebook_checker": {"alone": true}``: it measures time, so no other test runs beside it.

Usage: it is there wherever this project is installed; ``pytest --nbval`` checks notebooks. With
``pytest -n``, a notebook stays whole on one worker.
"""

import copy
import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbval.kernel import CURRENT_ENV_KERNEL_NAME
from nbval.plugin import IPyNbCell, IPyNbFile

from notebook_checker.comparison import differences
from notebook_checker.kernels import kernel_manager, last_words

NAME = "notebook_checker"  # of settings in pytest's configuration and in a notebook's metadata
TOLERANCES = {"rtol": "1e-7", "atol": "0", "rms": "2"}
SETTINGS = {*TOLERANCES, "timeout"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the settings."""
    for name, value in TOLERANCES.items():
        parser.addini(
            f"{NAME}_{name}", f"notebook outputs: {name} of the comparison", default=value
        )
    parser.addini(f"{NAME}_timeout", "seconds that a notebook cell may take", default="300")


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Iterator[None]:
    """Collect a notebook as one of ours wherever nbval would collect it as one of its own."""
    found = yield
    collectors = found if isinstance(found, list) else [found]
    return [
        CheckedNotebook.from_parent(parent, path=file_path) if type(one) is IPyNbFile else one
        for one in collectors
    ]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the cells of a notebook on one worker; other tests go one by one, as ever."""
    if config.getoption("dist") != "load" or not config.getoption("nbval"):
        return None
    from xdist.scheduler import LoadScopeScheduling

    class WholeNotebooks(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return file if file.endswith(".ipynb") else nodeid

    return WholeNotebooks(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Let a notebook marked “alone” wait until no other worker tests anything."""
    if not hasattr(item.config, "workerinput"):
        return (yield)
    project = hashlib.sha256(str(item.config.rootpath).encode()).hexdigest()[:12]
    alone = isinstance(item, CheckedCell) and item.parent.alone
    with _shared_or_alone(Path(tempfile.gettempdir()) / f"notebook-checker-{project}", alone):
        return (yield)


@contextmanager
def _shared_or_alone(path: Path, alone: bool) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:  # Windows: there, check timing notebooks without -n
        yield
        return
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield


class CheckedNotebook(IPyNbFile):
    """A notebook: one kernel, and its code cells in order."""

    def collect(self) -> Iterator["CheckedCell"]:
        """Take the cells that nbval finds, with its options for them."""
        for cell in super().collect():
            yield CheckedCell.from_parent(
                self, name=cell.name, cell_num=cell.cell_num, cell=cell.cell, options=cell.options
            )

    @property
    def alone(self) -> bool:
        """Whether no other test may run beside this notebook."""
        return bool(self.nb.metadata.get(NAME, {}).get("alone"))

    def setup(self) -> None:
        """Start a kernel in the notebook's folder."""
        options = self.config.option
        kernel = options.nbval_kernel_name or self.nb.metadata.get("kernelspec", {}).get("name")
        self.setup_sanitize_files()
        self.stack = ExitStack()
        self.folder = self.stack.enter_context(tempfile.TemporaryDirectory(prefix="kernel-"))
        self.client = NotebookClient(
            copy.deepcopy(self.nb),
            kernel_name=CURRENT_ENV_KERNEL_NAME if options.nbval_current_env else kernel,
            kernel_manager_class=kernel_manager(self.folder),
            startup_timeout=int(options.nbval_kernel_startup_timeout),
            resources={"metadata": {"path": str(self.path.parent)}},
        )
        self.client.reset_execution_trackers()
        self.stack.enter_context(self.client.setup_kernel())
        self.executed = 0
        self.broken = None

    def teardown(self) -> None:
        """End the kernel."""
        self.stack.close()

    def run_until(self, cell: "CheckedCell") -> list[Any]:
        """Execute every cell up to ``cell``, each once; return its new outputs."""
        target = next(i for i, one in enumerate(self.nb.cells) if one is cell.cell)
        while self.executed <= target:
            index, self.executed = self.executed, self.executed + 1
            self._execute(index, cell)
        return self.client.nb.cells[target].outputs

    def _execute(self, index: int, asked: "CheckedCell") -> None:
        source = self.nb.cells[index]
        tags = source.metadata.get("tags", ())
        if source.cell_type != "code" or "nbval-skip" in tags:
            return
        own = source.metadata.get(NAME, {}).get("timeout")
        self.client.timeout = int(own or float(self.config.getini(f"{NAME}_timeout")))
        working = self.client.nb.cells[index]
        if "nbval-raises-exception" in tags:
            working.metadata.tags = [*tags, "raises-exception"]
        number = sum(one.cell_type == "code" for one in self.nb.cells[:index])
        try:
            self.client.execute_cell(working, index)
        except CellTimeoutError:
            self._break(asked, number, f"took longer than {self.client.timeout} s")
        except DeadKernelError:
            said = "\n".join(last_words(self.folder, lines=5))
            self._break(asked, number, "the kernel died", said)
        except CellExecutionError as error:
            self._break(asked, number, f"{error.ename}: {error.evalue}", error.traceback)

    def _break(self, asked: "CheckedCell", number: int, reason: str, details: str = "") -> None:
        self.broken = f"Cell {number}: {reason}"
        asked.raise_cell_error(self.broken, details)


class CheckedCell(IPyNbCell):
    """A code cell: passes if it runs and its outputs are the stored ones, within tolerance."""

    def runtest(self) -> None:
        """Execute the notebook up to this cell, and compare what the cell printed."""
        if self.options["skip"]:
            pytest.skip("tagged nbval-skip")
        if self.parent.broken:
            pytest.skip(f"not run, after {self.parent.broken}")
        own = self.cell.metadata.get(NAME, {})
        if unknown := set(own) - SETTINGS:
            self.raise_cell_error(f"unknown settings in the cell's metadata: {sorted(unknown)}")
        self.test_outputs = self.parent.run_until(self)
        if self.options["check"] and self.cell.source.strip():
            self.compare()

    def compare(self) -> None:
        """Compare what came with what is stored; raise what is to be reported."""
        own = self.cell.metadata.get(NAME, {})
        if self.cell.execution_count is None:
            self.raise_cell_error("Stored without execution: nothing to compare with; refresh it")
        stored, new = (self.sanitize_outputs(o) for o in (self.cell.outputs, self.test_outputs))
        limits = {name: float(self.config.getini(f"{NAME}_{name}")) for name in TOLERANCES}
        limits |= {name: value for name, value in own.items() if name in TOLERANCES}
        if found := differences(stored, new, **limits):
            self.raise_cell_error("Cell outputs differ", "\n".join(found))

    def setup(self) -> None:
        """Do nothing: nbval expects failures after a time-out, and here they are skipped."""
