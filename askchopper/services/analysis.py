"""Analyse stored sounds, save the results and notify the creator."""

import asyncio
import hashlib
import uuid
import zlib
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import routes
from askchopper.database import read_only, retrying, transaction
from askchopper.integrations import virus_scanner
from askchopper.integrations.blob_store import store
from askchopper.media import lazy_imports
from askchopper.media.sandbox import child_process, pool
from askchopper.models.analysis import analyses
from askchopper.models.catalogue import audio_files
from askchopper.models.drafts import draft_files, draft_rows
from askchopper.observability import log
from askchopper.plurals import counted, noun
from askchopper.schemas.drafts import DraftFileDetail
from askchopper.services import activity
from askchopper.services.studio import drafts, suggestions
from askchopper.vocabulary import DraftFileState, FileKind

if TYPE_CHECKING:
    from askchopper.media.pipeline import Analysis

_PIECE_BYTES = 1_048_576
# A sound on sale keeps its single tempo, so a tempo map is stored only if that tempo is within its range.
_CORRECT_TEMPO_MAP = text("""
    UPDATE audio_files f SET tempo_map = CASE WHEN f.kind = 'track' AND f.bpm BETWEEN span.lowest - 1 AND span.highest + 1
        THEN a.tempo_map ELSE '[]' END
    FROM analyses a, LATERAL (SELECT min((part ->> 1)::numeric) AS lowest, max((part ->> 1)::numeric) AS highest
        FROM jsonb_array_elements(a.tempo_map) part) span
    WHERE a.sha256 = f.sha256 AND f.sha256 = :sha256
        AND NOT EXISTS (SELECT FROM draft_files d WHERE d.id = f.id AND d.is_bpm_set)
""")
NEEDS_HELP = "We tried several times and could not analyse this file. Try again, or export it again."
TOO_DEMANDING = (
    "Measuring this file took more time or memory than its length allows. Try again, or cut or export it again."
)


class TooDemandingError(Exception):
    """A file cannot be measured within the resource limits for its length. The file may be valid; the analysis can be retried."""


async def analyse_file(file_id: uuid.UUID) -> None:
    """Analyse a sound of a draft. Does nothing if it was deleted or is already analysed.

    Raises:
        UnavailableError: the database or the blob store is unavailable.
        OSError: the stored file cannot be read.
        TooDemandingError: it needs more time or memory than its length allows.
        TimedOutError: the machine is too busy.
    """
    async with transaction() as session:
        begun = await session.execute(
            update(draft_files)
            .where(draft_files.c.id == file_id, draft_files.c.state.in_(("waiting", "analysing")))
            .values(state=DraftFileState.ANALYSING, updated_at=func.clock_timestamp())
            .returning(draft_files.c.sha256, draft_files.c.store_key, draft_files.c.file_name)
        )
        work = begun.one_or_none()
    if work is None:
        return
    async with store().local(work.store_key) as path:
        found = await _measure(path, work.file_name)
        crc32 = await asyncio.to_thread(_crc32, path)
    await _store_analysis(await _stored(work.sha256, found))
    await retrying(lambda session: _finish(session, file_id, crc32))
    log.info("analysis.done", file=str(file_id), status=found.status.value, cpu_seconds=round(found.cpu_seconds, 3))


async def mark_failed(file_id: uuid.UUID, *, reason: str = NEEDS_HELP) -> None:
    """Mark the unfinished analysis of a sound as failed and notify its creator."""
    async with transaction() as session:
        await _lock_draft(session, file_id)
        changed = await session.execute(
            update(draft_files)
            .where(draft_files.c.id == file_id, draft_files.c.state.in_(("waiting", "analysing")))
            .values(state=DraftFileState.FAILED, problem=reason, updated_at=func.clock_timestamp())
            .returning(draft_files.c.draft_id, draft_files.c.file_name)
        )
        row = changed.one_or_none()
        if row is not None:
            await _notify(session, row.draft_id, f"{row.file_name} could not be analysed.")
            await _fill_if_done(session, row.draft_id)


async def reanalyse(sha256: str) -> bool:
    """Re-analyse a file's content after an analyser upgrade. Values set by creators are kept.

    Returns:
        Whether a draft or pack still uses the content.

    Raises:
        UnavailableError, OSError, TooDemandingError, TimedOutError: see ``analyse_file``.
    """
    async with read_only() as session:
        sold = select(audio_files.c.master_key.label("key"), audio_files.c.download_name.label("name")).where(
            audio_files.c.sha256 == sha256
        )
        drafted = select(draft_files.c.store_key, draft_files.c.file_name).where(draft_files.c.sha256 == sha256)
        row = (await session.execute(drafted.union_all(sold).limit(1))).one_or_none()
    if row is None:
        return False
    async with store().local(row[0]) as path:
        found = await _measure(path, row[1])
    await _store_analysis(await _stored(sha256, found))
    await retrying(lambda session: _correct_sounds(session, sha256))
    return True


