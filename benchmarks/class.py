"""What does a class need of a server? Learners at once, each with a kernel of their own.

Run it on Linux: ``python benchmarks/class.py --learners 24 --training 8 [--json FILE]``.
Kernels start one after the other, as in a class, and stay until the last learner has finished. Each
executes the lessons cell by cell (06: the small copy on drawn pictures), with a pause after each
cell. Private memory is what the system would get back if the kernel ended. Use PyTorch's build for
the CPU, as a server without a GPU does: the one with CUDA takes a third more.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import psutil
from jupyter_client.manager import start_new_kernel
from report import figure, report

ROOT = Path(__file__).parents[1]
LIMIT = 240  # seconds for a cell: beyond it, a learner has given up
GOALS = {"01": 340, "06": 420}  # MB, as a server without a GPU needs it


def cells_of(number):
    """Read the code of a lesson, in the small copy where there is one."""
    folders = (ROOT / "tests" / "contract", ROOT / "notebooks")
    path = next(path for folder in folders for path in folder.glob(f"{number}_*.ipynb"))
    cells = nbformat.read(path, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def private(pid):
    return psutil.Process(pid).memory_full_info().uss / 1e6


def learn(number, lessons, thinking, options, kernels):
    """Be one learner; return, for each lesson that was finished, cell times and memory."""
    pause = random.Random(number)
    if thinking:
        time.sleep(number * options.apart)
    environment = os.environ | {"OMP_NUM_THREADS": str(options.threads)}
    manager, client = start_new_kernel(startup_timeout=LIMIT, env=environment)
    kernels.append((manager, client))
    found = {}
    for name, sources in lessons.items():
        times = []
        for source in sources:
            begin = time.perf_counter()
            try:
                reply = client.execute_interactive(
                    source, timeout=LIMIT, output_hook=lambda message: None
                )
            except TimeoutError:
                return found
            times.append(time.perf_counter() - begin)
            if reply["content"]["status"] != "ok":
                print(f"learner {number}, lesson {name}: {reply['content']['evalue']}")
                return found
            time.sleep(thinking * pause.uniform(0.5, 1.5))
        found[name] = times, private(manager.provisioner.pid)
    return found


def measure(count, lessons, thinking, options):
    """Let learners learn at once; return figures."""
    kernels, begin = [], time.perf_counter()
    who = f"{count} learners" if thinking else f"{count} learners without a pause"

    def one(number):
        return learn(number, lessons, thinking, options, kernels)

    try:
        with ThreadPoolExecutor(count) as pool:
            found = list(pool.map(one, range(count)))
        taken = time.perf_counter() - begin
    finally:
        for manager, client in kernels:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    figures = []
    for name in lessons:
        done = [one[name] for one in found if name in one]
        words = f"{who}, lesson {name}"
        figures.append(figure(f"{words}: finished", [len(done)], "", f"{count}"))
        if done:
            cells = sorted(seconds for times, _ in done for seconds in times)
            late = cells[int(0.95 * (len(cells) - 1))]
            goal = "at most 1 s" if thinking and name == "01" else ""
            figures += [
                figure(f"{words}: a cell, median", [statistics.median(cells)], "s"),
                figure(f"{words}: a cell, 95th percentile", [late], "s", goal),
                figure(f"{words}: computing in all", [sum(times) for times, _ in done], "s"),
            ]
            goal = f"at most {GOALS[name]} MB" if name in GOALS else ""
            memory = [memory for _, memory in done]
            figures.append(figure(f"{words}: private memory", memory, "MB", goal))
    goal = "at most 90 s" if not thinking and count == 8 else ""
    figures.append(figure(f"{who}: from the first start to the last end", [taken], "s", goal))
    return figures


def server():
    """Return the private memory of the Jupyter server that a hub gives each learner."""
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "wb") as nowhere:
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
        command += ["--ServerApp.port=0", f"--ServerApp.root_dir={folder}"]
        environment = os.environ | {"JUPYTER_RUNTIME_DIR": folder}
        process = subprocess.Popen(command, stdout=nowhere, stderr=nowhere, env=environment)
        try:
            while not [*Path(folder).glob("jpserver-*.json")]:
                assert process.poll() is None, "the server has ended"
                time.sleep(0.1)
            time.sleep(2)  # it goes on loading
            return private(process.pid)
        finally:
            process.terminate()
            process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--learners", type=int, nargs="*", default=[2], metavar="N")
    parser.add_argument("--lessons", nargs="+", default=["01", "06"], metavar="NN")
    parser.add_argument("--thinking", type=float, default=5, metavar="S", help="after a cell; 5")
    parser.add_argument("--apart", type=float, default=3, metavar="S", help="between starts; 3")
    words = "so many who start together, execute 06 and never think; none"
    parser.add_argument("--training", type=int, nargs="*", default=[], metavar="N", help=words)
    parser.add_argument("--threads", type=int, default=1, help="of each kernel; 1")
    parser.add_argument("--json", metavar="FILE", help="write the figures here too")
    options = parser.parse_args()
    import torch

    from helpers import CIFAR10

    CIFAR10(source="drawn")  # decoded before anybody comes
    lessons = {name: cells_of(name) for name in options.lessons}
    figures = [figure("a learner's Jupyter server: private memory", [server()], "MB")]
    for count in options.learners:
        figures += measure(count, lessons, options.thinking, options)
    for count in options.training:
        figures += measure(count, {"06": cells_of("06")}, 0, options)
    pause = f"{options.thinking:g} s of thinking after a cell"
    how = f"OMP_NUM_THREADS={options.threads}, {pause}, starts {options.apart:g} s apart"
    build = f"CUDA {torch.version.cuda}" if torch.version.cuda else "the CPU"
    report(f"Class, PyTorch for {build}: {how}", figures, options.json)


if __name__ == "__main__":
    main()
