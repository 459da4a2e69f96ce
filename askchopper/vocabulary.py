"""Words and value types of the domain: enums, musical keys, tempo words.

Imports nothing of ours, so every floor may use it. Wire and database values are the enum values; keep them stable.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Role(StrEnum):
    """What a user may do beyond their own things."""

    MEMBER = "member"
    MODERATOR = "moderator"
    ADMIN = "admin"


class PackStatus(StrEnum):
    """Life of a pack; only ``PUBLISHED`` is visible to everyone."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"
    WITHDRAWN = "withdrawn"


class FileKind(StrEnum):
    """Kind of an audio file."""

    LOOP = "loop"
    ONE_SHOT = "one-shot"
    TRACK = "track"


class UploadState(StrEnum):
    """How far an upload is."""

    RECEIVING = "receiving"
    STORED = "stored"


class UploadPurpose(StrEnum):
    """What an upload becomes: a sound of a pack, or a document for the assistant."""

    SOUND = "sound"
    DOCUMENT = "document"


class DraftState(StrEnum):
    """Life of a pack in the studio. Only a ``DRAFT`` can be changed; a published pack is opened as one again."""

    DRAFT = "draft"
    PUBLISHING = "publishing"
    IN_REVIEW = "in_review"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"


class DraftFileState(StrEnum):
    """How far a file of a draft is; ``FAILED`` needs a person's help."""

    WAITING = "waiting"
    ANALYSING = "analysing"
    READY = "ready"
    FAILED = "failed"


class FindingStatus(StrEnum):
    """What an analysis concludes: fine, fine with a warning, or not taken."""

    ACCEPT = "accept"
    FLAG = "flag"
    REJECT = "reject"


class JobName(StrEnum):
    """Work that is done in the background."""

    ANALYSE = "analyse"
    PUBLISH = "publish"
    UNPACK = "unpack"
    READ_DOCUMENT = "read_document"
    FORGET_DOCUMENT = "forget_document"


class DocumentKind(StrEnum):
    """What a document is."""

    PDF = "pdf"
    DOCX = "docx"
    TEXT = "text"
    MARKDOWN = "markdown"
    TABLE = "table"
    IMAGE = "image"
    AUDIO = "audio"


class DocumentState(StrEnum):
    """How far a document is; a ``FAILED`` one says why."""

    READING = "reading"
    READY = "ready"
    FAILED = "failed"


class LicenceKind(StrEnum):
    """Licence levels on offer; each includes the rights of the ones before it."""

    STANDARD = "standard"
    BROADCAST = "broadcast"


class PurchaseStatus(StrEnum):
    """A purchase stands or was refunded; it is never deleted."""

    COMPLETED = "completed"
    REFUNDED = "refunded"


class LedgerReason(StrEnum):
    """Why tokens moved."""

    TOP_UP = "top_up"
    GRANT = "grant"
    PURCHASE = "purchase"
    REFUND = "refund"


class AccountKind(StrEnum):
    """Ledger accounts; the first four belong to a user, the others to the house."""

    SPENDABLE = "spendable"
    BONUS = "bonus"
    EARNINGS = "earnings"
    BONUS_EARNINGS = "bonus_earnings"
    ISSUANCE = "issuance"
    BONUS_ISSUANCE = "bonus_issuance"
    FEES = "fees"


class DownloadKind(StrEnum):
    """What was downloaded."""

    FILE = "file"
    PACK_ZIP = "pack_zip"


