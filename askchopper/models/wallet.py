"""Tables of the wallet: a double-entry, append-only ledger in whole tokens.

Rows are written only by the SQL functions in ``askchopper/sql``; the app's role may read them and call those.
"""

import uuid
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlmodel import Column, Field, SQLModel

from askchopper.models.base import id_field, one_of, time_field
from askchopper.vocabulary import AccountKind, LedgerReason


class Wallet(SQLModel, table=True):
    """Cached balances of a member and the head of their transaction hash chain; its row lock serialises spending."""

    __tablename__ = "wallets"
    __table_args__ = (
        CheckConstraint("spendable_tokens >= 0", name="spendable_not_negative"),
        CheckConstraint("bonus_tokens >= 0", name="bonus_not_negative"),
        CheckConstraint("debt_tokens >= 0", name="debt_not_negative"),
        Index("ix_wallets_debt", "user_id", postgresql_where=text("debt_tokens > 0")),
    )

    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="RESTRICT", primary_key=True)
    spendable_tokens: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    bonus_tokens: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    # Tokens of reversed payments that were spent already; purchases are blocked while there are any.
    debt_tokens: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    sequence: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    last_hash: bytes = Field(
        default=b"",
        sa_type=LargeBinary,
        sa_column_kwargs={"server_default": text("''::bytea")},
    )


class LedgerAccount(SQLModel, table=True):
    """A ledger account; accounts of the platform have no user."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        one_of("kind", AccountKind),
        Index(
            "uq_ledger_accounts_owner",
            "user_id",
            "kind",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: int | None = Field(
        default=None,
        sa_column=Column(BigInteger, Identity(always=True), primary_key=True),
    )
    user_id: uuid.UUID | None = Field(default=None, foreign_key="users.id", ondelete="RESTRICT")
    kind: str


class LedgerTransaction(SQLModel, table=True):
    """A transaction in a member's wallet, chained to the previous one by hash."""

    __tablename__ = "ledger_transactions"
    __table_args__ = (
        one_of("reason", LedgerReason),
        UniqueConstraint("wallet_user_id", "sequence"),
        UniqueConstraint("wallet_user_id", "idempotency_key"),
        UniqueConstraint("reverses_id"),
    )

    id: uuid.UUID = id_field()
    wallet_user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="RESTRICT")
    sequence: int
    reason: str
    idempotency_key: str = Field(max_length=140)
    memo: str = Field(default="", max_length=200)
    reverses_id: uuid.UUID | None = Field(default=None, foreign_key="ledger_transactions.id", ondelete="RESTRICT")
    previous_hash: bytes = Field(sa_type=LargeBinary)
    hash: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = time_field()


class LedgerEntry(SQLModel, table=True):
    """One side of a transaction: tokens credited to (positive) or debited from (negative) an account."""

    __tablename__ = "ledger_entries"
    __table_args__ = (CheckConstraint("amount_tokens <> 0", name="amount_not_zero"),)

    transaction_id: uuid.UUID = Field(foreign_key="ledger_transactions.id", ondelete="RESTRICT", primary_key=True)
    account_id: int = Field(
        sa_column=Column(
            BigInteger,
            ForeignKey("ledger_accounts.id", ondelete="RESTRICT"),
            nullable=False,
            primary_key=True,
            index=True,
        )
    )
    amount_tokens: int
