"""State of the usage page."""

import reflex as rx

from askchopper import settings
from askchopper.database import read_only
from askchopper.services.assistant import token_usage
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler


class UsageState(rx.State):
    """State of the usage page: the assistant's usage by day."""

    days: list[dict[str, str]] = []
    total: dict[str, str] = {}
    share: int = 0
    is_loaded: bool = False

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        viewer = identity.require_viewer()
        async with read_only() as session:
            rows = await token_usage.by_day(session, viewer)
            left = await token_usage.remaining_today(session, viewer)
        allowance = settings.get().chat_daily_tokens
        self.days = [
            {
                "day": f"{row.day:%-d %b %Y}", "answers": f"{row.answers:,}", "input": f"{row.input_tokens:,}",
                "output": f"{row.output_tokens:,}", "cost": _dollars(row.cost_microdollars),
            }
            for row in rows
        ]  # fmt: skip
        self.total = {
            "answers": f"{sum(row.answers for row in rows):,}",
            "tokens": f"{sum(row.input_tokens + row.output_tokens for row in rows):,}",
            "cost": _dollars(sum(row.cost_microdollars for row in rows)),
        }
        self.share = round(100 * (allowance - left) / allowance) if allowance else 100
        self.is_loaded = True


def _dollars(microdollars: int) -> str:
    return f"${microdollars / 1e6:,.4f}" if microdollars < 10_000 else f"${microdollars / 1e6:,.2f}"
