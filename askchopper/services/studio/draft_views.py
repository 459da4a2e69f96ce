"""Builds the studio's schemas from rows, and selects each value's source: stated, from the file name, or measured."""

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from sqlalchemy import exists

from askchopper import policy
from askchopper.media import archive_names
from askchopper.media.decode import file_name_hints, tags
from askchopper.media.previews.peaks import reduce_peaks
from askchopper.models.analysis import analyses
from askchopper.models.catalogue import audio_files
from askchopper.models.drafts import draft_files
from askchopper.schemas.drafts import DraftDetail, DraftFileDetail, FindingSummary, Measured
from askchopper.vocabulary import DraftFileState, DraftState, FileKind

_ROUNDING_BPM = 0.5
_STORE_DAMAGED = {
    "code": "store_damaged", "severity": "critical", "message": "Our copy of this file is damaged, so buyers cannot download it. Choose Edit, then upload the same file again.",
}  # fmt: skip
_LEAST_BEATS, _BEAT_TOLERANCE = 4, 0.06
_ANALYSIS_NAMES = (
    "version", "score", "findings", "hints", "bpm_confidence", "bpm_alternative", "key_confidence", "key_alternative",
    "note_cents", "note_confidence",
    "bars", "codec", "duration_seconds", "sample_rate_hz", "channels", "bit_depth", "loudness_lufs", "peak_dbfs", "outline",
    "preview_key",
)  # fmt: skip
FILE_COLUMNS = (
    *draft_files.c,
    *(analyses.c[name] for name in _ANALYSIS_NAMES),
    analyses.c.kind.label("measured_kind"),
    analyses.c.bpm.label("measured_bpm"),
    analyses.c.key.label("measured_key"),
    analyses.c.note.label("measured_note"),
    exists()
    .where(
        audio_files.c.pack_id == draft_files.c.draft_id,
        audio_files.c.master_key == draft_files.c.store_key,
        audio_files.c.damaged_at.is_not(None),
    )
    .label("is_damaged"),
)


def detail(row: Any, files: tuple[DraftFileDetail, ...]) -> DraftDetail:
    """Build a ``DraftDetail`` from a row and its files."""
    return DraftDetail(
        id=row.id, user_id=row.user_id, state=DraftState(row.state), title=row.title, summary=row.summary,
        description=row.description, genre_slug=row.genre_slug, tags=tuple(row.tags), cover_key=row.cover_key,
        cover_hue=row.cover_hue, price_tokens=row.price_tokens, sound_price_tokens=row.sound_price_tokens,
        broadcast_price_tokens=row.broadcast_price_tokens, release_at=row.release_at, note=row.note,
        updated_at=row.updated_at, pack_slug=row.pack_slug, files=files,
    )  # fmt: skip


def draft_file_detail(row: Any) -> DraftFileDetail:
    """Build a ``DraftFileDetail`` from a row of ``FILE_COLUMNS``.

    Precedence: the value stated by the creator; for tempo, the value in the file name or tags if the measurement agrees; the
    measurement if its confidence is high; the value in the file name or tags; the measurement.
    """
    measured = _measured(row) if row.version is not None else None
    is_loop_by_name = not row.kind and measured is not None and _is_loop_by_name(measured)
    kind = FileKind(row.kind) if row.kind else FileKind.LOOP if is_loop_by_name else measured and measured.kind
    return DraftFileDetail(
        id=row.id, file_name=row.file_name, title=row.title, size_bytes=row.size_bytes, state=DraftFileState(row.state),
        problem=row.problem, kind=kind, is_kind_hinted=is_loop_by_name,
        bpm=_number(row.bpm) if row.is_bpm_set else _tempo(measured, kind), is_bpm_set=row.is_bpm_set,
        key=row.key if row.is_key_set else measured and _key(measured), is_key_set=row.is_key_set,
        note=row.note if row.is_note_set else _note(measured, kind), is_note_set=row.is_note_set,
        price_tokens=row.price_tokens,
        measured=measured, findings=_findings(row),
    )  # fmt: skip


def title_of(file_name: str) -> str:
    """Return a title derived from a file name: ``ridge_130_bass_long_Cmin.wav`` becomes ``Ridge bass long``."""
    words = " ".join(file_name_hints.parse(file_name).words)
    return _capitalised(words or tags.clean(file_name.replace("_", " ")).rpartition(".")[0] or "Untitled sound")


