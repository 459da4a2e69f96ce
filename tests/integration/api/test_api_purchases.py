import asyncio

import pytest

from askchopper.settings import environment
from tests.support.clients import api_client
from tests.support.factories import balance_of, check_ledger, make_pack, make_user

pytestmark = pytest.mark.integration


def key(value: str = "key") -> dict[str, str]:
    return {"Idempotency-Key": value}


async def test_purchase_schema(db):
    buyer, pack = await make_user(tokens=100), await make_pack(price=30)
    async with api_client(buyer) as client:
        answer = await client.post("/api/v1/purchases", json={"pack": pack.slug, "price_tokens": 30}, headers=key())
        again = await client.post("/api/v1/purchases", json={"pack": pack.slug, "price_tokens": 30}, headers=key())
        body = answer.json()
        assert answer.status_code == 201
        assert {"id", "price_tokens", "balance_tokens", "licence_id", "licence_url", "files"} <= set(body)
        assert (body["price_tokens"], body["balance_tokens"]) == (30, 70)
        assert [row["id"] for row in body["files"]] == list(pack.file_ids)
        assert all(row["owned"] for row in body["files"])
        assert body["licence_url"] == f"/verify/{body['licence_id']}"
        assert (again.status_code, again.json()) == (201, body)
        seen = (await client.get(f"/api/v1/packs/{pack.slug}")).json()
        assert (seen["owned"], seen["missing_price_tokens"]) == (True, 0)
        refund = await client.post(f"/api/v1/purchases/{body['id']}/refund")
        assert (refund.status_code, refund.json()["balance_tokens"]) == (200, 100)


async def test_each_refusal_has_status_and_figures(db):
    buyer, pack, dear = await make_user(tokens=50), await make_pack(price=30), await make_pack(price=80)
    async with api_client(buyer) as client:

        async def post(body: object, headers: dict[str, str] | None = None):
            return await client.post("/api/v1/purchases", json=body, headers=key() if headers is None else headers)

        changed = await post({"pack": pack.slug, "price_tokens": 29})
        assert (changed.status_code, changed.json()["price_tokens"]) == (409, 30)
        poor = await post({"pack": dear.slug, "price_tokens": 80})
        assert (poor.status_code, poor.json()["missing_tokens"]) == (402, 30)
        assert (await post({"pack": "nowhere", "price_tokens": 1})).status_code == 404
        assert (await post({"pack": pack.slug, "price_tokens": 30}, {})).status_code == 422
        assert (await post({"pack": pack.slug, "price_tokens": 30})).status_code == 201
        assert (await post({"pack": dear.slug, "price_tokens": 30})).status_code == 422
        assert (await post({"pack": pack.slug, "price_tokens": 30}, key("new"))).status_code == 409
        for body in (
            {}, [], "x", {"pack": pack.slug}, {"price_tokens": 30}, {"pack": pack.slug, "file": pack.file_ids[0], "price_tokens": 30},
            *({"pack": pack.slug, "price_tokens": price} for price in (-1, 1.5, "30", None, True, 2**31, 1e308)),
            {"pack": "x" * 101, "price_tokens": 1}, {"pack": pack.slug, "price_tokens": 30, "licence": "exclusive"},
        ):  # fmt: skip
            assert (await post(body, key("odd"))).status_code == 422, body
        for name in ("x" * 101, "two words"):
            assert (await post({"pack": pack.slug, "price_tokens": 30}, key(name))).status_code == 422
        own = await make_pack(price=1)
        async with api_client(own.creator) as seller:
            answer = await seller.post("/api/v1/purchases", json={"pack": own.slug, "price_tokens": 1}, headers=key())
            assert answer.status_code == 409
    assert await balance_of(buyer) == 20


async def test_buyer_cannot_be_set_in_body(db):
    buyer, victim, pack = await make_user(tokens=50), await make_user(tokens=50), await make_pack(price=30)
    async with api_client(buyer) as client:
        body = {
            "pack": pack.slug,
            "price_tokens": 30,
            "user_id": str(victim.user_id),
            "buyer": str(victim.user_id),
            "balance": 1,
        }
        assert (await client.post("/api/v1/purchases", json=body, headers=key())).status_code == 201
    assert (await balance_of(buyer), await balance_of(victim)) == (20, 50)


async def test_malformed_json_is_rejected_with_message(db):
    async with api_client(await make_user()) as client:
        for body in (
            b"{",
            b"\xff",
            b'{"pack": "\\ud800", "price_tokens": 1}',
            b"[" * 100_000,
            b'{"pack":"\\u0000","price_tokens":1}',
        ):
            answer = await client.post(
                "/api/v1/purchases", content=body, headers={**key(), "Content-Type": "application/json"}
            )
            assert answer.status_code in {400, 404, 422}, body[:40]
            assert answer.headers["content-type"] == "application/problem+json"


