"""From a source of CIFAR-10 to a file that is mapped into memory: found, decoded once, kept.

One file per source, named by where the source is, how big it is and when it changed. It appears
whole or not at all, and one process at a time makes it. The drawn stand-in has a file of its own
and is never taken for CIFAR-10.
"""

import hashlib
import os
import pickle
import sys
import time
import warnings
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path

import torch

from helpers import drawn, sources
from helpers.sources import ARCHIVE, FOLDER, DataError, Source

TIMEOUT = 10  # seconds without an answer, after which a download has failed
RETRIES = 2
FAILED = "download-failed"  # remembers it, lest every lesson waits for the time-out
PATIENCE = 600  # seconds after which a failed download is tried again


def data_folder(root=None):
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


def _project():
    """Find the checkout this package is installed from; None when the lessons are not there."""
    root = Path(__file__).resolve().parent.parent
    is_checkout = (root / "pyproject.toml").is_file() and (root / "notebooks").is_dir()
    return root if is_checkout else None


def find(folder, source=None):
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
    pathlib.Path
        The cache file, for :func:`load`.

    Raises
    ------
    DataError
        If a source that was named, or lies in the folder, cannot be used.
    """
    named = source or os.environ.get("CIFAR10_SOURCE")
    if named:
        return _cached(folder, named)
    if decoded := _newest_decoded(folder):
        return decoded
    for name in (FOLDER, ARCHIVE):
        if (folder / name).exists():
            return _cached(folder, folder / name)
    return _cached(folder, _download(folder) or "drawn")


def _cached(folder, named):
    """Return the cache file of one source, made now if it is missing or damaged."""
    if named == "drawn":
        cache, make = folder / f"drawn-{_short_hash(Path(drawn.__file__).read_bytes())}.pt", _draw
    else:
        path = _local(named)
        cache, make = folder / f"cifar10-{_key(path)}.pt", lambda: _decode(path)
    if not _is_whole(cache):
        with _lock(folder):
            if not _is_whole(cache):  # another process may have made it while this one waited
                _write(cache, *make())
    return cache


def _local(named):
    """Find a path that may be relative to the working directory, or else to the project."""
    path = Path(named).expanduser()
    for candidate in (path, (_project() or Path()) / path):
        if candidate.exists():
            return candidate.resolve()
    raise DataError(f"{path.absolute()} does not exist: check CIFAR10_SOURCE or source=")


def _key(path):
    """Name a file or folder by where it is, how big it is and when it changed."""
    try:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        stats = [(str(file), file.stat()) for file in files]
    except OSError as error:
        raise DataError(f"cannot read {path} ({error}): check the files in it") from error
    return _short_hash(repr([(name, s.st_size, s.st_mtime_ns) for name, s in stats]).encode())


def _short_hash(content):
    return hashlib.sha256(content).hexdigest()[:12]


def _decode(path):
    from tqdm import tqdm  # prints nothing but on a terminal, because of disable=None

    print(f"Decoding {path} (once) …", file=sys.stderr, flush=True)
    bar = partial(tqdm, total=sum(sources.COUNTS.values()), unit=" images", disable=None)
    return sources.read(path, bar)


def _draw():
    parts = {
        split: tuple(map(torch.from_numpy, drawn.draw(split, count)))
        for split, count in sources.COUNTS.items()
    }
    return Source("drawn", "helpers/drawn.py", sources.content_hash(parts)), parts


def _write(cache, source, parts):
    """Write a cache file so that it is there whole or not at all."""
    classes = drawn.CLASSES if source.kind == "drawn" else sources.CLASSES
    content = {**parts, "classes": list(classes), "source": asdict(source)}
    for left in cache.parent.glob("*.tmp"):  # of a process that was killed: the lock is ours now
        left.unlink()
    temporary = cache.with_suffix(".tmp")
    try:
        torch.save(content, temporary)
        os.replace(temporary, cache)
    except (OSError, RuntimeError) as error:
        raise DataError(
            f"cannot write {cache} ({str(error).splitlines()[0]}): make 200 MB of space there, or "
            "name another folder with root="
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def load(cache):
    """Map a cache file into memory; pages are read when used and shared between processes.

    Parameters
    ----------
    cache : pathlib.Path
        What :func:`find` returned.

    Returns
    -------
    dict
        ``train`` and ``test``, each a pair of images (uint8, shape (N, 3, 32, 32)) and labels
        (int64, shape (N,)); ``classes``, a list of str; ``source``, the fields of a Source.
    """
    return torch.load(cache, mmap=True, weights_only=True)


def _is_whole(cache):
    if not cache.exists():
        return False
    try:
        load(cache)
    except (RuntimeError, OSError, EOFError, pickle.UnpicklingError):
        return False
    return True


def _newest_decoded(folder):
    """Return the cache file to use when no source is named: verified first, then the newest."""
    found = []
    for cache in folder.glob("cifar10-*.pt"):
        if not _is_whole(cache):
            raise DataError(f"{cache} is damaged: delete it and name its source again")
        found.append((Source(**load(cache)["source"]).verified, cache.stat().st_mtime_ns, cache))
    return max(found)[-1] if found else None


@contextmanager
def _lock(folder):
    """Let one process at a time prepare data in a folder; the others say that they wait."""
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "prepare.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            print(f"Another process prepares data in {folder}; waiting …", file=sys.stderr)
            lock.acquire()
    except OSError as error:
        raise DataError(
            f"cannot write into the data folder {folder} ({error}): make it writable, or name "
            "another one with root="
        ) from error
    try:
        yield
    finally:
        lock.release()


def _download(folder):
    """Fetch the official archive; return its path, or None after a warning."""
    archive, failed = folder / ARCHIVE, folder / FAILED
    with _lock(folder):
        if archive.exists():
            return archive
        if failed.exists() and time.time() - failed.stat().st_mtime < PATIENCE:
            reason = f"{failed.read_text()}, not tried again for {PATIENCE // 60} minutes"
        else:
            try:
                _fetch(archive)
                return archive
            except (OSError, ValueError) as error:  # the errors of requests are OSErrors
                reason = type(error).__name__
            with suppress(OSError):
                failed.write_text(reason)
    warnings.warn(
        f"CIFAR-10 could not be downloaded ({reason}): you get DRAWN SHAPES, NOT CIFAR-10. "
        f"Set CIFAR10_SOURCE to a copy of CIFAR-10, or put {ARCHIVE} into {folder}.",
        stacklevel=4,  # the line that asked for the data
    )
    return None


def _fetch(archive):
    import pooch

    official = sources.official()
    downloads = pooch.create(
        archive.parent,
        base_url=official.url.removesuffix(archive.name),
        registry={archive.name: f"md5:{official.tgz_md5}"},
        retry_if_failed=RETRIES,
    )
    downloads.fetch(
        archive.name, downloader=pooch.HTTPDownloader(timeout=TIMEOUT, progressbar=True)
    )


def forget_failed_download(folder):
    """Try the download at the next occasion, even if it failed a moment ago."""
    with suppress(OSError):
        (folder / FAILED).unlink()
