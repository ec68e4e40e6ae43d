"""Training, measuring, saving and resuming, on a small network and a few random pictures."""

import pickle

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from helpers import evaluate, load_checkpoint, save_checkpoint, train_epoch


def make(steps=20):
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    return net, optimizer, torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)


@pytest.fixture
def samples():
    generator = torch.Generator().manual_seed(2)
    inputs = torch.randn(50, 4, generator=generator)
    return TensorDataset(inputs, inputs[:, :3].argmax(dim=1))


@pytest.fixture
def loader(samples):
    return DataLoader(samples, batch_size=8, shuffle=True)  # the last batch holds two


criterion = nn.CrossEntropyLoss()


def test_training_lowers_the_loss(loader):
    net, optimizer, _ = make()
    losses = [train_epoch(net, loader, criterion, optimizer) for _ in range(8)]
    assert losses[-1] < 0.8 * losses[0]


def test_the_loss_is_weighed_by_samples_not_by_batches(samples):
    net, _, _ = make()
    net.eval()
    whole = criterion(net(samples.tensors[0]), samples.tensors[1]).item()
    batches = DataLoader(samples, batch_size=8)
    assert evaluate(net, batches, criterion)[0] == pytest.approx(whole)
    still = torch.optim.SGD(net.parameters(), lr=0.0)
    net[2].p = 0.0  # without dropout the training loss is the same number
    assert train_epoch(net, batches, criterion, still) == pytest.approx(whole)


def test_the_scheduler_moves_after_every_batch(loader):
    net, optimizer, scheduler = make(steps=len(loader))
    train_epoch(net, loader, criterion, optimizer, scheduler)
    assert scheduler.get_last_lr() == [pytest.approx(0.0, abs=1e-9)]


@pytest.mark.parametrize("training", [True, False])
def test_evaluation_leaves_the_network_as_it_was(loader, training):
    net, _, _ = make()
    net.train(training)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    first, second = evaluate(net, loader, criterion), evaluate(net, loader, criterion)
    assert first == pytest.approx(second)  # the order of a sum varies, dropout does not
    assert net.training is training
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert all(parameter.grad is None for parameter in net.parameters())


def test_resumed_training_equals_uninterrupted_training(loader, tmp_path):
    net, optimizer, scheduler = make()
    train_epoch(net, loader, criterion, optimizer, scheduler)
    save_checkpoint(tmp_path / "one.pt", net, optimizer, scheduler, epoch=1, losses=[2.5])
    straight = train_epoch(net, loader, criterion, optimizer, scheduler)

    resumed, optimizer, scheduler = make()
    facts = load_checkpoint(tmp_path / "one.pt", resumed, optimizer, scheduler)
    assert facts == {"epoch": 1, "losses": [2.5]}
    assert train_epoch(resumed, loader, criterion, optimizer, scheduler) == straight
    for one, other in zip(net.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_checkpoint_appears_whole_or_not_at_all(loader, tmp_path):
    path = tmp_path / "one.pt"
    save_checkpoint(path, *make(), epoch=1)
    with pytest.raises((AttributeError, pickle.PicklingError)):  # Python 3.13 raises the first
        save_checkpoint(path, *make(), epoch=lambda: "a function cannot be saved")
    assert load_checkpoint(path, *make()) == {"epoch": 1}


class Attack:
    def __reduce__(self):
        return (print, ("this runs when the file is loaded",))


def test_a_file_that_would_run_something_is_refused(tmp_path, capsys):
    torch.save({"net": Attack()}, tmp_path / "evil.pt")
    with pytest.raises(Exception, match="weights_only"):
        load_checkpoint(tmp_path / "evil.pt", *make())
    assert "this runs" not in capsys.readouterr().out
