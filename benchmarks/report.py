"""What every benchmark reports alike: its figures with their spread, and the machine."""

import json
import os
import platform
import statistics
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("torch", "torchvision", "numpy", "papermill")


def machine():
    """Describe this machine in one line (str): processor, cores, code path of PyTorch."""
    import torch

    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    processor = names[0] if names else platform.machine()
    path = torch.backends.cpu.get_cpu_capability()
    return f"{processor}, {os.cpu_count()} cores, {path}, {platform.system()}"


def figure(name, values, unit="", goal=""):
    """Gather one figure of a benchmark.

    Parameters
    ----------
    name : str
        What was measured.
    values : list of float
        All measurements; reported are their median, smallest and largest.
    unit : str
        Default: none, as for a ratio.
    goal : str
        What it should be, in words. Default: nothing was set.

    Returns
    -------
    dict
    """
    return {"name": name, "values": list(values), "unit": unit, "goal": goal}


def spread(values):
    """Return median, smallest and largest (float each)."""
    return statistics.median(values), min(values), max(values)


def written(value):
    """Write a number with three digits that count (str)."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def kept(path):
    """Read what an interrupted run has measured already (list of dict), a line for each part."""
    path = Path(path)
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def keep(path, measured):
    """Add a line with one finished part to the file, and print it."""
    line = json.dumps(measured)
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    print(line, flush=True)


def report(title, figures, path=None):
    """Print figures, and write them as JSON where a path is given.

    Parameters
    ----------
    title : str
        What was measured, and how, in one line.
    figures : list of dict
        Of :func:`figure`.
    path : path-like, optional
    """
    found = {
        "title": title,
        "machine": machine(),
        "versions": {"python": platform.python_version()}
        | {library: version(library) for library in LIBRARIES},
        "figures": figures,
    }
    print(title)
    print(found["machine"])
    print(", ".join(f"{name} {number}" for name, number in found["versions"].items()))
    for one in figures:
        middle, low, high = map(written, spread(one["values"]))
        between = (
            f" ({low} to {high}, {len(one['values'])} times)" if len(one["values"]) > 1 else ""
        )
        goal = f"; wanted: {one['goal']}" if one["goal"] else ""
        print(f"{one['name']}: {middle} {one['unit']}".rstrip() + between + goal)
    if path:
        Path(path).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
