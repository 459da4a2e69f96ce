"""Tables of purchases: purchases with their rights, licences and downloads."""

import uuid
from datetime import datetime

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlmodel import BigInteger, Column, Field, SQLModel

from askchopper import policy
from askchopper.models.base import id_field, one_of, table_of, time_field
from askchopper.vocabulary import DownloadKind, LicenceKind, PurchaseStatus


class Purchase(SQLModel, table=True):
    """A purchase of a pack, or of a single file of it, under one licence.

    ``file_id`` is the ordered sound; ``file_ids`` are the sounds that the buyer owns through this purchase unless it is refunded. One row
    holds them all, since one row per sound made up most of the cost of a purchase.
    """

    __tablename__ = "purchases"
    __table_args__ = (
        one_of("status", PurchaseStatus),
        one_of("licence_kind", LicenceKind),
        CheckConstraint(
            "price_tokens >= 0 AND bonus_tokens BETWEEN 0 AND price_tokens",
            name="price",
        ),
        CheckConstraint("(price_tokens = 0) = (transaction_id IS NULL)", name="paid_has_transaction"),
        CheckConstraint(
            "(status = 'refunded') = (refunded_at IS NOT NULL)",
            name="refunded_has_time",
        ),
        CheckConstraint("cardinality(file_ids) > 0", name="gives_files"),
        CheckConstraint("seller_share_percent BETWEEN 0 AND 100", name="seller_share"),
        UniqueConstraint("buyer_id", "idempotency_key"),
        Index("ix_purchases_file_id", "file_id", postgresql_where=text("file_id IS NOT NULL")),
        Index("ix_purchases_pack_buyer", "pack_id", "buyer_id"),
        Index("ix_purchases_sold", "pack_id", "created_at", postgresql_where=text("price_tokens > 0")),
    )

    id: uuid.UUID = id_field()
    buyer_id: uuid.UUID = Field(foreign_key="users.id", ondelete="RESTRICT")
    pack_id: uuid.UUID = Field(foreign_key="packs.id", ondelete="RESTRICT")
    file_id: uuid.UUID | None = Field(default=None, foreign_key="audio_files.id", ondelete="RESTRICT")
    file_ids: list[uuid.UUID] = Field(sa_type=ARRAY(Uuid))
    licence_kind: str
    price_tokens: int
    bonus_tokens: int
    # The default is that of rows written before the column existed; purchase_buy always sets it.
    seller_share_percent: int = Field(sa_type=SmallInteger, sa_column_kwargs={"server_default": "80"})
    status: str = PurchaseStatus.COMPLETED
    transaction_id: uuid.UUID | None = Field(
        default=None,
        foreign_key="ledger_transactions.id",
        ondelete="RESTRICT",
        unique=True,
    )
    idempotency_key: str = Field(max_length=100)
    request_hash: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = time_field()
    refunded_at: datetime | None = time_field(nullable=True)


class Licence(SQLModel, table=True):
    """The certificate of a purchase. Its data is frozen at issue; titles and digests are in the order of the files."""

    __tablename__ = "licences"
    __table_args__ = (
        one_of("kind", LicenceKind),
        CheckConstraint("cardinality(file_titles) = cardinality(file_sha256s)", name="each_file_has_sum"),
    )

    id: uuid.UUID = id_field()
    number: int = Field(
        sa_column=Column(BigInteger, Identity(always=True, start=policy.FIRST_LICENCE_NUMBER), unique=True)
    )
    purchase_id: uuid.UUID = Field(foreign_key="purchases.id", ondelete="RESTRICT", unique=True)
    kind: str
    text_sha256: str = Field(foreign_key="licence_texts.sha256", ondelete="RESTRICT", max_length=64)
    buyer_name: str = Field(max_length=60)
    buyer_email: str = Field(max_length=254)
    creator_name: str = Field(max_length=60)
    pack_title: str = Field(max_length=80)
    file_titles: list[str] = Field(sa_type=ARRAY(Text))
    file_sha256s: list[str] = Field(sa_type=ARRAY(Text))
    issued_at: datetime = time_field()
    revoked_at: datetime | None = time_field(nullable=True)


class Download(SQLModel, table=True):
    """One download of an owned file or pack, counted once per link."""

    __tablename__ = "downloads"
    __table_args__ = (
        one_of("kind", DownloadKind),
        Index("ix_downloads_user_pack", "user_id", "pack_id", text("created_at DESC")),
    )

    id: uuid.UUID = id_field()
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="RESTRICT")
    pack_id: uuid.UUID = Field(foreign_key="packs.id", ondelete="RESTRICT", index=True)
    file_id: uuid.UUID | None = Field(default=None, foreign_key="audio_files.id", ondelete="RESTRICT")
    kind: str
    country: str | None = Field(default=None, max_length=2)
    created_at: datetime = time_field()


purchase_rows = table_of(Purchase)
licences = table_of(Licence)
downloads = table_of(Download)
