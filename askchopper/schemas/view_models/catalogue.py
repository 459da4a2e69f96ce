"""View models of the catalogue: rows and cards with formatted values, kept small for state deltas.

States build them from schemas; components render the text unchanged.
"""

import hashlib
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from askchopper import routes
from askchopper.musical_key import MusicalKey
from askchopper.plurals import counted
from askchopper.root_note import note_name, spoken_note
from askchopper.schemas.catalogue import Category, FileRow, PackCard
from askchopper.schemas.search import Hit, Match
from askchopper.vocabulary import FileKind

UNKNOWN = "-"
KIND_WORDS = {FileKind.LOOP: "Loop", FileKind.ONE_SHOT: "One-shot", FileKind.TRACK: "Track"}
# Peaks travel as one character a bar; 64 steps are more than a 32-pixel bar can show.
_PEAK_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_ENCODED_PEAKS = bytes(_PEAK_ALPHABET[min(63, peak // 2)] for peak in range(256))

SHELF_CARDS = 6  # on the landing page; see ``components.shelves.SIX``


@dataclass(frozen=True)
class Sound:
    """A playable item for the player; field names are those of the client component.

    The id of a pack's preview is ``pack:<slug>``.
    """

    id: str
    title: str
    subtitle: str
    href: str
    cover: str
    seconds: float
    peaks: str
    lufs: float | None
    isLoop: bool  # noqa: N815
    price: str
    bpm: str
    key: str
    isLiked: bool = False  # noqa: N815


@dataclass(frozen=True)
class SoundRow:
    """A waveform row with the id, tempo and key of its sound. ``match`` is set in results for a reference sound."""

    sound: Sound
    type: str
    key_spoken: str
    time: str
    is_owned: bool
    why: str = ""
    score: str = ""
    match: Match | None = None


@dataclass(frozen=True)
class Card:
    """A pack card."""

    id: str
    slug: str
    title: str
    href: str
    creator: str
    creator_href: str
    cover: str
    bpm: str
    key: str
    key_spoken: str
    price: str
    is_owned: bool
    sound: Sound
    likes: str = "0"
    why: str = ""  # of a recommendation


def sound_row(row: FileRow) -> SoundRow:
    """Format a sound as a waveform row."""
    key, key_spoken = pitch(row.key, row.note)
    return SoundRow(
        sound=Sound(
            id=row.id,
            title=row.title,
            subtitle=f"{row.pack.title}, {row.creator.name}",
            href=routes.pack(row.pack.slug),
            cover=row.cover_key,
            seconds=round(row.duration_seconds, 6),  # precise enough to loop at the exact sample
            peaks=encode_peaks(row.peaks),
            lufs=None if row.loudness_lufs is None else round(row.loudness_lufs, 1),
            isLoop=row.kind is FileKind.LOOP,
            price="" if row.owned else f"{row.price_tokens:,}",
            bpm=_row_tempo(row),
            key=key,
            isLiked=row.liked,
        ),
        type=KIND_WORDS[row.kind],
        key_spoken=key_spoken,
        time=clock(row.duration_seconds),
        is_owned=row.owned,
    )


def pitch(key: str | None, note: int | None) -> tuple[str, str]:
    """Return the key of a sound, or else its root note, as displayed and as spoken."""
    known = MusicalKey.parse(key) if key else None
    if known is not None:
        return known.short, known.spoken
    return (note_name(note), spoken_note(note)) if note is not None else (UNKNOWN, "key unknown")


def hit_row(hit: Hit) -> SoundRow:
    """Format a search hit, with its reasons and its similarity in percent."""
    score = "" if hit.score is None else f"{hit.score:.0%}"
    return replace(sound_row(hit.row), why=", ".join(hit.why), score=score, match=hit.match)


def card(pack: PackCard) -> Card:
    """Format a pack as a card view model."""
    first_key = MusicalKey.parse(pack.keys[0]) if len(pack.keys) == 1 else None
    keys_text = f"{len(pack.keys)} keys" if pack.keys else UNKNOWN
    return Card(
        id=pack.id,
        slug=pack.slug,
        title=pack.title,
        href=routes.pack(pack.slug),
        creator=pack.creator.name,
        creator_href=routes.creator(pack.creator.slug),
        cover=pack.cover_key,
        bpm=tempo_span(pack.bpm_min, pack.bpm_max),
        key=first_key.short if first_key else keys_text,
        key_spoken=first_key.spoken if first_key else keys_text,
        price=f"{pack.price_tokens:,}",
        is_owned=pack.owned,
        sound=pack_sound(pack),
        likes=f"{pack.like_count:,}",
    )


def pack_sound(pack: PackCard) -> Sound:
    """Return the preview of a pack as a sound for the player."""
    return Sound(
        id=f"pack:{pack.slug}",
        title=pack.title,
        subtitle=pack.creator.name,
        href=routes.pack(pack.slug),
        cover=pack.cover_key,
        seconds=round(pack.preview_seconds, 2),
        peaks=encode_peaks(pack.preview_peaks),
        lufs=None,
        isLoop=False,
        price="" if pack.owned else str(pack.price_tokens),
        bpm=tempo_span(pack.bpm_min, pack.bpm_max),
        key=UNKNOWN,
        isLiked=pack.liked,
    )


def encode_peaks(peaks: tuple[int, ...]) -> str:
    """Encode peaks, stored as bytes of 0 to 127, with one character each."""
    return bytes(peaks).translate(_ENCODED_PEAKS).decode()


def clock(seconds: float) -> str:
    """Format a duration as minutes and seconds; below 0.95 seconds, with one decimal."""
    if 0 < seconds < 0.95:
        return f"0:00.{max(1, round(seconds * 10))}"
    whole = max(0, round(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


def tempo(bpm: float | None) -> str:
    """Format a tempo rounded to whole BPM; a dash if it is unknown."""
    if bpm is None:
        return UNKNOWN
    return str(Decimal(str(bpm)).quantize(Decimal(1), ROUND_HALF_UP))


def _row_tempo(row: FileRow) -> str:
    tempos = [bpm for _, bpm in row.tempo_map]
    return tempo_span(min(tempos), max(tempos)) if tempos else tempo(row.bpm)


def social_image(pack: PackCard | None) -> str:
    """Return the path of the link-preview image of a pack; that of the site if there is no pack or it has no cover."""
    if pack is None or not pack.cover_key:
        return routes.SOCIAL_IMAGE
    drawn = f"{pack.title}|{pack.creator.name}|{pack.price_tokens}|{pack.bpm_min}|{pack.bpm_max}|{pack.keys}"
    return routes.social_card(pack.cover_key, version=hashlib.sha256(drawn.encode()).hexdigest()[:8])


def tempo_span(low: float | None, high: float | None) -> str:
    """Format a tempo range, or the single tempo."""
    first, last = tempo(low), tempo(high)
    return first if first == last else f"{first}-{last}"


def size(size_bytes: int) -> str:
    """Format a file size in kB or MB, in powers of 1,000."""
    if size_bytes < 100_000:
        return f"{max(1, round(size_bytes / 1000))} kB"
    megabytes = size_bytes / 1_000_000
    return f"{megabytes:.1f} MB" if megabytes < 10 else f"{megabytes:,.0f} MB"


def category_sentence(category: Category, *, packs: int, sounds: int) -> str:
    """Describe a genre or tag by its numbers of packs and sounds and its tempo range."""
    facts = [counted(packs, "pack"), counted(sounds, "sound")]
    if category.tempo:
        low, high = (round(bpm) for bpm in category.tempo)
        facts.append(f"mostly {low} BPM" if low == high else f"mostly {low} to {high} BPM")
    return " · ".join(facts)
