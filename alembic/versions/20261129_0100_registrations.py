"""Registrations that wait for the confirmation of their e-mail."""

import sqlalchemy as sa
from alembic import op

revision = "b7c40d21e9f3"
down_revision = "a9d3e6c17f25"
IS_CONTRACT = False


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "registrations",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("next_path", sa.String(500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("length(email) BETWEEN 3 AND 254", name=op.f("ck_registrations_email_length")),
        sa.CheckConstraint("length(display_name) BETWEEN 1 AND 60", name=op.f("ck_registrations_display_name_length")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_registrations")),
    )
    op.create_index(op.f("ix_registrations_expires_at"), "registrations", ["expires_at"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("registrations")
