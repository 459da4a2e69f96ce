"""Starts the Stripe simulator in its own process, uses its control interface, and builds signed events as Stripe does."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.simulators.stripe.server import API_KEY, event, new_id, sign

SERVER = "tests.simulators.stripe.server"
SECRET = "whsec_simulator"


class StripeSimulator:
    """A running simulator."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._client = httpx.Client(base_url=self.url, trust_env=False)

    @property
    def settings(self) -> dict[str, str]:
        """Environment settings that point the product to the simulator."""
        return {"STRIPE_SECRET_KEY": API_KEY, "STRIPE_WEBHOOK_SECRET": SECRET, "STRIPE_API_BASE": self.url}

    def reset(self) -> None:
        """Forget everything."""
        self._client.post("/control", json={"reset": True})

    def deliver_to(self, site: str) -> None:
        """Deliver events to a site."""
        self._client.post("/control", json={"webhook": f"{site}/webhooks/stripe", "secret": SECRET})

    def fail(self, status: int, times: int = 1) -> None:
        """Make the next API requests fail."""
        self._client.post("/control", json={"fault": status, "times": times})

    @property
    def seen(self) -> dict[str, Any]:
        """Sessions, requests and deliveries so far."""
        return self._client.get("/control").json()

    def session(self, url: str) -> dict[str, Any]:
        """Return the session of a checkout page."""
        return self.seen["sessions"][url.rpartition("/")[2]]

    def paid(self, url: str, **changes: Any) -> dict[str, Any]:
        """Return the session of a checkout page as it is after a payment."""
        made = self.session(url)
        intent = made["payment_intent"] or f"pi_{made['id']}"
        return made | {"status": "complete", "payment_status": "paid", "payment_intent": intent} | changes


def signed(content: dict[str, Any] | bytes, *, secret: str = SECRET, at: int | None = None) -> dict[str, Any]:
    """Return a request of the webhook, for ``httpx``."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return {
        "content": body,
        "headers": {"Stripe-Signature": sign(body, secret, at), "Content-Type": "application/json"},
    }


def refund(paid: dict[str, Any], cents: int) -> dict[str, Any]:
    """Return the event of a refund; ``cents`` is the total so far."""
    charge = {
        "id": new_id("ch"), "object": "charge", "payment_intent": paid["payment_intent"],
        "amount": paid["amount_total"], "amount_refunded": cents, "currency": paid["currency"],
        "refunded": cents == paid["amount_total"], "status": "succeeded",
    }  # fmt: skip
    return event("charge.refunded", charge)


def charge(paid: dict[str, Any], card: str) -> dict[str, Any]:
    """Return the event of a charge of a card, which has the metadata of its payment."""
    content = {
        "id": new_id("ch"), "object": "charge", "payment_intent": paid["payment_intent"], "amount": paid["amount_total"],
        "amount_refunded": 0, "currency": paid["currency"], "status": "succeeded", "metadata": paid["metadata"],
        "payment_method_details": {"type": "card", "card": {"fingerprint": card}},
    }  # fmt: skip
    return event("charge.succeeded", content)


def dispute(paid: dict[str, Any], kind: str, status: str, cents: int = 0) -> dict[str, Any]:
    """Return an event of a dispute, ``created`` or ``closed``."""
    subject = {
        "id": new_id("du"), "object": "dispute", "payment_intent": paid["payment_intent"],
        "amount": cents or paid["amount_total"], "currency": paid["currency"], "status": status, "reason": "fraudulent",
    }  # fmt: skip
    return event(f"charge.dispute.{kind}", subject)


@contextmanager
def running() -> Iterator[StripeSimulator]:
    """Run a simulator within the block."""
    words = [sys.executable, "-m", SERVER]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield StripeSimulator(int(process.stdout.readline()))  # type: ignore[union-attr]
        process.stdin.close()  # type: ignore[union-attr]
        process.wait(10)
