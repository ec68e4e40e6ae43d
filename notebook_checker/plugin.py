"""A pytest plugin: notebooks are executed, and their outputs compared with the stored ones.

Built on nbval by subclassing. What it adds: execution by nbclient, which notices dead kernels;
numbers as printed and pictures by their pixels (``comparison``); no cell counts as
checked that was stored without execution; after an error the later cells are not run.

Settings (pytest's configuration file)
    ``notebook_checker_rtol``, ``notebook_checker_atol``, ``notebook_checker_rms``,
    ``notebook_checker_timeout`` (seconds a cell may take).
In a cell's metadata
    ``"notebook_checker": {"rtol": 0.01}``, with the same names, for this cell alone. nbval's
    tags work: ``nbval-skip``, ``nbval-ignore-output``, ``raises-exception``.

Usage: it is there wherever this project is installed; ``pytest --nbval`` checks notebooks. With
``pytest -n``, a notebook stays whole on one worker.
"""

import copy
import tempfile
from collections.abc import Generator
from contextlib import ExitStack
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
Around = Generator[None, Any, Any]  # a hook that lets the others go first
SETTINGS = {"rtol": "1e-7", "atol": "0", "rms": "2", "timeout": "300"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the settings."""
    for name, value in SETTINGS.items():
        parser.addini(f"{NAME}_{name}", f"notebook cells: {name} of the check", default=value)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Around:
    """Collect a notebook as one of ours wherever nbval would collect it as one of its own."""
    found = yield
    return [
        CheckedNotebook.from_parent(parent, path=file_path) if type(one) is IPyNbFile else one
        for one in found
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


class CheckedNotebook(IPyNbFile):
    """A notebook: one kernel, and its code cells in order."""

    def collect(self) -> list["CheckedCell"]:
        """Take the cells that nbval finds, with its options for them."""
        names = ("name", "cell_num", "cell", "options")
        found = [{name: getattr(cell, name) for name in names} for cell in super().collect()]
        self.cells = [CheckedCell.from_parent(self, **arguments) for arguments in found]
        return self.cells

    def setup(self) -> None:
        """Start a kernel in the notebook's folder."""
        options = self.config.option
        stored = self.nb.metadata.get("kernelspec", {}).get("name", "python3")
        kernel = options.nbval_kernel_name or stored
        self.setup_sanitize_files()
        self.stack = ExitStack()
        self.folder = self.stack.enter_context(tempfile.TemporaryDirectory(prefix="kernel-"))
        working = copy.deepcopy(self.nb)
        working.cells = [copy.deepcopy(item.cell) for item in self.cells]
        self.client = NotebookClient(
            working,
            kernel_name=CURRENT_ENV_KERNEL_NAME if options.nbval_current_env else kernel,
            kernel_manager_class=kernel_manager(self.folder),
            startup_timeout=int(options.nbval_kernel_startup_timeout),
            resources={"metadata": {"path": str(self.path.parent)}},
        )
        self.client.reset_execution_trackers()
        self.stack.enter_context(self.client.setup_kernel())
        self.executed, self.broken = 0, ""

    def teardown(self) -> None:
        """End the kernel."""
        self.stack.close()

    def run_until(self, asked: "CheckedCell") -> list[Any]:
        """Execute every cell up to ``asked``, each once; return its new outputs."""
        while self.executed <= asked.cell_num:
            if self.broken:
                pytest.skip(f"not run, after {self.broken}")
            cell, self.executed = self.cells[self.executed], self.executed + 1
            reason, details = ("", "") if cell.options["skip"] else self._execute(cell)
            if reason:
                self.broken = f"Cell {cell.cell_num}: {reason}"
                asked.raise_cell_error(self.broken, details)
        return self.client.nb.cells[asked.cell_num].outputs

    def _execute(self, cell: "CheckedCell") -> tuple[str, str]:
        """Execute one cell; return why it failed, in short and in detail, or nothing twice."""
        working = self.client.nb.cells[cell.cell_num]
        if cell.options["check_exception"]:
            working.metadata.setdefault("tags", []).append("raises-exception")
        self.client.timeout = int(cell.settings["timeout"])
        try:
            self.client.execute_cell(working, cell.cell_num)
        except CellTimeoutError:
            return f"took longer than {self.client.timeout} s", ""
        except DeadKernelError:
            return "the kernel died", "\n".join(last_words(self.folder, lines=5))
        except CellExecutionError as error:
            return f"{error.ename}: {error.evalue}", error.traceback
        return "", ""


class CheckedCell(IPyNbCell):
    """A code cell: passes if it runs and its outputs are the stored ones, within tolerance."""

    @property
    def settings(self) -> dict[str, float]:
        """The project's settings, with the cell's own in their places."""
        own = self.cell.metadata.get(NAME, {})
        return {
            name: float(own.get(name, self.config.getini(f"{NAME}_{name}"))) for name in SETTINGS
        }

    def runtest(self) -> None:
        """Execute the notebook up to this cell, and compare what the cell printed."""
        if self.options["skip"]:
            pytest.skip("tagged nbval-skip")
        if unknown := set(self.cell.metadata.get(NAME, {})) - set(SETTINGS):
            self.raise_cell_error(f"unknown settings in the cell's metadata: {sorted(unknown)}")
        self.test_outputs = self.parent.run_until(self)
        if self.options["check"] and self.cell.source.strip():
            self.compare()

    def compare(self) -> None:
        """Compare what came with what is stored; raise what is to be reported."""
        if self.cell.execution_count is None:
            self.raise_cell_error("Stored without execution: nothing to compare with; refresh it")
        stored, new = (self.sanitize_outputs(o) for o in (self.cell.outputs, self.test_outputs))
        limits = {name: self.settings[name] for name in ("rtol", "atol", "rms")}
        if found := differences(stored, new, **limits):
            self.raise_cell_error("Cell outputs differ", "\n".join(found))

    def setup(self) -> None:
        """Do nothing: nbval expects failures after a time-out, and here they are skipped."""
