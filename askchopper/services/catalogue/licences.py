"""Licences: the binding texts and the public certificate of a purchase."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, routes, settings
from askchopper.errors import NotFoundError
from askchopper.schemas.identifiers import require_id
from askchopper.schemas.licence_summaries import TITLES
from askchopper.schemas.purchases import Certificate
from askchopper.vocabulary import LicenceKind

_FOLDER = Path(__file__).with_name("licence_texts")

_CERTIFICATE = text("""
    SELECT l.id, l.number, l.kind, l.pack_title, l.creator_name, l.buyer_name, l.buyer_email, l.issued_at, l.revoked_at,
        packs.slug, licence_texts.body, licence_texts.version, licence_texts.sha256,
        l.file_titles, l.file_sha256s
    FROM licences l
    JOIN purchases p ON p.id = l.purchase_id
    JOIN packs ON packs.id = p.pack_id
    JOIN licence_texts ON licence_texts.sha256 = l.text_sha256
    WHERE l.id = :licence
""")


@dataclass(frozen=True)
class LicenceVersion:
    """The current text of a licence kind."""

    kind: LicenceKind
    title: str
    version: int
    body: str
    sha256: str


@lru_cache(maxsize=8)
def licence_text(kind: LicenceKind) -> LicenceVersion:
    """Return the current text of a licence: the file with the highest version number."""
    versions = {int(path.stem.rpartition("-")[2]): path for path in _FOLDER.glob(f"{kind}-*.md")}
    version = max(versions)
    body = versions[version].read_text(encoding="utf-8")
    return LicenceVersion(
        kind=kind,
        title=TITLES[kind],
        version=version,
        body=body,
        sha256=hashlib.sha256(body.encode()).hexdigest(),
    )


async def ensure_licence_texts(session: AsyncSession) -> None:
    """Store the current licence texts, so that offers can reference them. Idempotent.

    Raises:
        ValueError: a text was changed without a new version number.
    """
    for kind in LicenceKind:
        wording = licence_text(kind)
        await session.execute(
            text(
                "INSERT INTO licence_texts (sha256, kind, version, body)"
                " VALUES (:sha256, :kind, :version, :body) ON CONFLICT DO NOTHING"
            ),
            {
                "sha256": wording.sha256,
                "kind": kind.value,
                "version": wording.version,
                "body": wording.body,
            },
        )
        known = await session.execute(
            text("SELECT 1 FROM licence_texts WHERE sha256 = :sha256"), {"sha256": wording.sha256}
        )
        if known.first() is None:
            message = f"The text of {kind}-{wording.version}.md changed; a new wording needs a new number."
            raise ValueError(message)


async def get_certificate(session: AsyncSession, *, licence_id: str) -> Certificate:
    """Return the certificate of a licence. Anyone with its id may read it.

    Raises:
        NotFoundError: there is no such licence.
    """
    licence = require_id(licence_id, "There is no licence with this number.")
    row = (await session.execute(_CERTIFICATE, {"licence": licence})).one_or_none()
    if row is None:
        raise NotFoundError("There is no licence with this number.")
    kind, address = LicenceKind(row.kind), settings.get().base_url + routes.verify(str(row.id))
    return Certificate(
        id=str(row.id),
        number=format_number(row.number),
        kind=kind,
        title=TITLES[kind],
        pack_title=row.pack_title,
        pack_slug=row.slug,
        creator_name=row.creator_name,
        buyer_name=row.buyer_name,
        buyer_email_masked=_masked(row.buyer_email),
        issued_at=row.issued_at,
        revoked_at=row.revoked_at,
        files=tuple(zip(row.file_titles, row.file_sha256s, strict=True)),
        address=address,
        qr=_qr(address),
        text=row.body,
        text_version=row.version,
        text_sha256=row.sha256,
    )


def format_number(number: int) -> str:
    """Format a licence number as on the certificate: ``AC-10001``."""
    return f"{policy.LICENCE_NUMBER_PREFIX}{number}"


def _qr(address: str) -> str:
    import segno  # noqa: PLC0415 - only this page needs it

    return segno.make(address, error="m").svg_data_uri(scale=4, border=2, dark="#000", light="#fff")


def _masked(email: str) -> str:
    name, _, domain = email.rpartition("@")
    return f"{name[:1]}***@{domain}"
