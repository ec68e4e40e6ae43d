"""The process in which learners' answers run: ``python -m tutorial.judge``, started by grade.

It loads PyTorch once. For each answer it forks a child that is shut off from everything else, in
which the answer meets the lesson's check, and of which nothing is left afterwards. Where a process
with PyTorch cannot be forked, it takes one answer and ends.

Nothing that an answer prints or displays counts. What counts is what the check, taken hold of
before the answer ran, returns, and then only if nothing that checks stand on was exchanged.
"""

import faulthandler
import gc
import importlib
import json
import os
import secrets
import select
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from operator import is_
from threading import Thread
from types import ModuleType
from typing import Any

from tutorial.isolation import BUSY, give_up_rights, has_had, limit, shut_off

LONGEST = 2000  # characters of what a check says
MOST = 50_000  # bytes of a verdict
LOOK = 0.1  # seconds between looks at what has no verdict yet
CHECKERS = ("builtins", "helpers", "math", "numpy", "random", "torch")  # what checks stand on
OWN_CHANGES = "torch.optim"  # whose classes PyTorch itself changes when they are used
LATER = "torch._dynamo"  # what PyTorch loads, and changes itself by, when it is first needed: 3 s
STOPPED = {"status": "wrong", "text": "your code ended its process.", "stopped": True}

Job = dict[str, Any]
Verdict = dict[str, Any]
Parts = dict[str, tuple[Any, dict[str, Any]]]  # owners of names, and what the names stood for


def main() -> None:
    """Read jobs, a line of JSON each, and write a verdict for each."""
    settings = json.loads(sys.argv[1])
    home, seconds = settings["home"], settings["seconds"]
    verdicts = os.dup(1)
    importlib.import_module(LATER)  # while nobody asks yet
    before: Parts = {}
    loaded: set[str] = set()
    for line in sys.stdin:
        job = json.loads(line)
        if job["imports"] not in loaded:
            exec(job["imports"], {})
            loaded.add(job["imports"])
            before = dict(_parts())
            gc.freeze()  # so that children share this memory
        if not settings["forks"]:
            Thread(target=_end_this, args=[has_had(os.getpid(), seconds)], daemon=True).start()
            with open(os.devnull, "w") as nowhere:  # even if the answer lets no thread run
                faulthandler.dump_traceback_later(BUSY * seconds, exit=True, file=nowhere)
                _answer(job, before, verdicts, "", seconds, False)
        if not os.fork():
            with suppress(BaseException):
                said = _attend(job, before, home, seconds)
                os.write(verdicts, f"{json.dumps(said)}\n".encode())
                os._exit(0)
            os._exit(1)
        if os.wait()[1]:
            os.write(verdicts, f"{json.dumps(STOPPED)}\n".encode())


def _end_this(over: Callable[[], bool]) -> None:
    """End this process as soon as that is so."""
    while not over():
        time.sleep(LOOK)
    os._exit(1)


def _attend(job: Job, before: Parts, home: str, seconds: float) -> Verdict:
    """Fork the process of one answer, and hear its verdict or end it."""
    try:
        shut_off(home, job["hidden"])
        alone = True
    except OSError:
        alone = False
    nonce = secrets.token_hex()
    reading, writing = os.pipe()
    answering = os.fork()
    if not answering:
        os.setsid()
        os.chdir(home)
        if alone:
            give_up_rights()
        _answer(job, before, writing, nonce, seconds, alone)
    os.close(writing)
    heard = _hear(reading, has_had(answering, seconds))
    said: Verdict = STOPPED
    if heard is None:
        said = STOPPED | {"text": f"stopped after {seconds:g} seconds: does it end?"}
    elif heard.startswith(nonce):
        said = json.loads(heard.removeprefix(nonce))
    elif heard:
        said = STOPPED | {"changed": "the verdict"}
    for kill in (os.kill, os.killpg):
        with suppress(OSError):
            kill(answering, signal.SIGKILL)
    os.waitpid(answering, 0)
    shutil.rmtree(home, ignore_errors=True)
    os.makedirs(home, exist_ok=True)
    return said | {"alone": alone}


def _hear(channel: int, over: Callable[[], bool]) -> str | None:
    """Read a line, or what there is of one when the channel closes; None if it takes too long."""
    heard = b""
    while not heard.endswith(b"\n") and len(heard) < MOST:
        if over():
            return None
        if select.select([channel], [], [], LOOK)[0]:
            if not (part := os.read(channel, MOST)):
                break
            heard += part
    return heard.decode(errors="replace")


def _answer(
    job: Job, before: Parts, verdicts: int, nonce: str, seconds: float, alone: bool
) -> None:
    """Run an answer, check it, write the verdict, end the process."""
    write, end, dumps, describe = os.write, os._exit, json.dumps, traceback.format_exception_only
    exercise = vars(sys.modules[f"helpers.questions.{job['module']}"])[job["exercise"]]
    check, changed = exercise.check, _changed
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    for number in range(3, 256):
        if number != verdicts:
            with suppress(OSError):
                os.close(number)
    limit(seconds, alone)
    sys.modules["__main__"] = main = ModuleType("__main__")
    names, raised = vars(main), ""
    for number, code in enumerate([job["imports"], *job["before"], *job["cells"]]):
        try:
            exec(compile(code, f"<cell {number}>", "exec"), names)
        except BaseException as error:
            raised = describe(error)[-1].strip()
    if job["answer"] in names:
        note = check(names[job["answer"]])
        status, text = note.status, note.text
    else:
        status, text = "unanswered", f"☐ {job['exercise']}: there is no `{job['answer']}`."
    if raised and status == "unanswered":
        status, text = "wrong", f"your code raised `{raised}`."
    said = {"status": status, "text": text[:LONGEST], "changed": changed(before)}
    write(verdicts, f"{nonce}{dumps(said)}\n".encode())
    end(0)


def _parts() -> Iterator[tuple[str, tuple[Any, dict[str, Any]]]]:
    """Yield what checks stand on: the names of modules, classes and exercises, and their values."""
    from helpers.exercises import Exercise

    seen = set()
    for place, module in list(sys.modules.items()):
        root = place.partition(".")[0]
        if place.startswith(OWN_CHANGES):
            continue
        if isinstance(module, ModuleType) and root in CHECKERS:
            yield place, (vars(module), _held(vars(module)))
            for name, value in list(vars(module).items()):
                kept = issubclass(type(value), type) or type(value) is Exercise
                if kept and id(value) not in seen:
                    seen.add(id(value))
                    yield f"{place}.{name}", (value, _held(vars(value)))


def _held(names: Any) -> dict[str, Any]:
    """Choose what nobody should change: functions, classes, modules."""
    return {n: v for n, v in names.items() if callable(v) or issubclass(type(v), ModuleType)}


def _changed(before: Parts) -> str:
    """Name the first of these that is not what it was, if any."""
    for place, (owner, held) in before.items():
        now = owner if isinstance(owner, dict) else vars(owner)
        if not all(map(is_, map(now.get, held), held.values())):
            return next(f"{place}.{name}" for name in held if now.get(name) is not held[name])
    return ""


if __name__ == "__main__":
    main()
