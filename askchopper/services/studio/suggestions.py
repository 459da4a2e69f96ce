"""Suggests a draft's title, summary, description, genre and tags from file names and measurements.

Only empty fields and earlier suggestions are filled; nothing that a person wrote is changed.
"""

import re
import uuid
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.genres import GENRES
from askchopper.media.decode import file_name_hints
from askchopper.models.analysis import analyses
from askchopper.models.drafts import draft_files, draft_rows
from askchopper.plurals import counted
from askchopper.schemas.drafts import DraftFileDetail
from askchopper.services.studio import draft_views
from askchopper.vocabulary import FileKind

_KIND_WORDS = {FileKind.LOOP: ("loop", "loops"), FileKind.ONE_SHOT: ("one-shot", "one-shots"), FileKind.TRACK: ("track", "tracks")}  # fmt: skip
_INSTRUMENTS = (
    "808", "bass", "bell", "brass", "break", "chord", "clap", "drum", "flute", "fx", "guitar", "hat", "kick", "lead",
    "melody", "organ", "pad", "perc", "piano", "pluck", "rhodes", "riser", "snare", "strings", "sub", "synth", "texture",
    "top", "vocal", "vox",
)  # fmt: skip
_MOST_TAGS = 8
_NO_TITLE_WORDS = {"audio", "bounce", "export", "file", "final", "loop", "master", "mix", "sample", "untitled", "wav"}
# Used if neither tags nor file names contain a genre: the typical genre below each tempo in BPM.
_GENRE_BY_TEMPO = (
    (75, "downtempo"), (95, "boom-bap"), (112, "hip-hop"), (122, "deep-house"), (127, "house"), (138, "techno"),
    (150, "trap"), (160, "dubstep"), (185, "drum-and-bass"),
)  # fmt: skip


async def fill(session: AsyncSession, draft_id: uuid.UUID, files: Sequence[DraftFileDetail]) -> None:
    """Update empty and previously suggested fields of a draft, from its analysed sounds."""
    found = await session.execute(select(draft_rows).where(draft_rows.c.id == draft_id))
    draft = found.one()
    hints = await session.execute(
        select(analyses.c.hints).select_from(
            analyses.join(draft_files, draft_files.c.sha256 == analyses.c.sha256)
        ).where(draft_files.c.draft_id == draft_id)
    )  # fmt: skip
    tagged = [str(row.hints.get("genre") or "") for row in hints]
    genre = guess_genre(files, tagged)
    suggested = {
        "title": guess_title(files) or plain_title(files, genre),
        "genre_slug": genre,
        "summary": summary(files, genre),
        "description": description(files),
        "tags": guess_tags(files),
    }
    ours = [name for name in suggested if getattr(draft, name) in ("", [], draft.suggested.get(name))]
    values = {name: suggested[name] for name in ours if suggested[name]}
    await session.execute(
        update(draft_rows)
        .where(draft_rows.c.id == draft_id)
        .values(**values, suggested=suggested, updated_at=func.clock_timestamp())
    )
    await _shorten_titles(session, files)


async def _shorten_titles(session: AsyncSession, files: Sequence[DraftFileDetail]) -> None:
    """Remove the pack's name from titles derived from file names."""
    name = [word.lower() for word in guess_title(files).split()]
    for file in files:
        title = draft_views.title_within(file.file_name, name)
        if title != file.title and draft_views.is_suggested_title(file.title, file.file_name):
            changed = {"title": title, "updated_at": func.clock_timestamp()}
            await session.execute(update(draft_files).where(draft_files.c.id == file.id).values(**changed))


def guess_title(files: Sequence[DraftFileDetail]) -> str:
    """Return up to four words with which most file names begin; empty if there are none, or for a single file."""
    named = [file_name_hints.parse(file.file_name).words for file in files]
    shared: list[str] = []
    for words in zip(*named, strict=False):
        word, count = Counter(words).most_common(1)[0]
        if count * 2 <= len(named) or word in _NO_TITLE_WORDS or _instrument(word):
            break
        shared.append(word)
    return " ".join(word[:1].upper() + word[1:] for word in shared[:4])[:80] if len(named) > 1 else ""


