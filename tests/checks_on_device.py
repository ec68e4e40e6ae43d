"""What holds for the helpers on an accelerator; tests/test_devices.py runs it on pretended ones."""

import pytest
import torch
from torch import nn

from helpers import (
    InMemoryImages,
    Net,
    denormalize,
    evaluate,
    load_checkpoint,
    normalize,
    plot_confusion,
    plot_tensor,
    save_checkpoint,
    show_images,
    train_epoch,
    whole_batch,
)

DEVICE = torch.accelerator.current_accelerator()
criterion = nn.CrossEntropyLoss()


@pytest.fixture
def images():
    pixels = torch.randint(0, 256, (40, 3, 32, 32), dtype=torch.uint8)
    return InMemoryImages(pixels.to(DEVICE), torch.arange(40).remainder(10).to(DEVICE))


def loader(images):
    return torch.utils.data.DataLoader(images, 8, shuffle=True, collate_fn=whole_batch)


def make(device=DEVICE):
    torch.manual_seed(1)
    net = nn.Sequential(Net(), nn.Dropout(0.5)).to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
    return net, optimizer, torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)


def test_images_on_the_device_are_served_there(images):
    inputs, labels = next(iter(loader(images)))
    assert inputs.device.type == labels.device.type == DEVICE.type
    assert denormalize(normalize(images.images)).device.type == DEVICE.type


def test_resumed_training_equals_uninterrupted_training(images, tmp_path):
    net, optimizer, scheduler = make()
    train_epoch(net, loader(images), criterion, optimizer, scheduler)
    save_checkpoint(tmp_path / "one.pt", net, optimizer, scheduler, epoch=1)
    straight = train_epoch(net, loader(images), criterion, optimizer, scheduler)

    resumed, optimizer, scheduler = make()
    assert load_checkpoint(tmp_path / "one.pt", resumed, optimizer, scheduler) == {"epoch": 1}
    assert next(resumed.parameters()).device.type == DEVICE.type
    assert train_epoch(resumed, loader(images), criterion, optimizer, scheduler) == straight
    for one, other in zip(net.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(one, other)
    assert evaluate(resumed, loader(images), criterion) == pytest.approx(
        evaluate(net, loader(images), criterion)
    )


def test_a_checkpoint_of_the_device_loads_on_the_cpu(tmp_path):
    save_checkpoint(tmp_path / "one.pt", *make(), epoch=1)
    on_cpu = make("cpu")
    before = torch.get_device_module(DEVICE).get_rng_state()
    assert load_checkpoint(tmp_path / "one.pt", *on_cpu) == {"epoch": 1}
    assert torch.equal(torch.get_device_module(DEVICE).get_rng_state(), before)


def test_figures_take_tensors_from_the_device(images):
    show_images(images.images[:3])
    plot_tensor(torch.ones(2, 3, device=DEVICE))
    plot_confusion(torch.ones(2, 2, dtype=torch.int64, device=DEVICE), ["cat", "dog"])


def test_a_network_and_pictures_in_different_places_do_not_mix(images):
    with pytest.raises(RuntimeError):
        Net()(normalize(images.images))
    with pytest.raises(RuntimeError):
        Net().to(DEVICE)(normalize(images.images).cpu())
