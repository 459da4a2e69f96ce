"""Analytics: room on the pages of figures, so that adding to a row writes no index entry."""

from alembic import op

revision = "c7a40d19e52b"
down_revision = "b3d91e60c47f"
IS_CONTRACT = False
_TABLES = ("hourly_figures", "daily_figures", "daily_breakdowns")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} SET (fillfactor = 60)")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} RESET (fillfactor)")
