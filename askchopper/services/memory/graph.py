"""A member's knowledge graph: the nine operations of the MCP reference memory server, on Postgres.

Same semantics as ``@modelcontextprotocol/server-memory`` 2026.8.31; differences are listed in ``docs/memory.md``. Every
operation is limited to one member. A member's writes are serialised, so that no concurrent one is lost.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.models.base import new_id
from askchopper.schemas.memory import Entity, Graph, Observations, Relation
from askchopper.services.memory import forgetting
from askchopper.vocabulary import MemoryKind, MemoryOrigin

# Facts about the member are observations of this entity.
MEMBER_ENTITY, MEMBER_TYPE = "me", "member"
FULL = (
    f"A memory can hold up to {policy.MAX_MEMORIES:,} observations, {policy.MAX_MEMORY_ENTITIES:,} entities and"
    f" {policy.MAX_MEMORY_RELATIONS:,} relations. Delete some first."
)
_MAX_ITEMS_OF_CALL = 500


async def create_entities(
    session: AsyncSession, user_id: uuid.UUID, entities: Sequence[Entity], *, origin: MemoryOrigin = MemoryOrigin.CLIENT
) -> tuple[Entity, ...]:
    """Create entities with their observations; returns those with new names.

    Raises:
        InvalidInputError: a value is too long or not storable, there are too many, or the memory is full.
    """
    _check(
        len(entities),
        (value for entity in entities for value in (entity.name, entity.entity_type)),
        entities_of(entities),
    )
    await lock(session, user_id)
    types = {entity.name: entity.entity_type for entity in reversed(entities)}  # of two with one name, the first counts
    new = await ensure_entities(session, user_id, {entity.name: types[entity.name] for entity in entities})
    made: list[Entity] = []
    for entity in entities:
        if (entity_id := new.pop(entity.name, None)) is not None:
            added = await observe(session, user_id, entity_id, entity.observations, origin=origin)
            made.append(Entity(entity.name, entity.entity_type, added))
    await refuse_if_full(session, user_id)
    return tuple(made)


async def create_relations(
    session: AsyncSession, user_id: uuid.UUID, relations: Sequence[Relation]
) -> tuple[Relation, ...]:
    """Create relations; returns the new ones. Their entities need not exist.

    Raises:
        InvalidInputError: a value is too long or not storable, there are too many, or the memory is full.
    """
    _check(len(relations), (value for one in relations for value in (one.from_name, one.to_name, one.relation_type)))
    await lock(session, user_id)
    created = await relate(session, user_id, relations)
    await refuse_if_full(session, user_id)
    return created


async def add_observations(
    session: AsyncSession, user_id: uuid.UUID, observations: Sequence[Observations]
) -> tuple[Observations, ...]:
    """Add observations to entities; returns the new ones, per entity.

    Raises:
        NotFoundError: an entity does not exist; nothing is added then.
        InvalidInputError: a value is too long or not storable, there are too many, or the memory is full.
    """
    _check(len(observations), (), (content for one in observations for content in one.contents))
    await lock(session, user_id)
    ids = await entity_ids(session, user_id, [one.entity_name for one in observations])
    for one in observations:
        if one.entity_name not in ids:
            raise NotFoundError(f"Entity with name {one.entity_name} not found")
    added = tuple(
        [
            Observations(
                one.entity_name,
                await observe(session, user_id, ids[one.entity_name], one.contents, origin=MemoryOrigin.CLIENT),
            )
            for one in observations
        ]
    )
    await refuse_if_full(session, user_id)
    return added


async def delete_entities(session: AsyncSession, user_id: uuid.UUID, names: Sequence[str]) -> None:
    """Delete entities with their observations and all their relations.

    Unknown names and those after the first ``_MAX_ITEMS_OF_CALL`` are ignored.
    """
    await lock(session, user_id)
    given = {"user": user_id, "names": list(names)[:_MAX_ITEMS_OF_CALL]}
    found = await session.execute(_OBSERVATIONS_OF, given)
    await forgetting.forget(session, user_id, [row.id for row in found])
    await session.execute(_DELETE_RELATIONS_OF, given)
    await session.execute(_DELETE_ENTITIES, given)


async def delete_observations(session: AsyncSession, user_id: uuid.UUID, deletions: Sequence[Observations]) -> None:
    """Delete observations; unknown ones and entries after the first ``_MAX_ITEMS_OF_CALL`` are ignored."""
    await lock(session, user_id)
    for one in list(deletions)[:_MAX_ITEMS_OF_CALL]:
        given = {"user": user_id, "name": one.entity_name, "contents": list(one.contents)}
        found = await session.execute(_OBSERVATIONS_LIKE, given)
        await forgetting.delete(session, user_id, [row.id for row in found])


async def delete_relations(session: AsyncSession, user_id: uuid.UUID, relations: Sequence[Relation]) -> None:
    """Delete relations; unknown ones and those after the first ``_MAX_ITEMS_OF_CALL`` are ignored."""
    await lock(session, user_id)
    await session.execute(_DELETE_RELATIONS, {"user": user_id, **_columns(list(relations)[:_MAX_ITEMS_OF_CALL])})


async def read_graph(session: AsyncSession, user_id: uuid.UUID) -> Graph:
    """Return the whole graph."""
    return await _load(session, user_id)


async def search_nodes(session: AsyncSession, user_id: uuid.UUID, query: str) -> Graph:
    """Return the entities whose name, type or an observation contains ``query``, ignoring case, and all their relations."""
    return _select(await _load(session, user_id), lambda entity: _contains(entity, query.lower()))


async def open_nodes(session: AsyncSession, user_id: uuid.UUID, names: Sequence[str]) -> Graph:
    """Return the entities with these names, and all relations from or to them; unknown names are ignored."""
    wanted = set(names)
    return _select(await _load(session, user_id), lambda entity: entity.name in wanted)


async def lock(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Serialise the writes to a member's memory until the transaction ends."""
    await session.execute(_LOCK, {"user": str(user_id)})


