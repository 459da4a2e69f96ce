"""Contents of a data export: one query per area, which returns one JSON object per row.

A table that references users must be listed here or in ``LEFT_OUT``; a test compares both with the database.
"""


def _own(table: str, *without: str, owner: str = "user_id", order: str = "created_at") -> str:
    """Return the query for the member's rows of a table, without the owner column and the columns in ``without``."""
    hidden = "".join(f" - '{column}'" for column in (owner, *without))
    return f"SELECT to_jsonb(t){hidden} FROM {table} t WHERE t.{owner} = :user ORDER BY t.{order}"  # noqa: S608 - constants


_OF_PACKS = "FROM packs p JOIN creators c ON c.id = p.creator_id WHERE c.user_id = :user"
AREAS: dict[str, str] = {
    "account": (
        "SELECT to_jsonb(t) - 'password_hash' - 'picture_key' || jsonb_build_object('has_password', t.password_hash IS NOT NULL)"
        " FROM users t WHERE t.id = :user"
    ),
    "devices": _own("sessions", "token_hash"),
    "api_keys": _own("personal_tokens", "token_hash"),
    "two_factor_authentication": _own("two_factor_secrets", "secret", "last_step"),
    "mails": _own("mail_choices", order="kind"),
    "sign_in_providers": _own("provider_identities"),
    "notifications": _own("notifications", "actors"),
    "activity": _own("activity"),
    "plays": _own("plays"),
    "saved_searches": _own("saved_searches"),
    "likes": _own("likes"),
    "follows": (
        "SELECT jsonb_build_object('creator', c.slug, 'tag', t.tag_slug, 'collection', k.slug, 'created_at', t.created_at)"
        " FROM follows t LEFT JOIN creators c ON c.id = t.creator_id LEFT JOIN collections k ON k.id = t.collection_id"
        " WHERE t.user_id = :user ORDER BY t.created_at"
    ),
    "feed": (
        "SELECT to_jsonb(e) - 'source' FROM feed_entries t JOIN feed_events e ON e.id = t.event_id WHERE t.user_id = :user ORDER BY e.id"
    ),
    "feed_readings": _own("feed_readings", order="user_id"),
    "notification_choices": _own("notification_choices", order="kind"),
    "collections": (
        "SELECT to_jsonb(t) - 'user_id' || jsonb_build_object('items', (SELECT coalesce(jsonb_agg(jsonb_build_object("
        "'title', i.title, 'note', i.note) ORDER BY i.position), '[]') FROM collection_items i WHERE i.collection_id = t.id))"
        " FROM collections t WHERE t.user_id = :user ORDER BY t.created_at"
    ),
    "shared_collections": _own("collection_members"),
    "taste_signals": _own("taste_signals", order="id"),
    "taste": _own("taste_weights", order="facet"),
    "taste_corrections": _own("taste_corrections"),
    "dismissed_packs": _own("taste_dismissals"),
    "recommendations": _own("taste_picks", order="position"),
    "shown_recommendations": _own("recommendation_impressions", order="id"),
    "who_read_my_taste": _own("taste_inspections", "admin_id"),
    "searches_with_a_sound": _own("query_sounds", "embedding"),
    "helpful_resources": _own("resource_marks"),
    "rewards": _own("rewards", "decided_by"),
    "suspension": _own("suspensions"),
    "reward_profile": _own("reward_profiles", "network_hash", order="user_id"),
    "brought_friends": _own("referrals", "friend_id", "suspicion", owner="referrer_id"),
    "comments": (
        "SELECT to_jsonb(t) - 'user_id' || jsonb_build_object('edits', (SELECT coalesce(jsonb_agg(to_jsonb(e) - 'comment_id'), '[]')"
        " FROM comment_edits e WHERE e.comment_id = t.id)) FROM comments t WHERE t.user_id = :user ORDER BY t.created_at"
    ),
    "ratings": _own("ratings"),
    "blocked_members": _own("blocks", owner="blocker_id"),
    "reports": _own("reports", "content", "decided_by", "owner_id", owner="reporter_id"),
    "decisions_of_moderators": _own("moderation_decisions", "actor_id", "before", owner="owner_id", order="decided_at"),
    "messages_of_moderators": _own("moderation_messages", "author_id", owner="recipient_id"),
    "appeals": _own("appeals", "decided_by"),
    "legal_notices": _own("legal_notices", "decided_by"),
    "reported_artists": _own("artist_reports"),
    "wallet": _own("wallets", "last_hash", order="user_id"),
    "bookings": (
        "SELECT to_jsonb(t) - 'hash' - 'previous_hash' - 'wallet_user_id' || jsonb_build_object('entries', (SELECT jsonb_agg("
        "jsonb_build_object('account', a.kind, 'tokens', e.amount_tokens)) FROM ledger_entries e JOIN ledger_accounts a ON a.id ="
        " e.account_id WHERE e.transaction_id = t.id AND a.user_id = :user)) FROM ledger_transactions t"
        " WHERE t.id IN (SELECT e.transaction_id FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id"
        " WHERE a.user_id = :user) ORDER BY t.created_at"
    ),
    "purchases": (
        "SELECT to_jsonb(t) - 'buyer_id' - 'request_hash' || jsonb_build_object('pack', p.title, 'licence', to_jsonb(l) - 'purchase_id')"
        " FROM purchases t JOIN packs p ON p.id = t.pack_id JOIN licences l ON l.purchase_id = t.id"
        " WHERE t.buyer_id = :user ORDER BY t.created_at"
    ),
    "token_orders": _own("token_orders", "checkout_url", "payer_hashes"),
    "payouts": _own("payouts", order="requested_at"),
    "downloads": _own("downloads"),
    "creator": _own("creators", "banner_key"),
    "packs": (
        f"SELECT to_jsonb(p) - 'search' - 'preview_peaks' - 'preview_key' - 'cover_key' {_OF_PACKS} ORDER BY p.created_at"
    ),
    "sounds": (
        "SELECT to_jsonb(f) - 'peaks' - 'master_key' - 'preview_key' - 'search' FROM audio_files f WHERE f.pack_id IN"  # noqa: S608
        f" (SELECT p.id {_OF_PACKS}) ORDER BY f.pack_id, f.position"
    ),
    "drafts": _own("drafts", "cover_key"),
    "uploads": _own("uploads", "store_key"),
    "documents": _own("documents", "store_key", "model_key"),
    "conversations": (
        "SELECT to_jsonb(t) - 'user_id' || jsonb_build_object('messages', (SELECT coalesce(jsonb_agg(to_jsonb(m) - 'conversation_id'"
        " ORDER BY m.created_at), '[]') FROM messages m WHERE m.conversation_id = t.id))"
        " FROM conversations t WHERE t.user_id = :user AND t.deleted_at IS NULL ORDER BY t.created_at"
    ),
    "memory": _own("memory_observations", "entity_id"),
    "memory_entities": _own("memory_entities"),
    "memory_relations": _own("memory_relations"),
    "memory_settings": _own("memory_settings", order="user_id"),
    "conversation_summaries": _own("conversation_gists"),
    "feedback_on_answers": _own("answer_feedback"),
    "use_of_the_assistant": _own("chat_usage", order="day"),
    "feedback_on_errors": _own("user_feedback"),
    "spotify": _own("spotify_tokens", "access_token", "refresh_token"),
    "spotify_listening": _own("spotify_listening", order="day"),
}
# The member's own files: sounds and zips that they uploaded, sounds on sale, documents.
FILES = f"""
    SELECT DISTINCT ON (key) key, name, size_bytes FROM (
        SELECT store_key AS key, file_name AS name, size_bytes FROM uploads
        WHERE user_id = :user AND state = 'stored' AND document_id IS NULL
        UNION ALL
        SELECT store_key, title, size_bytes FROM documents WHERE user_id = :user
        UNION ALL
        SELECT master_key, download_name, size_bytes FROM audio_files WHERE pack_id IN (SELECT p.id {_OF_PACKS})
    ) own ORDER BY key, name
"""  # noqa: S608 - constants
# Not exported: secrets, data that says nothing about the member, and data that another area contains.
LEFT_OUT = (
    "audit_log.actor_id",
    "rewards.decided_by",
    "referrals.friend_id",
    "comments.user_id",
    "blocks.blocked_id",
    "reports.owner_id",
    "reports.decided_by",
    "takedowns.decided_by",
    "moderation_claims.user_id",
    "moderation_decisions.actor_id",
    "moderation_messages.author_id",
    "appeals.decided_by",
    "legal_notices.decided_by",
    "forgotten_facts.user_id",
    "forgotten_messages.user_id",
    "password_resets.user_id",
    "spotify_logins.user_id",
    "email_changes.user_id",
    "recovery_codes.user_id",
    "provider_logins.user_id",
    "released_files.user_id",
    "data_exports.user_id",
    "ledger_accounts.user_id",
    "ledger_transactions.wallet_user_id",
    "purchases.buyer_id",
    "conversations.user_id",
    "taste_profiles.user_id",
    "taste_inspections.admin_id",
    "collections.user_id",
    "follows.user_id",
    "feed_entries.user_id",
    "collection_items.added_by",
)
