"""Data are found in the right order, decoded once, kept whole, and downloaded if need be."""

import http.server
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from cifar10_files import COUNTS, pictures, pixels, write_folder, write_zip
from filelock import FileLock
from nbclient import NotebookClient

from helpers import find, sources
from helpers.data import CIFAR10, DataError, prepare

ROOT = Path(__file__).parent.parent
ON_LINUX_AS_ROOT = sys.platform == "linux" and os.geteuid() == 0

pytestmark = pytest.mark.usefixtures("small")


def names(folder):
    """List a data folder, but for the lock and what is remembered of whole files."""
    names = {path.name for path in folder.glob("*") if path.suffix != ".whole"}
    return sorted(names - {"prepare.lock"})


def the_cache(root):
    """Return the one cache file."""
    (name,) = names(root)
    return root / name


def test_the_default_folder_is_the_projects_data():
    assert find.data_folder() == ROOT / "data"
    assert (ROOT / "pyproject.toml").exists()


# --- which source


def test_the_named_source_wins_over_the_environment(root, zipped, monkeypatch):
    monkeypatch.setenv("CIFAR10_SOURCE", "does-not-exist")
    assert prepare(zipped, root).name == "mine.zip"


def test_the_environment_wins_over_what_is_decoded(root, zipped, archive, monkeypatch):
    prepare(archive, root)
    monkeypatch.setenv("CIFAR10_SOURCE", str(zipped))
    assert prepare(root=root).name == "mine.zip"


def test_what_is_decoded_is_used_when_its_source_is_gone(root, zipped):
    prepare(zipped, root)
    zipped.unlink()
    assert prepare(root=root).name == "mine.zip"


def test_of_several_decoded_sources_the_official_one_is_used(root, zipped, archive):
    prepare(archive, root)
    prepare(zipped, root)
    assert prepare(root=root).verified


def test_a_folder_where_torchvision_keeps_cifar10_may_be_named(root, tmp_path, official_files):
    write_folder(tmp_path / "datasets", official_files)
    assert prepare(tmp_path / "datasets", root).name == "cifar-10-batches-py"


def test_an_official_archive_in_the_data_folder_is_used(root, archive):
    root.mkdir()
    shutil.move(archive, root)
    assert prepare(root=root).kind == "official"


def test_the_stand_in_is_never_taken_for_cifar10(root, archive):
    source = prepare("drawn", root)
    assert str(source).startswith("STAND-IN: drawn shapes, NOT CIFAR-10")
    assert not source.is_cifar10
    assert source.key == prepare("drawn", root).key != ""
    shutil.copy(archive, root)
    assert prepare(root=root).is_cifar10


@pytest.mark.parametrize("named", ["missing.zip", "~nobody-at-all/a.zip", " ", "https://a.b/c.zip"])
def test_a_named_source_that_does_not_exist_is_an_error(root, named):
    with pytest.raises(DataError, match=r"does not exist: name an archive"):
        CIFAR10(root, source=named)
    assert not root.exists()


@pytest.mark.parametrize("by_name", [True, False], ids=["source=", "CIFAR10_SOURCE"])
@pytest.mark.parametrize("place", ["working directory", "project", "home"])
def test_a_relative_path_starts_where_the_documentation_says(
    root, zipped, tmp_path, monkeypatch, place, by_name
):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path if place == "working directory" else tmp_path / "elsewhere")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    if place == "project":
        monkeypatch.setattr(find, "_project", lambda: tmp_path)
    named = "~/mine.zip" if place == "home" else "mine.zip"
    if by_name:
        assert prepare(named, root).name == "mine.zip"
    else:
        monkeypatch.setenv("CIFAR10_SOURCE", named)
        assert prepare(root=root).name == "mine.zip"
    assert find.locate(named) == zipped.resolve()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")
def test_a_pipe_is_refused_before_anything_is_locked(root, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="is a pipe or a device"):
        prepare(tmp_path / "pipe", root)
    assert not root.exists()


# --- the cache


def test_decoding_happens_once(root, zipped, capsys):
    prepare(zipped, root)
    prepare(zipped, root)
    assert capsys.readouterr().err.count("Decoding") == 1
    assert len(names(root)) == 1


def test_other_pictures_under_the_same_name_have_another_key(root, zipped):
    first = prepare(zipped, root)
    files = pictures()
    files["train/0_airplane.png"] = files["train/10_airplane.png"]
    write_zip(zipped, files)
    second = prepare(zipped, root)
    assert first.name == second.name
    assert first.key != second.key


def test_a_bad_source_leaves_nothing_behind(root, tmp_path):
    bad = write_zip(tmp_path / "bad.zip", {**pictures(), "test/9_truck.png": b"no picture"})
    with pytest.raises(DataError):
        prepare(bad, root)
    assert names(root) == []


