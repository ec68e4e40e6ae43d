"""A real JupyterHub with the configuration of docs/: two learners spawn, run a lesson, answer."""

import asyncio
import importlib.util
import json
import os
import secrets
import shutil
import socket
import sys
import uuid
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import nbformat
import psutil
import pytest
from commands import wait_for

from helpers.lesson import EXERCISE_MIME
from tutorial.project import find_lessons
from tutorial.submissions import read_lesson

CONFIG = Path(__file__).parents[1] / "docs" / "jupyterhub_config.py"
LESSON = read_lesson(find_lessons(["3"])[0])
PROXY = shutil.which(
    "configurable-http-proxy",
    path=os.pathsep.join([os.environ.get("HTTP_PROXY_FOLDER", ""), os.environ["PATH"]]),
)
pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("jupyterhub") is None,
        reason="JupyterHub is not installed: pip install -e '.[hub]'",
    ),
    pytest.mark.skipif(
        PROXY is None,
        reason="no configurable-http-proxy on PATH or in HTTP_PROXY_FOLDER: npm install it",
    ),
    pytest.mark.skipif(shutil.which("prlimit") is None, reason="prlimit is of Linux"),
]

# For the test alone: learners without accounts and passwords, whose homes are folders.
TEST = """
exec(compile(open({config!r}).read(), {config!r}, "exec"), globals() | {{"__file__": {config!r}}})
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r}
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub_port}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.JupyterHub.db_url = "sqlite:///hub.sqlite"
c.JupyterHub.services = [{{"name": "test", "api_token": {token!r}}}]
scopes = ["admin:users", "admin:servers", "tokens"]
c.Spawner.args += {arguments!r}
c.JupyterHub.load_roles = [{{"name": "test", "services": ["test"], "scopes": scopes}}]
"""


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Hub:
    """A hub's API, as somebody with a token sees it."""

    def __init__(self, port, token):
        self.port, self.token = port, token

    def ask(self, path, method="GET", **body):
        head = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if method != "GET" else None
        url = f"http://127.0.0.1:{self.port}{path}"
        with urlopen(Request(url, data, head, method=method), timeout=600) as answer:
            return json.loads(answer.read() or b"null")

    async def run(self, name, sources):
        """Execute code in a new kernel of a learner, through the proxy; return its messages."""
        from tornado.httpclient import HTTPRequest
        from tornado.websocket import websocket_connect

        kernel = await asyncio.to_thread(self.ask, f"/user/{name}/api/kernels", "POST")
        url = f"ws://127.0.0.1:{self.port}/user/{name}/api/kernels/{kernel['id']}/channels"
        channel = await websocket_connect(
            HTTPRequest(url, headers={"Authorization": f"token {self.token}"})
        )
        said = []
        for source in sources:
            header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "version": "5.3"}
            header |= {"username": name, "session": "test", "date": "2000-01-01T00:00:00Z"}
            content = {"code": source, "silent": False}
            message = {"header": header, "content": content, "channel": "shell"}
            message |= {"parent_header": {}, "metadata": {}}
            await channel.write_message(json.dumps(message))
            while True:
                heard = json.loads(await channel.read_message())
                if heard["parent_header"].get("msg_id") == header["msg_id"]:
                    said.append(heard)
                    if (
                        heard["msg_type"] == "status"
                        and heard["content"]["execution_state"] == "idle"
                    ):
                        break
        channel.close()
        return said


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """Start a hub on this machine; end it with all that it has started."""
    folder = tmp_path_factory.mktemp("hub")
    port, hub_port, api_port = free_ports(3)
    token = secrets.token_hex()
    words = {"config": str(CONFIG), "homes": f"{folder}/homes/{{username}}", "proxy": PROXY}
    words |= {"port": port, "hub_port": hub_port, "api_port": api_port, "token": token}
    words["arguments"] = ["--allow-root"] if os.geteuid() == 0 else []
    (folder / "config.py").write_text(TEST.format(**words))
    (folder / "homes").mkdir()
    log = (folder / "log").open("w+")
    command = [sys.executable, "-m", "jupyterhub", "-f", folder / "config.py"]
    environment = os.environ | {"CIFAR10_SOURCE": "drawn", "JUPYTER_PLATFORM_DIRS": "1"}
    process = psutil.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    hub = Hub(port, token)

    def answers():
        assert process.poll() is None, (folder / "log").read_text()[-3000:]
        try:
            return hub.ask("/hub/api/")
        except OSError:
            return None

    try:
        wait_for(answers)
        yield hub
    finally:
        started = process.children(recursive=True)
        process.terminate()
        _, left = psutil.wait_procs([process, *started], 20)
        for one in left:
            one.kill()
        print((folder / "log").read_text()[-3000:])


