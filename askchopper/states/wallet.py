"""State of the wallet page: balance, statement, and buying tokens."""

from typing import Any

import reflex as rx

from askchopper import settings, token_prices
from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError
from askchopper.plurals import counted
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.wallet import Balance, StatementEntry
from askchopper.security import new_token
from askchopper.services import payments, wallet
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.states.session import SessionState

KINDS: dict[str, wallet.StatementKind] = {"all": "all", "purchases": "purchases", "top_ups": "top_ups"}


class WalletState(rx.State):
    """State of the wallet page: balance, statement, and the bundles of tokens on sale."""

    total: str = ""
    bonus: int = 0
    earnings: str = ""
    lines: list[dict[str, str]] = []
    kind: str = "all"
    has_more: bool = False
    bundles: list[dict[str, str]] = []
    chosen: int = 0
    checkout: str = ""  # stripe, test, or none
    is_busy_buying: bool = False
    is_busy_more: bool = False
    _cursor: str | None = None
    attempt: str = ""  # identifies the next purchase of tokens; also its idempotency key

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        config = settings.get()
        self.checkout = "stripe" if config.takes_payments else "test" if config.allows_test_checkout else "none"
        self.is_busy_buying = False
        self.attempt = new_token()
        listed = token_prices.bundles()
        self.bundles = [_bundle(bundle) for bundle in listed]
        self.chosen = self.chosen or listed[len(listed) // 2].tokens
        await self._read(identity.require_viewer())

    @rx.event
    @handler(Access.OPEN)
    async def choose_bundle(self, tokens: str) -> None:
        if str(tokens) in {bundle["tokens"] for bundle in self.bundles}:
            self.chosen = int(tokens)

    @rx.event
    @handler(Access.MEMBER)
    async def filter_entries(self, kind: str) -> None:
        if not isinstance(kind, str) or kind not in KINDS:
            raise InvalidInputError("There is no such list.")
        self.kind = kind
        await self._read(identity.require_viewer())

    @rx.event
    @handler(Access.MEMBER)
    async def load_more(self) -> None:
        viewer = identity.require_viewer()
        if self._cursor is None:
            return
        async with read_only() as session:
            page = await wallet.statement(session, viewer, cursor=self._cursor, kind=KINDS[self.kind])
        self.lines += [_line(line) for line in page.items]
        self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None

    @rx.event
    @handler(Access.MEMBER)
    async def get_tokens(self, attempt: str) -> Any:
        """Buy the selected bundle on Stripe's page or in the test checkout. A double click repeats the idempotency key."""
        viewer, bundle = identity.require_viewer(), token_prices.find(self.chosen)
        if attempt != self.attempt or bundle is None:
            return
        self.is_busy_buying = True
        yield
        if settings.get().takes_payments:
            address = await payments.start_checkout(viewer, bundle, key=self.attempt)
            self.is_busy_buying = False
            yield rx.redirect(address)
            return
        async with transaction() as session:
            balance = await wallet.top_up_test(session, viewer, tokens=self.chosen, key=self.attempt)
        self.attempt, self.is_busy_buying = new_token(), False
        await self._read(viewer)
        header = await self.get_state(SessionState)
        header._show_tokens(balance.total_tokens)  # noqa: SLF001 - public methods of states are callable by browsers
        yield rx.toast.success(f"{counted(self.chosen, 'token')} added.")

    async def _read(self, viewer: Viewer) -> Balance:
        async with read_only() as session:
            balance = await wallet.balance(session, viewer)
            page = await wallet.statement(session, viewer, cursor=None, kind=KINDS[self.kind])
        self.total, self.bonus = f"{balance.total_tokens:,}", balance.bonus_tokens
        self.earnings = f"{balance.earnings_tokens:,}" if balance.earnings_tokens else ""
        self.lines = [_line(line) for line in page.items]
        self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None
        return balance


def _bundle(bundle: token_prices.Bundle) -> dict[str, str]:
    return {
        "tokens": str(bundle.tokens),
        "each": token_prices.money(round(bundle.cents / bundle.tokens)),
        "price": token_prices.money(bundle.cents),
    }


def _line(line: StatementEntry) -> dict[str, str]:
    amount = line.amount_tokens
    return {
        "id": line.id,
        "date": f"{line.created_at:%-d %b %Y}",
        "title": line.title,
        "reason": line.reason.value.replace("_", " ").capitalize(),
        "in": f"+{amount:,}" if amount > 0 else "",
        "out": f"-{-amount:,}" if amount < 0 else "",
        "balance": f"{line.balance_tokens:,}",
        "reference": line.reference,
        "link": line.link,
    }
