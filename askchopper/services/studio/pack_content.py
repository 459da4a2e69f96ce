"""Converts a draft and its build output to the ``NewPack`` that the catalogue stores."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.models.analysis import analyses
from askchopper.models.catalogue import packs
from askchopper.models.drafts import draft_files
from askchopper.schemas.drafts import BuiltPack, DraftDetail, DraftFileDetail
from askchopper.schemas.publishing import NewFile, NewPack
from askchopper.schemas.text import transliterate
from askchopper.services.catalogue import pack_store
from askchopper.services.studio import preview
from askchopper.vocabulary import Certainty, FileKind, LicenceKind


async def new_pack(session: AsyncSession, draft: DraftDetail, built: BuiltPack) -> NewPack:
    """Build the pack to publish from a draft and its analysed files; files that are not analysed or have no kind are left out."""
    broadcast = preview.broadcast_price(draft)
    return NewPack(
        slug=draft.pack_slug or await _free_slug(session, draft),
        title=draft.title,
        genre_slug=draft.genre_slug,
        price_tokens=draft.price_tokens,
        files=await _new_files(session, draft),
        summary=draft.summary,
        description=draft.description,
        tags=draft.tags,
        cover_key=built.cover_key,
        cover_hue=built.cover_hue,
        preview_key=built.preview_key,
        preview_peaks=built.preview_peaks,
        preview_seconds=built.preview_seconds,
        offers={LicenceKind.BROADCAST: broadcast} if broadcast else {},
    )


async def _new_files(session: AsyncSession, draft: DraftDetail) -> tuple[NewFile, ...]:
    rows = await session.execute(
        select(
            draft_files,
            *(
                analyses.c[name]
                for name in (
                    *_COPIED,
                    "preview_key",
                    "score",
                    "bpm_confidence",
                    "key_confidence",
                    "note_cents",
                    "tempo_map",
                )
            ),
        )
        .select_from(draft_files.join(analyses, analyses.c.sha256 == draft_files.c.sha256))
        .where(draft_files.c.draft_id == draft.id)
    )
    by_id = {row.id: row for row in rows}
    return tuple(
        _new_file(draft, line, by_id[line.id]) for line in draft.files if line.id in by_id and line.kind is not None
    )


def _new_file(draft: DraftDetail, line: DraftFileDetail, row: Any) -> NewFile:
    ending = row.store_key.rpartition(".")[2]
    return NewFile(
        id=line.id,
        title=line.title,
        kind=FileKind(line.kind),
        price_tokens=min(draft.sound_price_tokens, draft.price_tokens)
        if line.price_tokens is None
        else line.price_tokens,
        format=ending,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        crc32=row.crc32,
        master_key=row.store_key,
        preview_key=row.preview_key,
        peaks=row.outline,
        download_name=_download_name(draft, line, ending),
        bpm=pack_store.round_bpm(line.bpm),
        key=line.key,
        note=line.note,
        # The cents belong to the measured note.
        note_cents=row.note_cents if line.measured and line.note == line.measured.note else None,
        tempo_map=row.tempo_map if line.kind is FileKind.TRACK and not row.is_bpm_set else [],
        quality=row.score,
        certainty=_certainty(line, row),
        **{name: getattr(row, name) for name in _COPIED if name != "outline"},
    )


def _certainty(line: DraftFileDetail, row: Any) -> Certainty:
    """Return CONFIRMED if the creator stated a value, LOW if tempo or key was measured with low confidence, else MEASURED."""
    if row.is_bpm_set or row.is_key_set or row.is_note_set:
        return Certainty.CONFIRMED
    doubts = (
        line.bpm is not None and (row.bpm_confidence or 0.0) < policy.SURE_CONFIDENCE,
        line.key is not None and (row.key_confidence or 0.0) < policy.SURE_CONFIDENCE,
    )
    return Certainty.LOW if any(doubts) else Certainty.MEASURED


def _download_name(draft: DraftDetail, line: Any, ending: str) -> str:
    """Return a file name with values that samplers parse: ``askchopper_ridge-line_130_kick-room_Amin.wav``."""
    parts = ["askchopper", pack_store.slugify(transliterate(draft.title))[:40]]
    if line.bpm:
        parts.append(f"{line.bpm:g}")
    parts.append(pack_store.slugify(transliterate(line.title))[:40])
    if line.key:
        letter, mode = line.key.split()
        parts.append(letter.replace("#", "s") + mode[:3])
    return f"{'_'.join(parts)}.{ending}"


async def _free_slug(session: AsyncSession, draft: DraftDetail) -> str:
    """Return a slug for the title; if another pack has it, with the end of the draft's id appended."""
    slug = pack_store.slugify(draft.title)
    taken = await session.execute(select(packs.c.id).where(packs.c.slug == slug))
    return slug if taken.one_or_none() is None else f"{slug}-{draft.id.hex[-6:]}"


_COPIED = (
    "duration_seconds", "sample_rate_hz", "channels", "bit_depth", "loudness_lufs", "peak_dbfs", "outline",
)  # fmt: skip
