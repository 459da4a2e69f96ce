"""The webhook of Stripe: only its own signature over the raw bytes is accepted."""

import time
from typing import Any

import pytest

from askchopper.services import payments
from askchopper.token_prices import bundles
from tests.simulators.stripe.client import StripeSimulator, signed
from tests.simulators.stripe.server import event
from tests.support.clients import api_client
from tests.support.factories import balance_of, make_user

pytestmark = pytest.mark.integration
PATH = "/webhooks/stripe"


async def post(**request: Any) -> tuple[int, Any]:
    async with api_client() as client:
        answer = await client.post(PATH, **request)
    return answer.status_code, answer.json()


async def test_signed_event_credits_and_a_repeated_one_does_not(db: None, stripe: StripeSimulator):
    member = await make_user()
    url = await payments.start_checkout(member, bundles()[0], key="key")
    request = signed(event("checkout.session.completed", stripe.paid(url)))
    assert await post(**request) == (200, {"outcome": "applied"})
    assert await post(**request) == (200, {"outcome": "duplicate"})
    assert await balance_of(member) == 50


async def test_unsigned_changed_old_and_foreign_bodies_are_refused(db: None, stripe: StripeSimulator):
    member = await make_user()
    url = await payments.start_checkout(member, bundles()[0], key="key")
    content = event("checkout.session.completed", stripe.paid(url))
    good = signed(content)
    for request in (
        {"content": good["content"]},
        {"content": good["content"], "headers": {"Stripe-Signature": "t=1,v1=x"}},
        {"content": good["content"] + b" ", "headers": good["headers"]},
        signed(content, secret="whsec_of_somebody"),
        signed(content, at=int(time.time()) - 301),
        signed(b"\xff\xfe"),
        signed(b"[" * 100_000),
        signed(b'{"id": 1}'),
        signed(b'"text"'),
        signed(b""),
    ):
        status, answer = await post(**request)
        assert (status, answer["title"]) == (422, "Check your input"), request
    assert await balance_of(member) == 0


async def test_body_is_bounded(db: None, stripe: StripeSimulator):
    status, _ = await post(**signed(b" " * 1_048_577))
    assert status == 413


@pytest.mark.parametrize(
    "subject",
    [None, [], {"object": 5}, {"object": "checkout.session", "id": ["x"], "amount_total": "9" * 400, "currency": 7}],
)
async def test_signed_nonsense_is_accepted_and_does_nothing(db: None, stripe: StripeSimulator, subject: Any):
    for kind in ("checkout.session.completed", "charge.refunded", "charge.dispute.closed", "x" * 200):
        status, answer = await post(**signed(event(kind, subject)))
        assert (status, answer["outcome"]) in {(200, "unknown"), (200, "ignored")}


async def test_without_configuration_there_is_no_webhook(db: None):
    status, _ = await post(**signed(event("checkout.session.completed", {})))
    assert status == 404
