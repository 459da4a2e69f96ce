"""Searches the web in a process of its own, once a line arrives: prints the number of results."""

import asyncio
import sys

from askchopper.database import dispose, ping
from askchopper.models.base import new_id
from askchopper.schemas.accounts import Viewer
from askchopper.services.knowledge.web_search import search
from askchopper.vocabulary import Role


async def main() -> None:
    someone = Viewer(new_id(), None, "Someone", "someone@example.org", Role.MEMBER)
    await ping()
    print("ready", flush=True)  # noqa: T201
    query = sys.stdin.readline().strip()
    print(len(await search.search(someone, query)))  # noqa: T201
    await dispose()


if __name__ == "__main__":
    asyncio.run(main())
