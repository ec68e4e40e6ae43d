import os
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

import nbformat
import pytest

from notebook_checker import plugin

TOGETHER = ("test_grade.py", "test_your_own_pictures.py")

# A shell that starts this in the background lets it not hear Ctrl-C, nor what it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionstart(session):
    """Take the ports that Dask and torchrun like best, as others on a machine may have."""
    for port in (8787, 29500):
        taken = socket.socket()
        session.config.add_cleanup(taken.close)
        with suppress(OSError):  # another process of these tests, or another program has it
            taken.bind(("127.0.0.1", port))
            taken.listen()


@pytest.fixture
def write_notebook(tmp_path):
    """Write a small notebook: a parameters cell first, then the given code cells."""

    def write(*cells, name="lesson.ipynb", parameters="seed: int = 1  # where to start"):
        notebook = nbformat.v4.new_notebook(
            metadata={
                "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
            }
        )
        first = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
        notebook.cells = [first, *map(nbformat.v4.new_code_cell, cells)]
        path = tmp_path / name
        nbformat.write(notebook, path)
        return path

    return write


@pytest.fixture
def small(monkeypatch):
    """Let a complete CIFAR-10 be small; let neither the environment nor a network play a part."""
    from cifar10_files import COUNTS

    from helpers import sources

    for split, count in COUNTS.items():
        monkeypatch.setitem(sources.COUNTS, split, count)
    monkeypatch.delenv("CIFAR10_SOURCE", raising=False)
    monkeypatch.setattr(sources, "RETRIES", 0)
    monkeypatch.setattr(sources, "TIMEOUT", 0.5)
    monkeypatch.setattr(sources.official(), "url", f"http://127.0.0.1:9/{sources.ARCHIVE}")


@pytest.fixture
def zipped(tmp_path):
    """Write a complete source of pictures."""
    from cifar10_files import pictures, write_zip

    return write_zip(tmp_path / "mine.zip", pictures())


@pytest.fixture
def root(tmp_path):
    """Name a data folder that does not exist yet."""
    return tmp_path / "data"


@pytest.fixture
def ordinary():
    """Be an ordinary user, to whom permissions apply, and get a folder that is this user's."""
    if not hasattr(os, "seteuid"):
        pytest.skip("permissions are of another kind here")
    with tempfile.TemporaryDirectory() as folder:
        was, user = os.geteuid(), os.geteuid() or 65534
        os.chown(folder, user, -1)
        os.seteuid(user)
        try:
            effective = os.access in os.supports_effective_ids
            if not os.access(__file__, os.R_OK, effective_ids=effective):
                pytest.skip("an ordinary user may not enter the folder of this project")
            yield Path(folder)
        finally:
            os.seteuid(was)


@pytest.fixture
def official_files(monkeypatch):
    """Make the official files in small, and make their checksums the known ones."""
    from cifar10_files import md5, official

    from helpers import sources

    files = official()
    cifar10 = sources.official()
    for name in ("train_list", "test_list"):
        checksums = [[part, md5(files[part])] for part, _ in getattr(cifar10, name)]
        monkeypatch.setattr(cifar10, name, checksums)
    monkeypatch.setattr(cifar10, "meta", cifar10.meta | {"md5": md5(files["batches.meta"])})
    return {f"{sources.FOLDER}/{name}": content for name, content in files.items()}


@pytest.fixture
def archive(tmp_path, official_files, monkeypatch):
    """Make the official archive in small, and its checksum the known one."""
    from cifar10_files import md5, write_tar

    from helpers import sources

    archive = write_tar(tmp_path / sources.ARCHIVE, official_files)
    monkeypatch.setattr(sources.official(), "tgz_md5", md5(archive.read_bytes()))
    return archive


@pytest.fixture
def small_disk():
    """Make folders that are disks of their own, of a given size."""

    @contextmanager
    def small_disk(folder, size):
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
        if not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
            pytest.skip("mounting needs root on Linux")
        try:
            yield
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)

    return small_disk


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep the tests of a file on one worker where a fixture takes longer than all of them."""
    scheduler = plugin.pytest_xdist_make_scheduler(config, log)
    if scheduler:
        by_notebook = scheduler._split_scope

        def split(nodeid):
            file = nodeid.partition("::")[0]
            return file if file.endswith(TOGETHER) else by_notebook(nodeid)

        scheduler._split_scope = split
    return scheduler
