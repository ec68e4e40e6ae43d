"""The page of measured numbers says what the benchmarks wrote, and every benchmark starts."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
RESULTS = sorted((BENCHMARKS / "results").glob("*.json"))
SCRIPTS = sorted(path for path in BENCHMARKS.glob("*.py") if path.stem != "report")


def test_the_page_of_measured_numbers_is_made_from_the_measurements():
    check = [sys.executable, BENCHMARKS / "table.py", "--check"]
    assert subprocess.run(check).returncode == 0, "run benchmarks/table.py"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_benchmark_says_what_it_does(script, monkeypatch, capsys):
    monkeypatch.syspath_prepend(BENCHMARKS)
    monkeypatch.setattr(sys, "argv", [str(script), "--help"])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(script), run_name="__main__")
    assert end.value.code == 0
    assert "usage:" in capsys.readouterr().out


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: result.stem)
def test_a_measurement_belongs_to_a_script(result):
    assert result.stem.partition("-")[0] in {script.stem for script in SCRIPTS}


def test_a_benchmark_goes_on_where_it_stopped(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    report = runpy.run_path(str(BENCHMARKS / "report.py"))
    assert report["kept"](tmp_path / "log.jsonl") == []
    parts = [{"part": "one", "seconds": 1.5}, {"part": "two", "seconds": 0.1}]
    for part in parts:
        report["keep"](tmp_path / "log.jsonl", part)
    assert report["kept"](tmp_path / "log.jsonl") == parts


def test_times_to_accuracy_are_compared_within_each_seed(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    accuracy = runpy.run_path(str(BENCHMARKS / "accuracy.py"))
    parts = accuracy["WORKERS"], accuracy["NONE"], accuracy["THREAD"]
    parts += accuracy["SOON"], accuracy["SHORT"], accuracy["LONG"]
    measured = [
        {"part": part, "seed": seed, "seconds": seconds * slow, "accuracy": 50.0}
        for seed, slow in ((0, 1), (1, 3))  # the machine is three times as slow for seed 1
        for part, seconds in zip(parts, (120.0, 80.0, 40.0, 1.0, 60.0, 100.0), strict=True)
    ]
    interrupted = [{"part": parts[0], "seed": 2, "seconds": 7.0, "accuracy": 50.0}]
    found = {one["name"]: one["values"] for one in accuracy["figures"](measured + interrupted)}
    assert found[f"{parts[0]} / {parts[3]}"] == [120.0, 120.0]
    assert found[f"{parts[1]} / {parts[4]}"] == pytest.approx([80 / 60] * 2)
    assert found[f"{parts[0]}, seconds"] == [120.0, 360.0]


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
@pytest.mark.parametrize("command", ["lab", "refresh"])
def test_a_command_that_is_killed_loses_nothing_and_leaves_nothing(command):
    script = [sys.executable, BENCHMARKS / "kill.py", command, "--times", "2"]
    done = subprocess.run(script, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
