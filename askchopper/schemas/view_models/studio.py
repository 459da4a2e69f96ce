"""View models of the studio: rows with formatted values, built from ``schemas.drafts`` by the states."""

from dataclasses import dataclass

from askchopper import policy, routes
from askchopper.genres import GENRES
from askchopper.musical_key import MusicalKey
from askchopper.plurals import counted
from askchopper.root_note import note_name
from askchopper.schemas.analytics import Figures
from askchopper.schemas.catalogue import CreatorRef, PackCard
from askchopper.schemas.drafts import DraftDetail, DraftFileDetail, DraftSummary, FindingSummary, Measured
from askchopper.schemas.view_models import catalogue
from askchopper.schemas.view_models.catalogue import Card, Sound
from askchopper.vocabulary import DraftFileState, DraftState, FileKind

_STATUS = {
    DraftFileState.WAITING: "Waiting for analysis",
    DraftFileState.ANALYSING: "Analysing tempo and key",
    DraftFileState.FAILED: "Needs help",
}
STATE_WORDS = {
    DraftState.DRAFT: "Draft",
    DraftState.PUBLISHING: "Publishing",
    DraftState.IN_REVIEW: "In review",
    DraftState.SCHEDULED: "Scheduled",
    DraftState.PUBLISHED: "Published",
    DraftState.UNPUBLISHED: "Off sale",
}
_SHORT = {
    "clipped": "Clips", "clips_a_little": "Clips", "over_full_scale": "Too loud", "silent": "Silent", "nearly_silent": "Silent",
    "quiet": "Quiet", "truncated": "Cut off", "damaged": "Damaged", "store_damaged": "Copy damaged", "mono_as_stereo": "Mono", "dc_offset": "Off centre",
    "leading_silence": "Late start", "trailing_silence": "Long tail", "was_lossy": "Was an MP3", "band_limited": "Little treble", "lossy_format": "Compressed",
    "loop_length": "Loop length", "loop_seam": "Loop seam", "too_short": "Too short", "too_long": "Too long",
    "tempo_unsure": "Check tempo", "key_unsure": "Check key", "tempo_differs": "Tempo differs", "key_differs": "Key differs",
    "key_relative": "Check key", "key_unheard": "No pitch",
    "dead_channel": "One side silent", "anti_phase": "Out of phase", "bad_samples": "Broken samples",
    "low_sample_rate": "Low rate", "wrong_extension": "Wrong ending",
}  # fmt: skip

_SEVERITIES = {"bad": "Must fix", "warn": "Check", "note": "Note"}


@dataclass(frozen=True)
class FindingRow:
    """A finding shown below a sound's row."""

    file_id: str
    code: str
    short: str
    message: str
    tone: str
    severity: str
    is_kept: bool


@dataclass(frozen=True)
class Choice:
    """A suggested value that can be accepted with one click."""

    value: str
    label: str


@dataclass(frozen=True)
class DraftRow:
    """A draft's file. ``*_mark`` is ``sure``, ``check``, ``set`` or empty; ``key`` is the key or else the root note; ``*_choices``: alternatives."""

    id: str
    name: str
    title: str
    status: str
    is_waiting: bool
    is_failed: bool
    is_blocking: bool
    sound: Sound
    kind: str
    kind_mark: str
    bpm: str
    bpm_mark: str
    bpm_choices: list[Choice]
    key: str
    key_name: str
    key_mark: str
    pitch_mark: str
    key_choices: list[Choice]
    note: str
    note_mark: str
    note_detail: str
    price: str
    time: str
    facts: str
    findings: list[FindingRow]


@dataclass(frozen=True)
class StudioRow:
    """A pack in the studio's table."""

    id: str
    title: str
    href: str
    pack_href: str
    cover: str
    status: str
    tone: str
    detail: str
    figures: str
    sales: str
    plays: str
    earned: str
    is_draft: bool
    is_on_sale: bool
    can_discard: bool


