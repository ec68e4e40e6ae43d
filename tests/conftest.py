import os
import pickle

import nbformat
import numpy as np
import pytest


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

    from helpers import drawn, find, sources

    for split, count in COUNTS.items():
        monkeypatch.setitem(sources.COUNTS, split, count)
        monkeypatch.setitem(drawn.COUNTS, split, count)
    monkeypatch.delenv("CIFAR10_SOURCE", raising=False)
    monkeypatch.setattr(find, "RETRIES", 0)
    monkeypatch.setattr(find, "TIMEOUT", 0.5)
    monkeypatch.setattr(sources, "BINARY_URL", "http://127.0.0.1:9/cifar-10-binary.tar.gz")


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
def binary_files(monkeypatch):
    """Make the official binary parts in small, and make their checksums the known ones."""
    from cifar10_files import COUNTS, md5, pixels

    from helpers import sources

    files = {}
    for split, names in {
        "train": list(sources.BINARY_PARTS)[:5],
        "test": ["test_batch.bin"],
    }.items():
        labels = np.arange(COUNTS[split], dtype=np.uint8)[:, None] % 10
        records = np.hstack([labels, pixels(split).reshape(-1, 3072)])
        for name, part in zip(names, np.split(records, len(names)), strict=True):
            files[f"cifar-10-batches-bin/{name}"] = part.tobytes()
    checksums = {os.path.basename(name): md5(content) for name, content in files.items()}
    monkeypatch.setattr(sources, "BINARY_PARTS", checksums)
    return files


@pytest.fixture
def python_files(monkeypatch):
    """Make the official python parts in small, with torchvision's lists of checksums to fit."""
    from cifar10_files import CLASSES, COUNTS, md5, pixels
    from torchvision.datasets import CIFAR10

    names = [name for name, _ in CIFAR10.train_list]
    files = {"batches.meta": pickle.dumps({"label_names": CLASSES})}
    for split, parts in {"train": names, "test": ["test_batch"]}.items():
        rows = np.split(pixels(split).reshape(-1, 3072), len(parts))
        labels = np.split(np.arange(COUNTS[split]) % 10, len(parts))
        for name, row, label in zip(parts, rows, labels, strict=True):
            files[name] = pickle.dumps({"data": row, "labels": label.tolist()})
    monkeypatch.setattr(CIFAR10, "train_list", [[name, md5(files[name])] for name in names])
    monkeypatch.setattr(CIFAR10, "test_list", [["test_batch", md5(files["test_batch"])]])
    meta = {**CIFAR10.meta, "md5": md5(files["batches.meta"])}
    monkeypatch.setattr(CIFAR10, "meta", meta)
    return {f"cifar-10-batches-py/{name}": content for name, content in files.items()}


@pytest.fixture
def archive(tmp_path, binary_files, monkeypatch):
    """Make an official binary archive in small, and its checksum the known one."""
    from cifar10_files import md5, write_tar

    from helpers import sources

    archive = write_tar(tmp_path / "cifar-10-binary.tar.gz", binary_files)
    monkeypatch.setattr(sources, "BINARY_MD5", md5(archive.read_bytes()))
    return archive
