"""The stages of load after the client's test: steady, peak, idle crowd, spike, hot item, and the point at which it breaks.

``LOAD_SCALE`` multiplies the durations. Clients and servers share the cores of one machine.
"""

import asyncio
import os
import random
import time
import uuid
from contextlib import AsyncExitStack

from sqlalchemy import insert, text

from askchopper import database, launcher
from askchopper.database import read_only, transaction
from askchopper.models.accounts import users
from askchopper.models.base import new_id
from askchopper.services import ledger, sessions, wallet
from askchopper.vocabulary import Role
from bench.chat import member_client
from bench.load_members import AT_ONCE, Results, Site, buy, counter, live, ours, purchase, run
from bench.protocol import BenchError, Samples
from bench.servers import DATA_DIR, Server
from bench.tabs import Tab, tab_of

SCALE = float(os.environ.get("LOAD_SCALE", "1"))
STEADY, PEAK, CROWD, BUYERS = 100, 300, 1000, 200
STEADY_SECONDS, PEAK_SECONDS, CROWD_SECONDS, SPIKE_SECONDS = (
    SCALE * seconds for seconds in (600.0, 300.0, 600.0, 60.0)
)
STEP, STEP_SECONDS, MOST_USERS, BREAK_MS = 50, 60.0 * SCALE, 1000, 1000.0
_QUIET, _SPIKE, _SPIKE_IN = 20, 400, 5.0
_BOUGHT = """
    SELECT count(*) AS bought, coalesce(sum(u.price_tokens), 0) AS paid
    FROM purchases u JOIN packs p ON p.id = u.pack_id WHERE p.slug = :slug
"""
_PACKS = """
    SELECT slug, price_tokens FROM packs WHERE status = 'published' AND price_tokens > 0 ORDER BY slug
"""
_FILES = """
    SELECT f.id FROM audio_files f JOIN packs p ON p.id = f.pack_id WHERE p.status = 'published' ORDER BY f.id LIMIT 100
"""


async def mixed(site: Site, peer: Site, name: str, count: int, seconds: float) -> dict[str, Samples]:
    """Run the mix in both apps; L1 and L2."""
    found, blank = await run(site, count, seconds), await run(peer, count, seconds)
    note = f"{count} members for {seconds:.0f} s; {found.note}"
    return {
        f"{name}_failures": Samples([found.failed_percent], note=note),
        f"{name}_event": Samples([found.percentile(0.95, "event")], [blank.percentile(0.95, "event")]),
        f"{name}_page": Samples([found.percentile(0.95, "page")], [blank.percentile(0.95, "page")]),
        f"{name}_buy": Samples([found.percentile(0.99, "buy")], note=f"{len(found.milliseconds['buy'])} purchases"),
    }


async def crowd(site: Site, peer: Site) -> dict[str, Samples]:
    """Leave a thousand tabs open, of which one in twenty acts; L3."""
    (kib, drops, rss), (peer_kib, _, _) = await _crowd(site), await _crowd(peer)
    return {
        "crowd_client": Samples([kib], [peer_kib], note=f"{CROWD} more tabs"),
        "crowd_drops": Samples([drops], note=f"of {CROWD} in {CROWD_SECONDS:.0f} s, {CROWD // 20} of them acting"),
        "crowd_rss": Samples([rss / 1024]),
    }


async def _crowd(site: Site) -> tuple[float, int, float]:
    """Return the KiB of a tab, how many were closed, and the growth of the server in MiB."""
    async with AsyncExitStack() as stack:
        gate = asyncio.Semaphore(AT_ONCE)

        async def open_tab(number: int) -> Tab:
            async with gate:
                cookie = site.cookies[number % len(site.cookies)] if site.cookies else ""
                return await stack.enter_async_context(tab_of(site.app, cookie))

        await asyncio.gather(*map(open_tab, range(50)))  # the first ones pay for caches
        before = site.app.server.rss_mib
        tabs = await asyncio.gather(*map(open_tab, range(CROWD)))
        await asyncio.sleep(2)
        grown = site.app.server.rss_mib - before
        until = time.monotonic() + CROWD_SECONDS
        active = tabs[::20]

        async def act(tab: Tab) -> None:
            while time.monotonic() < until and tab.is_open:
                await tab.click(site.app)
                await asyncio.sleep(random.uniform(3, 8))

        await asyncio.gather(*map(act, active), return_exceptions=True)
        drops = sum(not tab.is_open for tab in tabs)
        return grown * 1024 / CROWD, drops, site.app.server.rss_mib - before


async def spike(site: Site) -> dict[str, Samples]:
    """Let 20 members become 400 in five seconds, and 20 again; L4."""
    before = await run(site, _QUIET, SPIKE_SECONDS / 2, only_browse=True)
    during = await _surge(site)
    after = await run(site, _QUIET, 30, only_browse=True)
    note = (
        f"{_SPIKE} members for {SPIKE_SECONDS:.0f} s, page p95 {during.percentile(0.95, 'page'):.0f} ms; {during.note}"
    )
    return {
        "spike_failures": Samples([during.failed_percent], note=note),
        "spike_after": Samples(
            [after.percentile(0.95, "event", "page")], [before.percentile(0.95, "event", "page")], note=after.note
        ),
    }