async def member_entity(session: AsyncSession, user_id: uuid.UUID) -> uuid.UUID:
    """Return the id of the entity that represents the member, creating it if needed. The memory must be locked."""
    await ensure_entities(session, user_id, {MEMBER_ENTITY: MEMBER_TYPE})
    return (await entity_ids(session, user_id, [MEMBER_ENTITY]))[MEMBER_ENTITY]


async def ensure_entities(session: AsyncSession, user_id: uuid.UUID, types: Mapping[str, str]) -> dict[str, uuid.UUID]:
    """Create missing entities with validated names; returns the ids of the created ones."""
    given = {
        "user": user_id, "ids": [new_id() for _ in types], "names": list(types), "types": list(types.values()),
    }  # fmt: skip
    return {row.name: row.id for row in await session.execute(_CREATE_ENTITIES, given)}


async def entity_ids(session: AsyncSession, user_id: uuid.UUID, names: Sequence[str]) -> dict[str, uuid.UUID]:
    """Return a member's entity ids by name, for the names that exist."""
    rows = await session.execute(_ENTITY_IDS, {"user": user_id, "names": list(names)})
    return {row.name: row.id for row in rows}


async def observe(
    session: AsyncSession, user_id: uuid.UUID, entity_id: uuid.UUID, contents: Sequence[str], *, origin: MemoryOrigin
) -> tuple[str, ...]:
    """Add observations to an entity; returns the new ones in order."""
    wanted = list(dict.fromkeys(contents))
    if not wanted:
        return ()
    added = await session.execute(
        _OBSERVE,
        {
            "user": user_id, "entity": entity_id, "ids": [new_id() for _ in wanted], "contents": wanted,
            "kind": MemoryKind.NOTE.value, "origin": origin.value,
        },
    )  # fmt: skip
    new = {row.content for row in added}
    return tuple(content for content in wanted if content in new)


async def relate(session: AsyncSession, user_id: uuid.UUID, relations: Sequence[Relation]) -> tuple[Relation, ...]:
    """Store relations with validated names; returns the new ones in order."""
    created = await session.execute(
        _CREATE_RELATIONS, {"user": user_id, "ids": [new_id() for _ in relations], **_columns(relations)}
    )
    new = {Relation(row.from_name, row.to_name, row.relation_type) for row in created}
    return tuple(one for one in dict.fromkeys(relations) if one in new)


