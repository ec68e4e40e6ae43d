"""The training under torchrun: two processes train the network that one process trains."""

import os
import re
import subprocess
import sys

import pytest
import torch

from helpers import Net, load_checkpoint
from helpers.distributed import works_here

pytestmark = pytest.mark.skipif(not works_here(), reason="torchrun does not work here")

SMALL = ["--epochs", "1", "--train-images", "640", "--data-source", "drawn"]


def torchrun(processes, checkpoint):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += [f"--nproc-per-node={processes}", "-m", "helpers.distributed", *SMALL]
    done = subprocess.run(
        [*command, "--checkpoint", str(checkpoint)],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def parameters(checkpoint):
    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)
    assert load_checkpoint(checkpoint, net, optimizer, scheduler) == {"epoch": 1}
    return list(net.parameters())


def test_two_processes_train_the_network_that_one_trains(tmp_path):
    printed = [torchrun(n, tmp_path / f"{n}.pt") for n in (1, 2)]
    one, two = (parameters(tmp_path / f"{n}.pt") for n in (1, 2))
    for first, second in zip(one, two, strict=True):
        assert torch.allclose(first, second, atol=1e-4)
    assert sorted(re.findall(r"rank (\d) of 2, from epoch 1", printed[1])) == ["0", "1"]
    assert len(re.findall(r"^epoch 1: ", printed[1], re.MULTILINE)) == 1  # one of them speaks
    losses = [float(re.search(r"validation loss ([\d.]+)", text)[1]) for text in printed]
    assert losses[0] == pytest.approx(losses[1], abs=1e-3)


def test_without_libuv_or_gloo_torchrun_does_not_work(monkeypatch):
    def refuse(*_, **__):
        raise torch.distributed.DistStoreError("PyTorch was built without libuv support")

    with monkeypatch.context() as changed:
        changed.setattr(torch.distributed, "TCPStore", refuse)
        assert not works_here()
    monkeypatch.setattr(torch.distributed, "is_gloo_available", lambda: False)
    assert not works_here()