async def test_purchase_of_other_user_cannot_be_refunded(db):
    buyer, other, pack = await make_user(tokens=50), await make_user(), await make_pack(price=30)
    async with api_client(buyer) as client:
        purchase = (
            await client.post("/api/v1/purchases", json={"pack": pack.slug, "price_tokens": 30}, headers=key())
        ).json()
    async with api_client(other) as client:
        for purchase_id in (purchase["id"], "x", "%00"):
            assert (await client.post(f"/api/v1/purchases/{purchase_id}/refund")).status_code == 404


async def test_concurrent_clicks_buy_once(db):
    buyer, pack = await make_user(tokens=100), await make_pack(price=30)
    async with api_client(buyer) as client:
        body = {"pack": pack.slug, "price_tokens": 30}
        answers = await asyncio.gather(*(client.post("/api/v1/purchases", json=body, headers=key()) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await balance_of(buyer) == 70
    assert (await check_ledger()).problems == ()


async def test_wallet_schema(db):
    user = await make_user(tokens=100, bonus=5)
    async with api_client(user) as client:
        body = (await client.get("/api/v1/me/wallet?limit=1")).json()
        assert (body["balance_tokens"], body["bonus_tokens"], len(body["entries"])) == (105, 5, 1)
        rest = (await client.get(f"/api/v1/me/wallet?cursor={body['next_cursor']}")).json()
        assert [entry["amount_tokens"] for entry in rest["entries"]] == [100]
        sheet = await client.get("/api/v1/me/wallet/statement.csv")
        assert sheet.headers["content-type"].startswith("text/csv")
        assert len(sheet.text.splitlines()) == 3
        assert (await client.get("/api/v1/me/wallet?kind=other")).status_code == 422


async def test_test_checkout_credits_once_and_not_in_production(db, limits_on):
    user = await make_user()
    async with api_client(user) as client:
        for _ in range(2):
            answer = await client.post("/api/v1/tokens/test-checkout", json={"tokens": 50}, headers=key())
            assert (answer.status_code, answer.json()["balance_tokens"]) == (200, 50)
        for tokens in (0, -1, 1001, 1.5, "50", None):
            assert (await client.post("/api/v1/tokens/test-checkout", json={"tokens": tokens})).status_code == 422
        answers = [await client.post("/api/v1/tokens/test-checkout", json={"tokens": 1}) for _ in range(9)]
        assert [answer.status_code for answer in answers] == [200] * 8 + [429]
        assert answers[-1].headers["ratelimit-limit"] == "10"
        assert int(answers[-1].headers["retry-after"]) > 3000
        with environment(ASKCHOPPER_ENV="production", PUBLIC_BASE_URL="https://x.example"):
            client.cookies.set("__Host-askchopper", client.cookies["askchopper_session"])
            answer = await client.post("/api/v1/tokens/test-checkout", json={"tokens": 50})
            assert answer.status_code == 403


async def test_library_schema(db):
    buyer, pack = await make_user(tokens=100), await make_pack(price=30)
    async with api_client(buyer) as client:
        await client.post("/api/v1/purchases", json={"pack": pack.slug, "price_tokens": 30}, headers=key())
        body = (await client.get("/api/v1/me/library")).json()
    [item] = body["items"]
    assert {"pack", "files", "purchased_at", "licence_url", "zip_url"} <= set(item)
    assert item["zip_url"] == f"/api/v1/library/{pack.slug}/zip"
    assert item["licences"][0]["is_refundable"]


async def test_plays_are_reported(db, as_owner):
    user, pack = await make_user(), await make_pack(preview_seconds=9.0, preview_key="x")
    async with api_client(user) as client:
        for report in (
            {"file": pack.file_ids[0], "seconds": 5},
            {"pack": pack.slug, "seconds": 5.5},
            {"file": pack.file_ids[0], "seconds": 1},
        ):
            assert (await client.post("/api/v1/plays", json=report)).status_code == 204
        for report in (
            {"seconds": 5},
            {"file": "x", "seconds": -1},
            {"file": pack.file_ids[0]},
            {"pack": pack.slug, "seconds": 1e400},
        ):
            body = str(report).replace("'", '"').replace("inf", "1e999")
            answer = await client.post("/api/v1/plays", content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code == 422
        assert (await client.post("/api/v1/plays", json={"file": "x", "seconds": 5})).status_code == 404
    assert as_owner("SELECT count(*) FROM plays") == [(2,)]
