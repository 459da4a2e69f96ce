"""Views and plays that pages report become figures; the creator reads them as JSON and CSV."""

import csv
import io

import pytest
from sqlalchemy import text

from askchopper import database
from askchopper.database import read_only, transaction
from askchopper.services import pack_events
from askchopper.services.analytics import export, figures, rollup
from askchopper.services.purchases import checkout
from tests.support.clients import api_client
from tests.support.factories import make_creator, make_pack, make_user

pytestmark = pytest.mark.integration
URL = "/api/v1/studio/analytics"
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@pytest.fixture(autouse=True)
def _forget(db: None):
    pack_events.forget()


async def test_figures_of_a_visit(db: None):
    creator, buyer = await make_creator(), await make_user(tokens=100)
    pack = await make_pack(creator, title='=cmd|"x"', price=30)
    async with api_client(buyer) as client:
        page = "/browse?q=dusty+house&view=list"
        shown = {"page": page, "shown": [pack.file_ids[0], "pack:no-such-pack", "x" * 100]}
        assert (await client.post("/api/v1/views", json=shown, headers=BROWSER)).status_code == 204
        opened = {"page": f"/pack/{pack.slug}", "via": page, "opened": pack.slug, "shown": [pack.file_ids[1]]}
        assert (await client.post("/api/v1/views", json=opened, headers=BROWSER)).status_code == 204
        play = {"file": pack.file_ids[0], "seconds": 4.2, "position": 4.2, "page": f"/pack/{pack.slug}", "via": page}
        assert (await client.post("/api/v1/plays", json=play, headers=BROWSER)).status_code == 204
    async with transaction() as session:
        await checkout.buy(session, buyer, pack_slug=pack.slug, price_tokens=30, key="k")
    async with api_client(creator) as client:
        found = (await client.get(URL, params={"days": "7"})).json()
        one = (await client.get(URL, params={"pack": pack.slug, "days": "7"})).json()
        days = await client.get(f"{URL}/export.csv", params={"days": "7"})
        detail = await client.get(f"{URL}/export.csv", params={"table": "detail"})
        packs = await client.get(f"{URL}/export.csv", params={"table": "packs"})
    assert found["funnel"] == one["funnel"]
    assert found["funnel"] == {
        "shown": 1, "opened": 1, "played": 1, "liked": 0, "collected": 0, "bought": 1, "downloaded": 0, "refunded": 0,
    }  # fmt: skip
    assert found["revenue"] == {"gross": 30, "fee": 6, "net": 24, "refunds": 0}
    assert found["balance"] == {"pending": 24, "paid": 0}
    assert [(row["value"], row["bought"]) for row in found["by_source"]] == [("search", 1)]
    assert [(row["value"], row["played"]) for row in found["search_terms"]] == [("dusty house", 1)]
    assert (len(found["by_day"]), found["by_day"][-1]["revenue"]["net"]) == (7, 24)
    assert [(row["slug"], row["bought"]) for row in found["packs"]] == [(pack.slug, 1)]
    assert one["by_price"][0]["value"] == "30"
    assert one["stops"][0]["plays"] == 1
    rows = list(csv.DictReader(io.StringIO(days.text)))
    assert (len(rows), rows[-1]["Net tokens"], rows[-1]["Played"]) == (7, "24", "1")
    assert "attachment" in days.headers["content-disposition"]
    assert f"{pack.slug},term," in detail.text
    assert next(csv.DictReader(io.StringIO(packs.text)))["Pack"].startswith("'=cmd")


async def test_every_table_of_the_page_is_exported(db: None):
    creator, buyer = await make_creator(), await make_user(tokens=100)
    pack = await make_pack(creator, price=30)
    async with api_client(buyer) as client:
        play = {"file": pack.file_ids[0], "seconds": 4.2, "position": 4.2, "page": f"/pack/{pack.slug}", "via": ""}
        assert (await client.post("/api/v1/plays", json=play, headers=BROWSER)).status_code == 204
    async with transaction() as session:
        await checkout.buy(session, buyer, pack_slug=pack.slug, price_tokens=30, key="k")
        await session.execute(
            text(
                "INSERT INTO audience_groups (creator_id, trait, value, members) SELECT id, 'genre', 'techno', 7 FROM creators"
            )
        )
    async with api_client(creator) as client:
        found = {
            table: list(
                csv.DictReader(
                    io.StringIO(
                        (await client.get(f"{URL}/export.csv", params={"table": table, "pack": pack.slug})).text
                    )
                )
            )
            for table in ("totals", "money", "near", "stops", "audience")
        }
    assert [(row["Days"], row["Played"], row["Bought"]) for row in found["totals"]] == [
        ("These", "1", "1"),
        ("Before", "0", "0"),
    ]
    assert {row["Tokens"]: row["Amount"] for row in found["money"]} == {
        "Sales": "30", "Refunds": "0", "Platform fee": "-6", "Earned": "24", "Pending, of all time": "24", "Paid out, of all time": "0",
    }  # fmt: skip
    assert found["near"] == []
    assert len(found["stops"]) == 50
    assert sum(float(row["Share of stops"]) for row in found["stops"]) == pytest.approx(1)
    assert found["audience"] == [{"By": "genre", "Value": "techno", "Members": "7"}]


