"""The code of an earlier release, from the history of this repository, and its HTTP server on the current schema."""

import io
import os
import re
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from askchopper import migrations
from tests.support.browser import free_port
from tests.support.database import ROOT

_SERVE = """
import asyncio, sys
from granian.constants import Interfaces
from granian.server.embed import Server
from askchopper.api.app import create_app
asyncio.run(Server(create_app(), port=int(sys.argv[1]), interface=Interfaces.ASGI, log_enabled=False).serve())
"""
_START_SECONDS = 60
_REVISION = re.compile(r'^revision = "(\w+)"', re.MULTILINE)
_FOLLOWED = re.compile(r'^down_revision = "(\w+)"', re.MULTILINE)


def commit_of(revision: str) -> str:
    """Return the newest commit whose migrations end at a revision.

    Skips the test if the history does not reach that far, as in a shallow clone or an unpacked archive.
    """
    [following] = [path for path in _migrations() if f'down_revision = "{revision}"' in path.read_text()]
    name = str(following.relative_to(ROOT))
    added = _git("log", "--diff-filter=A", "--format=%H", "-1", "HEAD", "--", name)
    commit = f"{added}^" if added else "HEAD"  # a migration that is not committed yet
    found = _git("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}")
    if not found or _git("ls-tree", "--name-only", found, name):
        pytest.skip(f"The history of {name} is missing here. Fetch it with: git fetch --unshallow")
    return found


def compatible() -> list[str]:
    """List the revisions before the current one whose releases may run on this schema, newest first."""
    texts = [path.read_text() for path in _migrations()]
    known = {_REVISION.findall(text)[0]: text for text in texts}
    [revision] = migrations.head_revisions()
    found: list[str] = []
    while revision != migrations.OLDEST_COMPATIBLE and "IS_CONTRACT = True" not in known[revision]:
        [revision] = _FOLLOWED.findall(known[revision])
        found.append(revision)
    return found


@contextmanager
def serving(commit: str, folder: Path) -> Iterator[str]:
    """Unpack a commit into a folder and serve its HTTP API with the settings of this process; yields the URL."""
    archive = subprocess.run(
        ["git", "archive", commit, "askchopper", "assets"], cwd=ROOT, capture_output=True, check=True
    )
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        if hasattr(tarfile, "data_filter"):  # since Python 3.11.4
            tar.extraction_filter = tarfile.data_filter
        tar.extractall(folder)
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(folder), "PORT": str(port), "WORKER": "apart"}
    process = subprocess.Popen([sys.executable, "-c", _SERVE, str(port)], cwd=folder, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    until, pause = time.monotonic() + _START_SECONDS, threading.Event()
    while time.monotonic() < until:
        assert process.poll() is None, "the earlier release did not start"
        try:
            if httpx.get(f"{url}/health").status_code == 200:
                return
        except httpx.TransportError:
            pause.wait(0.1)
    raise TimeoutError(url)


def _migrations() -> list[Path]:
    return list((ROOT / "alembic" / "versions").glob("*.py"))


def _git(*words: str) -> str:
    try:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:
        return ""
