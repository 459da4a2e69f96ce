"""Scopes of personal access tokens. Tokens made before may read and write, as they could, but not act as an admin."""

import sqlalchemy as sa
from alembic import op

revision = "d1f07b93c5a8"
down_revision = "c8e52f6a1d37"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column(
        "personal_tokens", sa.Column("scopes", sa.ARRAY(sa.String(20)), server_default="{read,write}", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_personal_tokens_known_scopes"), "personal_tokens", "scopes <@ ARRAY['read', 'write', 'admin']::varchar[]"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    # The earlier release knows no scopes: a token must not get more rights than its owner gave it.
    op.execute(
        "DELETE FROM personal_tokens USING users WHERE users.id = user_id"
        " AND (NOT scopes @> '{write}' OR (users.role <> 'member' AND NOT scopes @> '{admin}'))"
    )
    op.drop_constraint(op.f("ck_personal_tokens_known_scopes"), "personal_tokens")
    op.drop_column("personal_tokens", "scopes")
