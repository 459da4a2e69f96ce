"""Forks a process for each command line of the product; see ``command_line.py``.

A line on standard input starts one: JSON with its ``words``, its ``environment`` and the ``folder`` of its input and output.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

# What commands import when they run; importing does not read settings.
_LAZY = (
    "askchopper.cli", "askchopper.backup.create", "askchopper.backup.restore", "askchopper.integrations.blob_store.vercel", "alembic.command",
)  # fmt: skip


def _become(order: dict[str, Any]) -> None:
    """Turn this fork into the command: its environment, standard streams and words."""
    os.environ.clear()
    os.environ.update(order["environment"])
    folder = Path(order["folder"])
    for number, (name, mode) in enumerate((("in", os.O_RDONLY), ("out", os.O_WRONLY), ("err", os.O_WRONLY))):
        opened = os.open(folder / name, mode | os.O_CREAT, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for the life of the process
    sys.argv = ["askchopper", *order["words"]]


def _run() -> NoReturn:
    """Run the command and end. Without destroying every module: that copies the memory shared with the server, and takes most of a second."""
    try:
        runpy.run_module("askchopper", run_name="__main__")
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
        status = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main() -> None:
    """Serve orders until the input ends."""
    for name in _LAZY:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # a collection in a fork would copy all memory
    _say("ready")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
            _run()
        _say(f"started {child}")
        _, status = os.waitpid(child, 0)
        _say(f"ended {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main()
