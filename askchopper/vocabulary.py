"""Enums of the domain. Their values are stored and part of the API, so they must stay stable."""

from enum import StrEnum


class TokenScope(StrEnum):
    """Permissions of a personal access token."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"  # acts with its owner's role; without it, as a member


class McpScope(StrEnum):
    """MCP permissions of a personal access token."""

    CATALOGUE = "catalogue"
    LIBRARY = "library"
    MEMORY = "memory"
    SPOTIFY = "spotify"


class Role(StrEnum):
    """A user's permissions beyond their own data."""

    MEMBER = "member"
    MODERATOR = "moderator"
    ADMIN = "admin"


class PackStatus(StrEnum):
    """States of a pack; only ``PUBLISHED`` is visible to everyone."""

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
    """States of an upload. Only direct uploads to the store are checked afterwards, and can be refused then."""

    RECEIVING = "receiving"
    CHECKING = "checking"
    STORED = "stored"
    REFUSED = "refused"


class UploadPurpose(StrEnum):
    """What an upload is for: a sound of a pack, or a document for the assistant."""

    SOUND = "sound"
    DOCUMENT = "document"


class DraftState(StrEnum):
    """States of a draft. Only a ``DRAFT`` is editable; editing a published pack reopens its draft."""

    DRAFT = "draft"
    PUBLISHING = "publishing"
    IN_REVIEW = "in_review"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"


class DraftFileState(StrEnum):
    """States of a draft's file; a ``FAILED`` file needs the creator's attention."""

    WAITING = "waiting"
    ANALYSING = "analysing"
    READY = "ready"
    FAILED = "failed"


class FindingStatus(StrEnum):
    """Result of an analysis: accepted, accepted with warnings, or rejected."""

    ACCEPT = "accept"
    FLAG = "flag"
    REJECT = "reject"


class JobName(StrEnum):
    """Background jobs."""

    ANALYSE = "analyse"
    PUBLISH = "publish"
    UNPACK = "unpack"
    CHECK_UPLOAD = "check_upload"
    READ_DOCUMENT = "read_document"
    FORGET_DOCUMENT = "forget_document"
    DELETE_RELEASED = "delete_released"
    EXPORT_DATA = "export_data"
    SEND_FEEDBACK = "send_feedback"
    LEARN = "learn"
    TASTE = "taste"
    FEED = "feed"
    ANSWER_NOTICE = "answer_notice"


class Visibility(StrEnum):
    """Who can see a collection: everyone, everyone with its link, or its owner and collaborators."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    PRIVATE = "private"


class MailKind(StrEnum):
    """Kinds of mails that a member can turn on and off."""

    SALES = "sales"
    PACKS = "packs"
    ACCOUNT = "account"
    COMMUNITY = "community"  # comments, answers, mentions, reviews
    LIKES = "likes"  # and followers, collections
    DIGEST = "digest"  # of the feed
    FIGURES = "figures"  # of a creator's packs, every week
    NEWS = "news"


class FeedKind(StrEnum):
    """Kinds of events in the feed."""

    PACK = "pack"
    RELEASE = "release"
    PRICE = "price"
    COLLECTION = "collection"
    SEARCH = "search"


class ExportState(StrEnum):
    """States of a data export."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class DocumentKind(StrEnum):
    """Formats of documents."""

    PDF = "pdf"
    DOCX = "docx"
    TEXT = "text"
    MARKDOWN = "markdown"
    TABLE = "table"
    IMAGE = "image"
    AUDIO = "audio"


class DocumentState(StrEnum):
    """States of a document; a ``FAILED`` one has a reason."""

    READING = "reading"
    READY = "ready"
    FAILED = "failed"


class LicenceKind(StrEnum):
    """Licence levels; each includes the rights of the previous ones."""

    STANDARD = "standard"
    BROADCAST = "broadcast"


class PurchaseStatus(StrEnum):
    """A purchase is completed or refunded; purchases are never deleted."""

    COMPLETED = "completed"
    REFUNDED = "refunded"


class LedgerReason(StrEnum):
    """Reasons of ledger transactions."""

    TOP_UP = "top_up"
    GRANT = "grant"
    PURCHASE = "purchase"
    REFUND = "refund"
    TOP_UP_REVERSAL = "top_up_reversal"  # its payment was refunded or disputed
    DEBT_PAYMENT = "debt_payment"
    BONUS_EXPIRY = "bonus_expiry"
    BONUS_REVERSAL = "bonus_reversal"  # of a reward whose payment was refunded or disputed
    PAYOUT_REQUEST = "payout_request"
    PAYOUT = "payout"
    PAYOUT_REFUSAL = "payout_refusal"