def write_at(position, content):
    """Damage a file of one size: overwrite what is at a position."""

    def damage(file):
        whole = file.read_bytes()
        file.write_bytes(whole[:position] + content + whole[position + len(content) :])

    return damage


def keep(count):
    """Damage a file: leave its first bytes."""
    return lambda file: file.write_bytes(file.read_bytes()[:count])


def save(content):
    """Replace a file by one of torch that holds something else."""
    return lambda file: torch.save(content, file)


DAMAGES = {
    "emptied": keep(0),
    "cut in its head": keep(100),
    "cut in its pixels": keep(50_000),
    "cut at its end": keep(-1),
    "pixels overwritten": write_at(40_000, bytes(1_000)),
    "head overwritten": write_at(0, bytes(64)),
    "name overwritten": lambda file: file.write_bytes(
        file.read_bytes().replace(b"mine.zip", b"fine.zip")
    ),
    "something else": save({"weight": torch.zeros(3)}),
    "no dictionary": save(torch.zeros(3)),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_cache_is_made_again_from_its_source(root, zipped, damage):
    expected = prepare(zipped, root)
    damage(the_cache(root))
    os.utime(the_cache(root), (1, 1))  # another time than before, however fast this test is
    with pytest.raises(DataError, match=f"{the_cache(root).name} is damaged: delete it and name"):
        prepare(root=root)
    train = CIFAR10(root, source=zipped)
    assert train.source == expected
    assert np.array_equal(train.images.numpy(), pixels("train"))


def test_a_folder_named_like_a_cache_is_damaged(root, zipped):
    prepare(zipped, root)
    cache = the_cache(root)
    cache.unlink()
    cache.mkdir()
    for source in (None, zipped):
        with pytest.raises(DataError, match="is damaged: delete it"):
            prepare(source, root)


def test_any_damaged_byte_is_noticed_or_without_effect(root, zipped):
    expected = prepare(zipped, root)
    cache = the_cache(root)
    whole = cache.read_bytes()
    messages = []
    positions = range(0, len(whole), 199)
    for position in positions:
        cache.write_bytes(whole)
        write_at(position, bytes([whole[position] ^ 0x24]))(cache)
        os.utime(cache, (position, position))
        try:
            train = CIFAR10(root)
        except DataError as error:
            messages.append(str(error))
        else:
            assert train.source == expected
            assert np.array_equal(train.images.numpy(), pixels("train"))
    assert len(messages) > 0.9 * len(positions)
    assert all("is damaged" in message for message in messages)


def test_what_is_known_to_be_whole_is_not_read_at_every_start(root, zipped, monkeypatch):
    prepare(zipped, root)
    read = []
    content_hash = sources.content_hash
    monkeypatch.setattr(
        sources, "content_hash", lambda parts: read.append(1) or content_hash(parts)
    )
    prepare(root=root)
    assert len(read) == 0
    os.utime(the_cache(root), (1, 1))
    prepare(root=root)
    prepare(root=root)
    assert len(read) == 1


def test_what_a_killed_process_left_is_removed(root, zipped):
    root.mkdir()
    (root / "cifar10-0123.tmp").write_bytes(b"half")
    prepare(zipped, root)
    assert [name[-3:] for name in names(root)] == [".pt"]


@pytest.fixture
def mounted(tmp_path):
    """Mount a file system of 64 KiB in memory, whose options a test may change."""
    if not ON_LINUX_AS_ROOT:
        pytest.skip("needs Linux and root, to mount a file system")
    folder = tmp_path / "mounted"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("needs the right to mount a file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_is_one_clear_error_and_leaves_nothing_behind(mounted, zipped):
    with pytest.raises(DataError, match="make 200 MB of space") as caught:
        prepare(zipped, mounted)
    assert "\n" not in str(caught.value)
    assert names(mounted) == []


def test_a_read_only_file_system_is_one_clear_error(mounted, zipped):
    subprocess.run(["mount", "-o", "remount,ro", str(mounted)], check=True)
    with pytest.raises(DataError, match=r"Read-only file system.*make it a folder you may write"):
        prepare(zipped, mounted)


@pytest.mark.parametrize("locked_before", [False, True])
def test_a_folder_one_may_not_write_to_is_one_clear_error(ordinary, locked_before):
    zipped, folder = write_zip(ordinary / "mine.zip", pictures()), ordinary / "data"
    folder.mkdir()
    if locked_before:
        (folder / "prepare.lock").touch()
    folder.chmod(0o500)
    with pytest.raises(DataError, match=r"Permission denied.*make it a folder you may write to"):
        prepare(zipped, folder)


def test_a_data_folder_that_is_a_file_is_one_clear_error(tmp_path, zipped):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="make it a folder you may write to"):
        prepare(zipped, tmp_path / "file")


def test_a_source_in_a_closed_folder_is_one_clear_error(ordinary):
    (ordinary / "closed").mkdir(mode=0)
    with pytest.raises(DataError, match=r"Permission denied: .*check the file and its permissions"):
        prepare(ordinary / "closed/mine.zip", ordinary / "data")


def test_a_cache_that_may_not_be_read_is_not_called_damaged(ordinary):
    prepare(write_zip(ordinary / "mine.zip", pictures()), ordinary / "data")
    the_cache(ordinary / "data").chmod(0)
    with pytest.raises(DataError, match="Permission denied"):
        prepare(root=ordinary / "data")


def test_what_is_decoded_serves_from_a_folder_one_may_not_write_to(ordinary):
    expected = prepare(write_zip(ordinary / "mine.zip", pictures()), ordinary / "data")
    the_cache(ordinary / "data").with_suffix(".whole").unlink()
    (ordinary / "data").chmod(0o500)
    assert prepare(root=ordinary / "data") == expected


def test_of_two_processes_one_prepares_and_the_other_waits(root, zipped):
    """The test holds the lock until both say that they wait; then one decodes, one finds it."""
    code = (
        "import sys; from helpers import data, sources; "
        f"sources.COUNTS.update({COUNTS}); print(data.prepare(*sys.argv[1:]).kind)"
    )
    root.mkdir()
    with FileLock(root / "prepare.lock"):
        command = [sys.executable, "-c", code, str(zipped), str(root)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        both = [subprocess.Popen(command, **pipes) for _ in range(2)]
        for process in both:
            assert "waiting" in process.stderr.readline()
    errors = sorted(process.communicate(timeout=600)[1].strip() for process in both)
    assert errors == ["", f"Decoding {zipped} (once) …"]
    assert len(names(root)) == 1


def test_who_waits_for_the_stand_in_says_nothing(root):
    """What a lesson prints must not depend on a second one that starts beside it."""
    code = (
        "import sys; from helpers import data, find, sources; "
        "sources.COUNTS.update(train=20, test=10); lock = find._lock; "
        "find._lock = lambda *a, **k: print('asks', flush=True) or lock(*a, **k); "
        "print(data.prepare('drawn', sys.argv[1]).kind)"
    )
    root.mkdir()
    with FileLock(root / "prepare.lock"):
        command = [sys.executable, "-c", code, str(root)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen(command, **pipes)
        assert process.stdout.readline() == "asks\n"
    assert process.communicate(timeout=600) == ("drawn\n", "")


# --- the download, from a server on this machine


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves its server's ``content``; where that is None, never answers."""

    def do_GET(self):
        self.server.requests += 1
        if self.server.content is None:
            self.server.over.wait()
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.content)))
        self.end_headers()
        self.wfile.write(self.server.content)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.requests, server.over = 0, threading.Event()
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/{sources.ARCHIVE}"
        monkeypatch.setattr(sources.official(), "url", url)
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


