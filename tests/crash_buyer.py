"""A process that buys until it is killed. Says ``acked KEY`` for every purchase whose answer it has seen.

Run with: VIEWER_ID SLUG,SLUG,… POINT, where POINT is the step of the first purchase at which it kills itself, or ``never``.
"""

import asyncio
import os
import signal
import sys
import uuid

from askchopper.database import transaction
from askchopper.schemas.accounts import Viewer
from askchopper.services.catalogue import purchases
from askchopper.vocabulary import Role


def reach(point: str) -> None:
    if sys.argv[3] == point:
        os.kill(os.getpid(), signal.SIGKILL)


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


async def main() -> None:
    viewer = Viewer(uuid.UUID(sys.argv[1]), None, "", "", Role.MEMBER)
    say("ready")
    for slug in sys.argv[2].split(","):
        async with transaction() as session:
            reach("before")
            receipt = await purchases.buy(session, viewer, pack_slug=slug, price_tokens=3, key=slug)
            reach("between")
        reach("after")
        say(f"acked {slug} {receipt.purchase_id}")
    say("done")


asyncio.run(main())
