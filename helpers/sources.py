"""Read CIFAR-10 from what a person may have of it: the official files, or pictures.

Official files are those that torchvision downloads. They are verified by their MD5 before anything
in them is unpickled. Pictures are read one by one; nothing is written under a name that an archive
chose.
"""

import hashlib
import io
import lzma
import os
import re
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from stat import S_ISREG
from typing import IO, Any

import numpy as np
import torch

CLASSES = ["airplane", "automobile", "bird", "cat", "deer"]
CLASSES += ["dog", "frog", "horse", "ship", "truck"]
COUNTS = {"train": 50_000, "test": 10_000}

ARCHIVE = "cifar-10-python.tar.gz"
FOLDER = "cifar-10-batches-py"
TIMEOUT = 10  # seconds without an answer, after which a download has failed
RETRIES = 2

AGAIN = "delete it and get it again, for example from https://www.cs.toronto.edu/~kriz/cifar.html"
LAYOUT = "train/INDEX_CLASS.png and test/INDEX_CLASS.png (or .jpg)"
PICTURE = re.compile(r"(?:[^/]+/)?(train|test)/(\d{1,9})_([^/]+)\.(?:png|jpe?g)", re.IGNORECASE)
LARGEST = 1_000_000  # bytes of a picture file, far more than 32×32 pixels need
BROKEN: tuple[type[Exception], ...] = (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error)
BROKEN += (lzma.LZMAError, RuntimeError)  # the latter for what zipfile cannot decompress
BROKEN += (ValueError,)  # for a name that is no text

Progress = Callable[[Iterable[Any]], Iterable[Any]]
Parts = dict[str, tuple[torch.Tensor, torch.Tensor]]  # "train" and "test": images and labels


class DataError(RuntimeError):
    """The data cannot be used: one line that says what is wrong, where, and what to do."""


@dataclass(frozen=True)
class Source:
    """Where images came from.

    Parameters
    ----------
    kind : {"official", "pictures", "drawn"}
        The official files, picture files, or the drawn stand-in.
    name : str
        The file or folder, without the path to it.
    sha256 : str
        The content's own name, as :func:`content_hash` makes it, wherever the images came from.
    """

    kind: str
    name: str
    sha256: str

    @property
    def key(self) -> str:
        """The first twelve digits of the SHA-256: enough to tell contents apart."""
        return self.sha256[:12]

    @property
    def verified(self) -> bool:
        """Whether the files fitted their published checksums."""
        return self.kind == "official"

    @property
    def is_cifar10(self) -> bool:
        """Whether these are the images of CIFAR-10, not the stand-in."""
        return self.kind != "drawn"

    def __str__(self) -> str:
        if not self.is_cifar10:
            return f"STAND-IN: drawn shapes, NOT CIFAR-10 (made by {self.name}; nothing to verify)"
        if self.verified:
            return f"CIFAR-10 from {self.name} (official files, checksum verified)"
        return f"CIFAR-10 from {self.name} (picture files, checksum NOT verified: none is known)"


def read(path: Path, progress: Progress = iter) -> tuple[Source, Parts]:
    """Verify one local source and read all of it.

    Parameters
    ----------
    path : pathlib.Path
        The official archive (``.tar.gz``) or folder; or a folder or zip of 32×32 pictures named
        ``train/INDEX_CLASS.png`` or ``.jpg``, perhaps below one top folder.
        What it is follows from its content, not from its name.
    progress : callable
        Wraps the iterator over picture files, as ``tqdm`` does. Default: no progress shown.

    Returns
    -------
    source : Source
    parts : dict of str to (images, labels)
        ``"train"`` and ``"test"``: uint8 tensor (N, 3, 32, 32) and int64 tensor (N,).

    Raises
    ------
    DataError
        If anything is missing, damaged, unreadable or not what it says it is.

    Source
    ------
    https://www.cs.toronto.edu/~kriz/cifar.html
    """
    with reading(path):
        files = scan(path)
        if not path.is_dir():
            kind, parts = _read_file(path, progress)
        elif (path / "data_batch_1").exists():
            kind, parts = "official", _read_official(path)
        else:
            members = (
                (Path(f).relative_to(path).as_posix(), partial(open, f, "rb")) for f in files
            )
            kind, parts = "pictures", _read_pictures(path, progress(members))
    _check_labels(path, parts)
    return Source(kind, path.name, content_hash(parts)), parts


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever goes wrong while a source is read into a DataError of one line."""
    try:
        yield
    except DataError:
        raise
    except BROKEN as error:
        raise DataError(f"{path} is damaged or incomplete ({error}): {AGAIN}") from error
    except OSError as error:
        raise DataError(
            f"cannot read {path} ({error}): check the file and its permissions"
        ) from error


def scan(path: Path) -> dict[str, os.stat_result]:
    """List the files of a source; refuse what is no regular file before anything is opened.

    Parameters
    ----------
    path : pathlib.Path
        A file, or a folder with all that is below it; links to folders are not followed.

    Returns
    -------
    dict of str to os.stat_result
        Absolute path to size, time of change and so on.

    Raises
    ------
    DataError
        If there is a pipe or a device, or something that cannot be read.
    """

    def stop(error: OSError) -> None:
        raise error

    with reading(path):
        files = [str(path)]
        if path.is_dir():
            walk = os.walk(path, onerror=stop)
            files = [os.path.join(folder, name) for folder, _, names in walk for name in names]
        stats = {file: os.stat(file) for file in sorted(files)}
        for file, stat in stats.items():
            if not S_ISREG(stat.st_mode):
                raise DataError(f"{file} is a pipe or a device: name a file or a folder of files")
    return stats


def content_hash(parts: Parts) -> str:
    """Compute the SHA-256 of decoded images: the same for pictures and for the official files.

    Parameters
    ----------
    parts : dict of str to (images, labels)
        ``"train"`` and ``"test"``, as :func:`read` returns them.

    Returns
    -------
    str
        Of the bytes of the training images, training labels, test images and test labels: 64
        hexadecimal digits.
    """
    digest = hashlib.sha256()
    for split in COUNTS:
        for tensor in parts[split]:
            digest.update(tensor.numpy().reshape(-1).data)
    return digest.hexdigest()


def _read_file(path: Path, progress: Progress) -> tuple[str, Parts]:
    """Find out what a file holds, and read it; return the kind of source and its parts."""
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(b"PK"):
        with zipfile.ZipFile(path) as archive:
            members = ((m.filename, partial(archive.open, m)) for m in archive.infolist())
            return "pictures", _read_pictures(path, progress(members))
    if (md5 := _md5(path)) != official().tgz_md5:
        what = "a web page" if head.lstrip().startswith(b"<") else "damaged, or another file"
        raise DataError(
            f"{path} is neither a zip nor {ARCHIVE}: its checksum (MD5 {md5}) is wrong, "
            f"it is {what}: {AGAIN}"
        )
    with tempfile.TemporaryDirectory() as scratch, tarfile.open(path) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # from Python 3.11.4 on
        archive.extractall(scratch)
        return "official", _read_official(Path(scratch) / FOLDER)


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def _check_labels(path: Path, parts: Parts) -> None:
    """Refuse anything but all images, the same number of each class."""
    for split, (_, labels) in parts.items():
        counts = torch.bincount(labels + 1, minlength=1 + len(CLASSES))[1:].tolist()  # -1: missing
        expected = COUNTS[split] // len(CLASSES)
        for name, count in zip(CLASSES, counts, strict=True):
            if count != expected:
                raise DataError(
                    f"{path} has {count:,} {split} images of class {name} instead of "
                    f"{expected:,}: get a complete copy, pictures as {LAYOUT}"
                )


def official() -> Any:
    """Return ``torchvision.datasets.CIFAR10``, which knows the official files' MD5s and address."""
    from torchvision.datasets import CIFAR10  # here, for it loads slowly

    return CIFAR10


