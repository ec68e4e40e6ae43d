"""JupyterHub for a class on one Linux server: ``jupyterhub -f docs/jupyterhub_config.py``.

As it stands, whoever has an account on the server logs in with its password. tests/test_hub.py runs
this file with two learners; docs/teaching.md, “A shared server”, says how to size the machine.
"""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821

# An archive or a folder of CIFAR-10 that everybody can read. After `tutorial data`, run once by the
# owner of this folder, all kernels map the same decoded file, and need not write to it.
PICTURES = os.environ.get("CIFAR10_SOURCE", "/srv/class/cifar-10-python.tar.gz")

# Private memory of one process, a kernel above all. A learner who wants more meets an error in the
# own kernel, and nobody else notices.
MEMORY = 3 * 1024**3  # bytes

c.Authenticator.allow_all = True  # everybody with an account; or name them in allowed_users

c.Spawner.environment = {
    "OMP_NUM_THREADS": "1",  # with more, those who train at once bring each other to a standstill
    "CIFAR10_SOURCE": PICTURES,
}

# Before a learner's server starts, the lessons are copied to ~/lessons or brought up to date there;
# what the learner changed stays. Then the server takes the place of the shell.
UPDATE = f"""
"{sys.executable}" -m tutorial lab --no-open --folder "$HOME/lessons"
exec prlimit --data={MEMORY} "$@"
"""
c.Spawner.cmd = ["sh", "-c", UPDATE, "sh", sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.default_url = "/lab/tree/lessons/00_start_here.ipynb"
c.Spawner.start_timeout = 180  # seconds; an update loads PyTorch, on a busy server

# Kernels that load PyTorch all at once take long; those that nobody uses give their memory back.
c.JupyterHub.concurrent_spawn_limit = 4
c.Spawner.args = [
    "--MappingKernelManager.cull_idle_timeout=3600",  # seconds, of kernels whose page is closed
    "--MappingKernelManager.cull_interval=300",
    "--ServerApp.shutdown_no_activity_timeout=7200",
    f"--LabApp.app_settings_dir={Path(__file__).parents[1] / 'tutorial' / 'jupyterlab'}",
]
