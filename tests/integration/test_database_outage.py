"""A database that stops to answer, or goes away, gives a readable error in time, and the pool heals by itself."""

import asyncio
import signal
import time

import psutil
import pytest
from sqlalchemy import text

from askchopper import database
from askchopper.errors import UnavailableError


async def test_paused_server_times_out_and_recovers(db: None, as_owner):
    await database.ping()
    backends = as_owner("SELECT pid FROM pg_stat_activity WHERE application_name = 'askchopper'")
    processes = [psutil.Process(pid) for (pid,) in backends]
    assert processes
    started = time.monotonic()
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(UnavailableError):
            async with database.transaction(timeout_seconds=1) as session:
                await session.execute(text("SELECT 1"))
        assert time.monotonic() - started < 10
    finally:
        for process in processes:
            process.send_signal(signal.SIGCONT)
    await asyncio.sleep(0.2)
    await database.ping()
