"""Sources of CIFAR-10, in small: each kind is read right, each bad one gets one clear error."""

import os
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED

import numpy as np
import pytest
import torch
from cifar10_files import COUNTS, encoded, pictures, pixels, png, write_folder, write_tar, write_zip
from PIL import Image

from helpers import sources
from helpers.sources import DataError, read

pytestmark = pytest.mark.usefixtures("small")


def assert_complete(parts):
    for split in COUNTS:
        images, labels = parts[split]
        assert np.array_equal(images.numpy(), pixels(split))
        assert images.is_contiguous()
        assert images.dtype == torch.uint8
        assert labels.tolist() == [index % 10 for index in range(COUNTS[split])]
        assert labels.dtype == torch.int64


@pytest.mark.parametrize("top", ["", "cifar/"])
def test_a_folder_of_pictures_is_read_in_the_order_of_its_indices(tmp_path, top):
    source, parts = read(write_folder(tmp_path / "mine", pictures(top)))
    assert_complete(parts)
    assert str(source) == "CIFAR-10 from mine (picture files, checksum NOT verified: none is known)"


@pytest.mark.parametrize("name", ["a.zip", "misnamed.tar"])
def test_a_zip_of_pictures_is_known_by_its_content(tmp_path, name):
    _, parts = read(write_zip(tmp_path / name, pictures("cifar/")))
    assert_complete(parts)


@pytest.mark.parametrize(
    "name", ["../../train/0_dog.png", "/train/0_dog.png", "C:\\0_dog.png", "train/../../0_dog.png"]
)
def test_a_member_with_another_name_is_passed_over(tmp_path, name):
    archive = write_zip(tmp_path / "a.zip", {name: b"x", **pictures()})
    assert_complete(read(archive)[1])
    assert list(tmp_path.iterdir()) == [archive]


def test_the_official_archive_is_verified_and_read(archive):
    source, parts = read(archive.rename(archive.with_name("renamed.tar.gz")))
    assert_complete(parts)
    assert str(source) == "CIFAR-10 from renamed.tar.gz (official files, checksum verified)"


def test_the_official_folder_is_verified_and_read(tmp_path, official_files):
    source, parts = read(write_folder(tmp_path, official_files) / "cifar-10-batches-py")
    assert_complete(parts)
    assert (source.kind, source.name, source.verified) == ("official", "cifar-10-batches-py", True)


def test_the_official_folder_may_have_another_name(tmp_path, official_files):
    folder = write_folder(tmp_path, official_files) / "cifar-10-batches-py"
    source, parts = read(folder.rename(tmp_path / "mine"))
    assert_complete(parts)
    assert str(source) == "CIFAR-10 from mine (official files, checksum verified)"


def test_the_key_names_the_content_wherever_it_lies(tmp_path, archive):
    zipped = write_zip(tmp_path / "a.zip", pictures())
    folder = write_folder(tmp_path / "mine", pictures("top/"))
    keys = {read(path)[0].key for path in (archive, zipped, folder)}
    other = {**pictures(), "test/5_dog.png": png(pixels("test")[0])}
    keys.add(read(write_zip(tmp_path / "b.zip", other))[0].key)
    assert [len(key) for key in keys] == [12, 12]


def test_the_key_depends_on_the_labels(tmp_path):
    _, parts = read(write_zip(tmp_path / "a.zip", pictures()))
    images, labels = parts["train"]
    other = parts | {"train": (images, labels.flip(0))}
    assert sources.content_hash(other) != sources.content_hash(parts)


def error_of(path):
    """Read a bad source; return its error, which is one line and names the file."""
    with pytest.raises(DataError) as caught:
        read(path)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


def test_a_truncated_zip_of_pictures_is_refused(tmp_path):
    archive = write_zip(tmp_path / "a.zip", pictures())
    archive.write_bytes(archive.read_bytes()[:-20_000])
    assert "damaged or incomplete" in error_of(archive)


@pytest.mark.parametrize("compression", [ZIP_STORED, ZIP_DEFLATED, ZIP_BZIP2, ZIP_LZMA])
def test_a_damaged_member_of_a_zip_is_one_clear_error(tmp_path, compression):
    archive = write_zip(tmp_path / "a.zip", pictures(), compression)
    content = archive.read_bytes()
    middle = content.index(b"train/3_cat.png") + 1_000
    archive.write_bytes(content[:middle] + bytes(500) + content[middle + 500 :])
    error_of(archive)


def test_a_name_in_a_zip_that_is_no_text_is_one_clear_error(tmp_path):
    archive = write_zip(tmp_path / "a.zip", {**pictures(), "notes ä.txt": b"x"})
    archive.write_bytes(archive.read_bytes().replace("ä".encode(), b"\xc3\xc3"))
    assert "damaged or incomplete" in error_of(archive)


def test_a_truncated_official_archive_has_the_wrong_checksum(archive):
    archive.write_bytes(archive.read_bytes()[:-20_000])
    assert "is wrong, it is damaged, or another file" in error_of(archive)


@pytest.mark.parametrize("part", ["data_batch_2", "test_batch", "batches.meta"])
def test_an_official_part_with_a_wrong_checksum_is_never_unpickled(tmp_path, official_files, part):
    folder = write_folder(tmp_path, official_files) / "cifar-10-batches-py"
    (folder / part).write_bytes(b"cos\nabort\n(tR.")  # would end this process
    assert f"{part} has the wrong checksum" in error_of(folder)


def test_a_missing_official_part_is_named(tmp_path, official_files):
    folder = write_folder(tmp_path, official_files) / "cifar-10-batches-py"
    (folder / "test_batch").unlink()
    assert "No such file" in (message := error_of(folder))
    assert "test_batch" in message


