"""Analytics: events of packs, their inbox, the figures they are added to, and the triggers that record purchases and likes."""

import sqlalchemy as sa
from alembic import op

from askchopper import policy, sql

revision = "b3d8e05f6a17"
down_revision = "a90c4f7be215"
IS_CONTRACT = False
INSTALLED = {
    "visitor_salt": "e744920a3b33",
    "visitor_of": "d7571e3d8fcd",
    "pack_event_of_purchase": "768f0b281265",
    "pack_event_of_download": "10d0c6d432b0",
    "pack_event_of_like": "8c39c85deff5",
    "pack_event_of_collection": "ba3cc8a14437",
    "pack_event_partitions": "66234d7528dc",
}
_TRIGGERS = (
    ("purchases", "bought", "INSERT", "", "purchase"),
    ("purchases", "refunded", "UPDATE OF status", "WHEN (OLD.status <> NEW.status AND NEW.status = 'refunded')", "purchase"),
    ("downloads", "recorded", "INSERT", "", "download"),
    ("likes", "recorded", "INSERT OR DELETE", "", "like"),
    ("collection_items", "recorded", "INSERT OR DELETE", "", "collection"),
)
_BACKFILLED = ("plays", "purchases", "refunds", "downloads", "likes", "collection_items")
_TABLES = (
    "audience_groups", "stop_counts", "daily_listeners", "daily_breakdowns", "daily_figures", "hourly_figures",
    "visitor_salts", "pack_event_backfills", "pack_events", "pack_event_inbox",
)  # fmt: skip


def _event_columns() -> list[sa.Column]:
    return [
        sa.Column("happened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("pack_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("file_id", sa.Uuid()),
        sa.Column("visitor", sa.BigInteger()),
        *(
            sa.Column(name, sa.String(length), server_default="", nullable=False)
            for name, length in (("country", 2), ("device", 10), ("source", 12), ("term", 60))
        ),
        sa.Column("amount", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("seconds", sa.REAL(), server_default="0", nullable=False),
        sa.Column("stopped_at", sa.REAL()),
        sa.Column("is_complete", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("gross_tokens", sa.Integer(), server_default="0", nullable=False),
        sa.Column("fee_tokens", sa.Integer(), server_default="0", nullable=False),
        sa.Column("purchase_id", sa.Uuid()),
    ]


def _figure_columns() -> list[sa.Column]:
    counts = ("shown", "opened", "played", "liked", "collected", "bought", "downloaded", "refunded", "completed")
    return [
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in counts),
        sa.Column("seconds", sa.Float(), server_default="0", nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
            for name in ("gross_tokens", "fee_tokens", "refunded_tokens")
        ),
    ]


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("creators", sa.Column("time_zone", sa.String(40), server_default="UTC", nullable=False))
    op.add_column("creators", sa.Column("figures_mailed_at", sa.DateTime(timezone=True)))
    _create_events()
    _create_figures()
    sql.install(op.get_bind(), INSTALLED)
    op.execute(f"SELECT pack_event_partitions({policy.ANALYTICS_EVENT_MONTHS})")
    for table, name, event, when, function in _TRIGGERS:
        op.execute(
            f"CREATE TRIGGER {table}_{name} AFTER {event} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION pack_event_of_{function}()"
        )
    # Rows of now on come through the triggers, whose locks nobody can write behind.
    for source in _BACKFILLED:
        op.execute(f"INSERT INTO pack_event_backfills (source, until) VALUES ('{source}', clock_timestamp())")  # noqa: S608 - constants


def _create_events() -> None:
    op.create_table(
        "pack_event_inbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *_event_columns(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_event_inbox")),
    )
    op.create_table(
        "pack_events",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        *_event_columns(),
        sa.CheckConstraint(
            "kind IN ('shown', 'opened', 'played', 'liked', 'collected', 'bought', 'downloaded', 'refunded')",
            name=op.f("ck_pack_events_kind"),
        ),
        sa.PrimaryKeyConstraint("id", "happened_at", name=op.f("pk_pack_events")),
        postgresql_partition_by="RANGE (happened_at)",
    )
    op.execute("CREATE TABLE pack_events_default PARTITION OF pack_events DEFAULT")
    op.create_index(
        "ix_pack_events_purchase", "pack_events", ["purchase_id"], postgresql_where=sa.text("purchase_id IS NOT NULL")
    )
    op.create_index("ix_pack_events_visitor", "pack_events", ["visitor", "happened_at"])
    op.create_table(
        "pack_event_backfills",
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_pack_event_backfills")),
    )
    op.create_table(
        "visitor_salts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_visitor_salts")),
    )


def _create_figures() -> None:
    op.create_table(
        "hourly_figures",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        *_figure_columns(),
        sa.PrimaryKeyConstraint("subject_id", "hour", name=op.f("pk_hourly_figures")),
    )
    op.create_table(
        "daily_figures",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *_figure_columns(),
        sa.Column("listeners", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "day", name=op.f("pk_daily_figures")),
    )
    op.create_table(
        "daily_breakdowns",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("dimension", sa.String(10), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("value", sa.String(60), nullable=False),
        *_figure_columns(),
        sa.CheckConstraint(
            "dimension IN ('country', 'device', 'source', 'term', 'price')", name=op.f("ck_daily_breakdowns_dimension")
        ),
        sa.PrimaryKeyConstraint("subject_id", "dimension", "day", "value", name=op.f("pk_daily_breakdowns")),
    )
    op.create_table(
        "daily_listeners",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("visitor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "day", "visitor", name=op.f("pk_daily_listeners")),
    )
    op.create_table(
        "stop_counts",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.Column("stops", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "part", name=op.f("pk_stop_counts")),
    )
    op.create_table(
        "audience_groups",
        sa.Column("creator_id", sa.Uuid(), nullable=False),
        sa.Column("trait", sa.String(10), nullable=False),
        sa.Column("value", sa.String(40), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.CheckConstraint("trait IN ('genre', 'tempo', 'key')", name=op.f("ck_audience_groups_trait")),
        sa.ForeignKeyConstraint(
            ["creator_id"], ["creators.id"], name=op.f("fk_audience_groups_creator_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("creator_id", "trait", "value", name=op.f("pk_audience_groups")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for table, name, *_ in _TRIGGERS:
        op.execute(f"DROP TRIGGER {table}_{name} ON {table}")
    for name in ("purchase", "download", "like", "collection"):
        op.execute(f"DROP FUNCTION pack_event_of_{name}()")
    op.execute("DROP FUNCTION pack_event_partitions(integer)")
    op.execute("DROP FUNCTION visitor_of(uuid, timestamptz)")
    op.execute("DROP FUNCTION visitor_salt(date)")
    for table in _TABLES:
        op.drop_table(table)
    op.drop_column("creators", "figures_mailed_at")
    op.drop_column("creators", "time_zone")
