"""Export and import of a memory: native JSON, and the JSON Lines of the npm memory server."""

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import InvalidInputError
from askchopper.models.base import new_id, utc_now
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.memory import ImportReport, Relation
from askchopper.services.memory import forgetting, graph, rules
from askchopper.vocabulary import MemoryKind, MemoryOrigin

FORMAT = "askchopper-memory"
VERSION = 1
_REPORTED = 20
_Item = TypeVar("_Item")
_FOREIGN = "This is not a memory export. Choose a JSON file from Export, or the memory server's JSON lines."


@dataclass
class _Read:
    """Parsed contents of a file: observations by entity, relations, and unreadable lines."""

    types: dict[str, str] = field(default_factory=dict[str, str])
    observations: list[tuple[str, str, MemoryKind]] = field(default_factory=list[tuple[str, str, MemoryKind]])
    relations: list[Relation] = field(default_factory=list[Relation])
    refused: list[str] = field(default_factory=list[str])


async def export(session: AsyncSession, viewer: Viewer) -> dict[str, Any]:
    """Return the viewer's memory as one JSON object."""
    rows = await session.execute(_EXPORT, {"user": viewer.user_id})
    found = await graph.read_graph(session, viewer.user_id)
    return {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": utc_now().isoformat(),
        "memories": [
            {
                "about": "" if row.about == graph.MEMBER_ENTITY else row.about,
                "kind": row.kind,
                "text": row.content,
                "source": row.title or "",
                "created_at": row.created_at.isoformat(),
            }
            for row in rows
        ],
        "entities": [
            {"name": one.name, "type": one.entity_type} for one in found.entities if one.name != graph.MEMBER_ENTITY
        ],
        "relations": [
            {"from": one.from_name, "to": one.to_name, "type": one.relation_type} for one in found.relations
        ],
    }  # fmt: skip


async def export_lines(session: AsyncSession, viewer: Viewer) -> str:
    """Return the viewer's memory in the JSON Lines format of the npm memory server."""
    found = await graph.read_graph(session, viewer.user_id)
    lines: list[dict[str, Any]] = [
        {"type": "entity", "name": one.name, "entityType": one.entity_type, "observations": list(one.observations)}
        for one in found.entities
    ]
    lines += [
        {"type": "relation", "from": one.from_name, "to": one.to_name, "relationType": one.relation_type}
        for one in found.relations
    ]
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)


async def import_(
    session: AsyncSession, viewer: Viewer, content: bytes, *, is_lines: bool, is_dry_run: bool
) -> ImportReport:
    """Merge an export into the viewer's memory, or only report what would be added. Nothing is replaced or deleted.

    Args:
        session: a transaction.
        viewer: owner of the memory.
        content: the file.
        is_lines: whether it is the npm memory server's JSON lines.
        is_dry_run: only report.

    Raises:
        InvalidInputError: the file is too large, not a memory export, or of another version.
    """
    if len(content) > policy.MAX_MEMORY_IMPORT_BYTES:
        raise InvalidInputError(f"An import can be up to {policy.MAX_MEMORY_IMPORT_BYTES >> 20} MB.")
    read = _read_lines(content) if is_lines else _read_object(content)
    await graph.lock(session, viewer.user_id)
    added, known = await _merge(session, viewer.user_id, read, is_dry_run=is_dry_run)
    return ImportReport(added, known, tuple(read.refused[:_REPORTED]), len(read.refused), is_dry_run)


async def _merge(session: AsyncSession, user_id: uuid.UUID, read: _Read, *, is_dry_run: bool) -> tuple[int, int]:
    found = await graph.read_graph(session, user_id)
    existing = {(entity.name, content) for entity in found.entities for content in entity.observations}
    names, edges = {entity.name for entity in found.entities}, set(found.relations)
    wanted = list(dict.fromkeys(read.observations))
    new = [one for one in wanted if (one[0], one[1]) not in existing]
    edges_new = [one for one in dict.fromkeys(read.relations) if one not in edges]
    names_new = [name for name in read.types if name not in names and name != graph.MEMBER_ENTITY]
    new = _fitting(new, policy.MAX_MEMORIES - len(existing), "memories", read)
    edges_new = _fitting(edges_new, policy.MAX_MEMORY_RELATIONS - len(edges), "relations", read)
    names_new = _fitting(names_new, policy.MAX_MEMORY_ENTITIES - len(names), "entities", read)
    kept = names | set(names_new) | {graph.MEMBER_ENTITY}
    new = [one for one in new if one[0] in kept]
    known = len(wanted) + len(read.relations) + len(read.types) - len(new) - len(edges_new) - len(names_new)
    if not is_dry_run:
        await _store(session, user_id, read.types, names_new, new, edges_new)
    return len(new) + len(edges_new) + len(names_new), max(0, known)


def _fitting(items: list[_Item], room: int, what: str, read: _Read) -> list[_Item]:
    room = max(0, room)
    if len(items) > room:
        read.refused.append(f"{len(items) - room:,} {what} no longer fit.")
    return items[:room]


