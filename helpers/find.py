"""From a source of CIFAR-10 to a file that is mapped into memory: found, decoded once, kept.

One file per source, named by where the source is, how big it is and when it changed. It appears
whole or not at all, and one process at a time makes it. The drawn stand-in has a file of its own
and is never taken for CIFAR-10.

A cache file that was damaged later is noticed, without reading 180 MB at every start: a small file
beside it, ``….whole``, holds the size and the time of change that it had when it was last known to
be whole. While both are the same, it is trusted. Otherwise its content is read once and compared
with the SHA-256 in it; where the small file cannot be written, this happens at every start. Damage
that changes neither size nor time, such as that of a failing disk, goes unnoticed.
"""

import errno
import hashlib
import os
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import torch

from helpers import drawn, sources
from helpers.lesson import alarm
from helpers.sources import ARCHIVE, FOLDER, DataError, Parts, Source

AnyPath = str | os.PathLike[str]
FAILED = "download-failed"  # remembers it, lest every lesson waits for the time-out
STAND_IN = "These are drawn shapes, not CIFAR-10."
OTHERWISE = "Every cell runs, but your pictures and accuracies will not be those of the text."
PATIENCE = 600  # seconds after which a failed download is tried again


@dataclass(frozen=True)
class Decoded:
    """One decoded source, mapped into memory from its cache file.

    Parameters
    ----------
    file : pathlib.Path
        The cache file; :func:`load` maps it in another process.
    source : Source
    parts : dict of str to (images, labels)
        ``"train"`` and ``"test"``: uint8 tensor (N, 3, 32, 32) and int64 tensor (N,).
    """

    file: Path
    source: Source
    parts: Parts

    @property
    def classes(self) -> list[str]:
        """The names of the ten classes, a list of str."""
        return list(sources.CLASSES if self.source.is_cifar10 else drawn.CLASSES)


def data_folder(root: AnyPath | None = None) -> Path:
    """Return where the data are kept.

    Parameters
    ----------
    root : path, optional
        The folder to use. Default: the project's ``data/``; outside a checkout of the project,
        the user's cache folder.

    Returns
    -------
    pathlib.Path
        An absolute path; it need not exist yet.
    """
    if root is not None:
        return Path(root).expanduser().absolute()
    project = _project()
    if project is not None:
        return project / "data"
    from platformdirs import user_cache_path

    return user_cache_path("pytorch-tutorial-notebooks", appauthor=False)


def _project() -> Path | None:
    """Find the checkout this package is installed from; None when the lessons are not there."""
    root = Path(__file__).resolve().parent.parent
    is_checkout = (root / "pyproject.toml").is_file() and (root / "notebooks").is_dir()
    return root if is_checkout else None


def locate(named: AnyPath) -> Path:
    """Find a source that somebody named.

    Parameters
    ----------
    named : path
        A file or folder. ``~`` is the home folder; a relative path starts at the working
        directory or, if nothing is there, at the project's folder.

    Returns
    -------
    pathlib.Path
        Absolute, with links resolved; of a folder in which torchvision keeps CIFAR-10, the
        official folder.

    Raises
    ------
    DataError
        If nothing is there, or it cannot be looked at.
    """
    path = Path(os.path.expanduser(named))
    with sources.reading(path):
        for candidate in (path, (_project() or Path()) / path):
            with suppress(FileNotFoundError, NotADirectoryError, ValueError):
                candidate.stat()  # Path.exists hides, since Python 3.14, what may not be seen
                found = candidate.resolve()
                return found / FOLDER if (found / FOLDER).is_dir() else found
        raise DataError(
            f"{path.absolute()} does not exist: name an archive or a folder of CIFAR-10, or 'drawn'"
        )


def find(folder: Path, source: AnyPath | None = None) -> Decoded:
    """Choose the source, and decode it if that has not been done yet.

    Parameters
    ----------
    folder : pathlib.Path
        The data folder.
    source : path or "drawn", optional
        Default: ``CIFAR10_SOURCE``; else what is decoded; else the official folder or archive in
        ``folder``; else the official archive, downloaded; else the stand-in, with a warning.

    Returns
    -------
    Decoded

    Raises
    ------
    DataError
        If a source that was named, or lies in the folder, cannot be used.
    """
    named = source or os.environ.get("CIFAR10_SOURCE")
    if named:
        if named == "drawn" and not source:
            alarm(STAND_IN, f"CIFAR10_SOURCE=drawn asks for them. {OTHERWISE}")
        return _cached(folder, named)
    if decoded := _newest_decoded(folder):
        return decoded
    for name in (FOLDER, ARCHIVE):
        if (folder / name).exists():
            return _cached(folder, folder / name)
    return _cached(folder, _download(folder) or "drawn")


def _cached(folder: Path, named: AnyPath) -> Decoded:
    """Return one source, decoded now if its cache file is missing or damaged."""
    if named == "drawn":
        cache, make = folder / f"drawn-{_short_hash(Path(drawn.__file__).read_bytes())}.pt", _draw
    else:
        path = locate(named)
        cache, make = folder / f"cifar10-{_key(path)}.pt", lambda: _decode(path)
    with suppress(DataError):
        return _load_whole(cache)
    # drawing takes seconds and says nothing; whoever waits for it says nothing either
    with _lock(folder, quiet=named == "drawn"):
        with suppress(DataError):  # another process may have made it while this one waited
            return _load_whole(cache)
        if cache.is_dir():  # which no file can replace
            raise _damaged(cache)
        _write(cache, *make())
    return load(cache)


def _key(path: Path) -> str:
    """Name a file or folder by where it is, how big it is and when it changed."""
    stats = sources.scan(path).items()
    return _short_hash(repr([(name, s.st_size, s.st_mtime_ns) for name, s in stats]).encode())