def test_the_official_archive_is_downloaded_and_verified(root, server, archive):
    server.content = archive.read_bytes()
    source = prepare(root=root)
    assert str(source).endswith("cifar-10-python.tar.gz (official files, checksum verified)")


@pytest.mark.parametrize("content", [b"<html>Please log in</html>", None], ids=["page", "silence"])
def test_a_failed_download_gives_the_stand_in_with_a_warning(root, server, content):
    server.content = content
    with pytest.warns(UserWarning, match="DRAWN SHAPES, NOT CIFAR-10") as caught:
        train = CIFAR10(root)
    assert not train.source.is_cifar10
    assert caught[0].filename == __file__
    assert [name for name in names(root) if name.endswith((".gz", ".tmp"))] == []


def test_a_failed_download_is_not_tried_again_at_once_unless_asked(root, server):
    server.content = b"<html>"
    for ask, requests in ((CIFAR10, 1), (CIFAR10, 1), (prepare, 2)):
        with pytest.warns(UserWarning, match="could not be downloaded"):
            ask(root=root)
        assert server.requests == requests


def test_in_a_notebook_the_stand_in_is_a_coloured_box_unless_the_lesson_asked_for_it():
    said = (
        "import os\nfrom helpers import CIFAR10\n"
        "os.environ['CIFAR10_SOURCE'] = 'drawn'\n"
        "train, test = CIFAR10(), CIFAR10(train=False)\n"
        "print(train.source)"
    )
    asked = "train = CIFAR10(source='drawn')\nprint(train.source)"
    cells = [nbformat.v4.new_code_cell(source) for source in (said, asked, said)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, kernel_name="python3").execute()
    boxes = [
        [output.data for output in cell.outputs if output.output_type == "display_data"]
        for cell in notebook.cells
    ]
    assert [len(some) for some in boxes] == [1, 0, 1]  # once a cell, and again when it runs again
    assert 'role="alert"' in boxes[0][0]["text/html"]
    assert boxes[0][0]["text/plain"].startswith("These are drawn shapes, not CIFAR-10.")
    outputs = [output for cell in notebook.cells for output in cell.outputs]
    assert not [output for output in outputs if output.get("name") == "stderr"]
