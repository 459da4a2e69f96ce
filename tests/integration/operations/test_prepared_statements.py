"""Statements whose plans the database keeps."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from askchopper import database
from askchopper.database import read_only
from askchopper.database_statements import prepared

_KEPT = text("SELECT statement FROM pg_prepared_statements ORDER BY 1")


async def _kept(session) -> list[str]:
    return list((await session.execute(_KEPT)).scalars())


async def test_only_marked_statements_are_prepared(db):
    await database.dispose()
    async with read_only() as session:
        for number in range(8):
            await session.execute(prepared(text("SELECT count(*) + :n FROM packs")), {"n": number})
            await session.execute(text("SELECT count(*) - :n FROM packs"), {"n": number})
        assert await _kept(session) == ["SELECT count(*) + $1 FROM packs"]


async def test_plans_outlive_the_transaction(db):
    await database.dispose()
    for number in range(2):
        async with read_only() as session:
            await session.execute(prepared(text("SELECT count(*) + :n FROM packs")), {"n": number})
    async with read_only() as session:
        assert len(await _kept(session)) == 1


async def test_migration_under_a_kept_plan_costs_one_error(db, as_owner):
    await database.dispose()
    as_owner("CREATE TABLE planned (id integer)", "GRANT SELECT ON planned TO PUBLIC")
    statement = prepared(text("SELECT * FROM planned"))
    try:
        async with read_only() as session:
            await session.execute(statement)
        as_owner("ALTER TABLE planned ADD COLUMN more integer")
        with pytest.raises(DBAPIError, match="cached plan"):
            async with read_only() as session:
                await session.execute(statement)
        async with read_only() as session:
            assert list((await session.execute(statement)).keys()) == ["id", "more"]
    finally:
        as_owner("DROP TABLE planned")
