"""The MCP server at /mcp, used with the official client over real HTTP."""

import httpx
import pytest

from askchopper.api.mcp import memory_tools
from askchopper.database import transaction
from askchopper.services import access_tokens
from askchopper.services.memory import choices, facts
from askchopper.vocabulary import McpScope, TokenScope
from tests.support.clients import api_client
from tests.support.factories import make_creator, make_pack, make_user
from tests.support.mcp import connected, make_key, served

pytestmark = pytest.mark.integration


async def test_token_sees_the_tools_of_its_scopes(db: None):
    member = await make_user()
    async with served() as base:
        seen = {}
        for scope in McpScope:
            async with connected(base, await make_key(member, scope)) as client:
                seen[scope] = {tool.name for tool in (await client.list_tools()).tools}
                assert (await client.call_tool("nope", {})).is_error
    assert {"search_packs", "find_similar", "pack_details", "file_details", "glossary_lookup"} <= seen[
        McpScope.CATALOGUE
    ]
    assert seen[McpScope.LIBRARY] == {
        "my_library",
        "my_wallet",
        "list_directory",
        "search_files",
        "get_file_info",
        "read_text_file",
    }
    assert seen[McpScope.MEMORY] == {"recall", "recall_conversations", *memory_tools.NAMES}
    assert seen[McpScope.SPOTIFY] == {"now_playing"}
    assert not any("propose_purchase" in names for names in seen.values())


async def test_assistant_searches_and_writes_memory(db: None):
    member = await make_user()
    pack = await make_pack(await make_creator(), title="Night Ferry")
    async with served() as base, connected(base, await make_key(member, McpScope.CATALOGUE, McpScope.MEMORY)) as client:
        found = await client.call_tool("search_packs", {"query": "night ferry"})
        assert found.structured_content is not None
        assert pack.slug in found.content[0].text
        made = await client.call_tool(
            "create_entities",
            {"entities": [{"name": "me", "entityType": "member", "observations": ["Has a modular"]}]},
        )
        assert made.structured_content == {
            "entities": [{"name": "me", "entityType": "member", "observations": ["Has a modular"]}]
        }
        assert "Has a modular" in (await client.call_tool("recall", {})).content[0].text
        assert (await client.read_resource("memory://knowledge-graph")).contents
        wrong = await client.call_tool("search_packs", {"nonsense": 1})
        assert wrong.is_error
    async with transaction() as session:
        (memory,) = (await facts.list_facts(session, member)).items
    assert (memory.text, memory.origin) == ("Has a modular", "client")


async def test_call_without_its_scope_is_refused(db: None):
    member = await make_user()
    async with served() as base, connected(base, await make_key(member, McpScope.CATALOGUE)) as client:
        for name, arguments in (("read_graph", {}), ("recall", {}), ("my_wallet", {}), ("now_playing", {})):
            result = await client.call_tool(name, arguments)
            assert result.is_error
            assert "lacks the scope" in result.content[0].text


async def test_paused_memory_answers_nothing(db: None):
    member = await make_user()
    async with transaction() as session:
        await facts.add(session, member, text_="Has a modular")
        await choices.change(session, member, is_paused=True)
    async with served() as base, connected(base, await make_key(member, McpScope.MEMORY)) as client:
        for name in ("read_graph", "recall"):
            result = await client.call_tool(name, {})
            assert (result.is_error, "modular" in result.content[0].text) == (True, False)


async def test_members_do_not_reach_each_others_memory(db: None):
    """Twenty tries at another member's memory, over the tools that take names, queries and ids."""
    owner, other = await make_user(), await make_user()
    async with transaction() as session:
        memory = await facts.add(session, owner, text_="Secret studio in Lisbon")
    tries: list[tuple[str, dict[str, object]]] = [
        ("read_graph", {}), ("search_nodes", {"query": ""}), ("search_nodes", {"query": "lisbon"}), ("search_nodes", {"query": "%"}),
        ("search_nodes", {"query": "' OR 1=1 --"}), ("open_nodes", {"names": ["me"]}), ("open_nodes", {"names": [str(owner.user_id)]}),
        ("open_nodes", {"names": ["me", owner.display_name]}), ("recall", {}), ("recall", {"about": "lisbon"}),
        ("recall", {"about": str(owner.user_id)}), ("recall", {"limit": 40}), ("recall_conversations", {"query": "lisbon"}),
        ("recall_conversations", {"query": "studio of another member"}),
        ("add_observations", {"observations": [{"entityName": "me", "contents": ["x"]}]}),
        ("delete_entities", {"entityNames": ["me"]}),
        ("delete_observations", {"deletions": [{"entityName": "me", "observations": ["Secret studio in Lisbon"]}]}),
        ("delete_relations", {"relations": []}), ("read_graph", {"user_id": str(owner.user_id)}),
        ("recall", {"user": str(owner.user_id)}),
    ]  # fmt: skip
    async with served() as base, connected(base, await make_key(other, McpScope.MEMORY)) as client:
        for name, arguments in tries:
            result = await client.call_tool(name, arguments)
            assert "Lisbon" not in "".join(part.text for part in result.content), (name, arguments)
        with pytest.raises(Exception, match="|".join(("not found", "Unknown"))):
            await client.read_resource(f"memory://{owner.user_id}")
    async with transaction() as session:
        assert [one.id for one in (await facts.list_facts(session, owner)).items] == [memory.id]


async def test_missing_revoked_and_api_tokens_are_refused(db: None):
    member = await make_user()
    api_only = await make_key(member, api=(TokenScope.READ,))
    mcp_only = await make_key(member, McpScope.MEMORY)
    revoked = await make_key(member, McpScope.MEMORY)
    async with transaction() as session:
        newest = (await access_tokens.list_tokens(session, member))[0]
        await access_tokens.revoke(session, member, token_id=newest.id)
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    async with served() as base, httpx.AsyncClient(base_url=base) as client:
        for key in ("", "ac_unknown", api_only, revoked, "x" * 10_000):
            answer = await client.post("/mcp", json=body, headers={"Authorization": f"Bearer {key}"} if key else {})
            assert answer.status_code == 401
            assert "resource_metadata=" in answer.headers["www-authenticate"]
        metadata = (await client.get("/.well-known/oauth-protected-resource/mcp")).json()
        assert metadata["scopes_supported"] == ["catalogue", "library", "memory", "spotify"]
        headers = {"Authorization": f"Bearer {mcp_only}", "Accept": "application/json, text/event-stream"}
        assert (await client.post("/mcp", json=body, headers=headers | {"Host": "evil.example"})).status_code == 421
        assert (
            await client.post("/mcp", json=body, headers=headers | {"Origin": "https://evil.example"})
        ).status_code == 403
        assert (await client.post("/mcp", content=b"x" * 1_100_000, headers=headers)).status_code == 413
        assert (await client.post("/mcp", content=b"{", headers=headers)).status_code == 400
    async with api_client() as client:
        refused = await client.get("/api/v1/me/memories", headers={"Authorization": f"Bearer {mcp_only}"})
    assert refused.status_code == 403