async def refuse_if_full(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Require the memory to be within its limits after a write.

    Raises:
        InvalidInputError: it has too many observations, entities or relations.
    """
    row = (await session.execute(_COUNT, {"user": user_id})).one()
    if (
        row.observations > policy.MAX_MEMORIES
        or row.entities > policy.MAX_MEMORY_ENTITIES
        or row.relations > policy.MAX_MEMORY_RELATIONS
    ):
        raise InvalidInputError(FULL)


def entities_of(entities: Iterable[Entity]) -> Iterable[str]:
    """Yield the texts of all observations of the entities."""
    return (content for entity in entities for content in entity.observations)


def check_text(value: str, *, max_length: int = policy.MAX_MEMORY_CHARACTERS, what: str = "An observation") -> None:
    """Require that a text can be stored.

    Raises:
        InvalidInputError: the text is too long, or has a character that cannot be stored.
    """
    if len(value) > max_length:
        raise InvalidInputError(f"{what} can have at most {max_length:,} characters.")
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in value):
        raise InvalidInputError(f"{what} holds a character that cannot be stored.")


def _check(count: int, names: Iterable[str], contents: Iterable[str] = ()) -> None:
    if count > _MAX_ITEMS_OF_CALL:
        raise InvalidInputError(f"At most {_MAX_ITEMS_OF_CALL} at once.")
    for name in names:
        check_text(name, max_length=policy.MAX_MEMORY_NAME_CHARACTERS, what="A name or type")
    for number, content in enumerate(contents):
        if number >= policy.MAX_MEMORIES:
            raise InvalidInputError(FULL)
        check_text(content)


async def _load(session: AsyncSession, user_id: uuid.UUID) -> Graph:
    entities = await session.execute(_READ_ENTITIES, {"user": user_id})
    relations = await session.execute(_READ_RELATIONS, {"user": user_id})
    return Graph(
        tuple(Entity(row.name, row.entity_type, tuple(row.observations)) for row in entities),
        tuple(Relation(row.from_name, row.to_name, row.relation_type) for row in relations),
    )


def _select(graph: Graph, is_wanted: Callable[[Entity], bool]) -> Graph:
    entities = tuple(entity for entity in graph.entities if is_wanted(entity))
    names = {entity.name for entity in entities}
    return Graph(entities, tuple(one for one in graph.relations if one.from_name in names or one.to_name in names))


def _contains(entity: Entity, query: str) -> bool:
    return any(query in value.lower() for value in (entity.name, entity.entity_type, *entity.observations))


def _columns(relations: Sequence[Relation]) -> dict[str, list[str]]:
    return {
        "from_names": [one.from_name for one in relations],
        "to_names": [one.to_name for one in relations],
        "relation_types": [one.relation_type for one in relations],
    }


_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('memory:' || :user, 0))")
_CREATE_ENTITIES = text("""
    INSERT INTO memory_entities (id, user_id, name, entity_type)
    SELECT id, :user, name, entity_type FROM unnest(CAST(:ids AS uuid[]), CAST(:names AS text[]), CAST(:types AS text[]))
        WITH ORDINALITY AS given (id, name, entity_type, place)
    ORDER BY place ON CONFLICT (user_id, name) DO NOTHING RETURNING id, name
""")
_CREATE_RELATIONS = text("""
    INSERT INTO memory_relations (id, user_id, from_name, to_name, relation_type)
    SELECT id, :user, from_name, to_name, relation_type
    FROM unnest(CAST(:ids AS uuid[]), CAST(:from_names AS text[]), CAST(:to_names AS text[]), CAST(:relation_types AS text[]))
        WITH ORDINALITY AS given (id, from_name, to_name, relation_type, place)
    ORDER BY place ON CONFLICT (user_id, from_name, to_name, relation_type) DO NOTHING
    RETURNING from_name, to_name, relation_type
""")
_OBSERVE = text("""
    INSERT INTO memory_observations (id, user_id, entity_id, content, kind, origin, version)
    SELECT id, :user, :entity, content, :kind, :origin, 1
    FROM unnest(CAST(:ids AS uuid[]), CAST(:contents AS text[])) WITH ORDINALITY AS given (id, content, place)
    ORDER BY place ON CONFLICT DO NOTHING RETURNING content
""")
_ENTITY_IDS = text("SELECT id, name FROM memory_entities WHERE user_id = :user AND name = ANY(:names)")
_OBSERVATIONS_OF = text("""
    SELECT o.id FROM memory_observations o JOIN memory_entities e ON e.id = o.entity_id
    WHERE e.user_id = :user AND e.name = ANY(:names) AND o.ended_at IS NULL
""")
_OBSERVATIONS_LIKE = text("""
    SELECT o.id FROM memory_observations o JOIN memory_entities e ON e.id = o.entity_id
    WHERE e.user_id = :user AND e.name = :name AND o.content = ANY(:contents) AND o.ended_at IS NULL
""")
_DELETE_ENTITIES = text("DELETE FROM memory_entities WHERE user_id = :user AND name = ANY(:names)")
_DELETE_RELATIONS_OF = text(
    "DELETE FROM memory_relations WHERE user_id = :user AND (from_name = ANY(:names) OR to_name = ANY(:names))"
)
_DELETE_RELATIONS = text("""
    DELETE FROM memory_relations r
    USING unnest(CAST(:from_names AS text[]), CAST(:to_names AS text[]), CAST(:relation_types AS text[]))
        AS given (from_name, to_name, relation_type)
    WHERE r.user_id = :user AND r.from_name = given.from_name AND r.to_name = given.to_name
        AND r.relation_type = given.relation_type
""")
_READ_ENTITIES = text("""
    SELECT e.name, e.entity_type,
        coalesce(array_agg(o.content ORDER BY o.position) FILTER (WHERE o.id IS NOT NULL), '{}') AS observations
    FROM memory_entities e LEFT JOIN memory_observations o ON o.entity_id = e.id AND o.ended_at IS NULL
    WHERE e.user_id = :user GROUP BY e.id ORDER BY e.position
""")
_READ_RELATIONS = text(
    "SELECT from_name, to_name, relation_type FROM memory_relations WHERE user_id = :user ORDER BY position"
)
_COUNT = text("""
    SELECT (SELECT count(*) FROM memory_observations WHERE user_id = :user AND ended_at IS NULL) AS observations,
        (SELECT count(*) FROM memory_entities WHERE user_id = :user) AS entities,
        (SELECT count(*) FROM memory_relations WHERE user_id = :user) AS relations
""")
