"""A pytest plugin: notebooks are executed, and their outputs compared with the stored ones.

Built on nbval by subclassing. What it adds: execution by nbclient, which notices dead kernels;
numbers within a tolerance and pictures by their pixels (``output_comparison``); no cell counts
as checked that was stored without execution; after an error the later cells are not run.

Settings (pytest's configuration file)
    ``nbval_rtol``, ``nbval_atol``, ``nbval_rms``, ``nbval_timeout`` (seconds a cell may take).
In a cell's metadata
    ``"nbval": {"rtol": 0.01}``, with the same names, for this cell alone. nbval's tags work:
    ``nbval-skip``, ``nbval-ignore-output``, ``raises-exception``.
In a notebook's metadata
    ``"nbval": {"alone": true}``: it measures time, so no other test runs beside it.

Usage: ``-p notebook_checker``, or ``pytest_plugins = ["notebook_checker"]`` in the root conftest,
and ``--nbval``. With ``pytest -n``, a notebook stays whole on one worker.
"""

import copy
import os
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, NbvalKernelspecManager
from nbval.plugin import IPyNbCell, IPyNbFile
from output_comparison import differences
from traitlets import default

TOLERANCES = {"rtol": "1e-5", "atol": "1e-8", "rms": "2"}
SETTINGS = {*TOLERANCES, "timeout"}


def pytest_addoption(parser):
    for name, value in TOLERANCES.items():
        parser.addini(f"nbval_{name}", f"notebook outputs: {name} of the comparison", default=value)
    parser.addini("nbval_timeout", "seconds that a notebook cell may take", default="300")


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    found = yield
    collectors = found if isinstance(found, list) else [found]
    return [
        CheckedNotebook.from_parent(parent, path=file_path) if type(one) is IPyNbFile else one
        for one in collectors
    ]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from xdist.scheduler import LoadScopeScheduling

    class WholeNotebooks(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file = nodeid.partition("::")[0]
            return file if file.endswith(".ipynb") else nodeid  # other tests go one by one

    return WholeNotebooks(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item, nextitem):
    """Let a notebook marked «alone» wait until no other worker tests anything."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return (yield)
    run = os.environ["PYTEST_XDIST_TESTRUNUID"]
    alone = isinstance(item, CheckedCell) and item.parent.alone
    with _shared_or_alone(Path(tempfile.gettempdir()) / f"notebook-checker-{run}", alone):
        return (yield)


@contextmanager
def _shared_or_alone(path, alone):
    try:
        import fcntl
    except ImportError:  # Windows: there, check timing notebooks without -n
        yield
        return
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield


class KernelManager(AsyncKernelManager):
    """Starts kernels of the current environment too, and talks to them through files."""

    folder = None

    @default("kernel_spec_manager")
    def _default_kernel_spec_manager(self):
        return NbvalKernelspecManager()

    @default("transport")
    def _default_transport(self):
        return "tcp" if os.name == "nt" else "ipc"  # parallel starts clash over TCP ports

    @default("shutdown_wait_time")
    def _default_shutdown_wait_time(self):
        return 1.0  # seconds; some kernels miss the request to end

    @default("ip")
    def _default_ip(self):
        return "127.0.0.1" if os.name == "nt" else os.path.join(self.folder, "socket")


class CheckedNotebook(IPyNbFile):
    """A notebook: one kernel, and its code cells in order."""

    def collect(self):
        for cell in super().collect():
            yield CheckedCell.from_parent(
                self, name=cell.name, cell_num=cell.cell_num, cell=cell.cell, options=cell.options
            )

    @property
    def alone(self):
        return bool(self.nb.metadata.get("nbval", {}).get("alone"))

    def setup(self):
        options = self.config.option
        kernel = options.nbval_kernel_name or self.nb.metadata.get("kernelspec", {}).get("name")
        self.setup_sanitize_files()
        self.stack = ExitStack()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory(prefix="kernel-"))
        self.kernel_log = Path(folder) / "stderr"
        log = self.stack.enter_context(self.kernel_log.open("wb"))
        self.client = NotebookClient(
            copy.deepcopy(self.nb),
            kernel_name=CURRENT_ENV_KERNEL_NAME if options.nbval_current_env else kernel,
            kernel_manager_class=type("Kernel", (KernelManager,), {"folder": folder}),
            startup_timeout=int(options.nbval_kernel_startup_timeout),
            resources={"metadata": {"path": str(self.path.parent)}},
        )
        self.client.reset_execution_trackers()
        self.stack.enter_context(self.client.setup_kernel(stderr=log))
        self.executed = 0
        self.broken = None

    def teardown(self):
        self.stack.close()

    def run_until(self, cell):
        """Execute every cell up to ``cell``, each once; return its new outputs."""
        target = next(i for i, one in enumerate(self.nb.cells) if one is cell.cell)
        while self.executed <= target:
            index, self.executed = self.executed, self.executed + 1
            self._execute(index, cell)
        return self.client.nb.cells[target].outputs

    def _execute(self, index, asked):
        source = self.nb.cells[index]
        tags = source.metadata.get("tags", ())
        if source.cell_type != "code" or "nbval-skip" in tags:
            return
        own = source.metadata.get("nbval", {}).get("timeout")
        self.client.timeout = int(own or float(self.config.getini("nbval_timeout")))
        working = self.client.nb.cells[index]
        if "nbval-raises-exception" in tags:
            working.metadata.tags = [*tags, "raises-exception"]
        number = sum(one.cell_type == "code" for one in self.nb.cells[:index])
        try:
            self.client.execute_cell(working, index)
        except CellTimeoutError:
            self._break(asked, number, f"took longer than {self.client.timeout} s")
        except DeadKernelError:
            said = self.kernel_log.read_text(errors="replace").splitlines()[-5:]
            self._break(asked, number, "the kernel died", "\n".join(said))
        except CellExecutionError as error:
            self._break(asked, number, f"{error.ename}: {error.evalue}", error.traceback)

    def _break(self, asked, number, reason, details=""):
        self.broken = f"Cell {number}: {reason}"
        asked.raise_cell_error(self.broken, details)


class CheckedCell(IPyNbCell):
    """A code cell: passes if it runs and its outputs are the stored ones, within tolerance."""

    def runtest(self):
        if self.options["skip"]:
            pytest.skip("tagged nbval-skip")
        if self.parent.broken:
            pytest.skip(f"not run, after {self.parent.broken}")
        own = self.cell.metadata.get("nbval", {})
        if unknown := set(own) - SETTINGS:
            self.raise_cell_error(f"unknown settings in the cell's metadata: {sorted(unknown)}")
        self.test_outputs = self.parent.run_until(self)
        if self.options["check"] and self.cell.source.strip():
            self.compare()

    def compare(self):
        """Compare what came with what is stored; raise what is to be reported."""
        own = self.cell.metadata.get("nbval", {})
        if self.cell.execution_count is None:
            self.raise_cell_error("Stored without execution: nothing to compare with; refresh it")
        stored, new = (self.sanitize_outputs(o) for o in (self.cell.outputs, self.test_outputs))
        limits = {name: float(self.config.getini(f"nbval_{name}")) for name in TOLERANCES}
        limits |= {name: value for name, value in own.items() if name in TOLERANCES}
        if found := differences(stored, new, **limits):
            self.raise_cell_error("Cell outputs differ", "\n".join(found))

    def setup(self):
        """Do nothing: nbval expects failures after a time-out, and here they are skipped."""
