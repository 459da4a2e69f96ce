"""Text files in the zip of a pack: its licences and its table of contents."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from askchopper.root_note import note_name
from askchopper.schemas import licence_summaries
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.sampler_tags import SamplerTags
from askchopper.schemas.text import escape_formula
from askchopper.services.catalogue import licences
from askchopper.vocabulary import LicenceKind


def licence_note(title: str, viewer: Viewer, held: list[Any]) -> str:
    """Return ``LICENSE.txt``: the viewer's licences for a pack, followed by their binding texts."""
    lines = [title, f"Licensed to {viewer.display_name}", ""]
    for row in held:
        kind = LicenceKind(row.kind)
        number = licences.format_number(row.number)
        lines += [f"{licence_summaries.TITLES[kind]} {number}, issued {row.issued_at:%Y-%m-%d}, certificate {row.id}"]
    for kind in sorted({LicenceKind(row.kind) for row in held}):
        lines += ["", "", licences.licence_text(kind).body]
    return "\n".join(lines)


def contents(rows: list[Any], names: list[str], tags: Sequence[SamplerTags | None]) -> str:
    """Return ``contents.csv``: one line per sound, with its file name in the zip.

    The checksum is that of the stored file, so it is empty for files to which tags are added.
    """
    out = io.StringIO()
    out.write("\ufeff")  # without the byte order mark, spreadsheet programs read the file in the computer's code page
    writer = csv.writer(out)
    writer.writerow(["File", "Title", "Type", "BPM", "Key", "Root note", "Seconds", "SHA-256"])
    for row, name, stated in zip(rows, names, tags, strict=True):
        writer.writerow(
            [
                name,
                escape_formula(row.title),
                row.kind,
                "" if row.bpm is None else f"{row.bpm.normalize():f}",
                row.key or "",
                "" if row.note is None else note_name(row.note),
                f"{row.duration_seconds:.3f}",
                row.sha256 if stated is None else "",
            ]
        )
    return out.getvalue()
