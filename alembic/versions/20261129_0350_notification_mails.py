"""Mails of notifications: which were mailed, and which kinds a member wants by mail."""

import sqlalchemy as sa
from alembic import op

revision = "c6f9ecd85ea7"
down_revision = "b5e8dbf74f96"
IS_CONTRACT = False


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("notifications", sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_notifications_unmailed", "notifications", ["created_at"], postgresql_where=sa.text("mailed_at IS NULL")
    )
    op.create_table(
        "mail_choices",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_mail_choices_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f("pk_mail_choices")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("mail_choices")
    op.drop_index("ix_notifications_unmailed", "notifications")
    op.drop_column("notifications", "mailed_at")
