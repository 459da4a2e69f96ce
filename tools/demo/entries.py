"""Shapes of the demo catalogue and the small builders its tables are written with."""

import re
import unicodedata
from dataclasses import dataclass, replace

from askchopper.musical_key import MusicalKey
from askchopper.vocabulary import FileKind

_UNTUNED_SOUNDS = frozenset({"vinyl", "wind"})
_TUNED_PARTS = frozenset({"bass", "chords", "arp", "melody", "texture", "note", "chord-hit", "track"})


@dataclass(frozen=True)
class DemoCreator:
    """A person who sells packs.

    Args:
        slug: address of the profile.
        display_name: name as shown.
        place: where they work.
        bio: two or three sentences.
        email: sign-in address, always under ``askchopper.test``.
    """

    slug: str
    display_name: str
    place: str
    bio: str
    email: str


@dataclass(frozen=True)
class DemoFile:
    """One sound of a pack and the recipe that plays it.

    Args:
        title: name as shown, unique in the pack.
        kind: loop, one-shot or track.
        part: who plays: ``drums``, ``bass``, ``chords``, ``arp``, ``melody``, ``texture``,
            ``hit``, ``note``, ``chord-hit``, ``effect`` or ``track``.
        sound: instrument, drum or texture; a section of the kit for drum loops.
        line: groove, bass line, rhythm or pattern by name; the style's own when empty.
        bars: length of a loop or track, None for one-shots.
        price_tokens: price when bought alone.
        bpm: tempo, None for one-shots.
        key: musical key, None for drums and noises.
    """

    title: str
    kind: FileKind
    part: str
    sound: str = ""
    line: str = ""
    bars: int | None = None
    price_tokens: int = 0
    bpm: float | None = None
    key: MusicalKey | None = None

    @property
    def slug(self) -> str:
        """Title as an ASCII word for file names."""
        return slug_of(self.title)


@dataclass(frozen=True)
class DemoPack:
    """A pack of the demo catalogue.

    Args:
        title: name as shown.
        creator: slug of a ``DemoCreator``.
        genre: slug in ``genres.GENRES``.
        style: name in ``styles.STYLES``.
        tags: moods and instruments.
        summary: one sentence.
        description: what is in the pack, in a few sentences.
        price_tokens: price of the whole pack, 0 for a free one.
        bpm: tempo of its loops.
        key: key of its tonal sounds, None when it has none.
        roots: scale degrees of the progression.
        published_days_ago: age on the day of seeding.
        cover: style of the artwork, a name in ``covers.PAINTERS``.
        palette: name in ``covers.PALETTES``.
        files: sounds in their order.
    """

    title: str
    creator: str
    genre: str
    style: str
    tags: tuple[str, ...]
    summary: str
    description: str
    price_tokens: int
    bpm: float
    key: MusicalKey | None
    roots: tuple[int, ...]
    published_days_ago: int
    cover: str
    palette: str
    files: tuple[DemoFile, ...]

    @property
    def slug(self) -> str:
        """Title as an address."""
        return slug_of(self.title)


def slug_of(title: str) -> str:
    """Turn a title into lower-case ASCII words joined by dashes."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def key_of(text: str) -> MusicalKey:
    """Read a key such as ``F# minor``.

    Args:
        text: any spelling that ``MusicalKey.parse`` takes.

    Returns:
        The key.

    Raises:
        ValueError: not a key.
    """
    key = MusicalKey.parse(text)
    if key is None:
        raise ValueError(f"{text!r} is no key")
    return key


def loop(title: str, part: str, sound: str = "", *, tokens: int = 0, bars: int = 4, line: str = "") -> DemoFile:
    """Write a loop; tempo and key come from its pack."""
    return DemoFile(title, FileKind.LOOP, part, sound, line, bars, tokens)


def one_shot(title: str, part: str, sound: str, *, tokens: int = 0) -> DemoFile:
    """Write a one-shot; the key of a pitched one comes from its pack."""
    return DemoFile(title, FileKind.ONE_SHOT, part, sound, price_tokens=tokens)


def track(title: str, *, tokens: int = 0, bars: int = 12) -> DemoFile:
    """Write a short arrangement of the pack's loops."""
    return DemoFile(title, FileKind.TRACK, "track", bars=bars, price_tokens=tokens)


def with_frame(pack: DemoPack) -> DemoPack:
    """Give every file the tempo and key that follow from its pack."""
    return replace(pack, files=tuple(_framed(file, pack) for file in pack.files))


def _framed(file: DemoFile, pack: DemoPack) -> DemoFile:
    is_tuned = file.part in _TUNED_PARTS and file.sound not in _UNTUNED_SOUNDS
    return replace(
        file,
        bpm=None if file.kind is FileKind.ONE_SHOT else pack.bpm,
        key=pack.key if is_tuned else None,
    )
