"""A real JupyterLab in a real browser, used as a learner would: for tests and screenshots."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [  # root may start it; and the browser itself asks nobody anything
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SETTINGS = {"notebook-extension/tracker": '{"windowingMode": "none"}'}  # all cells are on the page
PATIENCE = 600_000  # milliseconds, lest a test hangs
READY = """() => {
  const panel = window.jupyterapp?.shell?.currentWidget;
  return panel?.context?.path === NAME && panel.context.isReady
    && panel.sessionContext?.session?.kernel?.status === 'idle';
}"""


def find_chromium():
    """Return the path of a Chromium: of CHROMIUM in the environment, else of the first found."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def browser():
    """Start Chromium without a window."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=find_chromium(), args=FLAGS, timeout=PATIENCE
        )
        yield running
        running.close()


def new_page(running, **options):
    """Open a page that waits as long as it takes on a busy machine."""
    page = running.new_page(**options)
    page.set_default_timeout(PATIENCE)
    return page


def watch(page):
    """Gather what a page must not have: errors of its scripts, and requests to other machines."""
    errors, outside = [], []
    inside = ("http://127.0.0.1:", "ws://127.0.0.1:", "file:", "data:", "blob:", "attachment:")
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "request",
        lambda asked: None if asked.url.startswith(inside) else outside.append(asked.url),
    )
    return errors, outside


@contextmanager
def jupyterlab(home):
    """Run ``tutorial lab`` with all of its files below ``home``; yield its address.

    The learner's folder is ``home/my-lessons``.
    """
    for name, text in SETTINGS.items():
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    own = {
        "JUPYTERLAB_SETTINGS_DIR": home / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_RUNTIME_DIR": home / "runtime",
    }
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tutorial", "lab", "--folder", home / "my-lessons", "--"]
    command += ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    command += ["--ServerApp.port_retries=0", "--IdentityProvider.token="]
    command += ["--LabApp.expose_app_in_browser=True"]
    address = f"http://127.0.0.1:{port}"
    log = home / "jupyterlab.log"
    with log.open("wb") as said:
        env = os.environ | {name: str(path) for name, path in own.items()}
        server = subprocess.Popen(list(map(str, command)), env=env, stdout=said, stderr=said)
    try:
        _wait_until_it_answers(server, address, log)
        yield address
    finally:
        server.terminate()
        server.wait()


def _wait_until_it_answers(server, address, log):
    for _ in range(PATIENCE // 250):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{address}/api/status")
            return
        except OSError:
            time.sleep(0.25)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text(errors='replace')[-2000:]}")


def open_notebook(page, address, name):
    """Open a notebook of the learner's folder and wait for its kernel."""
    page.goto(f"{address}/lab/tree/{name}?reset")
    wait_for_kernel(page, name)


def wait_for_kernel(page, name):
    """Wait until this notebook is in front and its kernel is idle."""
    page.wait_for_function(READY.replace("NAME", repr(name)), timeout=PATIENCE)


def command(page, name, **arguments):
    """Execute a command of JupyterLab's menus, and wait until it is done."""
    page.evaluate(
        "async ([name, arguments]) => { await jupyterapp.commands.execute(name, arguments) }",
        [name, arguments],
    )


def run_all_and_save(page):
    """Run every cell of the notebook in front, from the top, and save it."""
    command(page, "notebook:run-all-cells")
    command(page, "docmanager:save")


def type_into(page, cell, source):
    """Replace what stands in a cell, and run it as a learner does, by Shift + Enter."""
    cell.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(source)
    page.keyboard.press("Shift+Enter")
