"""Lesson 07's training in several processes at once, as lesson 09 starts it.

``torchrun --standalone --nproc-per-node 2 -m helpers.distributed --checkpoint run.pt``
"""

import argparse
import os
import time
from pathlib import Path

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler

from helpers.data import CIFAR10, InMemoryImages, whole_batch
from helpers.models import Net
from helpers.training import evaluate, load_checkpoint, save_checkpoint, train_epoch


def main(arguments=None):
    """Train under torchrun: every process the same steps, each on its part of every batch.

    The process of rank 0 prints, evaluates and saves. If a process dies, torchrun starts all of
    them again (``--max-restarts``), and they go on from the last saved epoch.

    Parameters
    ----------
    arguments : list of str, optional
        Command line. Default: ``sys.argv[1:]``.
    """
    options = _options(arguments)
    enough = torch.cuda.device_count() >= int(os.environ["LOCAL_WORLD_SIZE"])
    on_gpus = options.device in ("auto", "cuda") and enough
    device = torch.device("cuda", int(os.environ["LOCAL_RANK"])) if on_gpus else "cpu"
    distributed.init_process_group("nccl" if on_gpus else "gloo")
    try:
        train(options, device)
    finally:
        distributed.destroy_process_group()


def _options(arguments):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--checkpoint", type=Path, required=True, help="file to save and resume")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=64, help="of all processes together")
    parser.add_argument("--learning-rate", type=float, default=0.02)
    parser.add_argument("--train-images", type=int, default=45_000)
    parser.add_argument("--seed", type=int, default=1729)
    parser.add_argument("--device", default="auto", help="auto: a GPU for each process, or cpu")
    parser.add_argument("--data-source", default="")
    return parser.parse_args(arguments)


def say(line):
    """Print a line in one piece, so that those of several processes do not mix."""
    print(line + "\n", end="", flush=True)


def train(options, device):
    """Train one copy of the network in each process of the group.

    Parameters
    ----------
    options : argparse.Namespace
        checkpoint, epochs, batch_size, learning_rate, train_images, seed, data_source.
    device : torch.device or str
        This process's own.
    """
    rank, world = distributed.get_rank(), distributed.get_world_size()
    dataset = CIFAR10(train=True, source=options.data_source)
    last = options.train_images
    images = InMemoryImages(dataset.images[:last], dataset.labels[:last])
    sampler = DistributedSampler(images, seed=options.seed)  # deals the pictures out
    own_part = options.batch_size // world
    loader = DataLoader(images, own_part, sampler=sampler, collate_fn=whole_batch)

    torch.manual_seed(options.seed)
    net = DistributedDataParallel(Net().to(device))  # averages gradients in every backward
    optimizer = torch.optim.SGD(net.parameters(), lr=options.learning_rate, momentum=0.9)
    steps = options.epochs * len(loader)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
    criterion = nn.CrossEntropyLoss()

    first = 0
    if options.checkpoint.exists():
        facts = load_checkpoint(options.checkpoint, net.module, optimizer, scheduler)
        first = facts["epoch"]
    say(f"process {os.getpid()} is rank {rank} of {world}, from epoch {first + 1}")
    for epoch in range(first, options.epochs):
        sampler.set_epoch(epoch)  # another shuffle in every epoch, the same in every process
        begin = time.perf_counter()
        train_epoch(net, loader, criterion, optimizer, scheduler)
        speed = len(images) / (time.perf_counter() - begin)
        if rank == 0:
            save_checkpoint(options.checkpoint, net.module, optimizer, scheduler, epoch=epoch + 1)
            say(f"epoch {epoch + 1}: {speed:.0f} images/s")
    if rank == 0:
        part = InMemoryImages(dataset.images[45_000:], dataset.labels[45_000:])
        validation = DataLoader(part, batch_size=500, collate_fn=whole_batch)
        loss, accuracy = evaluate(net.module, validation, criterion)
        say(f"validation loss {loss:.6f}, accuracy {accuracy:.4f}")
    distributed.barrier()  # nobody leaves while another one still needs the group


if __name__ == "__main__":
    main()
