"""Sources of CIFAR-10 in small: 20 training and 10 test images, image i of class i % 10."""

import hashlib
import io
import pickle
import tarfile
import zipfile

import numpy as np
from PIL import Image

from helpers.sources import CLASSES

COUNTS = {"train": 20, "test": 10}


def pixels(split):
    """Make the images of one part, (N, 3, 32, 32)."""
    generator = np.random.default_rng(len(split))
    return generator.integers(0, 256, (COUNTS[split], 3, 32, 32), dtype=np.uint8)


def png(image):
    return encoded(Image.fromarray(image.transpose(1, 2, 0)))


def encoded(image):
    """Turn a PIL image into the content of a PNG file."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def pictures(top=""):
    """Make the picture files of a complete source: content by name."""
    files = {f"{top}labels.txt": "\n".join(CLASSES).encode()}
    for split in COUNTS:
        for index, image in enumerate(pixels(split)):
            files[f"{top}{split}/{index}_{CLASSES[index % 10]}.png"] = png(image)
    return files


def official():
    """Make the official files: content by name."""
    files = {"batches.meta": pickle.dumps({"label_names": CLASSES})}
    names = {"train": [f"data_batch_{number}" for number in range(1, 6)], "test": ["test_batch"]}
    for split, parts in names.items():
        rows = np.split(pixels(split).reshape(-1, 3072), len(parts))
        labels = np.split(np.arange(COUNTS[split]) % 10, len(parts))
        for name, row, label in zip(parts, rows, labels, strict=True):
            files[name] = pickle.dumps({"data": row, "labels": label.tolist()})
    return files


def write_folder(path, files):
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def write_zip(path, files, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def write_tar(path, files):
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def md5(content):
    return hashlib.md5(content).hexdigest()
