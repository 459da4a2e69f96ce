"""The code of the previous release runs on this schema, so that a deployment can be rolled back without its migrations.

In the gate the previous release, with ``make soak`` each that may run here. Skipped with a reason where the history is missing.
"""

from pathlib import Path

import httpx
import pytest

from tests.support import old_release
from tests.support.factories import PASSWORD, balance_of, check_ledger, make_pack, make_user
from tests.support.soak import scaled

pytestmark = pytest.mark.integration
REVISIONS = old_release.compatible()[: scaled(100, 1)]


@pytest.mark.parametrize("revision", REVISIONS)
async def test_previous_release_serves_its_main_stories(db: None, tmp_path: Path, revision: str):
    commit = old_release.commit_of(revision)
    pack = await make_pack(price=30)
    buyer = await make_user(email="old@example.test", tokens=100)
    with old_release.serving(commit, tmp_path) as url:
        async with httpx.AsyncClient(base_url=url, headers={"Origin": url}, timeout=30) as client:
            credentials = {"email": "old@example.test", "password": PASSWORD}
            assert (await client.post("/auth/login", data=credentials)).status_code == 303
            assert (await client.get("/api/v1/me/wallet")).json()["balance_tokens"] == 100

            listed = (await client.get("/api/v1/packs")).json()["items"]
            assert [item["slug"] for item in listed] == [pack.slug]
            assert (await client.get(f"/api/v1/packs/{pack.slug}")).status_code == 200
            assert (await client.get("/api/v1/search", params={"q": pack.slug})).status_code == 200

            order = {"pack": pack.slug, "price_tokens": 30}
            bought = await client.post("/api/v1/purchases", json=order, headers={"Idempotency-Key": "old"})
            assert bought.status_code == 201, bought.text
            assert (await client.get(f"/api/v1/packs/{pack.slug}")).json()["owned"]
            new = {"email": "new@example.test", "password": "a good long one", "display_name": "New member"}
            assert (await client.post("/auth/register", data=new)).status_code == 303
    assert await balance_of(buyer) == 70
    assert (await check_ledger()).problems == ()
