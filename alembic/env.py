"""Run migrations on one connection, one process at a time."""

import sqlalchemy as sa
from sqlmodel import SQLModel

import askchopper.models  # noqa: F401 - registers every table
from alembic import context
from askchopper import migrations, settings

# Any number will do, as long as all starters of this app use the same one.
MIGRATION_LOCK = 0x61_63_68_6F


def _url() -> str:
    return context.config.attributes.get("url") or settings.get().sync_database_url


def _run() -> None:
    engine = sa.create_engine(_url(), poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            compare_server_default=False,
        )
        with context.begin_transaction():
            context.run_migrations()
            _list_compatible_revisions(connection)
    engine.dispose()


def _list_compatible_revisions(connection: sa.Connection) -> None:
    """Write the revisions whose releases may run on this schema, in the transaction of the migrations."""
    if connection.execute(sa.text("SELECT to_regclass('public.schema_compatibility')")).scalar_one() is None:
        return
    heads = context.get_context().get_current_heads()
    listed = [{"revision": each} for each in migrations.compatible_revisions(context.script, heads)]
    connection.execute(sa.text("DELETE FROM schema_compatibility"))
    connection.execute(sa.text("INSERT INTO schema_compatibility VALUES (:revision)"), listed)


_run()
