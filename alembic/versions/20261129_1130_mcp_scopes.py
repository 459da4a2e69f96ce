"""Access tokens for MCP: what they may use of the MCP server, apart from the API."""

import sqlalchemy as sa
from alembic import op

revision = "b7d2e40a61cf"
down_revision = "a1f0c93d7be2"
IS_CONTRACT = False


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column(
        "personal_tokens", sa.Column("mcp_scopes", sa.ARRAY(sa.String(20)), server_default="{}", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_personal_tokens_known_mcp_scopes"),
        "personal_tokens",
        "mcp_scopes <@ ARRAY['catalogue', 'library', 'memory', 'spotify']::varchar[]",
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    # The earlier release would let a token without any scope read the API.
    op.execute("DELETE FROM personal_tokens WHERE cardinality(scopes) = 0")
    op.drop_constraint(op.f("ck_personal_tokens_known_mcp_scopes"), "personal_tokens")
    op.drop_column("personal_tokens", "mcp_scopes")
