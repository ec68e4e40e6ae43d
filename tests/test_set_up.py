"""Which build of PyTorch the set-up takes, and what it asks the installer for."""

import functools
import http.server
import json
import re
import subprocess
import sys
import threading
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from tutorial import set_up

NOWHERE = "http://127.0.0.1:9"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextmanager
def serve(folder):
    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def write_torch(folder, version):
    """Put a wheel that calls itself PyTorch into a folder that serves as an index."""
    folder.mkdir(parents=True)
    name, info = f"torch-{version}-py3-none-any.whl", f"torch-{version}.dist-info"
    with zipfile.ZipFile(folder / name, "w") as wheel:
        wheel.writestr("torch/__init__.py", "")
        wheel.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n"
        )
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    (folder / "index.html").write_text(f'<!DOCTYPE html><a href="{name}">{name}</a>')


@pytest.fixture
def index(tmp_path):
    """Serve an index as PyTorch's own: a page for torch, with the build for the CPU."""
    pinned = (set_up.ROOT / "constraints.txt").read_text(encoding="utf-8")
    version = re.search(r"^torch==(\S+)", pinned, re.MULTILINE)[1]
    write_torch(tmp_path / "pytorch" / "cpu" / "torch", f"{version}+cpu")
    write_torch(tmp_path / "usual" / "torch", version)
    with serve(tmp_path / "pytorch") as address:
        yield f"{address}/cpu"


@pytest.fixture
def machine(monkeypatch):
    """Be another machine, and ask for a build."""

    def be(system="Linux", nvidia=False, **asked):
        monkeypatch.setattr(set_up.platform, "system", lambda: system)
        monkeypatch.setattr(set_up, "has_nvidia", lambda: nvidia)
        for name in ("TORCH_BUILD", "TORCH_CPU_INDEX"):
            monkeypatch.delenv(name, raising=False)
        for name, value in asked.items():
            monkeypatch.setenv(name, value)

    return be


def test_linux_without_a_gpu_takes_the_build_for_the_cpu(machine, index):
    machine(TORCH_CPU_INDEX=index)
    assert set_up.cpu_index() == index


@pytest.mark.parametrize(
    ("system", "nvidia"), [("Linux", True), ("Darwin", False), ("Windows", False)]
)
def test_other_machines_take_the_usual_build(machine, index, system, nvidia):
    machine(system, nvidia, TORCH_CPU_INDEX=index)
    assert set_up.cpu_index() is None


def test_a_variable_decides_either_way(machine, index):
    machine(nvidia=True, TORCH_BUILD="cpu", TORCH_CPU_INDEX=index)
    assert set_up.cpu_index() == index
    machine(TORCH_BUILD="gpu", TORCH_CPU_INDEX=index)
    assert set_up.cpu_index() is None
    machine(TORCH_BUILD="tpu")
    with pytest.raises(SystemExit, match="use auto, cpu or gpu"):
        set_up.cpu_index()


@pytest.mark.parametrize("address", [NOWHERE, "{index}/missing", "http://no-such-host.invalid"])
def test_an_index_out_of_reach_is_told_and_not_waited_for(machine, index, capsys, address):
    machine(TORCH_CPU_INDEX=address.format(index=index))
    assert set_up.cpu_index() is None
    assert "cannot be reached" in capsys.readouterr().out
    machine(TORCH_BUILD="cpu", TORCH_CPU_INDEX=address.format(index=index))
    with pytest.raises(SystemExit, match="name a mirror with TORCH_CPU_INDEX"):
        set_up.cpu_index()


@pytest.mark.parametrize("uv", ["", "uv"])
def test_the_installer_gets_the_extras_the_constraints_and_the_index(
    machine, index, monkeypatch, tmp_path, uv
):
    machine(TORCH_CPU_INDEX=index)
    commands = []
    done = subprocess.CompletedProcess([], 0)
    monkeypatch.setattr(set_up.subprocess, "run", lambda said: commands.append(said) or done)
    monkeypatch.setattr(set_up.shutil, "which", lambda name: uv)
    venv = tmp_path / "my env"
    monkeypatch.setattr(sys, "argv", ["set_up.py", "--venv", str(venv), "--extra", "test", "docs"])
    assert set_up.main() == 0
    make, install = commands
    assert make[-1] == str(venv)
    assert install[-1] == f"{set_up.ROOT}[test,docs]"
    assert f"--extra-index-url={index}" in install
    assert f"--constraint={set_up.ROOT / 'constraints.txt'}" in install
    assert (install[0] == "uv") == bool(uv)


def test_the_installer_prefers_the_build_for_the_cpu_within_the_constraints(index, tmp_path):
    with serve(tmp_path / "usual") as usual:
        command = [sys.executable, "-m", "pip", "--isolated", "install", "--dry-run", "--no-deps"]
        command += ["--ignore-installed", "--quiet", "--report=-", f"--index-url={usual}"]
        command += [f"--extra-index-url={index}"]
        command += [f"--constraint={set_up.ROOT / 'constraints.txt'}", "torch"]
        done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (chosen,) = json.loads(done.stdout)["install"]
    assert chosen["metadata"]["version"].endswith("+cpu")


def test_it_runs_where_nothing_is_installed(tmp_path):
    script = Path(set_up.__file__)
    command = [sys.executable, "-I", "-S", script, "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "--extra" in done.stdout
