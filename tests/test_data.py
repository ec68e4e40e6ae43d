"""CIFAR10 and its batches: found in the right order, decoded once, served like torchvision's."""

import http.server
import os
import pickle
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from filelock import FileLock
from test_sources import binary_files, md5, pictures, small, write_tar, write_zip  # noqa: F401
from torch.utils.data import DataLoader
from torchvision.transforms import Compose, Normalize, ToTensor

from helpers import drawn, find, sources
from helpers.data import (
    CIFAR10,
    MEAN,
    STD,
    DataError,
    InMemoryImages,
    denormalize,
    normalize,
    prepare,
    whole_batch,
)

ROOT = Path(__file__).parent.parent
REAL = os.environ.get("CIFAR10_SOURCE", "drawn")
ON_LINUX_AS_ROOT = sys.platform == "linux" and os.geteuid() == 0


@pytest.fixture(autouse=True)
def alone(small, monkeypatch):  # noqa: F811
    """Draw few images, too; let neither the environment nor a network play a part."""
    for split, count in sources.COUNTS.items():
        monkeypatch.setitem(drawn.COUNTS, split, count)
    monkeypatch.delenv("CIFAR10_SOURCE", raising=False)
    monkeypatch.setattr(find, "RETRIES", 0)
    monkeypatch.setattr(find, "TIMEOUT", 0.5)
    monkeypatch.setattr(sources, "BINARY_URL", "http://127.0.0.1:9/cifar-10-binary.tar.gz")


@pytest.fixture
def zipped(tmp_path):
    return write_zip(tmp_path / "mine.zip", pictures())


