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
_VERSIONS = "alembic/versions"
_REVISION = re.compile(r'^revision = "(\w+)"', re.MULTILINE)
_FOLLOWED = re.compile(r'^down_revision = "(\w+)"', re.MULTILINE)


def commit_of(revision: str) -> str:
    """Return the newest commit whose migrations end at a revision.

    Skips the test if there is none: the history does not reach that far, as in a shallow clone or an unpacked archive, or migrations
    that were written side by side were put in order by one commit, so that no release ended there.
    """
    changes = _git("rev-list", "HEAD", "--", _VERSIONS).split()
    for commit in ("HEAD", *(f"{change}^" for change in changes)):
        if _heads(commit) == {revision}:
            return commit
    pytest.skip(f"No commit here ends at {revision}. In a shallow clone: git fetch --unshallow")


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
    return list((ROOT / _VERSIONS).glob("*.py"))


def _heads(commit: str) -> set[str]:
    lines = _git("grep", "-h", "-E", "^(down_)?revision = ", commit, "--", _VERSIONS)
    return set(_REVISION.findall(lines)) - set(_FOLLOWED.findall(lines))


def _git(*words: str) -> str:
    try:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:
        return ""
