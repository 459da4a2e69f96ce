"""Collections can be reported, and are hidden by reports."""

import sqlalchemy as sa
from alembic import op

revision = "c93f61b8e2d7"
down_revision = "a7c2e95d4b16"
IS_CONTRACT = False
_TARGETS = "'pack', 'file', 'comment', 'review', 'member'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("collections", sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True))
    _allow(f"{_TARGETS}, 'collection'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DELETE FROM reports WHERE target = 'collection'")
    # Without the column everybody would see them again.
    op.execute("UPDATE collections SET visibility = 'private' WHERE hidden_at IS NOT NULL")
    op.drop_column("collections", "hidden_at")
    _allow(_TARGETS)


def _allow(targets: str) -> None:
    """Change the check of targets; rows that it accepted are valid, so they are not read."""
    op.drop_constraint(op.f("ck_reports_target"), "reports")
    op.execute(f"ALTER TABLE reports ADD CONSTRAINT ck_reports_target CHECK (target IN ({targets})) NOT VALID")