@pytest.fixture
def root(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def archive(tmp_path, binary_files, monkeypatch):  # noqa: F811
    """Make an official binary archive in small, and its checksum the known one."""
    archive = write_tar(tmp_path / "cifar-10-binary.tar.gz", binary_files)
    monkeypatch.setattr(sources, "BINARY_MD5", md5(archive.read_bytes()))
    return archive


def names(folder):
    """List a data folder, but for the lock."""
    return sorted(path.name for path in folder.glob("*") if path.name != "prepare.lock")


# --- a drop-in for torchvision.datasets.CIFAR10


def test_it_has_what_torchvisions_has(root, zipped):
    train = CIFAR10(root, source=zipped)
    assert train.data.shape == (20, 32, 32, 3)
    assert train.data.dtype == np.uint8
    assert train.targets == [index % 10 for index in range(20)]
    assert train.classes == sources.CLASSES
    assert train.class_to_idx["frog"] == 6
    assert (train.images.shape, train.images.dtype) == ((20, 3, 32, 32), torch.uint8)
    assert (train.labels.tolist(), train.labels.dtype) == (train.targets, torch.int64)
    assert len(CIFAR10(root, train=False, source=zipped)) == 10


def test_an_item_is_a_picture_and_a_label(root, zipped):
    train = CIFAR10(root, source=zipped)
    image, target = train[3]
    assert (image.size, image.mode, target) == ((32, 32), "RGB", 3)
    assert np.array_equal(np.asarray(image), train.data[3])
    assert torch.equal(ToTensor()(image), train.images[3] / 255)


def test_transforms_are_applied_to_an_item(root, zipped):
    train = CIFAR10(root, True, ToTensor(), lambda target: -target, source=zipped)
    image, target = train[3]
    assert torch.equal(image, train.images[3] / 255)
    assert target == -3


def test_worker_processes_started_by_spawn_serve_it(root, zipped):
    test = CIFAR10(root, train=False, transform=ToTensor(), source=zipped)
    loader = DataLoader(test, batch_size=5, num_workers=2, multiprocessing_context="spawn")
    inputs, labels = map(torch.cat, zip(*loader, strict=True))
    assert torch.equal(inputs, test.images / 255)
    assert torch.equal(labels, test.labels)


def test_pickling_leaves_the_pixels_out(root, zipped):
    train = CIFAR10(root, source=zipped)
    content = pickle.dumps(train)
    assert len(content) < 1_000
    again = pickle.loads(content)
    assert torch.equal(again.images, train.images)
    assert again.source == train.source


def test_a_change_to_the_pixels_stays_in_this_process(root, zipped):
    CIFAR10(root, source=zipped).images.zero_()
    assert CIFAR10(root, source=zipped).images.any()


def test_the_default_folder_is_the_projects_data():
    assert find.data_folder() == ROOT / "data"
    assert (ROOT / "pyproject.toml").exists()


# --- batches


def test_normalize_agrees_with_torchvision_per_image(root):
    train = CIFAR10(root, source="drawn")
    expected = Compose([ToTensor(), Normalize(MEAN, STD)])
    for index in range(5):
        torch.testing.assert_close(normalize(train.images[index]), expected(train[index][0]))


def test_denormalize_undoes_normalize(root):
    images = CIFAR10(root, source="drawn").images
    torch.testing.assert_close(denormalize(normalize(images)), images / 255)


def test_a_loader_gets_whole_batches_and_every_image_once(root):
    train = CIFAR10(root, source="drawn")
    dataset = InMemoryImages(train.images, torch.arange(20))
    loader = DataLoader(dataset, batch_size=8, shuffle=True, collate_fn=whole_batch)
    batches = list(loader)
    assert [inputs.shape for inputs, _ in batches] == [(n, 3, 32, 32) for n in (8, 8, 4)]
    order = torch.cat([labels for _, labels in batches])
    assert sorted(order.tolist()) == list(range(20))
    assert torch.equal(torch.cat([inputs for inputs, _ in batches]), normalize(train.images[order]))


def test_the_seed_alone_decides_the_order(root):
    train = CIFAR10(root, source="drawn")
    loader = DataLoader(
        InMemoryImages(train.images, train.labels), 4, shuffle=True, collate_fn=whole_batch
    )
    per_image = DataLoader(CIFAR10(root, True, ToTensor(), source="drawn"), 4, shuffle=True)
    orders = []
    for each in (loader, per_image):
        torch.manual_seed(1)
        orders.append(torch.cat([labels for _, labels in each]).tolist())
    assert orders[0] == orders[1]


def test_one_item_of_images_in_memory_is_transformed(root):
    train = CIFAR10(root, source="drawn")
    inputs, label = InMemoryImages(train.images, train.labels, torch.neg)[2]
    assert torch.equal(inputs, -train.images[2])
    assert label == train.labels[2]


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


def test_an_official_archive_in_the_data_folder_is_used(root, archive):
    root.mkdir()
    shutil.move(archive, root)
    assert prepare(root=root).kind == "binary"


def test_the_stand_in_is_never_taken_for_cifar10(root, archive):
    source = prepare("drawn", root)
    assert str(source).startswith("STAND-IN: drawn shapes, NOT CIFAR-10")
    assert not source.is_cifar10
    shutil.copy(archive, root)
    assert prepare(root=root).is_cifar10


def test_a_named_source_that_does_not_exist_is_an_error(root):
    with pytest.raises(DataError, match=r"missing\.zip does not exist: check CIFAR10_SOURCE"):
        CIFAR10(root, source="missing.zip")
    assert not root.exists()


# --- the cache


def test_decoding_happens_once(root, zipped, capsys):
    prepare(zipped, root)
    prepare(zipped, root)
    assert capsys.readouterr().err.count("Decoding") == 1
    assert len(names(root)) == 1


def test_a_changed_source_is_decoded_again(root, zipped):
    prepare(zipped, root)
    os.utime(zipped, (1, 1))
    prepare(zipped, root)
    assert len(names(root)) == 2


def test_a_bad_source_leaves_nothing_behind(root, tmp_path):
    bad = write_zip(tmp_path / "bad.zip", {**pictures(), "test/9_truck.png": b"no picture"})
    with pytest.raises(DataError):
        prepare(bad, root)
    assert names(root) == []


@pytest.mark.parametrize("kept", [0, 100, 50_000, -1])
def test_a_truncated_cache_is_made_again(root, zipped, kept):
    prepare(zipped, root)
    cache = root / names(root)[0]
    cache.write_bytes(cache.read_bytes()[:kept])
    assert CIFAR10(root, source=zipped).images.any()


def test_a_truncated_cache_without_its_source_is_one_clear_error(root, zipped):
    prepare(zipped, root)
    cache = root / names(root)[0]
    cache.write_bytes(cache.read_bytes()[:100])
    with pytest.raises(DataError, match=f"{cache.name} is damaged: delete it"):
        prepare(root=root)


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


def test_a_read_only_folder_is_one_clear_error(mounted, zipped):
    subprocess.run(["mount", "-o", "remount,ro", str(mounted)], check=True)
    with pytest.raises(DataError, match="cannot write into the data folder"):
        prepare(zipped, mounted)


def test_what_is_decoded_serves_from_a_read_only_folder(mounted, zipped):
    subprocess.run(["mount", "-o", "remount,size=1m", str(mounted)], check=True)
    prepare(zipped, mounted)
    subprocess.run(["mount", "-o", "remount,ro", str(mounted)], check=True)
    assert prepare(root=mounted).name == "mine.zip"


def test_of_two_processes_one_prepares_and_the_other_waits(root):
    """The test holds the lock until both say that they wait; then one draws, and one finds it."""
    code = (
        "import sys; from helpers import data, drawn, find; "
        "drawn.COUNTS.update(train=20, test=10); "
        "draw = find._draw; find._draw = lambda: print('drawn') or draw(); "
        "print(data.prepare('drawn', sys.argv[1]).kind)"
    )
    root.mkdir()
    with FileLock(root / "prepare.lock"):
        command = [sys.executable, "-c", code, str(root)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        both = [subprocess.Popen(command, **pipes) for _ in range(2)]
        for process in both:
            assert "waiting" in process.stderr.readline()
    outputs = [process.communicate(timeout=60)[0].split() for process in both]
    assert sorted(outputs) == [["drawn"], ["drawn", "drawn"]]
    assert len(names(root)) == 1


# --- the download, from a server on this machine


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves its server's ``content``; where that is None, never answers."""

    def do_GET(self):
        self.server.requests += 1
        if self.server.content is None:
            time.sleep(2)
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
        server.requests = 0
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/cifar-10-binary.tar.gz"
        monkeypatch.setattr(sources, "BINARY_URL", url)
        yield server
        server.shutdown()
        thread.join()


def test_the_official_archive_is_downloaded_and_verified(root, server, archive):
    server.content = archive.read_bytes()
    source = prepare(root=root)
    assert str(source).endswith("cifar-10-binary.tar.gz (official binary files, checksum verified)")


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


# --- the real images, where there are some


@pytest.mark.skipif(REAL == "drawn", reason="CIFAR10_SOURCE names no real images")
def test_the_real_images_are_cifar10(tmp_path, monkeypatch):
    for split, count in {"train": 50_000, "test": 10_000}.items():
        monkeypatch.setitem(sources.COUNTS, split, count)
    train, test = (CIFAR10(tmp_path, train=part, source=REAL) for part in (True, False))
    assert torch.bincount(train.labels).tolist() == [5_000] * 10
    assert torch.bincount(test.labels).tolist() == [1_000] * 10
    assert [train.classes[label] for label in train.targets[:2]] == ["frog", "truck"]
    assert test.classes[test.targets[0]] == "cat"
    means = train.data.mean(axis=(0, 1, 2)) / 255
    np.testing.assert_allclose(means, MEAN, atol=0.002)
