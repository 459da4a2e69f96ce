"""Export and import of a taste profile as JSON."""

import json
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, settings
from askchopper.errors import InvalidInputError
from askchopper.models.taste import taste_profiles, taste_signals
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.taste import ImportReport
from askchopper.services.taste import counting, profile, values
from askchopper.taste_vocabulary import TasteChoice, TasteFacet, TasteSignal

FORMAT = "askchopper-taste"
VERSION = 1
MAX_WEIGHT = 100_000.0
_MAX_PROBLEMS = 5


class Row(BaseModel):
    """The signals of one kind for a value; ``weight`` is their decayed weight at the time of the export."""

    model_config = ConfigDict(extra="forbid")

    facet: TasteFacet
    value: Annotated[str, Field(min_length=1, max_length=60)]
    kind: TasteSignal
    weight: Annotated[float, Field(ge=-MAX_WEIGHT, le=MAX_WEIGHT, allow_inf_nan=False)]
    times: Annotated[int, Field(ge=0, le=1_000_000)]


class CorrectionRow(BaseModel):
    """A manual correction."""

    model_config = ConfigDict(extra="forbid")

    facet: TasteFacet
    value: Annotated[str, Field(min_length=1, max_length=60)]
    choice: TasteChoice


class Document(BaseModel):
    """An exported profile."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["askchopper-taste"]
    version: Literal[1]
    exported_at: datetime
    half_life_days: Annotated[float, Field(gt=0, le=10_000)]
    values: Annotated[list[Row], Field(max_length=policy.MAX_TASTE_IMPORT_ROWS)]
    corrections: Annotated[list[CorrectionRow], Field(max_length=policy.MAX_TASTE_CORRECTIONS)]


async def export(session: AsyncSession, viewer: Viewer) -> dict[str, Any]:
    """Return the viewer's profile as an exportable document."""
    half_life = settings.get().taste_half_life_days
    weights, corrections = await counting.list_known(session, viewer.user_id, half_life)
    return {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": datetime.now(UTC).isoformat(),
        "half_life_days": half_life,
        "values": [
            {"facet": one.facet, "value": one.value, "kind": one.kind, "weight": one.weight, "times": one.times}
            for one in sorted(weights, key=lambda one: (one.facet, one.value, one.kind))
        ],
        "corrections": [
            {"facet": facet, "value": value, "choice": choice} for (facet, value), choice in sorted(corrections.items())
        ],
    }


def parse(content: bytes) -> Document:
    """Parse an exported profile.

    Raises:
        InvalidInputError: the file is too large, not JSON, of another format, or has invalid values; the message says where.
    """
    if len(content) > policy.MAX_TASTE_IMPORT_BYTES:
        raise InvalidInputError(f"The file is larger than {policy.megabytes(policy.MAX_TASTE_IMPORT_BYTES)}.")
    try:
        found: Any = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError("This file is not JSON, or it was cut off.") from error
    fields = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    if fields.get("format") != FORMAT:
        raise InvalidInputError("This is not a taste profile from Ask Chopper.")
    if fields.get("version") != VERSION:
        raise InvalidInputError("This taste profile was exported by another version of Ask Chopper.")
    try:
        return Document.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InvalidInputError(f"The file has an invalid value at {place[:80]}.") from error


async def import_profile(
    session: AsyncSession, viewer: Viewer, content: bytes, *, is_dry_run: bool = False
) -> ImportReport:
    """Replace the viewer's profile with an exported one. Can be undone like a reset.

    Unknown values, such as creators of another installation, are skipped and reported. A dry run only returns the report.

    Raises:
        InvalidInputError: as for ``parse``.
    """
    document = parse(content)
    problems: list[str] = []
    rows = [row for row in document.values if await _is_known(session, row.facet, row, problems)]
    corrections = [
        row for row in document.corrections
        if row.facet in values.CORRECTABLE and await _is_known(session, row.facet, row, problems)
    ]  # fmt: skip
    report = ImportReport(len(rows), len(corrections), _shortened(problems))
    if is_dry_run:
        return report
    await profile.reset(session, viewer)
    signal_id = await _add(session, viewer.user_id, document, rows) if rows else None
    await profile.put_corrections(session, viewer.user_id, [(row.facet, row.value, row.choice) for row in corrections])
    if signal_id is not None:
        merged = taste_profiles.c.undo.op("||")({"import_signal_id": signal_id})
        await session.execute(
            update(taste_profiles).where(taste_profiles.c.user_id == viewer.user_id).values(undo=merged)
        )
    await profile.after_change(session, viewer.user_id)
    return report


async def _add(session: AsyncSession, user_id: uuid.UUID, document: Document, rows: list[Row]) -> int:
    moment = min(
        document.exported_at if document.exported_at.tzinfo else document.exported_at.replace(tzinfo=UTC),
        datetime.now(UTC),
    )
    made = await session.execute(
        insert(taste_signals)
        .values(
            user_id=user_id,
            kind=TasteSignal.IMPORT.value,
            traits=[row.model_dump(mode="json") for row in rows],
            amount=1.0,
            created_at=max(moment, _OLDEST),
        )
        .returning(taste_signals.c.id)
    )
    return int(made.scalar_one())


# Older signals have no noticeable weight; an earlier time could exceed the range of the stored sums.
_OLDEST = datetime(2020, 1, 1, tzinfo=UTC)


async def _is_known(session: AsyncSession, facet: TasteFacet, row: Row | CorrectionRow, problems: list[str]) -> bool:
    try:
        row.value = await profile.check_value(session, facet, row.value)
    except InvalidInputError:
        problems.append(f"{facet.value} {row.value[:40]}")
        return False
    return True


def _shortened(problems: list[str]) -> tuple[str, ...]:
    named = [f"Left out: there is no {problem} here." for problem in problems[:_MAX_PROBLEMS]]
    rest = len(problems) - len(named)
    return (*named, f"Left out: {rest} more.") if rest else tuple(named)
