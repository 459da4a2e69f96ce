"""The schema lists the releases that may run on it, so that code can be rolled back without its migrations."""

import sqlalchemy as sa
from alembic import op

revision = "e1f7a3b58c06"
down_revision = "d1f07b93c5a8"
IS_CONTRACT = False


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(  # rows are written after each migration, see ``alembic/env.py``
        "schema_compatibility",
        sa.Column("revision", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_schema_compatibility")),
    )
    op.execute("REVOKE INSERT, UPDATE, DELETE ON schema_compatibility FROM askchopper_app")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("schema_compatibility")