@pytest.mark.parametrize(
    ("query", "source", "campaign"),
    [
        (
            "utm_source=Newsletter&utm_medium=mail&utm_campaign=November+drop",
            "other site",
            "newsletter / mail / november drop",
        ),
        ("utm_source=askchopper&utm_medium=bluesky", "share", "bluesky"),
        ("utm_source=askchopper&utm_medium=embed", "embed", "embed"),
        ("utm_source=me@example.test", "other site", ""),
        ("utm_source=newsletter&utm_campaign=2026-11-30", "other site", "newsletter / 2026-11-30"),
        ("utm_source=newsletter&utm_campaign=20261130+drop", "other site", "newsletter / 20261130 drop"),
        ("utm_source=newsletter&utm_campaign=030+2026113", "other site", ""),
        ("utm_source=" + "x" * 500, "other site", "x" * 40),
    ],
)
async def test_campaign_of_a_link_is_kept(db: None, query: str, source: str, campaign: str):
    creator, buyer = await make_creator(), await make_user(tokens=100)
    pack = await make_pack(creator, price=30)
    async with api_client(buyer) as client:
        page = f"/pack/{pack.slug}?{query}"
        opened = {"page": page, "via": "", "opened": pack.slug}
        assert (await client.post("/api/v1/views", json=opened, headers=BROWSER)).status_code == 204
    await pack_events.write()
    async with transaction() as session:
        await checkout.buy(session, buyer, pack_slug=pack.slug, price_tokens=30, key="k")
    async with api_client(creator) as client:
        found = (await client.get(URL)).json()
        exported = (await client.get(f"{URL}/export.csv", params={"table": "campaigns"})).text
    assert [(row["value"], row["opened"], row["bought"]) for row in found["by_source"]] == [(source, 1, 1)]
    assert [(row["value"], row["opened"], row["bought"]) for row in found["by_campaign"]] == (
        [(campaign, 1, 1)] if campaign else []
    )
    assert found["search_terms"] == []
    assert campaign in exported


async def test_large_export_is_streamed_in_pieces(db: None):
    """Twenty thousand rows here; each piece is a page of the table's key, so that a million take longer and no more memory."""
    creator = await make_creator()
    pack = await make_pack(creator)
    async with transaction() as session:
        await session.execute(
            text(
                "INSERT INTO daily_breakdowns (subject_id, dimension, day, value, shown) SELECT :pack, 'term', current_date - n % 80, 'term ' || n, n"
                " FROM generate_series(1, 20000) n"
            ),
            {"pack": pack.id},
        )
    async with read_only() as session:
        found = await figures.read(session, creator, days="90")
    rows, longest = 0, 0
    async for piece in export.stream(creator, found, export.Table.DETAIL):
        assert database.engine().pool.checkedout() == 0  # a slow reader holds no connection
        rows, longest = rows + piece.count("\n"), max(longest, len(piece))
    assert rows == 20_001
    assert longest < 100_000


async def test_bad_reports_and_questions_get_a_sentence(db: None):
    creator = await make_creator()
    async with api_client(creator) as client:
        for body in (
            {},
            {"page": "x" * 2001},
            {"page": "/", "shown": ["x"] * 201},
            {"page": "/", "shown": ["x" * 200]},
        ):
            assert (await client.post("/api/v1/views", json=body)).status_code == 422
        odd = b'{"page": "https://[bad", "via": "\\u0000", "shown": ["\\u0000", "pack:\\u0000"], "opened": "\\ud800"}'
        headers = {"Content-Type": "application/json"}
        assert (await client.post("/api/v1/views", content=odd, headers=headers)).status_code in {204, 422}
        nul = {"page": "/browse?q=\x00a", "shown": ["\x00", "pack:\x00"], "opened": "a\x00"}
        assert (await client.post("/api/v1/views", json=nul)).status_code in {204, 422}
        await pack_events.write()
        for query in (
            {"from": "1826-01-01", "to": "2026-01-01"},
            {"days": "a"},
            {"from": "31.12.2026"},
            {"table": "users"},
        ):
            answer = await client.get(f"{URL}/export.csv", params=query)
            assert answer.status_code == 422
            assert answer.json()["detail"]


async def test_the_pack_of_another_creator_does_not_exist(db: None):
    creator, other = await make_creator(), await make_creator()
    await make_pack(creator)
    foreign = await make_pack(other, title="Secret Basement")
    async with api_client(creator) as client:
        for slug in (foreign.slug, "no-such-pack"):
            answers = [await client.get(URL, params={"pack": slug})]
            answers += [
                await client.get(f"{URL}/export.csv", params={"pack": slug, "table": table}) for table in export.Table
            ]
            assert {(answer.status_code, answer.json()["detail"]) for answer in answers} == {
                (404, "You have no pack with this address.")
            }


async def test_nothing_that_identifies_a_visitor_is_stored(db: None):
    pack = await make_pack(await make_creator())
    async with api_client(None) as client:
        await client.post(
            "/api/v1/views", json={"page": "/browse?q=me@example.test", "shown": [pack.file_ids[0]]}, headers=BROWSER
        )
        await client.post("/api/v1/plays", json={"file": pack.file_ids[0], "seconds": 5, "page": "/"}, headers=BROWSER)
    await pack_events.write()
    await rollup.run()
    async with transaction() as session:
        rows = (await session.execute(text("SELECT pack_events::text AS line FROM pack_events"))).all()
    assert len(rows) == 2
    assert not [row for row in rows if "127.0.0.1" in row.line or "Firefox" in row.line or "@" in row.line]
