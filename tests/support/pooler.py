"""PgBouncer in transaction mode in front of the test cluster, as a process of its own."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from askchopper import local_postgres

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
_START_SECONDS = 10


@contextmanager
def pooler(socket_dir: str, database: str, *, size: int = 4) -> Iterator[str]:
    """Run PgBouncer within the block; yields the address of the database through it, as the app's role.

    Args:
        socket_dir: folder of the socket of Postgres.
        database: name of the database.
        size: connections to Postgres; fewer than clients, so that they really share them.
    """
    assert PROGRAM
    folder = Path(tempfile.mkdtemp(prefix="ac-pooler-", dir="/tmp"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "users").write_text(f'"{local_postgres.APP_ROLE}" ""\n')
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n{database} = host={socket_dir} dbname={database}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = trust\nauth_file = {folder}/users\n"
        f"pool_mode = transaction\nmax_client_conn = 200\ndefault_pool_size = {size}\nserver_reset_query =\n"
    )
    words = [PROGRAM, "-q", str(folder / "pgbouncer.ini")]
    if os.geteuid() == 0:  # it refuses to run as root; this user may open the socket
        user = pwd.getpwnam("embedded_postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        words += ["-u", "embedded_postgres"]
    process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        yield f"postgresql://{local_postgres.APP_ROLE}@127.0.0.1:{port}/{database}"
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
    raise TimeoutError
