"""Token orders as their buyers see them."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from askchopper.vocabulary import OrderStatus


@dataclass(frozen=True)
class TokenOrderSummary:
    """A token order. ``is_complete`` once the item for which the tokens were ordered has been bought."""

    id: uuid.UUID
    tokens: int
    cents: int
    status: OrderStatus
    created_at: datetime
    item_ref: str
    is_complete: bool
