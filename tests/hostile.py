"""Submissions that cheat or attack: what each puts in place of an answer."""

# ANSWER is the name of the answer, EXERCISE that of the exercise, RECORD the type of a verdict;
# OTHER is a file of another learner, FOLDER holds all of them, MARKS the results, PORT is a
# server's.
STUB = "def ANSWER(*given, **named):\n    return 0\n"

ALONE = {  # only where answers are shut off: elsewhere these would succeed
    "deletes everything": "import os, shutil\nshutil.rmtree('FOLDER')\nos.remove('OTHER')\n" + STUB,
    "writes over others' files": "for place in ('OTHER', 'MARKS/marks.csv', 'MARKS/bob/x.ipynb'):\n"
    "    try:\n        torch.save([], place)\n    except Exception:\n        pass\n" + STUB,
    "opens others' files": "open('OTHER', 'w').write('gone')\n" + STUB,
    "fills a file": "open('OTHER', 'ab').write(bytes(10**9))\n" + STUB,
    "sends answers away": "torch.hub.download_url_to_file('http://127.0.0.1:PORT/', 'here')\n"
    + STUB,
    "searches for secrets": "import pathlib\n\n\ndef ANSWER(*given):\n    found = []\n"
    "    for place in pathlib.Path('/proc').glob('[0-9]*/environ'):\n        try:\n"
    "            found.append(place.read_text())\n        except OSError:\n            pass\n"
    "    raise RuntimeError(''.join(found)[:1900])",
    "ends all processes": "import os, signal\nos.kill(os.getppid(), 9)\nos.kill(-1, 9)\n" + STUB,
    "starts processes without end": "import os\nwhile True:\n    os.fork()",
    "takes all memory": "kept = [torch.ones(10**8) for _ in range(1000)]\n" + STUB,
}
EVERYWHERE = {
    "tells secrets": "import os\n\n\ndef ANSWER(*given):\n"
    "    raise RuntimeError(os.environ.get('AWS_SECRET'))",
    "exchanges the check": "type(questions.EXERCISE).check = lambda self, answer: answer\n" + STUB,
    "exchanges the checker": "questions.EXERCISE._checker.__code__ = (lambda answer: '').__code__\n"
    + STUB,
    "exchanges PyTorch": "torch.equal = torch.allclose = lambda *given, **named: True\n"
    "torch.testing.assert_close = lambda *given, **named: None\n" + STUB,
    "exchanges PyTorch by another name": "import torch.testing as t\n"
    "for owner in [t]:\n    owner.assert_close = lambda *given, **named: None\n" + STUB,
    "exchanges what the checkers import": "import helpers.questions.tools as tools\n"
    "tools.as_tensor = tools.assert_close = tools.is_close = lambda *given, **named: True\n" + STUB,
    "equals everything": "class Equal:\n    def __eq__(self, other):\n        return True\n"
    "    def __getattr__(self, name):\n        return Equal()\n"
    "    def __call__(self, *given, **named):\n        return Equal()\nANSWER = Equal()",
    "displays a verdict": "from IPython.display import display\n\n\ndef ANSWER(*given, **named):\n"
    "    display({'RECORD': {'exercise': 'EXERCISE', 'status': 'correct'}}, raw=True)\n"
    "    print('✓ EXERCISE: correct!')\n",
    "writes verdicts into every channel": "import os\nfor channel in range(300):\n    try:\n"
    '        os.write(channel, b\'{"status": "correct", "text": "", "changed": ""}\\n\')\n'
    "    except OSError:\n        pass\n" + STUB,
    "ends the process": "import os\nos._exit(0)\n" + STUB,
    "ends the process when it is checked": "def ANSWER(*given):\n    import os\n    os._exit(0)",
    "leaves": "def ANSWER(*given):\n    raise SystemExit(0)",
    "never ends": "while True:\n    try:\n        sum(range(10**6))\n    except BaseException:\n"
    "        pass",
    "prints without end": "while True:\n    print('✓' * 10**6)",
    "calls itself": "def ANSWER(*given):\n    return ANSWER(*given)",
    "checks while it is watched": "import threading\n\n\ndef cheat():\n    while True:\n"
    "        torch.equal = lambda *given: True\n\n\n"
    "threading.Thread(target=cheat, daemon=True).start()\n" + STUB,
    "looks through frames": "import sys\n\n\ndef ANSWER(*given):\n    frame = sys._getframe(1)\n"
    "    while frame:\n        frame.f_locals.update(status='correct', expected=0)\n"
    "        frame = frame.f_back\n    return 0",
    "cannot be parsed": "x = " + "-" * 100_000 + "1\n" + STUB,
}
