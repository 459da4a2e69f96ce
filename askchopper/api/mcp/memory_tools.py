"""The nine tools of the memory server, drop-in compatible with ``@modelcontextprotocol/server-memory``.

``memory_tools.json`` is the reference server's own listing. Schemas are checked with jsonschema, as the reference checks them.
"""

import json
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.database import read_only, transaction
from askchopper.errors import AskChopperError
from askchopper.schemas.memory import Entity, Graph, Observations, Relation
from askchopper.services.memory import graph

_LISTING = Path(__file__).with_name("memory_tools.json")
Arguments = dict[str, Any]


@dataclass(frozen=True)
class Result:
    """Text, structured content and error flag of a call."""

    text: str
    structured: dict[str, Any] | None = None
    is_error: bool = False


@lru_cache(maxsize=1)
def listing() -> list[dict[str, Any]]:
    """Return the reference server's listing of its tools."""
    return json.loads(_LISTING.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _validators() -> dict[str, Draft7Validator]:
    return {tool["name"]: Draft7Validator(tool["inputSchema"]) for tool in listing()}


async def call(user_id: uuid.UUID, name: str, arguments: Arguments) -> Result:
    """Run a tool on the memory of a member. Errors are results, as with the reference server."""
    error = next(_validators()[name].iter_errors(arguments), None)  # pyright: ignore[reportUnknownMemberType] - partly typed
    if error is not None:
        place = ".".join(str(part) for part in error.absolute_path)
        where = f" at {place}" if place else ""
        return Result(
            f"MCP error -32602: Input validation error: Invalid arguments for tool {name}: {error.message[:300]}{where}",
            is_error=True,
        )
    try:
        async with (read_only if name in READING else transaction)() as session:
            return await _TOOLS[name](session, user_id, arguments)
    except AskChopperError as refusal:
        return Result(refusal.sentence, is_error=True)


async def _create_entities(session: AsyncSession, user_id: uuid.UUID, given: Arguments) -> Result:
    wanted = [Entity(one["name"], one["entityType"], tuple(one["observations"])) for one in given["entities"]]
    return _listed("entities", [_entity(one) for one in await graph.create_entities(session, user_id, wanted)])


async def _create_relations(session: AsyncSession, user_id: uuid.UUID, given: Arguments) -> Result:
    created = await graph.create_relations(session, user_id, _relations(given["relations"]))
    return _listed("relations", [_relation(one) for one in created])


async def _add_observations(session: AsyncSession, user_id: uuid.UUID, given: Arguments) -> Result:
    wanted = [Observations(one["entityName"], tuple(one["contents"])) for one in given["observations"]]
    added = await graph.add_observations(session, user_id, wanted)
    return _listed(
        "results", [{"entityName": one.entity_name, "addedObservations": list(one.contents)} for one in added]
    )


async def _delete_entities(session: AsyncSession, user_id: uuid.UUID, given: Arguments) -> Result:
    await graph.delete_entities(session, user_id, given["entityNames"])
    return _done("Entities deleted successfully")


async def _delete_observations(session: AsyncSession, user_id: uuid.UUID, given: Arguments) -> Result:
    wanted = [Observations(one["entityName"], tuple(one["observations"])) for one in given["deletions"]]
    await graph.delete_observations(session, user_id, wanted)
    return _done("Observations deleted successfully")


async def _delete_relations(session: AsyncSession, user_id: uuid.UUID, given: Arguments) -> Result:
    await graph.delete_relations(session, user_id, _relations(given["relations"]))
    return _done("Relations deleted successfully")


async def _read_graph(session: AsyncSession, user_id: uuid.UUID, _given: Arguments) -> Result:
    return _whole(await graph.read_graph(session, user_id))


async def _search_nodes(session: AsyncSession, user_id: uuid.UUID, given: Arguments) -> Result:
    return _whole(await graph.search_nodes(session, user_id, given["query"]))


async def _open_nodes(session: AsyncSession, user_id: uuid.UUID, given: Arguments) -> Result:
    return _whole(await graph.open_nodes(session, user_id, given["names"]))


_TOOLS: dict[str, Callable[[AsyncSession, uuid.UUID, Arguments], Awaitable[Result]]] = {
    "create_entities": _create_entities,
    "create_relations": _create_relations,
    "add_observations": _add_observations,
    "delete_entities": _delete_entities,
    "delete_observations": _delete_observations,
    "delete_relations": _delete_relations,
    "read_graph": _read_graph,
    "search_nodes": _search_nodes,
    "open_nodes": _open_nodes,
}
READING = {"read_graph", "search_nodes", "open_nodes"}
NAMES = tuple(_TOOLS)


def _listed(name: str, items: list[dict[str, Any]]) -> Result:
    return Result(as_text(items), {name: items})


def _done(message: str) -> Result:
    return Result(message, {"success": True, "message": message})


def _whole(found: Graph) -> Result:
    content = graph_content(found)
    return Result(as_text(content), content)


def graph_content(found: Graph) -> dict[str, Any]:
    """Return a graph in the reference server's form."""
    return {
        "entities": [_entity(one) for one in found.entities],
        "relations": [_relation(one) for one in found.relations],
    }


def as_text(value: Any) -> str:
    """Serialise a value as ``JSON.stringify(value, null, 2)`` does."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def _entity(one: Entity) -> dict[str, Any]:
    return {"name": one.name, "entityType": one.entity_type, "observations": list(one.observations)}


def _relation(one: Relation) -> dict[str, str]:
    return {"from": one.from_name, "to": one.to_name, "relationType": one.relation_type}


def _relations(given: Sequence[dict[str, str]]) -> list[Relation]:
    return [Relation(one["from"], one["to"], one["relationType"]) for one in given]
