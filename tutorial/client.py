"""Papermill's client: limits of time and of what a cell may print; how far it is."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines

ENGINE = "tutorial"  # the name under which papermill knows this client
TEXT = 1_000_000  # characters that a cell may print
REST = 50_000_000  # characters of pictures and all else that it may display, as they are stored
PATIENCE = 600  # seconds, until a kernel has started, and until what a cell printed has arrived


class LimitedClient(PapermillNotebookClient):
    """Executes cells, and cuts what one prints without end."""

    def __init__(self, manager: NotebookExecutionManager, **options: Any) -> None:
        limits = {"startup_timeout": PATIENCE, "iopub_timeout": PATIENCE}
        super().__init__(manager, **limits, **options)
        self._left: Counter[tuple[int, str]] = Counter()

    def output(
        self, outs: list[NotebookNode], msg: dict[str, Any], display_id: Any, cell_index: int
    ) -> NotebookNode | None:
        """Keep one output, as far as the cell has not had its share."""
        kind = msg["msg_type"]
        if kind == "error":
            content = msg["content"]
            content["evalue"] = content["evalue"][:TEXT]
            content["traceback"] = [line[:TEXT] for line in content["traceback"]]
            return super().output(outs, msg, display_id, cell_index)
        limit = TEXT if kind == "stream" else REST
        left = self._left.setdefault((cell_index, kind), limit)
        if left < 0:
            return None
        kept = super().output(outs, msg, display_id, cell_index)
        if kept is None:
            return None
        size = len(kept.text) if kind == "stream" else sum(map(len, map(str, kept.data.values())))
        self._left[cell_index, kind] -= size
        if size > left:
            if kind == "stream":
                kept.text = kept.text[:left]
            else:
                kept.data = NotebookNode()
            told = f"\n… cut here: more than {limit:,} characters from one cell\n"
            outs.append(new_output("stream", name="stderr", text=told))
        return kept


class LimitedEngine(NBClientEngine):
    """Papermill's engine, with the client above."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, **options: Any
    ) -> NotebookNode:
        """Execute a notebook that papermill has prepared.

        Parameters
        ----------
        nb_man : papermill.engines.NotebookExecutionManager
        kernel_name : str
        **options
            ``kernel_manager_class`` and ``timeout_func`` are for the client, ``progress`` is the
            file to write the number of the running cell to, or None; papermill's own options
            that the client does not know are left out.

        Returns
        -------
        nbformat.NotebookNode
        """
        known = {name: options[name] for name in ("kernel_manager_class", "timeout_func")}
        if options["progress"] is not None:
            known["on_cell_start"] = _teller(nb_man.nb, options["progress"])
        return LimitedClient(nb_man, kernel_name=kernel_name, **known).execute()


def _teller(notebook: NotebookNode, progress: Path) -> Callable[..., None]:
    """Make what writes, whenever a cell starts, which of how many it is."""
    code = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]

    def tell(cell: NotebookNode, cell_index: int) -> None:
        if cell_index in code:
            with suppress(OSError):  # on another machine the folder is not there
                progress.write_text(f"{code.index(cell_index) + 1} {len(code)}")

    return tell


papermill_engines.register(ENGINE, LimitedEngine)