async def outdated(session: AsyncSession, *, pack_slug: str | None = None, is_all: bool = False) -> list[str]:
    """List the SHA-256 digests of sounds that the current analyser has not analysed, or of all sounds with ``is_all``.

    Covers drafts and packs, or only the pack with ``pack_slug``.

    Raises:
        NotFoundError: there is no such pack.
    """
    await lazy_imports.load("pipeline")
    from askchopper.media.pipeline import ANALYSER_VERSION  # noqa: PLC0415

    from_drafts = select(draft_files.c.sha256, draft_files.c.draft_id.label("pack_id"))
    known = select(audio_files.c.sha256, audio_files.c.pack_id).union(from_drafts).subquery()
    statement = select(known.c.sha256).distinct().outerjoin(analyses, analyses.c.sha256 == known.c.sha256)
    if not is_all:
        statement = statement.where((analyses.c.version < ANALYSER_VERSION) | analyses.c.version.is_(None))
    if pack_slug is not None:
        statement = statement.where(known.c.pack_id == await drafts.pack_id_of(session, pack_slug))
    return list((await session.execute(statement.order_by(known.c.sha256))).scalars())


async def _measure(path: Path, name: str) -> "Analysis":
    """Analyse in a sandboxed child process. A file with a virus, or one that crashes the process, gets a rejecting analysis.

    Raises:
        TooDemandingError: the file needs more time or memory than its length allows.
        UnavailableError: the virus scanner does not answer.
        TimedOutError: the machine is too busy; a later attempt may succeed.
    """
    await lazy_imports.load("pipeline", "measuring")
    from askchopper.media import measuring, pipeline  # noqa: PLC0415

    if virus := await virus_scanner.scan(path):
        log.warning("analysis.virus_found", virus=virus)
        return pipeline.refused("virus")
    try:
        return await pool.jobs.run(
            measuring.analyse_in_child, path, limits=measuring.LIMITS, name=name, with_previews=True
        )
    except child_process.TimedOutError:
        raise
    except child_process.LimitExceededError as error:
        raise TooDemandingError from error
    except child_process.SandboxError:
        return pipeline.refused("unsafe")


async def _stored(sha256: str, found: "Analysis") -> dict[str, Any]:
    """Store the previews and return the values of the analysis row."""
    keys = {"preview_key": "", "opus_key": ""}
    for column, content, ending in (
        ("preview_key", found.preview_mp3, "mp3"),
        ("opus_key", found.preview_opus, "ogg"),
    ):
        if content:
            keys[column] = f"previews/{sha256[:2]}/{hashlib.sha256(content).hexdigest()}.{ending}"
            await store().put(keys[column], content)
    return {**_row(sha256, found), **keys}


def _row(sha256: str, found: "Analysis") -> dict[str, Any]:
    facts, reading = found.facts, found.reading
    tempo, key, note = (reading.tempo, reading.key, reading.note) if reading else (None, None, None)
    hints = (found.name_hints, found.tag_hints)
    return {
        "sha256": sha256,
        "version": found.version,
        "status": found.status.value,
        "score": found.score,
        "findings": [{**asdict(each), "severity": each.severity.value} for each in found.findings],
        "hints": {
            "bpm": next((hint.bpm for hint in hints if hint.bpm), None),
            "key": next((hint.key.name for hint in hints if hint.key), None),
            "tonic": next((hint.tonic for hint in hints if hint.tonic is not None), note and note.midi % 12),
            "is_tonal": reading.is_tonal if reading else None,
            "metre": reading.metre.name if reading and reading.metre else None,
            "title": found.tag_hints.title,
            "genre": found.tag_hints.genre,
            "words": list(found.name_hints.words),
        },
        "kind": reading and reading.kind.value,
        "bpm": _decimal(tempo and tempo.bpm),
        "bpm_confidence": tempo and tempo.confidence,
        "bpm_alternative": _decimal(tempo and tempo.alternative_bpm),
        "tempo_map": [[one.start_seconds, one.bpm] for one in reading.tempo_map] if reading else [],
        "key": key and key.key.name,
        "key_confidence": key and key.confidence,
        "key_alternative": key.second.name if key and key.second else None,
        "note": note and note.midi,
        "note_cents": note and note.cents,
        "note_confidence": note and note.confidence,
        "bars": reading and reading.bars,
        "beats": reading and reading.beats,
        **{name: facts and getattr(facts, name) for name in _FACT_NAMES},
        "peak_dbfs": found.peak_dbfs,
        "true_peak_dbtp": found.true_peak_dbtp,
        "loudness_lufs": found.loudness_lufs,
        "treble_wall_hz": found.treble_wall_hz,
        "outline": found.outline,
        "embedding": [float(value) for value in reading.embedding] if reading else None,
        "embedding_version": _embedding_version() if reading else None,
        "cpu_seconds": found.cpu_seconds,
    }


