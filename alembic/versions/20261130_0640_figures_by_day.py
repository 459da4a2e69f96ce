"""Daily figures are found by day, for trends over all packs and sounds."""

from alembic import op

revision = "d2f71c08ab64"
down_revision = "c7a40d19e52b"
IS_CONTRACT = False


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_index("ix_daily_figures_day", "daily_figures", ["day"], postgresql_using="brin")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index("ix_daily_figures_day", table_name="daily_figures")