def download(folder: Path) -> None:
    """Fetch the official archive into a folder and verify its checksum.

    Parameters
    ----------
    folder : pathlib.Path

    Raises
    ------
    OSError, ValueError
        If there is no answer, or one that is not the archive. Nothing is left in the folder.
    """
    import pooch

    archive = pooch.create(
        folder,
        base_url=official().url.removesuffix(ARCHIVE),
        registry={ARCHIVE: f"md5:{official().tgz_md5}"},
        retry_if_failed=RETRIES,
    )
    archive.fetch(ARCHIVE, downloader=pooch.HTTPDownloader(timeout=TIMEOUT, progressbar=True))


def _read_official(path: Path) -> Parts:
    Folder: Any = type("Folder", (official(),), {"base_folder": path.name})
    meta = Folder.meta["filename"], Folder.meta["md5"]
    for name, expected in [*Folder.train_list, *Folder.test_list, meta]:
        if (md5 := _md5(path / name)) != expected:
            raise DataError(
                f"{path / name} has the wrong checksum (MD5 {md5}), it is damaged: {AGAIN}"
            )
    parts = {}
    for split in COUNTS:
        part = Folder(path.parent, train=split == "train")
        images = torch.from_numpy(part.data).permute(0, 3, 1, 2).contiguous()
        parts[split] = images, torch.tensor(part.targets)
    return parts


def _read_pictures(path: Path, members: Iterable[tuple[str, Callable[[], IO[bytes]]]]) -> Parts:
    """Decode pictures, given as pairs of a name and a function that opens it."""
    parts = {
        split: (
            torch.zeros(count, 3, 32, 32, dtype=torch.uint8),
            torch.full((count,), -1, dtype=torch.int64),
        )
        for split, count in COUNTS.items()
    }
    for name, open_member in members:
        match = PICTURE.fullmatch(name)
        if match is None:
            continue
        split, index, label = match[1].lower(), int(match[2]), match[3]
        if label not in CLASSES:
            raise DataError(
                f"{path}: {name} names the unknown class {label!r}: expected {', '.join(CLASSES)}"
            )
        images, labels = parts[split]
        if index >= len(images) or labels[index] >= 0:
            raise DataError(f"{path}: {name} is one too many: expected {LAYOUT}, counted from 0")
        with open_member() as file:
            images[index] = _decode(path, name, file.read(LARGEST))
        labels[index] = CLASSES.index(label)
    return parts


def _decode(path: Path, name: str, content: bytes) -> torch.Tensor:
    """Decode one PNG or JPEG into a uint8 tensor (3, 32, 32)."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as image:
            width, height = image.size
            if (width, height) != (32, 32):
                wrong = f"{width}×{height} pixels instead of 32×32"
            elif image.mode.startswith("I"):  # grey values up to 65,535; Pillow cuts them off
                wrong = "16 bits a pixel instead of 8"
            else:
                return torch.from_numpy(np.array(image.convert("RGB")).transpose(2, 0, 1))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{path}: {name} is no readable picture ({error}): {AGAIN}") from error
    raise DataError(f"{path}: {name} has {wrong}: get the original images")
