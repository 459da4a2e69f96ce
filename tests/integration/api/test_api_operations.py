import asyncio
import time

import pytest

from askchopper import database, jobs
from askchopper.api import health_checks, page_html
from askchopper.errors import NotFoundError
from askchopper.integrations.blob_store.local_disk import LocalDiskStore
from askchopper.settings import environment
from askchopper.vocabulary import JobName, Role
from tests.support.clients import api_client
from tests.support.factories import make_creator, make_pack, make_user

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def forget_checks():
    health_checks.forget()
    yield
    health_checks.forget()


async def test_health_lists_checks(db):
    async with api_client() as client:
        answer = await client.get("/health")
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")
        assert {name: check["ok"] for name, check in answer.json()["checks"].items()} == {
            "database": True,
            "storage": True,
            "model": True,
            "queue": True,
        }
        assert answer.json()["checks"]["storage"]["free_bytes"] > 0
        assert answer.json()["checks"]["model"]["configured"] is False
        assert (await client.head("/health")).status_code == 200


async def test_health_is_cached(db, count_queries: list[str]):
    async with api_client() as client:
        await asyncio.gather(*(client.get("/health") for _ in range(30)))
    assert len(count_queries) == 2  # one for the database, one for the queue


async def test_unreachable_database_is_503_quickly(db, tmp_path):
    await database.dispose()
    with environment(DATABASE_URL=f"postgresql://x@/x?host={tmp_path}", STATUS_TOKEN="a status token"):
        async with api_client() as client:
            started = time.perf_counter()
            answer = await client.get("/health")
            assert (answer.status_code, answer.json()["status"]) == (503, "down")
            assert (await client.get("/metrics", headers={"Authorization": "Bearer a status token"})).status_code == 200
            packs = await client.get("/api/v1/packs")
            assert (packs.status_code, packs.headers["retry-after"]) == (503, "2")
            assert time.perf_counter() - started < 3
        await database.dispose()


async def test_exhausted_pool_is_503_and_recovers(db):
    from sqlalchemy import text

    async def hold(release: asyncio.Event) -> None:
        async with database.transaction() as session:
            await session.execute(text("SELECT 1"))
            await release.wait()

    release = asyncio.Event()
    holders = [asyncio.create_task(hold(release)) for _ in range(10)]
    await asyncio.sleep(0.3)
    async with api_client() as client:
        started = time.perf_counter()
        answer = await client.get("/api/v1/packs")
        assert answer.status_code == 503
        assert time.perf_counter() - started < 3
        release.set()
        await asyncio.gather(*holders)
        assert (await client.get("/api/v1/packs")).status_code == 200


async def test_lost_connection_recovers(db, as_owner):
    async with api_client() as client:
        assert (await client.get("/api/v1/packs")).status_code == 200
        as_owner(
            "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE usename = 'askchopper_app'"
            " AND datname = current_database()"
        )
        assert (await client.get("/api/v1/packs")).status_code == 200


async def test_broken_store_is_degraded(db, monkeypatch):
    async def broken(_: LocalDiskStore) -> None:
        raise PermissionError

    monkeypatch.setattr(LocalDiskStore, "ping", broken)
    async with api_client() as client:
        answer = await client.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")


@pytest.mark.parametrize("path", ["/status", "/metrics"])
async def test_status_is_for_operators_only(db, path: str):
    member, admin = await make_user(), await make_user(role=Role.ADMIN)
    with environment(STATUS_TOKEN="a status token"):
        async with api_client() as anybody, api_client(member) as user, api_client(admin) as operator:
            assert (await anybody.get(path)).status_code == 401
            assert (await user.get(path)).status_code == 403
            assert (await operator.get(path)).status_code == 200
            assert (await anybody.get(path, headers={"Authorization": "Bearer a status token"})).status_code == 200
            assert (await anybody.get(path, headers={"Authorization": "Bearer wrong"})).status_code == 401


async def test_status_and_metrics_report_figures(db):
    await make_pack()
    async with api_client(await make_user(role=Role.ADMIN)) as client:
        status = (await client.get("/status")).json()
        assert status["catalogue"] == {"packs": 1, "files": 2, "creators": 1}
        assert status["rate_limits"] == {"mode": "off", "refused_today": {}}
        lines = (await client.get("/metrics")).text.splitlines()
    assert 'askchopper_up{check="database"} 1' in lines
    assert any(line.startswith('askchopper_requests_total{class="2xx"}') for line in lines)


async def test_status_reports_queue_depth(db, as_owner):
    async with database.transaction() as session:
        await jobs.enqueue(session, JobName.ANALYSE, file_id="x")
        await jobs.enqueue(session, JobName.ANALYSE, file_id="y")
    as_owner("UPDATE jobs.procrastinate_events SET at = at - interval '90 seconds'")
    async with api_client(await make_user(role=Role.ADMIN)) as client:
        queue = (await client.get("/status")).json()["jobs"]
        lines = (await client.get("/metrics")).text.splitlines()
    assert queue.pop("oldest_seconds") == pytest.approx(90, abs=5)
    assert queue == {"waiting": 2, "later": 0, "running": 0, "failed": 0}
    assert 'askchopper_jobs{state="waiting"} 2' in lines
    assert any(line.startswith("askchopper_jobs_oldest_seconds 9") for line in lines)


async def test_sitemap_lists_public_pages(db):
    pack, draft = await make_pack(await make_creator(slug="velvet")), await make_pack(is_published=False)
    async with api_client() as client:
        sitemap = (await client.get("/sitemap.xml")).text
        robots = (await client.get("/robots.txt")).text
    assert f"<loc>http://127.0.0.1:3000/pack/{pack.slug}</loc>" in sitemap
    assert "/creator/velvet" in sitemap
    assert draft.slug not in sitemap
    assert "Sitemap: http://127.0.0.1:3000/sitemap.xml" in robots
    assert "Disallow: /api/" in robots


async def test_page_html_is_escaped(db):
    evil = '"><script>alert(1)</script>'
    creator = await make_creator(slug="evil", name="<b>Evil</b>")
    pack = await make_pack(creator, title=evil, summary="</script><!--", cover_key="abc", tags=("<i>odd</i>",))
    pages = [await page_html.pack(pack.slug), await page_html.creator("evil"), await page_html.genre("house")]
    for page in [*pages, await page_html.tag("i-odd-i")]:
        text = page.head + page.view
        assert "Evil" in text
        assert "<script>alert" not in text
        assert "<b>" not in text
        assert "<i>" not in text
        assert page.head.count("</script>") == 1
        assert 'property="og:title"' in page.head
        assert 'rel="canonical"' in page.head
    assert "/media/covers/abc/social.jpg" in pages[0].head
    with pytest.raises(NotFoundError):
        await page_html.pack((await make_pack(is_published=False)).slug)
    with pytest.raises(NotFoundError):
        await page_html.creator("nobody")
    with pytest.raises(NotFoundError):
        await page_html.tag("nothing")


async def test_pages_have_their_text_without_script(db):
    pack = await make_pack(await make_creator(slug="velvet", name="Velvet"), title="Night bus", price=30)
    page = await page_html.pack(pack.slug)
    assert ">Night bus</h1>" in page.view
    assert 'href="/creator/velvet">Velvet</a>' in page.view
    assert page.view.count('class="min-w-0"><p') == 2  # its sounds
    for other in (await page_html.genre("house"), await page_html.creator("velvet")):
        assert f'href="/pack/{pack.slug}">Night bus</a>' in other.view
        assert ">30</span>" in other.view
