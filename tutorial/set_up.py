"""Set up an environment; plain Python, run before anything is installed.

``python tutorial/set_up.py [--extra test …]``. On Linux without an NVIDIA GPU it takes PyTorch's
build for the CPU, where that can be reached; ``TORCH_BUILD=cpu`` or ``TORCH_BUILD=gpu`` decides
otherwise, and ``TORCH_CPU_INDEX`` names a mirror. Where ``uv`` is installed, it does the work.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
ENOUGH = 5  # seconds to wait for an index that may be out of reach


def main() -> int:
    """Set up the environment that the command line asks for.

    Returns
    -------
    int
        0, or the exit code of the installer.
    """
    parser = argparse.ArgumentParser(description=__doc__.partition(";")[0])
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", help="where; .venv")
    parser.add_argument("--extra", nargs="*", default=[], help="extras of pyproject.toml")
    options = parser.parse_args()
    bin_folder = options.venv / ("Scripts" if os.name == "nt" else "bin")
    python = bin_folder / ("python.exe" if os.name == "nt" else "python")
    if not python.exists():
        print(f"==> Setting up {options.venv.name} (once; a few minutes, mostly PyTorch)")
    index = cpu_index()
    uv = shutil.which("uv")
    if not python.exists():
        make = [uv, "venv", "--seed"] if uv else [sys.executable, "-m", "venv"]
        if failed := subprocess.run([*make, str(options.venv)]).returncode:
            return failed
    install = [uv, "pip", "install", f"--python={python}"] if uv else [python, "-m", "pip"]
    if uv:
        install += ["--index-strategy=unsafe-best-match"]  # of all indexes, as pip does it
    else:
        install += ["install", "--disable-pip-version-check"]
    if not sys.stdout.isatty():
        install += ["--quiet"]  # else it says what it downloads, how large it is, how far it is
    if index:
        install += [f"--extra-index-url={index}"]
    wanted = str(ROOT) + (f"[{','.join(options.extra)}]" if options.extra else "")
    install += [f"--constraint={ROOT / 'constraints.txt'}", "--editable", wanted]
    return subprocess.run(list(map(str, install))).returncode


def cpu_index() -> str | None:
    """Choose between PyTorch's builds, and say which one and why.

    Returns
    -------
    str or None
        The address of the index with the build for the CPU; None for the usual build.

    Raises
    ------
    SystemExit
        If the build for the CPU is asked for and cannot be reached.
    """
    asked = os.environ.get("TORCH_BUILD", "auto")
    index = os.environ.get("TORCH_CPU_INDEX", CPU_INDEX)
    if asked not in ("auto", "cpu", "gpu"):
        sys.exit(f"TORCH_BUILD={asked}: use auto, cpu or gpu")
    if asked == "gpu" or (asked == "auto" and (platform.system() != "Linux" or has_nvidia())):
        return None
    try:
        urllib.request.urlopen(f"{index}/torch/", timeout=ENOUGH).close()
    except OSError as error:
        reason = getattr(error, "reason", error)
        if asked == "cpu":
            sys.exit(f"{index} cannot be reached ({reason}): name a mirror with TORCH_CPU_INDEX")
        print(f"==> {index} cannot be reached ({reason}):")
        print("    taking PyTorch's build for NVIDIA GPUs, which is ten times as large")
        return None
    print("==> Taking PyTorch's build for the CPU, about 200 MB (TORCH_BUILD=gpu for the other)")
    return index


def has_nvidia() -> bool:
    """Tell whether this machine (bool) has an NVIDIA GPU with its driver."""
    return bool(shutil.which("nvidia-smi")) or Path("/proc/driver/nvidia").exists()


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.exit(main())
