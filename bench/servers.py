"""Starts and stops the servers under test: our product on its own data folder, and blank Reflex apps. By pid, on loopback."""

import asyncio
import os
import shutil
import signal
import socket
import sys
import sysconfig
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import httpx
import psutil

from askchopper.settings import PROJECT_DIR
from bench.protocol import OUT, BenchError

HOST = "127.0.0.1"
DATA_DIR = OUT / "data"
START_SECONDS = 240  # the first start creates the demo content
_BLANK_PORTS = {"blank": 3391, "counter": 3392}  # known when the app is built: Reflex writes it into the pages
_COUNTER = Path(__file__).parent / "counter_app.py"
_SERVE_BLANK = """
import sys
from reflex.utils import exec as runner
from reflex_base import constants
from reflex_base.environment import environment
environment.REFLEX_ENV_MODE.set(constants.Env.PROD)
environment.REFLEX_SKIP_COMPILE.set(True)
environment.REFLEX_USE_GRANIAN.set(True)
runner.run_backend_prod("127.0.0.1", int(sys.argv[1]), mount_frontend_compiled_app=True)
"""


@dataclass(frozen=True)
class Server:
    """A running server."""

    name: str
    port: int
    pid: int

    @property
    def url(self) -> str:
        """Base URL."""
        return f"http://{HOST}:{self.port}"

    @property
    def rss_mib(self) -> float:
        """Resident memory of its Python processes; Postgres is not counted."""
        main = psutil.Process(self.pid)
        family = [main, *main.children(recursive=True)]
        return sum(p.memory_info().rss for p in family if "python" in p.name().lower()) / 2**20


def free_port() -> int:
    """Find a free port."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


@asynccontextmanager
async def product(
    data_dir: Path = DATA_DIR, *, is_seeded: bool = True, values: Mapping[str, str] | None = None
) -> AsyncIterator[Server]:
    """Run our product within the block, as ``make run`` does, with rate limits off.

    Args:
        data_dir: its data folder.
        is_seeded: whether demo content is made if there is none.
        values: further settings.
    """
    port = free_port()
    words = ["-m", "askchopper", "serve", "--port", str(port), "--build", *(["--seed"] if is_seeded else [])]
    given = {"DATA_DIR": str(data_dir), "RATE_LIMITS": "off", "LOG_LEVEL": "WARNING", **(values or {})}
    async with _running("ours", port, words, folder=PROJECT_DIR, values=given, health="/health") as server:
        yield server


@asynccontextmanager
async def blank(name: str = "blank", *, port: int | None = None) -> AsyncIterator[Server]:
    """Run a blank Reflex app of the same version: ``blank`` unchanged, or ``counter`` with one button.

    Its pages work at the port for which they were built; ``port`` is another one, for clients without pages.
    """
    port, folder = port or _BLANK_PORTS[name], await _built(name)
    words = ["-c", _SERVE_BLANK, str(port)]
    async with _running(name, port, words, folder=folder, values=_blank_environment(port), health="/ping") as server:
        yield server


@asynccontextmanager
async def program(name: str, source: str, values: Mapping[str, str]) -> AsyncIterator[Server]:
    """Run a program that serves on the port in its first argument until it responds on ``/health``."""
    port = free_port()
    words = ["-c", source, str(port)]
    async with _running(name, port, words, folder=PROJECT_DIR, values=values, health="/health") as server:
        yield server


@asynccontextmanager
async def foreign(
    name: str, python: str, words: list[str], *, port: int, folder: Path, values: Mapping[str, str]
) -> AsyncIterator[Server]:
    """Run a peer's program under its own interpreter until it responds on ``/``."""
    async with _running(name, port, words, folder=folder, values=values, health="/", python=python) as server:
        yield server


@asynccontextmanager
async def _running(
    name: str,
    port: int,
    words: list[str],
    *,
    folder: Path,
    values: Mapping[str, str],
    health: str,
    python: str = sys.executable,
) -> AsyncIterator[Server]:
    log = OUT / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            python, "-W", "ignore", *words, cwd=folder, env={**os.environ, **values}, stdout=out, stderr=out
        )  # fmt: skip
    try:
        await _wait(f"http://{HOST}:{port}{health}", process, log)
        yield Server(name, port, process.pid)
    finally:
        await stop(process)


async def stop(process: asyncio.subprocess.Process) -> None:
    """Terminate a process that we started, with its children."""
    if process.returncode is not None:
        return
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), 30)
    except TimeoutError:
        for member in family:
            if member.is_running():
                member.kill()
        process.kill()
        await process.wait()


async def _wait(url: str, process: asyncio.subprocess.Process, log: Path) -> None:
    until = asyncio.get_running_loop().time() + START_SECONDS
    async with httpx.AsyncClient(trust_env=False) as client:
        while asyncio.get_running_loop().time() < until and process.returncode is None:
            try:
                if (await client.get(url)).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.1)
    last_words = await asyncio.to_thread(log.read_text)
    raise BenchError(f"A server did not start. Its last words:\n{last_words[-2000:]}")


async def _built(name: str) -> Path:
    """Create and build a blank app once for every version of Reflex and of our counter page."""
    folder, port = OUT / name, _BLANK_PORTS[name]
    source = _COUNTER.read_text() if name == "counter" else ""
    wanted = f"{version('reflex')}\n{source}"
    stamp = folder / "built"
    if stamp.exists() and stamp.read_text() == wanted:
        return folder
    print(f"Building the {name} app (about a minute)…")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    await _run("reflex", "init", "--name", name, "--template", "blank", "--no-agents", folder=folder, port=port)
    if source:
        (folder / name / f"{name}.py").write_text(source)
    await _run("reflex", "export", "--frontend-only", "--no-zip", folder=folder, port=port)
    stamp.write_text(wanted)
    return folder


async def _run(command: str, *words: str, folder: Path, port: int) -> str:
    values = _blank_environment(port)
    if command == "reflex":
        # A configured registry keeps Reflex from probing other hosts.
        values["NPM_CONFIG_REGISTRY"] = (
            await _run("npm", "config", "get", "registry", folder=folder, port=port)
        ).strip()
    process = await asyncio.create_subprocess_exec(
        str(Path(sysconfig.get_path("scripts")) / command), *words, cwd=folder, env={**os.environ, **values},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, errors = await process.communicate()
    if process.returncode:
        raise BenchError(f"{command} {words[0]} failed:\n{(out + errors).decode()[-2000:]}")
    return out.decode()


def _blank_environment(port: int) -> dict[str, str]:
    return {
        "PATH": f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ.get('PATH', '')}",
        "REFLEX_USE_NPM": "1",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_FRONTEND_PORT": str(port),
        "REFLEX_BACKEND_PORT": str(port),
        "GRANIAN_WORKERS": "1",
    }
