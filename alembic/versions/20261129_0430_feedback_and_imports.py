"""Feedback about errors, results of checks, and imports from the old application."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "e60a3d5b9f14"
down_revision = "d91b4e7c2a60"
IS_CONTRACT = False
_NOW = sa.text("now()")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "user_feedback",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("message", sa.String(2_000), nullable=False),
        sa.Column("reference", sa.String(40), nullable=False),
        sa.Column("event_id", sa.String(32), nullable=False),
        sa.Column("page", sa.String(200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("source IN ('error', 'legacy')", name=op.f("ck_user_feedback_source")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_feedback_user_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_feedback")),
    )
    op.create_index(op.f("ix_user_feedback_user_id"), "user_feedback", ["user_id"])
    op.create_index(op.f("ix_user_feedback_created_at"), "user_feedback", ["created_at"])
    op.create_table(
        "check_results",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("problems", sa.Integer(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_check_results")),
    )
    op.create_table(
        "legacy_imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legacy_imports")),
    )
    op.create_table(
        "legacy_rows",
        sa.Column("source_table", sa.String(40), nullable=False),
        sa.Column("source_id", sa.String(100), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["legacy_imports.id"], name=op.f("fk_legacy_rows_import_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_table", "source_id", name=op.f("pk_legacy_rows")),
    )
    op.create_index(op.f("ix_legacy_rows_import_id"), "legacy_rows", ["import_id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for table in ("legacy_rows", "legacy_imports", "check_results", "user_feedback"):
        op.drop_table(table)