def title_within(file_name: str, pack_words: Sequence[str]) -> str:
    """Return a title without the pack's name: ``ridge_130_bass.wav`` of the pack Ridge becomes ``Bass``.

    The pack's name is kept if no letters would remain without it.
    """
    words = file_name_hints.parse(file_name).words
    same = takewhile(lambda pair: pair[0].casefold() == pair[1].casefold(), zip(words, pack_words, strict=False))
    for count in range(len(list(same)), 0, -1):
        rest = " ".join(words[count:])
        if any(sign.isalpha() for sign in rest):
            return _capitalised(rest)
    return title_of(file_name)


def is_suggested_title(title: str, file_name: str) -> bool:
    """Return whether a title equals one derived from the file name, with or without the pack's name."""
    words = file_name_hints.parse(file_name).words
    suffixes = {_capitalised(" ".join(words[start:])) for start in range(len(words))}
    return title == title_of(file_name) or title in suffixes


def _capitalised(plain: str) -> str:
    plain = plain.replace(archive_names.SLASH, "/")
    return (plain[:1].upper() + plain[1:])[:100].strip()


def _is_loop_by_name(measured: Measured) -> bool:
    """Return whether a sound without measured tempo is a loop at its file name's tempo: at least a bar, in whole beats."""
    if measured.bpm is not None or measured.stated_bpm is None or measured.kind is not FileKind.ONE_SHOT:
        return False
    beats = (measured.duration_seconds or 0.0) * measured.stated_bpm / 60
    return beats >= _LEAST_BEATS and abs(beats - round(beats)) <= _BEAT_TOLERANCE


def _tempo(measured: Measured | None, kind: FileKind | None) -> float | None:
    if (
        measured is None or measured.kind is None or kind is FileKind.ONE_SHOT
    ):  # silence has no tempo, whatever its tags say
        return None
    stated = measured.stated_bpm
    if measured.bpm is None or measured.bpm_confidence < policy.SURE_CONFIDENCE:
        return stated or measured.bpm
    if stated and any(abs(stated - measured.bpm * by) <= _ROUNDING_BPM for by in (0.5, 1.0, 2.0)):
        return stated
    return measured.bpm


def _key(measured: Measured) -> str | None:
    if measured.kind is None or not measured.is_tonal:
        return None  # nothing, or only drums and noise: no name or tag can be confirmed
    if measured.note is not None and measured.key is None:
        return None  # a single note has no mode
    is_sure = measured.key is not None and measured.key_confidence >= policy.SURE_CONFIDENCE
    return measured.key if is_sure else measured.stated_key or measured.key


def _note(measured: Measured | None, kind: FileKind | None) -> int | None:
    """Return the measured root note; only a one-shot has one."""
    return measured.note if measured is not None and kind is FileKind.ONE_SHOT else None


def _measured(row: Any) -> Measured:
    return Measured(
        kind=FileKind(row.measured_kind) if row.measured_kind else None,
        bpm=_number(row.measured_bpm), bpm_confidence=row.bpm_confidence or 0.0, bpm_alternative=_number(row.bpm_alternative),
        key=row.measured_key, key_confidence=row.key_confidence or 0.0, key_alternative=row.key_alternative,
        note=row.measured_note, note_cents=row.note_cents, note_confidence=row.note_confidence or 0.0,
        duration_seconds=row.duration_seconds, codec=row.codec, sample_rate_hz=row.sample_rate_hz, channels=row.channels,
        bit_depth=row.bit_depth, bars=row.bars, metre=row.hints.get("metre"), loudness_lufs=row.loudness_lufs, peak_dbfs=row.peak_dbfs, score=row.score,
        outline=tuple(reduce_peaks(row.outline)) if row.outline else (), has_preview=bool(row.preview_key),
        stated_bpm=row.hints.get("bpm"), stated_key=row.hints.get("key"),
        is_tonal=row.hints.get("is_tonal") is not False,
    )  # fmt: skip


def _findings(row: Any) -> tuple[FindingSummary, ...]:
    """Return the findings, dismissed ones too, except those resolved by a stated tempo or key; damage in the store comes first."""
    settled = {
        *(("tempo_unsure", "tempo_differs") if row.is_bpm_set else ()),
        *(("key_unsure", "key_relative", "key_differs", "key_unheard") if row.is_key_set else ()),
    }
    return tuple(
        FindingSummary(found["code"], found["severity"], found["message"], is_kept=found["code"] in row.kept_findings)
        for found in (*([_STORE_DAMAGED] if row.is_damaged else []), *(row.findings or ()))
        if found["code"] not in settled
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