class PackSort(StrEnum):
    """Orders of a list of packs or sounds."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    POPULAR = "popular"
    PRICE = "price"
    BPM = "bpm"
    DURATION = "duration"


class Compatible(StrEnum):
    """How far from a wanted key a found one may be."""

    OFF = "off"
    STRICT = "strict"
    WIDE = "wide"


class Certainty(StrEnum):
    """How well tempo and key of a sound are known."""

    CONFIRMED = "confirmed"
    MEASURED = "measured"
    LOW = "low"


class Owned(StrEnum):
    """Whether to show what the viewer has."""

    ONLY = "only"
    HIDE = "hide"


class SpaceState(StrEnum):
    """Life of a similarity space."""

    FILLING = "filling"
    SERVING = "serving"
    RETIRED = "retired"


class TempoMatch(StrEnum):
    """How a tempo met the wanted one."""

    EXACT = "exact"
    HALF = "half"
    DOUBLE = "double"


class Mode(StrEnum):
    """Mode of a musical key."""

    MAJOR = "major"
    MINOR = "minor"


class ChatRole(StrEnum):
    """Whose words a message holds."""

    USER = "user"
    ASSISTANT = "assistant"


class AnswerStatus(StrEnum):
    """How an answer stands. All but the first two end with text that may be incomplete."""

    RUNNING = "running"
    COMPLETE = "complete"
    STOPPED = "stopped"  # by its reader
    CUT = "cut"  # the model's stream broke, or its length or time was used up
    INTERRUPTED = "interrupted"  # the server that wrote it went away
    REFUSED = "refused"
    FAILED = "failed"

    @property
    def can_continue(self) -> bool:
        """Whether more of it may be asked for."""
        return self in {AnswerStatus.STOPPED, AnswerStatus.CUT, AnswerStatus.INTERRUPTED}


class Writer(StrEnum):
    """Who wrote an answer."""

    MODEL = "model"
    OFFLINE = "offline"


_MAJOR_TONICS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINOR_TONICS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
_LETTER_PITCH = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_SPOKEN_ACCIDENTAL = {"#": " sharp", "b": " flat", "": ""}
_KEY_PATTERN = re.compile(
    r"^\s*([a-g])\s*(#|♯|b|♭|sharp|flat)?(?:[\s-]*(major|minor|maj|min|m)|(-))?\s*$",
    re.IGNORECASE,
)
_CAMELOT_PATTERN = re.compile(r"^\s*(1[0-2]|[1-9])\s*([ab])\s*$", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class MusicalKey:
    """One of the 24 major and minor keys; enharmonic spellings are the same key.

    Args:
        tonic: pitch class, 0 = C to 11 = B.
        mode: major or minor.
    """

    tonic: int
    mode: Mode

    @property
    def letter(self) -> str:
        """Tonic as musicians usually spell it in this mode, such as ``F#``."""
        names = _MAJOR_TONICS if self.mode is Mode.MAJOR else _MINOR_TONICS
        return names[self.tonic]

    @property
    def name(self) -> str:
        """Canonical name, as stored and sent: ``A minor``."""
        return f"{self.letter} {self.mode.value}"

    @property
    def short(self) -> str:
        """Name for tables: ``A min``."""
        return f"{self.letter} {self.mode.value[:3]}"

    @property
    def spoken(self) -> str:
        """Name for screen readers: ``F sharp minor``."""
        return f"{self.letter[0]}{_SPOKEN_ACCIDENTAL[self.letter[1:]]} {self.mode.value}"

    @property
    def camelot(self) -> str:
        """Position on the Camelot wheel: A minor is 8A, C major is 8B."""
        major_tonic = self.tonic if self.mode is Mode.MAJOR else (self.tonic + 3) % 12
        number = (major_tonic * 7 + 7) % 12 + 1
        return f"{number}{'B' if self.mode is Mode.MAJOR else 'A'}"

    def compatible(self, *, wide: bool = False) -> tuple["MusicalKey", ...]:
        """Keys that mix with this one: itself, one step either way on the wheel, the relative.

        Args:
            wide: also the two diagonal neighbours.
        """
        other = Mode.MINOR if self.mode is Mode.MAJOR else Mode.MAJOR
        relative_step = -3 if self.mode is Mode.MAJOR else 3
        relative = MusicalKey((self.tonic + relative_step) % 12, other)
        fifths = [MusicalKey((self.tonic + step) % 12, self.mode) for step in (7, 5)]
        keys = [self, *fifths, relative]
        if wide:
            keys += [MusicalKey((relative.tonic + step) % 12, other) for step in (7, 5)]
        return tuple(keys)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read ``Am``, ``a min``, ``A minor``, ``8A``, ``F♯ minor``, ``Bb``; None if it is no key."""
        if camelot := _CAMELOT_PATTERN.match(text):
            major_tonic = (int(camelot[1]) - 8) * 7 % 12
            if camelot[2].lower() == "b":
                return cls(major_tonic, Mode.MAJOR)
            return cls((major_tonic - 3) % 12, Mode.MINOR)
        match = _KEY_PATTERN.match(text)
        if match is None:
            return None
        accidental = (match[2] or "").lower()
        shift = {"#": 1, "♯": 1, "sharp": 1, "b": -1, "♭": -1, "flat": -1}.get(accidental, 0)
        tonic = (_LETTER_PITCH[match[1].lower()] + shift) % 12
        word = match[3] or match[4] or ""
        is_minor = word in {"m", "-"} or word.lower().startswith("min")
        return cls(tonic, Mode.MINOR if is_minor else Mode.MAJOR)


ALL_KEYS: tuple[MusicalKey, ...] = tuple(
    MusicalKey(tonic, mode) for mode in (Mode.MAJOR, Mode.MINOR) for tonic in range(12)
)
KEY_NAMES: tuple[str, ...] = tuple(key.name for key in ALL_KEYS)

GENRES: dict[str, str] = {
    "afrobeat": "Afrobeat",
    "amapiano": "Amapiano",
    "ambient": "Ambient",
    "boom-bap": "Boom bap",
    "breakbeat": "Breakbeat",
    "cinematic": "Cinematic",
    "deep-house": "Deep house",
    "disco": "Disco",
    "downtempo": "Downtempo",
    "drill": "Drill",
    "drum-and-bass": "Drum and bass",
    "dub-techno": "Dub techno",
    "dubstep": "Dubstep",
    "electro": "Electro",
    "funk": "Funk",
    "garage": "Garage",
    "hip-hop": "Hip hop",
    "house": "House",
    "jazz": "Jazz",
    "lo-fi": "Lo-fi",
    "pop": "Pop",
    "r-and-b": "R&B",
    "reggaeton": "Reggaeton",
    "rock": "Rock",
    "synthwave": "Synthwave",
    "techno": "Techno",
    "trance": "Trance",
    "trap": "Trap",
}
