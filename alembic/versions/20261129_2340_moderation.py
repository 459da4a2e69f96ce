"""Moderation and administration: one queue with claims, decisions, messages, appeals, legal notices; trust, switches, announcements, failed jobs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b3d91e60c47f"
down_revision = "b71d0e5a93c4"
IS_CONTRACT = False

_TEMPLATES = (
    ("Description", "Please say in a few sentences what is in the pack and how it was made, then send it in again."),
    ("Tags", "The tags do not describe the sounds. Keep those that do, and send it in again."),
    ("Sounds cut off", "Some sounds end before they fade out. Please export them in full."),
    ("Too loud", "Some sounds clip. Please export them a little quieter."),
    (
        "Source of a sound",
        "One sound resembles a sound of another creator. Please tell us where it comes from, and whether you may sell it.",
    ),
    ("Permission", "This sound seems to be a recording by somebody else. Please send us the permission, or remove it."),
    ("Cover", "Please use a cover that you own, without the name of an artist or brand."),
    ("Title", "The title of {title} names an artist or brand. Please choose another one."),
    ("Rude words", "Please disagree without insults. What you wrote was hidden."),
    ("Advertising", "Advertising is not allowed in comments and reviews. What you wrote was hidden."),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "moderation_claims",
        sa.Column("item", sa.String(length=120), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_moderation_claims_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item", name=op.f("pk_moderation_claims")),
    )
    op.create_index(op.f("ix_moderation_claims_user_id"), "moderation_claims", ["user_id"], unique=False)
    op.create_table(
        "moderation_decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('pack', 'twin', 'report', 'comment', 'artist', 'reward', 'appeal', 'notice')",
            name=op.f("ck_moderation_decisions_kind"),
        ),
        sa.CheckConstraint("verdict IN ('approved', 'returned')", name=op.f("ck_moderation_decisions_verdict")),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_moderation_decisions_actor_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_moderation_decisions_owner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_decisions")),
    )
    op.create_index("ix_moderation_decisions_actor_id", "moderation_decisions", ["actor_id"], unique=False)
    op.create_index(
        "ix_moderation_decisions_item",
        "moderation_decisions",
        ["item", sa.literal_column("decided_at DESC")],
        unique=False,
    )
    op.create_index(
        "ix_moderation_decisions_owner",
        "moderation_decisions",
        ["owner_id", sa.literal_column("decided_at DESC")],
        unique=False,
    )
    op.create_table(
        "moderation_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.String(length=120), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("recipient_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_moderation_messages_author_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["users.id"], name=op.f("fk_moderation_messages_recipient_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_messages")),
    )
    op.create_index("ix_moderation_messages_author_id", "moderation_messages", ["author_id"], unique=False)
    op.create_index("ix_moderation_messages_item", "moderation_messages", ["item", "id"], unique=False)
    op.create_index("ix_moderation_messages_recipient_id", "moderation_messages", ["recipient_id"], unique=False)
    op.create_table(
        "moderation_templates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_templates")),
        sa.UniqueConstraint("title", name=op.f("uq_moderation_templates_title")),
    )
    op.create_table(
        "appeals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("answer", sa.String(length=1000), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("outcome IN ('approved', 'returned')", name=op.f("ck_appeals_outcome")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_appeals_decided_by"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["moderation_decisions.id"], name=op.f("fk_appeals_decision_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_appeals_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_appeals_decision_id")),
    )
    op.create_index("ix_appeals_decided_by", "appeals", ["decided_by"], unique=False)
    op.create_index(
        "ix_appeals_open", "appeals", ["created_at"], unique=False, postgresql_where=sa.text("outcome IS NULL")
    )
    op.create_index("ix_appeals_user_id", "appeals", ["user_id"], unique=False)
    op.create_table(
        "legal_notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("work", sa.String(length=2000), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("signature", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("answer", sa.String(length=1000), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('takedown', 'counter')", name=op.f("ck_legal_notices_kind")),
        sa.CheckConstraint("outcome IN ('approved', 'returned')", name=op.f("ck_legal_notices_outcome")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_legal_notices_decided_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["pack_id"], ["packs.id"], name=op.f("fk_legal_notices_pack_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_legal_notices_user_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_notices")),
    )
    op.create_index("ix_legal_notices_decided_by", "legal_notices", ["decided_by"], unique=False)
    op.create_index(
        "ix_legal_notices_open",
        "legal_notices",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index("ix_legal_notices_pack_id", "legal_notices", ["pack_id"], unique=False)
    op.create_index("ix_legal_notices_user_id", "legal_notices", ["user_id"], unique=False)
    op.create_table(
        "draft_twins",
        sa.Column("draft_file_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("similarity", sa.REAL(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_file_id"], ["draft_files.id"], name=op.f("fk_draft_twins_draft_file_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_draft_twins_draft_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["file_id"], ["audio_files.id"], name=op.f("fk_draft_twins_file_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("draft_file_id", "file_id", name=op.f("pk_draft_twins")),
    )
    op.create_index(op.f("ix_draft_twins_draft_id"), "draft_twins", ["draft_id"], unique=False)
    op.create_index(op.f("ix_draft_twins_file_id"), "draft_twins", ["file_id"], unique=False)
    op.create_table(
        "feature_switches",
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "name IN ('registrations', 'uploads', 'purchases', 'assistant', 'comments')",
            name=op.f("ck_feature_switches_name"),
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_feature_switches")),
    )
    op.create_table(
        "announcements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("link", sa.String(length=200), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_announcements_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
    )
    op.create_index("ix_announcements_ends_at", "announcements", ["ends_at"], unique=False)
    op.create_table(
        "job_failures",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("arguments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retried_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_failures")),
    )
    op.create_index("ix_job_failures_failed_at", "job_failures", ["failed_at"], unique=False)
    op.create_index(
        "ix_job_failures_open",
        "job_failures",
        [sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("retried_at IS NULL"),
    )
    templates = sa.table("moderation_templates", sa.column("id"), sa.column("title"), sa.column("text"))
    for title, words in _TEMPLATES:
        op.execute(templates.insert().values(id=sa.func.gen_random_uuid(), title=title, text=words))
    op.add_column("creators", sa.Column("trust", sa.String(), nullable=True))
    op.create_check_constraint("trust", "creators", "trust IN ('watched', 'trusted')")
    op.execute("UPDATE creators SET trust = 'watched' WHERE is_flagged")
    op.add_column("takedowns", sa.Column("is_decided", sa.Boolean(), server_default="false", nullable=False))
    op.execute("UPDATE takedowns SET is_decided = true WHERE decided_by IS NOT NULL")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_column("takedowns", "is_decided")
    op.execute("UPDATE creators SET is_flagged = true WHERE trust = 'watched'")
    op.drop_column("creators", "trust")
    op.drop_table("draft_twins")
    op.drop_table("legal_notices")
    op.drop_table("appeals")
    op.drop_table("moderation_templates")
    op.drop_table("moderation_messages")
    op.drop_table("moderation_decisions")
    op.drop_table("moderation_claims")
    op.drop_table("job_failures")
    op.drop_table("announcements")
    op.drop_table("feature_switches")
