"""Administration: the append-only audit log, and suspensions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "a90c4f7be215"
down_revision = "f26c91d80a57"
IS_CONTRACT = False


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("target", sa.String(length=20), nullable=False),
        sa.Column("target_id", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("after", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_audit_log_actor_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON audit_log FROM askchopper_app")
    op.execute(
        "CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log"
        " FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()"
    )
    op.create_index("ix_audit_log_action", "audit_log", ["action", sa.text("id DESC")])
    op.create_index("ix_audit_log_actor", "audit_log", ["actor_id", sa.text("id DESC")])
    op.create_index("ix_audit_log_target", "audit_log", ["target_id", sa.text("id DESC")])
    op.create_table(
        "suspensions",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_suspensions_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_suspensions")),
    )
    op.create_index(
        "ix_suspensions_ends_at", "suspensions", ["ends_at"], postgresql_where=sa.text("ends_at IS NOT NULL")
    )
    op.create_index("ix_activity_time", "activity", ["created_at"], postgresql_using="brin")
    op.create_index("ix_users_newest", "users", [sa.text("created_at DESC"), sa.text("id DESC")])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index("ix_users_newest", table_name="users")
    op.drop_index("ix_activity_time", table_name="activity")
    op.drop_table("suspensions")
    op.drop_table("audit_log")