def _short_hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _decode(path: Path) -> tuple[Source, Parts]:
    from tqdm import tqdm  # prints nothing but on a terminal, because of disable=None

    print(f"Decoding {path} (once) …", file=sys.stderr, flush=True)
    bar = partial(tqdm, total=sum(sources.COUNTS.values()), unit=" images", disable=None)
    return sources.read(path, bar)


def _draw() -> tuple[Source, Parts]:
    parts = {}
    for split, count in sources.COUNTS.items():
        images, labels = drawn.draw(split, count)
        parts[split] = torch.from_numpy(images), torch.from_numpy(labels)
    return Source("drawn", "helpers/drawn.py", sources.content_hash(parts)), parts


def _write(cache: Path, source: Source, parts: Parts) -> None:
    """Write a cache file so that it is there whole or not at all."""
    content = {**parts, "source": asdict(source), "seal": _short_hash(repr(source).encode())}
    temporary = cache.with_suffix(".tmp")
    try:
        for left in cache.parent.glob("*.tmp"):  # of a killed process: the lock is ours now
            left.unlink()
        with temporary.open("wb") as file:
            torch.save(content, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, cache)
        _remember_whole(cache, _stamp(cache))
    except (OSError, RuntimeError) as error:
        raise _cannot_write(cache.parent, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _cannot_write(folder: Path, error: BaseException) -> DataError:
    """Say why nothing can be written there, and what helps."""
    if isinstance(error.__context__, OSError):
        error = error.__context__  # what the disk said, before torch said something else
    full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
    advice = "make 200 MB of space there" if full else "make it a folder you may write to"
    return DataError(
        f"cannot write into the data folder {folder} ({error}): {advice}, or name another one "
        "with root="
    )


def load(cache: Path) -> Decoded:
    """Map a cache file into memory; pages are read when used and shared between processes.

    Parameters
    ----------
    cache : pathlib.Path
        The ``file`` of what :func:`find` returned.

    Returns
    -------
    Decoded

    Raises
    ------
    DataError
        If the file cannot be mapped, or describes no images. The pixels are not read.
    """
    try:
        content = torch.load(cache, mmap=True, weights_only=True)
        source = Source(**content["source"])
        parts = {split: content[split] for split in sources.COUNTS}
        fits = content["seal"] == _short_hash(repr(source).encode())
        for images, labels in parts.values():
            fits &= images.dtype == torch.uint8 and labels.dtype == torch.int64
            fits &= images.shape == (len(labels), 3, 32, 32) and labels.ndim == 1
    except PermissionError as error:
        raise DataError(f"cannot read {cache} ({error}): check its permissions") from error
    except Exception as error:  # a damaged file makes torch raise almost anything
        raise _damaged(cache) from error
    if not fits:
        raise _damaged(cache)
    return Decoded(cache, source, parts)


def _load_whole(cache: Path) -> Decoded:
    """Load a cache file and compare its content, unless that was done since it changed."""
    decoded, stamp = load(cache), _stamp(cache)
    with suppress(OSError):
        if cache.with_suffix(".whole").read_bytes() == stamp:
            return decoded
    if sources.content_hash(decoded.parts) != decoded.source.sha256:
        raise _damaged(cache)
    _remember_whole(cache, stamp)
    return decoded


def _remember_whole(cache: Path, stamp: bytes) -> None:
    with suppress(OSError):  # in a folder that is read-only
        cache.with_suffix(".whole").write_bytes(stamp)


def _stamp(cache: Path) -> bytes:
    stat = cache.stat()
    return f"{stat.st_size} {stat.st_mtime_ns}".encode()


def _damaged(cache: Path) -> DataError:
    return DataError(f"{cache} is damaged: delete it and name its source again")


def _newest_decoded(folder: Path) -> Decoded | None:
    """Return what to use when no source is named: verified first, then the newest."""
    found = map(_load_whole, folder.glob("cifar10-*.pt"))
    return max(found, key=lambda d: (d.source.verified, d.file.stat().st_mtime_ns), default=None)


@contextmanager
def _lock(folder: Path, quiet: bool = False) -> Iterator[None]:
    """Let one process at a time prepare data in a folder; the others say that they wait."""
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "prepare.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if not quiet:
                print(f"Another process prepares data in {folder}; waiting …", file=sys.stderr)
            lock.acquire()
    except OSError as error:
        raise _cannot_write(folder, error) from error
    try:
        yield
    finally:
        lock.release()


def _download(folder: Path) -> Path | None:
    """Fetch the official archive; return its path, or None after a warning."""
    archive, failed = folder / ARCHIVE, folder / FAILED
    with _lock(folder):
        if archive.exists():
            return archive
        if failed.exists() and time.time() - failed.stat().st_mtime < PATIENCE:
            reason = f"{failed.read_text()}, not tried again for {PATIENCE // 60} minutes"
        else:
            try:
                sources.download(folder)
                return archive
            except (OSError, ValueError) as error:  # the errors of requests are OSErrors
                reason = type(error).__name__
            with suppress(OSError):
                failed.write_text(reason)
    why = f"CIFAR-10 could not be downloaded ({reason})"
    what_to_do = f"Set CIFAR10_SOURCE to a copy of CIFAR-10, or put {ARCHIVE} into {folder}."
    if not alarm(STAND_IN, f"{why}. {OTHERWISE} {what_to_do}"):
        # stacklevel: the line that asked for the data
        warnings.warn(f"{why}: you get DRAWN SHAPES, NOT CIFAR-10. {what_to_do}", stacklevel=4)
    return None


def forget_failed_download(folder: Path) -> None:
    """Try the download at the next occasion, even if it failed a moment ago."""
    with suppress(OSError):
        (folder / FAILED).unlink()
