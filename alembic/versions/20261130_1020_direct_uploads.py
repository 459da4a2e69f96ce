"""Uploads that browsers send to the store themselves: being checked, or refused with a reason."""

import sqlalchemy as sa
from alembic import op

revision = "e83b5d10f7a2"
down_revision = "e6b03d5a71f4"
IS_CONTRACT = False


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("uploads", sa.Column("problem", sa.String(length=300), server_default="", nullable=False))
    op.add_column("uploads", sa.Column("problem_link", sa.String(length=200), server_default="", nullable=False))
    op.drop_constraint(op.f("ck_uploads_state"), "uploads", type_="check")
    op.create_check_constraint(
        op.f("ck_uploads_state"), "uploads", "state IN ('receiving', 'checking', 'stored', 'refused')"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DELETE FROM uploads WHERE state IN ('checking', 'refused')")
    op.drop_constraint(op.f("ck_uploads_state"), "uploads", type_="check")
    op.create_check_constraint(op.f("ck_uploads_state"), "uploads", "state IN ('receiving', 'stored')")
    op.drop_column("uploads", "problem_link")
    op.drop_column("uploads", "problem")
