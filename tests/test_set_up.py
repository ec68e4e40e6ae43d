"""Which build of PyTorch the set-up takes, and what it asks the installer for."""

import http.server
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tutorial import set_up

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def index(tmp_path):
    """Serve an index as PyTorch's own: a page for torch."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/cpu/torch/" else 404)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/cpu"
        server.shutdown()


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


def test_it_runs_where_nothing_is_installed(tmp_path):
    script = Path(set_up.__file__)
    command = [sys.executable, "-I", "-S", script, "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "--extra" in done.stdout