@pytest.fixture(scope="module")
def learners(hub):
    """Let two learners spawn; return the hub as each of them sees it."""
    seen = {}
    for name in ("ada", "ben"):
        hub.ask(f"/hub/api/users/{name}", "POST")
        hub.ask(f"/hub/api/users/{name}/server", "POST")
        seen[name] = Hub(hub.port, hub.ask(f"/hub/api/users/{name}/tokens", "POST")["token"])
    for name in seen:
        wait_for(
            lambda name=name: (
                "" in hub.ask(f"/hub/api/users/{name}")["servers"]
                and hub.ask(f"/hub/api/users/{name}")["servers"][""]["ready"]
            )
        )
    return seen


# What a learner's kernel finds; the last line asks for 4 GB.
LOOK = """
import os, torch
print("found:", torch.get_num_threads(), os.environ["CIFAR10_SOURCE"])
torch.ones(10**9)
"""


@pytest.fixture(scope="module")
def said(learners):
    """Let both run a lesson at once, one with a right answer; return what their kernels said."""
    exercise = next(iter(LESSON.exercises.values()))
    answers = {"ada": LESSON.solution(exercise.name), "ben": f"{exercise.answer} = 'no idea'"}

    async def work(name, hub):
        path = f"/user/{name}/api/contents/lessons/{LESSON.path.name}"
        opened = await asyncio.to_thread(hub.ask, path)
        notebook = nbformat.from_dict(opened["content"])
        cell = next(cell for cell in notebook.cells if cell.id == exercise.cell.id)
        cell.source = f"{answers[name]}\nquestions.{exercise.name}.check({exercise.answer})"
        await asyncio.to_thread(hub.ask, path, "PUT", type="notebook", content=notebook)
        sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
        return await hub.run(name, [*sources, LOOK])

    async def both():
        return await asyncio.gather(*(work(*learner) for learner in learners.items()))

    return dict(zip(learners, asyncio.run(both()), strict=True))


def verdicts(said):
    shown = [heard["content"].get("data", {}) for heard in said]
    return [data[EXERCISE_MIME]["status"] for data in shown if EXERCISE_MIME in data]


def test_two_learners_run_a_lesson_at_once_and_answer(said):
    for name, verdict in {"ada": "correct", "ben": "wrong"}.items():
        found = verdicts(said[name])
        assert found.count(verdict) == 1
        assert found.count("unanswered") == len(found) - 1 == len(LESSON.exercises) - 1


def test_a_kernel_has_one_thread_the_shared_pictures_and_a_limit_of_memory(said):
    for heard in said.values():
        texts = [one["content"]["text"] for one in heard if one["msg_type"] == "stream"]
        assert "found: 1 drawn" in "".join(texts)
        errors = [one["content"]["evalue"] for one in heard if one["msg_type"] == "error"]
        assert len(errors) == 1
        assert "memory" in errors[0]


def test_nobody_gets_at_the_files_of_others(said, learners):
    text = {"type": "file", "format": "text", "content": "mine"}
    learners["ben"].ask("/user/ben/api/contents/mine.txt", "PUT", **text)
    for path in ("mine.txt", "lessons"):
        with pytest.raises(HTTPError, match=r"40[34]"):
            learners["ada"].ask(f"/user/ben/api/contents/{path}")
    names = [one["name"] for one in learners["ada"].ask("/user/ada/api/contents")["content"]]
    assert names == ["lessons"]