async def _surge(site: Site) -> Results:
    results, until = Results(), time.monotonic() + _SPIKE_IN + SPIKE_SECONDS

    async def arrive(number: int) -> None:
        await asyncio.sleep(_SPIKE_IN * number / _SPIKE)
        try:
            async with site.member(number) as member:
                await live(member, until, results, only_browse=True)
        except Exception as error:
            results.failures.append(f"open: {type(error).__name__} {error}"[:160])

    await asyncio.gather(*map(arrive, range(_SPIKE)))
    return results


async def hot_item(site: Site, price: int) -> dict[str, Samples]:
    """Let 200 members buy one pack at once, and one of them buy another one 200 times at once; L5."""
    slug, other = site.slugs[:2]
    before, before_other = await _totals(slug), await _totals(other)
    async with AsyncExitStack() as stack:
        buyers = await members(BUYERS)  # who have bought nothing in an earlier stage
        clients = [await stack.enter_async_context(member_client(site.app.server, cookie)) for cookie in buyers]
        results = Results()
        await asyncio.gather(*(results.take("buy", purchase(client, slug, price)) for client in clients))
        again = Results()
        await asyncio.gather(*(again.take("buy", buy(clients[0], other)) for _ in range(BUYERS)))
    bought, spent, unbalanced = (now - then for now, then in zip(await _totals(slug), before, strict=True))
    twice = (await _totals(other))[0] - before_other[0]
    wrong = abs(bought - BUYERS) + abs(spent - BUYERS * price) + unbalanced + abs(twice - 1)
    note = f"{bought} purchases by {BUYERS} members, {spent:,} tokens of {BUYERS * price:,}; {twice} of {BUYERS} by one member"
    return {
        "hot_wrong": Samples([wrong], note=note),
        "hot_buy": Samples([results.percentile(0.99, "buy")], note=results.note),
    }


async def knee(site: Site, peer: Site) -> dict[str, Samples]:
    """Add 50 members at a time until the p95 of pages and events is above a second; L7."""
    broken = [await _knee(one) for one in (site, peer)]
    (broke_at, capped), (peer_users, peer_capped) = broken
    note = f"steps of {STEP_SECONDS:.0f} s" + "".join(
        f"; {name} had not reached it at {MOST_USERS}"
        for name, is_capped in (("ours", capped), ("blank", peer_capped))
        if is_capped
    )
    return {"knee": Samples([broke_at], [peer_users], note=note)}


async def _knee(site: Site) -> tuple[float, bool]:
    """Return the last number of members below the limit, and whether the steps ended before it."""
    async with AsyncExitStack() as stack:
        results, tasks = Results(), list[asyncio.Task[None]]()
        try:
            for count in range(STEP, MOST_USERS + 1, STEP):
                arrived = await site.arrive(stack, range(count - STEP, count))
                tasks += [asyncio.create_task(live(member, float("inf"), results)) for member in arrived]
                await asyncio.sleep(2)
                results.milliseconds.clear()
                await asyncio.sleep(STEP_SECONDS)
                if results.percentile(0.95, "event", "page") > BREAK_MS or results.failed_percent > 1:
                    return count - STEP, False
            return MOST_USERS, True
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _totals(slug: str) -> tuple[int, int, int]:
    """Return the purchases of a pack, the tokens that were paid for it, and the problems of the ledger."""
    with launcher.database(DATA_DIR):
        async with read_only(timeout_seconds=None) as session:
            report = await ledger.verify(session)
            row = (await session.execute(text(_BOUGHT), {"slug": slug})).one()
        await database.dispose()
    return row.bought, row.paid, len(report.problems)


async def sites(server: Server, blank: Server) -> tuple[Site, Site, int]:
    """Create members with tokens and choose packs; returns both sites and the price of the first pack."""
    with launcher.database(DATA_DIR):
        async with read_only() as session:
            packs = (await session.execute(text(_PACKS))).all()
            files = [str(row.id) for row in await session.execute(text(_FILES))]
        await database.dispose()
    cookies = await members(PEAK)
    slugs = [row.slug for row in packs]
    site = Site(ours(server, slugs), cookies, slugs, files)
    return site, Site(counter(blank), []), packs[0].price_tokens


async def members(count: int) -> list[str]:
    """Create members with tokens; returns their sessions."""
    with launcher.database(DATA_DIR):
        cookies = [await _member() for _ in range(count)]
        await database.dispose()
    return cookies


async def _member() -> str:
    name = uuid.uuid4().hex
    async with transaction() as session:
        added = insert(users).values(id=new_id(), email=f"{name}@example.test", display_name="Load", role=Role.MEMBER)
        user_id = (await session.execute(added.returning(users.c.id))).scalar_one()
        await wallet.grant(session, user_id=user_id, tokens=10_000, is_bonus=False, key=f"load-{name}", memo="Load")
        token, _ = await sessions.open_session(session, user_id=user_id, user_agent="bench")
    return token


async def measure(server: Server, blank: Server, stages: frozenset[str]) -> dict[str, Samples]:
    """Run the chosen stages, one after the other."""
    site, peer, price = await sites(server, blank)
    found: dict[str, Samples] = {}
    for stage in sorted(stages):
        match stage:
            case "L1":
                found |= await mixed(site, peer, "steady", STEADY, STEADY_SECONDS)
            case "L2":
                found |= await mixed(site, peer, "peak", PEAK, PEAK_SECONDS)
            case "L3":
                found |= await crowd(site, peer)
            case "L4":
                found |= await spike(site)
            case "L5":
                found |= await hot_item(site, price)
            case "L7":
                found |= await knee(site, peer)
            case _:
                raise BenchError(f"There is no stage {stage}.")
    return found