def draft_row(file: DraftFileDetail, cover: str) -> DraftRow:
    """Format a file of a draft."""
    measured = file.measured
    key = MusicalKey.parse(file.key) if file.key else None
    note_mark = _mark(
        measured, file.note, is_set=file.is_note_set, confidence=measured.note_confidence if measured else 0.0
    )
    key_mark = _mark(
        measured, file.key, is_set=file.is_key_set, confidence=measured.key_confidence if measured else 0.0
    )
    return DraftRow(
        id=str(file.id), name=file.file_name, title=file.title, status=_status(file), is_waiting=not file.is_done,
        is_failed=file.state is DraftFileState.FAILED, is_blocking=file.is_done and file.blocks,
        sound=_sound(file, cover), kind=file.kind.value if file.kind else "", kind_mark="check" if file.is_kind_hinted else "",
        bpm=exact(file.bpm), bpm_mark=_mark(measured, file.bpm, is_set=file.is_bpm_set, confidence=measured.bpm_confidence if measured else 0.0),
        bpm_choices=_tempo_choices(file),
        key=catalogue.pitch(file.key, file.note)[0], key_name=key.name if key else "",
        key_mark=key_mark, pitch_mark=key_mark if key or file.note is None else note_mark, key_choices=_key_choices(file),
        note="" if file.note is None else note_name(file.note), note_mark=note_mark, note_detail=_note_detail(file), price="" if file.price_tokens is None else str(file.price_tokens),
        time=catalogue.clock(measured.duration_seconds) if measured and measured.duration_seconds else "",
        facts=_facts(measured), findings=[_finding(str(file.id), each) for each in file.findings],
    )  # fmt: skip


def exact(bpm: float | None) -> str:
    """Format a tempo with decimals; empty if there is none."""
    return "" if bpm is None else f"{bpm:g}"


def warnings(draft: DraftDetail) -> list[str]:
    """List the findings of severity ``warning`` that the creator did not dismiss, each after the title of its file."""
    return [
        f"{file.title}: {found.message}"
        for file in draft.files
        for found in file.findings
        if found.severity == "warning" and not found.is_kept
    ]


def preview_card(draft: DraftDetail, creator: str, drawn_cover: str = "") -> Card:
    """Format the pack's card for the preview."""
    bpms = [file.bpm for file in draft.files if file.bpm]
    return catalogue.card(
        PackCard(
            id=str(draft.id), slug=draft.pack_slug or "", title=draft.title or "Untitled pack", summary=draft.summary,
            creator=CreatorRef(slug="", name=creator), genre=GENRES.get(draft.genre_slug, ""), genre_slug=draft.genre_slug,
            tags=draft.tags, price_tokens=draft.price_tokens, file_count=len(draft.files),
            size_bytes=sum(file.size_bytes for file in draft.files), duration_seconds=0.0,
            bpm_min=min(bpms, default=None), bpm_max=max(bpms, default=None),
            keys=tuple(dict.fromkeys(file.key for file in draft.files if file.key)), cover_key=draft.cover_key or drawn_cover,
            cover_hue=draft.cover_hue, preview_seconds=0.0, preview_peaks=(), published_at=None, owned=False,
        )
    )  # fmt: skip


def studio_row(draft: DraftSummary, figures: Figures) -> StudioRow:
    """Format a pack in the studio's table; ``figures`` are those of the selected period."""
    plays, sales, earned = (
        f"{number:,}" if draft.pack_slug else catalogue.UNKNOWN
        for number in (figures.played, figures.sales, figures.net_tokens)
    )
    return StudioRow(
        id=str(draft.id), title=draft.title or "Untitled pack", href=routes.draft(str(draft.id)),
        pack_href=routes.pack(draft.pack_slug) if draft.pack_slug and draft.is_on_sale else "", cover=draft.cover_key,
        status=STATE_WORDS[draft.state], tone=_TONES[draft.state], detail=_detail(draft),
        figures=_figures(figures) if draft.pack_slug else "", sales=sales, plays=plays, earned=earned,
        is_draft=draft.state is DraftState.DRAFT, is_on_sale=draft.is_on_sale,
        can_discard=draft.pack_slug is None and draft.state is DraftState.DRAFT,
    )  # fmt: skip


def _status(file: DraftFileDetail) -> str:
    if file.state is DraftFileState.FAILED:
        return file.problem or _STATUS[file.state]
    if not file.is_done:
        return _STATUS[file.state]
    if file.blocks:
        return "Needs a fix"
    open_findings = sum(not each.is_kept and each.severity != "note" for each in file.findings)
    return f"Ready, {open_findings} to check" if open_findings else "Ready"


