"""Comments, ratings, blocks, reports and takedowns."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c4e19b7a20d3"
down_revision = "a7c2e91f6b38"
IS_CONTRACT = False


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table('blocks',
    sa.Column('blocker_id', sa.Uuid(), nullable=False),
    sa.Column('blocked_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint('blocker_id <> blocked_id', name=op.f('ck_blocks_others_only')),
    sa.ForeignKeyConstraint(['blocked_id'], ['users.id'], name=op.f('fk_blocks_blocked_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['blocker_id'], ['users.id'], name=op.f('fk_blocks_blocker_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('blocker_id', 'blocked_id', name=op.f('pk_blocks'))
    )
    op.create_index(op.f('ix_blocks_blocked_id'), 'blocks', ['blocked_id'])
    op.create_table('reports',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('reporter_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('target', sa.String(), nullable=False),
    sa.Column('target_id', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('text', sa.String(length=1000), nullable=False),
    sa.Column('content', postgresql.JSONB(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.CheckConstraint("outcome IN ('upheld', 'dismissed')", name=op.f('ck_reports_outcome')),
    sa.CheckConstraint("reason IN ('spam', 'abuse', 'copyright', 'adult', 'misleading', 'other')", name=op.f('ck_reports_reason')),
    sa.CheckConstraint("target IN ('pack', 'file', 'comment', 'review', 'member')", name=op.f('ck_reports_target')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_reports_decided_by'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['owner_id'], ['users.id'], name=op.f('fk_reports_owner_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['reporter_id'], ['users.id'], name=op.f('fk_reports_reporter_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reports'))
    )
    op.create_index('ix_reports_decided_by', 'reports', ['decided_by'])
    op.create_index('ix_reports_owner_id', 'reports', ['owner_id'])
    op.create_index('ix_reports_reporter_id', 'reports', ['reporter_id'])
    op.create_index('uq_reports_open', 'reports', ['target', 'target_id', 'reporter_id'], unique=True, postgresql_where=sa.text('outcome IS NULL'))
    op.create_table('ratings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('pack_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('stars', sa.SmallInteger(), nullable=False),
    sa.Column('text', sa.String(length=2000), nullable=False),
    sa.Column('basis', sa.String(), nullable=False),
    sa.Column('answer', sa.String(length=2000), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('edited_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('hidden_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("basis IN ('bought', 'heard')", name=op.f('ck_ratings_basis')),
    sa.CheckConstraint('stars BETWEEN 1 AND 5', name=op.f('ck_ratings_stars')),
    sa.ForeignKeyConstraint(['pack_id'], ['packs.id'], name=op.f('fk_ratings_pack_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_ratings_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ratings'))
    )
    op.create_index('ix_ratings_pack_newest', 'ratings', ['pack_id', sa.text('id DESC')])
    op.create_index(op.f('ix_ratings_user_id'), 'ratings', ['user_id'])
    op.create_index('uq_ratings_pack_user', 'ratings', ['pack_id', 'user_id'], unique=True)
    op.create_table('takedowns',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('pack_id', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('is_legal_hold', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_takedowns_decided_by'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['pack_id'], ['packs.id'], name=op.f('fk_takedowns_pack_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_takedowns'))
    )
    op.create_index('ix_takedowns_decided_by', 'takedowns', ['decided_by'])
    op.create_index('uq_takedowns_current', 'takedowns', ['pack_id'], unique=True, postgresql_where=sa.text('lifted_at IS NULL'))
    op.create_table('comments',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('pack_id', sa.Uuid(), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=True),
    sa.Column('parent_id', sa.Uuid(), nullable=True),
    sa.Column('user_id', sa.Uuid(), nullable=True),
    sa.Column('at_seconds', sa.Numeric(precision=8, scale=2), nullable=True),
    sa.Column('text', sa.String(length=1000), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('edited_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('hidden_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('at_seconds >= 0', name=op.f('ck_comments_moment')),
    sa.ForeignKeyConstraint(['file_id'], ['audio_files.id'], name=op.f('fk_comments_file_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['pack_id'], ['packs.id'], name=op.f('fk_comments_pack_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['parent_id'], ['comments.id'], name=op.f('fk_comments_parent_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_comments_user_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_comments'))
    )
    op.create_index('ix_comments_deleted', 'comments', ['deleted_at'], postgresql_where=sa.text("deleted_at IS NOT NULL AND text <> ''"))
    op.create_index('ix_comments_file_id', 'comments', ['file_id'], postgresql_where=sa.text('file_id IS NOT NULL'))
    op.create_index('ix_comments_pack_newest', 'comments', ['pack_id', sa.text('id DESC')], postgresql_where=sa.text('parent_id IS NULL'))
    op.create_index('ix_comments_parent', 'comments', ['parent_id', 'id'], postgresql_where=sa.text('parent_id IS NOT NULL'))
    op.create_index('ix_comments_user_newest', 'comments', ['user_id', sa.text('id DESC')])
    op.create_table('comment_edits',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('comment_id', sa.Uuid(), nullable=False),
    sa.Column('text', sa.String(length=1000), nullable=False),
    sa.Column('replaced_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['comment_id'], ['comments.id'], name=op.f('fk_comment_edits_comment_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_comment_edits'))
    )
    op.create_index(op.f('ix_comment_edits_comment_id'), 'comment_edits', ['comment_id'])
    op.add_column('packs', sa.Column('rating_count', sa.Integer(), server_default='0', nullable=False))
    op.add_column('packs', sa.Column('rating_sum', sa.Integer(), server_default='0', nullable=False))
    op.add_column('packs', sa.Column('rating_score', sa.Float(), server_default='0', nullable=False))
    op.create_index('ix_packs_rating', 'packs', [sa.text('rating_score DESC'), sa.text('id DESC')], postgresql_where=sa.text("status = 'published'"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index('ix_packs_rating', table_name='packs')
    op.drop_column('packs', 'rating_score')
    op.drop_column('packs', 'rating_sum')
    op.drop_column('packs', 'rating_count')
    op.drop_table('comment_edits')
    op.drop_table('comments')
    op.drop_table('takedowns')
    op.drop_table('ratings')
    op.drop_table('reports')
    op.drop_table('blocks')
