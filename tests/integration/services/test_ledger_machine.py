"""Stateful test of the ledger: after any sequence of operations, every balance matches a simple model."""

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from askchopper import policy
from askchopper.database import dispose, read_only, transaction
from askchopper.errors import ConflictError, InsufficientTokensError, KeyReusedError, PriceChangedError
from askchopper.schemas.accounts import Viewer
from askchopper.services import wallet
from askchopper.services.purchases import checkout, downloads, refunds
from tests.support.factories import MadePack, balance_of, check_ledger, make_creator, make_pack, make_user

pytestmark = pytest.mark.integration
PRICES = (0, 1, 9, 30)


@dataclass
class Member:
    viewer: Viewer
    spendable: int = 0
    bonus: int = 0
    owned: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    downloaded: set[str] = field(default_factory=set)
    keys: dict[str, tuple[str, int]] = field(default_factory=dict)
    credits: dict[str, int] = field(default_factory=dict)


class LedgerMachine(RuleBasedStateMachine):
    """Members top up, buy, download and refund; the model keeps its own balances."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.earned = 0
        self.steps = 0

    def run(self, work):
        return self.loop.run_until_complete(work)

    @initialize()
    def open(self) -> None:
        self.seller: Viewer = self.run(make_creator())
        self.packs: list[MadePack] = [self.run(make_pack(self.seller, price=price, files=1)) for price in PRICES]
        self.members = [Member(self.run(make_user())) for _ in range(3)]

    @rule(who=st.integers(0, 2), tokens=st.integers(1, 60), key=st.integers(0, 5))
    def top_up(self, who: int, tokens: int, key: int) -> None:
        member, name = self.members[who], f"t{key}"
        expected = member.credits.setdefault(name, tokens)
        try:
            self.run(self._in_transaction(wallet.top_up_test, member.viewer, tokens=tokens, key=name))
        except KeyReusedError:
            assert expected != tokens
        else:
            assert expected == tokens
            member.spendable = self._spendable_after(member)

    @rule(who=st.integers(0, 2), tokens=st.integers(1, 20))
    def give_bonus(self, who: int, tokens: int) -> None:
        member = self.members[who]
        self.steps += 1

        async def give() -> None:
            async with transaction() as session:
                await wallet.grant(
                    session, user_id=member.viewer.user_id, tokens=tokens, is_bonus=True, key=f"b{self.steps}", memo=""
                )

        self.run(give())
        member.bonus += tokens

    @rule(who=st.integers(0, 2), which=st.integers(0, 3), key=st.integers(0, 5), is_price_right=st.booleans())
    def buy(self, who: int, which: int, key: int, is_price_right: bool) -> None:
        member, pack, name = self.members[who], self.packs[which], f"p{key}"
        price = pack.price_tokens + (0 if is_price_right else 1)
        request = (pack.slug, price)
        try:
            receipt = self.run(
                self._in_transaction(checkout.buy, member.viewer, pack_slug=pack.slug, price_tokens=price, key=name)
            )
        except KeyReusedError:
            assert member.keys.get(name, request) != request
        except PriceChangedError:
            assert not is_price_right
            assert name not in member.keys
        except InsufficientTokensError as error:
            assert error.missing_tokens == price - member.spendable - member.bonus > 0  # noqa: PT017 - the model decides
        except ConflictError:
            assert pack.slug in member.owned
        else:
            if name in member.keys:
                assert member.keys[name] == request
                return
            assert is_price_right
            bonus = min(member.bonus, price)
            member.bonus -= bonus
            member.spendable -= price - bonus
            member.keys[name] = request
            member.owned[pack.slug] = (receipt.purchase_id, price - bonus, bonus)
            self.earned += price - policy.platform_fee_tokens(price, policy.SELLER_SHARE_PERCENT)

    @precondition(lambda self: any(member.owned for member in self.members))
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        member, slug = self._owned(data)
        purchase_id, spent, bonus = member.owned[slug]
        try:
            self.run(self._in_transaction(refunds.refund, member.viewer, purchase_id=purchase_id))
        except ConflictError:
            assert slug in member.downloaded
        else:
            assert slug not in member.downloaded
            del member.owned[slug]
            member.spendable += spent
            member.bonus += bonus
            self.earned -= (spent + bonus) - policy.platform_fee_tokens(spent + bonus, policy.SELLER_SHARE_PERCENT)

    @precondition(lambda self: any(member.owned for member in self.members))
    @rule(data=st.data())
    def download(self, data: st.DataObject) -> None:
        member, slug = self._owned(data)
        self.run(self._in_transaction(downloads.start_zip_download, member.viewer, pack_slug=slug))
        member.downloaded.add(slug)

    @invariant()
    def balances_are_those_of_the_model(self) -> None:
        for member in getattr(self, "members", []):
            assert self.run(balance_of(member.viewer)) == member.spendable + member.bonus
        if hasattr(self, "seller"):
            assert self.run(self._earnings()) == self.earned

    def teardown(self) -> None:
        report = self.run(check_ledger())
        self.run(dispose())
        self.loop.close()
        assert report.problems == ()

    async def _in_transaction(self, service, *args, **named):
        async with transaction() as session:
            return await service(session, *args, **named)

    async def _earnings(self) -> int:
        async with read_only() as session:
            return (await wallet.balance(session, self.seller)).earnings_tokens

    def _spendable_after(self, member: Member) -> int:
        spent = sum(spent for _, spent, _ in member.owned.values())
        return sum(member.credits.values()) - spent

    def _owned(self, data: st.DataObject) -> tuple[Member, str]:
        held = [(member, slug) for member in self.members for slug in sorted(member.owned)]
        return data.draw(st.sampled_from(held))


def test_balances_match_the_model(configured, db_emptied):
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=8,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
