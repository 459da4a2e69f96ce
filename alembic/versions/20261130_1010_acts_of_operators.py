"""Entries of the audit log without an actor: what operators did at the command line."""

from alembic import op

revision = "e6b03d5a71f4"
down_revision = "d41f7c2ae963"
IS_CONTRACT = False


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.alter_column("audit_log", "actor_id", nullable=True)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("ALTER TABLE audit_log DISABLE TRIGGER USER")
    op.execute("DELETE FROM audit_log WHERE actor_id IS NULL")
    op.execute("ALTER TABLE audit_log ENABLE TRIGGER USER")
    op.alter_column("audit_log", "actor_id", nullable=False)
