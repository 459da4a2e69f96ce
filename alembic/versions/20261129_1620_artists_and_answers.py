"""Artists' pages from the web and reports of pages; outcomes of music questions by day and topic, and the subjects of unanswered ones."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c9f04a6d2e18"
down_revision = "b3d81c5e7f40"
IS_CONTRACT = False
_NOW = sa.text("now()")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "artist_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("decision", sa.String(10)),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("decision IN ('kept', 'removed')", name=op.f("ck_artist_reports_decision")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_artist_reports_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_artist_reports")),
    )
    op.create_index("uq_artist_reports_member", "artist_reports", ["slug", "user_id"], unique=True)
    op.create_index(op.f("ix_artist_reports_user_id"), "artist_reports", ["user_id"])
    op.create_table(
        "artist_pages",
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_artist_pages")),
    )
    op.create_index(op.f("ix_artist_pages_made_at"), "artist_pages", ["made_at"])
    op.create_table(
        "question_outcomes",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("topic", sa.String(20), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("questions", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("day", "topic", "outcome", name=op.f("pk_question_outcomes")),
    )
    op.create_table(
        "unanswered_subjects",
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("topic", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(80)),
        sa.Column("members", postgresql.ARRAY(sa.String(64)), server_default="{}", nullable=False),
        sa.Column("questions", sa.Integer(), server_default="1", nullable=False),
        sa.Column("asked_on", sa.Date(), server_default=sa.text("CURRENT_DATE"), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_unanswered_subjects")),
    )
    op.create_index(op.f("ix_unanswered_subjects_asked_on"), "unanswered_subjects", ["asked_on"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for table in ("unanswered_subjects", "question_outcomes", "artist_pages", "artist_reports"):
        op.drop_table(table)
