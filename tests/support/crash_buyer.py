"""Processes that buy until they are killed. Each prints ``acked SLUG`` for every acknowledged purchase.

A line ``VIEWER_ID SLUG,SLUG,… POINT`` on standard input starts one; POINT is the step of its first purchase at which it kills
itself, or ``never``. They are forks of this process, so that only the first waits for imports.
"""

import asyncio
import os
import signal
import sys
import threading
import uuid

import psycopg
from sqlalchemy import text

from askchopper import observability
from askchopper.database import transaction
from askchopper.schemas.accounts import Viewer
from askchopper.services.purchases import checkout
from askchopper.vocabulary import Role

STATEMENT_SECONDS = 0.3


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


async def send_commit_and_die(connection: psycopg.AsyncConnection) -> None:
    connection.pgconn.send_query(b"COMMIT")
    connection.pgconn.flush()
    die()


async def main(viewer: Viewer, slugs: list[str], point: str) -> None:
    reached = {point: die}

    def reach(name: str) -> None:
        reached.get(name, lambda: None)()

    for slug in slugs:
        async with transaction() as session:
            reach("before BEGIN")  # sent with the first statement
            if point == "after BEGIN":
                await session.execute(text("SELECT 1"))
                die()
            if point == "while the statement runs":
                # The test locks the wallet, so that the statement is still waiting when the timer fires.
                threading.Timer(STATEMENT_SECONDS, die).start()
            await checkout.buy(session, viewer, pack_slug=slug, price_tokens=3, key=slug)
            if point == "while COMMIT is sent":  # that of the purchase, not of what it read before
                psycopg.AsyncConnection.commit = send_commit_and_die
            reach("before COMMIT")
        reach("after COMMIT")
        say(f"acked {slug}")
    say("done")


observability.configure(level="ERROR")  # an interrupted log line would join the next one
say("ready")
for line in sys.stdin:
    user, slugs, point = line.rstrip("\n").split(" ", 2)
    child = os.fork()
    if child == 0:
        say(f"started {os.getpid()}")
        asyncio.run(main(Viewer(uuid.UUID(user), None, "", "", Role.MEMBER), slugs.split(","), point))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    say(f"ended {os.waitstatus_to_exitcode(status)}")
