"""Example sounds of terms from the catalogue, selected by a rule per term and refreshed every night.

A term whose rule finds fewer than two sounds has no examples: none are better than wrong ones.
"""

import tomllib
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import database
from askchopper.genres import GENRES
from askchopper.media.analysis import brightness
from askchopper.models.analysis import analyses
from askchopper.models.catalogue import audio_files, pack_tags, packs, tags
from askchopper.models.learning import term_examples
from askchopper.observability import log
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import FileRow
from askchopper.schemas.glossary import ExampleRule
from askchopper.services.catalogue import cards
from askchopper.services.knowledge import glossary
from askchopper.vocabulary import FileKind

LEAST, MOST = 2, 4  # examples of a term
_CANDIDATES = 60  # the most popular sounds that a rule finds
_PATH = Path(__file__).with_name("example_rules.toml")


@lru_cache(maxsize=1)
def rules() -> dict[str, ExampleRule]:
    """Load and validate the rules, by name.

    Raises:
        ValueError: a rule is invalid, or a term refers to a rule that does not exist.
    """
    found = {name: _rule(name, row) for name, row in tomllib.loads(_PATH.read_text(encoding="utf-8")).items()}
    missing = {entry.rule for entry in glossary.all_entries() if entry.rule} - set(found)
    if missing:
        raise ValueError(f"Examples: no rule is called {sorted(missing)}.")
    return found


def _rule(name: str, row: dict[str, Any]) -> ExampleRule:
    low, high = row.get("bpm", (0.0, 0.0))
    rule = ExampleRule(
        name, words=tuple(row.get("words", ())), without=tuple(row.get("without", ())), kind=row.get("kind", ""), genres=tuple(row.get("genres", ())), tags=tuple(row.get("tags", ())),
        mode=row.get("mode", ""), bpm=(low, high) if high else None, has_key=row.get("has_key"), format=row.get("format", ""),
        brightness=tuple(row["brightness"]) if "brightness" in row else None,
    )  # fmt: skip
    is_open = not (rule.words or rule.kind or rule.genres or rule.tags or rule.mode or rule.format)
    if set(rule.genres) - set(GENRES) or is_open or (rule.kind and rule.kind not in set(FileKind)):
        raise ValueError(f"Examples: the rule {name!r} has no condition, or a genre or kind that does not exist.")
    return rule


def conditions(rule: ExampleRule) -> list[ColumnElement[bool]]:
    """Return the SQL conditions of a rule, for published sounds."""
    found: list[ColumnElement[bool]] = [cards.IS_PUBLISHED, audio_files.c.published_at.is_not(None)]
    if rule.words:  # weight A is the sound's own title
        found.append(audio_files.c.search.op("@@")(func.to_tsquery("simple", _any_of(rule.words))))
    if rule.without:
        found.append(audio_files.c.search.op("@@")(func.to_tsquery("simple", f"!({_any_of(rule.without)})")))
    if rule.kind:
        found.append(audio_files.c.kind == rule.kind)
    if rule.genres:
        found.append(audio_files.c.genre_slug.in_(rule.genres))
    if rule.tags:
        tagged = (
            select(pack_tags.c.pack_id)
            .join(tags, tags.c.slug == pack_tags.c.tag_slug)
            .where(tags.c.name.in_(rule.tags))
        )
        found.append(packs.c.id.in_(tagged))
    if rule.mode:
        found.append(audio_files.c.key.like(f"% {rule.mode}"))
    if rule.bpm:
        found.append(audio_files.c.bpm.between(*rule.bpm))
    if rule.has_key is not None:
        found.append(audio_files.c.key.is_not(None) if rule.has_key else audio_files.c.key.is_(None))
    if rule.format:
        found.append(audio_files.c.format == rule.format)
    return found


def _any_of(words: tuple[str, ...]) -> str:
    return " | ".join(f"{word}:A" for word in words)


async def find(session: AsyncSession, rule: ExampleRule) -> list[Any]:
    """Find the sound ids of a rule's examples: up to ``MOST`` popular sounds, from different packs where possible.

    Since titles can be wrong, sounds measured as too dark or too bright for the rule are excluded. Returns none if
    fewer than ``LEAST`` are left.
    """
    rows = await session.execute(
        select(audio_files.c.id, audio_files.c.pack_id, analyses.c.embedding, analyses.c.embedding_version)
        .select_from(cards.FILES.outerjoin(analyses, analyses.c.sha256 == audio_files.c.sha256))
        .where(*conditions(rule))
        .order_by(audio_files.c.popularity.desc(), audio_files.c.id.desc())
        .limit(_CANDIDATES)
    )
    by_pack: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        if _has_brightness(rule, row):
            by_pack[row.pack_id].append(row.id)
    rounds = [files[turn] for turn in range(MOST) for files in by_pack.values() if turn < len(files)]
    return rounds[:MOST] if len(rounds) >= LEAST else []


def _has_brightness(rule: ExampleRule, row: Any) -> bool:
    if rule.brightness is None or row.embedding is None or row.embedding_version != brightness.VERSION:
        return True
    low, high = rule.brightness
    return low <= brightness.hertz(row.embedding) <= high


async def refresh() -> int:
    """Recompute the examples of all terms; returns the number of terms with examples."""
    async with database.read_only(timeout_seconds=None) as session:
        found = {name: await find(session, rule) for name, rule in rules().items()}
    rows = [
        {"term": entry.slug, "position": place, "file_id": file_id}
        for entry in glossary.all_entries()
        for place, file_id in enumerate(found.get(entry.rule, ()), 1)
    ]
    async with database.transaction(timeout_seconds=None) as session:
        # A sound that was deleted in between must not fail the others.
        wanted = {row["file_id"] for row in rows}
        known = set((await session.execute(select(audio_files.c.id).where(audio_files.c.id.in_(wanted)))).scalars())
        await session.execute(delete(term_examples))
        if rows := [row for row in rows if row["file_id"] in known]:
            await session.execute(insert(term_examples), rows)
    count = len({row["term"] for row in rows})
    log.info("examples.refreshed", terms=count, rules=len(found), without=sum(not files for files in found.values()))
    return count


async def of_terms(
    session: AsyncSession, viewer: Viewer | None, slugs: Sequence[str]
) -> dict[str, tuple[FileRow, ...]]:
    """Return the examples that are still on sale, by term slug."""
    rows = await session.execute(
        cards.select_files(viewer)
        .add_columns(term_examples.c.term)
        .join(term_examples, term_examples.c.file_id == audio_files.c.id)
        .where(term_examples.c.term.in_(slugs), cards.IS_PUBLISHED, audio_files.c.published_at.is_not(None))
        .order_by(term_examples.c.term, term_examples.c.position)
    )
    found: dict[str, list[FileRow]] = defaultdict(list)
    for row in rows:
        found[row.term].append(cards.file_row(row))
    return {slug: tuple(files) for slug, files in found.items()}
