"""The browser for the tests of this folder; without one they are skipped, and in CI they fail."""

import os

import pytest


@pytest.fixture(scope="module")
def chromium():
    import lab

    if lab.find_chromium() is None:
        missing = "no Chromium was found: apt install chromium, or name one in CHROMIUM"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    with lab.browser() as running:
        yield running
