"""What does one more kernel cost, when others have opened CIFAR-10 already?

Run it on Linux: ``python benchmarks/memory.py [--kernels 10] [--json FILE]``.
Kernels are started one after the other, as JupyterLab does. Each imports torch, opens the data set
and reads every picture once. Private memory is what the system would get back if it ended.
"""

import argparse

from jupyter_client.manager import start_new_kernel
from report import figure, report

PRIVATE = """
def private():
    lines = open("/proc/self/smaps_rollup").read().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1000
"""
STEPS = [
    PRIVATE,
    "import torch; from helpers.data import CIFAR10; torch.ones(2).sum(); before = private()",
    "train, test = CIFAR10(source=SOURCE), CIFAR10(train=False, source=SOURCE)",
    "seen = train.images.sum() + test.images.sum()",
    "print(private() - before, private())",
]


def run(client, code):
    """Execute code in a kernel; return what it printed."""
    printed = []
    reply = client.execute_interactive(
        code, output_hook=lambda message: printed.append(message["content"].get("text", ""))
    )
    assert reply["content"]["status"] == "ok", reply["content"]
    return "".join(printed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kernels", type=int, default=10)
    parser.add_argument("--source", help="as for CIFAR10; default: what it finds")
    parser.add_argument("--json", metavar="FILE", help="write the figures here too")
    options = parser.parse_args()
    kernels, data, whole = [], [], []
    try:
        for _ in range(options.kernels):
            kernels.append(start_new_kernel())
            client = kernels[-1][1]
            run(client, f"SOURCE = {options.source!r}")
            *_, (for_data, for_all) = (
                [float(word) for word in run(client, step).split()[-2:]] or (0, 0) for step in STEPS
            )
            data.append(for_data)
            whole.append(for_all)
    finally:
        for manager, client in kernels:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    figures = [
        figure("private memory for the data set, second kernel", [data[1]], "MB", "20 MB or less"),
        figure(f"the same, kernel {options.kernels}", [data[-1]], "MB", "20 MB or less"),
        figure("private memory of a whole kernel with torch", whole[1:], "MB"),
    ]
    report(f"Memory: {options.kernels} kernels at once", figures, options.json)


if __name__ == "__main__":
    main()
