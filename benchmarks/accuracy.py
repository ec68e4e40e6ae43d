"""How soon is lesson 08 as good as the published recipe, and how good in its time?

Run it alone, on CIFAR-10: ``python benchmarks/accuracy.py [--seeds 3] [--json FILE]``.
Lesson 08 is swept over seeds by the ``tutorial`` command; each run trains the published recipe,
half an epoch and seven epochs, one after the other. What it recorded is compared run by run.
"""

import argparse
import csv
import subprocess
import sys
from pathlib import Path

from report import figure, report


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--output", default="results/accuracy", help="folder for the runs")
    parser.add_argument("--json", metavar="FILE", help="write the figures here too")
    options = parser.parse_args()
    command = ["sweep", "08", "--seeds", str(options.seeds), "--jobs", "1"]
    command = [sys.executable, "-m", "tutorial", *command, "--output", options.output]
    subprocess.run(command, check=True)
    with (Path(options.output) / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))

    def column(name, factor=1):
        return [factor * float(row[name]) for row in rows]

    def faster(name):
        return [a / b for a, b in zip(column("published_seconds"), column(name), strict=True)]

    figures = [
        figure("published recipe, seconds", column("published_seconds"), "s"),
        figure("published recipe, test accuracy", column("published_accuracy", 100), "%"),
        figure("half an epoch, test accuracy", column("half_epoch_accuracy", 100), "%"),
        figure("published time / half an epoch's", faster("half_epoch_seconds"), "×", "25 or more"),
        figure("seven epochs, test accuracy", column("test_accuracy", 100), "%", "82 % or more"),
        figure("published time / seven epochs'", faster("test_seconds"), "×", "1 or more"),
    ]
    report(f"Time to accuracy: {rows[0]['data_source']}", figures, options.json)


if __name__ == "__main__":
    main()