async def _store(
    session: AsyncSession,
    user_id: uuid.UUID,
    types: dict[str, str],
    names: Sequence[str],
    observations: Sequence[tuple[str, str, MemoryKind]],
    relations: Sequence[Relation],
) -> None:
    await graph.member_entity(session, user_id)
    await graph.ensure_entities(session, user_id, {name: types[name] for name in names})
    ids = await graph.entity_ids(session, user_id, list({name for name, _, _ in observations}))
    rows = [
        {
            "id": new_id(), "user": user_id, "entity": ids[name], "content": content, "kind": kind.value,
            "origin": MemoryOrigin.IMPORT.value,
        }
        for name, content, kind in observations
        if name in ids
    ]  # fmt: skip
    if rows:
        await session.execute(_STORE, rows)
        prints = [forgetting.fingerprint(user_id, content) for _, content, _ in observations]
        await session.execute(_REMEMBER, {"user": user_id, "prints": prints})
    if relations:
        await graph.relate(session, user_id, relations)


def _read_object(content: bytes) -> _Read:
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(_FOREIGN) from error
    if not isinstance(data, dict) or cast("dict[str, Any]", data).get("format") != FORMAT:
        raise InvalidInputError(_FOREIGN)
    given = cast("dict[str, Any]", data)
    if given.get("version") != VERSION:
        raise InvalidInputError("This export was made by a newer version.")
    read = _Read()
    for one in _objects(given.get("entities"), read):
        _take_entity(read, one.get("name"), one.get("type"))
    for one in _objects(given.get("memories"), read):
        about = one.get("about") or graph.MEMBER_ENTITY
        _take_observation(read, about, one.get("text"), one.get("kind"))
    for one in _objects(given.get("relations"), read):
        _take_relation(read, one.get("from"), one.get("to"), one.get("type"))
    return read


def _read_lines(content: bytes) -> _Read:
    read = _Read()
    lines = [line for line in content.decode("utf-8", errors="replace").splitlines() if line.strip()]
    for number, line in enumerate(lines, start=1):
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            read.refused.append(f"Line {number} is not JSON.")
            continue
        one = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
        if one.get("type") == "entity":
            _take_entity(read, one.get("name"), one.get("entityType"))
            observations = one.get("observations")
            for observation in cast("list[Any]", observations) if isinstance(observations, list) else []:
                _take_observation(read, one.get("name"), observation, None)
        elif one.get("type") == "relation":
            _take_relation(read, one.get("from"), one.get("to"), one.get("relationType"))
        else:
            read.refused.append(f"Line {number} is neither an entity nor a relation.")
    if lines and not (read.types or read.relations or read.observations):
        raise InvalidInputError(_FOREIGN)
    return read


def _objects(listed: Any, read: _Read) -> Iterable[dict[str, Any]]:
    if listed is not None and not isinstance(listed, list):
        read.refused.append("A part of the file is not a list.")
        return
    for one in cast("list[Any]", listed or []):
        if isinstance(one, dict):
            yield cast("dict[str, Any]", one)
        else:
            read.refused.append("An entry is not an object.")


def _take_entity(read: _Read, name: Any, kind: Any) -> None:
    if _is_name(name, read) and _is_name(kind, read):
        read.types.setdefault(name, kind)


def _take_observation(read: _Read, about: Any, content: Any, kind: Any) -> None:
    if not _is_name(about, read) or not _is_text(content, read, policy.MAX_MEMORY_CHARACTERS):
        return
    if about != graph.MEMBER_ENTITY:
        read.types.setdefault(about, "thing")
    known = kind in {one.value for one in MemoryKind}
    chosen = MemoryKind(kind) if known else MemoryKind.NOTE
    if about == graph.MEMBER_ENTITY and not known:
        chosen = rules.described(content, MemoryKind.NOTE).kind
    read.observations.append((about, content, chosen))


def _take_relation(read: _Read, from_name: Any, to_name: Any, kind: Any) -> None:
    if all(_is_name(value, read) for value in (from_name, to_name, kind)):
        read.relations.append(Relation(from_name, to_name, kind))


def _is_name(value: Any, read: _Read) -> bool:
    return _is_text(value, read, policy.MAX_MEMORY_NAME_CHARACTERS)


def _is_text(value: Any, read: _Read, longest: int) -> bool:
    if not isinstance(value, str) or not value.strip():
        read.refused.append("A name or text is missing.")
        return False
    try:
        graph.check_text(value, max_length=longest, what="A text")
    except InvalidInputError as error:
        read.refused.append(error.sentence)
        return False
    return True


_EXPORT = text("""
    SELECT o.kind, o.content, o.created_at, e.name AS about, c.title
    FROM memory_observations o JOIN memory_entities e ON e.id = o.entity_id
    LEFT JOIN messages m ON m.id = o.source_message_id
    LEFT JOIN conversations c ON c.id = m.conversation_id AND c.deleted_at IS NULL
    WHERE o.user_id = :user AND o.ended_at IS NULL ORDER BY o.position
""")
_STORE = text("""
    INSERT INTO memory_observations (id, user_id, entity_id, content, kind, origin, version)
    VALUES (:id, :user, :entity, :content, :kind, :origin, 1) ON CONFLICT DO NOTHING
""")
# Imported facts are no longer recorded as forgotten.
_REMEMBER = text("DELETE FROM forgotten_facts WHERE user_id = :user AND fingerprint = ANY(:prints)")
