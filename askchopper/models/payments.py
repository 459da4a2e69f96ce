"""Tables of payments: token orders, and Stripe events about them."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, Column, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from askchopper.models.base import id_field, one_of, table_of, time_field
from askchopper.vocabulary import DisputeStatus, OrderStatus


class TokenOrder(SQLModel, table=True):
    """A token order. Credited and charged amounts come from this row only, never from Stripe.

    ``item_ref`` and the two columns after it name the item for which the tokens were ordered, if the order was made in a purchase dialog.
    ``charged_cents`` is the amount that Stripe charged, with tax; refunds are a part of it.
    """

    __tablename__ = "token_orders"
    __table_args__ = (
        one_of("status", OrderStatus),
        one_of("dispute_status", DisputeStatus),
        CheckConstraint("tokens > 0 AND cents > 0", name="amounts"),
        CheckConstraint("reversed_tokens BETWEEN 0 AND tokens", name="reversed"),
        CheckConstraint("charged_cents >= 0 AND refunded_cents >= 0 AND disputed_cents >= 0", name="cents"),
        UniqueConstraint("user_id", "idempotency_key"),
        Index("ix_token_orders_user_created", "user_id", text("created_at DESC")),
    )

    id: uuid.UUID = id_field()
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="RESTRICT")
    tokens: int
    cents: int
    currency: str = Field(max_length=3)
    status: str = OrderStatus.OPEN
    idempotency_key: str = Field(max_length=100)
    item_ref: str = Field(default="", max_length=130)
    licence_kind: str = Field(default="", max_length=20)
    price_tokens: int = 0
    checkout_url: str = Field(default="", max_length=2_000)
    session_id: str | None = Field(default=None, max_length=255, unique=True)
    payment_intent_id: str | None = Field(default=None, max_length=255, unique=True)
    charged_cents: int = 0
    refunded_cents: int = 0
    dispute_status: str = DisputeStatus.NONE
    disputed_cents: int = 0
    reversed_tokens: int = 0
    adjustments: int = 0
    # Keyed hashes of the card and the address at Stripe that paid: whether two members pay as one person.
    payer_hashes: list[str] = Field(
        default_factory=list, sa_column=Column(ARRAY(String(64)), nullable=False, server_default="{}")
    )
    created_at: datetime = time_field()
    paid_at: datetime | None = time_field(nullable=True)
    completed_at: datetime | None = time_field(nullable=True)


class PaymentEvent(SQLModel, table=True):
    """A processed Stripe event; its id makes repeated deliveries idempotent.

    ``facts`` are stored for events about a payment whose order is not known yet, since events arrive in any order.
    """

    __tablename__ = "payment_events"

    id: str = Field(max_length=255, primary_key=True)
    kind: str = Field(max_length=100)
    order_id: uuid.UUID | None = Field(default=None, foreign_key="token_orders.id", ondelete="RESTRICT", index=True)
    payment_intent_id: str | None = Field(default=None, max_length=255, index=True)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    received_at: datetime = time_field()


token_orders = table_of(TokenOrder)
payment_events = table_of(PaymentEvent)
