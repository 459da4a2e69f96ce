"""What memory costs: the context of an answer for a member with 500 facts and 1,000 conversations, and a call of /mcp against the API."""

import uuid
from typing import Any

import httpx

from askchopper import observability
from askchopper.database import autocommit, transaction
from askchopper.models.base import new_id
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import Asked, PageContext
from askchopper.services import access_tokens
from askchopper.services.assistant import context, member_context, questions
from askchopper.vocabulary import McpScope, Role, TokenScope
from bench.protocol import ROUNDS, Samples, median_ms
from bench.scratch import as_owner, database_of, fill
from tests.support.mcp import served

FACTS, CONVERSATIONS, OTHERS = 500, 1_000, 20
CALLS = 120
PACKS, FILES = 2_000, 4
_BPM = 120
_SEARCH = {"what": "sounds", "bpm_min": _BPM, "bpm_max": _BPM, "limit": 6}
_MEMBER = uuid.UUID(int=1)
_PLAIN = "Find me something dark for the bridge of my new track"
_BACK = "Remember when we talked about the tape drums last month?"
_FILL = (
    "INSERT INTO users (id, email, display_name, role) SELECT lpad(to_hex(n), 32, '0')::uuid, 'm' || n || '@example.test', 'M', 'member'"
    f" FROM generate_series(1, {OTHERS}) n",
    "INSERT INTO memory_entities (id, user_id, name, entity_type) SELECT md5('e' || n)::uuid, lpad(to_hex(n), 32, '0')::uuid, 'me', 'member'"
    f" FROM generate_series(1, {OTHERS}) n",
    "INSERT INTO memory_observations (id, user_id, entity_id, content, kind, origin, version)"
    " SELECT gen_random_uuid(), lpad(to_hex(u), 32, '0')::uuid, md5('e' || u)::uuid,"
    " 'Likes ' || (ARRAY['dusty','warm','dark','bright','tape','soft','hard','slow'])[n % 8 + 1] || ' sound number ' || n,"
    " (ARRAY['sound','note','gear','project'])[n % 4 + 1], 'chat', 1"
    f" FROM generate_series(1, {OTHERS}) u, generate_series(1, {FACTS}) n",
    "INSERT INTO conversations (id, user_id, title, is_named, is_pinned, is_temporary, talked_at)"
    " SELECT md5(u || 'c' || n)::uuid, lpad(to_hex(u), 32, '0')::uuid, 'About ' || n, false, false, false, now() - n * interval '5 hours'"
    f" FROM generate_series(1, {OTHERS}) u, generate_series(1, {CONVERSATIONS}) n",
    "INSERT INTO messages (id, conversation_id, role, status, writer, words, segments, document_ids, follow_ups, problem, model, rounds,"
    " input_tokens, output_tokens, cost_microdollars)"
    " SELECT gen_random_uuid(), c.id, CASE WHEN k % 2 = 1 THEN 'user' ELSE 'assistant' END, 'complete', 'model',"
    " 'Words about ' || (ARRAY['tape drums','warm keys','a bass line','vocals','a licence','mastering'])[k], '[]', '{}', '{}', '', '', 0, 0, 0, 0"
    " FROM conversations c, generate_series(1, 6) k",
    "INSERT INTO conversation_gists (conversation_id, user_id, gist, words, is_written, open_point, talked_at)"
    " SELECT id, user_id, 'Words about ' || title, 'Words about ' || title || (CASE WHEN title LIKE '%7' THEN ' tape drums' ELSE ' warm keys' END),"
    " false, '', talked_at FROM conversations",
    "INSERT INTO taste_weights (user_id, facet, value, kind, weight, times) SELECT lpad(to_hex(u), 32, '0')::uuid, facet, value, kind, 5, 5"
    f" FROM generate_series(1, {OTHERS}) u, (VALUES ('genre', 'techno'), ('genre', 'house'), ('tempo', '128'), ('tempo', '90'),"
    " ('key', 'A minor'), ('key', 'C major'), ('kind', 'loop')) t (facet, value), (VALUES ('play'), ('purchase'), ('search')) k (kind)",
    "VACUUM ANALYZE",
)


async def measure() -> dict[str, Samples]:
    """Measure the median per round, on a scratch cluster with 20 such members."""
    observability.configure(level="ERROR")
    facts = f"{FACTS} facts, {CONVERSATIONS:,} conversations, {OTHERS} such members"
    plain, back = Samples(note=facts), Samples(note=facts)
    mcp, search = (
        Samples(note="one connection, an empty library"),
        Samples(note=f"six sounds at {_BPM} BPM of {PACKS * FILES:,}"),
    )
    added = Samples(note="the context with them, less that of a temporary conversation")
    async with database_of() as socket_dir:
        fill(socket_dir, packs=PACKS, files=FILES, sellers=100)
        as_owner(socket_dir, *_FILL)
        viewer = Viewer(_MEMBER, None, "M", "m1@example.test", Role.MEMBER)
        row = as_owner(socket_dir, f"SELECT id FROM conversations WHERE user_id = '{_MEMBER}' LIMIT 1")
        conversation = row[0][0]
        async with transaction() as session:
            token = await access_tokens.create(
                session,
                viewer,
                name="bench",
                scopes=(TokenScope.READ,),
                mcp_scopes=(McpScope.LIBRARY, McpScope.CATALOGUE),
            )
        asked = await _asked(viewer)
        temporary = await _asked(viewer, is_temporary=True)
        async with (
            served() as base,
            httpx.AsyncClient(base_url=base, headers={"Authorization": f"Bearer {token}"}) as client,
        ):
            for _ in range(ROUNDS):
                plain.ours.append(await median_ms(lambda: _context(viewer, conversation, _PLAIN), CALLS))
                back.ours.append(await median_ms(lambda: _context(viewer, conversation, _BACK), CALLS))
                whole = await median_ms(lambda: _build(viewer, asked), CALLS)
                added.ours.append(whole - await median_ms(lambda: _build(viewer, temporary), CALLS))
                mcp.ours.append(await median_ms(lambda: _call(client, "my_library", {}), CALLS))
                mcp.peer.append(await median_ms(lambda: _get(client, "/me/library"), CALLS))
                search.ours.append(await median_ms(lambda: _call(client, "search_packs", _SEARCH), CALLS))
                search.peer.append(
                    await median_ms(lambda: _get(client, f"/search?bpm_min={_BPM}&bpm_max={_BPM}&limit=6"), CALLS)
                )
    return {"plain": plain, "back": back, "added": added, "mcp": mcp, "mcp_search": search}


async def _asked(viewer: Viewer, *, is_temporary: bool = False) -> Asked:
    async with transaction() as session:
        return await questions.ask(session, viewer, questions.Question(_PLAIN, new_id().hex, is_temporary=is_temporary))


async def _build(viewer: Viewer, asked: Asked) -> None:
    await context.build(viewer, asked, PageContext())


async def _context(viewer: Viewer, conversation: uuid.UUID, question: str) -> None:
    async with autocommit() as session:
        found = await member_context.build(session, viewer, conversation_id=conversation, question=question)
    assert found.memory.memories


async def _call(client: httpx.AsyncClient, tool: str, arguments: dict[str, Any]) -> None:
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": tool, "arguments": arguments},
    }
    headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}
    answer = await client.post("/mcp", json=body, headers=headers)
    assert answer.status_code == 200
    assert not answer.json()["result"].get("isError")


async def _get(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"/api/v1{path}")
    assert answer.status_code == 200
