"""Enums of the domain. Their values are stored and sent, so they must stay stable."""

from enum import StrEnum


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
