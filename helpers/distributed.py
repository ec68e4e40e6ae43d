"""Lesson 07's training in several processes at once, as the lesson on scaling out starts it.

``torchrun --standalone --nproc-per-node 2 -m helpers.distributed --checkpoint run.pt``
"""

import argparse
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import PIPE

import psutil
import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler

from helpers.data import CIFAR10, InMemoryImages, whole_batch
from helpers.models import Net
from helpers.training import evaluate, load_checkpoint, save_checkpoint, train_epoch

LAST = 45_000  # the training images before it are for training, those from it on for validation
LIMIT = 600  # seconds that a training may take


def works_here() -> bool:
    """Tell whether torchrun can start a training here.

    Returns
    -------
    bool
        False on Windows, and with a PyTorch that was built without gloo, which carries messages,
        or without libuv, by which processes find each other.
    """
    if os.name == "nt" or not (distributed.is_available() and distributed.is_gloo_available()):
        return False
    try:
        distributed.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    except RuntimeError:
        return False
    return True


@contextmanager
def started(command: list[str], folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a command; nothing of it is left at the end of the block, or after a time limit.

    Parameters
    ----------
    command : list of str
        Each of its processes gets one thread, so that they share the cores.
    folder : pathlib.Path
        Where it works.

    Yields
    ------
    subprocess.Popen
        Its ``stdout`` gives what the processes print, line by line. What they complain of goes
        to ``errors.txt`` in the folder.
    """
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    env["TORCH_DISABLE_SHARE_RDZV_TCP_STORE"] = "1"  # after a restart, meet at a new place
    with (
        Path(folder, "errors.txt").open("a") as log,
        subprocess.Popen(
            command, cwd=folder, env=env, stdout=PIPE, stderr=log, text=True
        ) as process,
    ):
        timer = threading.Timer(LIMIT, _end, [process])
        timer.start()
        try:
            yield process
        finally:
            timer.cancel()
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    """Kill a process that still runs, and all that it has started."""
    with suppress(psutil.NoSuchProcess):
        if process.poll() is None:
            children = psutil.Process(process.pid).children(recursive=True)
            process.kill()
            for child in children:
                child.kill()


def main() -> None:
    """Train under torchrun: every process the same steps, each on its part of every batch.

    The process of rank 0 prints, evaluates and saves. If a process dies, torchrun starts all of
    them again (``--max-restarts``), and they go on from the last saved epoch.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--checkpoint", type=Path, required=True, help="file to save and resume")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=64, help="of all processes together")
    parser.add_argument("--learning-rate", type=float, default=0.02)
    parser.add_argument("--train-images", type=int, default=LAST)
    parser.add_argument("--seed", type=int, default=1729)
    parser.add_argument("--device", default="cpu", help="cpu, or an accelerator for each process")
    parser.add_argument("--data-source", default="")
    options = parser.parse_args()
    if "LOCAL_RANK" not in os.environ:
        parser.error("start it by torchrun --standalone --nproc-per-node 2 -m helpers.distributed")
    if not 0 < options.train_images <= LAST:
        parser.error(f"--train-images is at most {LAST:,}: the rest are for validation")
    if options.batch_size % int(os.environ["WORLD_SIZE"]):
        parser.error("--batch-size must be a multiple of the number of processes")
    device = torch.device(options.device)
    if device.type == "cpu":
        distributed.init_process_group("gloo")
    else:
        device = torch.device(device.type, int(os.environ["LOCAL_RANK"]))
        torch.accelerator.set_device_index(device.index)
        distributed.init_process_group(device_id=device)  # its backend is the device's own
    try:
        train(options, device)
    finally:
        distributed.destroy_process_group()


def say(line: str) -> None:
    """Print a line in one piece, so that those of several processes do not mix."""
    print(line + "\n", end="", flush=True)


def train(options: argparse.Namespace, device: torch.device) -> None:
    """Train one copy of the network in each process of the group.

    Parameters
    ----------
    options : argparse.Namespace
        checkpoint, epochs, batch_size, learning_rate, train_images, seed, data_source.
    device : torch.device
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
        torch.manual_seed(options.seed + epoch * world + rank)  # dropout: another in each process
        begin = time.perf_counter()
        train_epoch(net, loader, criterion, optimizer, scheduler)
        speed = len(images) / (time.perf_counter() - begin)
        if rank == 0:
            save_checkpoint(options.checkpoint, net.module, optimizer, scheduler, epoch=epoch + 1)
            say(f"epoch {epoch + 1}: {speed:.0f} images/s")
    if rank == 0:
        part = InMemoryImages(dataset.images[LAST:], dataset.labels[LAST:])
        validation = DataLoader(part, batch_size=500, collate_fn=whole_batch)
        loss, accuracy = evaluate(net.module, validation, criterion)
        say(f"validation loss {loss:.6f}, accuracy {accuracy:.4f}")
    distributed.barrier()  # nobody leaves while another one still needs the group


if __name__ == "__main__":
    main()
