"""Simulator of the parts of Stripe that we use: checkout sessions over the form-encoded API, the hosted page, and signed webhooks.

It prints its port and serves until its input ends. A person, or a browser test, pays, fails or leaves on the page. ``POST /control`` takes
``{"webhook": url, "secret": secret}`` (where to deliver events; none are delivered while it is empty), ``{"fault": status, "times": n}`` for the
next API requests, or ``{"reset": true}``. ``GET /control`` returns sessions, requests and deliveries.
"""

import hashlib
import hmac
import html
import json
import secrets
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

API_KEY = "sk_test_simulator"
lock = threading.RLock()
state: dict[str, Any] = {}

PAGE = """<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Checkout simulator</title>
<body style="font:16px sans-serif;max-width:28rem;margin:3rem auto;padding:0 1rem"><h1>Pay {amount}</h1><p>{title}</p>
<form method="post"><button name="act" value="pay">Pay</button> <button name="act" value="pay_later">Pay by bank transfer</button>
<button name="act" value="fail">Card is declined</button></form><p>{message}</p><p><a href="{cancel}">Back</a></p>"""


def reset() -> None:
    with lock:
        state.update(sessions={}, keys={}, requests=[], deliveries=[], webhook="", secret="", fault=0, times=0)


def nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Decode Stripe's form encoding: ``line_items[0][price_data][currency]=eur``."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        *parents, last = name.replace("]", "").split("[")
        place = found
        for part in parents:
            place = place.setdefault(part, {})
        place[last] = value
    return found


def new_id(prefix: str) -> str:
    return f"{prefix}_test_{secrets.token_hex(12)}"


def create(form: dict[str, Any], base: str) -> dict[str, Any]:
    """Create a checkout session, as the API answers it."""
    item = form["line_items"]["0"]
    price = item["price_data"]
    cents = int(price["unit_amount"]) * int(item["quantity"])
    session_id = new_id("cs")
    return {
        "id": session_id, "object": "checkout.session", "livemode": False, "mode": form["mode"], "status": "open",
        "payment_status": "unpaid", "payment_intent": None, "client_reference_id": form.get("client_reference_id"),
        "amount_subtotal": cents, "amount_total": cents, "currency": price["currency"],
        "metadata": form.get("metadata", {}), "success_url": form["success_url"], "cancel_url": form["cancel_url"],
        "url": f"{base}/c/pay/{session_id}", "created": int(time.time()), "expires_at": int(time.time()) + 86_400,
    } | {"title": price["product_data"]["name"]}  # fmt: skip


def refusal(kind: str, message: str) -> dict[str, Any]:
    return {"error": {"type": kind, "message": message}}


def event(kind: str, subject: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Build an event, as Stripe sends it."""
    return {
        "id": new_id("evt"), "object": "event", "api_version": "2026-10-28.simulator", "created": int(time.time()),
        "livemode": False, "pending_webhooks": 1, "type": kind, "data": {"object": subject},
    } | changes  # fmt: skip


def sign(body: bytes, secret: str, at: int | None = None) -> str:
    """Sign a body as Stripe does."""
    moment = int(time.time()) if at is None else at
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def deliver(content: dict[str, Any]) -> None:
    with lock:
        url, secret = state["webhook"], state["secret"]
    if not url:
        return
    body = json.dumps(content, indent=2).encode()
    headers = {"Content-Type": "application/json", "Stripe-Signature": sign(body, secret)}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10) as answer:
            status = answer.status
    except urllib.error.HTTPError as error:
        status = error.code
    except OSError:
        status = 0
    with lock:
        state["deliveries"].append({"id": content["id"], "type": content["type"], "status": status})


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/control":
            with lock:
                self.json({name: state[name] for name in ("sessions", "requests", "deliveries")})
        elif path.startswith("/c/pay/"):
            self.page(path.removeprefix("/c/pay/"))
        else:
            self.json({"error": {"type": "invalid_request_error", "message": "Unrecognized request URL"}}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        path = urlsplit(self.path).path
        if path == "/control":
            self.control(json.loads(body))
        elif path.startswith("/c/pay/"):
            self.act(path.removeprefix("/c/pay/"), dict(parse_qsl(body.decode()))["act"])
        else:
            self.api(path, body)

    def control(self, wanted: dict[str, Any]) -> None:
        if wanted.pop("reset", False):
            reset()
        with lock:
            state.update(wanted)
        self.json({})

    def api(self, path: str, body: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        form = nested(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body)))
        key = headers.get("idempotency-key", "")
        with lock:
            state["requests"].append({"path": path, "form": form, "key": key, "version": headers.get("stripe-version")})
            if state["times"] > 0:
                state["times"] -= 1
                status, answer = state["fault"], refusal("api_error", "simulated")
            elif headers.get("authorization") != f"Bearer {API_KEY}":
                status, answer = 401, refusal("invalid_request_error", "Invalid API Key provided")
            elif path != "/v1/checkout/sessions":
                status, answer = 404, refusal("invalid_request_error", "Unrecognized request URL")
            elif key in state["keys"] and state["keys"][key][0] != body:
                status, answer = 400, refusal("idempotency_error", "Keys for idempotent requests")
            elif key in state["keys"]:
                status, answer = 200, state["keys"][key][1]
            else:
                status, answer = 200, create(form, f"http://{self.headers['host']}")
                state["sessions"][answer["id"]] = answer
                state["keys"][key] = (body, answer)
        self.json(answer, status)

    def act(self, session_id: str, act: str) -> None:
        with lock:
            made = state["sessions"][session_id]
        if act == "fail":
            self.page(session_id, "Your card was declined. Try another one.")
            return
        with lock:
            is_paid = act == "pay"
            made.update(status="complete", payment_status="paid" if is_paid else "unpaid", payment_intent=new_id("pi"))
        # As Stripe does, return before the event is delivered; the page that is returned to has to wait for it.
        threading.Thread(target=deliver, args=(event("checkout.session.completed", dict(made)),)).start()
        self.send_response(303)
        self.send_header("Location", made["success_url"])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def page(self, session_id: str, message: str = "") -> None:
        with lock:
            made = state["sessions"].get(session_id)
        if made is None:
            self.json({"error": {"message": "no such session"}}, 404)
            return
        amount = f"{made['amount_total'] / 100:.2f} {made['currency'].upper()}"
        values = {"amount": amount, "title": made["title"], "cancel": made["cancel_url"], "message": message}
        self.send(PAGE.format(**{name: html.escape(text) for name, text in values.items()}).encode(), "text/html")

    def json(self, value: Any, status: int = 200) -> None:
        self.send(json.dumps(value).encode(), "application/json", status)

    def send(self, body: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Request-Id", new_id("req"))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    reset()
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0), Handler)
    print(server.server_address[1], flush=True)  # noqa: T201
    threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
    server.serve_forever()
