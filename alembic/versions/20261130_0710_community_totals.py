"""Stars of a pack kept as counts, comments by moment from an index, who paid an order, advantages of tiers, and listening on Spotify."""

import sqlalchemy as sa
from alembic import op

from askchopper import sql

revision = "d41f7c2ae963"
down_revision = "d2f71c08ab64"
IS_CONTRACT = False
INSTALLED = {
    "reward_profile_add": "868b565b4aeb",
    "reward_profile_open": "dec7b03c41e1",
    "rating_counts_of": "41a83c9090a4",
}
_KINDS = "'daily', 'badge', 'referral', 'challenge'"
# As the trigger does for new members, once it is there, so that none is made meanwhile.
_OPEN_PROFILES = """
    SELECT reward_profile_add(id) FROM users
    WHERE deleted_at IS NULL AND NOT EXISTS (SELECT FROM reward_profiles WHERE user_id = users.id)
"""
# Who a notification names was not stored. A notification has the time of the transaction that wrote the comment, review or answer. Where
# its author is gone already, or answered again since, the notification with the name goes.
_ACTORS = """
    WITH written AS (
        SELECT user_id, created_at AS at, ARRAY['comment', 'reply', 'mention'] AS kinds FROM comments
        UNION ALL SELECT user_id, created_at, ARRAY['review'] FROM ratings
        UNION ALL SELECT user_id, edited_at, ARRAY['review'] FROM ratings
        UNION ALL SELECT c.user_id, r.answered_at, ARRAY['reply']
            FROM ratings r JOIN packs p ON p.id = r.pack_id JOIN creators c ON c.id = p.creator_id
    )
    UPDATE notifications n SET actors = ARRAY[written.user_id] FROM written
    WHERE n.actors = '{}' AND n.created_at = written.at AND n.kind = ANY(written.kinds) AND written.user_id IS NOT NULL
"""
_NAMELESS = "DELETE FROM notifications WHERE kind IN ('comment', 'reply', 'mention', 'review') AND actors = '{}'"
_COUNT = """
    UPDATE packs SET rating_counts = counted.by_stars FROM (
        SELECT pack_id, ARRAY[
            count(*) FILTER (WHERE stars = 1), count(*) FILTER (WHERE stars = 2), count(*) FILTER (WHERE stars = 3),
            count(*) FILTER (WHERE stars = 4), count(*) FILTER (WHERE stars = 5)] AS by_stars
        FROM ratings WHERE hidden_at IS NULL GROUP BY pack_id
    ) counted WHERE counted.pack_id = packs.id
"""


def upgrade() -> None:
    """Lock what everyone reads last, and shortly: the table of packs."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute(_ACTORS)
    op.execute(_NAMELESS)
    op.create_index(
        "ix_comments_moment", "comments", [sa.text("coalesce(file_id, pack_id)"), "at_seconds", "id"],
        postgresql_where=sa.text("parent_id IS NULL AND at_seconds IS NOT NULL"),
    )
    op.create_index(
        "ix_comments_shown", "comments", ["pack_id"],
        postgresql_where=sa.text("parent_id IS NULL AND deleted_at IS NULL AND hidden_at IS NULL"),
    )
    op.create_table(
        "reward_rules",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward_rules")),
    )
    op.create_table(
        "spotify_listening",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_spotify_listening_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "day", name=op.f("pk_spotify_listening")),
    )
    sql.install(op.get_bind(), INSTALLED)
    op.execute("CREATE TRIGGER reward_profile_open AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION reward_profile_open()")
    op.execute(_OPEN_PROFILES)
    op.add_column("token_orders", sa.Column("payer_hashes", sa.ARRAY(sa.String(64)), server_default="{}", nullable=False))
    _allow(f"{_KINDS}, 'tier'")
    op.create_index("ix_packs_id_end", "packs", [sa.text("right(CAST(id AS varchar), 12)")])
    op.add_column("packs", sa.Column("rating_counts", sa.ARRAY(sa.Integer()), server_default="{0,0,0,0,0}", nullable=False))
    op.execute("CREATE TRIGGER rating_counts_of BEFORE UPDATE OF rating_count ON packs FOR EACH ROW EXECUTE FUNCTION rating_counts_of()")
    op.execute(_COUNT)


def _allow(kinds: str) -> None:
    op.drop_constraint(op.f("ck_rewards_kind"), "rewards", type_="check")
    op.create_check_constraint(op.f("ck_rewards_kind"), "rewards", f"kind IN ({kinds})")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DROP TRIGGER rating_counts_of ON packs")
    op.execute("DROP TRIGGER reward_profile_open ON users")
    op.execute("DROP FUNCTION rating_counts_of()")
    op.execute("DROP FUNCTION reward_profile_open()")
    op.execute("DROP FUNCTION reward_profile_add(uuid)")
    op.execute("DELETE FROM rewards WHERE kind = 'tier'")  # the ledger still tells what was paid, so nothing is paid twice
    _allow(_KINDS)
    op.drop_table("spotify_listening")
    op.drop_table("reward_rules")
    op.drop_column("token_orders", "payer_hashes")
    op.drop_index("ix_comments_shown", table_name="comments")
    op.drop_index("ix_comments_moment", table_name="comments")
    op.drop_index("ix_packs_id_end", table_name="packs")
    op.drop_column("packs", "rating_counts")
