"""How long does it take until something happens?

Run it with ``python benchmarks/startup.py [--rounds 15] [--json FILE]``.
The commands take turns; each is a new process, its files in the disk's cache.
"""

import argparse
import subprocess
import sys
import time

from report import figure, report

COMMANDS = {
    "tutorial --help": (["-m", "tutorial", "--help"], "under 0.3 s"),
    "import helpers": (["-c", "import helpers"], ""),
    "python alone": (["-c", "pass"], ""),
    "import torch": (["-c", "import torch"], ""),
}


def seconds(arguments):
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", metavar="FILE", help="write the figures here too")
    options = parser.parse_args()
    times = {name: [] for name in COMMANDS}
    for turn in range(options.rounds + 1):
        for name, (arguments, _) in COMMANDS.items():
            taken = seconds(arguments)
            if turn:  # the first one warms the disk's cache
                times[name].append(taken)
    figures = [figure(name, times[name], "s", goal) for name, (_, goal) in COMMANDS.items()]
    report("Start-up: whole processes", figures, options.json)


if __name__ == "__main__":
    main()
