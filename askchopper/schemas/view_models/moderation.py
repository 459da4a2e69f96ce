"""View models of the moderation queue: rows with formatted values, built from ``schemas.moderation`` by the states."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from askchopper.moderation_vocabulary import ItemKind, TrustLevel
from askchopper.plurals import counted
from askchopper.schemas.catalogue import FileRow
from askchopper.schemas.moderation import CreatorTrust, ItemMessage, OwnDecision, QueueCounts, QueueItem, Twin
from askchopper.schemas.view_models import catalogue
from askchopper.schemas.view_models.catalogue import Sound
from askchopper.schemas.view_models.charts import percent
from askchopper.schemas.view_models.studio import DraftRow

KIND_WORDS = {
    ItemKind.PACK: "Pack", ItemKind.TWIN: "Near duplicate", ItemKind.REPORT: "Report", ItemKind.COMMENT: "Comment", ItemKind.ARTIST: "Artist page",
    ItemKind.REWARD: "Reward", ItemKind.APPEAL: "Appeal", ItemKind.NOTICE: "Legal notice",
}  # fmt: skip
TRUST_WORDS = {
    TrustLevel.WATCHED: "Watched: every pack is reviewed",
    TrustLevel.NEW: "New: the first pack is reviewed",
    TrustLevel.KNOWN: "Known: packs with a near duplicate are reviewed",
    TrustLevel.TRUSTED: "Trusted: packs are published at once",
}


@dataclass(frozen=True)
class QueueRow:
    """An item in the list of the queue."""

    item: str
    title: str
    facts: str
    since: str
    holder: str
    is_overdue: bool


@dataclass(frozen=True)
class TwinRow:
    """Two similar sounds on a common time scale; widths are relative to the longer one."""

    id: str
    mine: Sound
    theirs: Sound
    likeness: str
    my_width: str
    their_width: str


@dataclass(frozen=True)
class MessageRow:
    """A message about an item."""

    id: str
    author: str
    text: str
    when: str
    is_private: bool


@dataclass(frozen=True)
class DecisionRow:
    """A moderation decision for the member concerned."""

    id: str
    title: str
    facts: str
    note: str
    answer: str
    can_appeal: bool


def queue_row(item: QueueItem) -> QueueRow:
    """Format an item of the queue."""
    holder = "Claimed by you" if item.is_mine else f"Claimed by {item.held_by}" if item.held_by else ""
    owner = f", {item.owner}" if item.owner else ""
    return QueueRow(
        item=item.item, title=item.title or "Untitled", facts=f"{KIND_WORDS[item.kind]}{owner}", since=f"{item.since:%-d %b, %H:%M}",
        holder=holder, is_overdue=item.is_overdue,
    )  # fmt: skip


def kind_options(counts: QueueCounts) -> list[dict[str, str]]:
    """Return the options of the kind filter, each with its count; the first one selects all kinds."""
    kinds = [
        {"value": kind.value, "label": f"{words} ({counts.by_kind.get(kind, 0)})"} for kind, words in KIND_WORDS.items()
    ]
    return [{"value": "", "label": f"All kinds ({counts.total})"}, *kinds]


def twin_row(twin: Twin, theirs: FileRow, drafted: dict[str, DraftRow]) -> TwinRow | None:
    """Format a pair of similar sounds; None if the draft no longer has its sound."""
    mine = drafted.get(twin.draft_file_id)
    if mine is None:
        return None
    sound = replace(
        catalogue.sound_row(theirs).sound, title=twin.their_title, subtitle=f"{twin.their_pack}, {twin.their_creator}"
    )
    longest = max(mine.sound.seconds, sound.seconds, 0.001)
    return TwinRow(
        id=f"{twin.draft_file_id}-{twin.file_id}", mine=mine.sound, theirs=sound, likeness=f"{percent(twin.similarity)} similar",
        my_width=f"{100 * mine.sound.seconds / longest:.1f}%", their_width=f"{100 * sound.seconds / longest:.1f}%",
    )  # fmt: skip


def message_row(message: ItemMessage) -> MessageRow:
    """Format a message about an item."""
    when = f"{message.created_at:%-d %b, %H:%M}"
    return MessageRow(message.id, message.author, message.text, when, message.is_private)


def trust_facts(trust: CreatorTrust | None) -> dict[str, str]:
    """Format a creator's position on the trust ladder; empty values for other members."""
    if trust is None:
        return dict.fromkeys(("level", "facts", "chosen", "member"), "")
    packs = f"{counted(trust.packs, 'pack')} published"
    against = counted(trust.against, "decision")
    return {
        "level": TRUST_WORDS[trust.level],
        "facts": f"{packs}, {against} against them lately",
        "chosen": trust.level.value if trust.is_chosen else "",
        "member": trust.user_id,
    }


def decision_row(decision: OwnDecision) -> DecisionRow:
    """Format a moderation decision for the member concerned."""
    state = ""
    if decision.is_appealed:
        words = {None: "is waiting for another moderator", "approved": "was granted", "returned": "was refused"}
        state = f". Your appeal {words[decision.appeal_outcome]}"
    facts = f"{KIND_WORDS[decision.kind]}, {decision.decided_at:%-d %b %Y}{state}"
    return DecisionRow(
        decision.id, decision.title, facts, decision.note, decision.answer, can_appeal=decision.can_appeal
    )


def group_notes(rows: Sequence[DraftRow]) -> tuple[list[DraftRow], list[dict[str, str]]]:
    """Collect notes that several sounds share, and remove them from the rows.

    Returns:
        The rows, and a line with label and text for each of these notes.
    """
    counts = Counter(found.message for row in rows for found in row.findings if found.tone == "note")
    shared = {message: count for message, count in counts.items() if count > 1}
    left = [replace(row, findings=[found for found in row.findings if found.message not in shared]) for row in rows]
    lines = [
        {"label": f"Note on {'all ' if count == len(rows) else ''}{count} sounds", "text": message}
        for message, count in shared.items()
    ]
    return left, lines
