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
    assert result.with_suffix(".py").name in {script.name for script in SCRIPTS}


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
@pytest.mark.parametrize("command", ["lab", "refresh"])
def test_a_command_that_is_killed_loses_nothing_and_leaves_nothing(command):
    script = [sys.executable, BENCHMARKS / "kill.py", command, "--times", "2"]
    done = subprocess.run(script, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
