"""Statements of requests end after five seconds, those of long-running jobs and commands after ten minutes."""

import pytest
from sqlalchemy import text

from askchopper.database import read_only, transaction

TIMEOUT = text("SHOW statement_timeout")


@pytest.mark.parametrize("begin", [transaction, read_only])
async def test_statement_timeout(db: None, begin):
    async with begin() as session:
        assert (await session.execute(TIMEOUT)).scalar_one() == "5s"
    async with begin(timeout_seconds=None) as session:
        assert (await session.execute(TIMEOUT)).scalar_one() == "10min"
    async with begin() as session:
        assert (await session.execute(TIMEOUT)).scalar_one() == "5s"