def _sound(file: DraftFileDetail, cover: str) -> Sound:
    measured = file.measured
    return Sound(
        id=str(file.id), title=file.title, subtitle=file.file_name, href="", cover=cover,
        seconds=round(measured.duration_seconds or 0.0, 6) if measured else 0.0,
        peaks=catalogue.encode_peaks(measured.outline) if measured else "",
        lufs=None if not measured or measured.loudness_lufs is None else round(measured.loudness_lufs, 1),
        isLoop=file.kind is FileKind.LOOP, price="", bpm="-", key="-",
    )  # fmt: skip


def _mark(measured: Measured | None, value: object, *, is_set: bool, confidence: float) -> str:
    if is_set:
        return "set"
    if measured is None or value is None:
        return ""
    return "sure" if confidence >= policy.SURE_CONFIDENCE else "check"


def _tempo_choices(file: DraftFileDetail) -> list[Choice]:
    measured = file.measured
    tempo = measured and (measured.bpm or measured.stated_bpm)
    if measured is None or tempo is None:
        return []
    offered = [tempo, measured.bpm_alternative, measured.stated_bpm, tempo / 2, tempo * 2]
    kept = dict.fromkeys(exact(round(bpm, 2)) for bpm in offered if bpm and 40 <= bpm <= 240)
    shown = exact(file.bpm) if not file.is_bpm_set and measured.bpm_confidence >= policy.SURE_CONFIDENCE else ""
    return [Choice(bpm, f"{bpm} BPM") for bpm in list(kept)[:4] if bpm != shown]


def _key_choices(file: DraftFileDetail) -> list[Choice]:
    measured = file.measured
    if measured is None:
        return []
    kept = dict.fromkeys(key for key in (measured.key, measured.key_alternative, measured.stated_key) if key)
    shown = file.key if not file.is_key_set and measured.key_confidence >= policy.SURE_CONFIDENCE else ""
    return [Choice(key, key) for key in kept if key != shown]


def _note_detail(file: DraftFileDetail) -> str:
    """Describe the measured root note: ``Measured F1, 12 cents sharp``. Empty without one, and for loops and tracks."""
    measured = file.measured
    if measured is None or measured.note is None or file.kind is not FileKind.ONE_SHOT:
        return ""
    cents = round(measured.note_cents or 0.0)
    off = f", {abs(cents)} cents {'sharp' if cents > 0 else 'flat'}" if cents else ", in tune"
    return f"Measured {note_name(measured.note)}{off}"


def _facts(measured: Measured | None) -> str:
    if measured is None or measured.codec is None:
        return ""
    rate = f"{(measured.sample_rate_hz or 0) / 1000:g} kHz"
    depth = f"{measured.bit_depth} bit" if measured.bit_depth else measured.codec
    metre = f" of {measured.metre}" if measured.metre else ""
    bars = f"{counted(measured.bars, 'bar')}{metre}" if measured.bars else ""
    loud = "" if measured.loudness_lufs is None else f"{measured.loudness_lufs:.1f} LUFS"
    return ", ".join(part for part in (depth, rate, bars, loud, f"quality {measured.score}") if part)


def _finding(file_id: str, found: FindingSummary) -> FindingRow:
    tone = {"note": "note", "warning": "warn"}.get(found.severity, "bad")
    short = _SHORT.get(found.code, "Problem")
    return FindingRow(file_id, found.code, short, found.message, tone, _SEVERITIES[tone], found.is_kept)


def _detail(draft: DraftSummary) -> str:
    count = counted(draft.file_count, "sound")
    if draft.state is DraftState.DRAFT and draft.is_on_sale:
        return f"{count}, changes not published"
    libraries = {0: "", 1: ", in 1 library"}.get(draft.sales, f", in {draft.sales:,} libraries")
    return count + libraries


def _figures(figures: Figures) -> str:
    """Format the figures of a pack in one line, for phones."""
    return (
        f"{counted(figures.played, 'play')}, {counted(figures.sales, 'sale')}, {counted(figures.net_tokens, 'token')}"
    )


_TONES = {
    DraftState.DRAFT: "neutral",
    DraftState.PUBLISHING: "info",
    DraftState.IN_REVIEW: "info",
    DraftState.SCHEDULED: "info",
    DraftState.PUBLISHED: "ok",
    DraftState.UNPUBLISHED: "neutral",
}