def plain_title(files: Sequence[DraftFileDetail], genre: str) -> str:
    """Return a generic title such as ``House loops``, for file names without a common prefix; empty without genre or kinds."""
    counts = Counter(file.kind for file in files if file.kind)
    if not counts or not genre:
        return ""
    kind = counts.most_common(1)[0][0]
    return f"{GENRES[genre]} {_KIND_WORDS[kind][1]}" if kind else ""


def guess_genre(files: Sequence[DraftFileDetail], tagged: Sequence[str] = ()) -> str:
    """Return the genre slug most frequent in tags and file names, else the typical genre of the median tempo; empty without tempo."""
    texts = [*tagged, *(file.file_name for file in files)]
    counted: Counter[str] = Counter()
    for text in texts:
        words = f" {re.sub(r'[^a-z0-9]+', ' ', text.lower())} "
        counted.update(slug for slug in GENRES if f" {slug.replace('-', ' ')} " in words)
    if counted:
        return counted.most_common(1)[0][0]
    tempi = sorted(file.bpm for file in files if file.bpm)
    if not tempi:
        return ""
    usual = tempi[len(tempi) // 2]
    return next((slug for below, slug in _GENRE_BY_TEMPO if usual < below), "drum-and-bass")


def guess_tags(files: Sequence[DraftFileDetail]) -> list[str]:
    """Return up to ``_MOST_TAGS`` tags: instruments named in file names, most frequent first, and kinds of sound."""
    counted: Counter[str] = Counter()
    for file in files:
        counted.update({_instrument(word) for word in file_name_hints.parse(file.file_name).words} - {""})
    kinds = [_KIND_WORDS[kind][1] for kind in dict.fromkeys(file.kind for file in files) if kind]
    return [*(word for word, _ in counted.most_common(_MOST_TAGS - len(kinds))), *kinds]


def summary(files: Sequence[DraftFileDetail], genre: str) -> str:
    """Return a one-line summary of contents, genre, tempo range and keys; empty without kinds."""
    counts = Counter(file.kind for file in files if file.kind)
    things = [f"{count} {_KIND_WORDS[kind][count > 1]}" for kind, count in counts.most_common() if kind]
    if not things:
        return ""
    style = f" for {GENRES[genre].lower() if not GENRES[genre].isupper() else GENRES[genre]}" if genre else ""
    return f"{_listed(things)}{style}{_span(files)}."[:200]


def description(files: Sequence[DraftFileDetail]) -> str:
    """Return a description of the measured facts: length, tempo, keys, format and bars; empty before any analysis."""
    known = [file.measured for file in files if file.measured]
    if not known:
        return ""
    seconds = sum(each.duration_seconds or 0.0 for each in known)
    lines = [f"{len(files)} {'sound' if len(files) == 1 else 'sounds'}, {_minutes(seconds)} in all{_span(files)}."]
    rates = Counter((each.bit_depth, each.sample_rate_hz) for each in known if each.bit_depth and each.sample_rate_hz)
    if rates:
        bits, rate = rates.most_common(1)[0][0]
        lines.append(f"{bits} bit, {(rate or 0) / 1000:g} kHz.")
    bars = sorted({each.bars for each in known if each.bars})
    if bars:
        unit = "bar" if bars == [1] else "bars"
        lines.append(f"Loops of {_listed([str(count) for count in bars])} {unit}, cut to loop seamlessly.")
    return "\n".join(lines)


def _span(files: Sequence[DraftFileDetail]) -> str:
    tempi = sorted({round(file.bpm) for file in files if file.bpm})
    keys = list(dict.fromkeys(file.key for file in files if file.key))
    parts: list[str] = []
    if tempi:
        parts.append(f"{tempi[0]} BPM" if len(tempi) == 1 else f"{tempi[0]} to {tempi[-1]} BPM")
    if keys:
        parts.append(keys[0] if len(keys) == 1 else f"{len(keys)} keys")
    return f", {', '.join(parts)}" if parts else ""


def _instrument(word: str) -> str:
    return next((name for name in _INSTRUMENTS if word in {name, f"{name}s"}), "")


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _minutes(seconds: float) -> str:
    if seconds < 1:
        return "under a second"
    return counted(round(seconds), "second") if seconds < 90 else f"{seconds / 60:.0f} minutes"
