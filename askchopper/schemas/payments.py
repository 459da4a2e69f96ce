"""Orders of tokens as their buyers see them."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from askchopper.vocabulary import OrderStatus


@dataclass(frozen=True)
class TokenOrderSummary:
    """An order of tokens. ``is_complete`` says that what the tokens were for has been bought."""

    id: uuid.UUID
    tokens: int
    cents: int
    status: OrderStatus
    created_at: datetime
    item_ref: str
    is_complete: bool