async def _store_analysis(values: dict[str, Any]) -> None:
    """Save an analysis in its own transaction.

    An analysis belongs to the content, not to one draft. Completing a sound may wait for the draft's lock, which must
    not block other drafts with the same content in the meantime.
    """
    statement = upsert(analyses).values({**values, "analysed_at": func.now()})
    changed = {name: statement.excluded[name] for name in (*values, "analysed_at") if name != "sha256"}
    async with transaction() as session:
        await session.execute(statement.on_conflict_do_update(index_elements=["sha256"], set_=changed))


async def _correct_sounds(session: AsyncSession, sha256: str) -> None:
    """Update the root note of one-shots and the tempo map of tracks on sale from their analysis.

    Values set by the creator are kept. A tempo map that does not fit the tempo on sale becomes empty.
    """
    is_stated = exists().where(draft_files.c.id == audio_files.c.id, draft_files.c.is_note_set)
    await session.execute(
        update(audio_files)
        .where(
            audio_files.c.sha256 == analyses.c.sha256, audio_files.c.sha256 == sha256, audio_files.c.kind == FileKind.ONE_SHOT, ~is_stated,
        )
        .values(note=analyses.c.note, note_cents=analyses.c.note_cents)
    )  # fmt: skip
    await session.execute(_CORRECT_TEMPO_MAP, {"sha256": sha256})


async def _finish(session: AsyncSession, file_id: uuid.UUID, crc32: int) -> None:
    await _lock_draft(session, file_id)
    done = await session.execute(
        update(draft_files)
        .where(draft_files.c.id == file_id, draft_files.c.state == DraftFileState.ANALYSING)
        .values(
            state=DraftFileState.READY,
            problem="",
            crc32=crc32,
            # Not ``now()``, the start of the transaction: after waiting for the lock it would precede other changes, and the
            # editor, which polls for the latest time, would miss this one.
            updated_at=func.clock_timestamp(),
        )
        .returning(draft_files.c.draft_id)
    )
    draft_id = done.scalar_one_or_none()
    if draft_id is None:  # removed, given up, or finished by another worker meanwhile
        return
    lines = await _fill_if_done(session, draft_id)
    blocking = sum(line.blocks for line in lines)
    if blocking:
        await _notify(
            session,
            draft_id,
            f"{blocking} of {counted(len(lines), 'sound')} {noun(blocking, 'needs', 'need')} a fix before you can publish.",
        )


async def _lock_draft(session: AsyncSession, file_id: uuid.UUID) -> None:
    """Lock the draft of a file, before the file itself, in the order that all writers use.

    Files complete one at a time, so that the last one sees the results of all others.
    """
    draft_id = select(draft_files.c.draft_id).where(draft_files.c.id == file_id).scalar_subquery()
    await session.execute(select(draft_rows.c.id).where(draft_rows.c.id == draft_id).with_for_update())


async def _fill_if_done(session: AsyncSession, draft_id: uuid.UUID) -> tuple[DraftFileDetail, ...]:
    """If all sounds of a draft are analysed, fill in its suggestions and return the sounds; otherwise return none."""
    lines = await drafts.files(session, draft_id)
    if not all(line.is_done for line in lines):
        return ()
    await suggestions.fill(session, draft_id, lines)
    return lines


async def _notify(session: AsyncSession, draft_id: uuid.UUID, sentence: str) -> None:
    owner = await session.execute(select(draft_rows.c.user_id).where(draft_rows.c.id == draft_id))
    link = routes.draft(str(draft_id))
    await activity.notify(session, user_id=owner.scalar_one(), kind="analysis", sentence=sentence, link=link)


def _crc32(path: Path) -> int:
    total = 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            total = zlib.crc32(piece, total)
    return total


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(round(value, 2)))


def _embedding_version() -> int:
    from askchopper.media.analysis import embedding  # noqa: PLC0415 - brings in numpy and scipy

    return embedding.VERSION


_FACT_NAMES = (
    "container", "codec", "duration_seconds", "sample_rate_hz", "channels", "bit_depth", "bits_per_second", "is_lossless",
)  # fmt: skip