def test_a_web_page_under_the_name_of_the_archive_is_refused(tmp_path):
    page = tmp_path / "cifar-10-python.tar.gz"
    page.write_text("\n<!DOCTYPE html><html>Please log in</html>")
    assert "is a web page" in error_of(page)


@pytest.mark.parametrize("content", [b"", b"images" * 200])
def test_a_file_that_is_no_archive_is_refused(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    assert "neither a zip nor cifar-10-python.tar.gz" in error_of(tmp_path / "a.zip")


def test_a_tar_archive_of_pictures_is_refused(tmp_path):
    archive = write_tar(tmp_path / "a.tar.gz", pictures())
    assert "neither a zip nor cifar-10-python.tar.gz" in error_of(archive)


def test_a_path_that_does_not_exist_is_named(tmp_path):
    assert "No such file" in error_of(tmp_path / "missing.zip")


def test_fewer_images_than_expected_are_counted(tmp_path):
    files = pictures()
    del files["train/7_horse.png"]
    assert "has 1 train images of class horse instead of 2" in error_of(
        write_zip(tmp_path / "a.zip", files)
    )


def test_a_missing_class_is_named(tmp_path):
    files = pictures()
    for index in (6, 16):
        files[f"train/{index}_horse.png"] = files.pop(f"train/{index}_frog.png")
    message = error_of(write_zip(tmp_path / "a.zip", files))
    assert "has 0 train images of class frog instead of 2" in message


def test_an_unknown_class_is_named(tmp_path):
    files = pictures()
    files["test/3_cow.png"] = files.pop("test/3_cat.png")
    assert "test/3_cow.png names the unknown class 'cow'" in error_of(
        write_folder(tmp_path / "mine", files)
    )


def test_two_images_with_one_index_are_refused(tmp_path):
    files = pictures()
    files["train/0_truck.png"] = files["train/0_airplane.png"]
    assert "train/0_truck.png is one too many" in error_of(write_zip(tmp_path / "a.zip", files))


@pytest.mark.parametrize("content", [b"", b"GIF89a", png(pixels("test")[0])[:900]])
def test_an_unreadable_image_is_named(tmp_path, content):
    files = {**pictures(), "test/5_dog.png": content}
    assert "test/5_dog.png is no readable picture" in error_of(write_zip(tmp_path / "a.zip", files))


def test_an_image_of_another_size_is_named(tmp_path):
    files = {**pictures(), "test/5_dog.png": png(np.zeros((3, 64, 48), np.uint8))}
    assert "test/5_dog.png has 48×64 pixels" in error_of(write_zip(tmp_path / "a.zip", files))


def test_a_grey_image_of_16_bits_is_refused(tmp_path):
    ramp = np.linspace(0, 65_535, 32 * 32, dtype=np.uint16).reshape(32, 32)
    files = {**pictures(), "test/5_dog.png": encoded(Image.fromarray(ramp))}
    assert "test/5_dog.png has 16 bits a pixel" in error_of(write_zip(tmp_path / "a.zip", files))


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "1", "LA"])
def test_an_image_of_another_mode_is_converted(tmp_path, mode):
    image = Image.fromarray(pixels("test")[5].transpose(1, 2, 0)).convert(mode)
    files = {**pictures(), "test/5_dog.png": encoded(image)}
    _, parts = read(write_zip(tmp_path / "a.zip", files))
    expected = np.asarray(image.convert("RGB")).transpose(2, 0, 1)
    assert np.array_equal(parts["test"][0][5].numpy(), expected)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")
@pytest.mark.parametrize("name", ["", "train/3_cat.png", "data_batch_1"])
def test_a_pipe_is_refused_and_never_opened(tmp_path, name):
    files = pictures()
    files.pop(name, None)
    source = write_folder(tmp_path / "mine", files) if name else tmp_path / "pipe"
    os.mkfifo(source / name)
    assert f"{source / name} is a pipe or a device" in error_of(source)


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="there is no endless device here")
def test_a_picture_that_leads_to_a_device_is_refused(tmp_path):
    folder = write_folder(tmp_path / "mine", pictures())
    (folder / "train/3_cat.png").unlink()
    (folder / "train/3_cat.png").symlink_to("/dev/zero")
    assert "train/3_cat.png is a pipe or a device" in error_of(folder)


def test_a_picture_may_be_a_link_to_a_file(tmp_path):
    folder = write_folder(tmp_path / "mine", pictures())
    (folder / "train/3_cat.png").rename(tmp_path / "elsewhere.png")
    (folder / "train/3_cat.png").symlink_to(tmp_path / "elsewhere.png")
    assert_complete(read(folder)[1])


def test_of_an_enormous_picture_only_the_beginning_is_read(tmp_path):
    folder = write_folder(tmp_path / "mine", pictures())
    with (folder / "train/3_cat.png").open("wb") as file:
        file.truncate(2**40)  # takes no room on the disk
    assert "train/3_cat.png is no readable picture" in error_of(folder)


@pytest.mark.parametrize("closed", ["", "train", "train/3_cat.png"])
def test_what_may_not_be_read_is_named(ordinary, closed):
    folder = write_folder(ordinary / "mine", pictures())
    mode = (folder / closed).stat().st_mode
    (folder / closed).chmod(0)
    try:
        message = error_of(folder)
    finally:
        (folder / closed).chmod(mode)  # lest it cannot be removed
    assert f"Permission denied: '{folder / closed}" in message
    assert message.endswith("check the file and its permissions")
