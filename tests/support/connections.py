"""Keeping the database connections of the app from one test to the next.

A new connection of Postgres reads the catalogue before its first query, which takes longer than most tests' own queries.
"""

from sqlalchemy import Pool
from sqlalchemy.pool import AsyncAdaptedQueuePool

from askchopper import database


async def close_unusable_connections() -> None:
    """Close the pools whose connections the next test, with an event loop of its own, could not use."""
    for engine in (database.engine, database._side_engine):
        if engine.cache_info().currsize and not _is_reusable(engine().sync_engine.pool):
            await engine().dispose()


def _is_reusable(pool: Pool) -> bool:
    """Return whether no connection is in use, and no task had to wait for one: the queue or lock then belongs to its event loop."""
    if not isinstance(pool, AsyncAdaptedQueuePool) or pool.checkedout():
        return False
    queue = pool._pool._queue
    connections = [record.driver_connection for record in queue._queue]
    return queue._loop is None and all(one is None or one.lock._loop is None for one in connections)
