"""Advice to a creator: one sentence per item, with the figure on which it is based."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, UUID
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.plurals import counted
from askchopper.schemas.analytics import Analytics, SoundStops

MOST = 4
# Audible findings, which may be the reason why listeners stop.
_AUDIBLE = [
    "damaged", "truncated", "loop_seam", "loop_length", "clipped", "over_full_scale", "bad_samples", "dc_offset", "leading_silence",
    "trailing_silence", "nearly_silent", "silent", "dead_channel", "anti_phase",
]  # fmt: skip
_FINDINGS = text("""
    SELECT DISTINCT ON (f.id) f.id, found.value->>'message' AS message
    FROM audio_files f JOIN analyses a ON a.sha256 = f.sha256 CROSS JOIN LATERAL jsonb_array_elements(a.findings) found
    WHERE f.id = ANY(:files) AND found.value->>'code' = ANY(:audible)
""").bindparams(bindparam("files", type_=ARRAY(UUID)))
_MIDDLE_PRICE = text("""
    SELECT p.price_tokens, g.name, (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY o.price_tokens) FROM packs o
        WHERE o.genre_slug = p.genre_slug AND o.status = 'published' AND o.price_tokens > 0) AS middle
    FROM packs p JOIN genres g ON g.slug = p.genre_slug WHERE p.slug = :slug
""")


@dataclass(frozen=True)
class Advice:
    """A sentence, and its sort weight: advice that concerns more people comes first."""

    sentence: str
    weight: int


async def advise(session: AsyncSession, found: Analytics, *, pack_slug: str = "") -> tuple[str, ...]:
    """Return at most ``MOST`` sentences of advice, most people concerned first; none if there is too little data.

    With ``pack_slug``, the figures are those of this pack, and its price is considered too.
    """
    advice = [*_unopened(found), *_near_terms(found), *await _stops(session, found.stops)]
    if pack_slug:
        advice += await _unsold(session, found, pack_slug)
    return tuple(one.sentence for one in sorted(advice, key=lambda one: -one.weight)[:MOST])


def _unopened(found: Analytics) -> list[Advice]:
    total = found.total
    heard = total.opened + total.played
    if total.shown < policy.ADVICE_SHOWN or heard >= total.shown * policy.ADVICE_HEARD_SHARE:
        return []
    sentence = f"Seen {counted(total.shown, 'time')}, but opened or played only {counted(heard, 'time')}: a clearer title, cover or first sound would help."
    return [Advice(sentence, total.shown)]


def _near_terms(found: Analytics) -> list[Advice]:
    return [
        Advice(
            f"Shown {counted(one.figures.shown, 'time')} to people who searched for “{one.value}”, and never opened: add these words to the title and tags, if they fit.",
            one.figures.shown,
        )
        for one in found.near_terms[:1]
        if one.figures.shown >= policy.ADVICE_TERM_SHOWN
    ]


async def _unsold(session: AsyncSession, found: Analytics, slug: str) -> list[Advice]:
    total = found.total
    if total.played < policy.ADVICE_PLAYS or total.bought:
        return []
    row = (await session.execute(_MIDDLE_PRICE, {"slug": slug})).one()
    if row.middle is None or row.price_tokens <= row.middle:
        return []
    sentence = f"Played {counted(total.played, 'time')} and never bought. The median price of {row.name} packs is {counted(row.middle, 'token')}; this one costs {row.price_tokens:,}."
    return [Advice(sentence, total.played)]


async def _stops(session: AsyncSession, stops: tuple[SoundStops, ...]) -> list[Advice]:
    peaks = {one.file_id: peak for one in stops if one.file_id and (peak := _peak(one)) is not None}
    if not peaks:
        return []
    reasons = await _reasons(session, tuple(peaks))
    return [
        _stop_advice(one, peaks[one.file_id], reasons.get(one.file_id, "")) for one in stops if one.file_id in peaks
    ]


def _peak(sound: SoundStops) -> int | None:
    """Return the section of a sound where most listeners stop.

    None if too few stopped, the section does not stand out, or it is so late that the sound counts as heard to the end.
    """
    if not sound.parts or sound.stopped < policy.ADVICE_STOPS:
        return None
    share = max(sound.parts)
    part = sound.parts.index(share)
    return part if share >= policy.ADVICE_STOP_SHARE and part < policy.COMPLETE_SHARE * len(sound.parts) else None


def _stop_advice(sound: SoundStops, part: int, reason: str) -> Advice:
    at = round(part * sound.length_seconds / len(sound.parts))
    share = round(100 * sound.parts[part])
    because = f" The check found: {reason[:1].lower()}{reason[1:]}" if reason else ""
    return Advice(f"{share}% of those who stop “{sound.title}” do so at {at // 60}:{at % 60:02}.{because}", sound.plays)


async def _reasons(session: AsyncSession, file_ids: tuple[str, ...]) -> Mapping[str, str]:
    rows = await session.execute(_FINDINGS, {"files": list(file_ids), "audible": _AUDIBLE})
    return {str(row.id): row.message for row in rows}