class OrderStatus(StrEnum):
    """States of a token order. ``PAID`` and later states have been credited."""

    OPEN = "open"
    PROCESSING = "processing"  # the bank has not confirmed yet
    EXPIRED = "expired"
    FAILED = "failed"
    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"

    @property
    def is_credited(self) -> bool:
        """Whether the tokens of the order were credited."""
        return self in {OrderStatus.PAID, OrderStatus.PARTLY_REFUNDED, OrderStatus.REFUNDED, OrderStatus.DISPUTED}

    @property
    def is_waiting(self) -> bool:
        """Whether the payment can still arrive."""
        return self in {OrderStatus.OPEN, OrderStatus.PROCESSING}


class DisputeStatus(StrEnum):
    """States of a dispute over an order's payment."""

    NONE = "none"
    OPEN = "open"
    WON = "won"
    LOST = "lost"


class PayoutStatus(StrEnum):
    """States of a payout."""

    REQUESTED = "requested"
    PAID = "paid"
    REFUSED = "refused"


class AccountKind(StrEnum):
    """Ledger accounts; the first five belong to a user, the others to the platform."""

    SPENDABLE = "spendable"
    BONUS = "bonus"
    EARNINGS = "earnings"
    BONUS_EARNINGS = "bonus_earnings"
    DEBT = "debt"
    ISSUANCE = "issuance"
    BONUS_ISSUANCE = "bonus_issuance"
    FEES = "fees"
    PAYOUTS_DUE = "payouts_due"  # requested, not paid yet
    PAYOUTS = "payouts"


class DownloadKind(StrEnum):
    """Kinds of downloads."""

    FILE = "file"
    PACK_ZIP = "pack_zip"


class PackSort(StrEnum):
    """Sort orders of packs or sounds; a leading minus means descending."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"
    POPULAR = "popular"
    TOP_RATED = "top-rated"  # packs without votes come last; sounds have the order of their packs' popularity
    PRICE = "price"
    PRICE_DESC = "-price"
    BPM = "bpm"
    BPM_DESC = "-bpm"
    DURATION = "duration"
    DURATION_DESC = "-duration"
    FOR_YOU = "for-you"  # by the viewer's taste; most played without one


class Compatible(StrEnum):
    """How far the key of a match may be from the requested key."""

    OFF = "off"
    STRICT = "strict"
    WIDE = "wide"


class Certainty(StrEnum):
    """How reliable the tempo and key of a sound are."""

    CONFIRMED = "confirmed"
    MEASURED = "measured"
    LOW = "low"


class Owned(StrEnum):
    """Filter on ownership."""

    ONLY = "only"
    HIDE = "hide"


class SpaceState(StrEnum):
    """States of a similarity space."""

    FILLING = "filling"
    SERVING = "serving"
    RETIRED = "retired"


class TempoMatch(StrEnum):
    """How a tempo relates to the requested one."""

    EXACT = "exact"
    HALF = "half"
    DOUBLE = "double"


class ChatRole(StrEnum):
    """Author of a message."""

    USER = "user"
    ASSISTANT = "assistant"


class AnswerStatus(StrEnum):
    """Status of an answer; see ``services.assistant.answer_lifecycle``. Text can be incomplete in all states but ``COMPLETE``."""

    RUNNING = "running"
    COMPLETE = "complete"
    STOPPED = "stopped"  # by its reader
    CUT = "cut"  # the model's stream broke, or a length or time limit was reached
    INTERRUPTED = "interrupted"  # the server that wrote it stopped
    REFUSED = "refused"
    FAILED = "failed"

    @property
    def can_continue(self) -> bool:
        """Whether the answer can be continued."""
        return self in {AnswerStatus.STOPPED, AnswerStatus.CUT, AnswerStatus.INTERRUPTED}


class MemoryKind(StrEnum):
    """Topics of facts about a member."""

    GENRE = "genre"
    TEMPO = "tempo"
    KEY = "key"
    SOUND = "sound"
    GEAR = "gear"
    PROJECT = "project"
    WISH = "wish"
    DISLIKE = "dislike"
    NAME = "name"
    NOTE = "note"


class MemoryOrigin(StrEnum):
    """How an observation was added to a member's memory."""

    CHAT = "chat"
    MEMBER = "member"
    CLIENT = "client"  # an MCP client with a token of the member
    IMPORT = "import"


class MemoryEnd(StrEnum):
    """Why an observation is no longer current."""

    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    DELETED = "deleted"


class FeedbackSource(StrEnum):
    """Source of feedback: the error dialog, or the old application."""

    ERROR = "error"
    LEGACY = "legacy"


class Writer(StrEnum):
    """The generator of an answer."""

    MODEL = "model"
    OFFLINE = "offline"
